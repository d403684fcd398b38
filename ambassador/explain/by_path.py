"""Values by the path conditions of their routes: a question costs as much as the path is long, not as there are routes.

A route is filed under a text that every path which it takes begins with: its prefix, or the literal beginning of its
pattern. What is found is judged by its own condition; what is not found cannot match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ambassador.features.patterns import beginning
from ambassador.ir.route import PathKind, PathMatch

T = TypeVar("T")


def filed_under(path: PathMatch) -> str:
    """A text, in lower case where case does not matter, that all paths of a condition begin with."""
    if path.kind is not PathKind.REGEX:
        return path.value if path.case_sensitive else path.value.lower()
    return beginning(path.value)


@dataclass(frozen=True, slots=True)
class ByPath(Generic[T]):
    """`exactly` are filed with case, `loosely` without; the numbers are the lengths of the texts, in order."""

    exactly: Mapping[str, tuple[T, ...]]
    loosely: Mapping[str, tuple[T, ...]]
    lengths: tuple[int, ...]

    def near(self, path: str) -> Iterator[T]:
        """Everything whose path condition may hold, the shortest texts first."""
        lowered = path.lower() if self.loosely else ""
        for length in self.lengths:
            if length > len(path):
                return
            yield from self.exactly.get(path[:length], ())
            if self.loosely:
                yield from self.loosely.get(lowered[:length], ())


def by_path(items: Iterable[tuple[PathMatch, T]]) -> ByPath[T]:
    """Files values under the conditions that come with them."""
    tables: tuple[dict[str, list[T]], dict[str, list[T]]] = ({}, {})
    for path, value in items:
        loose = not path.case_sensitive and path.kind is not PathKind.REGEX
        tables[loose].setdefault(filed_under(path), []).append(value)
    exactly, loosely = ({text: tuple(values) for text, values in table.items()} for table in tables)
    return ByPath(exactly, loosely, tuple(sorted({len(text) for table in tables for text in table})))


def patched(old: ByPath[T], gone: ByPath[T], came: ByPath[T]) -> ByPath[T]:
    """An index without some values and with others; it costs what these cost, and copies of the tables."""
    exactly = _patched(old.exactly, gone.exactly, came.exactly)
    loosely = _patched(old.loosely, gone.loosely, came.loosely)
    lengths = old.lengths
    if exactly.keys() != old.exactly.keys() or loosely.keys() != old.loosely.keys():
        lengths = tuple(sorted({*map(len, exactly), *map(len, loosely)}))
    return ByPath(exactly, loosely, lengths)


def _patched(
    old: Mapping[str, tuple[T, ...]], gone: Mapping[str, tuple[T, ...]], came: Mapping[str, tuple[T, ...]]
) -> Mapping[str, tuple[T, ...]]:
    if not gone and not came:
        return old
    table = dict(old)
    for text in {*gone, *came}:
        # By identity: a route is not equal to one that is the same but for its host.
        left = {id(value) for value in gone.get(text, ())}
        table[text] = (*(value for value in table.get(text, ()) if id(value) not in left), *came.get(text, ()))
        if not table[text]:
            del table[text]
    return table

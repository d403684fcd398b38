"""Whether two routes may take the same request, and a match that leads to such requests."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Generic, TypeVar

from ambassador.explain.by_path import filed_under
from ambassador.explain.examples.drafts import path_examples
from ambassador.explain.matching import path_holds
from ambassador.ir.route import PathKind, PathMatch, Route, Scheme, ValueKind, ValueMatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Neighbours(Generic[T]):
    """Values by the texts that the paths of their routes begin with, in lower case. `texts` are sorted."""

    table: Mapping[str, tuple[T, ...]]
    texts: tuple[str, ...]
    lengths: tuple[int, ...]

    def of(self, path: PathMatch) -> Iterator[T]:
        """Everything that may have a path in common with a condition: what it does not give has none."""
        own = filed_under(path).lower()
        for length in takewhile(lambda length: length < len(own), self.lengths):
            yield from self.table.get(own[:length], ())
        start = bisect_left(self.texts, own)
        for text in takewhile(
            lambda text: text.startswith(own), (self.texts[at] for at in range(start, len(self.texts)))
        ):
            yield from self.table[text]


def neighbours(items: Iterable[tuple[PathMatch, T]]) -> Neighbours[T]:
    """Files values under the conditions that come with them."""
    table: dict[str, list[T]] = {}
    for path, value in items:
        table.setdefault(filed_under(path).lower(), []).append(value)
    texts = tuple(sorted(table))
    filed = {text: tuple(values) for text, values in table.items()}
    return Neighbours(filed, texts, tuple(sorted({len(text) for text in texts})))


def both(one: Route, other: Route) -> Route | None:
    """A route whose examples are likely to meet both; None when no request is found that does."""
    path = _path(one.match.path, other.match.path)
    if path is None or _contradict(one.match.method, other.match.method):
        return None
    first, second = one.match, other.match
    method = first.method or second.method
    # A second method, as any other condition, stands among the headers.
    methods = (second.method,) if first.method and second.method and first.method != second.method else ()
    headers = tuple(dict.fromkeys((*first.headers, *second.headers, *methods)))
    authority = first.authority or second.authority
    if first.authority and second.authority and first.authority != second.authority:
        headers += (ValueMatch(":authority", ValueKind.REGEX, second.authority),)
    match = replace(
        first,
        path=path,
        method=method,
        headers=headers,
        query=tuple(dict.fromkeys((*first.query, *second.query))),
        authority=authority,
    )
    return replace(one, match=match, scheme=one.scheme if one.scheme is not Scheme.ANY else other.scheme)


def _contradict(one: ValueMatch | None, other: ValueMatch | None) -> bool:
    exact = ValueKind.EXACT
    return one is not None and other is not None and one.kind is other.kind is exact and one.value != other.value


def _path(one: PathMatch, other: PathMatch) -> PathMatch | None:
    """A match with paths that both take."""
    for narrow, wide in ((one, other), (other, one)):
        if narrow.kind is PathKind.REGEX:
            continue
        text = _in_case_of(wide, narrow)
        if path_holds(wide, text):
            return PathMatch(PathKind.EXACT if wide.kind is PathKind.REGEX else narrow.kind, text)
    if PathKind.REGEX not in (one.kind, other.kind):
        return None
    texts = (*path_examples(one), *path_examples(other))
    found = next((text for text in texts if path_holds(one, text) and path_holds(other, text)), None)
    return None if found is None else PathMatch(PathKind.EXACT, found)


def _in_case_of(wide: PathMatch, narrow: PathMatch) -> str:
    """The text of a condition that ignores case, in the case that the other one wants."""
    size = len(wide.value)
    same = not narrow.case_sensitive and narrow.value[:size].lower() == wide.value.lower()
    return wide.value + narrow.value[size:] if same else narrow.value

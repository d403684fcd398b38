"""Whether a route's match takes every request that another one is for. Sound, not complete: in doubt the answer is no.

Paths are compared as Envoy has normalized them: ASCII, without line breaks, so that `.*` is for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ambassador.features.patterns import beginning, full_match
from ambassador.features.single_headers import occurs_once
from ambassador.ir.route import PathKind, PathMatch, RouteMatch, ValueKind, ValueMatch

# Text that stands for itself, and what may follow it: anything, or whole elements.
_PLAIN = re.compile(
    r"\^?(?P<folded>\(\?i\))?\^?"
    r"(?P<text>(?:[A-Za-z0-9/_~%@:,;!&'=-]|\\[!-/:-@\[-^`{-~])*)"
    r"(?P<more>\.\*|\(/\.\*\)\?|\(\?:/\.\*\)\?|)\$?"
)
_ESCAPE = re.compile(r"\\(.)")


def takes(earlier: RouteMatch, later: RouteMatch) -> bool:
    """Whether `earlier` matches every request of its host that `later` matches, whatever their hostnames are."""
    if earlier.excluded_prefix or earlier.authority not in ("", later.authority):
        return False
    return (
        takes_path(earlier.path, later.path)
        and _implied(conditions(earlier), conditions(later))
        and _implied(earlier.query, later.query)
    )


def conditions(match: RouteMatch) -> tuple[ValueMatch, ...]:
    """Conditions on headers, the method's among them."""
    return (*match.headers, match.method) if match.method else match.headers


def takes_path(earlier: PathMatch, later: PathMatch) -> bool:
    """Whether every path of `later` is one of `earlier`."""
    if earlier == later:
        return True
    if earlier.kind is PathKind.REGEX and later.kind is PathKind.EXACT and _one_spelling(later):
        return full_match(earlier.value, later.value)
    wide, narrow = plain(earlier), within(later)
    if wide is None or (wide.case_sensitive and not narrow.case_sensitive and _has_letters(wide)):
        return False
    return _begins(wide, narrow) if wide.case_sensitive else _begins(_folded(wide), _folded(narrow))


def _begins(wide: PathMatch, narrow: PathMatch) -> bool:
    if wide.kind is PathKind.PREFIX:
        return narrow.value.startswith(wide.value)
    same = wide.value == narrow.value
    if wide.kind is PathKind.EXACT:
        return same and narrow.kind is PathKind.EXACT
    return (same and narrow.kind is not PathKind.PREFIX) or narrow.value.startswith(f"{wide.value}/")


def _one_spelling(path: PathMatch) -> bool:
    return path.case_sensitive or not _has_letters(path)


def _has_letters(path: PathMatch) -> bool:
    return path.value.lower() != path.value.upper()


def _folded(path: PathMatch) -> PathMatch:
    return PathMatch(path.kind, path.value.lower(), case_sensitive=False)


def plain(path: PathMatch) -> PathMatch | None:
    """A path that says the same without a pattern; None where there is none, or none is seen."""
    return _plain_pattern(path.value) if path.kind is PathKind.REGEX else path


def within(path: PathMatch) -> PathMatch:
    """A path without a pattern that takes all that this one does, and maybe more."""
    return plain(path) or PathMatch(PathKind.PREFIX, beginning(path.value))


@lru_cache(maxsize=4096)
def _plain_pattern(pattern: str) -> PathMatch | None:
    found = _PLAIN.fullmatch(pattern)
    if found is None:
        return None
    kind = PathKind.SEGMENT_PREFIX if found["more"] else PathKind.EXACT
    if found["more"] == ".*":
        kind = PathKind.PREFIX
    return PathMatch(kind, _ESCAPE.sub(r"\1", found["text"]), case_sensitive=not found["folded"])


def _implied(wanted: Iterable[ValueMatch], given: Iterable[ValueMatch]) -> bool:
    """Whether all of `wanted` hold wherever all of `given` do."""
    return all(any(one == other or _follows(one, other) for other in given) for one in wanted)


def _follows(one: ValueMatch, other: ValueMatch) -> bool:
    if one.name != other.name or not other.value:
        return False
    if one.kind is ValueKind.REGEX and other.kind is ValueKind.EXACT:
        return full_match(one.value, other.value)
    return one.kind is ValueKind.PRESENT


def contradiction(match: RouteMatch) -> str:
    """The header or query parameter that would have to have two values at once; empty when there is none.

    Envoy asks each line of a repeated header, so a request can have two values of most. Of a repeated query parameter
    only the first counts.
    """
    if not match.headers and len(match.query) < 2:
        return ""
    for found in ([one for one in conditions(match) if occurs_once(one.name)], match.query):
        exact = {one.name: one.value for one in found if one.kind is ValueKind.EXACT}
        names = (one.name for one in found if one.name in exact and _excludes(one, exact[one.name]))
        name = next(names, "")
        if name:
            return name
    return ""


def _excludes(one: ValueMatch, value: str) -> bool:
    if one.kind is ValueKind.REGEX:
        return not full_match(one.value, value)
    return one.kind is ValueKind.EXACT and one.value != value

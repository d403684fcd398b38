"""Whether two routes may take the same request, and a match as narrow as both."""

from __future__ import annotations

from dataclasses import replace

from ambassador.explain.drafts import path_examples
from ambassador.features.patterns import full_match
from ambassador.ir.route import PathKind, PathMatch, Route, Scheme, ValueKind, ValueMatch


def both(one: Route, other: Route) -> Route | None:
    """A route that takes only what both of them match; None when no such request is found."""
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
    """A match of paths that both take."""
    for narrow, wide in ((one, other), (other, one)):
        if narrow.kind is PathKind.REGEX:
            continue
        if takes_path(wide, narrow.value):
            return narrow if wide.kind is not PathKind.REGEX else PathMatch(PathKind.EXACT, narrow.value)
    if PathKind.REGEX not in (one.kind, other.kind):
        return None
    texts = (*path_examples(one), *path_examples(other))
    found = next((text for text in texts if takes_path(one, text) and takes_path(other, text)), None)
    return None if found is None else PathMatch(PathKind.EXACT, found)


def takes_path(path: PathMatch, text: str) -> bool:
    """Whether a match takes a path (without query)."""
    if path.kind is PathKind.REGEX:
        return full_match(path.value, text)
    value = path.value
    if not path.case_sensitive:
        value, text = value.lower(), text.lower()
    if path.kind is PathKind.EXACT:
        return text == value
    if path.kind is PathKind.PREFIX:
        return text.startswith(value)
    return text == value or text.startswith(f"{value}/")

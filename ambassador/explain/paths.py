"""A request's path as Envoy makes it before any route sees it (HCM: path_with_escaped_slashes_action, normalize_path,
merge_slashes). Every rule was seen on Envoy 1.40; `tests/agreement` asks a real one."""

from __future__ import annotations

import re

from ambassador.features.path_normalization import DECODED, ENCODED, ESCAPED_SLASH

# `/..;x/` counts as `/../`: servers behind may drop path parameters before they look at dots.
_DOTS_WITH_PARAMETERS = re.compile(r"(/\.{1,2});[^/]*(?=/|$)")
_ESCAPED = {ord(char): f"%{ord(char):02X}" for char in ENCODED}
_SLASHES = re.compile(r"/{2,}")
# A percent sign that begins no escape, and one that would begin one of characters which were decoded.
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NEW_ESCAPE = re.compile(r"\0(?=[0-9A-Fa-f]{2})")


def split_query(path: str) -> tuple[str, str]:
    """The path alone, and the query with its question mark (empty: none)."""
    bare, mark, query = path.partition("?")
    return bare, mark + query


def has_escaped_slash(path: str) -> bool:
    """Whether the path (not the query) has %2F or %5C."""
    return bool(ESCAPED_SLASH.search(split_query(path)[0]))


def fault_of(path: str) -> str:
    """Why Envoy answers 400 to a path whatever the routes are, as the end of a sentence; empty when it does not."""
    if not path.startswith("/"):
        return "does not start with /"
    if "#" in path:
        return "has a fragment (#), which clients must not send"
    if not path.isascii() or not path.isprintable():
        return "has characters that must be percent-encoded"
    return "has an encoded NUL (%00)" if "%00" in _without_dot_parameters(split_query(path)[0]) else ""


def normalized(path: str, *, merge_slashes: bool) -> str:
    """The path as routes see it, query untouched: dot segments resolved (RFC 3986 section 5.2.4), backslashes turned,
    unreserved characters decoded, some others encoded, and slashes merged where that is asked for."""
    bare, query = split_query(path)
    text = _decoded(_without_dot_parameters(bare).replace("\\", "/")).translate(_ESCAPED)
    text = _without_dots(text)
    return (_merged(text) if merge_slashes else text) + query


def _without_dot_parameters(path: str) -> str:
    return _DOTS_WITH_PARAMETERS.sub(r"\1", path)


def _decoded(path: str) -> str:
    """Unreserved characters decoded, once: what would become a new escape by that is encoded instead."""
    text = DECODED.sub(lambda found: chr(int(found[0][1:], 16)), _LONE_PERCENT.sub("\0", path))
    return _NEW_ESCAPE.sub("%25", text).replace("\0", "%")


def _merged(path: str) -> str:
    """Slashes merged; of a path that has nothing else two are left."""
    return _SLASHES.sub("/", path) if path.strip("/") or path == "/" else "//"


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    ends_open = segments[-1] in (".", "..")
    return "/" + "/".join(kept) + ("/" if ends_open and kept else "")

"""Regular expressions: judged by the library that Envoy uses, in the size that Envoy is told to accept."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from os.path import commonprefix

import re2
from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3

from ambassador.model.field_types import TEXT
from ambassador.model.fields import Cursor, FieldType, Shape
from ambassador.model.problems import Checked, Reason
from ambassador.model.sensitive import is_sensitive

MAX_PROGRAM_SIZE = 10_000
"""RE2 program size that we accept. Envoy's own limit (100) is raised above it in envoy/bootstrap.yaml."""

MAX_PATTERN_LENGTH = 4_096

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_LONGEST_PREFIX = 256
_HEAD = re.compile(r"\^?((?:[A-Za-z0-9/_~%@:,;!&'=-]|\\[!-/:-@\[-^`{-~])*)([*+?{]?)")


def fault_of(pattern: str) -> str:
    """Why a pattern can't be used, as the end of a sentence; empty when it can."""
    if not pattern:
        return "is empty; write what it must match"
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"is longer than {MAX_PATTERN_LENGTH} characters; split it"
    return _judge(pattern)


def fault_of_value(name: str, pattern: str) -> str:
    """The same for what is asked of a header or parameter: what RE2 quotes of it may be a secret."""
    fault = fault_of(pattern)
    start, detail, _ = fault.partition(" (")
    return f"{start}; Envoy uses RE2, see its syntax" if detail and is_sensitive(name) else fault


@lru_cache(maxsize=4096)
def _judge(pattern: str) -> str:
    # A pure memo: many routes share a pattern, and compiling one takes tens of microseconds.
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        text = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        return f"is not a pattern that RE2 accepts ({text}); Envoy uses RE2, see its syntax"
    size = compiled.programsize
    if size > MAX_PROGRAM_SIZE:
        return f"compiles to {size} RE2 instructions, more than {MAX_PROGRAM_SIZE}; make it simpler"
    return ""


def full_match(pattern: str, text: str) -> bool:
    """Whether a whole text matches a (good) pattern, as Envoy judges it."""
    return _matcher(pattern).fullmatch(text) is not None


def beginning(pattern: str) -> str:
    """ASCII text that everything which matches a (good) pattern begins with; empty when none is known.

    RE2 is asked only where the pattern does not show it, since that takes tens of microseconds.
    """
    found = _HEAD.match(pattern)
    if found is None or "|" in pattern:
        return _common_prefix(pattern)
    text = _ESCAPE.sub(r"\1", found[1])
    return text[:-1] if found[2] else text


def substituted(pattern: str, substitution: str, text: str) -> str:
    """Every match replaced, as RE2::GlobalReplace does: no empty match right behind another match."""
    matcher = _matcher(pattern)
    out, at, last_end = "", 0, -1
    while at <= len(text) and (found := matcher.search(text, at)):
        start, end = found.span()
        out += text[at:start]
        if start == end == last_end:
            out += text[start : start + 1]
            at = start + 1
            continue
        out += _ESCAPE.sub(partial(_group, found), substitution)
        at = last_end = end
    return out + text[at:]


def _group(found: re.Match[str], escape: re.Match[str]) -> str:
    return (found[int(escape[1])] or "") if escape[1].isdecimal() else escape[1]


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re2._Regexp:
    return re2.compile(pattern)


@lru_cache(maxsize=4096)
def _common_prefix(pattern: str) -> str:
    """What RE2 knows of the texts that match: whatever lies between two texts begins as both of them do."""
    try:
        low, high = _matcher(pattern).possiblematchrange(_LONGEST_PREFIX)
    except re2.error:
        return ""
    text: bytes = commonprefix([low, high])
    return text[: next((place for place, byte in enumerate(text) if byte > 127), len(text))].decode()


def substitution_fault(pattern: str, substitution: str) -> str:
    """Why a substitution can't go with a (good) pattern, as the end of a sentence; empty when it can."""
    groups = re2.compile(pattern).groups
    for escaped in _ESCAPE.findall(substitution):
        if not escaped.isdecimal() and escaped != "\\":
            return f"has \\{escaped}: write \\1 for a group or \\\\ for a backslash"
        if escaped.isdecimal() and int(escaped) > groups:
            return f"refers to group \\{escaped}, but the pattern has {groups}"
    return ""


def _read(at: Cursor) -> Checked[str | None]:
    text = TEXT.read(at)
    if text.value is None:
        return text
    fault = fault_of(text.value)
    if fault:
        return Checked(None, (at.error(Reason.INVALID_PATTERN, f"{at.path[-1]} {fault}"),))
    return text


PATTERN: FieldType[str] = FieldType("RE2 pattern", _read, shape=Shape("string"))


def regex_matcher(pattern: str) -> matcher_v3.RegexMatcher:
    """Envoy's matcher for a pattern that must match the whole text."""
    return matcher_v3.RegexMatcher(regex=pattern)


def exact_matcher(text: str) -> matcher_v3.StringMatcher:
    return matcher_v3.StringMatcher(exact=text)


def regex_string_matcher(pattern: str) -> matcher_v3.StringMatcher:
    return matcher_v3.StringMatcher(safe_regex=regex_matcher(pattern))

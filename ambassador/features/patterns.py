"""Regular expressions: judged by the library that Envoy uses, in the size that Envoy is told to accept."""

from __future__ import annotations

import re
from functools import lru_cache

import re2
from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3

from ambassador.model.field_types import TEXT
from ambassador.model.fields import Cursor, FieldType, Shape
from ambassador.model.problems import Checked, Reason

MAX_PROGRAM_SIZE = 10_000
"""RE2 program size that we accept. Envoy's own limit (100) is raised above it in envoy/bootstrap.yaml."""

MAX_PATTERN_LENGTH = 4_096

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


def fault_of(pattern: str) -> str:
    """Why a pattern can't be used, as the end of a sentence; empty when it can."""
    if not pattern:
        return "is empty; write what it must match"
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"is longer than {MAX_PATTERN_LENGTH} characters; split it"
    return _judge(pattern)


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

"""Secrets in comments and in texts within values, found by what stands on their lines: no parser knows their form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ambassador.model.sensitive import REDACTED, TELLING, is_sensitive

# What stands between a name and its value: `password: x`, `"password":"x"`, `PASSWORD=x`, `password => x`.
_BETWEEN = r"\\?[\"']?\s*+[:=]+>?\s*+"
_FIELD = re.compile(rf"(?P<name>{TELLING}){_BETWEEN}(?P<value>(?!(?:true|false)\b).*)", re.IGNORECASE)
_QUOTED = re.compile(r"(\\?[\"'])(?:(?!\1).)*")
# The value stands on the next lines.
_BLOCK = re.compile(r"(?:[|>][+-]?[0-9]?[+-]?)?\s*(?:#.*)?")
_LEAD = re.compile(r"[\s#-]*")
_NAMING = re.compile(rf"\b(?:name|key|header){_BETWEEN}\\?[\"']?(?P<named>[\w.-]+)", re.IGNORECASE)
_VALUE = re.compile(rf"\b(?P<name>values?){_BETWEEN}(?P<value>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line, and what stands in its place. Lines and columns count from 0."""

    line: int
    start: int
    end: int
    text: str


def telling(lines: Sequence[str], settled: Sequence[Span]) -> Iterator[Span]:
    """What stands beside a telling name. `settled`: names of fields and other parts that were judged otherwise."""
    known: dict[int, list[Span]] = {}
    for one in settled:
        known.setdefault(one.line, []).append(one)
    for number, line in enumerate(lines):
        for found in _fields(_FIELD, line, known.get(number, ())):
            yield _value(number, found)
            if _BLOCK.fullmatch(found["value"]) and _LEAD.fullmatch(line, 0, found.start("name")):
                yield from _block(lines, number)
        if any(is_sensitive(found["named"]) for found in _NAMING.finditer(line)):
            for near in range(max(0, number - 1), min(len(lines), number + 2)):
                yield from (_value(near, found) for found in _fields(_VALUE, lines[near], known.get(near, ())))


def _fields(form: re.Pattern[str], line: str, settled: Sequence[Span]) -> Iterator[re.Match[str]]:
    at = 0
    while found := form.search(line, at):
        start = found.start("name")
        at = found.end("name")
        if not any(one.start <= start < one.end for one in settled):
            yield found


def _value(number: int, found: re.Match[str]) -> Span:
    """A value up to its closing quote, else all of its line."""
    start = found.start("value")
    quoted = _QUOTED.match(found["value"])
    if quoted:
        return Span(number, start + len(quoted.group(1)), start + quoted.end(), REDACTED)
    empty = _BLOCK.fullmatch(found["value"]) is not None
    return Span(number, start, start if empty else found.end("value"), "" if empty else REDACTED)


def _block(lines: Sequence[str], number: int) -> Iterator[Span]:
    """The lines that belong to a field: those that are further in, of a comment as long as it goes on."""
    indent, is_comment = _indent(lines[number])
    for later in range(number + 1, len(lines)):
        line = lines[later]
        further, still = _indent(line)
        if line.strip() and (further <= indent or still is not is_comment):
            return
        yield Span(later, min(further, len(line)), len(line), REDACTED if line.strip() else "")


def _indent(line: str) -> tuple[int, bool]:
    lead = re.match(r"[\s#]*", line)
    text = lead.group() if lead else ""
    return len(text), "#" in text

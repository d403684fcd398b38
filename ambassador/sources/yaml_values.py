"""YAML text → plain values (mappings with text keys, lists, scalars of JSON).

Most manifests are plain: for them libyaml composes nodes and a lean constructor walks them, twice as fast as events.
What could hurt that way, or is rare, goes to `yaml_events`; both give the same values. Must not know files or objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault, Refused
from ambassador.sources.scalars import OutOfRange, plain
from ambassador.sources.yaml_events import Parser, build

# Anchors, tags and merge keys; and runs that could nest a composer deeper than its stack.
_RARE = re.compile(r"[&!]|<<|^[ \t?:-]{50}", re.MULTILINE)
_MAX_BRACKETS = 25


@dataclass(frozen=True, slots=True)
class Text:
    """The documents of one text, each with the 0-based line on which it begins; or what is wrong with the text."""

    documents: tuple[tuple[object, int], ...] = ()
    fault: Fault | None = None


class _Odd(Exception):
    """The quick way met something it does not judge."""


def read_yaml(raw: bytes) -> Text:
    """Documents of one YAML text in UTF-8. A text is taken whole or, with a fault, not at all."""
    try:
        return Text(tuple(_documents(_decoded(raw))))
    except Refused as refused:
        return Text(fault=refused.fault)
    except yaml.MarkedYAMLError as error:
        return Text(fault=Fault(Reason.INVALID_YAML, _message(error), _line(error, raw)))
    except yaml.YAMLError as error:
        return Text(fault=Fault(Reason.INVALID_YAML, f"not valid YAML: {_first_line(error)}", _reader_line(error, raw)))


def is_plain(text: str) -> bool:
    """Whether a recursive composer is safe on the text, and no rare syntax needs judging."""
    return text.count("[") + text.count("{") <= _MAX_BRACKETS and _RARE.search(text) is None


def _documents(text: str) -> list[tuple[object, int]]:
    if is_plain(text):
        try:
            return _quick(text)
        except (_Odd, OutOfRange):
            return build(text)
    return build(text)


def _quick(text: str) -> list[tuple[object, int]]:
    parser = Parser(text)
    found: list[tuple[object, int]] = []
    while parser.check_node():
        node: Any = parser.get_node()
        found.append((_construct(node), node.start_mark.line))
    return found


def _construct(node: Node) -> object:
    if type(node) is ScalarNode:
        return node.value if node.style else plain(node.value)
    if type(node) is MappingNode:
        # A key that is a collection has a list for its value, which nobody can hash.
        try:
            mapping = {key.value: _construct(value) for key, value in node.value}
        except TypeError as error:
            raise _Odd from error
        if len(mapping) != len(node.value) or "" in mapping or "~" in mapping:
            raise _Odd
        return mapping
    return [_construct(item) for item in node.value]


def _decoded(raw: bytes) -> str:
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start)
        utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        what = "UTF-16" if utf16 else f"not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise Refused(Fault(Reason.INVALID_YAML, f"the text is {what}: save the file as UTF-8", line)) from error


def _message(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "syntax error"
    if "cannot start any token" in problem:
        problem += " (indent with spaces, never with tabs; quote a value that begins with @ or `)"
    if "mapping values are not allowed" in problem:
        problem += " (check the indentation, and quote a value that contains `: `)"
    return f"not valid YAML: {problem}{f' {error.context}' if error.context else ''}"


def _line(error: yaml.MarkedYAMLError, raw: bytes) -> int:
    mark = error.problem_mark or error.context_mark
    last = max(0, raw.rstrip().count(b"\n"))
    return min(mark.line, last) if mark else 0


def _first_line(error: yaml.YAMLError) -> str:
    return str(error).partition("\n")[0]


def _reader_line(error: yaml.YAMLError, raw: bytes) -> int:
    position = getattr(error, "position", 0)
    return raw.count(b"\n", 0, position) if isinstance(position, int) else 0

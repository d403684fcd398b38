"""JSON text → plain values, as `yaml_values` does for YAML: duplicate keys and numbers beyond JSON are refused.

One text may hold several documents, one after another, as `kubectl` and `jq` write them. Must not know objects.
"""

from __future__ import annotations

import json
import re

import yaml

from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault, Refused
from ambassador.sources.scalars import MAX_INT, MIN_INT
from ambassador.sources.yaml_events import MAX_DEPTH, build
from ambassador.sources.yaml_values import Text

_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def read_json(raw: bytes) -> Text:
    """Documents of one JSON text in UTF-8. A text is taken whole or, with a fault, not at all."""
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start)
        return Text(fault=Fault(Reason.INVALID_YAML, "the text is not UTF-8: save the file as UTF-8", line))
    try:
        return Text(tuple(_documents(text)))
    except Refused as refused:
        return Text(fault=refused.fault)
    except json.JSONDecodeError as error:
        return Text(fault=Fault(Reason.INVALID_YAML, f"not valid JSON: {error.msg}", error.lineno - 1))


def _documents(text: str) -> list[tuple[object, int]]:
    _check_depth(text)
    decoder = json.JSONDecoder(
        object_pairs_hook=_mapping, parse_constant=_constant, parse_int=_integer, parse_float=_float
    )
    found: list[tuple[object, int]] = []
    position = _skip(text, 0)
    while position < len(text):
        line = text.count("\n", 0, position)
        try:
            value, end = decoder.raw_decode(text, position)
        except _Word as word:
            raise Refused(Fault(word.reason, word.message, _line_of(text, position, word.word))) from word
        found.append((value, line))
        position = _skip(text, end)
    return found


class _Word(Exception):
    """The decoder met a word that cannot be taken; it does not say where, so the word is searched for."""

    def __init__(self, reason: Reason, message: str, word: str) -> None:
        super().__init__(message)
        self.reason, self.message, self.word = reason, message, word


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, token.start())
            message = f"values are nested deeper than {MAX_DEPTH} levels: flatten them"
            raise Refused(Fault(Reason.INVALID_YAML, message, line))


def _mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Word(Reason.DUPLICATE_KEY, f"the key {twice!r} is given twice: keep one of them", json.dumps(twice))
    return mapping


def _constant(word: str) -> object:
    raise _Word(Reason.INVALID_YAML, f"{word} is no number in JSON: leave the field out", word)


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 70 else MAX_INT + 1
    if not MIN_INT <= value <= MAX_INT:
        message = f"the number {digits[:24]} needs more than 64 bits: quote it if it is text"
        raise _Word(Reason.INVALID_YAML, message, digits)
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise _Word(Reason.INVALID_YAML, f"the number {digits[:24]} is too large: quote it if it is text", digits)
    return value


def _line_of(text: str, position: int, word: str) -> int:
    """Line of what the decoder refused. The YAML reader refuses the same and knows where; else the word is searched."""
    above = text.count("\n", 0, position)
    try:
        build(text[position:])
    except Refused as refused:
        return above + refused.fault.line
    except yaml.YAMLError:
        return text.count("\n", 0, max(text.find(word, position), 0))
    return above

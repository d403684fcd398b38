"""Bytes of the API server → plain values, also when one object among them is nested deeper than the decoder goes.

The API server takes objects of 10,000 levels. One of them must not make a whole list unreadable.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

# What goes deeper is cut off. Still too deep to be written again, so that nobody takes such an object for a whole one.
_KEPT_LEVELS = 500
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def loads(raw: bytes) -> Any:
    """The value.

    Raises:
        orjson.JSONDecodeError: it is not JSON.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        shallow = _shallow(raw)
        if shallow is None:
            raise
        return orjson.loads(shallow)


def _shallow(raw: bytes) -> bytes | None:
    """The text with an empty object wherever it goes too deep; None when it does not."""
    parts: list[bytes] = []
    depth = kept = 0
    for token in _TOKEN.finditer(raw):
        sign = raw[token.start()]
        if sign in b"[{":
            depth += 1
            if depth == _KEPT_LEVELS:
                parts.append(raw[kept : token.start()])
        elif sign in b"]}":
            if depth == _KEPT_LEVELS:
                kept = token.end()
            depth -= 1
    return b"{}".join((*parts, raw[kept:])) if parts else None

"""A field path as people write it, back to the fields of one object: keys may hold dots themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ambassador.model.problems import FieldPath

_INDEX = re.compile(r"\[(\d{1,9})\]")


def field_path(content: object, text: str) -> FieldPath | None:
    """`spec.headers.x-canary` or `spec.rules[0].host`; None when the object has no such field."""
    found: list[str | int] = []
    while text:
        step = _step(content, text)
        if step is None:
            return None
        part, content, text = step
        found.append(part)
    return tuple(found)


def _step(content: object, text: str) -> tuple[str | int, object, str] | None:
    """The next part of the path, what is there, and the rest of the path."""
    if isinstance(content, Mapping):
        text = text.removeprefix(".")
        ends = ("", ".", "[")
        fits = [str(key) for key in content if text.startswith(str(key)) and text[len(str(key)) :][:1] in ends]
        name = max(fits, key=len, default=None)
        return None if name is None else (name, content[name], text[len(name) :])
    index = _INDEX.match(text)
    if not index or not isinstance(content, list | tuple) or int(index[1]) >= len(content):
        return None
    return int(index[1]), content[int(index[1])], text[index.end() :]

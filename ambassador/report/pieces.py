"""Large JSON in pieces: it begins to arrive at once, and is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from ambassador.report.render import Json

ENOUGH = 64 * 1024
"""Bytes of a piece."""


def joined(texts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth sending."""
    gathered: list[bytes] = []
    size = 0
    for text in texts:
        gathered.append(text)
        size += len(text)
        if size >= ENOUGH:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def listed(head: Json, name: str, items: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """An object of which the last field is a list; each of the items may come in pieces itself."""
    yield orjson.dumps({**head, name: []})[:-2]
    first = True
    for item in items:
        if not first:
            yield b","
        first = False
        yield from item
    yield b"]}"

"""What may be told of a folder while it is still being read, so that others can begin with it.

Only of folders in which no object shapes the clusters of others: who begins early would begin with the wrong ones. The
texts are searched for that, not understood; what is missed costs time and nothing else. Must not touch the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources.pieces import Piece, read_piece

Tell = Callable[[Objects], None]

_KIND = re.compile(rb"""\bkind["']?[ \t]*:[ \t]*["']?(\w+)""")
_ALONE = frozenset({b"Mapping", b"Host", b"Listener"})
_WORTH = 1000
"""Objects; of fewer it takes longer to tell than to wait."""


def worth_telling(texts: Iterable[bytes]) -> bool:
    """Whether these are many objects, all of kinds that shape nobody else's clusters."""
    count = 0
    for text in texts:
        kinds = _KIND.findall(text)
        if not _ALONE.issuperset(kinds):
            return False
        count += len(kinds)
    return count >= _WORTH


class Ahead:
    """Reads pieces, and tells of their objects a part at a time.

    A small part first, so that somebody has work; each next one half as large again, so that it is ready in time.
    """

    def __init__(self, tell: Tell, part: int = 100, largest: int = 1000) -> None:
        self._tell = tell
        self._part = part
        self._largest = largest
        self._found: dict[ObjectKey, SourceObject] = {}

    def read(self, raw: bytes, is_json: bool = False) -> Piece:
        """The objects of one piece of text."""
        piece = read_piece(raw, is_json)
        self._found.update(piece.pairs)
        if len(self._found) >= self._part:
            self._part = min(self._part + self._part // 2, self._largest)
            self.end()
        return piece

    def end(self) -> None:
        """Tells of the last ones."""
        found, self._found = self._found, {}
        if found:
            self._tell(found)

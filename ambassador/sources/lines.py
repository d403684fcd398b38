"""Where in a text a field stands. Looked up only when somebody asks: the text is composed again, with marks.

Only for texts that were read before without a fault: that bounds their depth. Must not know files or objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ambassador.model.problems import FieldPath
from ambassador.sources.yaml_events import Parser


@dataclass(frozen=True, slots=True)
class Place:
    """0-based line of a field (of its nearest existing parent when it is absent), and the node found there.

    The line is that of the key, not of a value that begins further down.
    """

    line: int
    node: Node | None = None

    def within(self, line: int) -> int:
        """Line, in the outer text, of line `line` of the text that this field holds; exact for literal blocks (`|`)."""
        if isinstance(self.node, ScalarNode) and self.node.style == "|":
            return int(self.node.start_mark.line) + 1 + line
        return self.line


class TextLines:
    """Lines of the fields of one text, composed on the first question."""

    __slots__ = ("_raw", "_roots")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._roots: tuple[Node, ...] | None = None

    def place(self, document: int, path: FieldPath) -> Place:
        """Where field `path` of document number `document` (from 0) stands."""
        roots = self._composed()
        return _descend(roots[document], path) if document < len(roots) else Place(0)

    def _composed(self) -> tuple[Node, ...]:
        if self._roots is None:
            self._roots = _compose(self._raw)
        return self._roots


def _compose(raw: bytes) -> tuple[Node, ...]:
    parser = Parser(raw.removeprefix(b"\xef\xbb\xbf").decode(errors="replace"))
    roots: list[Node] = []
    try:
        while parser.check_node() and (root := parser.get_node()) is not None:
            roots.append(root)
    except yaml.YAMLError:
        # JSON that is not quite YAML (surrogate escapes, several documents): what was composed so far has its lines.
        return tuple(roots)
    return tuple(roots)


def _descend(root: Node, path: FieldPath) -> Place:
    place = Place(root.start_mark.line, root)
    for part in path:
        found = _child(place.node, part)
        if found is None:
            return Place(place.line)
        place = found
    return place


def _child(node: Node | None, part: str | int) -> Place | None:
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return Place(item.start_mark.line, item)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return Place(key.start_mark.line, value)
    return None

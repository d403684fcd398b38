"""One object's YAML, line by line and without secrets: as the user wrote it if that text is at hand, else written anew.

The lines have the numbers of their file as it was when this revision was read. Objects of a cluster, and those whose
text can't be shown safely, have numbers of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ambassador.model.origins import Excerpt
from ambassador.model.problems import FieldPath
from ambassador.model.sensitive import REDACTED, without_credentials
from ambassador.report.redaction import SECRET_PARTS, hidden, is_private, settled
from ambassador.report.telling_lines import Span, telling
from ambassador.sources.lines import Place, TextLines
from ambassador.sources.manifests import flat_path

# What YAML takes for the end of a line and files do not.
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
_MARKS = ("", "---", "...")
_LONGEST = 1_000
"""Characters of a line. More cannot be read, and costs the search for credentials its time."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`lines` of which the first has number `first`. `of_file`: the numbers are those of the object's file."""

    lines: tuple[str, ...]
    first: int
    of_file: bool
    _fields: _Fields

    def span(self, path: FieldPath) -> tuple[int, int]:
        """Numbers of the first and last line of a field; of the line of its nearest parent where it is absent."""
        start, end = self._fields.span(path)
        shift, last = self.first - self._fields.top, self.first + len(self.lines) - 1
        return max(self.first, min(start + shift, last)), max(self.first, min(end + shift, last))


@dataclass(frozen=True, slots=True)
class _Fields:
    """Where fields stand in the whole text. `top`: 0-based line of the first one shown."""

    text: TextLines
    excerpt: Excerpt
    top: int

    def span(self, path: FieldPath) -> tuple[int, int]:
        excerpt = self.excerpt
        whole = (*excerpt.path, *(flat_path(path) if excerpt.flat else path))
        place = self.text.place(excerpt.document, whole)
        present = place.node is not None
        return place.line, max(place.line, _last_line(place.node)) if present and place.node else place.line


def sheet(kind: str, content: Mapping[str, object], excerpt: Excerpt | None) -> Sheet:
    """An object's YAML. Of Secrets nothing is shown as it was written: comments may tell what values do not."""
    if excerpt is not None and kind != "Secret":
        found = _as_written(kind, excerpt)
        if found is not None:
            return found
    return _anew(kind, content)


def _as_written(kind: str, excerpt: Excerpt) -> Sheet | None:
    if _ODD_BREAKS.search(excerpt.text):
        return None
    text = TextLines(excerpt.text.encode(errors="surrogatepass"))
    place = text.place(excerpt.document, excerpt.path)
    root = text.place(excerpt.document, ()).node
    if place.node is None or root is None:
        return None
    lines = _without_secrets([line.removesuffix("\r") for line in excerpt.text.split("\n")], root, kind)
    if is_private("\n".join(lines)):
        # In a comment, say.
        return None
    top, bottom = _extent(lines, excerpt, place)
    first = top if excerpt.first_line is None else top + excerpt.first_line
    of_file = excerpt.first_line is not None
    return Sheet(tuple(lines[top : bottom + 1]), first if of_file else 1, of_file, _Fields(text, excerpt, top))


def _anew(kind: str, content: Mapping[str, object]) -> Sheet:
    parts = {part: content.get(part) for part in SECRET_PARTS if kind == "Secret"}
    held = {part: dict.fromkeys(values, REDACTED) for part, values in parts.items() if isinstance(values, Mapping)}
    written = yaml.dump(_plain({**content, **held}), Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=100)
    text = TextLines(written.encode())
    root = text.place(0, ()).node
    lines = _without_secrets(written.rstrip("\n").split("\n"), root, kind) if root else []
    shown = tuple(REDACTED if is_private(line) else line for line in lines)
    return Sheet(shown, 1, False, _Fields(text, Excerpt(written), 0))


class _Dumper(yaml.SafeDumper):
    """Writes every value out where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _plain(value: object) -> object:
    """Mappings of any type as the ones that YAML is written of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _extent(lines: list[str], excerpt: Excerpt, place: Place) -> tuple[int, int]:
    """0-based first and last line of the object: with the comments around it where it has the text for itself."""
    if place.node is None:
        return 0, len(lines) - 1
    if excerpt.path or excerpt.document:
        return place.line, _last_line(place.node)
    top, bottom = 0, len(lines) - 1
    while top < place.line and lines[top].strip() in _MARKS:
        top += 1
    while bottom > place.line and lines[bottom].strip() in _MARKS:
        bottom -= 1
    return top, bottom


def _last_line(node: Node | None) -> int:
    """0-based line on which a node's own text ends."""
    if node is None:
        return 0
    start, end = int(node.start_mark.line), int(node.end_mark.line)
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        return max((_last_line(item) for item in _children(node)), default=start)
    return end - (end > start and node.end_mark.column == 0)


def _children(node: MappingNode | SequenceNode) -> Iterable[Node]:
    if isinstance(node, SequenceNode):
        return list(node.value)
    return [item for pair in node.value for item in pair]


def _without_secrets(lines: list[str], root: Node, kind: str) -> list[str]:
    """As many lines, none of them very long. An alias leads to its anchor, which is taken out once."""
    cut = [line[:_LONGEST] for line in lines]
    found = {span for one in hidden(root, kind) for span in _spans(one.node, one.text, cut)}
    names = [span for node in settled(root) for span in _spans(node, "", cut)]
    by_line: dict[int, list[Span]] = {}
    for span in (*found, *telling(cut, names)):
        by_line.setdefault(span.line, []).append(span)
    shown = [without_credentials(_blotted(line, by_line.get(number, ()))) for number, line in enumerate(cut)]
    return [f"{text} …" if len(line) > _LONGEST else text for text, line in zip(shown, lines, strict=True)]


def _spans(node: ScalarNode, text: str, lines: Sequence[str]) -> Iterator[Span]:
    """The parts of lines that a value has; `text` stands on the first of them."""
    start, end = node.start_mark, node.end_mark
    for number in range(start.line, min(end.line, len(lines) - 1) + 1):
        last = end.column if number == end.line else len(lines[number])
        first = number == start.line
        yield Span(int(number), int(start.column) if first else 0, int(last), text if first else "")


def _blotted(line: str, spans: Iterable[Span]) -> str:
    parts, at = [], 0
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.start >= at and (span.start < len(line) or not line):
            parts += [line[at : span.start], span.text]
        at = max(at, span.end)
    return "".join([*parts, line[at:]])

"""Ambassador objects inside the `getambassador.io/config` annotation of a Service or an Ingress.

Pure: an object in, the objects nested in it out. A document that is wrong costs only itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import FieldPath, Problem, Reason, Severity
from ambassador.sources.lines import TextLines
from ambassador.sources.manifests import Defaults, Entry, flat_path
from ambassador.sources.pieces import judge
from ambassador.sources.split import split
from ambassador.sources.yaml_values import read_yaml

ANNOTATION = "getambassador.io/config"
ANNOTATION_PATH: FieldPath = ("metadata", "annotations", ANNOTATION)
CARRIERS = frozenset({"Service", "Ingress"})
_OURS = ("getambassador.io/", "ambassador/")


@dataclass(frozen=True, slots=True)
class Nested:
    """An object in an annotation: `document` of the piece `raw`, which begins on 0-based line `above` of the text."""

    object: SourceObject
    flat: bool
    path: FieldPath
    document: int
    raw: bytes
    above: int

    def line(self, path: FieldPath) -> int:
        """0-based line of a field within the annotation's text."""
        inner = flat_path(path) if self.flat else path
        return self.above + TextLines(self.raw).place(self.document, (*self.path, *inner)).line


@dataclass(frozen=True, slots=True)
class Expansion:
    """What the annotation of one object holds."""

    nested: tuple[Nested, ...] = ()
    problems: tuple[Problem, ...] = ()


EMPTY = Expansion()


def expand(parent: SourceObject) -> Expansion:
    """Objects nested in `parent`; none unless it is a Service or an Ingress with the annotation."""
    if parent.key.kind not in CARRIERS:
        return EMPTY
    annotations = parent.metadata.get("annotations")
    text = annotations.get(ANNOTATION) if isinstance(annotations, dict) else None
    if text is None:
        return EMPTY
    if not isinstance(text, str):
        return Expansion(
            problems=(_problem(parent.key, f"the annotation {ANNOTATION} must be text: write it with `|`"),)
        )
    found = tuple(_read(parent, text))
    problems = [item for item in found if isinstance(item, Problem)]
    nested: dict[ObjectKey, Nested] = {}
    for item in found:
        if isinstance(item, Nested) and nested.setdefault(item.object.key, item) is not item:
            message = f"{item.object.key} is defined twice in this annotation: remove or rename the second"
            problems.append(_problem(parent.key, _at(item.line(()), message), Reason.DUPLICATE_OBJECT))
    return Expansion(tuple(nested.values()), tuple(problems))


def _read(parent: SourceObject, text: str) -> Iterator[Nested | Problem]:
    above = 0
    defaults = _defaults(parent)
    for raw in split(text.encode(errors="surrogatepass")):
        yield from _read_piece(parent.key, raw, above, defaults)
        above += raw.count(b"\n")


def _defaults(parent: SourceObject) -> Defaults:
    labels = parent.metadata.get("labels")
    return Defaults(parent.key.namespace, labels if isinstance(labels, dict) else {}, parent.key)


def _read_piece(parent: ObjectKey, raw: bytes, above: int, defaults: Defaults) -> Iterator[Nested | Problem]:
    text = read_yaml(raw)
    if text.fault is not None:
        yield _problem(parent, _at(above + text.fault.line, text.fault.message), text.fault.reason)
    located, mistakes = judge(text, defaults)
    for item in located:
        nested = _nested(item.entry, item.document, raw, above)
        if nested.object.api_version.startswith(_OURS):
            yield nested
        else:
            message = f"{nested.object.key} is no Ambassador object: only getambassador.io kinds go here"
            yield _problem(parent, _at(nested.line(()), message))
    lines = TextLines(raw)
    for document, mistake in mistakes:
        line = above + lines.place(document, mistake.path).line
        yield _problem(parent, _at(line, mistake.message))


def _nested(entry: Entry, document: int, raw: bytes, above: int) -> Nested:
    return Nested(entry.object, entry.flat, entry.path, document, raw, above)


def _at(line: int, message: str) -> str:
    return f"line {line + 1} of the annotation: {message}"


def _problem(parent: ObjectKey, message: str, reason: Reason = Reason.INVALID_OBJECT) -> Problem:
    return Problem(Severity.ERROR, reason, message, parent, ANNOTATION_PATH)

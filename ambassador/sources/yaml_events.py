"""YAML text → plain values, the careful way: from parser events, without recursion and without expanding an alias.

Every YAML text may come here; `yaml_values` sends those that its quick way does not take. Finds what a recursive
composer cannot survive or does not see: deep nesting, aliases that grow beyond measure or contain themselves,
duplicate keys, tags. Must not know documents or objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault, Refused
from ambassador.sources.scalars import OutOfRange, plain

MAX_DEPTH = 100
CORE = "tag:yaml.org,2002:"
MAX_GROWTH = 64
FREE_GROWTH = 10_000

_MERGE = object()


class Parser(CParser):
    """libyaml without PyYAML's resolver: a tag is None unless the text has one."""

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass

    def resolve(self, kind: object, value: object, implicit: object) -> None:
        return None


@dataclass(slots=True)
class _Open:
    """A collection that is still being read. `weight` counts its nodes and characters with aliases expanded."""

    value: dict[str, object] | list[object]
    anchor: str | None
    weight: int = 1
    key: object = None
    has_key: bool = False
    merged: list[object] = field(default_factory=list)


class Builder:
    """Builds the documents of one text from its events."""

    def __init__(self, text: str) -> None:
        self._limit = MAX_GROWTH * len(text) + FREE_GROWTH
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self.documents: list[tuple[object, int]] = []

    def feed(self, event: object) -> None:
        """Takes the next event.

        Raises:
            Refused: the text cannot be taken.
        """
        if isinstance(event, ScalarEvent):
            self._add(event, self._scalar(event), len(event.value) + 1)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self._close(event)
        elif isinstance(event, DocumentEndEvent):
            self._anchors.clear()

    def _scalar(self, event: ScalarEvent) -> object:
        text, tag = event.value, event.tag
        is_key = self._expects_key()
        if tag is not None and tag != "!":
            return _tagged(event, tag, is_key)
        quoted = bool(event.style) or tag == "!"
        if is_key:
            return _MERGE if text == "<<" and not quoted else _key_text(event, quoted)
        return text if quoted else _plain(event, text)

    def _expects_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and not self._stack[-1].has_key

    def _alias(self, event: AliasEvent) -> None:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            inside = any(item.anchor == event.anchor for item in self._stack)
            why = "refers to the value it is part of" if inside else "has no anchor before it in this document"
            raise _refused(event, f"the alias *{event.anchor} {why}: write the value out")
        self._add(event, *known)

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        mapping = isinstance(event, MappingStartEvent)
        if event.tag not in (None, "!", CORE + ("map" if mapping else "seq")):
            raise _refused(event, f"the tag {_shown_tag(event.tag)} is not accepted: remove it")
        if self._expects_key():
            raise _refused(event, "a key must be text, not a mapping or a list")
        if len(self._stack) >= MAX_DEPTH:
            raise _refused(event, f"values are nested deeper than {MAX_DEPTH} levels: flatten them")
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        self._stack.append(_Open({} if mapping else [], event.anchor))
        if len(self._stack) == 1:
            self.documents.append((self._stack[0].value, _line(event)))

    def _close(self, event: CollectionEndEvent) -> None:
        done = self._stack.pop()
        if done.merged and isinstance(done.value, dict):
            _merge(event, done.value, done.merged)
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.weight)
        if self._stack:
            self._put(event, done.value, done.weight)

    def _add(self, event: NodeEvent, value: object, weight: int) -> None:
        if event.anchor and not isinstance(event, AliasEvent):
            self._anchors[event.anchor] = (value, weight)
        if self._stack:
            self._put(event, value, weight)
        else:
            self.documents.append((value, _line(event)))

    def _put(self, event: NodeEvent | CollectionEndEvent, value: object, weight: int) -> None:
        holder = self._stack[-1]
        holder.weight += weight
        if holder.weight > self._limit:
            raise _refused(event, "aliases make this document many times larger than its text: write the values out")
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif not holder.has_key:
            self._take_key(event, holder, value)
        else:
            holder.has_key = False
            if holder.key is _MERGE:
                holder.merged.append(value)
            else:
                holder.value[str(holder.key)] = value

    def _take_key(self, event: NodeEvent | CollectionEndEvent, holder: _Open, key: object) -> None:
        if not isinstance(key, str) and key is not _MERGE:
            raise _refused(event, "a key must be text, not a mapping or a list")
        if key in holder.value or (key is _MERGE and holder.merged):
            shown = "<<" if key is _MERGE else key
            raise _refused(event, f"the key {shown!r} is given twice: keep one of them", Reason.DUPLICATE_KEY)
        holder.key, holder.has_key = key, True


def build(text: str) -> list[tuple[object, int]]:
    """Documents of `text`, each with the 0-based line on which its value begins.

    Raises:
        Refused: the text cannot be taken.
        yaml.YAMLError: it is not YAML.
    """
    parser, builder = Parser(text), Builder(text)
    while (event := parser.get_event()) is not None:
        builder.feed(event)
    return builder.documents


def _refused(event: NodeEvent | CollectionEndEvent, message: str, reason: Reason = Reason.INVALID_YAML) -> Refused:
    return Refused(Fault(reason, message, _line(event)))


def _line(event: NodeEvent | CollectionEndEvent) -> int:
    return event.start_mark.line if event.start_mark else 0


def _plain(event: ScalarEvent, text: str) -> object:
    try:
        return plain(text)
    except OutOfRange as error:
        raise _refused(event, str(error)) from error


def _key_text(event: ScalarEvent, quoted: bool) -> str:
    """Keys are text as written: `80:` and `on:` need no quotes and mean nothing else."""
    if not quoted and event.value in ("", "~"):
        raise _refused(event, "a key is empty: give it a name")
    return event.value


def _tagged(event: ScalarEvent, tag: str, is_key: bool) -> object:
    if tag == CORE + "str":
        return event.value
    value = _plain(event, event.value)
    accepted = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(tag.removeprefix(CORE))
    if is_key or accepted is None or type(value) is not accepted:
        raise _refused(event, f"the tag {_shown_tag(tag)} is not accepted here: remove it")
    return value


def _shown_tag(tag: str) -> str:
    return "!!" + tag.removeprefix(CORE) if tag.startswith(CORE) else tag


def _merge(event: CollectionEndEvent, into: dict[str, object], merged: list[object]) -> None:
    """`<<`: keys written out win over merged ones; of several merged mappings the earlier wins."""
    sources = merged[0] if isinstance(merged[0], list) else merged
    for source in sources:
        if not isinstance(source, dict):
            raise _refused(event, "`<<` takes a mapping or a list of mappings")
        for key, value in source.items():
            into.setdefault(key, value)

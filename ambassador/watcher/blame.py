"""Whom to suspect when a change is refused: in which order, whom first, and who deserves another chance. Pure.

Knows objects and texts only; the search itself is `xds.quarantine`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey

# When it takes two objects to make Envoy refuse, the one that is tried later gets the blame. So what others stand on
# comes first: a Host with an impossible option must not cost the Secret that ten other Hosts use. A Module stands
# behind everything; blaming it costs the least.
_ORDER = ("Listener", "TLSContext", "Host", "Ingress", "Mapping", "Module")
_LATE = {kind: number for number, kind in enumerate(_ORDER, 1)}

_MOST_SUSPECTS = 5000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused: Envoy's words, or a `bug` of ours."""

    why: str = ""
    bug: bool = False

    def sentence(self, what: str) -> str:
        """`what` is the thing refused, with what follows from it."""
        who = "Ambassador itself fails on (a bug: please report it)" if self.bug else "Envoy refuses"
        return f"{who} {what}: {self.why}"


def in_order(keys: Iterable[ObjectKey]) -> list[ObjectKey]:
    """Suspects in the order in which they are tried."""
    return sorted(keys, key=lambda key: (_LATE.get(key.kind, 0), key))


def hinted(suspects: Iterable[ObjectKey], objects: Objects, message: str) -> frozenset[ObjectKey]:
    """Suspects whose name or one of whose texts Envoy's words quote; they are tried first."""
    found = set()
    for number, key in enumerate(suspects):
        if number >= _MOST_SUSPECTS:
            break
        one = objects.get(key)
        texts = [key.name, *_texts(one.content)] if one is not None else []
        if any(len(text) > 3 and text in message for text in texts):
            found.add(key)
    return frozenset(found)


def reconsidered(culprits: Collection[ObjectKey], edits: Collection[ObjectKey], objects: Objects) -> set[ObjectKey]:
    """Culprits that an edit of other objects may have cured: what they name was edited, or what names them.

    A Host may be held back for an option of its TLSContext. A Module concerns everybody, and so may a deletion that is
    held back.
    """
    if not culprits or not edits:
        return set()
    if any(key.kind == "Module" for key in edits):
        return set(culprits)
    edited = {key.name for key in edits}
    named_by_edits = {name for key in edits for name in _names(objects, key)}
    return {
        key
        for key in culprits
        if key not in objects or key.name in named_by_edits or not edited.isdisjoint(_names(objects, key))
    }


def _names(objects: Objects, key: ObjectKey) -> Iterator[str]:
    """Everything in an object's spec that may be the name of another one."""
    one = objects.get(key)
    for text in _texts(one.content.get("spec", {})) if one is not None else ():
        yield from _NAME.findall(text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in ("apiVersion", "kind", "namespace", "data", "stringData"):
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)

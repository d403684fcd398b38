"""From raw objects to typed specs: which objects are ours, and what they say."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, TypeVar, cast

from ambassador.compile.inputs import KEYS, OBJECT, OPTIONS, REFUSED
from ambassador.compile.memo import Read, rule
from ambassador.kinds import KINDS
from ambassador.kinds.contract import OUR_GROUP as _OURS
from ambassador.kinds.contract import AnyKind, group_of, is_for
from ambassador.kinds.module import ModuleSpec
from ambassador.model.fields import Cursor, suggestion
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Reason
from ambassador.ops import bugs

S = TypeVar("S")


class _NotOurs:
    """Stands for the spec of an object that is none of our business."""


_NOT_OURS = _NotOurs()
_IGNORED: Checked[Any] = Checked(_NOT_OURS)
_log = logging.getLogger(__name__)

_KINDS: dict[str, AnyKind] = {kind.kind: kind for kind in KINDS}


def kind_of(source: SourceObject) -> AnyKind | None:
    """The kind that reads this object; None for objects that are none of our business."""
    kind = _KINDS.get(source.key.kind)
    return kind if kind and group_of(source.api_version) in kind.groups else None


@rule
def spec(read: Read, key: ObjectKey) -> Checked[Any]:
    """What an object says; None when it is absent, not ours, or unusable."""
    packed = read(OBJECT, key)
    if packed is None:
        return Checked(None)
    source = packed.unpacked()
    kind = kind_of(source)
    if kind is None:
        return _unknown(source)
    if _OURS in kind.groups and not is_for(source, read(OPTIONS, None).ambassador_id):
        return _IGNORED
    try:
        parsed = cast("Checked[Any]", kind.parse(source))
    except Exception as error:  # noqa: BLE001 - what a parser of ours did not expect costs this object, not the gateway
        return _unreadable(source, error)
    if parsed.value is not None and read(REFUSED, key):
        return Checked(kind.closed(parsed.value), parsed.problems)
    return parsed


def spec_as(read: Read, key: ObjectKey, kind: type[S]) -> S | None:
    """The spec of an object, if it is one of that type."""
    found = read(spec, key).value
    return found if isinstance(found, kind) else None


@rule
def keys_of(read: Read, kind: str) -> tuple[ObjectKey, ...]:
    """Keys of all objects of one kind that are meant for this instance, usable or not, in order."""
    ambassador_id = read(OPTIONS, None).ambassador_id
    found = []
    keys = read(KEYS, kind)
    for key in sorted(keys):
        source = read(OBJECT, key)
        if source and kind_of(source) and is_for(source, ambassador_id):
            found.append(key)
    return tuple(found)


@rule
def module(read: Read, _: None) -> ModuleSpec:
    """The Module `ambassador`; the first by namespace when there are several. What any of them closes is closed."""
    specs = [spec_as(read, key, ModuleSpec) for key in read(keys_of, "Module")]
    found = [one for one in specs if one]
    return replace(found[0], closed=any(one.closed for one in found)) if found else ModuleSpec()


def is_ignored(found: Checked[Any]) -> bool:
    """Whether a spec is of an object that is none of our business."""
    return found.value is _NOT_OURS


def _unreadable(source: SourceObject, error: Exception) -> Checked[Any]:
    _log.error("a bug: %s can't be read\n%s", source.key, bugs.stack(error))
    message = f"Ambassador itself fails on this object (a bug: please report it): {bugs.place(error)}"
    return Checked(None, (Cursor(source.key, None).error(Reason.INVALID_OBJECT, message),))


def _unknown(source: SourceObject) -> Checked[Any]:
    if group_of(source.api_version) != _OURS:
        return _IGNORED
    near = suggestion(source.key.kind, tuple(_KINDS)) or " Remove it."
    at = Cursor(source.key, None, ("kind",))
    return Checked(_NOT_OURS, (at.warning(Reason.UNKNOWN_KIND, f"{source.key.kind} is no kind of Ambassador.{near}"),))

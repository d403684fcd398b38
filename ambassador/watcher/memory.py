"""What Envoy has accepted and refused, kept in one file of the state folder for the next watcher beside this Envoy.

Without it a restarted watcher could not tell an object that Envoy refuses from those that it serves, and would have
to take routes away to find out. Secrets are remembered by digest only. A disk that fails costs this memory only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import structlog

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.watcher.blame import Refusal

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Memory:
    """`accepted` are digests; `forms` accepted objects that differ from what the user wants now.

    `refused` are culprits by the digest of the form that was refused; an empty one stands for a deletion.
    """

    accepted: Mapping[ObjectKey, str] = field(default_factory=dict)
    forms: Objects = field(default_factory=dict)
    refused: Mapping[ObjectKey, tuple[str, Refusal]] = field(default_factory=dict)


def remember(accepted: Objects, wanted: Objects, refused: Mapping[ObjectKey, Refusal]) -> Memory:
    """What the next watcher needs. `wanted` is what the user wrote."""
    forms = {key: one for key in refused if (one := accepted.get(key)) is not None and key.kind != "Secret"}
    digests = {key: _digest(wanted, key) for key in refused}
    return Memory(
        {key: one.digest for key, one in accepted.items()},
        forms,
        {key: (digests[key], refusal) for key, refusal in refused.items()},
    )


def restored(memory: Memory, wanted: Objects) -> tuple[Objects, Mapping[ObjectKey, Refusal]]:
    """The accepted objects as far as they are known, and the culprits that have not changed since."""
    refused = {key: why for key, (digest, why) in memory.refused.items() if _digest(wanted, key) == digest}
    accepted = {key: one for key, one in wanted.items() if memory.accepted.get(key) == one.digest}
    accepted |= {key: one for key, one in memory.forms.items() if key in wanted or key in refused}
    return accepted, refused


def load(path: Path) -> Memory:
    """What the file holds; nothing when there is none, or none that can be read."""
    try:
        raw = orjson.loads(path.read_bytes())
        return Memory(
            {ObjectKey(*key): digest for *key, digest in raw["accepted"]},
            {ObjectKey(*key): _object(key, rest) for key, rest in raw["forms"]},
            {ObjectKey(*key): (digest, Refusal(*refusal)) for key, digest, refusal in raw["refused"]},
        )
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, TypeError, KeyError) as error:
        _log.warning("what Envoy accepted before is not known any more", file=str(path), error=str(error))
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Replaces the file at one stroke; it is readable by its owner only."""
    raw = {
        "accepted": [(*key, digest) for key, digest in memory.accepted.items()],
        "forms": [([*key], _stored(one)) for key, one in memory.forms.items()],
        "refused": [([*key], digest, (why.why, why.bug)) for key, (digest, why) in memory.refused.items()],
    }
    beside = path.with_suffix(".new")
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(raw))
        beside.replace(path)
    except (OSError, TypeError) as error:
        _log.warning("what Envoy accepted can't be remembered for a restart", file=str(path), error=str(error))


def _stored(one: SourceObject) -> tuple[str, Mapping[str, object], list[str] | None]:
    return one.digest, one.content, None if one.nested_in is None else [*one.nested_in]


def _digest(objects: Objects, key: ObjectKey) -> str:
    one = objects.get(key)
    return "" if one is None else one.digest


def _object(key: list[str], rest: list[object]) -> SourceObject:
    digest, content, nested_in = rest
    if not isinstance(content, dict) or not isinstance(digest, str):
        raise TypeError("an object must have a digest and a content")
    parent = ObjectKey(*nested_in) if isinstance(nested_in, list) else None
    return SourceObject(ObjectKey(*key), digest, content, parent)

"""What Envoy accepted, kept in the state folder: a file with all of it, and beside it one of what changed since.

So an edit among very many objects costs a line. A disk that fails costs this memory only; both files are readable by
their owner only.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import orjson
import structlog

from ambassador.model.config_snapshot import diff
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.watcher.blame import Refusal
from ambassador.watcher.memory import Known, Memory

_log = structlog.get_logger()

_FEW = 1_000
"""So many changes may stand beside even a short file; else as many as it has objects."""

_BROKEN = (OSError, ValueError, TypeError, KeyError)


class Journal:
    """Written by one thread at a time; `path` is the file with all of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: Known | None = None
        self._identity = ""
        self._changes = 0

    def load(self) -> Memory:
        """What the files hold; nothing when there are none, or none that can be read."""
        try:
            raw = orjson.loads(self._path.read_bytes())
            accepted = {ObjectKey(*key): digest for *key, digest in raw["accepted"]}
            forms = {ObjectKey(*key): _object(key, rest) for key, rest in raw["forms"]}
            refused = {ObjectKey(*key): (digest, Refusal(*refusal)) for key, digest, refusal in raw["refused"]}
            changes = _lines(_beside(self._path), raw.get("identity", ""))
        except FileNotFoundError:
            return Memory()
        except _BROKEN as error:
            _log.warning("what Envoy accepted before is not known any more", file=str(self._path), error=str(error))
            return Memory()
        # An empty digest: it is gone.
        newest = {**accepted, **changes}
        return Memory({key: digest for key, digest in newest.items() if digest}, forms, refused)

    def save(self, known: Known) -> None:
        """Brings the files up to date."""
        before, self._saved = self._saved, None
        try:
            self._note(known, before)
        except (OSError, TypeError) as error:
            _log.warning("what Envoy accepted can't be remembered", file=str(self._path), error=str(error))
        else:
            self._saved = known

    def _note(self, known: Known, before: Known | None) -> None:
        if before is None or known.refused != before.refused or known.forms != before.forms:
            self._write(known)
            return
        changes = diff(before.accepted, known.accepted)
        self._changes += len(changes)
        if self._changes > max(_FEW, len(known.accepted)):
            self._write(known)
        elif changes:
            digests = [(*key, "" if one is None else one.digest) for key, one in changes.items()]
            _append(_beside(self._path), {"identity": self._identity, "accepted": digests})

    def _write(self, known: Known) -> None:
        self._identity, self._changes = secrets.token_hex(8), 0
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(_whole(known, self._identity)))
        new.replace(self._path)
        # What it holds is of the file before, and says so: it may stay for a moment.
        _beside(self._path).unlink(missing_ok=True)


def _whole(known: Known, identity: str) -> Mapping[str, object]:
    return {
        "identity": identity,
        "accepted": [(*key, one.digest) for key, one in known.accepted.items()],
        "forms": [([*key], _stored(one)) for key, one in known.forms.items()],
        "refused": [([*key], digest, (why.why, why.bug)) for key, (digest, why) in known.refused.items()],
    }


def _append(path: Path, line: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(line) + b"\n")


def _lines(path: Path, identity: str) -> Mapping[ObjectKey, str]:
    """The last digest of each object that changed. A line that broke off, or that is of another file, ends it."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[ObjectKey, str] = {}
    for line in lines[:-1]:
        changes = _read(line, identity)
        if changes is None:
            break
        found |= changes
    return found


def _read(line: bytes, identity: str) -> Mapping[ObjectKey, str] | None:
    try:
        raw = orjson.loads(line)
        if not identity or raw["identity"] != identity:
            return None
        return {ObjectKey(*key): digest for *key, digest in raw["accepted"]}
    except (ValueError, TypeError, KeyError):
        return None


def _beside(path: Path) -> Path:
    return path.with_suffix(".log")


def _stored(one: SourceObject) -> tuple[str, Mapping[str, object], list[str] | None]:
    return one.digest, dict(one.content), None if one.nested_in is None else [*one.nested_in]


def _object(key: list[str], rest: list[object]) -> SourceObject:
    digest, content, nested_in = rest
    if not isinstance(content, dict) or not isinstance(digest, str):
        raise TypeError("an object must have a digest and a content")
    parent = ObjectKey(*nested_in) if isinstance(nested_in, list) else None
    return SourceObject(ObjectKey(*key), digest, content, parent)

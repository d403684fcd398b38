"""Which version's meaning a stored object has, whatever version it is read in. Pure.

A Mapping that names no host is for all hosts up to v2, and for none of its own since v3alpha1. Without conversion the
API server labels objects with the version that we ask for, so the one that counts has to be told from traces: who set
which field in which version (metadata.managedFields).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ambassador.kinds.contract import OUR_GROUP

_OLDER = (f"{OUR_GROUP}/v1", f"{OUR_GROUP}/v2")


def meant_version(kind: str, read_as: str, item: Mapping[str, Any]) -> str:
    """The apiVersion that says what the object means; `read_as` unless traces say that it is an older one.

    The ancestor stored objects as v2, and its conversion dropped `hostname: "*"` on the way, the default there: a
    v3alpha1 writer's hostname that is no longer there was `*`.
    """
    spec = item.get("spec")
    if kind != "Mapping" or not isinstance(spec, Mapping) or spec.get("hostname") or spec.get("host"):
        return read_as
    for version, fields in _writers(item):
        if "f:prefix" in fields and version in _OLDER:
            return version
        if "f:hostname" in fields:
            return _OLDER[-1]
    return read_as


def _writers(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each manager's version and the fields of `spec` that it set."""
    entries = item["metadata"].get("managedFields")
    for entry in entries if isinstance(entries, list) else ():
        fields = entry.get("fieldsV1") if isinstance(entry, Mapping) else None
        spec = fields.get("f:spec") if isinstance(fields, Mapping) else None
        if isinstance(spec, Mapping):
            yield str(entry.get("apiVersion")), spec

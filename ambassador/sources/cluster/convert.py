"""One object as the API server sends it → SourceObject and what is kept beside it. Pure.

What changes without anybody's intent (status, managed fields, counters, notes of tools) is left out, so that an event
about nothing else is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ambassador.kinds import key_kind
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources.cluster.meaning import meant_version
from ambassador.sources.cluster.observed import Observed, is_observed
from ambassador.sources.cluster.resources import Resource
from ambassador.sources.manifests import digest_of

_KEPT_METADATA = ("name", "namespace", "labels", "creationTimestamp")
# kubectl's copy of the whole object (of a Secret too), and the clock of the endpoint controllers.
_NOISE = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "endpoints.kubernetes.io/last-change-trigger-time",
        "deployment.kubernetes.io/revision",
    }
)
_NO_CONTENT = frozenset({"apiVersion", "kind", "metadata", "status"})


class Reading(NamedTuple):
    """An object that was read."""

    object: SourceObject
    observed: Observed | None


class Mistake(NamedTuple):
    """Something that is no object that we can take; `key` when it at least has a name."""

    key: ObjectKey | None
    message: str


def read(resource: Resource, item: object) -> Reading | Mistake:
    """One item of a list or object of an event."""
    key = key_of(resource, item)
    if key is None or not isinstance(item, Mapping):
        return Mistake(None, f"the API server gave something among {resource.name} that has no name")
    metadata = item["metadata"]
    content: dict[str, object] = {
        "apiVersion": meant_version(resource.kind, resource.api_version, item),
        "kind": resource.kind,
        "metadata": _metadata(metadata),
        **{name: value for name, value in item.items() if name not in _NO_CONTENT},
    }
    try:
        digest = digest_of(content)
        observed = _observed(resource, metadata, item.get("status")) if is_observed(resource) else None
    except orjson.JSONEncodeError:
        return Mistake(key, "the object is nested deeper than 250 levels and is not used: make it flatter")
    counted = {name: metadata[name] for name in ("uid", "generation") if name in metadata}
    # Beside the digest: they say which edition this is, not what the user wants.
    content["metadata"] = {**_metadata(metadata), **counted}
    return Reading(SourceObject(key, digest, content), observed)


def key_of(resource: Resource, item: object) -> ObjectKey | None:
    """The key of an object as the API server names it; None when it names none."""
    metadata = item.get("metadata") if isinstance(item, Mapping) else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if not isinstance(metadata, Mapping) or not isinstance(name, str) or not name:
        return None
    namespace = metadata.get("namespace")
    return ObjectKey(
        key_kind(resource.kind, resource.api_version), namespace if isinstance(namespace, str) else "", name
    )


def version_of(item: object) -> str:
    """The resourceVersion that an object carries, or nothing."""
    metadata = item.get("metadata") if isinstance(item, Mapping) else None
    version = metadata.get("resourceVersion") if isinstance(metadata, Mapping) else None
    return version if isinstance(version, str) else ""


def same(old: SourceObject, new: SourceObject) -> bool:
    """Whether nothing that is kept differs."""
    return old.digest == new.digest and all(
        old.metadata.get(name) == new.metadata.get(name) for name in ("uid", "generation")
    )


def _metadata(metadata: Mapping[str, Any]) -> dict[str, object]:
    kept = {name: metadata[name] for name in _KEPT_METADATA if metadata.get(name)}
    annotations = metadata.get("annotations")
    if isinstance(annotations, Mapping):
        left = {name: text for name, text in annotations.items() if name not in _NOISE}
        return {**kept, "annotations": left} if left else kept
    return {**kept, "annotations": annotations} if annotations else kept


def _observed(resource: Resource, metadata: Mapping[str, Any], status: object) -> Observed:
    generation = metadata.get("generation")
    return Observed(
        str(metadata.get("uid") or ""),
        generation if isinstance(generation, int) else 0,
        # A copy: the encoder's own bytes keep the 4 KiB that it wrote into.
        bytes(memoryview(orjson.dumps(status or {}))),
        resource,
    )

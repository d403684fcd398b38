"""One input object as the user wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.model.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class SourceObject:
    """Key, content and its digest. Equality is by key and digest.

    Holds no origin, line or resourceVersion: a metadata touch or a line inserted above must not make it unequal.
    `content` is the whole object in Kubernetes form (apiVersion, kind, metadata, spec …) without managedFields,
    status, resourceVersion, uid and generation. `nested_in` names the object whose annotation carries this one.
    """

    key: ObjectKey
    digest: str
    content: Mapping[str, object] = field(compare=False, repr=False)
    nested_in: ObjectKey | None = None

    def unpacked(self) -> SourceObject:
        """The same with its content at hand: for whoever reads much of it, and then lets go of it."""
        return SourceObject(self.key, self.digest, dict(self.content.items()), self.nested_in)

    @property
    def api_version(self) -> str:
        return str(self.content.get("apiVersion", ""))

    @property
    def metadata(self) -> Mapping[str, object]:
        metadata = self.content.get("metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def labels(self) -> Mapping[str, str]:
        labels = self.metadata.get("labels")
        return {str(k): str(v) for k, v in labels.items()} if isinstance(labels, Mapping) else {}

"""Plain values of one document → SourceObjects: `List`s unfolded, Ambassador's flat form turned into Kubernetes' form,
namespace filled in, everything that is no intent (status, managed fields, revision counters) left out of the digest.

Pure. Must not know files, lines or YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from ambassador.kinds import key_kind
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.packed import packed
from ambassador.model.problems import FieldPath

DEFAULT_NAMESPACE = "default"
CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)

_FLAT = re.compile(r"(?:getambassador\.io|ambassador)/v\w+")
# What Kubernetes takes as a name (RFC 1123 subdomain), and what older flat manifests and RBAC objects write.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?")
_NO_INTENT = frozenset({"managedFields", "resourceVersion", "uid", "generation"})
_FLAT_METADATA = frozenset({"apiVersion", "kind", "name", "namespace", "generation", "metadata_labels"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a document. `path` leads to it in the document (() unless it is a `List`'s item).

    `flat`: written in the flat form, so that `spec.prefix` of the object is `prefix` in the text.
    """

    object: SourceObject
    path: FieldPath = ()
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why (a part of) a document is no object; `path` leads to the field in the document."""

    message: str
    path: FieldPath = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an object gets when it does not say: namespace, and labels when it is written in the flat form."""

    namespace: str = DEFAULT_NAMESPACE
    labels: Mapping[str, object] = field(default_factory=dict)
    nested_in: ObjectKey | None = None


def objects_of(document: object, defaults: Defaults, path: FieldPath = ()) -> Iterator[Entry | Mistake]:
    """Every object of one document. An empty document has none."""
    if document is None:
        return
    if not isinstance(document, Mapping):
        yield Mistake("a manifest must be a mapping with apiVersion, kind and metadata", path)
    elif _is_list(document):
        items = document["items"]
        for index, item in enumerate(items if isinstance(items, list) else ()):
            yield from objects_of(_inheriting(document, item), defaults, (*path, "items", index))
    else:
        yield _entry(document, defaults, path)


def digest_of(content: Mapping[str, object]) -> str:
    """Digest of an object's content, the same for equal content in any order of keys.

    Raises:
        orjson.JSONEncodeError: the content is nothing that JSON can hold.
    """
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def normalised(content: Mapping[str, object]) -> dict[str, object]:
    """The content without status and without what the API server counts and notes in the metadata."""
    kept = {name: value for name, value in content.items() if name != "status"}
    metadata = kept.get("metadata")
    if isinstance(metadata, Mapping) and not _NO_INTENT.isdisjoint(metadata):
        kept["metadata"] = {name: value for name, value in metadata.items() if name not in _NO_INTENT}
    return kept


def flat_path(path: FieldPath) -> FieldPath:
    """Where a field of the Kubernetes form stands in the flat form."""
    match path:
        case ("spec", *rest):
            return tuple(rest)
        case ("metadata", "labels", *rest):
            return ("metadata_labels", *rest)
        case ("metadata", *rest):
            return tuple(rest)
    return path


def _is_list(document: Mapping[str, object]) -> bool:
    kind = document.get("kind")
    return isinstance(kind, str) and kind.endswith("List") and isinstance(document.get("items", ()), list)


def _inheriting(parent: Mapping[str, object], item: object) -> object:
    """Items of a typed list (`ServiceList`) need not repeat their kind."""
    kind = str(parent["kind"]).removesuffix("List")
    if not kind or not isinstance(item, Mapping) or "kind" in item:
        return item
    return {"apiVersion": parent.get("apiVersion"), "kind": kind, **item}


def _entry(document: Mapping[str, object], defaults: Defaults, path: FieldPath) -> Entry | Mistake:
    for needed in ("apiVersion", "kind"):
        if not isinstance(document.get(needed), str) or not document[needed]:
            return Mistake(_missing(needed, document.get(needed)), (*path, needed))
    flat = "metadata" not in document and _FLAT.fullmatch(str(document["apiVersion"])) is not None
    prefix = path if flat else (*path, "metadata")
    metadata = document if flat else document.get("metadata")
    if not isinstance(metadata, Mapping):
        return Mistake("metadata must be a mapping with a name", prefix)
    named = _named(metadata, flat, prefix)
    if isinstance(named, Mistake):
        return named
    name, namespace = named
    kind = str(document["kind"])
    namespace = "" if kind in CLUSTER_SCOPED else namespace or defaults.namespace
    key = ObjectKey(key_kind(kind, str(document["apiVersion"])), namespace, name)
    content = _unflattened(document, key, defaults) if flat else normalised(document)
    try:
        return Entry(SourceObject(key, digest_of(content), packed(content), defaults.nested_in), path, flat)
    except orjson.JSONEncodeError as error:
        return Mistake(f"{key} holds a value that JSON cannot hold: {error}", path)


def _named(metadata: Mapping[str, object], flat: bool, prefix: FieldPath) -> tuple[str, str] | Mistake:
    """Name and namespace (empty when it is not given)."""
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not name:
        return Mistake(_missing("name" if flat else "metadata.name", name), (*prefix, "name"))
    if namespace is not None and not isinstance(namespace, str):
        return Mistake(_missing("metadata.namespace", namespace), (*prefix, "namespace"))
    for field_name, text in (("name", name), ("namespace", namespace or "")):
        if text and not _NAME.fullmatch(text):
            message = f"{field_name} must be of letters, digits, - and . only, not {text[:60]!r}"
            return Mistake(message, (*prefix, field_name))
    return name, namespace or ""


def _missing(field_name: str, value: object) -> str:
    if value is None or value == "":
        return f"{field_name} is missing: every manifest needs apiVersion, kind and metadata.name"
    return f"{field_name} must be text: quote it"


def _unflattened(document: Mapping[str, object], key: ObjectKey, defaults: Defaults) -> dict[str, object]:
    metadata: dict[str, object] = {"name": key.name, "namespace": key.namespace}
    own = document.get("metadata_labels")
    labels = {**defaults.labels, **(own if isinstance(own, Mapping) else {})}
    if labels:
        metadata["labels"] = labels
    spec = {name: value for name, value in document.items() if name not in _FLAT_METADATA}
    return {"apiVersion": document["apiVersion"], "kind": key.kind, "metadata": metadata, "spec": spec}

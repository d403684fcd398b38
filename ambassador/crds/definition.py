"""One CustomResourceDefinition per kind of ours, as a value and as the text of its file."""

from __future__ import annotations

import yaml

from ambassador.crds.names import CATEGORY, STORED_VERSION, Column, columns, plural, versions
from ambassador.crds.schema import Json, spec_schema
from ambassador.kinds.contract import OUR_GROUP, AnyKind

_HEAD = "# Written from the field declarations by `make manifests`; do not edit.\n"

# metav1.Condition, as Kubernetes' own types have it (apimachinery, meta/v1/types.go).
_CONDITION: Json = {
    "type": "object",
    "required": ["lastTransitionTime", "message", "reason", "status", "type"],
    "properties": {
        "type": {"type": "string", "maxLength": 316},
        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
        "observedGeneration": {"type": "integer", "format": "int64", "minimum": 0},
        "lastTransitionTime": {"type": "string", "format": "date-time"},
        "reason": {"type": "string", "minLength": 1, "maxLength": 1024},
        "message": {"type": "string", "maxLength": 32768},
    },
}
_STATUS: Json = {
    "description": "What became of the object. Written by Ambassador.",
    "type": "object",
    # Older releases wrote other fields.
    "x-kubernetes-preserve-unknown-fields": True,
    "properties": {
        "state": {"type": "string", "description": "In one word."},
        "reason": {"type": "string", "description": "The problem, if there is one."},
        "observedGeneration": {"type": "integer", "format": "int64"},
        "conditions": {
            "type": "array",
            "items": _CONDITION,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    },
}


def definition(kind: AnyKind) -> Json:
    """The CRD of a kind."""
    name = plural(kind)
    spec: Json = {
        "group": OUR_GROUP,
        "scope": "Namespaced",
        "names": {
            "kind": kind.kind,
            "listKind": f"{kind.kind}List",
            "plural": name,
            "singular": kind.kind.lower(),
            "categories": [CATEGORY],
        },
        # Versions differ in name only. `webhook: null` takes away a webhook that another release has left.
        "conversion": {"strategy": "None", "webhook": None},
        # CRDs that were once created by v1beta1 have it true, and keep it unless told.
        "preserveUnknownFields": False,
        "versions": [_version(kind, version) for version in versions(kind)],
    }
    metadata: Json = {"name": f"{name}.{OUR_GROUP}", "labels": {"app.kubernetes.io/part-of": "ambassador"}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def file_name(kind: AnyKind) -> str:
    return f"{plural(kind)}.yaml"


def file_text(kind: AnyKind) -> str:
    """The CRD as YAML, without anchors: not every tool that people send manifests through knows them."""
    return _HEAD + yaml.dump(definition(kind), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=116)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _version(kind: AnyKind, version: str) -> Json:
    spec = spec_schema(kind)
    root: Json = {
        "description": f"{kind.kind}: {kind.doc}.",
        "type": "object",
        **({"required": ["spec"]} if "required" in spec else {}),
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": _STATUS,
        },
    }
    return {
        "name": version,
        "served": True,
        "storage": version == STORED_VERSION,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [_column(column) for column in columns(kind)],
        "schema": {"openAPIV3Schema": root},
    }


def _column(column: Column) -> Json:
    shown: Json = {"name": column.name, "type": column.type, "jsonPath": column.path}
    return {**shown, "priority": 1} if column.detail else shown

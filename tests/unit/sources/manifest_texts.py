"""Manifests for the tests of sources."""

from __future__ import annotations

from ambassador.model.keys import ObjectKey


def mapping(name: str, prefix: str = "/", namespace: str | None = None) -> str:
    """A Mapping as YAML, beginning with `---`; 8 lines, 9 with a namespace."""
    where = f"  namespace: {namespace}\n" if namespace else ""
    return (
        f"---\napiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata:\n  name: {name}\n{where}"
        f"spec:\n  prefix: {prefix}\n  service: backend\n"
    )


def key(name: str, kind: str = "Mapping", namespace: str = "default") -> ObjectKey:
    return ObjectKey(kind, namespace, name)

"""A world: manifests as a person would write them. Its ports are placeholders that a lab replaces by free ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources.manifests import Defaults, Entry, objects_of
from tests.golden.certificates import certificate, private_key

Manifest = Mapping[str, Any]

HTTP, HTTPS, OTHER, SPARE = 8080, 8443, 9080, 9443
PORTS = (HTTP, HTTPS, OTHER, SPARE)
"""Ports that manifests and requests may name; the first two are those of the default listeners."""
BACKEND = 9000
SAME_PORTS = {one: one for one in (*PORTS, BACKEND)}
"""Placeholders for themselves, where nothing listens."""
CERTIFICATES = ("a.test", "*.a.test", "b.test")
"""Names that there are certificates for, each in a Secret of its own."""
CLIENTS = "clients.test"
"""Who signs the certificates of clients."""

_PORT = re.compile(rf":({'|'.join(map(str, (*PORTS, BACKEND)))})(?![0-9])")
_PEM = re.compile(r"@(certificate|key)\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class World:
    """Manifests with placeholders: PORTS, and `@certificate(NAME)` and `@key(NAME)` for PEM texts."""

    manifests: tuple[Manifest, ...]

    @property
    def key(self) -> str:
        """A text that only an equal world has; made a hundred times faster than YAML."""
        return repr(self.manifests)

    @property
    def text(self) -> str:
        """All of it as YAML."""
        return "---\n".join(yaml.safe_dump(_plain(one), sort_keys=False, width=120) for one in self.manifests)

    def objects(self, ports: Mapping[int, int]) -> dict[ObjectKey, SourceObject]:
        """What a source makes of the manifests when placeholders are replaced."""
        found = [entry for one in self.manifests for entry in objects_of(placed(one, ports), Defaults())]
        return {one.object.key: one.object for one in found if isinstance(one, Entry)}


def manifest(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Manifest:
    """One object; those of other groups than our own are given by `apiVersion` in the metadata."""
    version = metadata.pop("apiVersion", "getambassador.io/v3alpha1")
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}, "spec": dict(spec)}


def secret_name(name: str) -> str:
    """The Secret that holds the certificate of a name."""
    return name.replace("*", "any").replace(".", "-")


def placed(value: Any, ports: Mapping[int, int], key: str = "") -> Any:
    """A value with all placeholders replaced."""
    if isinstance(value, Mapping):
        return {name: placed(item, ports, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [placed(item, ports) for item in value]
    if isinstance(value, str):
        return _PEM.sub(_pem, with_ports(value, ports))
    return ports.get(value, value) if key == "port" else value


def with_ports(text: str, ports: Mapping[int, int]) -> str:
    """A text in which `:PLACEHOLDER` is the port that it stands for."""
    return _PORT.sub(lambda found: f":{ports[int(found[1])]}", text)


def _pem(found: re.Match[str]) -> str:
    return certificate(found[2]) if found[1] == "certificate" else private_key(found[2])


def _plain(value: Any) -> Any:
    """Lists for tuples, which YAML would mark."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value

"""Names of Envoy resources: a readable prefix, and a digest of the whole frozen IR value, so that nothing collides."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from ambassador.ir.cluster import Address, Cluster, ServicePort
from ambassador.ir.features import FeatureBag
from ambassador.model.keys import ObjectKey

_UNREADABLE = re.compile(r"[^A-Za-z0-9._-]+")


def fingerprint(value: object) -> str:
    """A short digest of a frozen value; its repr names every field, and secrets have no place in names."""
    return _digest(repr(value))


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


def cluster_name(cluster: Cluster) -> str:
    """Equal clusters have one name; clusters that differ in anything have two."""
    backend = cluster.backend
    if isinstance(backend, ServicePort):
        readable = f"{backend.service}.{backend.namespace}.{backend.port}"
    elif isinstance(backend, Address):
        readable = f"{backend.address}.{backend.port}"
    else:
        readable = f"{backend.hostname}.{backend.port}"
    return f"{_UNREADABLE.sub('-', readable)[:48]}-{_fingerprint(cluster)}"


def _fingerprint(cluster: Cluster) -> str:
    """`fingerprint`, of a repr put together: that of the features is the same for most clusters."""
    written = f"Cluster(backend={cluster.backend!r}, features={_written(cluster.features)})"
    return _digest(written)


@lru_cache(maxsize=256)
def _written(features: FeatureBag) -> str:
    """A pure memo."""
    return repr(features)


def route_name(key: ObjectKey) -> str:
    """The name that pages, access logs and Envoy share."""
    return f"{key.kind.lower()}/{key.namespace}/{key.name}"


def secret_name(key: ObjectKey) -> str:
    """SDS name of a Secret's certificate."""
    return f"{key.namespace}/{key.name}"


def ca_name(key: ObjectKey) -> str:
    """SDS name of a Secret's CA."""
    return f"ca/{key.namespace}/{key.name}"

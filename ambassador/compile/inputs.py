"""What the compile reads from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ambassador.compile.memo import Input
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject


@dataclass(frozen=True, slots=True)
class Options:
    """What of the settings shapes the configuration. `own_ports` are ports of our own endpoints; they answer on
    loopback and on `own_addresses`, those of this machine.

    `cluster`: the objects are those of a cluster, in which Services have addresses of their own.
    `loopback_backends`: whether manifests may name backends on this machine (always so without a cluster).
    `live_traffic`: whether Envoy tells of each request. `bucket_size`: about how many routes Envoy asks in a row where
    there are many; 0 for all. `host_shards`: into how many a route table may be cut by the host; 0: it stays whole.
    """

    ambassador_id: str = "default"
    namespace: str = "default"
    bind: str = "0.0.0.0"
    http_port: int = 8080
    https_port: int = 8443
    own_ports: frozenset[int] = frozenset({8001, 8006, 8877})
    loopback_backends: bool = True
    own_addresses: frozenset[str] = frozenset()
    cluster: bool = False
    live_traffic: bool = True
    bucket_size: int = 24
    host_shards: int = 0


OBJECT: Input[ObjectKey, SourceObject | None] = Input("object", None)
KEYS: Input[str, frozenset[ObjectKey]] = Input("keys of a kind", frozenset())
OPTIONS: Input[None, Options] = Input("options", Options())
NOW: Input[None, datetime] = Input("now", datetime.min.replace(tzinfo=UTC))
REFUSED: Input[ObjectKey, str] = Input("refused by Envoy", "")
"""Why an object that has no earlier accepted form is held back, as a sentence."""
HELD: Input[str, str] = Input("held by Envoy", "")
"""Versions of certificates that the connected Envoy holds, by SDS name; asked for those whose key is not known."""
PORT_TAKEN: Input[ListenerIdentity, str] = Input("port taken", "")
"""Why an address can't be bound."""

"""A floor for many hosts: 256 route tables, of which Envoy picks one by a hash of the host.

Envoy builds a whole table anew when one host in it changes, so short tables are quick. Eight expressions on the host,
each a bit, make a number that is the key of a scope; each scope names a table of its own (docs/performance.md says what
else was tried). The listener is the product's with its `rds` replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ambassador.xds.types import ResourceType
from tests.bench.buckets import framed
from tests.bench.plain import Encoding, FloorBytes, Sample, fields_of

BITS = 8
_SCOPES_URL = "type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration"
_MUTATION_URL = b"type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
_HEADER = b"x-scope"
_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-."
_CLASSES = (
    "02468acegikmoqsuwy",
    "014589bcfgjknorsvwz",
    "13456aefghpqrst",
    "0369dehijmnuvy",
    "1278bdfhlnprtvxz",
    "57cdlopqwx029",
    "aeioukgt4719",
    "mnsrtl3628",
)
# Field numbers of Listener, FilterChain, Filter, Any, HttpConnectionManager and RouteConfiguration.
_CHAINS, _FILTERS, _CONFIG, _VALUE, _RDS, _SCOPED, _EARLY, _NAME = 3, 3, 4, 2, 3, 31, 52, 1
_ADS = b"\x1a\x00\x30\x02"
"""ConfigSource: ads {}, resource_api_version V3."""


class ShardedBytes(FloorBytes):
    """Like the list, over many tables."""

    def __init__(self, found: Sample, encoding: Encoding) -> None:
        super().__init__(found, encoding)
        self._shards: dict[int, list[str]] = {}

    def tables(self, changed: str = "") -> list[tuple[str, bytes]]:
        """Names and bodies of all tables, or of the one that holds a host."""
        if changed:
            return [self._table(_shard(changed))]
        self._shards = {shard: [] for shard in range(2**BITS)}
        for host in self.hosts:
            self._shards[_shard(host)].append(host)
        return [self._table(shard) for shard in self._shards]

    def others(self) -> list[tuple[str, str, bytes]]:
        """The same with another listener, and the scopes."""
        listener = ResourceType.LISTENER.type_url
        found = [(url, name, _scoped(body) if url == listener else body) for url, name, body in super().others()]
        return found + [(_SCOPES_URL, f"s{shard}", _scope(shard)) for shard in range(2**BITS)]

    def _table(self, shard: int) -> tuple[str, bytes]:
        rest = b"".join([whole for number, whole, _ in fields_of(self.sample.head) if number != _NAME])
        hosts = b"".join([self.hosts[host] for host in self._shards[shard]])
        return f"s{shard}", framed(_NAME, f"s{shard}".encode()) + rest + hosts


def _shard(host: str) -> int:
    return sum(2**bit for bit, letters in enumerate(_CLASSES) if re.match(_even(letters), host))


def _even(letters: str) -> str:
    """A pattern for hosts in which the number of these characters is even."""
    some, other = _set(letters), _set("".join(one for one in _CHARACTERS if one not in letters))
    return f"^(?:{other}|{some}{other}*{some})*(?::|$)"


def _set(characters: str) -> str:
    return f"[{characters.replace('-', '')}{'-' if '-' in characters else ''}]"


def _scope(shard: int) -> bytes:
    """ScopedRouteConfiguration: name, route_configuration_name, key of one string."""
    name = f"s{shard}".encode()
    return framed(1, name) + framed(2, name) + framed(3, framed(1, framed(1, str(shard).encode())))


def _scoped(listener: bytes) -> bytes:
    """The listener, with scopes where it named its table."""

    def manager(message: bytes) -> bytes:
        kept = b"".join([whole for number, whole, _ in fields_of(message) if number != _RDS])
        return kept + framed(_SCOPED, _scopes()) + framed(_EARLY, _header())

    return _within(listener, (_CHAINS, _FILTERS, _CONFIG, _VALUE), manager)


def _within(message: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """The message with what lies at the end of the path changed."""
    if not path:
        return change(message)
    parts = [
        framed(path[0], _within(content, path[1:], change)) if number == path[0] else whole
        for number, whole, content in fields_of(message)
    ]
    return b"".join(parts)


def _scopes() -> bytes:
    """ScopedRoutes: name, scope_key_builder (the whole header), rds_config_source, scoped_rds."""
    extractor = framed(1, _HEADER) + b"\x18\x00"
    builder = framed(1, framed(1, extractor))
    return framed(1, b"scopes") + framed(2, builder) + framed(3, _ADS) + framed(5, framed(1, _ADS))


def _header() -> bytes:
    """TypedExtensionConfig of an early header mutation that overwrites the header with the number."""
    bits = [f"(request.host.matches('{_even(one)}') ? {2**bit} : 0)" for bit, one in enumerate(_CLASSES)]
    value = f"%CEL({' + '.join(bits)})%".encode()
    option = framed(1, framed(1, _HEADER) + framed(2, value)) + b"\x18\x02"
    mutation = framed(1, framed(2, option))
    return framed(1, b"scope") + framed(2, framed(1, _MUTATION_URL) + framed(2, mutation))

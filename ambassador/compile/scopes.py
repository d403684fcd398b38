"""Messages of host shards: how a connection manager finds the route table of a request's host, and the scopes that say
which one that is.

Envoy asks them like this: the header (computed from the host before anything else) → the scope with that key → its
route table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from envoy_data_plane.envoy.config.common.mutation_rules import v3 as mutation_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from envoy_data_plane.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3

from ambassador.compile.host_shards import HEADER, key_of, scope_key
from ambassador.wire.encode import encode, pack, resource
from ambassador.wire.resource import EncodedResource, References


def scoped_routes(table: str, shards: int, source: core_v3.ConfigSource) -> Mapping[str, Any]:
    """Fields of a connection manager whose requests find the shard of a route table by their host."""
    return {"scoped_routes": _scoped_routes(source), "early_header_mutation_extensions": [_early(table, shards)]}


def _scoped_routes(source: core_v3.ConfigSource) -> hcm_v3.ScopedRoutes:
    extractor = hcm_v3.ScopedRoutesScopeKeyBuilderFragmentBuilderHeaderValueExtractor(name=HEADER, index=0)
    fragment = hcm_v3.ScopedRoutesScopeKeyBuilderFragmentBuilder(header_value_extractor=extractor)
    return hcm_v3.ScopedRoutes(
        name="host_shards",
        scope_key_builder=hcm_v3.ScopedRoutesScopeKeyBuilder(fragments=[fragment]),
        rds_config_source=source,
        scoped_rds=hcm_v3.ScopedRds(scoped_rds_config_source=source),
    )


def _early(table: str, shards: int) -> core_v3.TypedExtensionConfig:
    header = core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=HEADER, value=scope_key(table, shards)),
        append_action=core_v3.HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    )
    mutations = [mutation_v3.HeaderMutation(remove=HEADER), mutation_v3.HeaderMutation(append=header)]
    return core_v3.TypedExtensionConfig(
        name="envoy.http.early_header_mutation.header_mutation",
        typed_config=pack(early_v3.HeaderMutation(mutations=mutations)),
    )


def scope_names(table: str, shards: int) -> Iterable[str]:
    """The scopes that requests of a route table are found by."""
    return (f"{table}/{shard}" for shard in range(shards))


def scopes(table: str, shards: int, names: tuple[str, ...]) -> Mapping[str, EncodedResource]:
    """Which of these route configurations each shard has, and an *anchor* for each of them: a scope that no request
    has the key of, so that Envoy loads it before any request is sent there."""
    given = {
        name: _scope(name, names[shard % len(names)], key_of(table, shard))
        for shard, name in enumerate(scope_names(table, shards))
    }
    anchors = {name: _scope(name, name, f"anchor/{name}") for name in names}
    return {**given, **anchors}


def _scope(name: str, routes: str, key: str) -> EncodedResource:
    fragment = route_v3.ScopedRouteConfigurationKeyFragment(string_key=key)
    message = route_v3.ScopedRouteConfiguration(
        name=name,
        route_configuration_name=routes,
        key=route_v3.ScopedRouteConfigurationKey(fragments=[fragment]),
    )
    return resource(name, encode(message), References(routes=frozenset({routes})))

"""Given any routes, when they are laid out in buckets, then each bucket asks them in the order of the one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from envoy_data_plane.envoy.config.route import v3 as route_v3
from hypothesis import HealthCheck, given, settings

from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiler
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from tests.agreement.draw_crowds import crowds
from tests.agreement.world import SAME_PORTS, World
from tests.properties.manifests import source

Routes = Sequence[bytes]
_relaxed = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def _hosts(world: Mapping[ObjectKey, SourceObject], bucket_size: int) -> dict[str, route_v3.VirtualHost]:
    compiler = Compiler()
    compiler.set(OPTIONS, {None: Options(bucket_size=bucket_size)})
    tables = compiler.compile(world).resources.routes
    parsed = {name: route_v3.RouteConfiguration.parse(one.body) for name, one in tables.items()}
    return {f"{name} {host.name}": host for name, table in parsed.items() for host in table.virtual_hosts}


def _listed(host: route_v3.VirtualHost) -> Routes:
    return [bytes(one) for one in host.routes]


def _lists(host: route_v3.VirtualHost) -> list[Routes]:
    """Those of all buckets, and that of all other paths; one list where there are no buckets."""
    if host.matcher is None:
        return [_listed(host)]
    tree, others = host.matcher.matcher_tree, host.matcher.on_no_match
    assert tree is not None and tree.prefix_match_map is not None and others is not None
    actions = [one.action for one in (*tree.prefix_match_map.map.values(), others)]
    configs = [one.typed_config for one in actions if one is not None]
    return [[bytes(one) for one in route_v3.RouteList.parse(config.value).routes] for config in configs if config]


def _is_part(some: Routes, every: Routes) -> bool:
    left: Iterable[bytes] = iter(every)
    return all(one in left for one in some)


def _assert_in_order(world: Mapping[ObjectKey, SourceObject]) -> int:
    """How many hosts have buckets."""
    found = 0
    hosts = _hosts(world, 0)
    for name, host in _hosts(world, 1).items():
        every, lists = _listed(hosts[name]), _lists(host)
        assert all(_is_part(one, every) for one in lists)
        assert {one for some in lists for one in some} == set(every)
        found += len(lists) > 1
    return found


@_relaxed
@given(crowds())
def test_given_any_crowd_of_routes_then_each_bucket_is_a_part_of_the_list_in_its_order(crowd: World) -> None:
    _assert_in_order(crowd.objects(SAME_PORTS))


def test_given_names_with_and_without_a_port_then_each_bucket_asks_those_with_the_port_first() -> None:
    names = ("a.test", "a.test:8443")
    paths = [f"/{letter}/{number}/" for letter in "abc" for number in range(8)]
    specs = [{"hostname": name, "prefix": path, "service": "127.0.0.1:1"} for name in names for path in paths]
    found = [source("Mapping", f"m{number}", {"spec": spec}) for number, spec in enumerate(specs)]
    found += [source("Host", f"h{number}", {"spec": {"hostname": name}}) for number, name in enumerate(names)]
    assert _assert_in_order({one.key: one for one in found}) > 0


def test_given_a_host_that_sends_cleartext_to_https_then_each_bucket_does_so_first() -> None:
    host = {"hostname": "a.test", "tlsSecret": {"name": "none"}, "requestPolicy": {"insecure": {"action": "Redirect"}}}
    specs = [
        {"hostname": "a.test", "prefix": f"/{letter}/{number}/", "service": "127.0.0.1:1"}
        for letter in "abc"
        for number in range(40)
    ]
    found = [source("Mapping", f"m{number}", {"spec": spec}) for number, spec in enumerate(specs)]
    found.append(source("Host", "h", {"spec": host}))
    assert _assert_in_order({one.key: one for one in found}) > 0

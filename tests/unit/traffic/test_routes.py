"""Which names can have traffic."""

from ambassador.compile.pipeline import Compiler
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.traffic.routes import route_names


def ours(kind: str, name: str, **spec: object) -> SourceObject:
    content = {"apiVersion": "getambassador.io/v3alpha1", "kind": kind, "metadata": {}, "spec": spec}
    return SourceObject(ObjectKey(kind, "default", name), repr(content), content)


def test_given_a_gateway_then_all_its_routes_are_named_also_those_that_hosts_share_or_make_themselves() -> None:
    objects = [
        ours("Host", "all", hostname="*", requestPolicy={"insecure": {"action": "Route"}}),
        ours("Host", "away", hostname="away.test", requestPolicy={"insecure": {"action": "Redirect"}}),
        ours("Mapping", "web", hostname="*", prefix="/web/", service="10.0.0.1:80"),
        ours("Mapping", "canary", hostname="*", prefix="/web/", service="10.0.0.2:80", weight=10),
        ours("Mapping", "own", hostname="away.test", prefix="/own/", service="10.0.0.1:80"),
        ours("Mapping", "wrong", hostname="*", prefix="nowhere", service="10.0.0.1:80"),
    ]
    gateway = Compiler().compile({one.key: one for one in objects}).gateway
    every = {
        route.name for table in gateway.route_tables.values() for host in table.virtual_hosts for route in host.routes
    }
    names = route_names(gateway)
    assert names == every
    assert {f"mapping/default/{name}" for name in ("web", "canary", "own")} < names
    assert "mapping/default/wrong" not in names

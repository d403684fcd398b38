"""States, parents and reasons of objects, as pages and statuses show them."""

import pytest

from ambassador.compile.inputs import REFUSED
from ambassador.compile.pipeline import Compiler
from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject

OPEN = {"requestPolicy": {"insecure": {"action": "Route"}}}


def ours(kind: str, name: str, spec: object, **labels: str) -> SourceObject:
    key = ObjectKey(kind, "default", name)
    content = {"apiVersion": "getambassador.io/v3alpha1", "kind": kind, "metadata": {"labels": labels}, "spec": spec}
    return SourceObject(key, repr(content), content)


def mapping(name: str = "web", labels: dict[str, str] | None = None, **spec: object) -> SourceObject:
    return ours("Mapping", name, {"prefix": "/", "service": "127.0.0.1:9", **spec}, **(labels or {}))


def host(name: str, hostname: str, **spec: object) -> SourceObject:
    return ours("Host", name, {"hostname": hostname, **OPEN, **spec})


def report(*objects: SourceObject, refused: str = "") -> ObjectReport:
    """The report on the first object."""
    compiler = Compiler()
    compiler.set(REFUSED, {objects[0].key: refused})
    return compiler.compile({one.key: one for one in objects}).reports[objects[0].key]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (mapping(hostname="*"), State.ACCEPTED),
        (mapping(hostname="*", unknown=1), State.ACCEPTED),
        (mapping(hostname="*", timeout_ms="x"), State.PARTIAL),
        (mapping(hostname="*", method=5), State.REJECTED),
        (mapping(hostname="*", shadow=True), State.REJECTED),
        (mapping(hostname="*", service="127.0.0.1:8001"), State.REJECTED),
        (mapping(hostname="*", ambassador_id="other"), State.IGNORED),
        (ours("TCPMapping", "tcp", {}), State.REJECTED),
        (ours("Listener", "http", {"port": 80}), State.REJECTED),
        (ours("Host", "host", {"hostname": "a.test", "tls": 5}), State.PARTIAL),
    ],
)
def test_given_one_object_then_its_state_says_how_much_of_it_is_used(given: SourceObject, state: State) -> None:
    assert report(given).state is state


def test_given_an_object_that_envoy_refuses_then_it_is_rejected_in_envoys_words() -> None:
    found = report(mapping(hostname="*"), refused="Envoy refuses this object: no")
    assert (found.state, found.why) == (State.REJECTED, "Envoy refuses this object: no")


def test_why_is_the_first_error_and_nothing_where_nothing_is_lost() -> None:
    assert report(mapping(hostname="*", unknown=1)).why == ""
    assert report(mapping(hostname="*", unknown=1, timeout_ms="x")).why.startswith("timeout_ms must be")
    assert report(ours("TCPMapping", "tcp", {})).why == "TCPMapping is not supported yet and has no effect"


A, WILD, ALL = host("a", "a.test"), host("wild", "*.test"), host("all", "*")
TEAM = host("team", "a.test", mappingSelector={"matchLabels": {"team": "a"}})


@pytest.mark.parametrize(
    ("given", "hosts", "parents"),
    [
        (mapping(hostname="a.test"), [A, WILD, ALL], {"a"}),
        (mapping(hostname="*"), [A, WILD], {"a", "wild"}),
        (mapping(hostname="b.test"), [A], set()),
        (mapping(), [A], set()),
        (mapping(labels={"team": "a"}), [TEAM, ALL], {"team"}),
        (mapping(labels={"team": "a"}, hostname="b.test"), [TEAM], set()),
        (mapping(labels={"team": "b"}, hostname="a.test"), [TEAM], set()),
        (mapping(labels={"team": "a", "x": "y"}, hostname="*"), [TEAM], {"team"}),
        (mapping(hostname="a.test:80"), [A], {"a"}),
        (mapping(hostname="a.test"), [host("ported", "a.test:80")], {"ported"}),
        (mapping(hostname="a.test:81"), [host("ported", "a.test:80")], set()),
    ],
)
def test_given_hosts_then_these_take_a_mapping(
    given: SourceObject, hosts: list[SourceObject], parents: set[str]
) -> None:
    found = report(given, *hosts)
    assert {parent.name for parent in found.parents if parent} == parents
    assert any(problem.reason.value == "NotBound" for problem in found.problems) is not bool(parents)


def test_given_no_host_at_all_then_the_default_one_takes_every_mapping() -> None:
    assert report(mapping()).parents == (None,)
    assert report(mapping()).routes == ("mapping/default/web",)


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        (mapping(hostname="*"), True),
        (mapping(hostname="*", service="nothing"), False),
        (mapping(hostname="*", tls="nothing"), False),
        (mapping(hostname="*", resolver="nothing"), False),
    ],
)
def test_references_are_resolved_or_not(given: SourceObject, resolved: bool) -> None:
    assert report(given).resolved_references is resolved

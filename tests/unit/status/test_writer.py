"""The writer as a whole, with its threads: who leads, that nobody waits for it, and that it ends."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ambassador.kube.api import Api as RealApi
from ambassador.kube.errors import Unreachable
from ambassador.ops.metrics import new_metrics
from ambassador.report.revision import Revision
from ambassador.status.lease import LeaseTimes
from ambassador.status.port import Api
from ambassador.status.writer import StatusOptions, StatusWriter
from tests.unit.status.test_lease import LeaseStore
from tests.unit.status.world import World, mapping

QUICK = LeaseTimes(duration=1.0, deadline=0.8, renew=0.1, retry=0.05)
Json = dict[str, Any]


class Server(LeaseStore):
    """A Lease and statuses. While `stuck` is set, no status is answered."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.stuck = threading.Event()
        self.asked = threading.Event()
        self.go_on = threading.Event()

    def patch(self, path: str, body: Json, *, content_type: str = "", query: Any = None, timeout: float = 1.0) -> Json:
        if self.down is not None:
            raise self.down
        if self.stuck.is_set():
            self.asked.set()
            self.go_on.wait(20.0)
        return self.world.api.patch(path, body, content_type=content_type, query=query)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def options(name: str) -> StatusOptions:
    return StatusOptions("ambassador", name, f"{name}_1", lease=QUICK)


def writer_of(server: Server, name: str) -> StatusWriter:
    world = server.world
    return StatusWriter(
        server, lambda: world.revision, lambda: dict(world.observed), options(name), new_metrics().status
    )


@pytest.fixture
def server() -> Server:
    world = World(mapping())
    world.acknowledge()
    return Server(world)


@pytest.fixture
def make(server: Server) -> Iterator[Callable[[str], StatusWriter]]:
    made: list[StatusWriter] = []

    def one(name: str) -> StatusWriter:
        made.append(writer_of(server, name))
        return made[-1]

    yield one
    server.go_on.set()
    for writer in made:
        writer.stop()


@pytest.mark.parametrize("name", ["get", "create", "put", "patch"])
def test_the_client_of_the_api_server_has_what_is_asked_of_it(name: str) -> None:
    asked, real = (inspect.signature(getattr(kind, name)).parameters for kind in (Api, RealApi))
    assert list(asked) == [one for one in real if one in asked]
    assert [one.kind for one in asked.values()] == [real[one].kind for one in asked]


def test_given_a_leader_then_it_writes_and_after_a_notice_writes_what_is_new(
    server: Server, make: Callable[[str], StatusWriter]
) -> None:
    writer = make("pod-0")
    writer.start()
    until(lambda: server.world.writes == 1)
    assert writer.leading
    server.world.change(mapping("other"))
    server.world.acknowledge()
    writer.notify()
    until(lambda: server.world.writes == 2)


def test_given_nothing_published_yet_then_others_may_have_the_lease(server: Server) -> None:
    held = threading.Event()
    world, first, asked = server.world, Revision(), threading.Event()

    def current() -> Revision:
        asked.set()
        return world.revision if held.is_set() else first

    writer = StatusWriter(server, current, lambda: dict(world.observed), options("pod-0"), new_metrics().status)
    writer.start()
    until(asked.is_set)
    other = writer_of(server, "pod-1")
    other.start()
    until(lambda: other.leading)
    assert not writer.leading
    other.stop()
    assert not writer.leading
    held.set()
    until(lambda: writer.leading)
    writer.stop()


def test_given_two_then_the_follower_writes_nothing_and_takes_over_when_the_leader_ends(
    server: Server, make: Callable[[str], StatusWriter]
) -> None:
    one, other = make("pod-0"), make("pod-1")
    one.start()
    until(lambda: one.leading and server.world.writes == 1)
    other.start()
    one.stop()
    until(lambda: other.leading)
    server.world.change(mapping("other"))
    server.world.acknowledge()
    one.notify()
    other.notify()
    until(lambda: bool(server.world.status(mapping("other"))))
    told = server.world.conditions(mapping("other"))["Programmed"]["message"]
    assert told == "Envoy of pod-1 acknowledged it"
    assert not one.leading


def test_given_a_request_that_hangs_then_notices_return_at_once_and_stopping_is_bounded(
    server: Server, make: Callable[[str], StatusWriter]
) -> None:
    server.stuck.set()
    writer = make("pod-0")
    writer.start()
    assert server.asked.wait(20.0)
    for _ in range(1000):
        writer.notify()
    assert writer.leading
    server.go_on.set()
    writer.stop()
    assert not writer.leading
    assert server.spec["holderIdentity"] == ""


def test_given_an_outage_then_the_leader_stops_leading_and_writes_when_it_is_over(
    server: Server, make: Callable[[str], StatusWriter]
) -> None:
    writer = make("pod-0")
    writer.start()
    until(lambda: server.world.writes == 1)
    server.down = Unreachable("refused")
    until(lambda: not writer.leading)
    server.world.change(mapping("other"))
    server.world.acknowledge()
    writer.notify()
    server.down = None
    until(lambda: server.world.writes >= 2 and bool(server.world.status(mapping("other"))))


def test_given_a_bug_in_the_world_around_then_the_writer_goes_on(
    server: Server, make: Callable[[str], StatusWriter], capfd: pytest.CaptureFixture[str]
) -> None:
    world, broken = server.world, threading.Event()

    def observed() -> Any:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("a bug")
        return world.observed

    writer = StatusWriter(server, lambda: world.revision, observed, options("pod-0"), new_metrics().status)
    try:
        writer.start()
        until(lambda: world.writes == 1)
    finally:
        writer.stop()
    assert "the status writer begins anew" in "".join(capfd.readouterr())


def test_given_an_id_of_its_own_then_an_instance_has_its_own_lease_and_fields() -> None:
    own = StatusOptions("ns", "pod-0", "pod-0_1", ambassador_id="blue")
    assert (own.lease_name.path, own.manager.field_manager) == (
        "/apis/coordination.k8s.io/v1/namespaces/ns/leases/ambassador-status-blue",
        "ambassador-blue",
    )
    assert options("pod-0").lease_name.name == "ambassador-status"


def test_given_a_writer_that_never_started_then_it_can_be_stopped(make: Callable[[str], StatusWriter]) -> None:
    make("pod-0").stop()

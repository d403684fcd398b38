"""Given connections that are kept alive, when manifests change, then no request fails and no listener drains."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from certificates import issue
from echo_backends import EchoBackend
from gateway import Gateway
from wanted import Object, endpoints, host, mapping, secret, service
from web_client import Closed, Connection, Tls

ROUNDS = 13


@dataclass
class Load:
    """Clients on kept connections that ask for /steady/ all the time. `failures` are answers that are not 200."""

    gateway: Gateway
    failures: list[str] = field(default_factory=list)
    requests: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, tls: Tls | None) -> None:
        thread = threading.Thread(target=self._ask, args=(tls,))
        self.threads.append(thread)
        thread.start()

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _ask(self, tls: Tls | None) -> None:
        with self.gateway.connect(tls) as connection:
            while not self.stopped.is_set():
                self.failures += self._failure(connection)
                self.requests += 1
                # A pause, so that eight clients leave the processor to the programs that are tested.
                self.stopped.wait(0.004)

    def _failure(self, connection: Connection) -> list[str]:
        try:
            status = connection.get("/steady/", "a.test").status
        except Closed as error:
            self.stopped.set()
            return [f"closed: {error}"]
        return [] if status == 200 else [f"status {status}"]


class Scene:
    """The manifests while they are edited. Every state serves /steady/ on a.test."""

    def __init__(self, blue: EchoBackend, green: EchoBackend) -> None:
        self.ports = (blue.port, green.port)
        self.pairs = (issue("a.test"), issue("a.test"))

    def objects(self, **changed: object) -> list[Object]:
        """All objects in their usual form but for what is named."""
        port, other = self.ports
        pair = self.pairs[int(bool(changed.get("renewed")))]
        steady: dict[str, object] = {"hostname": changed.get("hostname", "a.test"), "rewrite": "/"}
        steady["prefix"] = changed.get("prefix", "/steady/")
        name = str(changed.get("name", "steady"))
        steady["service"] = changed.get("service", "first")
        spec = {key: value for key, value in steady.items() if key not in ("prefix", "service")}
        found = [
            mapping(name, str(steady["prefix"]), str(steady["service"]), **spec),
            service("first"),
            endpoints("first", other if changed.get("moved") else port),
            service("second"),
            endpoints("second", other),
            secret("pair", pair.certificate, pair.key),
            host("a", "a.test", "pair"),
        ]
        canary = {"hostname": steady["hostname"], "weight": changed.get("weight")}
        if changed.get("weight"):
            found.append(mapping("canary", str(steady["prefix"]), "second", **canary))
        return found


@pytest.fixture
def scene(blue: EchoBackend, green: EchoBackend) -> Scene:
    return Scene(blue, green)


@pytest.fixture
def load(gateway: Gateway, scene: Scene) -> Iterator[Load]:
    """Eight connections under load, four of them with TLS. They are checked when the test has ended."""
    gateway.apply(*scene.objects())
    load = Load(gateway)
    before = listener_changes(gateway)
    for number in range(8):
        load.start(Tls("a.test") if number % 2 else None)
    yield load
    load.stop()
    assert load.failures == []
    assert load.requests > 8
    assert listener_changes(gateway) == before


def listener_changes(gateway: Gateway) -> dict[str, int]:
    """How often listeners were added, changed, removed or drained, and connections ended for it."""
    return gateway.stats("listener_manager\\.listener_|downstream_cx_drain_close")


EDITS: dict[str, Callable[[Scene, int], list[Object]]] = {
    "another service": lambda scene, n: scene.objects(service="second" if n % 2 else "first"),
    "another address": lambda scene, n: scene.objects(moved=n % 2),
    "another port": lambda scene, n: scene.objects(service=f"127.0.0.1:{scene.ports[n % 2]}"),
    "a shorter prefix": lambda scene, n: scene.objects(prefix="/" if n % 2 else "/steady/"),
    "a weight": lambda scene, n: scene.objects(weight=10 * (n % 10)),
    "another name": lambda scene, n: scene.objects(name=f"renamed-{n}"),
    "a wider host": lambda scene, n: scene.objects(hostname="*" if n % 2 else "a.test"),
    "a certificate": lambda scene, n: scene.objects(renewed=n % 2),
    "a name for dns": lambda scene, n: [
        *scene.objects(service=f"n{n}.localhost.svc:{scene.ports[n % 2]}"),
        service(f"n{n}", scene.ports[n % 2], "localhost"),
    ],
    "one that goes and comes": lambda scene, n: [
        *scene.objects(),
        *([mapping("other", "/other/", "second", hostname="a.test")] if n % 2 else []),
    ],
    "a host that goes and comes": lambda scene, n: [
        *scene.objects(),
        *([host("b", "b.test"), mapping("b", "/", "second", hostname="b.test")] if n % 2 else []),
    ],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_given_load_when_edited_again_and_again_then_nothing_fails(
    gateway: Gateway, load: Load, scene: Scene, edit: Callable[[Scene, int], list[Object]]
) -> None:
    for number in range(1, ROUNDS + 1):
        gateway.apply(*edit(scene, number))
    assert load.failures == []


def test_given_load_when_an_edit_comes_before_the_last_one_is_settled_then_nothing_fails(
    gateway: Gateway, load: Load, scene: Scene
) -> None:
    for number in range(60):
        edit = list(EDITS.values())[number % len(EDITS)]
        gateway.write(*edit(scene, number))
    gateway.apply(*scene.objects(service="second"))
    assert gateway.get("/steady/", "a.test").backend == "green"
    assert load.failures == []

"""What an edit costs, as counts that no machine changes: rules that run again, and responses that Envoy is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.model.config_snapshot import Changes, diff
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources import documents
from ambassador.sources.documents import Documents
from ambassador.sources.manifests import Defaults, Entry, objects_of
from ambassador.xds.envelope import DeltaRequest, DeltaResponse, encode_response
from ambassador.xds.events import Activated, AwaitActive, Effect, Event, Published, Report, Requested, Send
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.stream import step
from ambassador.xds.stream_state import StreamState
from ambassador.xds.types import ResourceType, by_type_url
from tests.properties.manifests import source

MOST = 12
MANY = 10_000
HOSTS = 1_000


def mapping(number: int, prefix: str = "", hostname: str = "*") -> SourceObject:
    spec = {"hostname": hostname, "prefix": prefix or f"/r{number}/", "service": f"127.0.0.1:{9000 + number % 4}"}
    return source("Mapping", f"m{number}", {"spec": spec})


def host(number: int) -> SourceObject:
    policy = {"insecure": {"action": "Route"}}
    return source("Host", f"h{number}", {"spec": {"hostname": f"h{number}.test", "requestPolicy": policy}})


def by_key(*objects: SourceObject) -> dict[ObjectKey, SourceObject]:
    return {one.key: one for one in objects}


@pytest.mark.parametrize("count", [10, 1_000, MANY])
@pytest.mark.parametrize("hosts", [0, HOSTS], ids=["one host", "many hosts"])
def test_given_any_number_of_mappings_when_one_prefix_is_edited_then_few_rules_run_again(
    count: int, hosts: int
) -> None:
    def named(number: int) -> str:
        return f"h{number % hosts}.test" if hosts else "*"

    compiler = Compiler()
    compiler.compile(by_key(*[mapping(number, "", named(number)) for number in range(count)]))
    for number in (0, count // 2, count - 1):
        prefix = f"/edited/{number}/"
        after = compiler.compile(by_key(mapping(number, prefix, named(number))))
        assert prefix.encode() in routes_of(after)
        assert f"/r{number}/".encode() not in routes_of(after)
        assert 0 < after.recomputed <= MOST, (number, compiler.recomputed)


def ingress(number: int, hosts: bool, edited: str = "") -> SourceObject:
    """Ten paths of one host, or ten hosts with one path each."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    texts = [f"/r{number}/{one}" for one in range(9)] + [edited or f"/r{number}/9"]
    paths = [{"path": text, "pathType": "Prefix", "backend": backend} for text in texts]
    named = (
        [(f"h{one}.i{number}.test", [path]) for one, path in enumerate(paths)]
        if hosts
        else [(f"i{number % 100}.test", paths)]
    )
    rules = [{"host": host, "http": {"paths": found}} for host, found in named]
    return source("Ingress", f"i{number}", {"spec": {"ingressClassName": "ambassador", "rules": rules}})


@pytest.mark.parametrize("hosts", [False, True], ids=["ten paths", "ten hosts"])
@pytest.mark.parametrize("count", [10, 1_000])
def test_given_any_number_of_ingresses_when_one_path_is_edited_then_few_rules_run_again(
    count: int, hosts: bool
) -> None:
    web = source("Service", "web", {"spec": {"ports": [{"port": 80}], "clusterIP": "10.0.0.1"}})
    compiler = Compiler()
    compiler.compile(by_key(web, *[ingress(number, hosts) for number in range(count)]))
    for number in (0, count // 2, count - 1):
        after = compiler.compile(by_key(ingress(number, hosts, f"/edited/{number}")))
        assert f"/edited/{number}".encode() in routes_of(after)
        assert f"/r{number}/9".encode() not in routes_of(after)
        assert 0 < after.recomputed <= MOST, (number, compiler.recomputed)


def test_given_many_hosts_when_a_mapping_for_all_of_them_is_edited_then_few_rules_run_again() -> None:
    compiler = Compiler()
    compiler.compile(by_key(*[host(number) for number in range(HOSTS)], *[mapping(number) for number in range(10)]))
    after = compiler.compile(by_key(mapping(5, "/edited/")))
    assert b"/edited/" in routes_of(after)
    assert 0 < after.recomputed <= MOST, compiler.recomputed


def routes_of(compiled: Compiled) -> bytes:
    return b"".join(one.body for one in compiled.resources.routes.values())


class Client:
    """Takes everything: subscribes to what it is told of, acknowledges, and says that every cluster is active."""

    def __init__(self) -> None:
        self.state = StreamState("client")
        self.sent: list[DeltaResponse] = []
        self.outcomes: list[Outcome] = []
        self._todo: list[Event] = [Requested(DeltaRequest(kind.type_url)) for kind in ResourceType if kind.wildcard]

    def publish(self, snapshot: ResourceSnapshot) -> None:
        self._todo.insert(0, Published(snapshot))
        while self._todo:
            self.state, effects = step(self.state, self._todo.pop(0))
            for effect in effects:
                self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(response):
                self.sent.append(response)
                self._todo += [*self._subscriptions(response), Requested(_acknowledging(response))]
            case AwaitActive(ticket, names):
                self._todo.append(Activated(ticket, names))
            case Report(outcome):
                self.outcomes.append(outcome)

    def _subscriptions(self, response: DeltaResponse) -> Iterator[Event]:
        for kind in (ResourceType.ENDPOINT, ResourceType.ROUTE):
            field = "endpoints" if kind is ResourceType.ENDPOINT else "routes"
            wanted = frozenset(name for one in response.resources for name in getattr(one.references, field))
            names = wanted - self.state.types[kind].names
            if names and by_type_url(response.type_url) in (ResourceType.CLUSTER, ResourceType.LISTENER):
                yield Requested(DeltaRequest(kind.type_url, subscribe=tuple(names)))


def _acknowledging(response: DeltaResponse) -> DeltaRequest:
    return DeltaRequest(response.type_url, nonce=response.nonce)


@dataclass(frozen=True, slots=True)
class Served:
    """A file of many Mappings, read, compiled and acknowledged by a client."""

    text: bytes
    documents: Documents
    compiler: Compiler
    client: Client

    def publish(self, changes: Changes) -> tuple[Compiled, int]:
        """What a compile of these changes gives, and how many bytes the client is sent for it."""
        compiled = self.compiler.compile(changes)
        before = len(self.client.sent)
        target = self.client.state.target
        assert target is not None
        self.client.publish(ResourceSnapshot(target.revision + 1, compiled.resources))
        assert self.client.outcomes[-1] == Outcome(target.revision + 1, acknowledged=True)
        return compiled, sum(len(encode_response(one)) for one in self.client.sent[before:])


@pytest.fixture(scope="module")
def served() -> Served:
    texts = [
        "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\n"
        f"metadata: {{name: m{number}}}\nspec: {{hostname: '*', prefix: /r{number}/, service: 127.0.0.1:9000}}\n"
        for number in range(MANY)
    ]
    text = "---\n".join(texts).encode()
    reading = documents.read(Documents("all.yaml"), text)
    compiler = Compiler()
    compiled = compiler.compile(reading.changes)
    client = Client()
    client.publish(ResourceSnapshot(1, compiled.resources))
    assert client.outcomes == [Outcome(1, acknowledged=True)]
    unused = {ResourceType.SECRET, ResourceType.SCOPE}
    assert {by_type_url(one.type_url) for one in client.sent} == set(ResourceType) - unused
    return Served(text, reading.documents, compiler, client)


def test_given_many_mappings_in_a_file_when_a_line_is_inserted_on_top_then_nothing_happens_past_parsing(
    served: Served,
) -> None:
    reading = documents.read(served.documents, b"# a line\n" + served.text)
    assert reading.documents.raws != served.documents.raws
    assert len(reading.documents.objects) == MANY
    assert reading.changes == {}
    compiled, sent = served.publish(reading.changes)
    assert (compiled.recomputed, sent) == (0, 0)


def test_given_a_file_when_it_is_saved_again_then_nothing_is_parsed_and_nothing_is_sent(served: Served) -> None:
    reading = documents.read(served.documents, served.text)
    assert all(old is new for old, new in zip(served.documents.pieces, reading.documents.pieces, strict=True))
    compiled, sent = served.publish(reading.changes)
    assert (compiled.recomputed, sent) == (0, 0)


def test_given_an_object_when_only_its_metadata_is_touched_then_nothing_is_sent(served: Served) -> None:
    key = ObjectKey("Mapping", "default", "m7")
    old = served.documents.objects[key]
    counted = {"resourceVersion": "2", "generation": 3, "uid": "u", "managedFields": [{"manager": "kubectl"}]}
    touched = {**old.content, "metadata": {**old.metadata, **counted}, "status": {"state": "Running"}}
    [entry] = objects_of(touched, Defaults())
    assert isinstance(entry, Entry)
    changes = diff(served.documents.objects, {**served.documents.objects, key: entry.object})
    assert changes == {}
    compiled, sent = served.publish(changes)
    assert (compiled.recomputed, sent) == (0, 0)


def test_given_an_object_when_its_label_changes_but_no_route_then_nothing_is_sent(served: Served) -> None:
    key = ObjectKey("Mapping", "default", "m9")
    old = served.documents.objects[key]
    labelled = replace(
        old, digest="labelled", content={**old.content, "metadata": {**old.metadata, "labels": {"a": "b"}}}
    )
    compiled, sent = served.publish({key: labelled})
    assert compiled.recomputed <= MOST
    assert sent == 0


def test_given_many_mappings_when_one_is_edited_then_one_route_configuration_is_sent_and_nothing_else(
    served: Served,
) -> None:
    before = len(served.client.sent)
    reading = documents.read(served.documents, served.text.replace(b"prefix: /r42/,", b"prefix: /edited/,"))
    assert set(reading.changes) == {ObjectKey("Mapping", "default", "m42")}
    compiled, sent = served.publish(reading.changes)
    assert 0 < compiled.recomputed <= MOST, served.compiler.recomputed
    responses = served.client.sent[before:]
    assert [(one.type_url.rpartition(".")[2], len(one.resources), one.removed) for one in responses] == [
        ("RouteConfiguration", 1, ())
    ]
    assert sent < 1.01 * len(responses[0].resources[0].body)

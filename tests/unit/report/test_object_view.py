"""One object as page and scripts see it: problems on their lines, its routes, and what Envoy said of its resources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.explain.evaluate import prepare
from ambassador.model.keys import ObjectKey
from ambassador.report.field_paths import field_path
from ambassador.report.object_view import object_query, object_view
from ambassador.report.revision import Revision
from ambassador.sources.folder import load
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.ledger import Ledger, Nack
from ambassador.xds.types import ResourceType
from tests.golden.certificates import certificate, private_key

MANIFESTS = """\
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: {name: web}
spec: {port: 8443, protocol: HTTPS, securityModel: XFP, hostBinding: {namespace: {from: ALL}}}
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {name: shop}
spec:
  hostname: a.test
  tlsSecret: {name: tls}
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: cart}
spec:
  hostname: a.test
  prefix: /cart/
  service: cart
  timeout_ms: soon
  headers:
    x.canary: "1"
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: all}
spec: {hostname: "*", prefix: /all/, service: "10.0.0.1:80"}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: cart}
subsets: [{addresses: [{ip: 10.0.0.7}], ports: [{port: 9001}]}]
"""


@pytest.fixture(scope="module")
def revision(tmp_path_factory: pytest.TempPathFactory) -> Revision:
    folder = tmp_path_factory.mktemp("manifests")
    (folder / "all.yaml").write_text(MANIFESTS)
    (folder / "secret.yaml").write_text(_secret())
    config = load([folder])
    return Revision(3, config, Compiler().compile(config.objects), connected=True)


def _secret() -> str:
    parts = (("tls.crt", certificate("a.test")), ("tls.key", private_key("a.test")))
    body = "".join(f"  {name}: |\n" + "".join(f"    {line}\n" for line in pem.splitlines()) for name, pem in parts)
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\nstringData:\n{body}"


def view(revision: Revision, kind: str, name: str, field: str = "") -> dict[str, Any]:
    found = object_view(revision, prepare(revision.compiled.gateway), ObjectKey(kind, "default", name), field)
    assert found is not None
    return found


def acknowledged(resources: EnvoyResources) -> Ledger:
    tables = {
        ResourceType.LISTENER: resources.listeners,
        ResourceType.ROUTE: resources.routes,
        ResourceType.CLUSTER: resources.clusters,
        ResourceType.ENDPOINT: resources.endpoints,
        ResourceType.SECRET: resources.secrets,
    }
    return Ledger("node", 3, 3, tables)


def resources_of(revision: Revision, kind: str, name: str) -> list[tuple[str, str]]:
    return [(one["type"], one["name"]) for one in view(revision, kind, name)["envoy"]]


def test_given_an_object_with_problems_then_they_stand_on_their_lines(revision: Revision) -> None:
    found = view(revision, "Mapping", "cart")
    by_line = {row["number"]: row for row in found["yaml"]}
    index = next(number for number, one in enumerate(found["problems"]) if one["path"] == "spec.timeout_ms")
    assert index in by_line[20]["problems"]
    assert by_line[20]["text"] == "  timeout_ms: soon"
    assert found["problems"][index]["line"] == 20
    assert (found["state"], found["first_line"], found["of_file"]) == ("partial", 13, True)


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("spec.prefix", [18]),
        ("spec.headers", [21, 22]),
        ("spec.headers.x.canary", [22]),
        ("spec.nothing", []),
        ("", []),
    ],
)
def test_given_a_field_then_its_lines_are_marked(revision: Revision, field: str, lines: list[int]) -> None:
    rows = view(revision, "Mapping", "cart", field)["yaml"]
    assert [row["number"] for row in rows if row["marked"]] == lines


def test_given_a_mapping_then_its_routes_are_told_with_their_places(revision: Revision) -> None:
    [row] = view(revision, "Mapping", "all")["routes"]
    place = {"name": "mapping/default/all", "listener": "default/web", "hostname": "a.test", "order": 3}
    assert row == {**place, "example": row["example"]}
    assert row["example"]["url"] == "https://a.test/all/"


def test_given_a_host_then_what_stands_before_its_routes_is_its_own(revision: Revision) -> None:
    assert [row["name"] for row in view(revision, "Host", "shop")["routes"]] == [
        "https-redirect-port",
        "https-redirect",
    ]


def test_given_an_object_then_the_resources_that_it_became_are_told(revision: Revision) -> None:
    cart = resources_of(revision, "Mapping", "cart")
    assert [kind for kind, _ in cart] == ["route", "cluster", "endpoints"]
    assert ("endpoints", "default/cart/80") in cart
    assert resources_of(revision, "Service", "cart") == cart[1:]
    assert resources_of(revision, "Endpoints", "cart") == cart[1:]
    tls = [("listener", "0.0.0.0:8443"), ("route", "default/web"), ("secret", "default/tls")]
    assert resources_of(revision, "Host", "shop") == tls
    assert resources_of(revision, "Secret", "tls") == tls
    assert resources_of(revision, "Listener", "web") == tls


def test_given_a_secret_then_no_part_of_it_is_shown(revision: Revision) -> None:
    text = "\n".join(row["text"] for row in view(revision, "Secret", "tls")["yaml"])
    assert "BEGIN" not in text
    assert "tls.key: [redacted]" in text


def test_given_what_envoy_said_then_each_resource_has_its_state(revision: Revision) -> None:
    resources = revision.compiled.resources
    whole = replace(revision, ledger=acknowledged(resources))
    assert {one["state"] for one in view(whole, "Mapping", "cart")["envoy"]} == {"acknowledged"}
    names = frozenset(resources.routes)
    nack = Nack(ResourceType.ROUTE, names, frozenset(), "bad\nroute goo.gle/debugstr secret", 3)
    refused = replace(revision, ledger=replace(acknowledged(resources), tables={}, nacks=(nack,)))
    states = {one["type"]: (one["state"], one["message"]) for one in view(refused, "Mapping", "cart")["envoy"]}
    assert states["route"][0] == "refused"
    assert "secret" not in states["route"][1]
    assert states["cluster"] == ("pending", "")
    alone = replace(whole, connected=False)
    assert {one["state"] for one in view(alone, "Mapping", "cart")["envoy"]} == {"pending"}


def test_given_an_older_version_at_envoy_then_the_new_one_is_pending(revision: Revision) -> None:
    resources = revision.compiled.resources
    older = {name: replace(one, version="older") for name, one in resources.routes.items()}
    ledger = acknowledged(replace(resources, routes=older))
    states = {one["type"]: one["state"] for one in view(replace(revision, ledger=ledger), "Mapping", "cart")["envoy"]}
    assert states == {"route": "pending", "cluster": "acknowledged", "endpoints": "acknowledged"}


def test_given_an_object_that_is_not_there_then_nothing(revision: Revision) -> None:
    assert object_view(revision, prepare(revision.compiled.gateway), ObjectKey("Mapping", "default", "other")) is None


def test_given_very_many_lines_then_those_around_the_marked_ones_are_shown(tmp_path: Path) -> None:
    values = "".join(f"    x-{number}: a\n" for number in range(4_000))
    text = f"kind: Mapping\napiVersion: getambassador.io/v2\nmetadata: {{name: a}}\nspec:\n  headers:\n{values}"
    (tmp_path / "all.yaml").write_text(text)
    config = load([tmp_path])
    revision = Revision(1, config, Compiler().compile(config.objects))
    assert [row["number"] for row in view(revision, "Mapping", "a")["yaml"]][::2999] == [1, 3000]
    marked = [row for row in view(revision, "Mapping", "a", "spec.headers.x-3990")["yaml"] if row["marked"]]
    assert [(row["number"], row["text"]) for row in marked] == [(3996, "    x-3990: a")]


def test_given_the_query_of_an_address_then_the_object_is_the_one_it_names() -> None:
    key, field = object_query("kind=Mapping&namespace=default&name=a%20b&field=spec.prefix")
    assert (key, field) == (ObjectKey("Mapping", "default", "a b"), "spec.prefix")
    assert object_query("") == (ObjectKey("", "", ""), "")


CONTENT = {"spec": {"a.b": {"c": 1}, "a": [{"x/y": 2}], "list": ("one", "two")}}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.a.b.c", ("spec", "a.b", "c")),
        ("spec.a[0].x/y", ("spec", "a", 0, "x/y")),
        ("spec.list[1]", ("spec", "list", 1)),
        ("spec.a[1]", None),
        ("spec.ab", None),
        ("spec.a[x]", None),
        ("[0]", None),
    ],
)
def test_given_a_dotted_path_then_it_is_read_by_what_the_object_has(text: str, path: tuple[object, ...] | None) -> None:
    assert field_path(CONTENT, text) == path

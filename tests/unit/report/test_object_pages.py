"""`/object` and `/example` of the report socket, as they are asked by diag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.ir.listener import Listener, ListenerIdentity
from ambassador.ir.route import DirectResponse, PathKind, PathMatch, Route, RouteMatch
from ambassador.ir.virtual_host import Domain
from ambassador.report.example_view import spread
from ambassador.report.pages import Pages, Query
from ambassador.report.places import Place
from ambassador.report.revision import Revision
from ambassador.sources.folder import load

MANIFESTS = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: all}
spec: {hostname: "*", prefix: /all/, service: "10.0.0.1:80", precedence: 1}
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: never}
spec: {hostname: "*", prefix: /all/below/, service: "10.0.0.1:80"}
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: shop}
spec: {hostname: shop.test, prefix: /shop/, method: PUT, headers: {x-a: "1", authorization: hush}, service: "10.0.0.1"}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: ambassador
  rules:
  - host: web.test
    http:
      paths:
      - {path: /all/x, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}
      - {path: /web, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder: Path = tmp_path_factory.mktemp("manifests")
    (folder / "all.yaml").write_text(MANIFESTS)
    config = load([folder])
    revision = Revision(3, config, Compiler().compile(config.objects))
    return Pages(lambda: revision, lambda: b"", "1.0", 0.0)


def asked(pages: Pages, path: str, text: str) -> Any:
    found = pages.answer(path, Query(text=text))
    return None if found is None else orjson.loads(found[0])


def test_given_an_object_then_it_is_told(pages: Pages) -> None:
    found = asked(pages, "/object", "kind=Mapping&namespace=default&name=shop&field=spec.method")
    assert (found["source"]["name"], found["revision"], found["state"]) == ("shop", 3, "accepted")
    assert [row["number"] for row in found["yaml"] if row["marked"]] == [14]
    assert "hush" not in str(found["yaml"])


@pytest.mark.parametrize("text", ["kind=Mapping&namespace=default&name=other", "", "kind=File&name=all.yaml"])
def test_given_no_such_object_then_there_is_no_page(pages: Pages, text: str) -> None:
    assert asked(pages, "/object", text) is None


def test_given_a_route_then_a_request_that_reaches_it_is_told(pages: Pages) -> None:
    found = asked(pages, "/example", "route=mapping/default/shop")
    [one] = found["examples"]
    assert (one["hostname"], one["url"], one["request"]["method"]) == ("shop.test", "http://shop.test/shop/", "PUT")
    assert ["x-a", "1"] in one["request"]["headers"]
    assert "--connect-to ::localhost:8080" in one["curl"]
    assert "hush" not in str(found)
    assert found["unreachable"] is None


def test_given_a_route_for_all_hosts_then_its_url_can_be_asked_on_this_machine(pages: Pages) -> None:
    urls = {one["hostname"]: one["url"] for one in asked(pages, "/example", "route=mapping/default/all")["examples"]}
    assert urls["*"] == "http://localhost:8080/all/"
    assert urls["shop.test"] == "http://shop.test/all/"


def test_given_a_route_that_no_request_reaches_then_that_and_by_which(pages: Pages) -> None:
    found = asked(pages, "/example", "route=mapping/default/never")
    assert found["examples"] == []
    assert "Mapping default/all" in found["unreachable"]["because"]


def test_given_a_route_of_an_ingress_then_only_a_problem_of_its_own_path_counts(pages: Pages) -> None:
    web = asked(pages, "/example", "route=ingress/default/web/web.test/web")
    assert [one["url"] for one in web["examples"]] == ["http://web.test/web"]
    assert web["unreachable"] is None


@pytest.mark.parametrize("text", ["route=mapping/default/other", "", "route="])
def test_given_no_such_route_then_there_is_no_page(pages: Pages, text: str) -> None:
    assert asked(pages, "/example", text) is None


def test_given_many_hosts_on_two_listeners_then_some_of_each_are_tried() -> None:
    route = Route("r", None, RouteMatch("*", PathMatch(PathKind.PREFIX, "/")), DirectResponse(200))
    listeners = [Listener(ListenerIdentity("0.0.0.0", port), None, ()) for port in (80, 81)]
    places = [Place(one, "t", Domain(f"h{n}.test", None), 0, route) for one in listeners for n in range(50)]
    found = spread(places)
    assert len(found) == 20
    assert [place.listener.identity.port for place in found[:4]] == [80, 81, 80, 81]

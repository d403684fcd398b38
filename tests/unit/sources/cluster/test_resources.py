"""Which version of which resource is watched, on clusters new and old."""

from __future__ import annotations

from pathlib import Path

import pytest

from ambassador.kinds.contract import OUR_GROUP
from ambassador.kube.errors import ApiError, Unreachable
from ambassador.sources.cluster.discovery import Discovery
from ambassador.sources.cluster.resources import Resource, Wanted
from tests.fake_cluster.client import client
from tests.fake_cluster.feed import CLASS, CLASSES, KINDS, MAPPINGS
from tests.fake_cluster.server import Handler, answers, running
from tests.fake_cluster.state import State

ALWAYS = 1_000_000
MAPPING = Resource(OUR_GROUP, "v3alpha1", "mappings", "Mapping")


def look(tmp_path: Path, state: State, kinds: tuple[Wanted, ...] = KINDS) -> dict[str, Resource]:
    with running(state) as url:
        api = client(tmp_path, url)
        found = dict(Discovery(api, kinds).look(5))
        api.close()
    return found


def test_given_several_versions_then_the_newest_that_we_know_is_watched(tmp_path: Path) -> None:
    state = State()
    for version in ("v1", "v9", "v2"):
        state.serve(f"/apis/{OUR_GROUP}/{version}/mappings", "Mapping")
    assert look(tmp_path, state)["Mapping"].api_version == f"{OUR_GROUP}/v2"
    state.serve(MAPPINGS, "Mapping")
    state.serve(CLASSES, "IngressClass", namespaced=False)
    found = look(tmp_path, state, (*KINDS, CLASS))
    assert found["Mapping"] == MAPPING
    assert not found["IngressClass"].namespaced
    assert found["Service"] == Resource("", "v1", "services", "Service")
    assert "Host" not in found


def test_given_a_cluster_without_aggregated_discovery_then_each_version_is_asked(tmp_path: Path) -> None:
    def older(handler: Handler) -> None:
        handler.json(200, {"kind": "APIGroupList", "groups": []})

    def listed(handler: Handler) -> None:
        resources = [
            {"name": "mappings", "kind": "Mapping", "namespaced": True},
            {"name": "mappings/status", "kind": "Mapping", "namespaced": True},
        ]
        handler.json(200, {"kind": "APIResourceList", "resources": resources})

    state = State()
    state.fail(lambda asked: asked.path == "/apis", older, ALWAYS)
    state.fail(lambda asked: asked.path == f"/apis/{OUR_GROUP}/v3alpha1", listed, ALWAYS)
    found = look(tmp_path, state)
    assert found["Mapping"] == MAPPING
    assert "Host" not in found


def test_given_no_leave_to_look_then_every_kind_is_tried_as_it_most_probably_is(tmp_path: Path) -> None:
    state = State()
    state.fail(lambda asked: True, answers(403, "Forbidden"))
    found = look(tmp_path, state, (*KINDS, CLASS))
    assert found["Mapping"] == MAPPING
    assert found["IngressClass"] == Resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", False)


def test_given_a_server_that_fails_or_talks_nonsense_then_nothing_is_concluded(tmp_path: Path) -> None:
    state = State()
    state.fail(lambda asked: True, answers(503, "ServiceUnavailable"))
    with pytest.raises(ApiError):
        look(tmp_path, state)
    nonsense = {"kind": "APIGroupDiscoveryList", "items": [{"metadata": {}}]}
    state.fail(lambda asked: True, lambda handler: handler.json(200, nonsense))
    with pytest.raises(Unreachable, match="cannot be understood"):
        look(tmp_path, state)


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (MAPPING, f"/apis/{OUR_GROUP}/v3alpha1/namespaces/n/mappings/x"),
        (Resource("", "v1", "services", "Service"), "/api/v1/namespaces/n/services/x"),
        (Resource("g", "v1", "classes", "Class", False), "/apis/g/v1/classes/x"),
    ],
)
def test_given_a_resource_then_its_objects_are_found_where_the_api_server_has_them(
    resource: Resource, path: str
) -> None:
    assert resource.path("n", "x") == path

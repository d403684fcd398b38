"""Our CRDs applied over the ancestor's, whatever versions objects are stored in, and whoever installed them.

Uses a group of its own, so that the cluster's real CRDs stay as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ambassador.crds.definition import file_text
from ambassador.crds.names import OUR_KINDS
from ambassador.kube.api import APPLY, Api
from ambassador.kube.errors import ApiError
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.waiting import until

Json = dict[str, Any]

VERSIONS = ("v1", "v2", "v3alpha1")
# What each version's users write, and what the ancestor's conversion leaves in it.
SPECS: dict[str, Json] = {
    "v1": {"prefix": "/v1/", "service": "a", "host": "v1.test", "tls": True, "add_request_headers": {"x": "text"}},
    "v2": {
        "prefix": "/v2/",
        "service": "a",
        "headers": {"x-a": True, "x-b": "text"},
        "cors": {"origins": "https://a, https://b"},
        "remove_request_headers": "x-c",
        "ambassador_id": "default",
        "v3StatsName": "kept",
        "v3health_checks": [{"health_check": {"http": {"path": "/"}}}],
    },
    "v3alpha1": {
        "prefix": "/v3/",
        "service": "a",
        "hostname": "*",
        "add_request_headers": {"x": {"value": "text", "append": False, "v2Representation": "string"}},
        "v2BoolHeaders": ["x-a"],
        "labels": {"ambassador": [{"group": [{"generic_key": {"value": "a", "v2Shorthand": True}}]}]},
    },
}
# The ancestor's schema let it pass.
WRONG: Json = {"prefix": "no-slash", "service": "a", "weight": "heavy"}
STATUS: Json = {"state": "Running", "reason": "", "phaseCompleted": "NA"}


class Group:
    """Mappings in an API group of the test's own."""

    def __init__(self, api: Api, namespace: str, name: str) -> None:
        self.api = api
        self.namespace = namespace
        self.name = name

    @property
    def crd(self) -> str:
        return f"mappings.{self.name}"

    def ours(self) -> str:
        text = file_text(next(kind for kind in OUR_KINDS if kind.kind == "Mapping"))
        return text.replace("getambassador.io", self.name).replace("ambassador-crds", f"all-{self.namespace}")

    def ancestors(self, stored: str, *, webhook: bool) -> str:
        """A CRD as the ancestor's are: looser, and converted by a webhook (which is not there any more)."""
        service = {"name": "emissary-apiext", "namespace": "emissary-system"}
        hook = {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1beta1", "v1"]}
        names = {"kind": "Mapping", "listKind": "MappingList", "plural": "mappings", "singular": "mapping"}
        anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
        spec = {
            "group": self.name,
            "scope": "Namespaced",
            "names": names,
            "conversion": {"strategy": "Webhook", "webhook": hook} if webhook else {"strategy": "None"},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == stored,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
                for version in VERSIONS
            ],
        }
        whole = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}
        return yaml.safe_dump({**whole, "metadata": {"name": self.crd}})

    def path(self, version: str, name: str = "") -> str:
        return f"/apis/{self.name}/{version}/namespaces/{self.namespace}/mappings" + (f"/{name}" if name else "")

    def create(self, version: str, name: str, spec: Json) -> Json:
        body: Json = {"apiVersion": f"{self.name}/{version}", "kind": "Mapping", "metadata": {"name": name}}
        return self.api.create(self.path(version), {**body, "spec": spec})

    def tell(self, name: str, status: Json, *, by: str = "ambassador", version: str = "v3alpha1") -> Json:
        """Server-side apply of a status, as the status writer does it."""
        body = {"apiVersion": f"{self.name}/{version}", "kind": "Mapping", "metadata": {"name": name}, "status": status}
        query = {"fieldManager": by, "force": "true"}
        return self.api.patch(f"{self.path(version, name)}/status", body, content_type=APPLY, query=query)

    def stored_versions(self) -> set[str]:
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{self.crd}"
        return set(self.api.get(path)["status"]["storedVersions"])


def eventually(attempt: Callable[[], Json]) -> Json:
    """The answer once there is one: a changed CRD takes the API server a moment."""
    refusals: list[ApiError] = []

    def answer() -> Json:
        try:
            return attempt()
        except ApiError as error:
            refusals.append(error)
            return {}

    return until(answer, lambda: str(refusals[-1]))


def install(group: Group, text: str, way: str) -> None:
    """Installs a CRD as people do: kubectl apply, kubectl create and replace, or as Helm and GitOps tools do."""
    known = kubectl("get", "crd", "--ignore-not-found", group.crd)
    commands = {
        "apply": ("apply",),
        "create": ("replace",) if known else ("create",),
        "server-side": ("apply", "--server-side", "--field-manager=helm"),
    }
    kubectl(*commands[way], "-f", "-", given=text)
    kubectl("wait", "--for=condition=Established", "--timeout=30s", f"crd/{group.crd}")


@pytest.fixture
def group(api: Api) -> Iterator[Group]:
    mark = uuid.uuid4().hex[:8]
    found = Group(api, f"crds-{mark}", f"upgrade-{mark}.example.com")
    api.create("/api/v1/namespaces", {"metadata": {"name": found.namespace}})
    yield found
    kubectl("delete", "crd", "--ignore-not-found", "--wait=false", found.crd)
    api.delete(f"/api/v1/namespaces/{found.namespace}")


def fill(group: Group, way: str) -> None:
    """The ancestor's CRD with an object stored in each version, and one that our schema would refuse."""
    for version in VERSIONS:
        install(group, group.ancestors(version, webhook=False), way)
        eventually(lambda version=version: group.create(version, version, SPECS[version]))
        group.tell(version, STATUS, by="ancestor", version=version)
    group.create("v2", "wrong", WRONG)
    install(group, group.ancestors("v2", webhook=True), way)


@pytest.mark.parametrize("way", ["apply", "create", "server-side"])
def test_applying_ours_over_the_ancestors_loses_nothing_in_any_version(group: Group, way: str) -> None:
    fill(group, way)
    kubectl("apply", "-f", "-", given=group.ours())
    for name, spec in SPECS.items():
        for version in VERSIONS:
            found = eventually(lambda name=name, version=version: group.api.get(group.path(version, name)))
            assert (found["apiVersion"], found["spec"]) == (f"{group.name}/{version}", spec)
            assert found["status"] == STATUS
    assert group.stored_versions() == set(VERSIONS)
    assert len(group.api.get(group.path("v3alpha1"))["items"]) == len(SPECS) + 1


def test_server_side_apply_works_once_the_webhook_is_taken_away(group: Group, tmp_path: Path) -> None:
    fill(group, "server-side")
    (tmp_path / "ours.yaml").write_text(group.ours())
    patch = '[{"op": "replace", "path": "/spec/conversion", "value": {"strategy": "None"}}]'
    kubectl("patch", "crd", group.crd, "--type=json", "-p", patch)
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(tmp_path / "ours.yaml"))
    for name, spec in SPECS.items():
        assert eventually(lambda name=name: group.api.get(group.path("v3alpha1", name)))["spec"] == spec


def test_objects_written_on_stay_whole_and_can_be_given_a_status(group: Group) -> None:
    fill(group, "apply")
    kubectl("apply", "-f", "-", given=group.ours())
    conditions = [
        {
            "type": "Accepted",
            "status": "True",
            "reason": "Accepted",
            "message": "",
            "lastTransitionTime": "2025-01-01T00:00:00Z",
        }
    ]
    for name, spec in SPECS.items():
        for version in VERSIONS:
            labels = {"metadata": {"labels": {version: "touched"}}}
            eventually(lambda n=name, v=version, one=labels: group.api.patch(group.path(v, n), one))
        told = group.tell(name, {"state": "Ready", "observedGeneration": 1, "conditions": conditions})
        assert told["spec"] == spec
        assert told["status"] == {**STATUS, "state": "Ready", "observedGeneration": 1, "conditions": conditions}


def test_an_object_older_than_its_schema_is_listed_and_told_what_is_wrong_with_it(group: Group) -> None:
    fill(group, "apply")
    kubectl("apply", "-f", "-", given=group.ours())
    found = eventually(lambda: group.api.get(group.path("v3alpha1", "wrong")))
    assert found["spec"] == WRONG
    # Server-side apply cannot: it must understand the whole object (500, "failed to create typed live object").
    told = group.api.patch(f"{group.path('v3alpha1', 'wrong')}/status", {"status": {"state": "Error"}})
    assert (told["spec"], told["status"]["state"]) == (WRONG, "Error")
    with pytest.raises(ApiError, match="spec.weight"):
        group.api.patch(group.path("v3alpha1", "wrong"), {"spec": {"weight": "heavier"}})
    mended = {"spec": {"weight": 5, "prefix": "/slash/"}}
    assert group.api.patch(group.path("v3alpha1", "wrong"), mended)["spec"]["weight"] == 5

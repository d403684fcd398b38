"""The CRDs and the install manifest before a real API server. Needs KUBECONFIG and kubectl."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ambassador.crds.names import OUR_KINDS, plural, versions
from ambassador.kinds import mapping
from ambassador.kube.api import Api
from ambassador.kube.errors import ApiError
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Severity
from ambassador.sources.cluster.convert import Reading, read
from ambassador.sources.cluster.resources import Resource
from tests.cluster.harness.kubectl import kubectl
from tests.golden.objects import golden_objects

HOME = Path(__file__).resolve().parents[2]
K8S = HOME / "k8s"
BY_KIND = {kind.kind: kind for kind in OUR_KINDS}

Json = dict[str, Any]


def objects_of(text: str) -> dict[tuple[str, str], Json]:
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def namespace(api: Api) -> Iterator[str]:
    """A namespace where pods must keep to the profile that the manifest promises."""
    kubectl("apply", "-f", str(K8S / "base" / "crds"))
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(K8S / "base" / "crds"))
    name = f"crds-{uuid.uuid4().hex[:8]}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")


def tried(api: Api, namespace: str, source: SourceObject) -> Json:
    """What the API server would store for an object."""
    kind = BY_KIND[source.key.kind]
    version = source.api_version.rpartition("/")[2]
    api_version = f"getambassador.io/{version if version in versions(kind) else 'v3alpha1'}"
    metadata = {"name": source.key.name, "namespace": namespace, "labels": dict(source.labels)}
    body = {"apiVersion": api_version, "kind": kind.kind, "metadata": metadata, "spec": source.content.get("spec")}
    return api.create(f"/apis/{api_version}/namespaces/{namespace}/{plural(kind)}?dryRun=All", body)


def without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list | tuple) else value


def test_every_golden_object_that_the_parser_accepts_is_stored_whole(api: Api, namespace: str) -> None:
    stored = 0
    for case, source in golden_objects():
        kind = BY_KIND.get(source.key.kind)
        if kind and all(problem.severity is not Severity.ERROR for problem in kind.parse(source).problems):
            answer = tried(api, namespace, source)
            assert without_nulls(answer.get("spec")) == without_nulls(source.content.get("spec")), case
            stored += 1
    assert stored > 200


@pytest.mark.parametrize(
    ("plural", "spec", "wrong"),
    [
        ("mappings", {"prefix": "/", "service": "a", "weight": 101}, "spec.weight"),
        ("mappings", {"prefix": "api", "service": "a"}, "spec.prefix: Invalid value: prefix must start with /"),
        (
            "mappings",
            {"prefix": "/a?b", "service": "a"},
            "spec.prefix: Invalid value: prefix is compared with the path",
        ),
        ("mappings", {"service": "a"}, "spec.prefix: Required value"),
        ("hosts", {"tls": {}, "tlsContext": {"name": "a"}}, "spec.tlsContext: Invalid value: tls and tlsContext both"),
        ("hosts", {"tls": {"min_tls_version": "v1.3", "max_tls_version": "v1.2"}}, "spec.tls.max_tls_version"),
        (
            "listeners",
            {"port": 80, "securityModel": "XFP", "hostBinding": {}},
            "spec.protocol: Invalid value: protocol or protocolStack is required",
        ),
    ],
)
def test_what_is_plainly_wrong_is_refused_with_the_field_and_the_reason(
    api: Api, namespace: str, plural: str, spec: Json, wrong: str
) -> None:
    path = f"/apis/getambassador.io/v3alpha1/namespaces/{namespace}/{plural}"
    kind = next(one.kind for one in OUR_KINDS if one.kind.lower() + "s" == plural)
    body = {"apiVersion": "getambassador.io/v3alpha1", "kind": kind, "metadata": {"name": "one"}, "spec": spec}
    with pytest.raises(ApiError) as refused:
        api.create(path, body)
    assert refused.value.status == 422
    assert wrong in refused.value.message


def test_kubectl_shows_the_columns_and_the_category_that_people_know(namespace: str) -> None:
    text = yaml.safe_dump(
        {
            "apiVersion": "getambassador.io/v2",
            "kind": "Mapping",
            "metadata": {"name": "shown", "namespace": namespace},
            "spec": {"host": "old.example.com", "prefix": "/shown/", "service": "web"},
        }
    )
    kubectl("apply", "-f", "-", given=text)
    header, row = kubectl("-n", namespace, "get", "mappings").splitlines()
    assert header.split() == ["NAME", "SOURCE", "HOST", "SOURCE", "PREFIX", "DEST", "SERVICE", "STATE", "REASON", "AGE"]
    assert row.split()[:4] == ["shown", "old.example.com", "/shown/", "web"]
    assert "mapping.getambassador.io/shown" in kubectl("-n", namespace, "get", "ambassador-crds")


def test_a_mapping_written_as_v2_is_for_all_hosts_when_it_is_read_as_v3alpha1(api: Api, namespace: str) -> None:
    metadata = {"name": "for-all", "namespace": namespace}
    body = {"apiVersion": "getambassador.io/v2", "kind": "Mapping", "metadata": metadata}
    kubectl("apply", "-f", "-", given=yaml.safe_dump({**body, "spec": {"prefix": "/all/", "service": "web"}}))
    kubectl("-n", namespace, "label", "mappings.v3alpha1.getambassador.io", "for-all", "touched=later")
    read_as_newest = Resource("getambassador.io", "v3alpha1", "mappings", "Mapping")
    found = read(read_as_newest, api.get(read_as_newest.path(namespace, "for-all")))
    assert isinstance(found, Reading)
    spec = mapping.parse(found.object).value
    assert spec and spec.match.hostname == "*"


def test_applying_again_changes_nothing(namespace: str) -> None:
    def versions_now() -> str:
        return kubectl("get", "crd", "-o", "jsonpath={.items[*].metadata.resourceVersion}")

    kubectl("apply", "-f", str(K8S / "base" / "crds"))
    before = versions_now()
    kubectl("apply", "-f", str(K8S / "base" / "crds"))
    assert versions_now() == before


def test_the_manifest_is_what_kustomize_makes_of_the_base() -> None:
    assert objects_of(kubectl("kustomize", str(K8S / "base"))) == objects_of((K8S / "ambassador.yaml").read_text())


@pytest.mark.parametrize("folder", ["base", "overlays/single-namespace", "overlays/host-network"])
def test_each_variant_is_one_that_the_api_server_takes(namespace: str, folder: str, tmp_path: Path) -> None:
    text = kubectl("kustomize", str(moved(K8S / folder, namespace, tmp_path)))
    moved_objects = objects_of(text)
    assert {one["metadata"].get("namespace", namespace) for one in moved_objects.values()} == {namespace}
    kubectl("apply", "--dry-run=server", "-f", "-", given=text)


def moved(folder: Path, namespace: str, place: Path) -> Path:
    """A kustomization that has everything in another namespace, as people do it."""
    resources = [os.path.relpath(folder, place)]
    (place / "kustomization.yaml").write_text(yaml.safe_dump({"namespace": namespace, "resources": resources}))
    return place


@pytest.mark.parametrize("folder", ["base", "overlays/single-namespace"])
def test_its_pods_keep_to_the_restricted_profile(api: Api, namespace: str, folder: str) -> None:
    deployment = objects_of(kubectl("kustomize", str(K8S / folder)))[("Deployment", "ambassador")]
    spec = {**deployment["spec"]["template"]["spec"], "serviceAccountName": "default"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": namespace}, "spec": spec}
    answer = api.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
    assert answer["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_example_of_a_network_policy_is_one(namespace: str) -> None:
    text = (
        (K8S / "examples" / "network-policy.yaml")
        .read_text()
        .replace("namespace: ambassador", f"namespace: {namespace}")
    )
    assert (
        json.loads(kubectl("apply", "--dry-run=server", "-o", "json", "-f", "-", given=text))["kind"] == "NetworkPolicy"
    )

"""The Kubernetes source and its client against a real API server: what the fake one can only imitate."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from ambassador.kube.api import Api
from ambassador.kube.connect import connect
from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.sources.cluster.resources import Wanted
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.source import ClusterSource
from tests.fake_cluster.feed import fed_by, run
from tests.fake_cluster.way import way_to

Object = dict[str, Any]

KINDS = (
    Wanted("Service", "", ("v1",), expected=True),
    Wanted("Secret", "", ("v1",), expected=True),
    Wanted("Ingress", "networking.k8s.io", ("v1",), expected=True),
    Wanted("EndpointSlice", "discovery.k8s.io", ("v1",), expected=True),
)


@pytest.fixture
def space(api: Api) -> Iterator[str]:
    """A namespace of the test's own."""
    made = api.create("/api/v1/namespaces", {"metadata": {"generateName": "source-"}})
    name = made["metadata"]["name"]
    yield str(name)
    api.delete(f"/api/v1/namespaces/{name}")


def ingress(name: str, path: str = "/") -> Object:
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        "spec": {"ingressClassName": "nobody", "rules": [rule]},
    }


def service(name: str) -> Object:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}


def ingresses(namespace: str, name: str = "") -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses" + (f"/{name}" if name else "")


def test_given_objects_then_they_come_and_only_intent_is_a_change(api: Api, space: str) -> None:
    async def story() -> None:
        api.create(ingresses(space), ingress("a"))
        async with fed_by(ClusterSource(api, Scope(space), kinds=KINDS)) as feed:
            await feed.complete()
            key = ObjectKey("Ingress", space, "a")
            found = feed.objects[key]
            assert found.api_version == "networking.k8s.io/v1"
            assert set(found.metadata) == {"name", "namespace", "creationTimestamp", "uid", "generation"}
            before = len(feed.batches)
            status = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}
            api.patch(f"{ingresses(space, 'a')}/status", status)
            await feed.until(lambda: b"192.0.2.1" in feed.source.observed[key].status)
            api.create(ingresses(space), ingress("b"))
            await feed.until(lambda: "b" in feed.names)
            assert [change.key.name for batch in feed.batches[before:] for change in batch.changes] == ["b"]
            generation = feed.objects[key].metadata["generation"]
            api.patch(ingresses(space, "a"), {"spec": {"ingressClassName": "other"}})
            await feed.until(lambda: feed.objects[key].metadata["generation"] != generation)
            api.delete(ingresses(space, "b"))
            await feed.until(lambda: "b" not in feed.names)
            assert feed.problems == ()

    run(story())


def test_given_a_patch_then_its_batch_comes_at_once(api: Api, space: str) -> None:
    services = f"/api/v1/namespaces/{space}/services"

    async def story() -> None:
        api.create(services, service("s"))
        async with fed_by(ClusterSource(api, Scope(space), kinds=KINDS)) as feed:
            await feed.complete()
            key = ObjectKey("Service", space, "s")
            took = []
            for number in range(20):
                label = str(number)
                api.patch(f"{services}/s", {"metadata": {"labels": {"n": label}}})
                started = time.perf_counter()
                await feed.until(lambda label=label: feed.objects[key].labels.get("n") == label)
                took.append(time.perf_counter() - started)
            print(f"patch answered → batch: median {sorted(took)[10] * 1000:.1f} ms")
            assert sorted(took)[10] < 0.25

    run(story())


def test_given_secrets_then_only_the_wanted_one_is_read(api: Api, space: str) -> None:
    secrets = f"/api/v1/namespaces/{space}/secrets"
    data = {"data": {"tls.key": base64.b64encode(b"canary").decode()}}

    async def story() -> None:
        for name in ("wanted", "other"):
            api.create(secrets, {"metadata": {"name": name}, **data})
        async with fed_by(ClusterSource(api, Scope(space), kinds=KINDS)) as feed:
            feed.source.want_secrets(frozenset({ObjectKey("Secret", space, "wanted")}))
            await feed.complete()
            await feed.until(lambda: bool(feed.source.secrets_expected()))
            await feed.until(lambda: "wanted" in feed.names)
            assert "other" not in feed.names
            key = ObjectKey("Secret", space, "wanted")
            old = feed.objects[key].digest
            api.patch(f"{secrets}/wanted", {"data": {"tls.key": "bmV3"}})
            await feed.until(lambda: feed.objects[key].digest != old)
            api.delete(f"{secrets}/wanted")
            await feed.until(lambda: "wanted" not in feed.names)

    run(story())


def test_given_pages_and_a_version_too_old_then_the_server_behaves_as_the_client_expects(api: Api, space: str) -> None:
    maps = f"/api/v1/namespaces/{space}/configmaps"
    for number in range(5):
        api.create(maps, {"metadata": {"name": f"m{number}"}})
    pages = list(api.list_pages(maps, None, 2))
    assert [page.first for page in pages] == [True] + [False] * (len(pages) - 1)
    assert {f"m{number}" for number in range(5)} <= {one["metadata"]["name"] for page in pages for one in page.items}
    # A young server still knows its first version.
    try:
        with api.watch(maps, {"resourceVersion": "1", "timeoutSeconds": 2}) as watch:
            assert all(event["type"] in ("ADDED", "BOOKMARK") for event in watch)
    except ApiError as error:
        assert error.status == 410


def test_given_a_crd_that_comes_and_goes_then_its_objects_do(api: Api, space: str, tmp_path: Path) -> None:
    group = f"{space}.example.com"
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    spec = {"group": group, "names": names, "scope": "Namespaced", "versions": versions}
    things = f"/apis/{group}/v1/namespaces/{space}/things"

    async def story() -> None:
        kinds = (*KINDS, Wanted("Thing", group, ("v1",), expected=True))
        async with fed_by(ClusterSource(api, kinds=kinds)) as feed:
            await feed.complete()
            assert feed.told("the cluster has no Thing")
            crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
            api.create(crds, {**crd, "metadata": {"name": f"things.{group}"}, "spec": spec})
            try:
                await feed.until(lambda: not feed.told("Thing"), 30)
                api.create(things, {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": "t"}})
                await feed.until(lambda: "t" in feed.names)
            finally:
                api.delete(f"{crds}/things.{group}")
            await feed.until(lambda: "t" not in feed.names and feed.told("the cluster has no Thing"), 60)

    run(story())


def test_given_rights_to_all_kinds_but_one_then_that_one_is_named_until_it_is_allowed(
    api: Api, space: str, tmp_path: Path
) -> None:
    def rule(group: str, resource: str) -> Object:
        return {"apiGroups": [group], "resources": [resource], "verbs": ["get", "list", "watch"]}

    rights = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{space}"
    rules = [rule("", "services"), rule("", "secrets"), rule("discovery.k8s.io", "endpointslices")]
    api.create(f"/api/v1/namespaces/{space}/serviceaccounts", {"metadata": {"name": "reader"}})
    api.create(f"{rights}/roles", {"metadata": {"name": "reader"}, "rules": rules})
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": space}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    api.create(f"{rights}/rolebindings", {"metadata": {"name": "reader"}, "roleRef": role, "subjects": [subject]})
    token = api.create(f"/api/v1/namespaces/{space}/serviceaccounts/reader/token", {"spec": {}})["status"]["token"]
    reader = connect({"KUBECONFIG": str(changed_kubeconfig(tmp_path, user={"token": token}))})

    async def story() -> None:
        async with fed_by(ClusterSource(reader, Scope(space), kinds=KINDS)) as feed:
            await feed.complete()
            assert [one.source.name for one in feed.problems] == ["ingresses.networking.k8s.io"]
            assert feed.told("allow list and watch on ingresses of the API group networking.k8s.io")
            allowed = {"rules": [*rules, rule("networking.k8s.io", "ingresses")]}
            api.patch(f"{rights}/roles/reader", allowed)
            await feed.until(lambda: feed.problems == (), 40)

    run(story())
    reader.close()


@pytest.mark.parametrize("silently", [False, True], ids=["cut", "half-open"])
def test_given_an_api_server_out_of_reach_then_nothing_goes_and_it_catches_up_within_three_seconds(
    api: Api, space: str, tmp_path: Path, silently: bool
) -> None:
    async def story() -> None:
        api.create(ingresses(space), ingress("goes"))
        api.create(ingresses(space), ingress("stays"))
        with way_to(urlsplit(api.host)) as way:
            there = f"https://127.0.0.1:{way.port}"
            behind = connect({"KUBECONFIG": str(changed_kubeconfig(tmp_path, there, urlsplit(api.host).hostname))})
            async with fed_by(ClusterSource(behind, Scope(space), kinds=KINDS)) as feed:
                await feed.complete()
                way.close(silently)
                await feed.until(lambda: feed.state.stale, 30)
                assert {"goes", "stays"} <= set(feed.names)
                api.delete(ingresses(space, "goes"))
                api.create(ingresses(space), ingress("new"))
                way.open()
                started = time.monotonic()
                await feed.until(lambda: not feed.state.stale and "new" in feed.names and "goes" not in feed.names)
                print(f"caught up after {time.monotonic() - started:.2f} s")
                assert time.monotonic() - started < 3
            behind.close()

    run(story())


def changed_kubeconfig(folder: Path, server: str = "", name: str | None = None, user: Object | None = None) -> Path:
    """The present context's cluster, reached another way or as somebody else."""
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    for one in config["clusters"]:
        one["cluster"] |= {"server": server, "tls-server-name": name} if server else {}
    for one in config["users"]:
        one["user"] = user or one["user"]
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path

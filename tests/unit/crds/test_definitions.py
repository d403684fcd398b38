"""The CRDs as a whole: what kubectl, an upgrade from the ancestor, and the files of k8s/ rely on."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ambassador.crds.definition import definition, file_text
from ambassador.crds.names import OUR_KINDS, plural
from ambassador.kinds.contract import AnyKind

HOME = Path(__file__).resolve().parents[3]
ANCESTORS = {
    *("AuthService", "ConsulResolver", "DevPortal", "Host", "KubernetesEndpointResolver", "KubernetesServiceResolver"),
    *("Listener", "LogService", "Mapping", "Module", "RateLimitService", "TCPMapping", "TLSContext", "TracingService"),
}
each_kind = pytest.mark.parametrize("kind", OUR_KINDS, ids=lambda kind: kind.kind)


def spec_of(kind: AnyKind) -> dict[str, Any]:
    spec: Any = definition(kind)["spec"]
    return spec


def test_every_kind_that_the_ancestor_had_has_a_crd() -> None:
    assert {kind.kind for kind in OUR_KINDS} >= ANCESTORS


@each_kind
def test_versions_differ_in_name_only_so_that_none_needs_a_webhook(kind: AnyKind) -> None:
    spec = spec_of(kind)
    assert spec["conversion"] == {"strategy": "None", "webhook": None}
    assert len({json.dumps({**one, "name": "", "storage": False}) for one in spec["versions"]}) == 1


@each_kind
def test_every_version_that_objects_may_be_stored_in_is_served(kind: AnyKind) -> None:
    versions = spec_of(kind)["versions"]
    expected = {"v3alpha1"} if kind.kind == "Listener" else {"v1", "v2", "v3alpha1"}
    assert {one["name"] for one in versions if one["served"]} == expected
    assert [one["name"] for one in versions if one["storage"]] == ["v3alpha1"]


@each_kind
def test_statuses_are_written_apart_and_conditions_are_merged_by_type(kind: AnyKind) -> None:
    version = spec_of(kind)["versions"][0]
    assert version["subresources"] == {"status": {}}
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
    assert status["x-kubernetes-preserve-unknown-fields"] is True
    assert status["properties"]["conditions"]["x-kubernetes-list-map-keys"] == ["type"]


@each_kind
def test_kubectl_shows_what_became_of_an_object(kind: AnyKind) -> None:
    columns = spec_of(kind)["versions"][0]["additionalPrinterColumns"]
    assert [one["name"] for one in columns][-3:] == ["State", "Reason", "Age"]
    assert spec_of(kind)["names"]["categories"] == ["ambassador-crds"]


@each_kind
def test_a_crd_fits_into_the_annotation_that_kubectl_apply_keeps_it_in(kind: AnyKind) -> None:
    assert len(json.dumps(definition(kind))) < 262_144 / 2


@each_kind
def test_the_file_says_the_same_as_the_value(kind: AnyKind) -> None:
    assert yaml.safe_load(file_text(kind)) == definition(kind)
    assert (HOME / "k8s" / "base" / "crds" / f"{plural(kind)}.yaml").read_text() == file_text(kind)


def test_the_files_in_k8s_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", HOME / "k8s" / "generate.py")
    assert spec and spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.differing() == [], "make manifests"

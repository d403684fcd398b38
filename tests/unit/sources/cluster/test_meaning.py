"""A Mapping without a host means what it meant to whoever wrote it, in whatever version it is read."""

from typing import Any

import pytest

from ambassador.sources.cluster.meaning import meant_version

V1, V2, V3 = (f"getambassador.io/{version}" for version in ("v1", "v2", "v3alpha1"))


def mapping(*managers: tuple[str, tuple[str, ...]], labelled: str = "", **spec: Any) -> dict[str, Any]:
    """A Mapping whose fields were set by managers, each in a version."""
    fields = [
        {"apiVersion": version, "fieldsV1": {"f:spec": {".": {}, **{f"f:{name}": {} for name in names}}}}
        for version, names in managers
    ]
    labels = [{"apiVersion": labelled, "fieldsV1": {"f:metadata": {"f:labels": {".": {}}}}}] if labelled else []
    return {"metadata": {"managedFields": labels + fields}, "spec": {"prefix": "/", "service": "a", **spec}}


OWN = ("prefix", "service")


@pytest.mark.parametrize("version", [V1, V2])
def test_written_up_to_v2_without_a_host_it_is_for_all_hosts(version: str) -> None:
    assert meant_version("Mapping", V3, mapping((version, OWN))) == version


def test_written_as_v3alpha1_without_a_hostname_it_stays_so() -> None:
    assert meant_version("Mapping", V3, mapping((V3, OWN))) == V3


def test_a_hostname_that_the_ancestors_conversion_left_out_was_for_all_hosts() -> None:
    assert meant_version("Mapping", V3, mapping((V3, (*OWN, "hostname")))) == V2


@pytest.mark.parametrize("spec", [{"hostname": "a.test"}, {"host": "a.test"}])
def test_one_that_names_its_host_means_the_same_in_every_version(spec: dict[str, str]) -> None:
    assert meant_version("Mapping", V3, mapping((V2, (*OWN, *spec)), **spec)) == V3


def test_a_label_set_by_way_of_an_older_version_changes_no_meaning() -> None:
    assert meant_version("Mapping", V3, mapping((V3, OWN), labelled=V2)) == V3


def test_other_kinds_mean_the_same_in_every_version() -> None:
    assert meant_version("Host", V3, mapping((V2, OWN))) == V3


@pytest.mark.parametrize("managed", [None, "text", [None], [{"fieldsV1": None}], [{"fieldsV1": {"f:spec": 5}}]])
def test_without_traces_it_is_what_it_was_read_as(managed: object) -> None:
    assert meant_version("Mapping", V3, {"metadata": {"managedFields": managed}, "spec": {}}) == V3
    assert meant_version("Mapping", V3, {"metadata": {}, "spec": None}) == V3

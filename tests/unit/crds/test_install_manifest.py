"""k8s/ambassador.yaml: complete, least privilege, and in step with the product; tests/cluster applies it for real."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from ambassador.cli import layout, live, manifests
from ambassador.crds.names import OUR_KINDS, plural
from ambassador.sources.cluster.resources import wanted

HOME = Path(__file__).resolve().parents[3]
VERSION = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["version"]
TEXT = (HOME / "k8s" / "ambassador.yaml").read_text()
OBJECTS: list[Any] = list(yaml.safe_load_all(TEXT))
PLURALS = {plural(kind) for kind in OUR_KINDS}

Rules = set[tuple[str, str, str]]


def the(kind: str, name: str = "ambassador", objects: list[Any] = OBJECTS) -> Any:
    (found,) = [one for one in objects if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def allowed(role: Any) -> Rules:
    """(verb, group, resource) for everything that a role allows."""
    return {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def pod() -> Any:
    return the("Deployment")["spec"]["template"]["spec"]


def test_everything_that_an_object_needs_comes_before_it() -> None:
    kinds = [one["kind"] for one in OBJECTS]
    assert kinds[0] == "Namespace"
    assert kinds.index("Deployment") > max(place for place, kind in enumerate(kinds) if "Role" in kind)
    assert Counter(kinds)["CustomResourceDefinition"] == len(OUR_KINDS)
    assert not [kind for kind in kinds if kind in {kind.kind for kind in OUR_KINDS}]


def test_the_role_reads_what_is_served_and_writes_statuses_and_events_only() -> None:
    watched = {(one.group, one.plural) for one in wanted()} | {("networking.k8s.io", "ingressclasses")}
    assert watched >= {("getambassador.io", name) for name in PLURALS}
    reads: Rules = {(verb, group, name) for group, name in watched for verb in ("list", "watch")}
    reads.add(("get", "", "secrets"))
    writes: Rules = {("patch", "getambassador.io", f"{name}/status") for name in PLURALS}
    writes |= {("patch", "networking.k8s.io", "ingresses/status"), ("create", "", "events"), ("patch", "", "events")}
    assert allowed(the("ClusterRole")) == reads | writes


def test_outside_of_statuses_and_events_it_writes_one_lease() -> None:
    create, own = the("Role", "ambassador-lease")["rules"]
    assert (create["resources"], create["verbs"]) == (["leases"], ["create"])
    assert (own["resourceNames"], own["verbs"]) == (["ambassador-status"], ["get", "update"])


def test_no_rule_has_a_wildcard() -> None:
    assert "*" not in "".join(str(one["rules"]) for one in OBJECTS if one["kind"] in ("ClusterRole", "Role"))


def test_the_overlay_for_one_namespace_has_the_same_rules_but_for_what_belongs_to_none() -> None:
    text = (HOME / "k8s" / "overlays" / "single-namespace" / "role.yaml").read_text()
    role = the("Role", objects=list(yaml.safe_load_all(text)))
    no_namespace = {(verb, "networking.k8s.io", "ingressclasses") for verb in ("list", "watch")}
    assert allowed(role) == allowed(the("ClusterRole")) - no_namespace


def test_the_deployment_runs_this_version_with_flags_that_exist() -> None:
    (container,) = pod()["containers"]
    assert container["image"] == f"ambassador:{VERSION}"
    command, *arguments = container["args"]
    context = live.run.make_context(command, arguments)
    assert (command, context.params["drain_timeout"]) == ("run", 30.0)


def test_a_pod_has_time_to_drain_before_it_is_killed() -> None:
    (container,) = pod()["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = int(container["args"][container["args"].index("--drain-timeout") + 1])
    assert pause >= 5
    assert pod()["terminationGracePeriodSeconds"] >= pause + drain + 20


def test_a_pod_may_do_nothing_that_it_does_not_need() -> None:
    (container,) = pod()["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    uid = re.search(r"USER (\d+)", (HOME / "Dockerfile").read_text())
    assert uid and pod()["securityContext"]["runAsUser"] == int(uid[1])
    assert "cpu" not in container["resources"]["limits"]


def test_the_services_reach_the_pods() -> None:
    labels = the("Deployment")["spec"]["template"]["metadata"]["labels"]
    (container,) = pod()["containers"]
    ports = {port["name"] for port in container["ports"]}
    for name in ("ambassador", "ambassador-admin"):
        service = the("Service", name)["spec"]
        assert service["selector"].items() <= labels.items()
        assert {port["targetPort"] for port in service["ports"]} <= ports
    assert [port["port"] for port in the("Service")["spec"]["ports"]] == [80, 443]


def test_the_ingress_class_is_ours_and_not_the_default() -> None:
    ours = the("IngressClass")
    assert ours["spec"] == {"controller": "getambassador.io/ingress-controller"}
    assert "annotations" not in ours["metadata"]


def test_without_the_files_a_command_says_where_they_are_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "INSTALL_MANIFEST", tmp_path / "ambassador.yaml")
    monkeypatch.setattr(layout, "CRDS", tmp_path)
    for command in (manifests.manifest, manifests.crds):
        assert re.match(
            f"(no CRDs in )?{tmp_path}.* checkout or the image$", str(CliRunner().invoke(command).exception)
        )


def test_the_commands_print_the_files_byte_for_byte() -> None:
    assert CliRunner().invoke(manifests.manifest).output == TEXT
    printed = CliRunner().invoke(manifests.crds).output
    assert printed in TEXT
    assert {one["metadata"]["name"] for one in yaml.safe_load_all(printed)} == {
        f"{name}.getambassador.io" for name in PLURALS
    }

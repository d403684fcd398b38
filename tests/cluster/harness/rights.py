"""The manifest's rights, given to a service account of a test with some of them left out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.environment import MANIFEST
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import Json, thing
from tests.cluster.harness.space import Space

RBAC = "rbac.authorization.k8s.io"
ACCOUNT = "tested"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the manifest: its place, and what it allows."""

    role: str
    number: int
    resources: tuple[str, ...]
    verbs: tuple[str, ...]

    def __str__(self) -> str:
        more = f"+{len(self.resources) - 1}" if len(self.resources) > 1 else ""
        return f"{self.resources[0]}{more}:{','.join(self.verbs)}"


def roles() -> dict[str, Json]:
    """The ClusterRole and the Role of the manifest, by kind."""
    objects = [one for one in yaml.safe_load_all(MANIFEST.read_text()) if one]
    return {one["kind"]: one for one in objects if one["kind"] in ("ClusterRole", "Role")}


def rules() -> list[Rule]:
    """All rules, in the manifest's order."""
    return [
        Rule(kind, number, tuple(rule["resources"]), tuple(rule["verbs"]))
        for kind, role in roles().items()
        for number, rule in enumerate(role["rules"])
    ]


def grant(space: Space, without: Rule | None) -> None:
    """A service account in the namespace that has every right of the manifest but one rule."""
    space.create(thing("ServiceAccount", ACCOUNT))
    for kind, role in roles().items():
        left = [
            rule
            for number, rule in enumerate(role["rules"])
            if without is None or (kind, number) != (without.role, without.number)
        ]
        name = space.name if kind == "ClusterRole" else ACCOUNT
        within = "" if kind == "ClusterRole" else f"/namespaces/{space.name}"
        meta = {"name": name}
        reference = {"apiGroup": RBAC, "kind": kind, "name": name}
        subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": space.name}
        common = {"apiVersion": f"{RBAC}/v1", "metadata": meta}
        root = f"/apis/{RBAC}/v1{within}/{kind.lower()}"
        space.api.create(f"{root}s", {**common, "kind": kind, "rules": left})
        binding = {**common, "kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]}
        space.api.create(f"{root}bindings", binding)


def revoke(space: Space) -> None:
    """What stands in no namespace."""
    for kind in ("clusterroles", "clusterrolebindings"):
        space.api.delete(f"/apis/{RBAC}/v1/{kind}/{space.name}")


def kubeconfig(space: Space, folder: Path) -> Path:
    """A kubeconfig that acts as the service account."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = space.api.create(f"/api/v1/namespaces/{space.name}/serviceaccounts/{ACCOUNT}/token", body)
    return write_kubeconfig(folder / "kubeconfig", {"token": answer["status"]["token"]})


def write_kubeconfig(path: Path, user: Json, **cluster: Any) -> Path:
    """The caller's own kubeconfig with another user, and other settings of the cluster if any are given."""
    now: Json = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    for one in now["clusters"]:
        one["cluster"] |= cluster
    if user:
        now["users"] = [{"name": one["name"], "user": user} for one in now["users"]]
    path.write_text(json.dumps(now))
    path.chmod(0o600)
    return path

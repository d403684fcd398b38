"""Which resources are watched: the kinds that we read, in the version that the cluster serves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.kinds import KINDS
from ambassador.kinds.contract import OUR_GROUP, AnyKind
from ambassador.sources.annotations import CARRIERS

CORE = ""
INGRESS_GROUP = "networking.k8s.io"
_NOT_WATCHED = frozenset({"Endpoints"})
_OBSOLETE_GROUPS = frozenset({"extensions"})
# In the order of preference. All versions of our kinds share one schema, so the newest shows every field.
_VERSIONS = {OUR_GROUP: ("v3alpha1", "v2", "v1")}
_STABLE = ("v1",)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the API server, as a path needs it."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def name(self) -> str:
        """As `kubectl` and RBAC rules spell it, and as a CRD is named: `mappings.getambassador.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "") -> str:
        """The collection, that of one namespace, or one object."""
        start = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{start}{within}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind that we want to watch. `expected`: an installation that lacks it lacks something."""

    kind: str
    group: str
    versions: tuple[str, ...]
    expected: bool

    @property
    def plural(self) -> str:
        """A guess, for the core group and for clusters whose discovery cannot be read."""
        lower = self.kind.lower()
        return f"{lower}es" if lower.endswith("s") else f"{lower}s"

    def guess(self) -> Resource:
        """The resource as it most probably is."""
        namespaced = self.kind not in ("IngressClass", "GatewayClass", "Namespace")
        return Resource(self.group, self.versions[0], self.plural, self.kind, namespaced)


def wanted(kinds: Iterable[AnyKind] = KINDS) -> tuple[Wanted, ...]:
    """Kinds to watch: what is served, what is ours (so that it can say why it is not), and what carries annotations."""
    return tuple(_wanted(kinds))


def _wanted(kinds: Iterable[AnyKind]) -> Iterator[Wanted]:
    for spec in kinds:
        groups = [group for group in spec.groups if group not in _OBSOLETE_GROUPS]
        if spec.kind in _NOT_WATCHED or not groups:
            continue
        group = groups[0]
        if spec.built or group == OUR_GROUP or spec.kind in CARRIERS:
            yield Wanted(spec.kind, group, _VERSIONS.get(group, _STABLE), spec.built)


def served(found: Mapping[str, Mapping[str, Mapping[str, Resource]]], kinds: Iterable[Wanted]) -> dict[str, Resource]:
    """Of what the cluster serves (group → version → kind), the resource to watch for each kind; absent ones are not."""
    result: dict[str, Resource] = {}
    for one in kinds:
        if one.group == CORE:
            result[one.kind] = one.guess()
            continue
        versions = found.get(one.group, {})
        offered = (versions[version][one.kind] for version in one.versions if one.kind in versions.get(version, {}))
        resource = next(offered, None)
        if resource is not None:
            result[one.kind] = resource
    return result


def aggregated(document: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Resource]]]:
    """An APIGroupDiscoveryList as group → version → kind → resource."""
    return {
        group["metadata"]["name"]: {
            version["version"]: {
                one["responseKind"]["kind"]: Resource(
                    group["metadata"]["name"],
                    version["version"],
                    one["resource"],
                    one["responseKind"]["kind"],
                    one.get("scope") != "Cluster",
                )
                for one in version.get("resources") or ()
                if "watch" in (one.get("verbs") or ())
            }
            for version in group.get("versions") or ()
        }
        for group in document.get("items") or ()
    }


def of_version(group: str, version: str, document: Mapping[str, Any]) -> dict[str, Resource]:
    """An APIResourceList (older clusters give one a group and version) as kind → resource."""
    return {
        one["kind"]: Resource(group, version, one["name"], one["kind"], bool(one.get("namespaced", True)))
        for one in document.get("resources") or ()
        if "/" not in one["name"]
    }

"""What one configuration has that another has not, in a form that is short enough to read.

Lists of named things are compared by name. Digests in names of clusters are left out: they say nothing to a reader
and change with every new feature.
"""

from __future__ import annotations

import re
from typing import Any

from ambassador.watcher.dump import static_configuration
from ambassador.wire.resource import EnvoyResources

GONE = "(gone)"
_DIGEST = re.compile(r"-[0-9a-f]{12}\b")
_ALIKE = ("listeners", "filter_chains", "route_configurations", "virtual_hosts", "clusters")
# References to our own ADS stream, the same everywhere.
_SOURCES = ("sds_config", "eds_config", "config_source")


def readable_form(resources: EnvoyResources) -> dict[str, Any]:
    """Envoy's configuration, by name. Secrets are there by name only."""
    whole = static_configuration(resources, show_secrets=False)
    names = _plain_names([cluster["name"] for cluster in whole["clusters"]])
    form = {kind: _by_name(_renamed(part, names)) for kind, part in whole.items() if kind != "secrets"}
    secrets = {one["name"]: sorted(one.keys() - {"name"})[0] for one in whole["secrets"]}
    return {**form, "secrets": secrets}


def _plain_names(names: list[str]) -> dict[str, str]:
    """Names of clusters without digests; clusters that then have one name are numbered."""
    found: dict[str, str] = {}
    for name in names:
        plain = _DIGEST.sub("", name)
        taken = sum(_DIGEST.sub("", other) == plain for other in found)
        found[name] = f"{plain} #{taken + 1}" if taken else plain
    return found


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    if value.startswith("type.googleapis.com/"):
        return value.rpartition(".")[2]
    return names.get(value, value)


def _by_name(value: Any) -> Any:
    """Lists of things that have different names become objects."""
    if isinstance(value, dict):
        if "socket_address" in value:
            return f"{value['socket_address']['address']}:{value['socket_address']['port_value']}"
        if list(value) in (["regex"], ["inline_string"]):
            return str(*value.values()).strip()
        return {key: _by_name(one) for key, one in value.items() if key not in _SOURCES}
    if not isinstance(value, list):
        return value
    names = [_name_of(one) for one in value]
    if value and all(names) and len(set(names)) == len(names):
        return {name: _by_name(_nameless(one)) for name, one in zip(names, value, strict=True)}
    return [_by_name(one) for one in value]


def _name_of(one: Any) -> str:
    name = one.get("name") or one.get("cluster_name") if isinstance(one, dict) else ""
    return str(name or "")


def _nameless(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in ("name", "cluster_name")}


def differences(base: Any, other: Any, kind: str = "") -> Any:
    """What is different in `other`; None when nothing is.

    An added listener, chain, table or virtual host is shown by what it has that one of the base's has not.
    """
    if base == other and (not isinstance(base, dict) or list(base) == list(other)):
        return None
    if not (isinstance(base, dict) and isinstance(other, dict)):
        return other
    found = {key: GONE for key in base if key not in other}
    for key, value in other.items():
        changed = _added(base, value, kind) if key not in base else differences(base[key], value, key)
        if changed is not None:
            found[key] = changed
    moved = [key for key in other if key in base] != [key for key in base if key in other]
    if not found or moved or (kind == "routes" and len(other) > 1 and list(base) != list(other)):
        found["(order)"] = list(other)
    return found


def _added(base: dict[str, Any], value: Any, kind: str) -> Any:
    if kind not in _ALIKE or not base:
        return value
    # Virtual hosts with a certificate and without one, of Mappings and of Ingresses, have little in common.
    like = list(base) if kind == "virtual_hosts" else list(base)[:1]
    first = min(like, key=lambda name: len(repr(differences(base[name], value))))
    return {"(like)": first, **(differences(base[first], value) or {})}

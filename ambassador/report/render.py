"""A revision as JSON-able values (contract: JSON shapes). Pure; secrets have no way in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from weakref import ReferenceType, ref

from ambassador.compile.pipeline import Compiled
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import Listener
from ambassador.ir.verdict import State
from ambassador.ir.virtual_host import Layout
from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.origins import Origins
from ambassador.model.problems import Problem, Severity, dotted
from ambassador.report.envoy_words import in_short
from ambassador.report.revision import Revision

Json = dict[str, Any]

DEFAULT_HOST: Json = {"kind": "Host", "namespace": "", "name": "default", "origin": "built in"}


def source(key: ObjectKey, origins: Origins) -> Json:
    """Where an object is."""
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name, "origin": str(origins.of(key))}


def problem(one: Problem, origins: Origins) -> Json:
    """One problem with its line, which is joined only here."""
    line = one.line if one.line is not None else origins.line(one.source, one.path)
    where = source(one.source, origins)
    if one.source.kind == "File":
        where["origin"] = f"{one.source.name}:{one.line or 1}"
    return {
        "severity": one.severity.value,
        "reason": one.reason.value,
        "message": one.message,
        "path": dotted(one.path),
        "line": line,
        "source": where,
    }


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is counted by looking at everything: done once for one compile, which it does not keep alive."""

    compiled: ReferenceType[Compiled]
    beside: tuple[Problem, ...]
    errors: int
    warnings: int
    routes: int
    hosts: int
    layout: Layout


def amounts(revision: Revision, known: Amounts | None = None) -> Amounts:
    """Counts of a revision; `known` if it is of the same one."""
    beside = (*revision.config.problems, *revision.extra)
    if known is not None and known.compiled() is revision.compiled and known.beside == beside:
        return known
    found = revision.problems()
    errors = sum(one.severity is Severity.ERROR for one in found)
    gateway = revision.compiled.gateway
    routes = sum(_size(gateway, one) for one in gateway.listeners)
    hosts = sum(len(host.domains) for table in gateway.route_tables.values() for host in table.virtual_hosts)
    return Amounts(ref(revision.compiled), beside, errors, len(found) - errors, routes, hosts, gateway.layout)


def overview(revision: Revision, version: str, uptime_seconds: float, counted: Amounts | None = None) -> Json:
    """The state at a glance. `counted`: its amounts, if they are known."""
    found = counted or amounts(revision)
    gateway = revision.compiled.gateway
    return {
        "version": version,
        "revision": revision.number,
        "uptime_seconds": round(uptime_seconds, 1),
        "diagnostics": diagnostics(revision),
        "counts": {
            "objects": len(revision.config.objects),
            "listeners": len(gateway.listeners),
            "hosts": found.hosts,
            "routes": found.routes,
            "clusters": len(gateway.clusters),
            "errors": found.errors,
            "warnings": found.warnings,
        },
        "layout": asdict(found.layout),
        "listeners": [listener(one) for one in gateway.listeners],
        "envoy": _envoy(revision),
        "sources": [_source_state(one) for one in revision.config.sources],
        "timings": {
            "compile_ms": revision.timings.compile_ms,
            "acknowledged_ms": revision.timings.acknowledged_ms,
        },
    }


def _size(gateway: Gateway, one: Listener) -> int:
    """Rows of a listener in the routing table."""
    names = dict.fromkeys(chain.route_table for chain in one.chains)
    tables = [gateway.route_tables[name] for name in names if name in gateway.route_tables]
    return sum(host.size for table in tables for host in table.virtual_hosts)


def listener(one: Listener) -> Json:
    """Where Envoy listens."""
    identity = one.identity
    return {"name": one.label, "address": identity.address, "port": identity.port, "protocol": one.protocol}


def diagnostics(revision: Revision) -> Json:
    shown = revision.compiled.diagnostics
    return {"enabled": shown.enabled, "allow_non_local": shown.allow_non_local}


def _envoy(revision: Revision) -> Json:
    ledger = revision.ledger
    nacks = [
        {
            "type": nack.kind.name.lower(),
            "names": sorted(nack.mentioned or nack.names)[:20],
            "message": in_short(nack.message),
            "revision": nack.revision,
        }
        for nack in ledger.nacks
    ]
    return {
        "connected": revision.connected,
        "acknowledged_revision": ledger.acknowledged or None,
        "acknowledged": revision.acknowledged,
        "nacks": nacks,
        "inactive_clusters": sorted(ledger.inactive),
    }


def _source_state(one: SourceState) -> Json:
    return {
        "name": one.name,
        "kind": one.kind,
        "complete": one.complete,
        "stale": one.stale,
        "message": one.message,
    }


def one_object(revision: Revision, key: ObjectKey, found: list[Problem]) -> Json:
    """What became of one object, with the problems that were found on it."""
    report = revision.report(key)
    origins = revision.config.origins
    errors = [one for one in found if one.severity is Severity.ERROR]
    used = report.state in (State.ACCEPTED, State.PARTIAL)
    why = report.why or (errors[0].message if errors else "")
    # What was compiled is an older form of this object; of the newest one nothing is in use.
    outdated = any(one.source == key for one in revision.extra)
    return {
        "source": source(key, origins),
        "state": State.PARTIAL.value if outdated and used else report.state.value,
        "programmed": used and revision.acknowledged and not outdated,
        "why": why,
        "parents": list(_parents(report.parents, used, report.resolved_references, why)),
        "routes": list(report.routes),
        "problems": [problem(one, origins) for one in found],
    }


def _parents(parents: Iterable[ObjectKey | None], used: bool, resolved: bool, why: str) -> Iterable[Json]:
    for parent in parents:
        name = (
            DEFAULT_HOST
            if parent is None
            else {"kind": parent.kind, "namespace": parent.namespace, "name": parent.name}
        )
        yield {"parent": name, "accepted": used, "resolved_refs": resolved, "reason": "Accepted" if used else why}

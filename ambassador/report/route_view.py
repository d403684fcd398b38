"""The routing table for people: flat, in evaluation order, searchable; rendered one window at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ambassador.compile.assemble import summaries
from ambassador.features.rewrite import Rewrite
from ambassador.ir.cluster import DnsName
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import FilterChain, Listener
from ambassador.ir.route import DirectResponse, Forward, Redirect, Route, Scheme, ValueMatch
from ambassador.ir.virtual_host import Domain
from ambassador.model.origins import Origins
from ambassador.model.sensitive import shown, without_credentials
from ambassador.report.render import DEFAULT_HOST, Json, source
from ambassador.report.render import listener as render_listener
from ambassador.report.revision import Revision


@dataclass(frozen=True, slots=True)
class Row:
    """One route under one host of one listener. `order` counts from 0 within the host."""

    listener: Listener
    chain: FilterChain | None
    domain: Domain
    order: int
    route: Route


@dataclass(frozen=True, slots=True)
class Section:
    """One host of one listener. Hosts that share their routes share the tuple."""

    listener: Listener
    chain: FilterChain | None
    domain: Domain
    routes: tuple[Route, ...]

    def row(self, order: int) -> Row:
        return Row(self.listener, self.chain, self.domain, order, self.routes[order])


@dataclass(frozen=True, slots=True)
class RouteView:
    """The table of a revision, section by section. Rows are made only when they are shown: 1,000 hosts that share
    1,000 routes are a million of them."""

    revision: Revision
    sections: tuple[Section, ...]


def route_view(revision: Revision) -> RouteView:
    """The table of a revision, in the order in which Envoy evaluates it."""
    return RouteView(revision, tuple(_sections(revision.compiled.gateway)))


def _sections(gateway: Gateway) -> Iterator[Section]:
    for listener in gateway.listeners:
        chains = {
            name: chain for chain in listener.chains for name in chain.server_names or ("",) if chain.certificates
        }
        tables = [gateway.route_tables.get(name) for name in dict.fromkeys(one.route_table for one in listener.chains)]
        for host in (host for table in tables if table for host in table.virtual_hosts):
            routes = host.routes
            for domain in host.domains:
                yield Section(listener, _chain_of(chains, domain.pattern), domain, routes)


def _chain_of(chains: Mapping[str, FilterChain], name: str) -> FilterChain | None:
    """The chain that TLS connections for a name get: its own, that of the longest wildcard, else that for any name."""
    labels = name.split(".")
    wider = (f"*.{'.'.join(labels[number:])}" for number in range(1, len(labels)))
    return next((chains[one] for one in (name, *wider, "") if one in chains), None)


def window(view: RouteView, q: str, host: str, limit: int | None, offset: int) -> Json:
    """Rows that match a search (words that all occur) and a host, as contract JSON."""
    search = _Search(view.revision.config.origins, tuple(q.lower().split()))
    shown: list[Row] = []
    total = 0
    for section in view.sections:
        if host and section.domain.pattern != host.lower():
            continue
        found = search.orders(section)
        first = max(offset - total, 0)
        last = len(found) if limit is None else min(max(offset + limit - total, 0), len(found))
        shown += [section.row(order) for order in found[first:last]]
        total += len(found)
    return {"revision": view.revision.number, "total": total, "listeners": _grouped(shown, view.revision)}


@dataclass(frozen=True, slots=True)
class _Search:
    """One search. What it finds in shared routes is looked for once, whatever number of hosts share them."""

    origins: Origins
    words: tuple[str, ...]
    known: dict[tuple[int, tuple[str, ...]], Sequence[int]] = field(default_factory=dict)

    def orders(self, section: Section) -> Sequence[int]:
        """Places of matching routes within a section."""
        left = tuple(word for word in self.words if word not in section.domain.pattern)
        if not left:
            return range(len(section.routes))
        place = (id(section.routes), left)
        if place not in self.known:
            self.known[place] = [order for order, route in enumerate(section.routes) if self._has(route, left)]
        return self.known[place]

    def _has(self, route: Route, words: tuple[str, ...]) -> bool:
        text = _searchable(route).lower()
        if all(word in text for word in words):
            return True
        # Files are looked up only for routes that the rest did not settle.
        return route.source is not None and all(
            word in f"{text} {self.origins.of(route.source)}".lower() for word in words
        )


def _searchable(route: Route) -> str:
    action = route.action
    texts = [route.name, route.match.path.value, *(one.name for one in route.match.headers)]
    if isinstance(action, Forward):
        texts.append(action.service)
    if route.match.method:
        texts.append(route.match.method.value)
    if route.source:
        texts.append(str(route.source))
    return " ".join(texts)


def _grouped(rows: Iterable[Row], revision: Revision) -> list[Json]:
    listeners: dict[str, Json] = {}
    hosts: dict[tuple[str, str], Json] = {}
    for row in rows:
        listener = listeners.setdefault(row.listener.name, {**render_listener(row.listener), "hosts": []})
        place = (row.listener.name, row.domain.pattern)
        host = hosts.get(place)
        if host is None:
            host = hosts[place] = _host(row, revision.config.origins)
            listener["hosts"].append(host)
        host["routes"].append(_route(row, revision))
    return list(listeners.values())


def _host(row: Row, origins: Origins) -> Json:
    chain = row.chain
    secrets = list(chain.certificates) if chain else []
    tls = {"secret": secrets[0], "features": _features(chain)} if chain and secrets else None
    found = source(row.domain.host, origins) if row.domain.host else DEFAULT_HOST
    return {"hostname": row.domain.pattern, "tls": tls, "source": found, "routes": []}


def _features(chain: FilterChain) -> list[Json]:
    return [{"name": name, "summary": text} for name, text in summaries(chain.tls) if text]


def _route(row: Row, revision: Revision) -> Json:
    route = row.route
    origins = revision.config.origins
    key = route.source or row.domain.host
    features = [{"name": name, "summary": text} for name, text in summaries(route.features) if text]
    return {
        "name": route.name,
        "order": row.order,
        "match": _match(route),
        "backends": _backends(route, revision.compiled.gateway),
        "share": route.share.percent if route.share else 100,
        "group": _group(route) if route.share else None,
        "rewrite": _rewrite(route),
        "features": features,
        "filters": [one["name"] for one in features if one["name"] == "cors"],
        "source": source(key, origins) if key else DEFAULT_HOST,
        **_action(route),
    }


def _match(route: Route) -> Json:
    match = route.match
    headers = [_value(one) for one in match.headers]
    if route.scheme is not Scheme.ANY:
        headers.append({"name": "x-forwarded-proto", "type": route.scheme.value, "value": "https"})
    if match.authority:
        headers.append({"name": ":authority", "type": "regex", "value": match.authority})
    path: Json = {"type": match.path.kind.value, "value": match.path.value}
    if not match.path.case_sensitive:
        path["case_sensitive"] = False
    methods = [match.method.value] if match.method else []
    return {"path": path, "methods": methods, "headers": headers, "query": [_value(one) for one in match.query]}


def _value(one: ValueMatch) -> Json:
    return {"name": one.name, "type": one.kind.value, "value": shown(one.name, one.value)}


def _backends(route: Route, gateway: Gateway) -> list[Json]:
    if not isinstance(route.action, Forward):
        return []
    cluster = gateway.clusters.get(route.action.cluster)
    endpoints: int | None = None
    if cluster and not isinstance(cluster.backend, DnsName):
        assignment = gateway.assignments.get(cluster.backend.name)
        endpoints = len(assignment.endpoints) if assignment else 0
    weight = route.share.percent if route.share else 100
    return [
        {"cluster": route.action.cluster, "service": route.action.service, "weight": weight, "endpoints": endpoints}
    ]


def _group(route: Route) -> str:
    """What the members of a canary group have in common, as a name for it."""
    match = route.match
    return f"{match.hostname or '*'}{match.path.value}"


def _rewrite(route: Route) -> Json | None:
    rewrite = route.features.get(Rewrite)
    if rewrite is None:
        return None
    regex = rewrite.regex
    return {
        "prefix": rewrite.prefix,
        "regex": {"pattern": regex.pattern, "substitution": regex.substitution} if regex else None,
        "host": rewrite.host or ("upstream's name" if rewrite.auto_host else None),
    }


def _action(route: Route) -> dict[str, Any]:
    action = route.action
    if isinstance(action, Redirect):
        scheme = "https" if action.https else None
        redirect = {
            "code": action.code,
            "host": action.host or None,
            "scheme": scheme,
            "path": without_credentials(action.path_value) or None,
        }
        return {"action": "redirect", "redirect": redirect}
    if isinstance(action, DirectResponse):
        return {"action": "respond", "status": action.status}
    return {"action": "forward"}

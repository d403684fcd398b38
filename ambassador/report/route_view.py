"""The routing table for people: flat, in evaluation order, searchable; rendered one window at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ambassador.compile.assemble import summaries
from ambassador.features.rewrite import Rewrite
from ambassador.ir.cluster import DnsName
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import FilterChain, Listener
from ambassador.ir.route import DirectResponse, Forward, Redirect, Route, Scheme, ValueMatch
from ambassador.ir.virtual_host import Domain
from ambassador.model.origins import Origins
from ambassador.model.sensitive import shown, without_credentials
from ambassador.report.pieces import listed
from ambassador.report.render import DEFAULT_HOST, Json, source
from ambassador.report.render import listener as render_listener
from ambassador.report.revision import Revision
from ambassador.report.route_search import Search, Texts


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


_MOST_SEARCHES = 8
_Places = tuple[Section, Sequence[int]]


@dataclass(frozen=True, slots=True)
class RouteView:
    """The table of a revision, section by section. Rows are made only when they are shown: 1,000 hosts that share
    1,000 routes are a million of them."""

    revision: Revision
    sections: tuple[Section, ...]
    texts: Texts = field(default_factory=Texts)
    searches: dict[tuple[str, ...], Search] = field(default_factory=dict)

    def search(self, words: tuple[str, ...]) -> Search:
        """Who looks on, or asks for the traffic of what he sees, searches for the same again."""
        known = self.searches.get(words)
        if known is not None:
            return known
        if len(self.searches) >= _MOST_SEARCHES:
            self.searches.clear()
        made = self.searches[words] = Search(self.revision.config.origins, self.texts, words)
        return made


def route_view(revision: Revision, earlier: RouteView | None = None) -> RouteView:
    """The table of a revision, in the order in which Envoy evaluates it. What `earlier` has of it is taken over."""
    if earlier is None:
        return RouteView(revision, tuple(_sections(revision.compiled.gateway)))
    if earlier.revision.compiled.gateway is revision.compiled.gateway:
        # Looked at again, a revision is another value: what Envoy said of it has been put in.
        same = earlier.revision.number == revision.number and earlier.revision.config is revision.config
        return earlier if same else RouteView(revision, earlier.sections, earlier.texts)
    return RouteView(revision, tuple(_sections(revision.compiled.gateway)), earlier.texts.next())


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
    return rendered(search(view, q, host, limit, offset), view.revision)


def rendered(found: Found, revision: Revision) -> Json:
    """Rows as contract JSON."""
    return {"revision": revision.number, "total": found.total, "listeners": _grouped(found.rows(), revision)}


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows match, and where those of the window are."""

    total: int
    places: tuple[_Places, ...]

    @property
    def size(self) -> int:
        return sum(len(orders) for _, orders in self.places)

    def rows(self) -> Iterator[Row]:
        return (section.row(order) for section, orders in self.places for order in orders)


def search(view: RouteView, q: str, host: str, limit: int | None, offset: int) -> Found:
    """The rows of a window."""
    asked = view.search(tuple(q.lower().split()))
    places: list[_Places] = []
    total = 0
    for section in view.sections:
        if host and section.domain.pattern != host.lower():
            continue
        orders = asked.orders(section.domain.pattern, section.routes)
        first = max(offset - total, 0)
        last = len(orders) if limit is None else min(max(offset + limit - total, 0), len(orders))
        if first < last:
            places.append((section, orders[first:last]))
        total += len(orders)
    return Found(total, tuple(places))


def whole(found: Found, revision: Revision) -> Iterator[bytes]:
    """The same JSON in pieces."""
    listeners: dict[str, dict[str, list[_Places]]] = {}
    for section, orders in found.places:
        hosts = listeners.setdefault(section.listener.name, {})
        hosts.setdefault(section.domain.pattern, []).append((section, orders))
    head = {"revision": revision.number, "total": found.total}
    yield from listed(head, "listeners", (_whole_listener(hosts, revision) for hosts in listeners.values()))


def _whole_listener(hosts: Mapping[str, list[_Places]], revision: Revision) -> Iterator[bytes]:
    section = next(iter(hosts.values()))[0][0]
    return listed(render_listener(section.listener), "hosts", (_whole_host(one, revision) for one in hosts.values()))


def _whole_host(found: list[_Places], revision: Revision) -> Iterator[bytes]:
    section, orders = found[0]
    head = _host(section.row(orders[0]), revision.config.origins)
    rows = (section.row(order) for section, orders in found for order in orders)
    return listed(head, "routes", ((orjson.dumps(_route(row, revision)),) for row in rows))


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

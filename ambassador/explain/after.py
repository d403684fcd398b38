"""What happens to a request after its route took it: where it is sent, or what Envoy answers, and what acts on it.

Sources: Envoy's RouteEntryImplBase::finalizeRequestHeaders, Http::Utility::newUri, Cors::onPreflight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ambassador.explain.matching import short
from ambassador.explain.seen import Seen, without_port
from ambassador.features import FEATURES
from ambassador.features.cors import CrossOrigin, allows
from ambassador.features.patterns import substituted
from ambassador.features.rewrite import Rewrite
from ambassador.features.upgrades import Upgrades
from ambassador.ir.cluster import Cluster, DnsName
from ambassador.ir.features import FeatureBag
from ambassador.ir.listener import Listener
from ambassador.ir.route import Forward, PathKind, Redirect, RedirectPath, Route

_DEFAULT_PORT = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Sent:
    """Path (with query) and Host header that the backend gets."""

    path: str
    host: str


def sent(route: Route, seen: Seen, cluster: Cluster | None) -> Sent:
    """What the backend gets."""
    rewrite = route.features.get(Rewrite)
    path = seen.path + seen.query_text
    if rewrite is None:
        return Sent(path, seen.authority)
    if rewrite.regex:
        path = substituted(rewrite.regex.pattern, rewrite.regex.substitution, seen.path) + seen.query_text
    elif rewrite.prefix is not None:
        path = _replaced(route, seen, rewrite.prefix)
    by_name = cluster.backend.hostname if rewrite.auto_host and cluster and isinstance(cluster.backend, DnsName) else ""
    return Sent(path, rewrite.host or by_name or seen.authority)


def _replaced(route: Route, seen: Seen, text: str) -> str:
    """The matched part of the path replaced: of a pattern all of it, else the prefix."""
    matched = seen.path if route.match.path.kind is PathKind.REGEX else route.match.path.value
    return text + seen.path[len(matched) :] + seen.query_text


def location(route: Route, redirect: Redirect, seen: Seen) -> str:
    """The Location header of a redirect."""
    protocol = seen.header("x-forwarded-proto")
    scheme = "https" if redirect.https else seen.header(":scheme")
    port = f":{redirect.port}" if redirect.port else ""
    host = redirect.host or _own_host(seen.authority, scheme, protocol, port)
    return f"{scheme}://{host}{port}{_redirected_path(route, redirect, seen)}"


def _own_host(authority: str, scheme: str, protocol: str, port: str) -> str:
    """The request's host; its port goes where another one is named or the scheme's default changes. Envoy compares the
    schemes with case, but not where it looks for the default port of one (Utility::newUri, processRequestHost)."""
    host = without_port(authority) if not authority.startswith("[") else _without_port_of_v6(authority)
    given = authority[len(host) :]
    default = scheme != protocol and given == _DEFAULT_PORT.get(protocol.lower())
    return host if port or default else authority


def _without_port_of_v6(authority: str) -> str:
    host, end, _ = authority.rpartition("]:")
    return f"{host}]" if end else authority


def _redirected_path(route: Route, redirect: Redirect, seen: Seen) -> str:
    kind = redirect.path
    if kind is RedirectPath.REPLACE:
        return redirect.path_value if "?" in redirect.path_value else redirect.path_value + seen.query_text
    if kind is RedirectPath.REPLACE_PREFIX:
        return _replaced(route, seen, redirect.path_value)
    if kind is RedirectPath.REGEX:
        return substituted(redirect.path_pattern, redirect.path_value, seen.path) + seen.query_text
    return seen.path + seen.query_text


def refused_upgrade(route: Route, seen: Seen) -> bool:
    """Whether Envoy answers 403, since the client asks for a protocol that the route does not let through."""
    allowed = route.features.get(Upgrades) if isinstance(route.action, Forward) else None
    return bool(seen.upgrade) and (allowed is None or seen.upgrade not in allowed.kinds)


def is_preflight(route: Route, seen: Seen) -> bool:
    """Whether the CORS filter answers by itself: a preflight request of an origin that may ask."""
    cors = route.features.get(CrossOrigin)
    if cors is None or seen.method != "OPTIONS" or not seen.header("access-control-request-method"):
        return False
    asking = seen.header("origin")
    return bool(asking) and any(allows(origin, asking) for origin in cors.origins)


def acts(listener: Listener, route: Route, cluster: Cluster | None) -> tuple[str, ...]:
    """The features that act on a request, in the order in which they do, one sentence each."""
    bags = (listener.features, route.features, *((cluster.features,) if cluster else ()))
    return tuple(sentence for bag in bags for sentence in _sentences(bag))


def _sentences(bag: FeatureBag) -> Iterator[str]:
    for feature in FEATURES:
        config = bag.get(feature.config)
        # What every listener does is no news.
        usual = config is None or config == feature.defaults.get("Listener")
        summary = "" if usual else feature.summary(config)
        if summary:
            yield f"{feature.name[0].upper()}{feature.name[1:]}: {short(summary)}."

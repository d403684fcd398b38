"""Requests that may reach a route, made from its match. Whether one does is the evaluator's to say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from ambassador.explain.asking.question import BadRequest, Question
from ambassador.explain.asking.understand import understand
from ambassador.explain.examples.specimen import specimens
from ambassador.explain.request import DEFAULT_PORTS, Request
from ambassador.features.patterns import full_match
from ambassador.features.single_headers import occurs_once
from ambassador.ir.listener import Listener
from ambassador.ir.route import PathKind, PathMatch, Route, RouteMatch, Scheme, ValueKind, ValueMatch
from ambassador.ir.virtual_host import Domain
from ambassador.model.values import covers_host, split_port

# As it can be sent: no fragment, nothing that has to be percent-encoded.
_TARGET = re.compile(r"/[!\"$-~]*")
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_ANY_VALUE = "1"
_HERE = "localhost"
_AUTHORITY = (":authority", "host")
_FEW = 3


def requests_for(listener: Listener, domain: Domain, route: Route) -> Iterator[Request]:
    """Requests that may reach a route at a host of a listener, the most telling first; not very many."""
    conditions = _values(route.match)
    if conditions is None:
        return
    method, headers, query = conditions
    port = str(listener.identity.port)
    ways = tuple(_ways(listener, route.scheme))
    # A URL that names the port: of this machine it can be asked as it is.
    ported = tuple(sorted(ways, key=lambda way: way.port is None))
    names = _authorities(domain.pattern, route.match, port)
    places = [(name, way) for name in names for way in (ported if name == _HERE or name.endswith(f":{port}") else ways)]
    for path, (name, way) in product(_paths(route.match.path), places):
        target = f"{path}?{query}" if query else path
        question = _question(way, name, target, Question("", method, (*headers, *way.headers)))
        request = _sent(question) if _TARGET.fullmatch(target) else None
        if request is not None:
            yield request


def path_examples(path: PathMatch) -> tuple[str, ...]:
    """Paths that a match takes, the plainest first."""
    return _paths(path)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a listener is reached: by which port (None: the scheme's), and by which name if not by the request's."""

    scheme: str
    port: int | None
    server_name: str = ""
    headers: tuple[str, ...] = ()


def _question(way: _Way, name: str, target: str, base: Question) -> Question:
    """As one would type it: the Host header only where the URL does not say it."""
    host, port = split_port(name)
    url_host = way.server_name or host
    url_port = "" if way.port is None else f":{way.port}"
    lines = base.headers
    if way.server_name or port not in ("", str(way.port)):
        lines = (*lines, f"host: {name}")
    return replace(base, url=f"{way.scheme}://{url_host}{url_port}{target}", headers=lines)


def _sent(question: Question) -> Request | None:
    """The request that a client sends for a question; None when it can't be asked."""
    try:
        return understand(question)
    except BadRequest:
        return None


def _ways(listener: Listener, scheme: Scheme) -> Iterator[_Way]:
    """The plain ways first; then what only a proxy in front would do; last, names of other certificates."""
    secure = [chain for chain in listener.chains if chain.certificates]
    schemes = ["https"] * bool(secure) + ["http"] * (len(secure) < len(listener.chains))
    if scheme is Scheme.INSECURE:
        schemes.reverse()
    ways = [_Way(one, port) for one in schemes for port in _ports(one, listener.identity.port)]
    yield from ways
    # A proxy that the listener trusts may say so, where it ends TLS itself.
    wanted = "http" if scheme is Scheme.INSECURE else "https"
    said = (f"x-forwarded-proto: {wanted}",)
    yield from (_Way(way.scheme, way.port, headers=said) for way in ways if way.scheme != wanted)
    shown = [name for chain in secure for name in chain.server_names][:_FEW]
    for name in shown:
        yield _Way("https", _ports("https", listener.identity.port)[-1], _names(name)[0])


def _ports(scheme: str, port: int) -> tuple[int | None, ...]:
    return (None,) if DEFAULT_PORTS[scheme] == port else (None, port)


def _names(pattern: str) -> tuple[str, ...]:
    """Hosts of a pattern without a port."""
    if pattern == "*":
        return (_HERE, "www.example.com", "any.example.org")
    if pattern.startswith("*"):
        return tuple(f"{start}{pattern[1:]}" for start in ("www", "any", "a.b"))
    if pattern.endswith("*"):
        return tuple(f"{pattern[:-1]}{end}" for end in ("com", "example.org", "a"))
    return (pattern,)


def _authorities(pattern: str, match: RouteMatch, port: str) -> tuple[str, ...]:
    """Host headers for a domain, some with a port, that fulfil what a match asks of the Host header."""
    asked = [one for one in match.headers if one.name in _AUTHORITY and one.kind is not ValueKind.PRESENT]
    if match.authority:
        asked.append(ValueMatch(":authority", ValueKind.REGEX, match.authority))
    if not asked:
        return _names(pattern)
    texts = [split_port(text) for one in asked for text in _texts(one)]
    hosts = dict.fromkeys((*_names(pattern), *(host for host, _ in texts if host and covers_host(pattern, host))))
    ports = dict.fromkeys(("", port, *(number for _, number in texts)))
    made = (f"{host}:{number}" if number else host for number in ports for host in hosts)
    return tuple(name for name in made if all(_fits(one, name) for one in asked))[:_FEW]


def _paths(path: PathMatch) -> tuple[str, ...]:
    """Paths of a match: itself, and below it."""
    match path.kind:
        case PathKind.EXACT:
            return (path.value,)
        case PathKind.PREFIX:
            return (path.value, f"{path.value}example", f"{path.value}/example")
        case PathKind.SEGMENT_PREFIX:
            return (path.value, f"{path.value}/example", f"{path.value}/a/b")
    return specimens(path.value, "/")


def _values(match: RouteMatch) -> tuple[str, tuple[str, ...], str] | None:
    """Method, headers and query that a match asks for; None when they contradict each other."""
    methods = [match.method] if match.method else []
    methods += [one for one in match.headers if one.name == ":method"]
    method = _value(methods, _METHODS) if methods else "GET"
    plain = [one for one in match.headers if not one.name.startswith(":") and one.name not in _AUTHORITY]
    headers = [(name, value) for name, found in _by_name(plain) for value in _line_values(name, found)]
    query = [(name, _value(found)) for name, found in _by_name(match.query)]
    found_all = (method, *(value for _, value in (*headers, *query)))
    if any(value is None for value in found_all) or any("&" in (value or "") for _, value in query):
        return None
    lines = tuple(f"{name}: {value}" if value else f"{name};" for name, value in headers)
    return method or "GET", lines, "&".join(f"{name}={value}" for name, value in query)


def _by_name(matches: Iterable[ValueMatch]) -> Iterable[tuple[str, list[ValueMatch]]]:
    found: dict[str, list[ValueMatch]] = {}
    for one in matches:
        found.setdefault(one.name, []).append(one)
    return found.items()


def _line_values(name: str, conditions: list[ValueMatch]) -> tuple[str | None, ...]:
    """One text for all conditions on a header. Where there is none a line for each, if it may be repeated."""
    value = _value(conditions)
    if value is not None or occurs_once(name):
        return (value,)
    return tuple(dict.fromkeys(_value([one]) for one in conditions))


def _value(conditions: list[ValueMatch], usual: tuple[str, ...] = (_ANY_VALUE,)) -> str | None:
    """A text that fulfils all conditions, a usual one if possible."""
    made = (*usual, *(text for one in conditions for text in _texts(one)))
    return next((text for text in made if text.isprintable() and all(_fits(one, text) for one in conditions)), None)


def _texts(one: ValueMatch) -> tuple[str, ...]:
    if one.kind is ValueKind.EXACT:
        return (one.value,)
    return specimens(one.value) if one.kind is ValueKind.REGEX else ()


def _fits(one: ValueMatch, text: str) -> bool:
    if one.kind is ValueKind.EXACT:
        return text == one.value
    return one.kind is ValueKind.PRESENT or full_match(one.value, text)

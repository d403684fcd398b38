"""Which pattern governs a name, and which patterns of routes a request for it may belong to. Plain functions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ambassador.compile.precedence import Api
from ambassador.compile.route_lists import Source
from ambassador.model.values import (
    ANY_HOST,
    ANY_PORT,
    authority_pattern,
    covers_host,
    glob_pattern,
    overlaps,
    split_port,
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of Mappings: all, those with a star, and those with a port by their host."""

    all: frozenset[str]
    wild: tuple[str, ...]
    ported: Mapping[str, list[str]]


def patterns_of(mappings: frozenset[str]) -> Patterns:
    """The patterns of Mappings, sorted for `sources`."""
    ported: dict[str, list[str]] = defaultdict(list)
    for pattern in mappings:
        host, port = split_port(pattern)
        if port:
            ported[host].append(pattern)
    return Patterns(mappings, tuple(sorted(pattern for pattern in mappings if "*" in pattern)), dict(ported))


def domains(hosts: Iterable[str], mappings: Iterable[str]) -> list[str]:
    """The names that a route table answers for, without ports: Envoy leaves them out where it compares names."""
    return sorted({split_port(pattern)[0] for pattern in (*hosts, *mappings)})


def governor(hosts: Collection[str], domain: str, port: str = "") -> str | None:
    """The most specific Host pattern that covers a name: exact, longest suffix, longest prefix, `*`, as in Envoy.

    With a port, patterns for that port count too, and one of them wins over the same name without a port.
    """
    if not port and domain in hosts:
        return domain
    endings = ("", f":{port}") if port else ("",)
    fits = [one + ending for one in _candidates(domain) for ending in endings if one + ending in hosts]
    fits = [one for one in fits if covers_host(split_port(one)[0], domain)]
    return max(fits, key=lambda one: _rank(one, domain), default=None)


def _rank(pattern: str, domain: str) -> tuple[bool, bool, int, bool]:
    host, port = split_port(pattern)
    return host == domain, host.startswith("*") and host != ANY_HOST, len(host), bool(port)


def _candidates(domain: str) -> set[str]:
    # Every suffix and prefix of a short name is fewer than all Hosts of a large installation.
    wanted = {f"*{domain[start:]}" for start in range(len(domain) + 1)}
    return wanted | {f"{domain[:end]}*" for end in range(len(domain) + 1)} | {domain}


def sources(domain: str, patterns: Patterns, port: str = "") -> tuple[Source, ...]:
    """Patterns of Mappings that a request of this domain (and port, if one is given) may belong to."""
    near = (*patterns.wild, domain, *patterns.ported.get(domain, ()))
    related = patterns.all if "*" in domain else dict.fromkeys(near)
    found = []
    for pattern in sorted(related):
        if pattern not in patterns.all or not overlaps(domain, pattern):
            continue
        host, own = split_port(pattern)
        if own and port not in ("", own):
            continue
        implied = covers_host(host, domain)
        if implied or not covers_host(domain, host):
            conditioned = not implied or own != port and bool(own)
            found.append(Source(pattern, _authority(pattern) if conditioned else ""))
    return tuple(found)


def _authority(pattern: str) -> str:
    """RE2 pattern on the Host header of a host pattern."""
    host, port = split_port(pattern)
    return authority_pattern(glob_pattern(host), f":{port}" if port else ANY_PORT)


def ingress_governor(names: Collection[str], domain: str) -> str | None:
    """The name of Ingresses that a domain is served by: itself, its wildcard, else any host.

    Unlike a Host's, an Ingress's `*.example.com` is for names of one more label only.
    """
    return next((one for one in (domain, wildcard_of(domain), ANY_HOST) if one in names), None)


def ingress_sources(names: Collection[str], domain: str) -> tuple[Source, ...]:
    """Hosts of Ingress rules that a request of this domain may belong to: one for each, without falling through.

    A domain with a star holds names of one label and deeper ones, which are told apart by conditions that complement
    each other.
    """
    found = ingress_governor(names, domain)
    if found is None or found == ANY_HOST or "*" not in domain:
        return () if found is None else (Source(found, api=Api.INGRESS),)
    here = Source(found, authority_pattern(one_label(found)), Api.INGRESS)
    deeper = authority_pattern(rf".*\..*{re.escape(found[1:])}")
    return (here, Source(ANY_HOST, deeper, Api.INGRESS)) if ANY_HOST in names else (here,)


def one_label(wildcard: str) -> str:
    """RE2 pattern on the host of an Ingress's wildcard."""
    return rf"[^.]+{re.escape(wildcard[1:])}"


def wildcard_of(domain: str) -> str:
    """The Ingress's wildcard that a name, or the one-label names of a domain, may belong to."""
    return f"*.{domain.partition('.')[2]}"

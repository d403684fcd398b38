"""Who may see page and API: callers on this machine, unless the operator opened them to all.

Headers can only take trust away. None of them proves anything, so none is ever a reason to let a request in.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PROXY_HEADERS = frozenset({"via", "forwarded", "x-request-id", "x-real-ip"})
_PROXY_PREFIXES = ("x-forwarded-", "x-envoy-")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:[0-9]*)?", re.IGNORECASE)


def is_local(peer: str, header_names: Iterable[str], host: str) -> bool:
    """Whether a request comes straight from this machine.

    `peer` is the address at the other end of the connection. A proxy's header means that someone else may stand
    behind it (our own Envoy connects from loopback too). The Host must name loopback: else a web page could make its
    own name resolve to 127.0.0.1 and read what is here from a browser on this machine (DNS rebinding).
    """
    return _is_loopback(peer) and not any(map(_is_proxy_header, header_names)) and _names_loopback(host)


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _is_proxy_header(name: str) -> bool:
    lowered = name.lower()
    return lowered in _PROXY_HEADERS or lowered.startswith(_PROXY_PREFIXES)


def _names_loopback(host: str) -> bool:
    parts = _HOST.fullmatch(host)
    return parts is not None and parts.group(1).lower() in LOCAL_NAMES

"""Values that several kinds write the same way: host patterns and names of services."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_SERVICE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/@\s]+)(?::(?P<port>\d+))?/?"
)

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")

# A name that ends in a number is an address to some resolvers, 127.1 or 2130706433 one of this machine.
_ENDS_IN_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?")
# Names of this machine: RFC 6761 section 6.3, and what Linux distributions put into /etc/hosts.
_THIS_MACHINE = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})

ANY_HOST = "*"


@lru_cache(maxsize=4096)
def host_pattern(text: str) -> str | None:
    """A host glob in its one spelling: lower case, no trailing dot, one `*` as first or last label at most.

    None when it is no such pattern. `*`, `*.example.com`, `example.*` and exact names are.
    """
    pattern = text.strip().lower()
    host, port = _without_port(pattern)
    host = host.rstrip(".") if host != "." else host
    if port and not (port[1:].isascii() and 1 <= int(port[1:]) <= 65535 and not port.startswith(":0")):
        return None
    bare = host.removeprefix("*").removesuffix("*") if host != ANY_HOST else ""
    if host != ANY_HOST and (host.startswith("*") and host.endswith("*")):
        return None
    if host == ANY_HOST:
        return ANY_HOST if not port else None
    if "*" in bare or not (is_address(bare) or _LABELS.fullmatch(_without_star(host))):
        return None
    return host + port


def _without_star(host: str) -> str:
    """The part of a glob that is a name: a star stands beside a dot or a hyphen."""
    if host.startswith("*"):
        return host[1:].removeprefix(".").removeprefix("-")
    return host[:-1].removesuffix(".").removesuffix("-") if host.endswith("*") else host


def _without_port(pattern: str) -> tuple[str, str]:
    if pattern.startswith("["):
        host, bracket, port = pattern.partition("]")
        return host + bracket, port
    host, colon, port = pattern.rpartition(":")
    return (host, colon + port) if colon and port.isdecimal() else (pattern, "")


def is_address(text: str) -> bool:
    """Whether a text is an IP address (in brackets or not)."""
    bare = text.strip("[]")
    if ":" not in bare:
        # Most are names or of this form; what `ipaddress` makes of them takes ten times as long.
        return _IPV4.fullmatch(bare) is not None
    try:
        ipaddress.IPv6Address(bare)
    except ValueError:
        return False
    return True


def split_port(pattern: str) -> tuple[str, str]:
    """A host pattern's host, and its port as text (empty for any port)."""
    if ":" not in pattern:
        return pattern, ""
    host, port = _without_port(pattern)
    return host, port[1:]


def covers(pattern: str, other: str) -> bool:
    """Whether every host of `other` is one of `pattern`. A star stands for one character at least (Envoy's domains).

    A pattern with a port is for requests that name that port.
    """
    if ":" in pattern or ":" in other:
        (pattern, port), (other, other_port) = split_port(pattern), split_port(other)
        return port in ("", other_port) and covers_host(pattern, other)
    return covers_host(pattern, other)


def covers_host(pattern: str, other: str) -> bool:
    """The same for patterns without ports."""
    if pattern in (ANY_HOST, other):
        return True
    if pattern.startswith("*"):
        return other.endswith(pattern[1:]) and len(other) > len(pattern) - 1
    if pattern.endswith("*"):
        return other.startswith(pattern[:-1]) and not other.startswith("*") and len(other) > len(pattern) - 1
    return False


def overlaps(one: str, other: str) -> bool:
    """Whether some host may belong to both patterns. A leading and a trailing star always have one in common."""
    if ":" in one or ":" in other:
        (one, port), (other, other_port) = split_port(one), split_port(other)
        if port and other_port and port != other_port:
            return False
    if covers_host(one, other) or covers_host(other, one):
        return True
    return (one.startswith("*") and other.endswith("*")) or (one.endswith("*") and other.startswith("*"))


ANY_PORT = "(?::[0-9]+)?"
_ANY_CASE = "(?i:"
_ESCAPED = re.compile(r"\\(.)")


def authority_pattern(pattern: str, port: str = ANY_PORT) -> str:
    """An RE2 pattern on the host as one on the whole Host header: in any case, with any port (or a given one)."""
    return f"{_ANY_CASE}{pattern}){port}"


def authority_text(pattern: str) -> tuple[str, bool]:
    """What `authority_pattern` was made of (any other pattern as it is), and whether that is a plain text."""
    inner = pattern.removesuffix(ANY_PORT)
    if not (inner.startswith(_ANY_CASE) and inner.endswith(")")):
        return pattern, False
    inner = inner[len(_ANY_CASE) : -1]
    plain = _ESCAPED.sub(r"\1", inner)
    return (plain, True) if re.escape(plain) == inner else (inner, False)


def glob_pattern(pattern: str) -> str:
    """A host pattern (without a port) as an RE2 pattern. A star stands for one character at least."""
    return ".+".join(re.escape(part) for part in pattern.split("*"))


def matches_host(pattern: str, host: str) -> bool:
    """Whether a concrete host (lower case) belongs to a pattern; its port counts only where the pattern has one."""
    return covers(pattern, host)


@dataclass(frozen=True, slots=True)
class ServiceName:
    """`[scheme://]host[:port]` as Ambassador writes backends. `port` None: 443 with TLS, else 80."""

    host: str
    port: int | None = None
    scheme: str = ""

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme + '://' if self.scheme else ''}{host}{port}"


@lru_cache(maxsize=4096)
def service_name(text: str) -> ServiceName | None:
    """Parses a backend; None when it is malformed, has an unknown scheme, or a port out of range."""
    found = _SERVICE.fullmatch(text.strip())
    if not found:
        return None
    scheme = (found["scheme"] or "").lower()
    port = int(found["port"]) if found["port"] else None
    host = backend_host(found["host"])
    if host is None or scheme not in ("", "http", "https") or (port is not None and not 1 <= port <= 65535):
        return None
    return ServiceName(host, port, scheme)


def backend_host(text: str) -> str | None:
    """The one spelling of a host that requests may be sent to: an address, or a name in lower case.

    Names of this machine become its address. None for what is neither a name nor an address. A trailing dot stays: it
    says that the name is no Service's.
    """
    host = text.strip("[]").lower()
    if is_address(host):
        if ":" not in host:
            return host
        address = ipaddress.IPv6Address(host)
        return str(address.ipv4_mapped or address)
    bare = host.rstrip(".")
    if bare in _THIS_MACHINE or bare.endswith(".localhost"):
        return "127.0.0.1"
    return None if _ENDS_IN_NUMBER.fullmatch(host) or not _LABELS.fullmatch(bare) else host

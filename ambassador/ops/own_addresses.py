"""Addresses of this machine's network interfaces, at which our own endpoints answer too. Linux only; reads /proc."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path

_IPV4 = Path("/proc/net/fib_trie")
_IPV6 = Path("/proc/net/if_inet6")


def own_addresses(ipv4: Path = _IPV4, ipv6: Path = _IPV6) -> frozenset[str]:
    """All addresses in their usual spelling; none where the kernel does not tell."""
    return frozenset((*_local_ipv4(_text(ipv4)), *_local_ipv6(_text(ipv6))))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _local_ipv4(text: str) -> Iterable[str]:
    """An address is named on one line of the trie, and what it is for on the lines below it."""
    address = ""
    for line in text.splitlines():
        if "|--" in line:
            address = line.rpartition(" ")[2]
        elif "host LOCAL" in line:
            yield address


def _local_ipv6(text: str) -> Iterable[str]:
    for line in text.splitlines():
        yield str(ipaddress.IPv6Address(bytes.fromhex(line[:32])))

"""Addresses of this machine, as the kernel lists them."""

from __future__ import annotations

from pathlib import Path

from ambassador.ops.own_addresses import own_addresses

TRIE = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.1.0.0/16 2 0 2
        |-- 10.1.2.3
           /32 host LOCAL
        |-- 10.1.255.255
           /32 link BROADCAST
"""


def test_addresses_of_hosts_are_found_and_networks_are_not(tmp_path: Path) -> None:
    (tmp_path / "fib_trie").write_text(TRIE)
    (tmp_path / "if_inet6").write_text("fe80000000000000000000000000abcd 02 40 20 80 eth0\n")
    assert own_addresses(tmp_path / "fib_trie", tmp_path / "if_inet6") == {"10.1.2.3", "fe80::abcd"}


def test_a_kernel_that_does_not_tell_gives_none(tmp_path: Path) -> None:
    assert own_addresses(tmp_path / "gone", tmp_path / "gone") == frozenset()


def test_loopback_is_among_the_addresses_of_this_machine() -> None:
    assert "127.0.0.1" in own_addresses()

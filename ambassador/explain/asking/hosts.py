"""Names and addresses of hosts as they stand in a URL or Host header, to the form in which they are sent."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import unquote

import idna

from ambassador.explain.asking.question import BadRequest, has_surrogate, quoted

_LONGEST_NAME, _LONGEST_LABEL = 253, 63
_NAME = re.compile(r"[A-Za-z0-9._~-]*")
# What inet_aton(3) takes, and curl with it: 127.1, 0x7f000001, 017700000001.
_NUMBERS = re.compile(r"(0[xX][0-9A-Fa-f]+|[0-9]+)(\.(0[xX][0-9A-Fa-f]+|[0-9]+)){0,3}\.?")
# RFC 3986, section 3.2: what may stand in an authority, and what Envoy takes as one.
_AUTHORITY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%@\[\]-]+")


def host(text: str) -> str:
    """The host of a URL in lower case ASCII: a name (IDNA for others than ASCII), IPv4, or IPv6 in brackets.

    Raises:
        BadRequest: it is none.
    """
    if text.startswith("["):
        return _ipv6(text)
    name = _decoded(text)
    if not name:
        raise BadRequest("the URL has no host: write http://HOST/PATH")
    if not name.isascii():
        name = _idna(name)
    if _NUMBERS.fullmatch(name):
        return _ipv4(name)
    return _checked(name.lower())


def is_address(name: str) -> bool:
    """Whether it is IPv4 or IPv6: such a host is never sent as server name (RFC 6066, section 3)."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def authority(text: str) -> str:
    """The value of a Host header as it is sent.

    Raises:
        BadRequest: Envoy answers 400 to it.
    """
    if not text:
        raise BadRequest("the Host header is empty or left out: name the host that is asked for")
    if not text.isascii():
        raise BadRequest(f"the Host header {quoted(text)} is not ASCII: write the name as it is sent, in its xn-- form")
    if not _AUTHORITY.fullmatch(text):
        raise BadRequest(f"the Host header {quoted(text)} is no host: write NAME or NAME:PORT")
    return text


def address(text: str) -> str:
    """A client's address.

    Raises:
        BadRequest: it is no IP address.
    """
    try:
        found = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise BadRequest(f"the client {quoted(text)} is no IP address: write one as 10.0.0.1 or 2001:db8::1") from error
    if "%" in str(found):
        raise BadRequest(f"the client {quoted(text)} has a zone, which no peer sees: leave out what follows %")
    return str(found)


def _decoded(text: str) -> str:
    # As curl and browsers do (RFC 3986, section 3.2.2): http://shop%2Eexample/ is http://shop.example/.
    try:
        name = unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"the host {quoted(text)} has percent-encodings that are no UTF-8: write the name itself"
        ) from error
    if has_surrogate(name):
        raise BadRequest("the host has bytes that are no UTF-8: write the name in its xn-- form")
    return name


def _idna(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        raise BadRequest(f"the host {quoted(name)} is longer than {_LONGEST_NAME} characters")
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.InvalidCodepoint:
        # Symbols, such as emoji, are names for curl and browsers (UTS 46), though not by RFC 5892.
        return _with_symbols(name)
    except idna.IDNAError as error:
        raise _no_name(name, error) from error


def _with_symbols(name: str) -> str:
    try:
        labels = idna.uts46_remap(name, std3_rules=False).split(".")
    except idna.IDNAError as error:
        raise _no_name(name, error) from error
    return ".".join(one if one.isascii() else "xn--" + one.encode("punycode").decode() for one in labels)


def _no_name(name: str, error: idna.IDNAError) -> BadRequest:
    why = " ".join(str(error).split())
    return BadRequest(f"the host {quoted(name)} is no international name ({why}): write it in its xn-- form")


def _ipv4(text: str) -> str:
    try:
        return socket.inet_ntoa(socket.inet_aton(text.removesuffix(".")))
    except OSError as error:
        raise BadRequest(f"the host {quoted(text)} is no IPv4 address: each of its numbers goes up to 255") from error


def _ipv6(text: str) -> str:
    inner, bracket, rest = text[1:].partition("]")
    # A zone says which interface to use, and is not sent (RFC 6874).
    plain = inner.partition("%")[0]
    try:
        found = ipaddress.IPv6Address(plain)
    except ValueError as error:
        raise BadRequest(f"the host {quoted(text)} is no IPv6 address: write one as [2001:db8::1]") from error
    if not bracket or rest:
        raise BadRequest(f"the host {quoted(text)} is no IPv6 address in brackets: write one as [2001:db8::1]")
    return f"[{found}]"


def _checked(name: str) -> str:
    labels = name.removesuffix(".").split(".")
    if not _NAME.fullmatch(name):
        raise BadRequest(f"the host {quoted(name)} holds a character that no host name has: write a name or an address")
    if "" in labels:
        raise BadRequest(f"the host {quoted(name)} has nothing between two of its dots: write a name or an address")
    if len(name) > _LONGEST_NAME + name.endswith(".") or max(map(len, labels)) > _LONGEST_LABEL:
        raise BadRequest(
            f"the host {quoted(name)} is too long: a name has at most {_LONGEST_NAME} characters, "
            f"{_LONGEST_LABEL} between dots"
        )
    return name

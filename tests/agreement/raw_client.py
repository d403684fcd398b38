"""One request on a connection of its own, sent exactly as it is written, and what came back."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from functools import cache
from tempfile import NamedTemporaryFile

from ambassador.explain.request import Request
from tests.agreement.world import CERTIFICATES, CLIENTS, secret_name
from tests.golden.certificates import certificate, private_key

TIMEOUT = 10.0
GOT_HEADER = "x-got"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client saw. Status 0: no connection, or one that was closed without an answer.

    `route` is what Envoy says that it chose; `path` and `host` are what the backend got, empty when it got nothing;
    `certificate` is the Secret of the one that was shown.
    """

    status: int = 0
    route: str = ""
    location: str = ""
    path: str = ""
    host: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The head of an answer, empty when there was none, and the certificate that was shown (DER)."""

    head: bytes = b""
    certificate: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        return headers_of(self.head)


def ask(address: tuple[str, int], request: Request) -> Seen:
    """Sends a request to an address, over TLS when its scheme is https."""
    found = exchange(address, encoded(request), tls=request.scheme == "https", sni=request.server_name)
    if not found.head:
        return Seen()
    headers = found.headers
    path, _, host = bytes.fromhex(headers.get(GOT_HEADER, "")).decode("latin-1").partition("\n")
    status = int(found.head.split(b" ", 2)[1])
    shown = _secrets().get(found.certificate, "")
    return Seen(status, headers.get("x-route", ""), headers.get("location", ""), path, host, shown)


@cache
def _secrets() -> dict[bytes, str]:
    """Secrets by the certificates in them."""
    return {ssl.PEM_cert_to_DER_cert(certificate(name)): f"default/{secret_name(name)}" for name in CERTIFICATES}


def encoded(request: Request) -> bytes:
    """The bytes of a request. One without authority has no Host header; the case of header names says nothing."""
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"host: {request.authority}"] if request.authority else []
    lines += [f"{name.title()}: {value}" for name, value in request.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def exchange(address: tuple[str, int], sent: bytes, *, tls: bool = False, sni: str = "", source: str = "") -> Exchange:
    """Sends some bytes on a connection of their own and reads the head of the answer."""
    try:
        with socket.create_connection(address, TIMEOUT, (source, 0) if source else None) as plain:
            # The end of the handshake and the request are two writes: they must not wait for each other.
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not tls:
                return Exchange(_answer(plain, sent))
            with _context().wrap_socket(plain, server_hostname=sni or None) as secure:
                return Exchange(_answer(secure, sent), secure.getpeercert(binary_form=True) or b"")
    except TimeoutError:
        raise
    except OSError:
        return Exchange()


def _answer(connection: socket.socket, sent: bytes) -> bytes:
    connection.sendall(sent)
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            return b""
        head += part
    return head.partition(b"\r\n\r\n")[0]


@cache
def _context() -> ssl.SSLContext:
    """Trusts every server, and shows those a certificate that ask for one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with NamedTemporaryFile("w") as identity:
        identity.write(certificate(CLIENTS) + private_key(CLIENTS))
        identity.flush()
        context.load_cert_chain(identity.name)
    return context


def headers_of(head: bytes) -> dict[str, str]:
    """Headers by name in lower case; of one that occurs twice, the last."""
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}

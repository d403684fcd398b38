"""A request as a client sends it: what the evaluator is asked about. How texts become one is in `understand.py`."""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
"""Names in lower case and values, in the order in which they are sent; a name may occur more than once."""

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Request:
    """One request on a connection of its own.

    `scheme` is http or https. `host` is the URL's host in lower case ASCII, IPv6 in brackets; `port` the URL's, None
    when it names none. `path` is everything from the first slash on, query included, as it is sent. `authority` is the
    Host header as it is sent; `headers` are all others. `server_name` is the SNI of the connection, empty when none is
    sent. `client` is the address that the connection comes from. `http2`: the client offers HTTP/2, by ALPN.
    """

    scheme: str
    host: str
    path: str = "/"
    port: int | None = None
    method: str = "GET"
    headers: Headers = ()
    authority: str = ""
    server_name: str = ""
    client: str = "127.0.0.1"
    http2: bool = False

    @property
    def url(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

"""A URL to what is sent of it, as curl does. Must not look at headers, and never shows a password that a URL holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from ambassador.explain.asking import hosts
from ambassador.explain.asking.question import BadRequest, has_control, has_surrogate, quoted
from ambassador.explain.request import DEFAULT_PORTS

LONGEST_URL = 16 * 1024
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/{1,3}(?!/)")
_OTHER_SLASHES = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)?:/{2,}")
_BROKEN_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOT = re.compile(r"\.|%2[eE]")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts that are sent. `credentials`: user:password as bytes, empty without. `notes`: what was changed."""

    scheme: str
    host: str
    port: int | None
    path: str
    credentials: bytes = b""
    notes: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """The Host header of a client that is not told otherwise."""
        default = self.port is None or self.port == DEFAULT_PORTS[self.scheme]
        return self.host if default else f"{self.host}:{self.port}"


def parse(text: str, *, path_as_is: bool = False) -> Url:
    """Takes a URL apart.

    Raises:
        BadRequest: curl or Envoy would refuse it.
    """
    given = text.strip(" \t\r\n")
    _refuse(given)
    scheme, rest = _scheme(given)
    before_path = re.match(r"[^/?#]*", rest)
    login, at, place = (before_path.group() if before_path else "").partition("@")
    if "@" in place:
        raise BadRequest("the URL has more than one @ before its path: in a user or password, write %40")
    host, port = _host_and_port(place if at else login)
    path, notes = _path(rest[before_path.end() if before_path else 0 :].partition("#")[0], path_as_is)
    credentials = unquote_to_bytes(login if ":" in login else login + ":") if at and login else b""
    return Url(scheme, host, port, path, credentials, notes)


def target(text: str) -> str:
    """A path that is sent as it is written, whatever the URL says.

    Raises:
        BadRequest: it is none.
    """
    _refuse(text)
    if not text.startswith("/"):
        raise BadRequest(f"the request target {quoted(text)} is no path: begin it with /")
    return _path(text.partition("#")[0], True)[0]


def _refuse(text: str) -> None:
    if not text:
        raise BadRequest("there is no URL: write one as https://shop.example.com/cart?x=1")
    if len(text.encode(errors="surrogatepass")) > LONGEST_URL:
        raise BadRequest(f"the URL is longer than {LONGEST_URL // 1024} KiB")
    if has_surrogate(text):
        raise BadRequest("the URL has bytes that are no UTF-8: write them percent-encoded, as %E4")
    if " " in text:
        raise BadRequest("the URL has a space in it: write %20, or quote the URL apart from what follows it")
    if has_control(text):
        raise BadRequest("the URL has a control character in it: write it percent-encoded, a tab as %09")


def _scheme(text: str) -> tuple[str, str]:
    found = _SCHEME.match(text)
    if not found:
        if text.startswith("/"):
            raise BadRequest("the URL has no host: write http://HOST/PATH")
        if _OTHER_SLASHES.match(text):
            raise BadRequest("the URL does not begin with http://HOST or https://HOST")
        return "http", text
    scheme = found.group(1).lower()
    if scheme in ("ws", "wss"):
        instead = "http" if scheme == "ws" else "https"
        raise BadRequest(f"{scheme}:// begins as {instead}: write {instead}:// and the header upgrade: websocket")
    if scheme not in DEFAULT_PORTS:
        raise BadRequest(f"the scheme {quoted(scheme)} is not one of http and https")
    return scheme, text[found.end() :]


def _host_and_port(text: str) -> tuple[str, int | None]:
    bracket = text.rfind("]") + 1
    name, colon, port = text[bracket:].partition(":")
    host = hosts.host(text[:bracket] + name)
    if not colon or not port:
        return host, None
    if not (port.isascii() and port.isdecimal() and len(port) <= 8 and 0 < int(port) < 65536):
        # Not quoted: behind a colon there may be a password, when a slash in it ends the host too early.
        raise BadRequest("the port of the URL is no number from 1 to 65535")
    return host, int(port)


def _path(text: str, as_is: bool) -> tuple[str, tuple[str, ...]]:
    path, mark, query = text.partition("?")
    squashed = path if as_is else without_dots(path or "/")
    sent = ascii_only((squashed or "/") + mark + query)
    notes = []
    if sent != (squashed or "/") + mark + query:
        notes.append("characters other than ASCII are sent percent-encoded as UTF-8, as browsers do")
    if _BROKEN_ENCODING.search(sent):
        notes.append("a % that is not followed by two hexadecimal digits is sent as it is; %25 stands for % itself")
    if len(sent) > LONGEST_URL:
        raise BadRequest(f"the URL is longer than {LONGEST_URL // 1024} KiB once it is percent-encoded")
    return sent, tuple(notes)


def ascii_only(text: str) -> str:
    """Everything else percent-encoded as UTF-8."""
    return "".join(one if one.isascii() else quote(one) for one in text)


def without_dots(path: str) -> str:
    """The path without `.` and `..` (RFC 3986, section 5.2.4), as curl sends it; also where a dot is encoded."""
    segments = path.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        dots = _DOT.sub(".", segment)
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(segment)
    ends_in_folder = _DOT.sub(".", segments[-1]) in (".", "..") if segments else True
    return "/" + "/".join(kept) + ("/" if ends_in_folder and kept else "")

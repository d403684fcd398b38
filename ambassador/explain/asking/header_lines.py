"""Headers as people write them for `curl -H`, to what is sent. Must not know what a header means, but for Host."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.explain.asking import hosts
from ambassador.explain.asking.question import BadRequest, has_control, has_surrogate, is_token, opening, quoted
from ambassador.explain.request import Headers

MOST_BYTES = 1024 * 1024
# What curl sends of itself; a route may ask for them.
DEFAULTS: Headers = (("user-agent", "curl/8.14.1"), ("accept", "*/*"))


@dataclass(frozen=True, slots=True)
class Line:
    """One `-H`. `value` None: the header is left out."""

    name: str
    value: str | None


def parse(text: str) -> Line:
    """Takes one line apart: `name: value`, `name;` (empty) or `name:` (left out).

    Raises:
        BadRequest: it is no header.
    """
    name, colon, value = text.partition(":") if not text.startswith(":") else _pseudo(text)
    if not colon:
        name, semicolon, rest = text.partition(";")
        if not semicolon or rest.strip():
            raise BadRequest(f"the header {opening(text)} has no colon: write name: value")
        return Line(_name(name), "")
    return Line(_name(name), _value(name, value.strip(" \t")) or None)


def sent(lines: tuple[Line, ...], authority: str) -> tuple[str, Headers]:
    """The Host header and all others, with what curl adds; of several Host headers the first is sent, as by curl.

    Raises:
        BadRequest: the Host header is none.
    """
    named = {line.name for line in lines}
    given_hosts = [line.value or "" for line in lines if line.name == "host"]
    host = hosts.authority(given_hosts[0] if given_hosts else authority)
    defaults = tuple(header for header in DEFAULTS if header[0] not in named)
    given = tuple((line.name, line.value) for line in lines if line.value is not None and line.name != "host")
    return host, defaults + given


def refuse_what_is_too_large(line: str, headers: Headers) -> None:
    """Raises BadRequest for more than is looked at: what Envoy takes is each listener's to say."""
    size = len(line) + sum(len(f"{name}: {value}\r\n".encode()) for name, value in headers)
    if size > MOST_BYTES:
        raise BadRequest(f"the request has {size} bytes before its body, and is not looked at: 1 MiB is the most")


def _pseudo(text: str) -> tuple[str, str, str]:
    name = f'":{opening(text[1:])[1:]}'
    raise BadRequest(f"{name} is no header that can be given: URL, method and the Host header say what is in it")


def _name(text: str) -> str:
    if not is_token(text):
        why = "letters, digits and !#$%&'*+-.^_`|~ make up a name"
        which = quoted(text) if opening(text) == quoted(text) else f"that begins with {opening(text)}"
        raise BadRequest(f"the header name {which} is none: {why}")
    return text.lower()


def _value(name: str, value: str) -> str:
    if has_surrogate(value):
        raise BadRequest(f"the header {quoted(name)} has bytes that are no UTF-8 and cannot be sent")
    if has_control(value.replace("\t", " ")):
        raise BadRequest(f"the header {quoted(name)} has a control character or a line break in its value")
    return value

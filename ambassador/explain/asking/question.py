"""What a person asks, in their own words, and the error that says in one sentence why it cannot be a request."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ambassador.errors import UsageError

_LONGEST_QUOTE = 60
_LONGEST_OPENING = 40
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class BadRequest(UsageError):
    """The question holds something that no client can send, or that Envoy refuses before it looks for a route."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request as curl takes it. `headers` are written as for `curl -H`: `name: value`, `name;` for an empty value,
    and `name:` to leave out a header that would be sent. Empty texts mean what curl does without an option.
    `http1`: HTTP/2 is not offered. `target`: the path that is sent in place of the URL's."""

    url: str
    method: str = ""
    headers: tuple[str, ...] = ()
    client: str = ""
    path_as_is: bool = False
    http1: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question, and what of the text was not used or taken otherwise than it stands there: one sentence each."""

    question: Question
    notes: tuple[str, ...] = ()


def is_token(text: str) -> bool:
    """Names of headers and methods (RFC 9110, section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def quoted(text: str) -> str:
    """A text that somebody typed, for a sentence: on one line, printable, and not longer than one can take in."""
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    return '"' + "".join(one if one.isprintable() else repr(one)[1:-1] for one in short) + '"'


def opening(text: str) -> str:
    """What precedes the first separator of a mistyped header: behind it there may be a secret."""
    found = re.match(r"[^:=;\s]*", text.strip())
    return quoted(found.group()[:_LONGEST_OPENING] if found else "")


def has_control(text: str) -> bool:
    """C0 and C1 controls; a tab is one too."""
    return any(one < " " or "\x7f" <= one <= "\x9f" for one in text)


def has_surrogate(text: str) -> bool:
    """Bytes of a command line that are no UTF-8 arrive as these, and cannot be sent."""
    return any("\ud800" <= one <= "\udfff" for one in text)

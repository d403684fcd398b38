"""Query parameters of the API, parsed once into what the watcher is asked. Anything else is the caller's mistake."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from diag.client import Query

LONGEST_TEXT = 500
# Routes of Ingresses are named by their paths, and keys of annotations are fields.
_LONGER = {"name": 4_000, "route": 4_000, "field": 2_000}
MOST = 10**9
_TEXTS = ("q", "host", "name", "route", "kind", "namespace", "field", "usedonly", "filter")
_NUMBERS = ("limit", "offset")


def window(arguments: MultiDict[str, str], allowed: tuple[str, ...]) -> Query:
    """The parameters in `allowed` that were given, checked. Others are ignored, as HTTP clients expect.

    Raises:
        BadRequest: a number that is none, a text that is too long, or one parameter given twice.
    """
    return tuple((name, _value(arguments, name)) for name in allowed if name in arguments)


def needed(arguments: MultiDict[str, str], names: tuple[str, ...]) -> None:
    """Refuses a question without one of `names`.

    Raises:
        BadRequest: one is missing or empty.
    """
    for name in names:
        if not arguments.get(name):
            raise BadRequest(f"{name} is missing; give it once")


def _value(arguments: MultiDict[str, str], name: str) -> str:
    given = arguments.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"{name} is given {len(given)} times; give it once")
    text = given[0]
    if name in _NUMBERS and not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < MOST):
        raise BadRequest(f"{name} must be a whole number from 0 to {MOST - 1}, not {text[:40]!r}")
    longest = _LONGER.get(name, LONGEST_TEXT)
    if name in _TEXTS and (len(text) > longest or not text.isprintable()):
        raise BadRequest(f"{name} must be printable text of at most {longest} characters")
    return text

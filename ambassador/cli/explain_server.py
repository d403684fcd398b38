"""Asks the diagnostics app of a running instance where a request goes. Knows its path, not its code."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from ambassador.errors import StartError, UsageError

PATH = "/ambassador/v0/api/explain"
TIMEOUT = 15.0


def ask(server: str, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The answer as contract JSON.

    Args:
        server: http://HOST:PORT of the diagnostics app.
        query: the parameters of the question.

    Raises:
        UsageError: `server` is no such URL, or the question is refused.
        StartError: there is no answer.
    """
    status, text = _get(server, PATH + "?" + urlencode(tuple(query)))
    answer = _json(text)
    if status == http.client.OK and "outcome" in answer:
        return answer
    said = str(answer.get("error") or "")
    if status in (http.client.REQUEST_URI_TOO_LONG, http.client.REQUEST_HEADER_FIELDS_TOO_LARGE):
        raise UsageError(f"the question is longer than {server} takes: leave out what cannot decide, such as cookies")
    if status == http.client.BAD_REQUEST:
        raise UsageError(said or f"{server} refuses the question")
    raise StartError(f"{server} {_why(status, said)}")


def _get(server: str, target: str) -> tuple[int, str]:
    connection = _connection(server)
    try:
        connection.request("GET", target, headers={"Accept": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        hint = "is it running? --server says where else its diagnostics may be, --config FOLDER answers from files"
        raise StartError(f"{server} does not answer ({why}): {hint}") from error
    finally:
        connection.close()


def _connection(server: str) -> http.client.HTTPConnection:
    try:
        url = urlsplit(server)
        scheme, host, port = url.scheme, url.hostname, url.port
    except ValueError:
        scheme, host, port = "", None, None
    if not host or scheme not in ("http", "https"):
        raise UsageError("--server must be http://HOST:PORT of the diagnostics app")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=TIMEOUT)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _why(status: int, said: str) -> str:
    if status == http.client.FORBIDDEN:
        return "answers only to its own host (403): ask there, or set AMBASSADOR_DIAG_ALLOW_NON_LOCAL=true for it"
    if status == http.client.NOT_FOUND:
        return f"has no {PATH} (404): it is another program, or an older version"
    if status == http.client.OK:
        return "answers something else than an explanation: is it the diagnostics app?"
    return f"answers {status}" + (f": {said}" if said else "")

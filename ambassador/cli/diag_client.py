"""Asks the diagnostics app of a running instance on this machine. Knows its paths, not its code."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

API = "/ambassador/v0"
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: nobody answered, `text` says why."""

    status: int
    text: str


def get(port: int, path: str, timeout: float = TIMEOUT) -> Answer:
    """The answer of the diagnostics app on loopback to GET `path`, for instance `/check_ready`. Seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", API + path)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(error))
    finally:
        connection.close()


def get_json(port: int, path: str) -> dict[str, Any]:
    """The same for JSON objects; empty when there is none to be had."""
    answer = get(port, path)
    if answer.status != http.client.OK:
        return {}
    try:
        value = json.loads(answer.text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

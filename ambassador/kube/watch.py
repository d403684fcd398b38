"""One watch: a stream of events, ended by the server, by silence, or by `close` from another thread."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import orjson
import urllib3

from ambassador.kube.decode import loads
from ambassador.kube.errors import Unreachable, api_error
from ambassador.kube.transport import unreachable


class Watch:
    """An open watch. Iterate on one thread; close from any."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._closed = False

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._response.close()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Events as the server sends them, until it ends the stream (or this is closed).

        Raises:
            ApiError: the server sent an ERROR event, such as 410 for a resourceVersion that is too old.
            Unreachable: the stream was cut, fell silent for the read time-out, or is not JSON.
        """
        for line in self._lines():
            event = _parsed(line)
            if event.get("type") == "ERROR":
                status = event.get("object")
                code = status.get("code") if isinstance(status, dict) else None
                raise api_error(code if isinstance(code, int) else 500, status)
            yield event

    def close(self) -> None:
        """Ends the iteration soon, also while it waits for bytes."""
        self._closed = True
        try:
            self._response.shutdown()
        except (ValueError, RuntimeError, OSError):
            # It ended by itself in this moment.
            return

    def _lines(self) -> Iterator[bytes]:
        """Whole lines. What stands behind the last line break when the stream ends was cut off and comes again."""
        parts: list[bytes] = []
        for chunk in self._chunks():
            first, *more = chunk.split(b"\n")
            parts.append(first)
            if more:
                yield from (line for line in (b"".join(parts), *more[:-1]) if line)
                parts = [more[-1]]

    def _chunks(self) -> Iterator[bytes]:
        try:
            yield from self._response.read_chunked()
        # A socket that is shut down under TLS ends in whatever the reader was just doing.
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if not self._closed:
                raise unreachable(error) from error


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        event = loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreachable(f"an event of the watch is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise Unreachable("an event of the watch is no object")
    return event

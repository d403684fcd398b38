"""Keeps threads free for health: only so many requests that may take long are let in at once.

A reader that takes its ten megabytes slowly holds a thread of the pool. Without a bound a few of them would make
probes wait, and the container would be restarted for being watched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

API_SLOTS = 8
METRICS_SLOTS = 2
_BUSY = b'{"error": "too many requests at once; try again in a second"}\n'


class Gate:
    """WSGI middleware. `/metrics` has its own slots, so that open pages do not cost a scrape."""

    def __init__(self, app: WSGIApplication, api_slots: int = API_SLOTS, metrics_slots: int = METRICS_SLOTS) -> None:
        self._app = app
        self._api = threading.BoundedSemaphore(api_slots)
        self._metrics = threading.BoundedSemaphore(metrics_slots)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        slots = self._slots(environ)
        if slots is None:
            return self._app(environ, start_response)
        if not slots.acquire(blocking=False):
            head = [("Content-Type", "application/json"), ("Retry-After", "1"), ("Content-Length", str(len(_BUSY)))]
            start_response("503 Service Unavailable", head)
            return [_BUSY]
        try:
            return ClosingIterator(self._app(environ, start_response), [slots.release])
        except BaseException:
            slots.release()
            raise

    def _slots(self, environ: WSGIEnvironment) -> threading.BoundedSemaphore | None:
        """None for what is always small and quick: health, the page's shell and its static files."""
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics
        asks_json = "json" in environ.get("QUERY_STRING", "") or "json" in environ.get("HTTP_ACCEPT", "")
        whole_page = path == "/ambassador/v0/diag/" and asks_json
        return self._api if whole_page or path.startswith("/ambassador/v0/api/") else None

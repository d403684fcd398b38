"""Requests to one cluster's API server: JSON in, JSON out, one method a verb.

Synchronous and thread-safe; never waits between tries (callers have a Backoff). Must not know kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
import urllib3

from ambassador.kube.decode import loads
from ambassador.kube.errors import ApiError, Unreachable, api_error
from ambassador.kube.transport import Request, Transport, unreachable
from ambassador.kube.watch import Watch

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"

# Objects without anything but their metadata. A watch that is asked for the list form sends no events at all.
METADATA_OF_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA_OF_WATCH = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

ANSWER_SECONDS = 30.0
_AGENT = {"User-Agent": "ambassador"}

Query = Mapping[str, str | int]
Object = dict[str, Any]


class Page(NamedTuple):
    """Some objects of a list. `first`: the list begins (again) here, so that what earlier pages gave does not count."""

    items: list[Any]
    resource_version: str
    first: bool
    last: bool


class Api:
    """One cluster. Every method raises ApiError when the server says no and Unreachable when there is no answer.

    `timeout` is the longest silence of the server in seconds.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def host(self) -> str:
        """The API server's URL."""
        return self._transport.host

    def get(
        self, path: str, query: Query | None = None, *, accept: str | None = None, timeout: float = ANSWER_SECONDS
    ) -> Object:
        """One object, or whatever JSON object stands at the path."""
        return _object(self._body(Request("GET", _url(path, query), _accepting(accept), None, timeout)))

    def is_ready(self, *, timeout: float = ANSWER_SECONDS) -> bool:
        """Whether the server says that it has begun all its work. One that will not say counts as ready."""
        response = self._transport.send(Request("GET", "/readyz", _AGENT, None, timeout))
        _read(response)
        return response.status < 500

    def get_changed(
        self, path: str, etag: str, *, accept: str | None = None, timeout: float = ANSWER_SECONDS
    ) -> tuple[Object | None, str]:
        """What stands at the path and its ETag; None when it is still what `etag` names."""
        headers = _accepting(accept) | ({"If-None-Match": etag} if etag else {})
        response = self._transport.send(Request("GET", path, headers, None, timeout))
        body = _read(response)
        if response.status == 304:
            return None, etag
        return _object(_checked(response, body)), response.headers.get("etag", "")

    def list_pages(
        self,
        path: str,
        query: Query | None = None,
        limit: int = 500,
        *,
        accept: str | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> Iterator[Page]:
        """All objects of a collection. When the list expires between two pages (410) it begins anew: `Page.first`."""
        token = ""
        while True:
            asked = {**(query or {}), "limit": limit, **({"continue": token} if token else {})}
            try:
                answer = self.get(path, asked, accept=accept, timeout=timeout)
            except ApiError as error:
                if error.status != 410 or not token:
                    raise
                token = ""
                continue
            page = _page(answer, first=not token)
            token = str(answer["metadata"].get("continue") or "")
            yield page._replace(last=not token)
            if not token:
                return

    def watch(
        self, path: str, query: Query | None = None, read_timeout: float = 90.0, *, accept: str | None = None
    ) -> Watch:
        """An open watch with bookmarks; use it in a `with`. `read_timeout`: longest silence in seconds."""
        url = _url(path, {**(query or {}), "watch": "1", "allowWatchBookmarks": "true"})
        response = self._transport.send(Request("GET", url, _accepting(accept), None, read_timeout))
        if response.status != 200:
            _checked(response, _read(response))
        return Watch(response)

    def create(self, path: str, body: Object, *, timeout: float = ANSWER_SECONDS) -> Object:
        """POST to a collection."""
        return self._write("POST", path, body, JSON, timeout)

    def put(self, path: str, body: Object, *, timeout: float = ANSWER_SECONDS) -> Object:
        """Replaces an object; 409 when its resourceVersion is not the present one."""
        return self._write("PUT", path, body, JSON, timeout)

    def patch(
        self,
        path: str,
        body: Object,
        *,
        content_type: str = MERGE_PATCH,
        query: Query | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> Object:
        """Changes an object. For server-side apply: APPLY, with `fieldManager` (and `force`) in the query."""
        return self._write("PATCH", _url(path, query), body, content_type, timeout)

    def delete(self, path: str, *, timeout: float = ANSWER_SECONDS) -> Object:
        """Deletes one object."""
        return _object(self._body(Request("DELETE", path, _accepting(None), None, timeout)))

    def close(self) -> None:
        """Ends idle connections; watches are closed by who opened them."""
        self._transport.close()

    def _write(self, method: str, path: str, body: Object, content_type: str, timeout: float) -> Object:
        headers = _accepting(None) | {"Content-Type": content_type}
        return _object(self._body(Request(method, path, headers, orjson.dumps(body), timeout)))

    def _body(self, request: Request) -> bytes:
        response = self._transport.send(request)
        return _checked(response, _read(response))


def _accepting(accept: str | None) -> dict[str, str]:
    return {"Accept": accept or JSON, **_AGENT}


def _url(path: str, query: Query | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    try:
        return response.data
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        response.close()
        raise unreachable(error) from error


def _checked(response: urllib3.BaseHTTPResponse, body: bytes) -> bytes:
    if 200 <= response.status < 300:
        return body
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        told = {"message": body[:200].decode(errors="replace")}
    raise api_error(response.status, told, response.headers.get("retry-after"))


def _object(body: bytes) -> Object:
    try:
        value = loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreachable(f"the answer is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Unreachable("the answer is no JSON object")
    return value


def _page(answer: Object, first: bool) -> Page:
    items, metadata = answer.get("items") or [], answer.get("metadata")
    if not isinstance(items, list) or not isinstance(metadata, dict):
        raise Unreachable("the answer is no list of objects")
    return Page(items, str(metadata.get("resourceVersion") or ""), first, False)

"""What the status writer asks of the API server's client, so that tests can stand in for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ambassador.status.facts import Json


class Api(Protocol):
    """The methods of `ambassador.kube.api.Api` that are used here. They raise ApiError and Unreachable."""

    def get(self, path: str, query: Mapping[str, str | int] | None = None, *, timeout: float = ...) -> Json: ...
    def create(self, path: str, body: Json, *, timeout: float = ...) -> Json: ...
    def put(self, path: str, body: Json, *, timeout: float = ...) -> Json: ...
    def patch(
        self,
        path: str,
        body: Json,
        *,
        content_type: str = ...,
        query: Mapping[str, str | int] | None = None,
        timeout: float = ...,
    ) -> Json: ...

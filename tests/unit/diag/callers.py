"""Callers of the app: from this machine, or from another one."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from diag.app import create_app
from diag.settings import Settings

LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8877"}
STRANGER = {"REMOTE_ADDR": "10.1.2.3", "HTTP_HOST": "gateway:8877"}


class ReadingClient(FlaskClient):
    """Reads every answer to its end and closes it, as a real server does."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return super().open(*args, **{**kwargs, "buffered": True})


def calling(settings: Settings, who: dict[str, str]) -> FlaskClient:
    app = create_app(settings)
    client = ReadingClient(app, app.response_class)
    client.environ_base.update(who)
    return client

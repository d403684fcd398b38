"""One HTTP exchange with the API server: credentials that rotate, connections that notice when they are dead.

Connections come from the `kubernetes` package's pool (TLS, proxies, client certificates as the kubeconfig says).
Must not know objects; it moves bytes.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import urllib3
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject
from kubernetes.config import ConfigException

from ambassador.kube.errors import Unreachable

CONNECT_SECONDS = 5.0

Load = Callable[[], Configuration]


class Request(NamedTuple):
    """What is asked. `path` includes the query; `read_timeout` is the longest silence in seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None
    read_timeout: float = 30.0


class _Session(NamedTuple):
    configuration: Configuration
    pool: urllib3.PoolManager
    since: float


class Transport:
    """Thread-safe. `load` reads the configuration again when the server does not accept the credentials any more,
    unless it was read within the last `reload_after` seconds.
    """

    def __init__(self, configuration: Configuration, load: Load, reload_after: float = 5.0) -> None:
        self._load = load
        self._reload_after = reload_after
        self._lock = threading.Lock()
        self._session = _session(configuration)

    @property
    def host(self) -> str:
        """The API server's URL."""
        return str(self._session.configuration.host)

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        """The answer, its body still unread.

        Raises:
            Unreachable: there is none.
        """
        session = self._session
        response = self._send(session, request)
        if response.status != http.HTTPStatus.UNAUTHORIZED or not self._renew(session):
            return response
        response.close()
        return self._send(self._session, request)

    def close(self) -> None:
        """Ends idle connections."""
        self._session.pool.clear()

    def _send(self, session: _Session, request: Request) -> urllib3.BaseHTTPResponse:
        headers = {**request.headers, **self._authorization(session.configuration)}
        try:
            try:
                return _exchange(session, request, headers)
            except urllib3.exceptions.ProtocolError as error:
                if request.method != "GET" or not _closed_while_idle(error):
                    raise
                return _exchange(session, request, headers)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise unreachable(error) from error

    def _authorization(self, configuration: Configuration) -> dict[str, str]:
        """The token, read anew when it is time. One at a time: it may be a plugin that asks a person."""
        try:
            with self._lock:
                token = configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        except (ConfigException, OSError, ValueError) as error:
            raise Unreachable(f"there is no token to show to the API server: {one_line(error)}") from error
        return {"Authorization": token.strip()} if token else {}

    def _renew(self, rejected: _Session) -> bool:
        """Whether there are credentials that were not rejected yet."""
        with self._lock:
            if self._session is not rejected:
                return True
            if time.monotonic() - rejected.since < self._reload_after:
                return False
            try:
                self._session = _session(self._load())
            except (ConfigException, OSError, ValueError) as error:
                raise Unreachable(f"the credentials cannot be read again: {one_line(error)}") from error
            rejected.pool.clear()
            return True


def unreachable(error: Exception) -> Unreachable:
    """What went wrong on the way, in few words."""
    reason: object = error
    while isinstance(reason, urllib3.exceptions.MaxRetryError | urllib3.exceptions.ProxyError):
        reason = reason.args[-1] if isinstance(reason.args[-1], Exception) else str(reason)
    match reason:
        case urllib3.exceptions.NewConnectionError():
            cause = reason.__cause__
            return Unreachable(one_line(getattr(cause, "strerror", None) or cause or reason).lower())
        case urllib3.exceptions.ConnectTimeoutError():
            return Unreachable("no connection in time")
        case urllib3.exceptions.TimeoutError():
            return Unreachable("no answer in time")
        case urllib3.exceptions.SSLError():
            return Unreachable(f"TLS: {one_line(reason)}")
        case urllib3.exceptions.ProtocolError():
            return Unreachable("the connection was cut")
    return Unreachable(one_line(reason))


def one_line(error: object) -> str:
    """An exception's words without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def _session(configuration: Configuration) -> _Session:
    return _Session(configuration, RESTClientObject(configuration).pool_manager, time.monotonic())


def _exchange(session: _Session, request: Request, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    return session.pool.request(
        request.method,
        f"{session.configuration.host}{request.path}",
        body=request.body,
        headers=headers,
        timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, request.read_timeout), read=request.read_timeout),
        retries=False,
        redirect=False,
        preload_content=False,
    )


def _closed_while_idle(error: urllib3.exceptions.ProtocolError) -> bool:
    """Whether the server ended a kept connection just as it was used again; asking again is safe."""
    return any(isinstance(one, http.client.RemoteDisconnected | ConnectionError) for one in error.args)

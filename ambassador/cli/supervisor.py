"""Starts supervisord and asks it how its programs are. Must not decide what to do about them."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

from ambassador.cli import child, layout

PROGRAMS = ("watcher", "diag", "envoy")
# What Envoy's wrapper needs after the drain: 5 s until it kills Envoy, and some room.
STOP_MARGIN = 10
CALL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Program:
    """One program as supervisord sees it. `state`: RUNNING, STARTING, BACKOFF, FATAL, ... `exit_code`: its last end."""

    name: str
    state: str
    pid: int
    spawn_error: str
    exit_code: int = 0


class SupervisorGone(OSError):
    """supervisord does not answer (yet, or any more)."""


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A running supervisord."""

    process: subprocess.Popen[bytes]
    socket_path: Path

    def programs(self) -> tuple[Program, ...]:
        """Raises SupervisorGone."""
        infos = self._call("supervisor.getAllProcessInfo")
        assert isinstance(infos, list)
        fields = ("name", "statename", "pid", "spawnerr", "exitstatus")
        return tuple(Program(*[info[field] for field in fields]) for info in infos)

    def start_again(self, name: str) -> None:
        """Starts a program that supervisord has given up. Raises SupervisorGone."""
        self._call("supervisor.startProcess", name, False)

    def stop(self) -> None:
        """Asks for an ordered stop: Envoy drains first, the watcher ends last."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends everything at once: the programs die with supervisord."""
        self.process.kill()

    def _call(self, method: str, *arguments: object) -> object:
        proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_UnixTransport(str(self.socket_path)))
        try:
            with proxy:
                return getattr(proxy, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError) as error:
            raise SupervisorGone(f"supervisord does not answer: {error}") from error


def start(state: Path, environment: Mapping[str, str], drain_timeout: float) -> Supervisor:
    """Starts supervisord on entrypoint/supervisord.conf, in a session of its own: Ctrl-C reaches only us."""
    arguments = child.python_module("ambassador.cli.supervisord", "-c", str(layout.SUPERVISORD_CONF))
    variables = {
        child.PARENT_VARIABLE: str(os.getpid()),
        "AMBASSADOR_PYTHON": sys.executable,
        "AMBASSADOR_HOME": str(layout.HOME),
        "AMBASSADOR_STOP_SECONDS": str(int(drain_timeout) + STOP_MARGIN),
    }
    process = subprocess.Popen(
        child.command(arguments),
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Supervisor(process, state / "sv.sock")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=CALL_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)

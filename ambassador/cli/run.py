"""`ambassador run`: the whole product on this machine, from free ports to an orderly stop.

Starts supervisord, waits for traffic to flow, keeps an eye on the programs. Must not do any program's work.
"""

from __future__ import annotations

import dataclasses
import http.client
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ambassador.cli import diag_client, log, old_variables, orphans, output, ports, state_folder, straight, supervisor
from ambassador.cli.commands import CANNOT_START
from ambassador.cli.output import Output
from ambassador.cli.signals import Signals
from ambassador.cli.supervisor import Program, Supervisor, SupervisorGone
from ambassador.errors import StartError
from ambassador.settings import Settings, to_environment

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STARTING_POLL = 0.1
RUNNING_POLL = 1.0
HINT_SECONDS = 10.0
READY_SECONDS = 1.0
SLOWEST_REVIVAL = 30.0
LAST_RESORT_SECONDS = 30.0

Announce = Callable[[Settings], None]


def run(settings: Settings, state: Path | None, announce: Announce) -> int:
    """Runs everything until a signal comes; 0 after a clean stop.

    Args:
        settings: ports may be 0 for a free one.
        state: the state folder; None for a private one that is removed at the end.
        announce: called once with the settings in use, when traffic flows.

    Raises:
        UsageError, StartError: one line for the user.
    """
    settings = ports.choose(settings)
    with (
        state_folder.opened(state) as folder,
        Signals((*STOPPING, signal.SIGCHLD)) as signals,
        output.carried(folder, supervisor.PROGRAMS) as printed,
    ):
        settings = dataclasses.replace(settings, state=folder)
        state_folder.write_diag_port(folder, settings.diag_port)
        environment = {**os.environ, **to_environment(settings), **straight.environment()}
        started = supervisor.start(folder, environment, settings.drain_timeout)
        try:
            return Tree(settings, started, printed, signals).serve(announce)
        finally:
            started.kill()
            started.process.wait()


class Tree:
    """The programs of one instance while it runs."""

    def __init__(self, settings: Settings, supervisor: Supervisor, output: Output, signals: Signals) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._output = output
        self._signals = signals
        self._revivals = Revivals()

    def serve(self, announce: Announce) -> int:
        """Until a signal; raises StartError when a program cannot start or supervisord ends."""
        for warning in old_variables.warnings(os.environ):
            self._say(warning, "warning")
        if self._becomes_ready():
            announce(self._settings)
            self._until_signal()
        return self._stop()

    def _becomes_ready(self) -> bool:
        hint_at = time.monotonic() + HINT_SECONDS
        while not self._told_to_stop(STARTING_POLL):
            for program in fatal(self._programs()):
                raise StartError(why(program, self._output.reason(program.name)))
            answer = readiness(self._settings.diag_port)
            if answer.status == http.client.OK:
                return True
            if time.monotonic() > hint_at:
                self._say(f"not ready yet: {answer.text}", "warning")
                hint_at = time.monotonic() + HINT_SECONDS
        return False

    def _until_signal(self) -> None:
        processes = {program.name: program.pid for program in self._programs()}
        while not self._told_to_stop(RUNNING_POLL):
            programs = self._programs()
            for program in programs:
                if program.state == "RUNNING" and program.pid != processes.get(program.name, program.pid):
                    self._say(f"{program.name} had ended and runs again as process {program.pid}", "warning")
            processes |= {program.name: program.pid for program in programs if program.state == "RUNNING"}
            for name in self._revivals.due(fatal(programs), time.monotonic()):
                self._revive(name)

    def _told_to_stop(self, seconds: float) -> bool:
        """Whether a signal asks us to stop; waits for one that long."""
        if set(self._wait(seconds)) & set(STOPPING):
            return True
        if self._supervisor.process.poll() is not None:
            raise StartError(f"supervisord ended with {self._supervisor.process.returncode}")
        return False

    def _wait(self, seconds: float) -> tuple[int, ...]:
        numbers = self._signals.wait(seconds)
        orphans.reap(self._supervisor.process.pid)
        return numbers

    def _programs(self) -> tuple[Program, ...]:
        try:
            return self._supervisor.programs()
        except SupervisorGone:
            # It has not opened its socket yet, or ends; the latter shows as the end of its process.
            return ()

    def _revive(self, name: str) -> None:
        self._say(f"{name} fails again and again ({self._output.reason(name)}): starting it once more", "error")
        try:
            self._supervisor.start_again(name)
        except SupervisorGone as error:
            self._say(f"{name} could not be started: {error}", "warning")

    def _stop(self) -> int:
        self._say("stopping: requests in flight may finish; a second signal ends at once")
        self._supervisor.stop()
        deadline = time.monotonic() + self._settings.drain_timeout + LAST_RESORT_SECONDS
        while time.monotonic() < deadline:
            again = [number for number in self._wait(STARTING_POLL) if number in STOPPING]
            if again:
                return 128 + again[0]
            if self._supervisor.process.poll() is not None:
                return 0
        return 1

    def _say(self, event: str, level: str = "info") -> None:
        log.say(event, as_json=self._settings.json_logging, level=level)


def readiness(diag_port: int) -> diag_client.Answer:
    """200 when traffic flows and the watcher answers, so that who waits for `ready:` can ask it at once."""
    flows = diag_client.get(diag_port, "/check_ready", READY_SECONDS)
    return diag_client.get(diag_port, "/api/overview", READY_SECONDS) if flows.status == http.client.OK else flows


def fatal(programs: tuple[Program, ...]) -> tuple[Program, ...]:
    """The programs that supervisord has given up, or that have given up themselves."""
    return tuple(program for program in programs if program.state in ("FATAL", "EXITED"))


def why(program: Program, said: str) -> str:
    """What to tell of a program that cannot start; empty when it has told so itself. `said`: what it printed last."""
    if program.state == "EXITED" and program.exit_code == CANNOT_START:
        return ""
    return f"{program.name} cannot start: {said or program.spawn_error or 'it ended without a word'}"


class Revivals:
    """When to start a program again that supervisord gave up while others serve: after 1, 2, 4, ... 30 s."""

    def __init__(self) -> None:
        self._next: dict[str, tuple[float, float]] = {}

    def due(self, fatal: tuple[Program, ...], now: float) -> tuple[str, ...]:
        """Names to start now. `now`: seconds of a monotonic clock."""
        names = []
        for program in fatal:
            at, wait = self._next.get(program.name, (now + 1.0, 1.0))
            if now >= at:
                names.append(program.name)
                wait = min(SLOWEST_REVIVAL, wait * 2)
                at = now + wait
            self._next[program.name] = (at, wait)
        return tuple(names)

"""The processes of a bench: started on free ports, ended by their own id, asked what they used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from ambassador.cli import bootstrap, child, layout
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings
from tests.free_ports import free_ports

HOME = Path(layout.HOME)
_PORTS = ("http_port", "https_port", "diag_port", "admin_port", "ready_port")
NOTHING: Mapping[str, str] = MappingProxyType({})
_OPEN_FILES = 2 * bootstrap.MOST_CONNECTIONS


def settings_in(folder: Path) -> Settings:
    """Settings of an instance of its own: manifests in `config`, state in `state`, free ports."""
    config, state = folder / "config", folder / "state"
    config.mkdir(parents=True)
    state.mkdir(mode=0o700)
    http, https, diag, admin, ready = free_ports(len(_PORTS))
    return Settings(
        config=(config,),
        bind="127.0.0.1",
        state=state,
        http_port=http,
        https_port=https,
        diag_port=diag,
        admin_port=admin,
        ready_port=ready,
    )


@dataclass(frozen=True, slots=True)
class Running:
    """Processes that are ended together; the first is the one that was asked for."""

    settings: Settings
    processes: tuple[subprocess.Popen[bytes], ...]

    def end(self) -> None:
        """Ends them at once; what they started themselves dies with them."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def check(self) -> None:
        """Raises RuntimeError when one has ended by itself."""
        for process in self.processes:
            if process.poll() is not None:
                log = self.settings.state.parent / "log"
                raise RuntimeError(f"{process.args!r} ended: {log.read_text()[-2000:]}")


def start_product(settings: Settings, *arguments: str, environment: Mapping[str, str] = NOTHING) -> Running:
    """`ambassador run`: supervisord, watcher, Envoy and diag, as a user starts it."""
    flags = [f"--{name.replace('_', '-')}={getattr(settings, name)}" for name in _PORTS]
    folders = [f"--config={folder}" for folder in settings.config]
    command = [sys.executable, "-P", "-m", "ambassador", "run", *folders, *flags]
    command += [f"--bind={settings.bind}", f"--state={settings.state}", "--drain-timeout=1", *arguments]
    return Running(settings, (_spawn(command, settings, environment=environment),))


def start_floor(settings: Settings, data: Path, trigger: Sequence[str] = (), workers: int = 0) -> Running:
    """The bare server with its ready-made bytes, and an Envoy with the same bootstrap and flags as the product's.

    A line on the first process' stdin sends the next edit; `trigger` is a module of ours and its arguments that prints
    these lines instead. `workers`: Envoy's threads, 0 for one a core.
    """
    server = [
        sys.executable,
        "-P",
        str(Path(__file__).with_name("floor_server.py")),
        str(settings.ads_socket),
        str(data),
    ]
    bootstrapped = settings.state / "envoy.yaml"
    bootstrapped.write_text(bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), settings, _OPEN_FILES))
    threads = ["--concurrency", str(workers)] if workers else []
    envoy = _spawn([*_envoy_command(bootstrapped), *threads], settings, apart=True)
    if not trigger:
        return Running(settings, (_spawn(server, settings, stdin=subprocess.PIPE, apart=True), envoy))
    command = [sys.executable, "-m", *trigger]
    with (settings.state.parent / "log").open("ab") as log:
        lines = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=HOME)
    return Running(settings, (_spawn(server, settings, stdin=lines.stdout, apart=True), envoy, lines))


def start_envoy(settings: Settings, configuration: Path) -> Running:
    """An Envoy with a static configuration."""
    command = _envoy_command(configuration)
    return Running(settings, (_spawn([*command, "--concurrency", "1"], settings, apart=True),))


def _envoy_command(configuration: Path) -> list[str]:
    flags = ["--disable-hot-restart", "--log-level", "warning", "--component-log-level", "main:error,config:error"]
    return [str(envoy_path()), "-c", str(configuration), *flags]


def _spawn(
    command: list[str],
    settings: Settings,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    environment: Mapping[str, str] = NOTHING,
    apart: bool = False,
) -> subprocess.Popen[bytes]:
    """`apart`: in a session of its own. Linux shares processors out by sessions first
    (`kernel.sched_autogroup_enabled`), so what is measured must not have that of the load generator."""
    with (settings.state.parent / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=HOME,
            env={**os.environ, **environment},
            start_new_session=apart,
            # A bench that is killed leaves nothing behind.
            preexec_fn=child.die_with_parent,
        )


def watcher_of(product: Running, seconds: float = 20) -> int:
    """Process id of a running product's watcher."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        product.check()
        for pid, line in descendants(product.processes[0].pid).items():
            if line.endswith("-m ambassador watch ") and "ambassador.cli.child" not in line:
                return pid
        time.sleep(0.01)
    raise RuntimeError("the product started no watcher")


def envoy_of(running: Running, seconds: float = 20) -> int:
    """Process id of the Envoy of a running product or floor."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        running.check()
        below = {pid: line for one in running.processes for pid, line in descendants(one.pid).items()}
        own = {one.pid: " ".join(map(str, one.args)) for one in running.processes if isinstance(one.args, list)}
        for pid, line in {**own, **below}.items():
            if line.split(" ")[0] == str(envoy_path()):
                return pid
        time.sleep(0.01)
    raise RuntimeError("no Envoy was started")


def descendants(pid: int) -> dict[int, str]:
    """Process id and command line of everything below a process."""
    found = {}
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            found[int(one)] = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found |= descendants(int(one))
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time that the threads of a process have used; schedstat counts nanoseconds, /proc/PID/stat only 10 ms."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        total += int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total / 1e9


def peak_memory(pid: int) -> int:
    """The most memory that a process ever had resident, in bytes."""
    return _kilobytes(pid, "status", "VmHWM") * 1024


def resident_memory(pid: int) -> int:
    """What a process has resident now, in bytes."""
    return _kilobytes(pid, "status", "VmRSS") * 1024


def proportional_memory(pid: int) -> int:
    """The same with its share of what several processes have in common."""
    return _kilobytes(pid, "smaps_rollup", "Pss") * 1024


def _kilobytes(pid: int, file: str, name: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise RuntimeError(f"no {name}")


def envoy_stats(admin_port: int, pattern: str) -> dict[str, int]:
    """Envoy's counters and gauges whose name matches a pattern."""
    url = f"http://127.0.0.1:{admin_port}/stats?format=json&filter={pattern}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        found = json.load(answer)["stats"]
    return {one["name"]: int(one["value"]) for one in found if "value" in one}

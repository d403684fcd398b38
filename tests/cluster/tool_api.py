"""What `CLUSTER_STOP_API` and its like run for the cluster of the tool that `CLUSTER` names.

    python tests/cluster/tool_api.py stop|start|pause|resume|compact

The tool keeps the process ids of what it started in `$CLUSTER_HOME/run/pids`, one `name id` a line; `node1` is the
first process of the namespaces in which the API server and etcd run. A new API server gets the command line that the
old one had. Needs root, as the tool does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

READY_SECONDS = 60.0
ETCD = "http://127.0.0.1:2379/v3/kv/"


def home() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("CLUSTER_HOME") or cache / "cluster") / "run"


def pids() -> dict[str, int]:
    """What the tool started."""
    return {name: int(pid) for name, pid in (line.split() for line in (home() / "pids").read_text().splitlines())}


def kept() -> Path:
    """Where the command line waits until the API server is started again."""
    return home() / "apiserver.command"


def stop() -> None:
    pid = pids()["apiserver"]
    kept().write_bytes(Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not running(pid), "the API server does not end")


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def start() -> None:
    """Starts it in its namespaces, and waits until it answers. Does nothing when it runs."""
    if running(pids()["apiserver"]):
        return
    command = kept().read_bytes().rstrip(b"\0").decode().split("\0")
    with (home() / "log" / "apiserver.log").open("ab") as log:
        within = ["nsenter", "-t", str(pids()["node1"]), "-a", "setsid", *command]
        entered = subprocess.Popen(within, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    children = Path(f"/proc/{entered.pid}/task/{entered.pid}/children")
    wait_for(lambda: bool(children.read_text().split()), "the API server does not start")
    now = {**pids(), "apiserver": int(children.read_text().split()[0])}
    (home() / "pids").write_text("".join(f"{name} {pid}\n" for name, pid in now.items()))
    answers()


def answers() -> None:
    command = ["kubectl", "get", "--raw=/readyz", "--request-timeout=2s"]
    wait_for(lambda: subprocess.run(command, capture_output=True).returncode == 0, "the API server does not answer")


def pause() -> None:
    os.kill(pids()["apiserver"], signal.SIGSTOP)


def resume() -> None:
    pid = pids()["apiserver"]
    # nsenter stops with the process that it waits for, and would never take note of that one's end.
    os.kill(int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGCONT)
    os.kill(pid, signal.SIGCONT)
    answers()


def compact() -> None:
    """etcd forgets every revision but the present one."""
    within = ["nsenter", "-t", str(pids()["node1"]), "-n", sys.executable, __file__, "compact-here"]
    subprocess.run(within, check=True, timeout=30)


def compact_here() -> None:
    """The same, inside the network of the node."""
    revision = etcd("range", {"key": "AA=="})["header"]["revision"]
    etcd("compaction", {"revision": revision, "physical": True})


def etcd(what: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(ETCD + what, json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(what)
        time.sleep(0.1)


VERBS = {
    "stop": stop,
    "start": start,
    "pause": pause,
    "resume": resume,
    "compact": compact,
    "compact-here": compact_here,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in VERBS:
        raise SystemExit(f"usage: tool_api.py {'|'.join(VERBS)}")
    VERBS[sys.argv[1]]()

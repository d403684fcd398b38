"""Runs inside a pod of the product, given as text to `python3 -c`, while nobody can reach the pod: the API is away.

argv: a JSON {file, seconds, kills: [[after, part of a command line, signal]…]}. Goes on in the background, ends the
programs named when their time has come, looks at the product's own API twice a second, and writes what it saw to the
file as JSON lines: {time, killed: [pid…] | overview, problems}.
"""

import http.client
import json
import os
import signal
import sys
import time
from typing import Any

DIAG = ("127.0.0.1", 8877)
PAUSE = 0.5


def matching(part: str) -> list[int]:
    """The programs whose command line holds the text, but not this one."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if name.isdigit() and part in line and "witness" not in line and int(name) != os.getpid():
            found.append(int(name))
    return found


def asked(what: str) -> Any:
    """An answer of the diagnostics; None when there is none."""
    connection = http.client.HTTPConnection(*DIAG, timeout=2)
    try:
        connection.request("GET", f"/ambassador/v0/api/{what}")
        answer = connection.getresponse()
        return json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def killed(part: str, name: str) -> list[int]:
    """Sends the signal; to whom."""
    found = matching(part)
    for pid in found:
        os.kill(pid, getattr(signal, name))
    return found


def watch(asked_for: dict[str, Any]) -> None:
    started = time.time()
    kills = sorted(asked_for["kills"])
    with open(asked_for["file"], "w", buffering=1) as file:
        while time.time() < started + asked_for["seconds"]:
            while kills and time.time() >= started + kills[0][0]:
                _, part, name = kills.pop(0)
                file.write(json.dumps({"killed": killed(part, name), "part": part, "time": time.time()}) + "\n")
            seen = {"time": time.time(), "overview": asked("overview"), "problems": asked("problems")}
            file.write(json.dumps(seen) + "\n")
            time.sleep(PAUSE)


def in_background() -> bool:
    """True in the process that goes on."""
    if os.fork():
        return False
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return True


if in_background():
    watch(json.loads(sys.argv[1]))

"""2,000 random edits while clients ask without a break: no request may fail and no listener may drain."""

from __future__ import annotations

import json
import random
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from ambassador.settings import Settings
from tests.bench.layouts import Save
from tests.bench.probe import Answer, GaveUpError, Probe
from tests.bench.processes import HOME, envoy_stats, settings_in, start_product
from tests.bench.report import Figure
from tests.bench.soak_world import TLS_HOST, Change, Expected, World, mapping, pairs

SUBJECTS = 4
OTHERS = 100
PLAIN, SECURE, RATE = 7, 1, 150
PATIENCE = 20.0
UNSEEN = 0.02
"""Seconds given to an edit that cannot be seen from outside."""
POLL = 0.002
DRAINS = (
    "listener_manager.listener_modified",
    "listener_manager.listener_removed",
    "listener_manager.total_listeners_draining",
    "listener_manager.total_filter_chains_draining",
    "listener_manager.listener_in_place_updated",
)


@dataclass(slots=True)
class Editor:
    """Applies edits, one after the other, and waits until each is seen."""

    settings: Settings
    dice: random.Random
    probe: Probe
    log: list[tuple[float, str]]
    late: list[str]

    def apply(self, kind: str, change: Change) -> None:
        self.log.append((time.time(), f"{kind}: {change.what}"))
        for name, text in change.files.items():
            self._write(self.settings.config[0] / name, text)
        if change.expected is None:
            time.sleep(UNSEEN)
        elif not self.seen(change.expected):
            self.late.append(f"{kind}: {change.what} was not seen in {PATIENCE:g} s")

    def _write(self, path: Path, text: str | None) -> None:
        if text is None:
            path.unlink()
        elif not path.exists() or path.read_text() != text:
            save = Save(path, text.encode())
            self.dice.choice((save.by_rename, save.in_place))(time.monotonic)

    def seen(self, expected: Expected) -> bool:
        """Whether an edit shows, at last."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._shown(expected):
                return True
            time.sleep(POLL)
        return False

    def _shown(self, expected: Expected) -> bool:
        if expected.certificate is not None:
            wanted = expected.certificate.public_bytes(Encoding.DER)
            return _shown_certificate(self.settings.https_port) == wanted
        answer = self.probe.ask(expected.path, expected.host)
        return _is(answer, expected.backend)


def _is(answer: Answer, backend: str) -> bool:
    return answer.body.decode() == backend if backend else answer.status == 404


def _shown_certificate(port: int) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as plain,
            context.wrap_socket(plain, server_hostname=TLS_HOST) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError:
        return b""


def measure(edits: int, folder: Path, ports: dict[str, int], seed: int) -> tuple[list[Figure], list[str]]:
    """Figures, and what went wrong in words."""
    dice = random.Random(seed)
    settings = settings_in(folder)
    world = World(ports, dice, pairs(8))
    editor = Editor(settings, dice, Probe(settings.http_port), [], [])
    running = start_product(settings)
    try:
        _begin(editor, world, ports)
        before = _drains(settings)
        began = time.monotonic()
        with _clients(folder, settings, world) as clients:
            kinds = _edit(editor, world, edits)
        took = time.monotonic() - began
        seen = json.loads(clients.output)
        after = _drains(settings)
    finally:
        running.end()
    drained = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    faults = [*editor.late, *_explained(seen["failures"], editor.log), *(f"drains: {one}" for one in drained.items())]
    return _figures(seen, drained, editor, kinds, took), faults


def _begin(editor: Editor, world: World, ports: dict[str, int]) -> None:
    """Every subject in its first state, among others that are never edited."""
    address = f"127.0.0.1:{ports['backend-0']}"
    files = {f"other{number}.yaml": mapping(f"other{number}", f"/other{number}/", address) for number in range(OTHERS)}
    changes = [kind(number) for kind in world.kinds.values() for number in range(SUBJECTS)]
    for change in changes:
        files |= {name: text for name, text in change.files.items() if text is not None}
    for name, text in files.items():
        (editor.settings.config[0] / name).write_text(text)
    editor.probe.until_answered(f"/other{OTHERS - 1}/x", "any.test", 60, 0.05)
    # All certificate "subjects" are one: the last of them is the one that is shown.
    for change in changes[:-SUBJECTS] + changes[-1:]:
        if change.expected and not editor.seen(change.expected):
            raise GaveUpError(f"{change.what} never came to its first state")


def _edit(editor: Editor, world: World, edits: int) -> Counter[str]:
    """Random edits; how many of each kind there were."""
    done: Counter[str] = Counter()
    kinds = world.kinds
    for _ in range(edits):
        kind = editor.dice.choice(sorted(kinds))
        editor.apply(kind, kinds[kind](editor.dice.randrange(SUBJECTS)))
        done[kind] += 1
    return done


class Clients:
    """The clients' process; `output` is there when it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.output = ""


@contextmanager
def _clients(folder: Path, settings: Settings, world: World) -> Iterator[Clients]:
    spec: dict[str, Any] = {
        "http_port": settings.http_port,
        "https_port": settings.https_port,
        "tls_host": TLS_HOST,
        "plain": PLAIN,
        "secure": SECURE,
        "rate": RATE,
        "questions": [asdict(one) for one in world.questions(SUBJECTS)],
    }
    file = folder / "clients.json"
    file.write_text(json.dumps(spec))
    command = [sys.executable, "-P", str(Path(__file__).with_name("soak_traffic.py")), str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOME) as process:
        clients = Clients(process)
        time.sleep(1)
        try:
            yield clients
            time.sleep(1)
            clients.output, _ = process.communicate(timeout=60)
        finally:
            process.kill()


def _drains(settings: Settings) -> dict[str, int]:
    found = envoy_stats(settings.admin_port, "(listener_manager|drain)")
    missing = [name for name in DRAINS if name not in found]
    if missing:
        raise RuntimeError(f"Envoy has no statistics {missing}")
    return {name: value for name, value in found.items() if name in DRAINS or "drain" in name}


def _explained(failures: list[tuple[float, str, str]], log: list[tuple[float, str]]) -> list[str]:
    """Each failure with the edit before it."""
    found = []
    for at, question, fault in failures:
        before = [one for one in log if one[0] <= at]
        edit = f"{(at - before[-1][0]) * 1000:.0f} ms after {before[-1][1]}" if before else "before the first edit"
        found.append(f"{question}: {fault} ({edit})")
    return found


def _figures(
    seen: dict[str, Any], drained: dict[str, int], editor: Editor, kinds: Counter[str], took: float
) -> list[Figure]:
    count = sum(kinds.values())
    note = f"of {seen['requests']} in {took:.0f} s; " + ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
    under = f"{count} random edits under {PLAIN + SECURE} connections"
    return [
        Figure("soak", f"{under}: failed requests", seen["failed"], "", 0.0, note=note),
        Figure("soak", f"{under}: listener drains", sum(map(abs, drained.values())), "", 0.0),
        Figure("soak", f"{under}: edits never seen", len(editor.late), "", 0.0),
    ]

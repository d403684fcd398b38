"""Memory and processor time of the programs in a pod, as its own /proc tells."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.cluster.harness.product import Product

WATCHER = "-m ambassador watch"
ENVOY = "_bin/envoy "

_SCRIPT = """
import json, os, sys
found = []
for name in os.listdir('/proc'):
    if not name.isdigit() or int(name) == os.getpid():
        continue
    try:
        line = open(f'/proc/{name}/cmdline', 'rb').read().replace(b'\\0', b' ').decode(errors='replace')
        stat = open(f'/proc/{name}/stat').read().rpartition(')')[2].split()
        status = open(f'/proc/{name}/smaps_rollup').read() if os.access(f'/proc/{name}/smaps_rollup', os.R_OK) else ''
        rss = next((int(l.split()[1]) for l in status.splitlines() if l.startswith('Rss:')), 0)
        found.append([int(name), line, sum(map(int, stat[11:15])) / os.sysconf('SC_CLK_TCK'), rss])
    except OSError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A process of the pod; `cpu`: seconds up to now, ended children included; `memory`: resident kilobytes."""

    pid: int
    line: str
    cpu: float
    memory: int


def programs(product: Product, pod: str) -> list[Program]:
    """All processes of the pod, the one that asks left out."""
    return [Program(*one) for one in json.loads(product.exec(pod, "python3", "-c", _SCRIPT))]


def program(product: Product, pod: str, part: str) -> Program:
    """The program whose command line holds the text."""
    return next(one for one in programs(product, pod) if part in one.line)


def cpu_seconds(product: Product, pod: str) -> float:
    """Of all programs of the pod together."""
    return sum(one.cpu for one in programs(product, pod))


def signal_script(part: str, name: str) -> str:
    """For `python3 -c` in a pod: sends a signal to the programs whose command line holds the text."""
    return (
        "import os, signal\n"
        "for p in filter(str.isdigit, os.listdir('/proc')):\n"
        "    line = open(f'/proc/{p}/cmdline', 'rb').read().replace(b'\\0', b' ')\n"
        f"    if b'{part}' in line and int(p) != os.getpid(): os.kill(int(p), signal.SIG{name})\n"
    )

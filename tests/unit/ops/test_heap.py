"""Free memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import re
from pathlib import Path
from ambassador.ops.heap import give_back

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))

kept = []
blocks = []
for number in range(40_000):
    blocks.append(bytes(2_000))
    if number % 100 == 0:
        kept.append(bytes(2_000))
del blocks
before = resident()
give_back()
print(before - resident())
"""


def test_given_much_that_is_free_between_what_is_used_then_most_of_it_goes_back() -> None:
    # A process of its own: what else lives in this one decides what is free.
    command = [sys.executable, "-c", PROGRAM]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(told.stdout) > 20_000

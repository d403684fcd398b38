"""What `run` does as the first process of a container: others' children are collected, its own are left to it."""

import subprocess
import sys

# In a process of its own: it collects whatever child ends, those of other tests too.
ENDED = """
import os, sys
from ambassador.cli import orphans

def ended(code):
    child = os.spawnl(os.P_NOWAIT, sys.executable, sys.executable, "-c", f"raise SystemExit({code})")
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return child

def left():
    found = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))
"""


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", ENDED + script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_given_orphans_that_have_ended_then_all_are_collected() -> None:
    assert run("ended(1); ended(2)\norphans.reap(ours=0)\nprint(left())") == "[]"


def test_given_our_own_child_has_ended_then_its_exit_code_is_left_for_us() -> None:
    assert run("ours = ended(7)\norphans.reap(ours)\nprint([code for pid, code in left()])") == "[7]"


def test_given_orphans_before_our_own_child_then_they_are_collected_and_it_is_not() -> None:
    assert run("ended(1)\nours = ended(7)\norphans.reap(ours)\nprint([code for pid, code in left()])") == "[7]"


def test_given_no_child_at_all_then_there_is_nothing_to_do() -> None:
    assert run("orphans.reap(ours=0)\nprint('done')") == "done"

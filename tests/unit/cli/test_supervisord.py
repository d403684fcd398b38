"""What supervisord is spared, and what it does better as we start it."""

import subprocess
import sys

FORKS = """
import os, signal, time
from ambassador.cli.supervisord import end_children_that_have_not_begun

signal.signal(signal.SIGTERM, lambda *_: None)
end_children_that_have_not_begun()
for _ in range(20):
    child = os.fork()
    if not child:
        time.sleep(20)
        os._exit(0)
    os.kill(child, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
signal.raise_signal(signal.SIGTERM)
print("the parent hears signals as before")
"""


def test_given_a_program_that_was_only_just_forked_when_told_to_stop_then_it_ends() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n") == ["-15"] * 20 + ["the parent hears signals as before", ""], done.stderr

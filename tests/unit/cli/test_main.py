"""The command before anything of it has been imported."""

import signal
import subprocess
import sys

STREAM = "import os, sys, ambassador.__main__; sys.stderr.write(os.readlink('/proc/self/fd/1'))"
STUCK = """
import importlib.abc, sys, time

class Stuck(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "ambassador.cli.commands":
            print("imports", flush=True)
            time.sleep(60)

sys.meta_path.insert(0, Stuck())
import ambassador.__main__
"""


def test_given_a_closed_stdout_then_no_file_of_ours_gets_what_is_printed() -> None:
    command = ["sh", "-c", 'exec "$0" -c "$1" >&-', sys.executable, STREAM]
    assert subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=30).stderr == "/dev/null"


def test_given_ctrl_c_while_we_import_then_it_ends_without_a_traceback() -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"imports\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[1] == b""
        assert process.returncode == -signal.SIGINT

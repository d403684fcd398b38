"""The stdout of `run`, written to by a program below it without anybody who copies."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ambassador.cli import straight

PRINTS = "import os; from ambassador.cli import straight; print(straight.take(os.environ), flush=True)"


def told(stdout: int) -> Mapping[str, str]:
    """What a process with this stdout tells those below it; its own end of stdout stays open here."""
    kept = os.dup(1)
    os.dup2(stdout, 1)
    try:
        return straight.environment()
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def test_given_a_pipe_as_stdout_then_a_program_whose_own_is_another_writes_to_it() -> None:
    read, write = os.pipe()
    variables = told(write)
    # The name is that of our own stdout; the pipe has another number in this process.
    at = {straight.VARIABLE: variables[straight.VARIABLE].replace("/fd/1", f"/fd/{write}")}
    copied = subprocess.run(
        [sys.executable, "-c", PRINTS], env={**os.environ, **at}, stdout=subprocess.PIPE, timeout=20
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        assert (pipe.read(), copied.stdout) == ("True\n", b"")


def test_given_a_file_as_stdout_then_nobody_else_opens_it_since_both_would_write_at_its_beginning(
    tmp_path: Path,
) -> None:
    with (tmp_path / "log").open("w") as file:
        assert told(file.fileno()) == {straight.VARIABLE: ""}


@pytest.mark.parametrize("name", ["", "nonexistent", "unread", "file"])
def test_given_a_stdout_that_cannot_be_had_or_that_nobody_reads_then_what_is_there_stays(
    name: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "unread")
    (tmp_path / "file").write_text("what is there")
    before = os.fstat(1)
    assert not straight.take({straight.VARIABLE: str(tmp_path / name) if name else ""})
    assert (os.fstat(1).st_ino, os.fstat(1).st_dev) == (before.st_ino, before.st_dev)

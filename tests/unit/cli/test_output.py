"""What the children print: carried through byte by byte, and the best line of it remembered."""

import os
from pathlib import Path

import pytest

from ambassador.cli.output import carried, meaningful, write_all

TRACEBACK = """\
Traceback (most recent call last):
  File "x.py", line 1, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        (TRACEBACK, "ModuleNotFoundError: No module named 'nothing'"),
        (TRACEBACK + "[2026-01-01] [7] [INFO] Shutting down\n", "ModuleNotFoundError: No module named 'nothing'"),
        ("[2026-01-01 10:00][12][critical][main] [s.cc:1] unable to bind\n[x][12][info] exiting\n", "unable to bind"),
        ("2026-01-01T10:00:00.123Z [error    ] it broke\n", "it broke"),
        ("2026-01-01 10:00:00 [ERROR] diag: it broke\n", "it broke"),
        ("ambassador: the folder is gone\n", "the folder is gone"),
        ("cannot open the door\ngood bye\n", "cannot open the door"),
        ('{"level": "error", "event": "port is taken"}\n{"level": "info", "event": "bye"}\n', "port is taken"),
        ("[1, 2]\n", "[1, 2]"),
    ],
)
def test_given_stderr_then_the_line_that_says_why_is_found(text: str, reason: str) -> None:
    assert meaningful(text) == reason


def test_given_children_that_write_by_name_then_all_of_it_arrives(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    many = "line of the access log\n" * 20_000
    with carried(tmp_path, ("envoy", "diag")) as output:
        for name, text in (("out", many), ("envoy.err", "it broke\n"), ("diag.err", "fine\n")):
            with (tmp_path / name).open("w") as pipe:
                pipe.write(text)
    printed = capfd.readouterr()
    assert printed.out == many
    assert sorted(printed.err.splitlines()) == ["fine", "it broke"]
    assert (output.reason("envoy"), output.reason("diag"), output.reason("watcher")) == ("it broke", "fine", "")
    assert list(tmp_path.iterdir()) == []


def test_given_a_reader_that_went_away_then_its_bytes_are_dropped() -> None:
    read, write = os.pipe()
    os.close(read)
    write_all(write, b"nobody")
    os.close(write)

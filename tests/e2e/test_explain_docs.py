"""What docs/explain.md shows is what is said: each command of the page is typed, and its block compared."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
PAGE = HOME / "docs" / "explain.md"
BLOCKS = re.findall(r"^```\n\$ (.+)\n((?:(?!```).*\n)+)```$", PAGE.read_text(), re.MULTILINE)


def test_given_the_page_then_it_shows_a_request_that_is_taken_and_one_that_is_not() -> None:
    assert [" is answered with 404" in shown for _, shown in BLOCKS] == [False, True]


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_given_a_command_of_the_page_when_it_is_typed_then_it_says_what_the_page_shows(
    command: str, shown: str
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "ambassador"
    line = [sys.executable, "-m", "ambassador", *arguments]
    done = subprocess.run(line, cwd=HOME, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", shown)

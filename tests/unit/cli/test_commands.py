"""The command line: what is listed, how wrong input ends, and which flag wins over which variable."""

import subprocess
import sys
from pathlib import Path

import pytest

from ambassador.cli import commands, options
from ambassador.errors import UsageError


def outcome(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    code = commands.outcome(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_given_no_command_then_all_are_listed(arguments: tuple[str, ...], capsys: pytest.CaptureFixture) -> None:
    code, out, _ = outcome(capsys, *arguments)
    assert code == 0
    assert [line.split()[0] for line in out.split("Commands:\n")[1].splitlines()] == list(commands.COMMANDS)


def test_every_command_has_a_summary_and_help(capsys: pytest.CaptureFixture) -> None:
    assert list(commands.SUMMARIES) == list(commands.COMMANDS)
    for name in commands.COMMANDS:
        code, out, _ = outcome(capsys, name, "--help")
        assert (code, out.startswith(f"Usage: ambassador {name} ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], "'fly'"),
        (["run", "--fly"], "'--fly'"),
        (["run", "--config", "/no/such/folder"], "'/no/such/folder'"),
        (["run", "--config", __file__], "is a file"),
        (["run", "--http-port", "70000"], "70000"),
        (["run", "--http-port", "http"], "'http'"),
        (["run", "--drain-timeout", "-1"], "-1"),
        (["run", "--bind", "localhost"], "localhost is no IP address"),
        (["check"], "PATH"),
        (["check", "/no/such/file"], "'/no/such/file'"),
        (["dump", "--format", "xml", __file__], "'xml'"),
    ],
)
def test_given_wrong_input_then_one_line_says_what_and_the_exit_code_is_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture
) -> None:
    code, out, err = outcome(capsys, *arguments)
    (line,) = err.splitlines()
    assert (code, out) == (2, "")
    assert line.startswith("ambassador: ")
    assert says in line


def test_given_a_flag_then_it_wins_over_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBASSADOR_HTTP_PORT", "1000")
    monkeypatch.setenv("AMBASSADOR_HTTPS_PORT", "1001")
    monkeypatch.setenv("AMBASSADOR_CONFIG_DIR", "/elsewhere")
    settings = options.settings({"http_port": 0, "https_port": None, "config": (tmp_path,), "kubernetes": False})
    assert (settings.http_port, settings.https_port, settings.config) == (0, 1001, (tmp_path,))


@pytest.mark.parametrize(("flags", "kubernetes"), [({}, True), ({"kubernetes": True, "config": (Path("/x"),)}, True)])
def test_the_cluster_is_the_source_when_asked_for_or_when_no_folder_is_given(
    flags: dict, kubernetes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMBASSADOR_CONFIG_DIR", raising=False)
    assert options.settings({"config": (), "kubernetes": False} | flags).kubernetes is kubernetes


def test_given_a_folder_alone_then_the_cluster_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMBASSADOR_CONFIG_DIR", raising=False)
    assert options.settings({"config": (Path("/x"),), "kubernetes": False}).kubernetes is False


def test_given_a_folder_that_cannot_be_passed_on_then_it_is_refused() -> None:
    with pytest.raises(UsageError, match="a:b"):
        options.settings({"config": (Path("/a:b"),)})


def test_given_a_wrong_variable_then_one_line_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("AMBASSADOR_DIAG_PORT", "diag")
    code, _, err = outcome(capsys, "run", "--config", str(tmp_path))
    assert (code, err) == (2, "ambassador: AMBASSADOR_DIAG_PORT must be a port from 0 to 65535, not 'diag'\n")


def test_run_does_not_load_the_compiler() -> None:
    code = "import sys, ambassador.cli.live; sys.exit('ambassador.app' in sys.modules or 'grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

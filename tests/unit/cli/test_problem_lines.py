"""The lines and exit codes of `check` and `dump`, for given problems."""

import json
from pathlib import Path

import pytest

from ambassador.app import offline
from ambassador.cli import commands, problem_lines

MAPPING = {"kind": "Mapping", "namespace": "default", "name": "shop", "origin": "b.yaml:3"}


def problem(**changes: object) -> dict:
    base = {"severity": "error", "reason": "InvalidValue", "message": "weight must be 0 to 100"}
    return base | {"path": "spec.weight", "line": 9, "source": MAPPING} | changes


def test_a_line_leads_to_the_field() -> None:
    assert problem_lines.line(problem()) == (
        "b.yaml:9: error InvalidValue: weight must be 0 to 100 (spec.weight) [Mapping default/shop]"
    )


def test_given_no_line_of_its_own_then_the_first_line_of_the_object_stands_in() -> None:
    assert problem_lines.line(problem(line=None, path="")).startswith("b.yaml:3: error InvalidValue: weight")


def test_given_text_that_is_no_object_then_no_object_is_named() -> None:
    source = {"kind": "", "namespace": "", "name": "", "origin": "my:file.yaml:1"}
    assert problem_lines.line(problem(source=source, path="", line=2)) == (
        "my:file.yaml:2: error InvalidValue: weight must be 0 to 100"
    )


def test_lines_are_sorted_by_file_and_line_as_numbers() -> None:
    first = problem(source=MAPPING | {"origin": "a.yaml:50"}, line=None)
    problems = [problem(line=10), problem(line=9), first]
    assert [problem_lines.place(one) for one in problem_lines.in_order(problems)] == [
        ("a.yaml", 50),
        ("b.yaml", 9),
        ("b.yaml", 10),
    ]


WARNING = problem(severity="warning")


@pytest.mark.parametrize(
    ("problems", "flags", "code", "summary"),
    [
        ([], [], 0, "no problems"),
        ([WARNING], [], 0, "1 warning"),
        ([WARNING], ["--strict"], 1, "1 warning"),
        ([WARNING, problem(), problem()], [], 1, "2 errors, 1 warning"),
    ],
)
def test_the_exit_code_of_check_tells_errors_from_warnings(
    problems: list, flags: list, code: int, summary: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(offline, "check", lambda paths, settings, *, envoy: problems)
    assert commands.outcome(["check", str(Path(__file__)), *flags]) == code
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == len(problems)
    assert printed.err == summary + "\n"


def test_given_format_json_then_check_prints_the_problems_as_the_page_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(offline, "check", lambda paths, settings, *, envoy: [problem(envoy=envoy)])
    assert commands.outcome(["check", "--format=json", "--envoy", __file__]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"problems": [problem(envoy=True)]}
    assert printed.err == ""


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_dump_prints_the_configuration_alone_on_stdout(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(offline, "check", lambda paths, settings, *, envoy: [problem()])
    monkeypatch.setattr(offline, "dump", lambda paths, settings, *, show_secrets: {"shown": show_secrets})
    assert commands.outcome(["dump", "--show-secrets", f"--format={form}", __file__]) == 1
    printed = capsys.readouterr()
    assert printed.out.strip() == ('{\n  "shown": true\n}' if form == "json" else "shown: true")
    assert printed.err.splitlines()[1:] == ["1 error"]

"""`diff` in a terminal, in Markdown and as JSON: widths, exit codes, and texts that try to get out of their place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from ambassador.cli import diff_markdown, diff_text
from ambassador.cli.commands import outcome

HOSTILE = "`a` | <script>alert(1)</script> **b** @team ](x) \x1b[31m \u202e ``` \n# head"


def change(**more: Any) -> dict[str, Any]:
    source = {"kind": "Mapping", "namespace": "default", "name": "cart", "origin": "new/all.yaml:7"}
    base = {"part": "route", "sign": "changed", "name": "mapping/default/cart", "hosts": [], "source": source}
    return {**base, "details": [{"what": "backend", "old": "a:80", "new": "b:80"}], **more}


def found(**more: Any) -> dict[str, Any]:
    empty = {"changes": [], "answers": [], "harmless": [], "unasked": 0, "problems": {"new": [], "gone": []}}
    return {"same": False, "summary": "1 route changed", **empty, **more}


def answer(text: str, **more: Any) -> dict[str, Any]:
    source = {"kind": "Mapping", "namespace": "a", "name": "b", "origin": "old/all.yaml:3"}
    base = {"request": {"text": text}, "curl": "curl x", "old": "mapping/a/b", "new": "404", "count": 1}
    return {**base, "old_source": source, "new_source": None, **more}


def plain(difference: dict[str, Any]) -> list[str]:
    return [click.unstyle(line) for line in diff_text.lines(difference)]


def test_given_a_difference_then_every_line_fits_80_columns() -> None:
    long = "x" * 30 + " " + "y" * 60
    problem = {"severity": "error", "reason": "Conflict", "message": long, "path": "spec", "line": 3, "source": {}}
    shown = found(
        summary=long,
        changes=[change(details=[{"what": long, "old": long, "new": long}], hosts=["a.test"] * 9)],
        answers=[answer(f"GET http://a.test/ with {long}", count=3)],
        harmless=[{"routes": ["mapping/default/a"] * 9, "hosts": [long]}],
        problems={"new": [problem], "gone": []},
    )
    lines = plain(shown)
    assert max(map(len, lines)) <= 80
    assert "  ~ mapping/default/cart                                          new/all.yaml:7" in lines


def test_given_parts_then_each_has_its_section_in_a_fixed_order() -> None:
    parts = ("backend", "route", "host", "certificate", "listener")
    lines = plain(found(changes=[change(part=part) for part in parts], harmless=[{"routes": ["r"], "hosts": ["h"]}]))
    titles = [line for line in lines if line and not line.startswith(" ")]
    assert titles == ["1 route changed", "Listeners", "Certificates", "Hosts", "Routes", "Backends", "Harmless"]


@pytest.mark.parametrize(
    ("detail", "line"),
    [
        (("weight", "10%", "20%"), "      weight: 10% → 20%"),
        (("method", "", "GET"), "      method: + GET"),
        (("method", "GET", ""), "      method: - GET"),
        (("", "", "/a/ → b"), "      /a/ → b"),
        (("", "/a/ → b", ""), "      /a/ → b"),
    ],
)
def test_given_what_came_or_went_then_a_sign_says_so(detail: tuple[str, str, str], line: str) -> None:
    one = dict(zip(("what", "old", "new"), detail, strict=True))
    assert line in plain(found(changes=[change(details=[one])]))


def test_given_texts_that_a_terminal_would_obey_then_they_are_written_out() -> None:
    lines = plain(found(changes=[change(name=HOSTILE)], answers=[answer(HOSTILE)]))
    assert all(line.isprintable() for line in lines)
    assert any(r"\x1b[31m" in line for line in lines)


def test_given_hostile_texts_then_markdown_keeps_them_in_code_spans() -> None:
    hostile = change(name=HOSTILE, hosts=[HOSTILE], details=[{"what": "path", "old": HOSTILE, "new": HOSTILE}])
    text = diff_markdown.text(found(changes=[hostile], answers=[answer(HOSTILE, old=HOSTILE)]))
    outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text)
    for part in ("<script>", "@team", "](x)", "**b**", "|", "`"):
        assert part not in outside
    assert "\x1b" not in text
    assert not any(line.startswith("# head") for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "span"), [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("", "`  `"), ("a``", "``` a`` ```")]
)
def test_given_backticks_then_the_fence_is_longer(text: str, span: str) -> None:
    assert diff_markdown.code(text) == span


def test_given_very_many_changes_then_a_comment_stays_small_enough() -> None:
    text = diff_markdown.text(found(changes=[change(name=f"mapping/default/m{number}") for number in range(3_000)]))
    assert len(text) < 65_536
    assert "more lines" in text.splitlines()[-1]


MAPPING = """
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: cart}}
spec: {{hostname: "*", prefix: /cart/, service: "10.0.0.1:{port}"}}
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    for name, port in (("old", 80), ("new", 81)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.yaml").write_text(MAPPING.format(port=port))
    monkeypatch.chdir(tmp_path)
    return "old", "new"


def test_given_the_same_then_exit_0_and_a_sentence(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["diff", folders[0], folders[0]]) == 0
    assert capsys.readouterr().out == "every request is answered as before\n"


def test_given_a_difference_then_exit_1_and_the_lines(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["diff", *folders]) == 1
    assert capsys.readouterr().out == (
        "1 route changed\n\nRoutes\n"
        "  ~ mapping/default/cart                                          new/all.yaml:2\n"
        "      backend: 10.0.0.1:80 → 10.0.0.1:81\n"
        "      at *\n"
    )


def test_given_a_format_then_it_is_printed(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["diff", *folders, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["changes"][0]["name"]) == (False, "mapping/default/cart")
    assert outcome(["diff", *folders, "--format", "markdown"]) == 1
    assert "- **changed** `mapping/default/cart` at `*` (`new/all.yaml:2`)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["diff"], ["diff", "old"], ["diff", "old", "none"], ["diff", "old", "new", "--x"]]
)
def test_given_a_command_line_that_cannot_work_then_exit_2_and_one_line(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert outcome(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1

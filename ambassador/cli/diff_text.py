"""A difference as text of 80 columns, for a terminal or a log. Everything that manifests say is made printable."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import click

from ambassador.cli import problem_lines
from ambassador.cli.diff_words import SIGNS, Json, harmless, listed, places, sections
from ambassador.cli.explain_text import plain

_WIDTH = 80
_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def lines(found: Json) -> Iterator[str]:
    """The summary, then one section each."""
    yield from (click.style(line, bold=True) for line in _wrapped(found["summary"], "", ""))
    for title, changes in sections(found):
        yield from _title(title)
        for one in changes:
            yield from _change(one)
    if found["answers"]:
        yield from _title("Requests that are answered otherwise")
        for one in found["answers"]:
            yield from _answer(one)
    if found["harmless"]:
        yield from _title("Harmless")
        for one in found["harmless"]:
            yield from _wrapped(harmless(one), "  = ", "    ")
    yield from _problems(found["problems"])


def _title(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, bold=True)


def _change(one: Json) -> Iterator[str]:
    sign = SIGNS[one["sign"]]
    place = plain(one["source"]["origin"]) if one["source"] else ""
    head = f"  {sign} {plain(one['name'])}"
    gap = _WIDTH - len(head) - len(place)
    yield click.style(f"{head}{' ' * gap}{place}" if gap > 1 else head, fg=_COLOURS[sign])
    if place and gap <= 1:
        yield f"      {place}"
    for detail in one["details"]:
        yield from _wrapped(_detail(detail), "      ", "        ")
    if one["hosts"]:
        yield from _wrapped(f"at {listed(one['hosts'])}", "      ", "        ")


def _detail(detail: Json) -> str:
    what = f"{detail['what']}: " if detail["what"] else ""
    if not detail["old"] or not detail["new"]:
        text = detail["new"] or detail["old"]
        sign = "" if not what else "+ " if detail["new"] else "- "
        return f"{what}{sign}{text}"
    return f"{what}{detail['old']} → {detail['new']}"


def _answer(one: Json) -> Iterator[str]:
    yield from _wrapped(one["request"]["text"], "  ~ ", "    ")
    also = f" (and {one['count'] - 1} more like it)" if one["count"] > 1 else ""
    yield from _wrapped(f"{one['old']} → {one['new']}{also}", "      ", "        ")
    yield from _wrapped(places(one), "      ", "        ")


def _problems(problems: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    if not (problems["new"] or problems["gone"]):
        return
    yield from _title("Problems")
    for sign, kind in (("+", "new"), ("-", "gone")):
        for one in problem_lines.in_order(problems[kind]):
            yield from _wrapped(problem_lines.line(one), f"  {sign} ", "    ")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        plain(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )

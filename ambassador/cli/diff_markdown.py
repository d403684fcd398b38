"""A difference as Markdown, for a comment on a pull request.

All that manifests say stands in code spans, where neither Markdown nor HTML nor a mention means anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ambassador.cli import problem_lines
from ambassador.cli.diff_words import Json, listed, places, sections
from ambassador.cli.explain_text import plain

_LONGEST = 60_000
"""Characters; a comment may have 65,536."""


def text(found: Json) -> str:
    """The whole comment."""
    lines = list(_lines(found))
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > _LONGEST:
            kept += ["", f"_{len(lines) - len(kept)} more lines: `ambassador diff` prints them._"]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(found: Json) -> Iterator[str]:
    yield "### What changes for requests"
    yield ""
    yield f"**{found['summary'].capitalize()}.**"
    for title, changes in sections(found):
        yield from _title(title)
        for one in changes:
            yield from _change(one)
    if found["answers"]:
        yield from _title("Requests that are answered otherwise")
        yield from (_answer(one) for one in found["answers"])
    if found["harmless"]:
        yield from _title("Harmless")
        for one in found["harmless"]:
            hosts = code(listed(one["hosts"]))
            yield f"- {code(listed(one['routes']))}: asked in another order at {hosts}; no answer changes"
    yield from _problems(found["problems"])


def code(text: str) -> str:
    """Any text as a code span that it cannot leave."""
    shown = plain(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _title(title: str) -> Iterable[str]:
    return ("", f"#### {title}", "")


def _change(one: Json) -> Iterator[str]:
    place = f" ({code(one['source']['origin'])})" if one["source"] else ""
    hosts = f" at {code(listed(one['hosts']))}" if one["hosts"] else ""
    yield f"- **{one['sign']}** {code(one['name'])}{hosts}{place}"
    yield from (f"  - {_detail(detail)}" for detail in one["details"])


def _detail(detail: Json) -> str:
    what = f"{detail['what']}: " if detail["what"] else ""
    sides = [f"{'~~' if struck else ''}{code(text)}{'~~' if struck else ''}" for text, struck in _sides(detail) if text]
    return what + " → ".join(sides)


def _sides(detail: Json) -> tuple[tuple[str, bool], tuple[str, bool]]:
    """What is gone is struck through where it says what it was."""
    return (detail["old"], bool(detail["what"] and not detail["new"])), (detail["new"], False)


def _answer(one: Json) -> str:
    place = f" ({code(places(one))})" if places(one) else ""
    return f"- {code(one['request']['text'])}: {code(one['old'])} → {code(one['new'])}{place}"


def _problems(problems: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    if not (problems["new"] or problems["gone"]):
        return
    yield from _title("Problems")
    for word, kind in (("new", "new"), ("gone", "gone")):
        for one in problem_lines.in_order(problems[kind]):
            yield f"- **{word}** {code(problem_lines.line(one))}"

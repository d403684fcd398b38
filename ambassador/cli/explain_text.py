"""The answer of `explain` as text for a person: the way first, then what else could have taken the request.

Reads the JSON of contract and page, and must not know how it comes about. All texts in it are a stranger's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import click

from ambassador.cli.explain_choice import Choice, choice

Json = dict[str, Any]

_KIND = 14
_INDENT = 8
_ENDS = {"forward": "green", "redirect": "cyan", "respond": "cyan"}
_MARKS = {"winner": ("→", "green"), "share": ("→", "yellow"), "late": ("~", "yellow"), "lost": ("×", "red")}
# For terminals that know no more.
_ASCII = str.maketrans({"●": "o", "◆": "*", "│": "|", "→": ">", "×": "x", "…": "~", "·": "-"})


def lines(answer: Json, width: int, *, everything: bool) -> Iterator[str]:
    """The answer in lines of `width` columns, styled for a terminal. `everything`: all candidates that it holds."""
    for line in _wrapped(answer.get("summary"), width, 0):
        yield click.style(line, bold=True)
    yield from _way(answer, width)
    yield from _section("Problems of the object that takes it", _problems(answer, width))
    yield from _section("What happens to it", _acts(answer, width))
    yield from _section("Shares", _shares(answer))
    yield from _candidates(choice(answer, everything=everything), width)
    yield from _section("It would be taken elsewhere", _near(answer, width))
    yield from _section("Notes on the question", _bullets(answer.get("notes"), width))
    yield from _foot(answer)


def in_encoding(text: str, encoding: str) -> str:
    """The text as far as a terminal of that encoding can show it."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


def plain(value: object) -> str:
    """A stranger's text on one line: what a terminal would obey or hide is written out."""
    text = "" if value is None else str(value)
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _wrapped(value: object, width: int, indent: int) -> list[str]:
    # Names and paths stay whole: they are copied.
    return textwrap.wrap(plain(value), max(20, width - indent), break_on_hyphens=False, break_long_words=False)


def _section(title: str, body: Iterable[str]) -> Iterator[str]:
    rows = list(body)
    if rows:
        yield ""
        yield click.style(title, bold=True)
        yield from rows


def _way(answer: Json, width: int) -> Iterator[str]:
    steps = answer.get("steps") or []
    yield ""
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        dot = click.style("◆", fg=_end_color(answer), bold=True) if last else "●"
        yield f"{dot} {plain(step.get('kind')):<{_KIND - 2}}{click.style(plain(step.get('name')), bold=True)}".rstrip()
        rail = " " if last else click.style("│", dim=True)
        for line in _wrapped(step.get("because"), width, _KIND):
            yield f"{rail}{'':<{_KIND - 1}}{line}"
        if place := _place(step):
            yield f"{rail}{'':<{_KIND - 1}}{click.style(place, dim=True)}"


def _end_color(answer: Json) -> str:
    backends = (answer.get("winner") or {}).get("backends") or []
    nobody = backends and all(backend.get("endpoints") == 0 for backend in backends)
    return "red" if nobody else _ENDS.get(str(answer.get("outcome")), "red")


def _place(item: Json) -> str:
    """FILE:LINE of the field that decides, or the object where it has no file; then the field."""
    source = item.get("source") or {}
    file, _, first = str(source.get("origin") or "").rpartition(":")
    if first.isdecimal() and file:
        where = f"{file}:{item.get('line') or first}"
    else:
        where = " ".join(part for part in (source.get("kind"), _object(source)) if part)
    return "  ".join(plain(part) for part in (where, item.get("path")) if part)


def _object(source: Json) -> str:
    return "/".join(str(part) for part in (source.get("namespace"), source.get("name")) if part)


def _problems(answer: Json, width: int) -> Iterator[str]:
    for one in answer.get("problems") or ():
        color = "red" if one.get("severity") == "error" else "yellow"
        place = "  ".join(part for part in (plain(one.get("reason")), _place(one)) if part)
        yield click.style(f"  {place}", fg=color)
        for line in _wrapped(one.get("message"), width, 4):
            yield f"    {line}"


def _acts(answer: Json, width: int) -> Iterator[str]:
    winner = answer.get("winner") or {}
    request, rewritten = answer.get("request") or {}, winner.get("rewritten") or {}
    for what, before in (("path", request.get("path")), ("host", request.get("authority"))):
        after = rewritten.get(what)
        if after and after != before:
            yield f"  {what}: {plain(before)} → {plain(after)}"
    if winner.get("location"):
        yield f"  location: {plain(winner['location'])}"
    yield from _bullets(winner.get("steps"), width)


def _bullets(sentences: Iterable[object] | None, width: int) -> Iterator[str]:
    for sentence in sentences or ():
        for number, line in enumerate(_wrapped(sentence, width, 4)):
            yield ("    " if number else "  · ") + line


def _shares(answer: Json) -> Iterator[str]:
    winner, others = answer.get("winner"), answer.get("alternatives") or []
    if not winner or not others:
        return
    for one in (winner, *others):
        place = click.style("  " + _place({"source": one.get("source")}), dim=True)
        yield f"  {plain(one.get('share')):>3} %  {plain(one.get('route'))}{place}"


def _candidates(shown: Choice, width: int) -> Iterator[str]:
    count = f" ({len(shown.rows)} of {shown.total})" if shown.hidden else ""
    body = [line for row in shown.rows for line in _candidate(row.kind, row.candidate, width)]
    if shown.hidden:
        hint = " (--all shows them)" if shown.foldable else ""
        body.append(click.style(f"  … and {shown.hidden} more{hint}", dim=True))
    yield from _section(f"Routes of the host, in the order in which they are asked{count}", body)


def _candidate(kind: str, candidate: Json, width: int) -> Iterator[str]:
    mark, color = _MARKS[kind]
    name = click.style(plain(candidate.get("route")), bold=kind == "winner")
    order = candidate.get("order")
    # The first is the first, as on the page; programs count from 0.
    number = plain(order + 1 if isinstance(order, int) else order)
    head = f"{click.style(mark, fg=color)} {number:>4}  {name}"
    yield from _beside(head, _place(candidate), width)
    for line in _wrapped(candidate.get("because"), width, _INDENT):
        yield " " * _INDENT + line


def _beside(head: str, detail: str, width: int) -> Iterator[str]:
    """Both on one line, or below each other where that does not fit."""
    if detail and len(click.unstyle(head)) + 2 + len(detail) <= width:
        yield f"{head}  {click.style(detail, dim=True)}"
        return
    yield head
    if detail:
        yield " " * _INDENT + click.style(detail, dim=True)


def _near(answer: Json, width: int) -> Iterator[str]:
    for miss in answer.get("near") or []:
        where = " ".join(plain(miss.get(part)) for part in ("listener", "hostname") if miss.get(part))
        yield from _beside(f"  {plain(miss.get('route'))}", f"on {where}" if where else "", width)
        if place := _place(miss):
            yield " " * _INDENT + click.style(place, dim=True)
        for line in _wrapped(miss.get("because"), width, _INDENT):
            yield " " * _INDENT + line


def _foot(answer: Json) -> Iterator[str]:
    if answer.get("curl"):
        yield from _section("The same with curl", [f"  {plain(answer['curl'])}"])

"""How `check` prints problems. Reads the JSON form of contract and page; must not know how problems come about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Problem = dict[str, Any]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by file and line."""
    return sorted(problems, key=lambda problem: (*place(problem), problem["reason"], problem["message"]))


def place(problem: Problem) -> tuple[str, int]:
    """File and line. A problem that knows no line of its own stands on the first line of its object."""
    file, _, first = str(problem["source"].get("origin") or "").rpartition(":")
    if not first.isdecimal():
        file, first = str(problem["source"].get("origin") or ""), "0"
    return file, int(problem.get("line") or first)


def line(problem: Problem) -> str:
    """`PATH:LINE: error|warning Reason: message (field.path) [Kind namespace/name]`"""
    file, number = place(problem)
    source = problem["source"]
    path = f" ({problem['path']})" if problem.get("path") else ""
    name = "/".join(part for part in (source.get("namespace"), source.get("name")) if part)
    about = " ".join(part for part in (source.get("kind"), name) if part)
    start = f"{file}:{number}: {problem['severity']} {problem['reason']}: {problem['message']}{path}"
    return f"{start} [{about}]" if about else start


def count(problems: Iterable[Problem], severity: str) -> int:
    return sum(problem["severity"] == severity for problem in problems)


def summary(problems: list[Problem]) -> str:
    """`no problems`, or `1 error, 2 warnings`."""
    counts = [(count(problems, severity), severity) for severity in ("error", "warning")]
    return ", ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in counts if number) or "no problems"

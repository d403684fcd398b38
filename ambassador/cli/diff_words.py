"""The sections of a difference and short texts for its parts, the same in a terminal and in Markdown.

Reads the JSON form; must not know how it comes about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

TITLES = {
    "listener": "Listeners",
    "certificate": "Certificates",
    "host": "Hosts",
    "route": "Routes",
    "backend": "Backends",
}
SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_FEW = 4


class Section(NamedTuple):
    """Changes of one kind."""

    title: str
    changes: list[Json]


def sections(found: Json) -> Iterator[Section]:
    """Changes by what they are about; empty sections are left out."""
    for part, title in TITLES.items():
        changes = [one for one in found["changes"] if one["part"] == part]
        if changes:
            yield Section(title, changes)


def listed(names: list[str]) -> str:
    """`a, b, c, d and 8 more`"""
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def places(answer: Json) -> str:
    """`old/all.yaml:3 → new/all.yaml:7`: where the routes stand that a request had and has."""
    found = [answer[side]["origin"] if answer[side] else "" for side in ("old_source", "new_source")]
    return " → ".join(one for one in found if one)


def harmless(one: Json) -> str:
    """One re-ordering that changes nothing."""
    return f"{listed(one['routes'])}: asked in another order at {listed(one['hosts'])}; no answer changes"

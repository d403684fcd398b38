"""A text that a pattern matches: how people see at once what a pattern is for, and how one is asked about.

The pattern is read by a small parser of RE2's syntax and written out again as one of its texts. RE2 itself has the last
word on each, so that what the parser does not understand costs a text, never the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ambassador.explain.examples.syntax import Choice, Members, Node, NotUnderstood, Repeat, Sequence, parsed
from ambassador.features.patterns import full_match

_TRIES = 5
_LONGEST = 2_000
# What reads best comes first. Nothing here has a meaning of its own in a path, a query, a host or a header.
_READABLE = "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_~.:@!$'()*+,;=%/|^`[]{}<>\\\"&?# "


@lru_cache(maxsize=1024)
def specimens(pattern: str, start: str = "") -> tuple[str, ...]:
    """A few different texts that a (good) pattern matches as a whole, the plainest first; none when they can't be told.

    `start`: what the texts must start with (`/` of a path).
    """
    try:
        tree = parsed(pattern)
        drafts = dict.fromkeys(_drafts(tree, start))
    except NotUnderstood:
        return ()
    return tuple(text for text in drafts if text.startswith(start) and full_match(pattern, text))


def _drafts(tree: Node, start: str) -> Iterator[str]:
    for variant in range(_TRIES):
        text = _Draft(variant, start).written(tree, "")
        # `.*x` begins with anything, so that a text may lack only its start.
        yield text if text.startswith(start) else start + text


@dataclass(frozen=True, slots=True)
class _Draft:
    """One way through a pattern: which branches are taken, and how often what may be repeated is.

    `inside` a repetition nothing is repeated more often than it must be: that would multiply.
    """

    variant: int
    start: str
    inside: bool = False

    def written(self, node: Node, before: str) -> str:
        """`before`, and a text of `node` behind it."""
        match node:
            case str():
                return before + node
            case Members():
                return before + self._member(node, before)
            case Sequence(parts):
                for part in parts:
                    before = self.written(part, before)
                return before
            case Choice(options):
                return self.written(options[self.variant % len(options)], before)
            case Repeat(part):
                draft = replace(self, inside=True)
                for _ in range(self._times(node, before)):
                    before = draft.written(part, before)
                return before

    def _times(self, node: Repeat, before: str) -> int:
        if len(before) > _LONGEST:
            raise NotUnderstood
        wanted = node.least + (0 if self.inside else self.variant)
        if not self.variant and not before and self.start:
            wanted = max(1, node.least)
        return wanted if node.most is None else min(wanted, node.most)

    def _member(self, node: Members, before: str) -> str:
        if not before and self.start and self.start in node:
            return self.start
        found = _readable(node)
        if found:
            return found[self.variant % len(found)]
        first = chr(node.ranges[0][0]) if node.ranges and not node.negated else ""
        if not first or not first.isprintable():
            raise NotUnderstood
        return first


@lru_cache(maxsize=1024)
def _readable(node: Members) -> str:
    return "".join(char for char in _READABLE if char in node)

"""A long list of routes as many short ones, each for the paths that begin with one text.

Envoy asks a list of routes one after the other, so that the last of 10,000 costs 10,000 comparisons. With a prefix map
it looks up the longest key that the path begins with, and asks the list of that key only: a *bucket*. It does not fall
back from a bucket in which no route matches, so each bucket holds, in evaluation order, every route that could take
one of its paths: those filed below its key, and those that stand *above* it, whose paths begin with less than the key
(a catch-all, a pattern without a literal beginning). The latter are copied into each bucket below them.

Routes are filed in a trie of the texts that all their paths begin with. A node of at most `unit` routes is not split.
From the bottom up, what is in no bucket yet is handed to the parent, which makes a bucket of each child that brings
enough: about `unit`, and four times as much as stands above it. So there are never more than a quarter more routes
than in the list, whatever they are, and where that leaves no bucket the list stays as it is.

What comes out depends on the routes alone, not on the way there: a changed table shares everything with the old one
but the nodes that a changed route is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from os.path import commonprefix

from ambassador.compile.group import Group
from ambassador.compile.layout import encode_bucket

COPIES = 4
"""A bucket has this many times as many routes of its own as it has copies, at least."""

_LONGEST_KEY = 128
"""A bound on the depth of a trie of hostile paths; nobody has hundreds of routes below one longer path."""

_order = attrgetter("order")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Routes of the paths that begin with `key` and with no longer key, `size` of them, encoded."""

    key: str
    size: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Above:
    """Groups that each bucket below holds too, since their paths begin with less than its key. `size`: their routes."""

    groups: tuple[Group, ...] = ()
    size: int = 0

    def joined(self, here: tuple[Group, ...]) -> Above:
        """These and more."""
        return Above((*self.groups, *here), self.size + count(here)) if here else self


NOTHING = Above()


@dataclass(frozen=True, slots=True)
class Node:
    """Groups whose paths all begin with `prefix`, of which there are `size` routes.

    `below` are nodes by the character after the prefix, and `groups` those that begin with no more than it; of a node
    that is not split `groups` are all. `rest` are those that are in no bucket, `waiting` the number of their routes.
    `buckets` are those of the nodes right below, by character, and `all_buckets` those of the whole trie by key.
    """

    prefix: str
    size: int
    groups: tuple[Group, ...]
    above: Above
    unit: int
    waiting: int
    rest: tuple[Group, ...]
    below: Mapping[str, Node] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    all_buckets: tuple[Bucket, ...] = ()

    def all_groups(self) -> Iterator[Group]:
        """Every group, once."""
        yield from self.groups
        for child in self.below.values():
            yield from child.all_groups()


def build(groups: Iterable[Group], unit: int, above: Above = NOTHING) -> Node:
    """A trie of all groups that have routes; `above` are those whose paths begin with less than all of these."""
    found = tuple([one for one in groups if one.routes])
    heads = [one.head for one in found]
    prefix = commonprefix([min(heads), max(heads)]) if heads else ""
    size = count(found)
    here, parts = _parted(found, len(prefix))
    inner = above.joined(here)
    if not parts or _too_few(size, unit, prefix, inner):
        return Node(prefix, size, found, above, unit, size, found)
    below = {char: build(part, unit, inner) for char, part in parts.items()}
    return _split(Node(prefix, size, here, above, unit, 0, (), below), inner, None)


def changed(old: Node, gone: Iterable[Group], came: Iterable[Group]) -> Node:
    """The trie without some groups and with others; it shares what neither touches."""
    left, fresh = (tuple([one for one in groups if one.routes]) for groups in (gone, came))
    return _changed(old, left, fresh, old.above)


def count(groups: Iterable[Group]) -> int:
    """How many routes groups have."""
    return sum([len(one.routes) for one in groups])


def pieces(groups: Iterable[Group]) -> Iterator[bytes]:
    """The encoded routes of groups, as they are asked."""
    return (piece for one in sorted(groups, key=_order, reverse=True) for piece in one.pieces)


def _parted(groups: Iterable[Group], length: int) -> tuple[tuple[Group, ...], dict[str, list[Group]]]:
    """Groups whose heads have this length, and longer ones by their next character."""
    here: list[Group] = []
    parts: defaultdict[str, list[Group]] = defaultdict(list)
    for one in groups:
        if len(one.head) == length:
            here.append(one)
        else:
            parts[one.head[length]].append(one)
    return tuple(here), parts


def _too_few(size: int, unit: int, prefix: str, inner: Above) -> bool:
    """Whether a node is not worth splitting: no bucket below it could have enough routes of its own."""
    return size <= unit or size < COPIES * inner.size or len(prefix) >= _LONGEST_KEY


def _split(node: Node, inner: Above, old: Node | None) -> Node:
    """The node with the buckets of its children. Those of `old` are kept whose nodes are still the same."""
    chosen = _chosen(node, COPIES * inner.size)
    buckets: dict[str, Bucket] = {}
    rest = [*node.groups]
    for char, child in node.below.items():
        if char not in chosen:
            rest += child.rest
        elif old is not None and old.below.get(char) is child and char in old.buckets:
            buckets[char] = old.buckets[char]
        else:
            buckets[char] = _bucket(node.prefix + char, child)
    every = tuple(_by_key(node, buckets))
    return replace(node, waiting=count(rest), rest=tuple(rest), buckets=buckets, all_buckets=every)


def _by_key(node: Node, buckets: Mapping[str, Bucket]) -> Iterator[Bucket]:
    for char in sorted(node.below):
        if char in buckets:
            yield buckets[char]
        yield from node.below[char].all_buckets


def _bucket(key: str, node: Node) -> Bucket:
    body = encode_bucket(key, pieces((*node.above.groups, *node.rest)))
    return Bucket(key, node.above.size + node.waiting, body)


def _chosen(node: Node, enough: int) -> frozenset[str]:
    """The children that get a bucket: those with at least `unit` waiting routes; and where too much would be left over,
    as many of the others as make the rest short. Each list more makes every update dearer."""
    waiting = {char: node.below[char].waiting for char in sorted(node.below)}
    own, large = count(node.groups), max(node.unit, enough)
    if own + sum(waiting.values()) <= 2 * node.unit:
        return frozenset()
    left = own + sum([size for size in waiting.values() if size < large])
    least = _least(list(waiting.values()), own, node.unit, enough)
    chosen: set[str] = set()
    for char, size in waiting.items():
        if size >= large:
            chosen.add(char)
        elif size >= least and left > 2 * node.unit:
            chosen.add(char)
            left -= size
    return frozenset(chosen)


def _least(waiting: list[int], own: int, unit: int, enough: int) -> int:
    """From how many waiting routes on a child may get a bucket, so that not too much is left over."""
    least = unit
    while least > 1 and own + sum([one for one in waiting if one < least]) > 2 * unit:
        least //= 2
    return max(least, enough, 1)


def _changed(old: Node, gone: tuple[Group, ...], came: tuple[Group, ...], above: Above) -> Node:
    if not (gone or came):
        return _below(old, above)
    if not old.below:
        return build((*_without(old.groups, gone), *came), old.unit, above)
    prefix = commonprefix([old.prefix, *[one.head for one in came]])
    # Where a new path begins with less than all others, the old node goes below a new one.
    shorter = prefix != old.prefix
    here = () if shorter else old.groups
    below = {old.prefix[len(prefix)]: old} if shorter else old.below
    gone_here, gone_below = _parted(gone, len(prefix))
    came_here, came_below = _parted(came, len(prefix))
    inner = next(iter(below.values())).above
    if gone_here or came_here or above is not old.above:
        here = (*_without(here, gone_here), *came_here)
        inner = above.joined(here)
    children: dict[str, Node] = {}
    for char in sorted({*below, *came_below}):
        child = _child(below.get(char), gone_below.get(char, ()), came_below.get(char, ()), inner, old.unit)
        if child.size:
            children[char] = child
    size = count(here) + sum([child.size for child in children.values()])
    node = Node(prefix, size, here, above, old.unit, 0, (), children)
    return _renewed(node, inner, None if shorter else old)


def _below(old: Node, above: Above) -> Node:
    """The same groups with others above them."""
    if above is old.above:
        return old
    if not old.below:
        return replace(old, above=above) if old.size <= old.unit else build(old.groups, old.unit, above)
    inner = above.joined(old.groups)
    below = {char: _below(child, inner) for char, child in old.below.items()}
    return _renewed(replace(old, above=above, below=below), inner, None)


def _child(old: Node | None, gone: Iterable[Group], came: Iterable[Group], above: Above, unit: int) -> Node:
    return build(came, unit, above) if old is None else _changed(old, tuple(gone), tuple(came), above)


def _renewed(node: Node, inner: Above, old: Node | None) -> Node:
    """A split node, or what it has come down to."""
    if _too_few(node.size, node.unit, node.prefix, inner):
        return build(node.all_groups(), node.unit, node.above)
    if not node.groups and len(node.below) == 1:
        return next(iter(node.below.values()))
    return _split(node, inner, old)


def _without(groups: tuple[Group, ...], gone: Iterable[Group]) -> tuple[Group, ...]:
    # By identity: comparing routes by value would cost more than all else.
    left = set(map(id, gone))
    return tuple(one for one in groups if id(one) not in left) if left else groups

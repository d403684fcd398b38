"""RE2's syntax (https://github.com/google/re2/wiki/Syntax), read as far as texts can be made of it.

What says nothing about characters (anchors, flags, names of groups) is left out: RE2 judges each text anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_DEEPEST = 40
_MOST_SIGNS = 4
_MOST_TIMES = 1_000
_LAST = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


class NotUnderstood(Exception):
    """The pattern has something that this parser does not know."""


@dataclass(frozen=True, slots=True)
class Members:
    """One character of a class."""

    ranges: Ranges
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` None: any number of times."""

    part: Node
    least: int
    most: int | None


Node = str | Members | Sequence | Choice | Repeat


def _of(*pairs: str) -> Ranges:
    return tuple((ord(pair[0]), ord(pair[-1])) for pair in pairs)


_DIGITS, _SPACES, _WORDS = _of("09"), _of("\t\n", "\f\r", " "), _of("az", "09", "AZ", "_")
_NAMED: Mapping[str, Ranges] = MappingProxyType(
    {
        "alnum": _of("az", "09", "AZ"),
        "alpha": _of("az", "AZ"),
        "ascii": ((0, 127),),
        "blank": _of("\t", " "),
        "cntrl": ((0, 31), (127, 127)),
        "digit": _DIGITS,
        "graph": _of("!~"),
        "lower": _of("az"),
        "print": _of(" ~"),
        "punct": _of("!/", ":@", "[`", "{~"),
        "space": _of("\t\r", " "),
        "upper": _of("AZ"),
        "word": _WORDS,
        "xdigit": _of("09", "af", "AF"),
    }
)
_CLASSES: Mapping[str, Ranges] = MappingProxyType({"d": _DIGITS, "s": _SPACES, "w": _WORDS})
# The parts of Unicode that ASCII has members of; others are rare in what HTTP carries.
_UNICODE: Mapping[str, Ranges] = MappingProxyType(
    {
        "L": _of("az", "AZ"),
        "Ll": _of("az"),
        "Lu": _of("AZ"),
        "N": _DIGITS,
        "Nd": _DIGITS,
        "P": _of("-", "!#", "%*", ",/", ":;", "?@", "[]", "_"),
        "S": _of("$", "+", "<>", "^", "`", "|", "~"),
        "Latin": _of("az", "AZ"),
    }
)
_CONTROLS: Mapping[str, str] = MappingProxyType({"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"})
_NOTHING = "AbBz"
_TIMES: Mapping[str, tuple[int, int | None]] = MappingProxyType({"*": (0, None), "+": (1, None), "?": (0, 1)})
_ANY = Members(_of("\n"), negated=True)


def parsed(pattern: str) -> Node:
    """The pattern as a tree.

    Raises:
        NotUnderstood: it has something unusual.
    """
    parser = _Parser(pattern)
    tree = parser.choice(0)
    if not parser.at_end:
        raise NotUnderstood
    return tree


class _Parser:
    """A place in a pattern, moved on by each read."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def choice(self, depth: int) -> Node:
        """Alternatives up to the end of their group."""
        if depth > _DEEPEST:
            raise NotUnderstood
        options = [self._sequence(depth)]
        while self._take("|"):
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while not self.at_end and self._text[self._at] not in "|)":
            if self._take("\\Q"):
                literal, _, _ = self._text[self._at :].partition("\\E")
                self._at += len(literal)
                self._take("\\E")
                parts.append(literal)
            else:
                parts.append(self._repeated(self._atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        for _ in range(_MOST_SIGNS):
            if self.at_end:
                return part
            sign = self._text[self._at]
            bounds = self._bounds() if sign == "{" else _TIMES.get(sign)
            if bounds is None:
                return part
            self._at += sign != "{"
            self._take("?")
            part = Repeat(part, *bounds)
        raise NotUnderstood

    def _bounds(self) -> tuple[int, int | None] | None:
        """`{2}`, `{2,}` or `{2,5}`; None when the brace is only a brace."""
        inner, end, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inner.partition(",")
        if not end or not _is_number(least) or not (most == "" or _is_number(most)):
            return None
        self._at += len(inner) + 2
        if int(least) > _MOST_TIMES:
            raise NotUnderstood
        return int(least), int(most) if most else None if comma else int(least)

    def _atom(self, depth: int) -> Node:
        char = self._next()
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._members()
        if char == "\\":
            return self._escaped()
        if char in "^$":
            return ""
        return _ANY if char == "." else char

    def _group(self, depth: int) -> Node:
        if self._take("?"):
            named = self._take("P<") or self._take("<")
            flags = self._until(">" if named else ":)")
            if not named and flags[-1] == ")":
                return ""
        inner = self.choice(depth + 1)
        if not self._take(")"):
            raise NotUnderstood
        return inner

    def _escaped(self) -> Node:
        char = self._next()
        if char in _NOTHING:
            return ""
        return _ANY if char == "C" else self._escape(char)

    def _escape(self, char: str) -> str | Members:
        """What stands behind a backslash, in a class or outside of one."""
        if char.lower() in _CLASSES:
            return Members(_CLASSES[char.lower()], negated=char.isupper())
        if char in "pP":
            return self._unicode(negated=char == "P")
        if char == "x":
            digits = self._until("}")[:-1] if self._take("{") else self._next() + self._next()
            return _character(digits, 16)
        if char in "01234567":
            while len(char) < 3 and not self.at_end and self._text[self._at] in "01234567":
                char += self._next()
            return _character(char, 8)
        if char.isascii() and char.isalnum() and char not in _CONTROLS:
            raise NotUnderstood
        return _CONTROLS.get(char, char)

    def _unicode(self, *, negated: bool) -> Members:
        name = self._until("}")[:-1] if self._take("{") else self._next()
        ranges = _UNICODE.get(name.removeprefix("^"))
        if ranges is None:
            raise NotUnderstood
        return Members(ranges, negated is not name.startswith("^"))

    def _members(self) -> Members:
        negated = self._take("^")
        found: list[tuple[int, int]] = []
        first = True
        while first or not self._take("]"):
            found += self._item()
            first = False
        return Members(tuple(found), negated)

    def _item(self) -> Ranges:
        """One part of a class: a named class, an escape, a character or a range."""
        if self._take("[:"):
            name = self._until("]")[:-1].removesuffix(":")
            return _negation(_named(name.removeprefix("^"))) if name.startswith("^") else _named(name)
        low = self._one()
        if isinstance(low, Members):
            return _negation(low.ranges) if low.negated else low.ranges
        if self._text[self._at : self._at + 1] != "-" or self._text[self._at + 1 : self._at + 2] == "]":
            return ((ord(low), ord(low)),)
        self._at += 1
        high = self._one()
        if isinstance(high, Members):
            raise NotUnderstood
        return ((ord(low), ord(high)),)

    def _one(self) -> str | Members:
        char = self._next()
        return self._escape(self._next()) if char == "\\" else char

    def _next(self) -> str:
        if self.at_end:
            raise NotUnderstood
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) * found
        return found

    def _until(self, ends: str) -> str:
        """What comes up to and with one of these characters."""
        start = self._at
        while self._next() not in ends:
            pass
        return self._text[start : self._at]


def _named(name: str) -> Ranges:
    if name not in _NAMED:
        raise NotUnderstood
    return _NAMED[name]


def _negation(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    after = 0
    for low, high in sorted(ranges):
        if after < low:
            found.append((after, low - 1))
        after = max(after, high + 1)
    return (*found, (after, _LAST)) if after <= _LAST else tuple(found)


def _character(digits: str, base: int) -> str:
    try:
        return chr(int(digits, base))
    except (ValueError, OverflowError) as error:
        raise NotUnderstood from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()

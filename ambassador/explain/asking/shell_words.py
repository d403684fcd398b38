"""A pasted command line to the words that a shell would hand to the program. Runs, expands and reads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ambassador.explain.asking.question import BadRequest, quoted

LONGEST_LINE = 128 * 1024

_PROGRAM = r"(?:[^\s'\"]*[/\\])?curl(?:\.exe)?(?=\s|$)"
_PROMPT = re.compile(rf"\s*+[^\n'\"]{{0,80}}?[$#%>][ \t]+(?={_PROGRAM})")
_PIECE = re.compile(
    rf"""
    (?P<joint>[\\`]\r?\n(?:>[ ])?)
  | (?P<next>\n[ \t]{{0,40}}+(?:[$%#>][ ])?(?={_PROGRAM}))
  | (?P<blank>(?:\\?[ \t]+\r?\n|\s)(?:[ \t]*))
  | (?P<comment>(?<!\S)\#[^\n]*)
  | '(?P<single>[^']*)'
  | \$'(?P<ansi>(?:[^'\\]|\\.)*)'
  | \$?"(?P<double>(?:[^"\\]|\\.)*)"
  | (?P<unclosed>\$?['"])
  | \\(?P<escaped>.)
  | (?P<redirect>[0-9]*(?:<<<|&?>>|&>|>\||[<>])(?:&[0-9-]+)?)
  | (?P<end>[;|&]+)
  | (?P<variable>\$\([^()\n]*\)|`[^`\n]*`|\$\{{[^{{}}\n]*\}}|\$[A-Za-z_]\w*)
  | (?P<plain>[^\s'"\\`$;|&<>]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_VARIABLE_INSIDE = re.compile(r"(?<!\\)(\$[A-Za-z_{(]\w*|`)")
_KEPT_BACKSLASH = re.compile(r'\\([$`"\\])')
_ANSI = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|(?:u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8}))"
    r"|(?P<octal>[0-7]{1,3})|(?P<letter>.))",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}

# How browsers copy for cmd.exe: a caret before a line break, or before everything that cmd.exe would look at.
_OF_CMD = re.compile(r"\s\^[ \t]*\r?\n|\s\^\"")
_CARET = re.compile(r"\^(\r?\n|.)", re.DOTALL)
_CMD_WORD = re.compile(r'(?:"(?:[^"\\]|\\.|"")*"?|[^\s"])+', re.DOTALL)
_CMD_QUOTED = re.compile(r'"((?:[^"\\]|\\.|"")*)"?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the first command, and what a shell would have done otherwise, one sentence each."""

    words: tuple[str, ...]
    notes: tuple[str, ...] = ()


def is_command(text: str) -> bool:
    """Whether a text is a curl command line rather than a URL: a URL has no spaces."""
    return re.search(rf"(?:^|\s){_PROGRAM}\s+\S", text) is not None


def is_curl(word: str) -> bool:
    """Whether a word names the program."""
    return "://" not in word and re.fullmatch(_PROGRAM, word) is not None


def split(text: str) -> Words:
    """Takes a command line apart, as sh and bash do, or cmd.exe where it is written for that.

    Raises:
        BadRequest: it is too long, or a quote is not closed.
    """
    if len(text) > LONGEST_LINE:
        raise BadRequest(f"the command line is longer than {LONGEST_LINE // 1024} KiB")
    prompt = _PROMPT.match(text)
    line = text[prompt.end() :] if prompt else text
    return _for_cmd(line) if _OF_CMD.search(line) and " '" not in line else _for_sh(line)


def _for_cmd(text: str) -> Words:
    unescaped = _CARET.sub(lambda found: " " if found.group(1).strip("\r") == "\n" else found.group(1), text)
    words = _CMD_WORD.findall(unescaped)
    return Words(tuple(_CMD_QUOTED.sub(lambda found: _plain_of_cmd(found.group(1)), word) for word in words))


def _plain_of_cmd(text: str) -> str:
    return text.replace('\\"', '"').replace('""', '"').replace("\\\\", "\\")


class _Reader:
    """Puts pieces together to words. `_word` is None between two words; after a redirection comes a file's name."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._notes: dict[str, None] = {}
        self._word: list[str] | None = None
        self._skips = False
        self._begun = False

    def read(self) -> Words:
        """What has been read; the word at the end is complete."""
        self._close()
        return Words(tuple(self._words), tuple(self._notes))

    def ends(self, piece: str) -> bool:
        """Whether the command ends at this piece: it has begun, and another one follows."""
        self._close()
        if not self._begun:
            return False
        if piece == "&":
            self._note("a shell ends the command at &: put the URL in quotes when the & belongs to it")
        elif piece.strip(";\r\n\t $%#>"):
            self._note(f"what follows {piece} is not looked at")
        elif piece != ";":
            self._note("only the first of several commands is looked at")
        return True

    def take(self, kind: str, piece: str) -> None:
        """Takes one piece of the line.

        Raises:
            BadRequest: a quote is not closed.
        """
        if kind in ("blank", "end", "next"):
            self._close()
        elif kind == "redirect":
            self._close()
            self._skips = "&" not in piece.lstrip("&")
        elif kind == "unclosed":
            raise BadRequest(f"the quote {piece} in the command line is not closed")
        elif kind not in ("joint", "comment"):
            self._note_variable(kind, piece)
            if self._word is None:
                self._word = []
            self._word.append(_READ.get(kind, str)(piece))

    def _close(self) -> None:
        if self._word is not None and not self._skips:
            word = "".join(self._word)
            self._words.append(word)
            self._begun = self._begun or is_curl(word)
        self._skips = self._skips and self._word is None
        self._word = None

    def _note_variable(self, kind: str, piece: str) -> None:
        inside = _VARIABLE_INSIDE.search(piece) if kind == "double" else None
        name = piece if kind == "variable" else inside.group() if inside else ""
        if name:
            self._note(f"{quoted(name)} is taken as it stands: what a shell would put there is not known")

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None


def _for_sh(text: str) -> Words:
    reader = _Reader()
    for kind, piece in _pieces(text):
        if kind in ("end", "next") and reader.ends(piece):
            break
        reader.take(kind, piece)
    return reader.read()


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    for found in _PIECE.finditer(text):
        kind = found.lastgroup or ""
        yield kind, found.group(kind)


def _ansi(text: str) -> str:
    # Bytes first: \xc3\xa4 is one character.
    pieces, end = [], 0
    for found in _ANSI.finditer(text):
        pieces += [_bytes(text[end : found.start()]), _character(found)]
        end = found.end()
    return b"".join([*pieces, _bytes(text[end:])]).decode(errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _character(found: re.Match[str]) -> bytes:
    if byte := found["hex"]:
        return bytes([int(byte, 16)])
    if octal := found["octal"]:
        return bytes([int(octal, 8) & 255])
    if point := found["short"] or found["long"]:
        return _bytes(chr(int(point, 16)) if int(point, 16) < 0x110000 else "\ufffd")
    return _bytes(_LETTERS.get(found["letter"], found["letter"]))


def _double(text: str) -> str:
    return _KEPT_BACKSLASH.sub(r"\1", text.replace("\\\n", ""))


_READ = {"ansi": _ansi, "double": _double}

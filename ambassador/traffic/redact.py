"""What of a path may be shown: never a query's values, and no element that looks like a secret or a person.

Whoever reads the page may read the routing table, not the users' tokens. When in doubt an element is left out: a reader
misses little, and a secret that was shown cannot be taken back. What is shorter than 16 characters and looks like
a word or a number cannot be told from one, and stays; behind a telling element only what has less than 12 and no digit.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from ambassador.features.access_log import LONGEST_AUTHORITY, LONGEST_PATH

HIDDEN = "…"
LONGEST = LONGEST_PATH

# What follows an element of this name is a secret sooner than anything else.
_TELLING = re.compile(
    r"(?:access|api|auth|id|refresh)?[_-]?(?:token|key|secret|password|passwd|session|sid|code)s?|"
    r"reset|invite|invitation|verify|confirm|unsubscribe|magic",
    re.IGNORECASE,
)
# Elements so short and plain that no rule applies; the second sort may be a secret after an element that is telling.
_PLAIN = re.compile(r"(?:/[A-Za-z._-]{0,11})*")
_PLAIN_WITH_NUMBERS = re.compile(r"(?:/[A-Za-z0-9._-]{0,11})*")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$\[\]-]{0,31}")
_WORD = re.compile(r"[A-Za-z0-9]+")
_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile(r"[0-9][0-9 -]{11,}[0-9]")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_LONG_WORD, _LONG_ELEMENT, _LONGEST_WORD = 16, 20, 24


def redacted_path(path: str) -> str:
    """A path with its query as it may be shown."""
    bare, question, query = path[:LONGEST].partition("?")
    if len(path) > LONGEST:
        # A secret that is cut in two looks like none: what stands before the cut goes with it.
        bare, query = (bare, f"{query.rpartition('&')[0]}&") if question else (f"{bare.rpartition('/')[0]}/", "")
    shown = bare if _is_plain(bare) else _elements(bare)
    cut = HIDDEN if len(path) > LONGEST else ""
    return f"{shown}?{_parameters(query)}{cut}" if question else f"{shown}{cut}"


def redacted_authority(authority: str) -> str:
    """A Host header without what stands before an @: clients have been seen to send credentials there."""
    if len(authority) > LONGEST_AUTHORITY:
        return HIDDEN
    before, at, host = authority.rpartition("@")
    return f"{HIDDEN}@{host}" if at and before else authority


def _is_plain(path: str) -> bool:
    """Whether every element of it may be shown, judged quickly; False is no verdict."""
    if _PLAIN.fullmatch(path):
        return True
    return bool(_PLAIN_WITH_NUMBERS.fullmatch(path)) and not any(map(_TELLING.fullmatch, path.split("/")))


def _elements(path: str) -> str:
    shown, telling = [], False
    for element in path.split("/"):
        shown.append(_element(element, telling))
        telling = _TELLING.fullmatch(element) is not None
    return "/".join(shown)


def _element(element: str, after_telling: bool) -> str:
    """One element; of `name;parameter=value` the values are never shown."""
    if re.search("[=;#]", element):
        return re.sub(r"[^=;#]+", lambda part: _part(part, element), element)
    text = _decoded(element)
    if text != element and re.search("[=?&]", text):
        return HIDDEN
    if _is_secret(text) or (after_telling and (len(text) > 11 or _DIGIT.search(text))):
        return HIDDEN
    return element


def _part(part: re.Match[str], element: str) -> str:
    """A part between `=`, `;` and `#`: shown unless it is a value or looks like a secret."""
    is_value = part.start() > 0 and element[part.start() - 1] != ";"
    return HIDDEN if is_value or _is_secret(_decoded(part.group())) else part.group()


def _parameters(query: str) -> str:
    return "&".join(_parameter(one) for one in query.split("&"))


def _parameter(text: str) -> str:
    name, equals, _ = text.partition("=")
    if not equals:
        # A value without a name, as far as one can tell.
        return HIDDEN if text else ""
    shown = name if not name or (_NAME.fullmatch(name) and not _is_secret(name)) else HIDDEN
    return f"{shown}={HIDDEN}"


def _decoded(element: str) -> str:
    """Percent-encodings resolved, also those that were encoded twice."""
    return unquote(unquote(element)) if "%" in element else element


def _is_secret(text: str) -> bool:
    """Whether an element may be a token, a key, a number of a card or a telephone, a UUID or an address of a person."""
    if "@" in text[1:-1] or _UUID.search(text) or _NUMBER.search(text) or (len(text) >= _LONG_WORD and "eyJ" in text):
        return True
    words = _WORD.findall(text)
    joined = "".join(words)
    return (
        any(len(word) >= _LONG_WORD and _DIGIT.search(word) for word in words)
        or any(len(word) >= _LONGEST_WORD and (word.islower() or word.isupper()) for word in words)
        or (len(text) >= _LONG_ELEMENT and _is_mixed(text))
        or (len(joined) >= _LONG_WORD and _is_scrambled(joined))
    )


def _is_mixed(text: str) -> bool:
    """Of small letters, capital letters and digits: long names are seldom all of it, base64 is."""
    return all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _is_scrambled(letters: str) -> bool:
    """Many capital letters among small ones: a name in CamelCase has few."""
    capitals = sum(letter.isupper() for letter in letters)
    return len(letters) <= 4 * capitals <= 3 * len(letters)

"""What an unquoted YAML scalar means, so that a manifest reads here as it does in a cluster.

YAML 1.1 words for booleans and null; integers and floats as Kubernetes' own reader takes them. Not taken from YAML 1.1:
timestamps and base-60 numbers (`2001-01-01` and `10:30` stay text). Must not know documents or objects.
"""

from __future__ import annotations

import re
from functools import lru_cache

MIN_INT = -(2**63)
MAX_INT = 2**64 - 1

Scalar = str | int | float | bool | None

_MAY_RESOLVE = frozenset("0123456789+-.~nNyYtTfFoO")
_TRUE = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BASES = {"0b": 2, "0x": 16, "0o": 8}


class OutOfRange(ValueError):
    """A number that JSON, and so Kubernetes, cannot hold; the text says what to do."""


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Raises:
        OutOfRange: a number beyond 64 bits, infinity or not-a-number.
    """
    if text and text[0] not in _MAY_RESOLVE:
        return text
    return _resolve(text)


@lru_cache(maxsize=4096)
def _resolve(text: str) -> Scalar:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_JSON.fullmatch(text):
        raise OutOfRange(f"{text} is no number in JSON: leave the field out, or quote it if it is text")
    return text


def _integer(text: str) -> int | str:
    digits = text.replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    base = _BASES.get(digits[:2], 8 if digits[0] == "0" else 10)
    if digits[:2] in _BASES:
        digits = digits[2:]
    if not digits:
        return text
    # 70 characters hold every 64-bit number in binary; longer ones are refused before Python converts them.
    value = sign * int(digits, base) if len(digits) <= 70 else MAX_INT + 1
    if not MIN_INT <= value <= MAX_INT:
        shown = text if len(text) <= 24 else text[:20] + "…"
        raise OutOfRange(f"the number {shown} needs more than 64 bits: quote it if it is text")
    return value


def _float(text: str) -> float:
    value = float(text.replace("_", ""))
    if value in (float("inf"), float("-inf")):
        raise OutOfRange(f"the number {text[:24]} is too large: quote it if it is text")
    return value

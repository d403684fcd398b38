"""The hash that spreads host names over shards, as Python and as what Envoy computes for each request.

A bit of the hash says whether a name has an even number of letters of a class at even places, or at odd ones; the last
letter does not count. Upper and lower case are one letter, and a port is no part of the name. The hash for fewer shards
is the lower bits of that for more.

Envoy offers no hash of its own there, and its expressions take only patterns of up to 100 instructions of RE2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import xor
from types import MappingProxyType

from ambassador.wire.encode import digest

HEADER = "x-ambassador-host-shard"
"""Carries a request's scope from the connection to the choice of a route table. Overwritten when the request comes,
removed before it goes on."""
MOST_SHARDS = 256

_CLASSES = (
    "0389cdhix-z",
    "0-2589b-lux-z",
    "245ad-hk-w",
    "0-359f-km-qyz",
    "478a-ej-oq-w",
    "027-9c-jopw-z",
    "236-8ad-gn-r",
    "1-367a-hj-ru-y",
)
"""For each bit its letters, in turns at even and at odd places. Found by trying: names that are numbered, spelled in
hexadecimal or put together from words spread about as evenly as by chance; and few ranges make short patterns."""


def shard_of(host: str, shards: int) -> int:
    """The shard of a host, which may have a port behind it."""
    name = host.partition(":")[0].lower()
    counted = (_COUNTING[place % 2].get(letter, 0) for place, letter in enumerate(name[:-1]))
    return ~reduce(xor, counted, 0) & (shards - 1)


def scope_key(table: str, shards: int) -> str:
    """What Envoy makes of a request to find its scope, as a format string: the table's digest and the shard."""
    bits = shards.bit_length() - 1
    terms = (f"(request.host.matches('{_even(bit)}') ? {2**bit} : 0)" for bit in range(bits))
    return f"{digest(table.encode())}/%CEL({' + '.join(terms)})%"


def key_of(table: str, shard: int) -> str:
    """The value of `scope_key` for the requests of a shard."""
    return f"{digest(table.encode())}/{shard}"


def _even(bit: int) -> str:
    """A pattern of names with an even number of letters that count. It reads pairs, of which the first may count."""
    letters = _CLASSES[bit]
    first, others, any_one = f"[{letters}]", f"[{_all_but(letters)}]", f"[{_all_but('')}]"
    skipped = any_one if bit % 2 else ""
    counted, passed = first + any_one, others + any_one
    return f"(?i)^{skipped}(?:{passed}|{counted}(?:{passed})*{counted})*{any_one}?(?::|$)"


def _all_but(letters: str) -> str:
    """Visible letters without these in either case, and without the colon, as ranges of a pattern."""
    other = [code for code in range(0x20, 0x7F) if not re.match(f"(?i)[:{letters}]", chr(code))]
    starts = [code for code in other if code - 1 not in other]
    ends = [code for code in other if code + 1 not in other]
    # No end of a range is a letter that means something in a pattern, an expression or a format string.
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


def _counting(place: int) -> Mapping[str, int]:
    """By letter the bits for which it counts at even or at odd places."""
    bits = range(place, len(_CLASSES), 2)
    letters = [chr(code) for code in range(0x20, 0x7F)]
    return MappingProxyType(
        {one: sum(2**bit for bit in bits if re.match(f"[{_CLASSES[bit]}]", one)) for one in letters}
    )


_COUNTING = (_counting(0), _counting(1))

"""Envoy's words on what it refuses, as people can read them. Pure."""

from __future__ import annotations

import re

# Envoy's protobuf errors quote the whole message that is wrong, which may be a table of 10,000 routes or a
# certificate, before they say why.
_WHY = re.compile(r"Proto constraint validation failed \((?P<why>.*)\)", re.DOTALL)
_QUOTED = re.compile(r"goo\.gle/debug\w*\s.*", re.DOTALL)
_LONGEST = 500


def in_short(message: str) -> str:
    """The reason without the message that Envoy quotes, on one line of at most 500 characters."""
    why = _WHY.search(message)
    before = message[: why.start()] if why else message
    text = f"{_QUOTED.sub('', before)} {why['why'] if why else ''}"
    # What is quoted may hold secrets, so where nothing else is said there is nothing to show.
    return " ".join(text.split())[:_LONGEST] or "it gives no reason that can be shown"

"""Names of fields and headers whose values are secrets by custom, wherever people write them."""

from __future__ import annotations

import re

WORDS = (
    r"authorization|cookie|api[-_]?key|passw(?:or)?d|passphrase|token|private[-_]?key|client[-_]?secret|credentials?"
)
"""A regular expression for the last word of such a name."""

REDACTED = "[redacted]"

_NAME = re.compile(rf"(?:.*[-_.])?(?:{WORDS})", re.IGNORECASE)


def is_sensitive(name: str) -> bool:
    """Whether the value of a field or header of this name must not be shown."""
    return _NAME.fullmatch(name) is not None

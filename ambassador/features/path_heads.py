"""What all paths that a condition takes begin with: routes are filed by it."""

from __future__ import annotations

from os.path import commonprefix

from ambassador.features.patterns import beginning
from ambassador.ir.route import PathKind, PathMatch


def head(path: PathMatch) -> str:
    """Text that every path which a condition takes begins with, to the letter."""
    text = beginning(path.value) if path.kind is PathKind.REGEX else path.value
    return text if path.case_sensitive else commonprefix([text, text.lower(), text.upper()])

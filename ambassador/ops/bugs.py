"""What is said of an exception that nobody expected: where it was raised, never its text, which may quote a secret."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def place(error: BaseException) -> str:
    """Kind and place of a bug in a few words: `KeyError in mapping.py:88`."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def stack(error: BaseException) -> str:
    """The traceback for the log."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__

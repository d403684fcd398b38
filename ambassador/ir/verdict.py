"""What became of an input object."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """ACCEPTED: all of it is used. PARTIAL: some of it was dropped. REJECTED: none is used. IGNORED: not ours."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    IGNORED = "ignored"

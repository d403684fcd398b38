"""The time as far as a configuration depends on it: certificates expire by the hour."""

from __future__ import annotations

from datetime import UTC, datetime


def hour() -> datetime:
    """The hour that it is."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

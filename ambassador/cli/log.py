"""What `run` itself has to say: one line an event on stderr, text for people and JSON for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click


def say(event: str, *, as_json: bool | None, level: str = "info") -> None:
    """Prints one event. The keys are those of the other programs' lines."""
    if as_json:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        click.echo(json.dumps({"event": event, "level": level, "time": now, "logger": "run"}), err=True)
    else:
        click.echo(" ".join(event.split()), err=True)

"""One line an event on stderr, in the words that the rest of the product uses: text on a terminal, JSON otherwise."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from diag.client import Unavailable
from diag.settings import TRUE_WORDS


class JsonLine(logging.Formatter):
    """`{"event", "level", "time", "logger"}`, the keys of the other programs; for our own faults `exception` too."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "logger": "diag",
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class PeerFaults(logging.Filter):
    """Takes the stack traces from what is no fault of ours: a peer too slow, a part that went in mid-answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, BlockingIOError | TimeoutError | ConnectionError):
            return False
        if isinstance(error, Unavailable):
            record.msg, record.args, record.exc_info = str(error), (), None
        return True


def logging_config(environ: Mapping[str, str], terminal: bool) -> dict[str, Any]:
    """For gunicorn's `logconfig_dict`. `AMBASSADOR_JSON_LOGGING` decides; without it, whether stderr is a terminal."""
    wish = environ.get("AMBASSADOR_JSON_LOGGING", "").strip().lower()
    as_json = wish in TRUE_WORDS if wish else not terminal
    logger = {"level": "WARNING", "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "diag.logs.JsonLine"},
            "text": {"format": "%(asctime)s [%(levelname)s] diag: %(message)s", "datefmt": "%Y-%m-%d %H:%M:%S"},
        },
        "filters": {"peers": {"()": "diag.logs.PeerFaults"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json" if as_json else "text",
                "filters": ["peers"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": logger, "gunicorn.access": {"level": "CRITICAL", "handlers": []}},
    }

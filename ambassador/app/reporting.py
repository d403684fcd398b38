"""The reports of a running watcher.

Apart from `watching`: they take a seventh of its start to load, and only people read them.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import time

from ambassador.app.questions import Questions
from ambassador.report.pages import Pages
from ambassador.report.server import ReportServer

_FORGET_SECONDS = 60.0


async def serve(questions: Questions) -> None:
    """Answers until it is cancelled.

    Raises:
        OSError: the socket can't be made.
    """
    version, boot = importlib.metadata.version("ambassador"), f".{time.time_ns():x}"
    pages = Pages(questions.current, questions.metrics.render, version, questions.started, boot, questions.book)
    server = ReportServer(questions.socket, pages)
    server.start()
    try:
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            pages.forget()
    finally:
        server.stop()

"""The page: a static shell that asks the API for its data. With `?json=true` everything at once, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from diag.client import Answer, Unavailable
from diag.services import Services
from diag.views import overview

STREAMED = ("routes", "problems")
TRIES = 3


def show(services: Services) -> Response:
    """The shell renders without the watcher too, and says then what is missing."""
    if _wants_json():
        return _everything(services)
    try:
        services.watcher_health.answer()
        missing = ""
    except Unavailable as error:
        missing = str(error)
    return Response(render_template("page.html", missing=missing), content_type="text/html; charset=utf-8")


def to_page(_services: Services) -> AnyResponse:
    """From `/` to the page. A relative address, so that it holds behind any port-forward."""
    return redirect("/ambassador/v0/diag/", 302)


def _wants_json() -> bool:
    if request.args.get("json"):
        return True
    kinds = request.accept_mimetypes
    return kinds["application/json"] > kinds["text/html"]


def _everything(services: Services) -> Response:
    state, answers = _of_one_revision(services)
    response = Response(_joined(state, answers), content_type="application/json")
    for answer in answers:
        response.call_on_close(answer.body.close)
    return response


def _of_one_revision(services: Services) -> tuple[dict[str, Any], tuple[Answer, ...]]:
    """Overview, and routes and problems of its revision, if the revision stands still for that long (three tries).

    Raises:
        Unavailable: one of them cannot be had.
    """
    for _ in range(TRIES - 1):
        state = overview.joined(services)
        with ExitStack() as opened:
            answers = _ask(services)
            for answer in answers:
                opened.callback(answer.body.close)
            if overview.read(services.watcher).get("revision") == state.get("revision"):
                opened.pop_all()
                return state, answers
    return overview.joined(services), _ask(services)


def _ask(services: Services) -> tuple[Answer, ...]:
    with ExitStack() as opened:
        answers = []
        for report in STREAMED:
            answer = services.watcher.get(f"/{report}")
            opened.callback(answer.body.close)
            if answer.status != 200:
                raise Unavailable(services.watcher.name, f"it failed with status {answer.status}")
            answers.append(answer)
        opened.pop_all()
        return tuple(answers)


def _joined(state: dict[str, Any], answers: tuple[Answer, ...]) -> Iterator[bytes]:
    """`{"overview": …, "routes": …, "problems": …}`; the large ones are never parsed."""
    yield b'{"overview": ' + json.dumps(state).encode()
    for report, answer in zip(STREAMED, answers, strict=True):
        yield f', "{report}": '.encode()
        yield from answer.body
    yield b"}\n"

"""`explain`: where a request goes, asked of a running instance or of files.

Asking an instance loads no compiler: it must answer at once, also where the instance is far away.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ambassador.cli import explain_server, explain_text
from ambassador.errors import UsageError
from ambassador.explain.asking import shell_words
from ambassador.explain.asking.curl import asked
from ambassador.explain.asking.understand import Understood, understand
from ambassador.settings import from_environment

PATHS = click.Path(exists=True, readable=True, path_type=Path)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was typed."""

    text: str
    method: str
    headers: tuple[str, ...]
    client: str


@click.command(short_help="Where a request goes, and why.")
@click.argument("question", metavar="URL|'curl ...'")
@click.option("-X", "--method", default="", metavar="METHOD", help="[GET]")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Repeatable.")
@click.option("--client-ip", "client", default="", metavar="ADDRESS", help="Where the request comes from.  [127.0.0.1]")
@click.option("--config", multiple=True, type=PATHS, metavar="PATH", help="Answer from files or folders. Repeatable.")
@click.option("--server", default="", metavar="URL", help="Ask that instance.  [http://127.0.0.1:AMBASSADOR_DIAG_PORT]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="[text]")
@click.option("--all", "everything", is_flag=True, help="Every route of the host, not only those near the answer.")
def explain(config: tuple[Path, ...], server: str, form: str, everything: bool, **given: Any) -> None:
    """Say which route takes a request and why, and why each other one does not.

    The request is a URL, or a whole curl command line in quotes. As curl does, it carries a User-Agent and an Accept
    header unless others are given; the port of the URL, or else its scheme, says which listener it reaches. Asks the
    instance that runs on this machine, unless --server names another or --config names manifests.
    """
    if config and server:
        raise UsageError("--config answers from files and --server asks an instance: give one of them")
    question = Asked(given["question"], given["method"], given["headers"], given["client"])
    answer = _from_files(question, config) if config else _from_server(question, server)
    if form == "json":
        click.echo(json.dumps(answer, indent=2))
        return
    # Nobody reads lines of more than this many columns with pleasure.
    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80
    color = False if os.environ.get("NO_COLOR") else None
    text = "\n".join(explain_text.lines(answer, width, everything=everything))
    click.echo(explain_text.in_encoding(text, sys.stdout.encoding or "ascii"), color=color)


def _from_files(question: Asked, paths: tuple[Path, ...]) -> dict[str, Any]:
    understood = _understood(question)
    # Imported only where it is needed: it brings the compiler.
    offline: Any = importlib.import_module("ambassador.app.offline")
    answer: dict[str, Any] = offline.explain(paths, from_environment(os.environ), understood.question, understood.notes)
    return answer


def _understood(question: Asked) -> Understood:
    """Fails where no answer is possible, before anything is compiled or asked."""
    understood = asked(question.text, question.method, question.headers, question.client)
    understand(understood.question)
    return understood


def _from_server(question: Asked, server: str) -> dict[str, Any]:
    _understood(question)
    place = server or f"http://127.0.0.1:{from_environment(os.environ).diag_port}"
    return explain_server.ask(place, _query(question))


def _query(question: Asked) -> Iterator[tuple[str, str]]:
    yield ("curl" if shell_words.is_command(question.text) else "url"), question.text
    if question.method:
        yield "method", question.method
    for header in question.headers:
        yield "header", header
    if question.client:
        yield "client_ip", question.client

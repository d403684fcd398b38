"""`diff`: what changes for requests between two sets of manifests. Fit for a check of pull requests."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from ambassador.app import comparing
from ambassador.cli import diff_markdown, diff_text, explain_text
from ambassador.settings import from_environment

PATH = click.Path(exists=True, readable=True, path_type=Path)


@click.command(short_help="What changes for requests.")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help="[text]")
def diff(old: Path, new: Path, form: str) -> int:
    """Compile two files or folders and say what changes for requests from OLD to NEW.

    Routes, hosts, certificates, listeners and backends are compared, and both sides are asked the same requests where
    something changed. The same manifests give the same output, whatever the order of files.

    Exit code 0: every request is answered as before; 1: something differs; 2: usage.
    """
    found = comparing.diff(old, new, from_environment(os.environ))
    if form == "json":
        click.echo(json.dumps(found, indent=2))
    elif form == "markdown":
        click.echo(diff_markdown.text(found), nl=False)
    else:
        text = "\n".join(diff_text.lines(found))
        color = False if os.environ.get("NO_COLOR") else None
        click.echo(explain_text.in_encoding(text, sys.stdout.encoding or "ascii"), color=color)
    return int(not found["same"])

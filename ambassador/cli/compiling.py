"""The commands that compile once: `check` and `dump`. What they do is in `ambassador.app.offline`."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import click
import yaml

from ambassador.cli import problem_lines
from ambassador.settings import from_environment

PATHS = click.Path(exists=True, readable=True, path_type=Path)


@click.command(short_help="Print every problem.")
@click.argument("paths", nargs=-1, required=True, type=PATHS, metavar="PATH...")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@click.option("--envoy", is_flag=True, help="Have Envoy itself validate the result.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="[text]")
def check(paths: tuple[Path, ...], strict: bool, envoy: bool, form: str) -> int:
    """Compile files or folders and print every problem, one a line.

    Exit code 0: none or warnings only; 1: errors; 2: usage.
    """
    problems = problem_lines.in_order(_offline().check(paths, from_environment(os.environ), envoy=envoy))
    if form == "json":
        click.echo(json.dumps({"problems": problems}, indent=2))
    else:
        _print(problems, to_stderr=False)
    return int(problem_lines.count(problems, "error") > 0 or (strict and len(problems) > 0))


@click.command(short_help="Print the Envoy configuration.")
@click.argument("paths", nargs=-1, required=True, type=PATHS, metavar="PATH...")
@click.option("--show-secrets", is_flag=True, help="Do not redact keys and passwords.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="[yaml]")
def dump(paths: tuple[Path, ...], show_secrets: bool, form: str) -> int:
    """Print the Envoy configuration that files or folders compile to; problems go to stderr."""
    settings = from_environment(os.environ)
    offline = _offline()
    problems = problem_lines.in_order(offline.check(paths, settings, envoy=False))
    configuration = offline.dump(paths, settings, show_secrets=show_secrets)
    click.echo(
        json.dumps(configuration, indent=2) if form == "json" else yaml.safe_dump(configuration, sort_keys=False)
    )
    _print(problems, to_stderr=True)
    return int(problem_lines.count(problems, "error") > 0)


def _offline() -> Any:
    # Imported only where it is needed: `--help` and wrong flags are answered sooner without it.
    return importlib.import_module("ambassador.app.offline")


def _print(problems: list[problem_lines.Problem], *, to_stderr: bool) -> None:
    for problem in problems:
        click.echo(problem_lines.line(problem), err=to_stderr)
    click.echo(problem_lines.summary(problems), err=True)

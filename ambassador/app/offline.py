"""What the commands give that compile files or folders once: problems, Envoy's configuration, where a request goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ambassador.app.compilers import compiler_for
from ambassador.explain.asking.question import Question, Understood
from ambassador.explain.evaluate import prepare
from ambassador.report import lists
from ambassador.report.explain_view import explain_view
from ambassador.report.revision import Revision
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.watcher.dump import static_configuration, validate


def check(paths: tuple[Path, ...], settings: Settings, *, envoy: bool) -> list[dict[str, Any]]:
    """Compiles files or folders offline and gives every problem, as contract JSON.

    `envoy`: the result is also validated by Envoy itself.

    Raises:
        UsageError: a path can't be read.
    """
    revision = _offline(paths, settings)
    found = list(lists.problems(revision).items)
    return [*found, *validate(revision)] if envoy else found


def dump(paths: tuple[Path, ...], settings: Settings, *, show_secrets: bool) -> dict[str, Any]:
    """The Envoy configuration that files or folders compile to."""
    return static_configuration(_offline(paths, settings).compiled.resources, show_secrets=show_secrets)


def explain(
    paths: tuple[Path, ...], settings: Settings, question: Question, notes: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Where a request goes by files or folders, as contract JSON.

    Raises:
        UsageError: a path can't be read, or the question is no request.
    """
    revision = _offline(paths, settings)
    return explain_view(revision, prepare(revision.compiled.gateway), Understood(question, notes))


def _offline(paths: tuple[Path, ...], settings: Settings) -> Revision:
    config = load(paths)
    return Revision(1, config, compiler_for(replace(settings, kubernetes=False)).compile(config.objects))

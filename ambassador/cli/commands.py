"""The table of commands, and how a command ends: with one line and an exit code, not with a stack trace."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, cast

import click

from ambassador.errors import AmbassadorError, StartError, UsageError

# The compiler takes a second and 60 MB to load: `run`, `demo` and --help do without it, so modules load by need.
COMMANDS = {
    "run": "ambassador.cli.live",
    "demo": "ambassador.cli.demo_command",
    "watch": "ambassador.cli.watch",
    "check": "ambassador.cli.compiling",
    "explain": "ambassador.cli.explain",
    "diff": "ambassador.cli.diff",
    "dump": "ambassador.cli.compiling",
    "crds": "ambassador.cli.manifests",
    "manifest": "ambassador.cli.manifests",
}
SUMMARIES = {
    "run": "The gateway on this machine: Envoy, watcher and diagnostics.",
    "demo": "The gateway with sample routes and sample backends.",
    "watch": "The watcher alone: manifests to Envoy configuration.",
    "check": "Compile manifests and print every problem.",
    "explain": "Say where a request goes, and why.",
    "diff": "Say what changes for requests between two sets of manifests.",
    "dump": "Print the Envoy configuration that manifests compile to.",
    "crds": "Print the CustomResourceDefinitions.",
    "manifest": "Print what installs Ambassador in a cluster.",
}


class Commands(click.Group):
    """Loads a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


_START_SECONDS = 1.2
CANNOT_START = 78
"""Exit code of a watcher that cannot work as it is configured (EX_CONFIG of sysexits.h); supervisord lets it be."""


@click.group(cls=Commands, no_args_is_help=False, invoke_without_command=True)
@click.version_option(package_name="ambassador", prog_name="ambassador", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A Kubernetes-native API gateway on Envoy that explains every request."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process with its exit code."""
    if _is(arguments, "run", "demo"):
        # They speak to this machine only, in the clear; OpenSSL is 2 MB of memory and a tenth of their start.
        sys.modules["ssl"] = cast("Any", None)
    if _is(arguments, "watch"):
        # It draws tracebacks on terminals, where it is installed, and takes 4 MB of memory.
        sys.modules["rich"] = cast("Any", None)
        # Before anything imports a message class: what the watcher sends, it has built itself.
        importlib.import_module("ambassador.wire.construction").trust_own_messages()
    code = outcome(arguments)
    if code == CANNOT_START:
        # supervisord takes an end within `startsecs` for a start to be tried again, whatever the exit code.
        time.sleep(_START_SECONDS)
    sys.exit(code)


def _code(error: AmbassadorError, arguments: Sequence[str] | None) -> int:
    if isinstance(error, UsageError):
        return 2
    return CANNOT_START if isinstance(error, StartError) and _is(arguments, "watch") else 1


def _is(arguments: Sequence[str] | None, *commands: str) -> bool:
    given = sys.argv[1:] if arguments is None else arguments
    return bool(given) and given[0] in commands


def outcome(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code. 2: the command line cannot work, 1: something needed is not to be had."""
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments), prog_name="ambassador", standalone_mode=False
        )
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except click.Abort:
        return _fail("stopped", 130)
    except AmbassadorError as error:
        return _fail(str(error), _code(error, arguments))
    except BrokenPipeError:
        # `ambassador dump ... | head`: nobody reads on; without this Python complains once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    if message:
        click.echo(f"ambassador: {' '.join(message.split())}", err=True)
    return code

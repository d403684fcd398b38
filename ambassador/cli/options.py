"""The flags that several commands share, and how they win over the environment. Must not start anything."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ambassador.errors import UsageError
from ambassador.settings import Settings, from_environment

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FOLDER = click.Path(exists=True, file_okay=False, readable=True, path_type=Path)
PORT = click.IntRange(0, 65535)

SOURCES = (
    click.option(
        "--config", multiple=True, metavar="DIR", type=FOLDER, help="Folder of manifests, watched. Repeatable."
    ),
    click.option("--kubernetes", is_flag=True, help="Watch the cluster too. The default without --config."),
)
PORTS = (
    click.option("--http-port", type=PORT, metavar="PORT", help="HTTP, unless a Listener says otherwise.  [8080]"),
    click.option("--https-port", type=PORT, metavar="PORT", help="HTTPS, unless a Listener says otherwise.  [8443]"),
    click.option("--diag-port", type=PORT, metavar="PORT", help="Diagnostics, health and metrics.  [8877]"),
    click.option("--admin-port", type=PORT, metavar="PORT", help="Envoy's admin endpoint, on loopback.  [8001]"),
    click.option("--ready-port", type=PORT, metavar="PORT", help="Envoy's ready listener, on loopback.  [8006]"),
)
PROCESS = (
    click.option("--bind", metavar="ADDRESS", help="Address of the listeners.  [0.0.0.0]"),
    click.option(
        "--drain-timeout",
        type=click.FloatRange(0, 1e6),
        metavar="SECONDS",
        help="How long a stop waits for requests in flight.  [30]",
    ),
    click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="State folder.  [a private temporary one]",
    ),
)


def flags(*groups: tuple[Decorator, ...]) -> Decorator:
    """Adds groups of options to a command, shown by --help in this order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return add


def settings(given: dict[str, Any]) -> Settings:
    """The settings of the environment, with the flags that were given on top.

    Raises:
        UsageError: a flag or variable holds something that cannot be used.
    """
    known = {field.name for field in dataclasses.fields(Settings)}
    flags = {name: value for name, value in given.items() if name in known and _was_given(value)}
    base = from_environment(os.environ)
    if "config" in flags:
        _refuse_separator(flags["config"])
        # Folders given here replace the default source, the cluster, unless it was asked for.
        base = dataclasses.replace(base, kubernetes=False)
    if "bind" in flags:
        _refuse_names(flags["bind"])
    return dataclasses.replace(base, **flags)


def _was_given(value: object) -> bool:
    """An option that was not given is None, a repeatable one is empty, a switch is off; a port of 0 was given."""
    return value is not None and value is not False and value != ()


def state(given: dict[str, Any]) -> Path | None:
    """The state folder that flag or environment name; None when neither does."""
    chosen = given.get("state") or os.environ.get("AMBASSADOR_STATE_DIR")
    return Path(chosen) if chosen else None


def _refuse_separator(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        if os.pathsep in str(folder):
            raise UsageError(f"--config {folder}: a folder with {os.pathsep!r} in its path cannot be used")


def _refuse_names(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise UsageError(f"--bind {address} is no IP address") from error

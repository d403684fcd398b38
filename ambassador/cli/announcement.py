"""What `run` and `demo` print once traffic flows. Every URL here works as it is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ambassador.cli import diag_client
from ambassador.settings import Settings

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def ready(settings: Settings) -> None:
    """One line: URLs, revision, number of routes and problems."""
    overview = diag_client.get_json(settings.diag_port, "/api/overview")
    click.echo(ready_line(settings, overview))


def ready_line(settings: Settings, overview: dict[str, Any]) -> str:
    """The line for an answer of /api/overview."""
    counts = overview.get("counts", {})
    errors, warnings = counts.get("errors", 0), counts.get("warnings", 0)
    problems = f"{errors + warnings} problems" + (f", {errors} of them errors" if errors else "")
    numbers = [f"revision {overview.get('revision', 0)}", f"{counts.get('routes', 0)} routes", problems]
    return "ready: " + " · ".join([*listener_urls(settings, overview), page_url(settings), *numbers])


def listener_urls(settings: Settings, overview: dict[str, Any]) -> list[str]:
    """A URL for each listener that speaks HTTP; without listeners in the overview, the one of --http-port."""
    listeners = [one for one in overview.get("listeners", []) if one["protocol"] in ("HTTP", "HTTPS")]
    urls = [f"{one['protocol'].lower()}://{host(one['address'])}:{one['port']}" for one in listeners]
    return urls or [http_url(settings)]


def http_url(settings: Settings) -> str:
    return f"http://{host(settings.bind)}:{settings.http_port}"


def page_url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.diag_port}{diag_client.API}/diag/"


def host(address: str) -> str:
    """What to put into a URL for a listener on that address."""
    if address in ANY_ADDRESS:
        return ANY_ADDRESS[address]
    return f"[{address}]" if ":" in address else address


def samples(settings: Settings, folder: Path) -> None:
    """Three requests to try, the page, and where to edit."""
    url = http_url(settings)
    click.echo(
        f"""
Try:
  curl {url}/quote/
  curl {url}/shop/
  curl -H 'x-beta: yes' {url}/shop/

Ask the second one again and again: one answer in five comes from the canary.

See every route, and why it takes a request:
  {page_url(settings)}

Edit the routes in {folder}/ and see them change at once. Ctrl-C ends everything."""
    )

"""`crds` and `manifest`: print the files that install Ambassador in a cluster, byte for byte.

Must not change or make them; `make manifests` does that.
"""

from __future__ import annotations

from pathlib import Path

import click

from ambassador.cli import layout
from ambassador.errors import StartError

SEPARATOR = "---\n"


@click.command(short_help="Print the CRDs.")
def crds() -> None:
    """Print the CustomResourceDefinitions, for `kubectl apply -f -`."""
    texts = [_text(path) for path in sorted(layout.CRDS.glob("*.yaml"))]
    if not texts:
        raise StartError(f"no CRDs in {layout.CRDS}: run from a checkout or the image")
    click.echo("".join(SEPARATOR + text for text in texts), nl=False)


@click.command(short_help="Print the install manifest.")
def manifest() -> None:
    """Print everything that installs Ambassador in a cluster, for `kubectl apply -f -`."""
    click.echo(_text(layout.INSTALL_MANIFEST), nl=False)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StartError(f"{path} cannot be read ({error.strerror}): run from a checkout or the image") from error

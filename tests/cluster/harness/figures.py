"""Figures of a run: printed, one line each, and collected in a file when CLUSTER_FIGURES names one."""

from __future__ import annotations

import os
from pathlib import Path


def figure(what: str, value: str) -> None:
    """One measured figure. pytest shows it with `-s` or `-rP`; the file has them all."""
    line = f"FIGURE {what}: {value}"
    print(line)
    named = os.environ.get("CLUSTER_FIGURES", "")
    if named:
        with Path(named).open("a") as file:
            file.write(f"{line}\n")

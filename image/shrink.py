"""Removes the parts of installed packages that the image does not use; image/unused.txt lists them with reasons.

Runs while the image is built, on the standard library alone. A line that fits nothing is an error: the list must not
outlive its reasons.
"""

import shutil
import sys
from pathlib import Path


def globs(text: str) -> list[str]:
    """The lines that are neither empty nor a comment."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def remove(path: Path) -> None:
    """Removes a file or a folder with all it holds."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def main(listing: Path, packages: Path) -> int:
    """Exit code; 1 when a glob fits nothing."""
    stale = []
    for glob in globs(listing.read_text()):
        found = sorted(packages.glob(glob))
        stale += [] if found else [glob]
        for path in found:
            remove(path)
    for glob in stale:
        print(f"{listing}: nothing installed fits {glob!r}: remove the line", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

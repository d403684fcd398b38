"""Copies from a Debian system the packages that the image needs, and nothing of the rest: no package manager, no Perl,
no programs that change users, no compiler.

Runs while the image is built, on the standard library alone: system.py image/system.txt /rootfs. What a package's own
files do not cover (certificates, users, the linker's cache) is named in the same list.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/var/lib/dpkg/status")
INFO = Path("/var/lib/dpkg/info")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The list: packages with all they depend on, those that are left out of that, further paths, paths left out."""

    packages: tuple[str, ...]
    without: tuple[str, ...]
    paths: tuple[str, ...]
    not_paths: tuple[str, ...]


def parse(text: str) -> Wanted:
    """Lines `package NAME`, `without NAME`, `path GLOB`, `no-path GLOB`; # begins a comment."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def of(word: str) -> tuple[str, ...]:
        return tuple(rest for first, rest in lines if first == word)

    return Wanted(of("package"), of("without"), of("path"), of("no-path"))


def installed(status: str) -> dict[str, str]:
    """The paragraph of each installed package in dpkg's status file."""
    paragraphs = [paragraph for paragraph in status.split("\n\n") if "\nStatus: install ok installed" in paragraph]
    return {field(paragraph, "Package"): paragraph for paragraph in paragraphs}


def field(paragraph: str, name: str) -> str:
    """The value of a field of one line; empty when there is none."""
    found = re.search(rf"^{name}: (.*)$", paragraph, re.MULTILINE)
    return found[1] if found else ""


def needed(packages: dict[str, str], wanted: Wanted) -> list[str]:
    """The wanted packages and what they depend on, sorted."""
    found: set[str] = set()
    waiting = list(wanted.packages)
    while waiting:
        name = waiting.pop()
        if name in found or name in wanted.without:
            continue
        found.add(name)
        depends = ", ".join(field(packages[name], kind) for kind in ("Pre-Depends", "Depends"))
        names = re.split(r"[,|]", re.sub(r"\(.*?\)|:\w+", "", depends))
        waiting += [one.strip() for one in names if one.strip() in packages]
    return sorted(found)


def owned(package: str, paragraph: str) -> Iterator[Path]:
    """The paths of a package that exist."""
    listings = [INFO / f"{package}:{field(paragraph, 'Architecture')}.list", INFO / f"{package}.list"]
    listing = next(path for path in listings if path.exists())
    yield from (Path(line) for line in listing.read_text().splitlines() if os.path.lexists(line) and line != "/.")


def below(globs: Iterable[str]) -> Iterator[Path]:
    """What the globs name, and all that is below it. A glob without a match is nothing."""
    for glob in globs:
        for path in sorted(Path("/").glob(glob.lstrip("/"))):
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from sorted(path.rglob("*"))


def copy(path: Path, root: Path) -> None:
    """Copies one file, link or folder (without its content) to the same place below the root."""
    target = root / path.relative_to("/")
    if path.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(path.readlink())
    elif path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copystat(path, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def main(listing: Path, root: Path) -> int:
    """Exit code."""
    wanted = parse(listing.read_text())
    packages = installed(STATUS.read_text())
    names = needed(packages, wanted)
    # /lib and /bin are links into /usr and must be there before anything is put behind them.
    links = [path for path in Path("/").iterdir() if path.is_symlink()]
    for link in links:
        (root / link.readlink()).mkdir(parents=True, exist_ok=True)
    paths = {path for name in names for path in owned(name, packages[name])} | set(below(wanted.paths))
    for path in [*links, *sorted(paths - set(links) - set(below(wanted.not_paths)))]:
        copy(path, root)
    # Scanners for known flaws read which packages there are.
    copy(STATUS, root)
    (root / STATUS.relative_to("/")).write_text("".join(packages[name].strip() + "\n\n" for name in names))
    print(" ".join(names))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

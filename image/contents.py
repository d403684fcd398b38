"""What an image holds, read from `docker export` on stdin, on the standard library alone.

contents.py files: a line for each file, with hash, mode, owner and path, to compare two images.
contents.py sizes: a table of the parts by size.
"""

import hashlib
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

# Docker makes these when it creates a container.
DOCKERS = re.compile(r"\.dockerenv$|etc/(hosts|hostname|resolv\.conf|mtab)$|(dev|proc|sys)(/|$)")
PARTS = (
    (r"opt/venv/lib/[^/]+/site-packages/envoy/", "Envoy, the binary"),
    (r"opt/venv/lib/[^/]+/site-packages/([^/]+?)(-[\d.]+\.dist-info|\.py)?(/|$)", "package {}"),
    (r"opt/ambassador/", "Ambassador itself"),
    (r"usr/(lib/python3|bin/python3)", "Debian: Python"),
    (r"(usr/)?lib/[^/]+-linux-gnu/", "Debian: libraries"),
    (r"usr/bin/", "Debian: shell and core utilities"),
    (r"usr/share/zoneinfo/", "Debian: time zones"),
    (r"", "Debian: the rest"),
)
SMALL = 1_000_000


def entries(stream: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """Each entry and the hash of its content, empty for what is no file."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for entry in archive:
            if DOCKERS.match(entry.name):
                continue
            content = archive.extractfile(entry) if entry.isreg() else None
            yield entry, hashlib.sha256(content.read()).hexdigest() if content else ""


def files(stream: BinaryIO) -> list[str]:
    """A line for each entry, sorted by path. Times are left out."""
    return sorted(
        f"{entry.name} {entry.mode:o} {entry.uid}:{entry.gid} {hash or entry.type.decode()} {entry.linkname}".strip()
        for entry, hash in entries(stream)
    )


def part(path: str) -> str:
    """The part of the image that a path belongs to."""
    for pattern, name in PARTS:
        if found := re.match(pattern, path):
            return name.format(*found.groups()[:1]).replace("_", "-").lower().replace("debian", "Debian")
    raise ValueError(path)


def sizes(stream: BinaryIO) -> list[str]:
    """The parts by size in MB; those below 1 MB in one line."""
    total: Counter[str] = Counter()
    for entry, _ in entries(stream):
        total[part(entry.name)] += entry.size
    small = {name: size for name, size in total.items() if size < SMALL}
    rows = [(name, size) for name, size in total.most_common() if name not in small]
    rows += [(f"{len(small)} parts below 1 MB each", sum(small.values())), ("all", sum(total.values()))]
    return [f"| {name} | {size / 1e6:.1f} |" for name, size in rows]


if __name__ == "__main__":
    print("\n".join({"files": files, "sizes": sizes}[sys.argv[1]](sys.stdin.buffer)))

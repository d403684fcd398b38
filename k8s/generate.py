"""Writes the CRDs and `ambassador.yaml`, the base as one file; `--check` only says whether they are up to date."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from ambassador.crds.definition import file_name, file_text
from ambassador.crds.names import OUR_KINDS

HERE = Path(__file__).resolve().parent
BASE = HERE / "base"
MANIFEST = HERE / "ambassador.yaml"
HEAD = (
    "# Ambassador in a cluster: kubectl apply -f this file. It is k8s/base in one piece, written by `make manifests`;\n"
    "# overlays for one namespace only and for the host's network are beside it.\n"
)


def wanted() -> dict[Path, str]:
    """The text of every file that is written."""
    crds = {BASE / "crds" / file_name(kind): file_text(kind) for kind in OUR_KINDS}
    names = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    parts = [crds[BASE / name] if BASE / name in crds else (BASE / name).read_text() for name in names]
    return {**crds, MANIFEST: HEAD + "".join(f"---\n{part}" for part in parts)}


def differing() -> list[Path]:
    """Files that are not as they should be; those of kinds that are gone among them."""
    files = wanted()
    stale = [path for path in (BASE / "crds").iterdir() if path not in files]
    return [*stale, *(path for path, text in files.items() if not path.exists() or path.read_text() != text)]


if __name__ == "__main__":
    found = differing()
    if "--check" in sys.argv:
        sys.exit("\n".join(f"{path.relative_to(HERE.parent)} is out of date: make manifests" for path in found) or 0)
    for path in found:
        text = wanted().get(path)
        path.unlink() if text is None else path.write_text(text)

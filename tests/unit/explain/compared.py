"""Two sets of manifests side by side, for tests of `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ambassador.app import comparing
from ambassador.settings import Settings

Json = dict[str, Any]

HOST = """
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {name: shop}
spec: {hostname: shop.test, requestPolicy: {insecure: {action: Route}}}
"""


def mapping(name: str, prefix: str = "/cart/", **fields: object) -> str:
    """A Mapping of host `*`; fields are written as JSON, which is YAML."""
    spec = {"hostname": "*", "prefix": prefix, "service": "10.0.0.1:80", **fields}
    lines = "".join(f"  {key}: {_json(value)}\n" for key, value in spec.items())
    return f"apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {{name: {name}}}\nspec:\n{lines}"


def _json(value: object) -> str:
    return str(value).replace("'", '"').replace("True", "true").replace("False", "false") if value != "*" else '"*"'


def told(folder: Path, old: list[str], new: list[str]) -> Json:
    """What `diff` says as JSON; the files are named old/all.yaml and new/all.yaml."""
    for name, documents in (("old", old), ("new", new)):
        side = folder / name
        side.mkdir(exist_ok=True)
        (side / "all.yaml").write_text("---\n".join(documents))
    return comparing.diff(folder / "old", folder / "new", Settings())


def changes(found: Json) -> list[tuple[str, str, str]]:
    return [(one["part"], one["sign"], one["name"]) for one in found["changes"]]


def details(found: Json, name: str) -> dict[str, tuple[str, str]]:
    """By what differs, of the change of that name."""
    [one] = [one for one in found["changes"] if one["name"] == name]
    return {detail["what"]: (detail["old"], detail["new"]) for detail in one["details"]}


def answers(found: Json) -> list[tuple[str, str, str]]:
    return [(one["request"]["text"], one["old"], one["new"]) for one in found["answers"]]

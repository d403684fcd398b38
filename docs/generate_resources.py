"""Writes docs/resources.md from the field declarations; `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from ambassador.crds.names import OUR_KINDS, plural, versions
from ambassador.kinds import KINDS
from ambassador.kinds.contract import AnyKind
from ambassador.model.fields import AnyField, Fields

PAGE = Path(__file__).with_name("resources.md")
HEAD = """# Supported resources

Written from the field declarations in `ambassador/kinds/` and `ambassador/features/` by `make docs`; do not edit.

A field marked **later** is known and has no effect yet: using it is a WARNING `NotSupported`, or an ERROR that answers
500 where it is marked **protects**. A field that is in no table is a WARNING `UnknownField`.

In a cluster the CRDs say the same: they refuse at once what would cost the whole object or close something, and leave
what costs one field to the status of the object. All versions of a kind have one schema, and unknown fields are kept.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_kind(kind) for kind in KINDS)


def _kind(kind: AnyKind) -> str:
    groups = ", ".join(f"`{group}`" if group else "core" for group in kind.groups)
    later = "" if kind.built else " **Not supported yet**: `check` says what that means for your routes."
    lines = [f"\n## {kind.kind}\n\n{_sentence(kind.doc)} ({groups}){later}{_in_cluster(kind)}\n"]
    if kind.fields:
        lines.append("\n| Field | Type | Default | Meaning |\n|---|---|---|---|\n")
        lines += _rows(kind.fields, "")
    return "".join(lines)


def _in_cluster(kind: AnyKind) -> str:
    if kind not in OUR_KINDS:
        return ""
    return f" `kubectl get {plural(kind)}`; versions {', '.join(versions(kind))}."


def _rows(fields: Fields, prefix: str) -> Iterable[str]:
    for field in sorted(fields, key=lambda one: (not one.required, not one.built, one.name)):
        label = field.type.label.replace("|", "/")
        yield f"| `{prefix}{field.name}` | {label} | {field.default} | {_meaning(field)} |\n"
        yield from _rows(field.type.fields, f"{prefix}{field.name}.")


def _meaning(field: AnyField) -> str:
    marks = [
        text
        for text, on in (("required", field.required), ("later", not field.built), ("protects", field.protects))
        if on
    ]
    also = f" (also `{'`, `'.join(field.aliases)}`)" if field.aliases else ""
    text = field.note or field.doc
    return f"{text}{also}{''.join(f' **{mark}**' for mark in marks)}".strip()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.exists() and PAGE.read_text() == page() else "docs/resources.md is out of date: make docs")
    PAGE.write_text(page())

"""The text that an object stands in: as it was read, and gone when its file no longer says it."""

from __future__ import annotations

from pathlib import Path

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.origins import Excerpt
from ambassador.sources.base import CLUSTER_PLACE, Batch, Change
from ambassador.sources.documents import Documents, read
from ambassador.sources.folder import load
from ambassador.sources.merge import Merge

ONE = "apiVersion: getambassador.io/v2\nkind: Mapping\nname: one\nprefix: /one/\nservice: web\n"
WEB = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
KEY = ObjectKey("Mapping", "default", "one")


def excerpt(folder: Path, text: str, key: ObjectKey = KEY) -> Excerpt | None:
    (folder / "all.yaml").write_text(text)
    return load([folder]).origins.excerpt(key)


def test_given_an_object_of_a_file_then_its_piece_of_the_file_with_its_line(tmp_path: Path) -> None:
    assert excerpt(tmp_path, f"{WEB}---\n# why\n{ONE}") == Excerpt(f"---\n# why\n{ONE}", 4, 0, (), flat=True)


def test_given_a_byte_order_mark_then_it_is_no_part_of_the_text(tmp_path: Path) -> None:
    found = excerpt(tmp_path, f"\ufeff{ONE}")
    assert found is not None
    assert found.text == ONE


def test_given_an_item_of_a_list_then_the_way_to_it(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n"
    found = excerpt(tmp_path, text, ObjectKey("Service", "default", "web"))
    assert found == Excerpt(text, 1, 0, ("items", 0))


def test_given_an_object_that_is_not_there_then_none(tmp_path: Path) -> None:
    assert excerpt(tmp_path, ONE, ObjectKey("Mapping", "default", "two")) is None


def test_given_a_file_that_broke_meanwhile_then_what_it_gave_before_has_no_text() -> None:
    whole = read(Documents("all.yaml"), ONE.encode()).documents
    broken = read(whole, b"a: [\n").documents
    assert whole.lines.excerpt(KEY) is not None
    assert (KEY in broken.objects, broken.lines.excerpt(KEY)) == (True, None)


def test_given_an_annotation_of_a_cluster_object_then_its_text_without_lines(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(_service(ONE))
    parent = next(iter(load([tmp_path]).objects.values()))
    merge = Merge(1)
    change = Change(CLUSTER_PLACE, parent.key, parent)
    merge.apply(0, Batch(SourceState("cluster", "kubernetes", complete=True), (change,)))
    assert merge.snapshot().origins.excerpt(KEY) == Excerpt(ONE, None, 0, (), flat=True)
    assert merge.snapshot().origins.excerpt(parent.key) is None


def _service(annotation: str) -> str:
    inner = "".join(f"      {line}\n" for line in annotation.splitlines())
    head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n"
    return f"{head}    getambassador.io/config: |\n{inner}"

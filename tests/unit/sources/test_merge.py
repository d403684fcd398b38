"""Several sources → one table: duplicates, annotations, origins, completeness."""

from __future__ import annotations

from manifest_texts import key, mapping

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.origins import CLUSTER, Origin
from ambassador.model.problems import FieldPath, Reason
from ambassador.sources.annotations import ANNOTATION, ANNOTATION_PATH
from ambassador.sources.base import Batch, Change
from ambassador.sources.documents import Documents, read
from ambassador.sources.file_lines import FileLines
from ambassador.sources.merge import Merge

STATE = SourceState("test", "folder", complete=True)
SERVICE = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n    {ANNOTATION}: |\n"
NESTED = "      apiVersion: getambassador.io/v2\n      kind: Mapping\n      name: {}\n      prefix: /n/\n"


class Files:
    """Places of a few files."""

    def __init__(self, files: dict[str, FileLines]) -> None:
        self._files = files

    def line(self, place: str, key: ObjectKey, path: FieldPath = (), within: int | None = None) -> int | None:
        return self._files[place].line(key, path, within)


def batch(**texts: str) -> Batch:
    """Files by name; a name stands for `NAME.yaml`, and `cluster` for objects of a cluster."""
    changes: list[Change] = []
    lines: dict[str, FileLines] = {}
    for name, text in texts.items():
        place = "" if name == "cluster" else f"{name}.yaml"
        documents = read(Documents(place), text.encode()).documents
        lines[place] = documents.lines
        changes += [Change(place, found, value) for found, value in documents.objects.items()]
    return Batch(STATE, tuple(changes), places=Files(lines))


def test_given_two_files_with_one_key_then_the_earlier_path_counts_and_the_other_is_an_error() -> None:
    merge = Merge(1)
    merge.apply(0, batch(b=mapping("m", "/b/"), a="\n" + mapping("m", "/a/")))
    snapshot = merge.snapshot()
    assert snapshot.objects[key("m")].content["spec"] == {"prefix": "/a/", "service": "backend"}
    assert snapshot.origins.of(key("m")) == Origin("a.yaml", 3)
    (problem,) = snapshot.problems
    assert (problem.reason, problem.source, problem.line) == (Reason.DUPLICATE_OBJECT, file_key("b.yaml"), 2)
    assert "b.yaml:2" in problem.message and "a.yaml:3" in problem.message


def test_given_the_winner_goes_then_the_other_takes_its_place_and_the_error_goes() -> None:
    merge = Merge(1)
    both = batch(a=mapping("m", "/a/"), b=mapping("m", "/b/"))
    merge.apply(0, both)
    merge.apply(0, Batch(STATE, (Change("a.yaml", key("m"), None),), places=both.places))
    snapshot = merge.snapshot()
    assert snapshot.origins.of(key("m")) == Origin("b.yaml", 2)
    assert snapshot.problems == ()
    merge.apply(0, Batch(STATE, (Change("b.yaml", key("m"), None),), places=both.places))
    assert not merge.snapshot().objects


def test_given_cluster_and_folder_with_one_key_then_the_cluster_counts() -> None:
    merge = Merge(2)
    merge.apply(0, batch(a=mapping("m", "/a/")))
    assert not merge.complete
    merge.apply(1, batch(cluster=mapping("m", "/c/")))
    snapshot = merge.snapshot()
    assert merge.complete and snapshot.complete
    assert snapshot.origins.of(key("m")) is CLUSTER
    assert snapshot.origins.line(key("m"), ("spec",)) is None
    assert [problem.source for problem in snapshot.problems] == [file_key("a.yaml")]
    assert "cluster" in snapshot.problems[0].message


def test_given_annotations_then_nested_objects_follow_their_parent() -> None:
    merge = Merge(1)
    merge.apply(0, batch(a=SERVICE + NESTED.format("n")))
    first = merge.snapshot()
    assert first.objects[key("n")].nested_in == key("s", "Service")
    assert first.origins.of(key("n")) == Origin("a.yaml", 7)
    assert first.origins.line(key("n"), ("spec", "prefix")) == 10
    merge.apply(0, batch(a=SERVICE + NESTED.format("other") + "      ---\n      x: [\n"))
    second = merge.snapshot()
    assert key("n") not in second.objects and key("other") in second.objects
    assert [(p.reason, p.source, p.path) for p in second.problems] == [
        (Reason.INVALID_YAML, key("s", "Service"), ANNOTATION_PATH)
    ]
    merge.apply(0, Batch(STATE, (Change("a.yaml", key("s", "Service"), None),)))
    assert not merge.snapshot().objects and not merge.snapshot().problems
    assert key("n") in first.objects


def test_given_a_nested_and_a_free_object_with_one_key_then_the_earlier_line_counts_and_follows_moves() -> None:
    merge = Merge(1)
    merge.apply(0, batch(a=SERVICE + NESTED.format("m") + mapping("m")))
    snapshot = merge.snapshot()
    assert snapshot.objects[key("m")].nested_in is not None
    assert [(p.source, p.line) for p in snapshot.problems] == [(file_key("a.yaml"), 12)]
    merge.apply(0, batch(a=mapping("m") + "---\n" + SERVICE + NESTED.format("m")))
    snapshot = merge.snapshot()
    assert snapshot.objects[key("m")].nested_in is None
    assert [(p.source, p.path) for p in snapshot.problems] == [(key("s", "Service"), ANNOTATION_PATH)]


def test_given_a_batch_without_changes_then_the_object_table_is_the_same_one() -> None:
    merge = Merge(1)
    merge.apply(0, batch(a=mapping("m")))
    first = merge.snapshot()
    moved = batch(a="\n\n" + mapping("m"))
    merge.apply(0, Batch(STATE, (), places=moved.places))
    second = merge.snapshot()
    assert second.objects is first.objects
    assert (first.origins.of(key("m")).line, second.origins.of(key("m")).line) == (2, 4)
    assert second.origins.of(file_key("a.yaml")) == Origin("a.yaml", 1)


def test_given_one_file_shown_by_two_sources_then_it_is_no_duplicate() -> None:
    merge = Merge(2)
    merge.apply(0, batch(a=mapping("m")))
    merge.apply(1, batch(a=mapping("m")))
    assert merge.snapshot().problems == ()
    assert set(merge.snapshot().objects) == {key("m")}

"""What Envoy accepted, on a disk: an edit among very many objects costs a line, and what broke off is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.watcher.blame import Refusal
from ambassador.watcher.journal import Journal
from ambassador.watcher.memory import Known

MANY = 3_000


def source(number: int, edition: int = 0) -> SourceObject:
    return SourceObject(ObjectKey("Mapping", "default", f"m{number}"), f"{number}/{edition}", {})


def table(*objects: SourceObject) -> dict[ObjectKey, SourceObject]:
    return {one.key: one for one in objects}


EVERYTHING = table(*(source(number) for number in range(MANY)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accepted.json"


def digests(path: Path) -> dict[ObjectKey, str]:
    return dict(Journal(path).load().accepted)


def test_given_very_many_objects_when_one_changes_then_a_line_is_written(path: Path) -> None:
    journal = Journal(path)
    journal.save(Known(EVERYTHING))
    whole = path.read_bytes()
    newer = {key: one for key, one in (EVERYTHING | table(source(7, 1), source(MANY))).items() if key != source(8).key}
    journal.save(Known(newer))
    beside = path.with_suffix(".log")
    assert path.read_bytes() == whole
    assert beside.stat().st_size < 300
    assert beside.stat().st_mode & 0o777 == 0o600
    assert digests(path) == {key: one.digest for key, one in newer.items()}
    journal.save(Known(newer))
    assert len(beside.read_bytes().splitlines()) == 1


def test_given_as_many_changes_as_objects_then_all_is_written_anew(path: Path) -> None:
    journal = Journal(path)
    for edition in range(4):
        journal.save(Known(table(*(source(number, edition) for number in range(MANY)))))
    beside = path.with_suffix(".log")
    assert len(beside.read_bytes().splitlines()) == 1
    assert set(digests(path).values()) == {f"{number}/3" for number in range(MANY)}


def test_given_a_culprit_that_comes_or_goes_then_all_is_written_anew(path: Path) -> None:
    journal = Journal(path)
    journal.save(Known(EVERYTHING))
    culprit = {source(1).key: Refusal("why")}
    for refusals in (culprit, {}):
        journal.save(Known(EVERYTHING, table(source(1, 2)), refusals))
        assert Journal(path).load().refused == {key: ("1/2", why) for key, why in refusals.items()}
        assert not path.with_suffix(".log").exists()


@pytest.mark.parametrize("broken", [b'{"identity": "', b"[]\n", b'{"accepted": 1}\n', b'{"accepted": [], "x": 1}\n'])
def test_given_a_line_that_broke_off_then_those_before_it_count(path: Path, broken: bytes) -> None:
    journal = Journal(path)
    journal.save(Known(table(source(1))))
    journal.save(Known(table(source(1, 1))))
    beside = path.with_suffix(".log")
    beside.write_bytes(beside.read_bytes() + broken)
    assert digests(path) == {source(1).key: "1/1"}


def test_given_lines_that_are_of_another_file_then_they_do_not_count(path: Path) -> None:
    journal = Journal(path)
    journal.save(Known(table(source(1))))
    journal.save(Known(table(source(1, 1))))
    beside = path.with_suffix(".log").read_bytes()
    Journal(path).save(Known(table(source(1, 2))))
    path.with_suffix(".log").write_bytes(beside)
    assert digests(path) == {source(1).key: "1/2"}


def test_given_a_disk_that_failed_when_it_is_well_again_then_all_is_written(path: Path) -> None:
    journal = Journal(path)
    journal.save(Known(table(source(1))))
    beside = path.with_suffix(".log")
    beside.mkdir()
    journal.save(Known(table(source(1, 1))))
    beside.rmdir()
    journal.save(Known(table(source(1, 2))))
    assert digests(path) == {source(1).key: "1/2"}

"""Folders and files read once, offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifest_texts import key, mapping

from ambassador.errors import UsageError
from ambassador.model.origins import Origin
from ambassador.model.problems import Reason
from ambassador.sources.folder import load


def test_given_folders_and_files_then_everything_in_them_is_one_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "sub").mkdir(parents=True)
    (tmp_path / "conf" / "sub" / "B.YAML").write_text(mapping("b"))
    (tmp_path / "conf" / "note.txt").write_text("no manifest")
    (tmp_path / "one.conf").write_text(mapping("a") + "x: [")
    snapshot = load([Path("conf"), Path("one.conf")])
    assert set(snapshot.objects) == {key("b")}
    assert snapshot.complete
    assert snapshot.origins.of(key("b")) == Origin("conf/sub/B.YAML", 2)
    assert snapshot.origins.line(key("b"), ("spec", "prefix")) == 7
    assert [(problem.reason, problem.source.name, problem.line) for problem in snapshot.problems] == [
        (Reason.INVALID_YAML, "one.conf", 9)
    ]


def test_given_an_empty_folder_then_the_snapshot_is_complete_and_empty(tmp_path: Path) -> None:
    snapshot = load([tmp_path])
    assert snapshot.complete and not snapshot.objects and not snapshot.problems


def test_given_a_path_that_is_not_there_then_it_is_a_usage_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing.yaml does not exist"):
        load([tmp_path / "missing.yaml"])


def test_given_a_name_that_is_no_utf8_then_it_is_shown_with_escapes(tmp_path: Path) -> None:
    name = b"caf\xe9.yaml".decode(errors="surrogateescape")
    (tmp_path / name).write_text(mapping("a"))
    file = load([tmp_path]).origins.of(key("a")).file
    assert file == str(tmp_path / "caf\\xe9.yaml")

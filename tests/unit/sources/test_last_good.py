"""The memory of last good objects: what it keeps, and what it costs when the disk fails."""

from __future__ import annotations

import base64
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from manifest_texts import key, mapping

from ambassador.kinds import secret
from ambassador.model.config_snapshot import SourceState
from ambassador.model.problems import Reason
from ambassador.sources.documents import Documents, read
from ambassador.sources.folder_files import FolderFiles
from ambassador.sources.last_good import LastGood, Row
from ambassador.sources.tree import look
from tests.golden.certificates import filled_in

STATE = SourceState("test", "folder", complete=True)
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"


@contextmanager
def memory(path: Path) -> Iterator[LastGood]:
    last_good = LastGood(path)
    last_good.release()
    last_good.start()
    try:
        yield last_good
    finally:
        last_good.stop()


def start(root: Path, last_good: LastGood) -> FolderFiles:
    """What a watcher does first."""
    files = FolderFiles(str(root), last_good)
    tree = look(str(root), lambda path, who: None)
    for path in sorted(tree.files):
        files.read(path)
    if tree.exists:
        files.forget_others()
    else:
        files.restore()
    return files


def objects(files: FolderFiles) -> dict[str, object]:
    batch = files.batch(STATE)
    return {change.key.name: change.object for change in batch.changes} if batch else {}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "a.yaml").write_text("\n" + mapping("a") + mapping("b") + SECRET)
    (folder / "c.yaml").write_text(mapping("c"))
    return folder


def test_given_a_file_broken_at_start_then_its_objects_are_those_of_the_process_before(
    conf: Path, tmp_path: Path
) -> None:
    with memory(tmp_path / "state.db") as last_good:
        before = objects(start(conf, last_good))
    (conf / "a.yaml").write_text(mapping("a", "/new/") + "x: [\n")
    with memory(tmp_path / "state.db") as last_good:
        files = start(conf, last_good)
        batch = files.batch(STATE)
    assert batch is not None
    found = {change.key.name: change.object for change in batch.changes}
    assert found == {name: before[name] for name in "abc"}
    assert [(problem.reason, problem.line) for problem in batch.problems] == [(Reason.INVALID_YAML, 9)]
    assert batch.places.line(str(conf / "a.yaml"), key("b")) == 11


def test_given_a_folder_gone_at_start_then_all_it_gave_is_served_except_secrets(conf: Path, tmp_path: Path) -> None:
    with memory(tmp_path / "state.db") as last_good:
        assert set(objects(start(conf, last_good))) == {"a", "b", "c", "s"}
    conf.rename(tmp_path / "elsewhere")
    with memory(tmp_path / "state.db") as last_good:
        assert set(objects(start(conf, last_good))) == {"a", "b", "c"}


def test_given_secrets_then_none_is_on_disk_and_the_file_is_private(conf: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with memory(path) as last_good:
        objects(start(conf, last_good))
    assert b"hunter2" not in path.read_bytes()
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_given_a_certificate_then_it_is_kept_without_its_key(conf: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    data = "{tls.crt: @certificate(a), tls.key: @key(a)}"
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\nstringData: {data}\n"
    (conf / "tls.yaml").write_text(filled_in(text))
    with memory(path) as last_good:
        before = objects(start(conf, last_good))["tls"]
    (conf / "tls.yaml").write_text("x: [\n")
    with memory(path) as last_good:
        after = objects(start(conf, last_good))["tls"]
    known, restored = secret.parse(before).value, secret.parse(after).value
    assert known.private_key and not restored.private_key
    assert (restored.chain, restored.fingerprint, restored.info) == (known.chain, known.fingerprint, known.info)
    stored = path.read_bytes()
    assert base64.b64encode(known.private_key)[:40] not in stored and known.private_key[40:80] not in stored


def test_given_a_file_that_went_while_nobody_watched_then_the_memory_forgets_it(conf: Path, tmp_path: Path) -> None:
    with memory(tmp_path / "state.db") as last_good:
        objects(start(conf, last_good))
    (conf / "a.yaml").unlink()
    with memory(tmp_path / "state.db") as last_good:
        objects(start(conf, last_good))
        assert {file.rsplit("/", 1)[1] for file in last_good.below(str(conf))} == {"c.yaml"}


def test_given_an_unchanged_object_then_its_row_is_not_written_again(tmp_path: Path) -> None:
    value = read(Documents("a.yaml"), mapping("a").encode()).documents.objects[key("a")]
    path = tmp_path / "state.db"
    with memory(path) as last_good:
        last_good.record([Row("a.yaml", value.key, value)])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE object SET line = 77")
    with memory(path) as last_good:
        last_good.record([Row("a.yaml", value.key, value)])
        assert last_good.of_file("a.yaml")[value.key].line == 77
        last_good.record([Row("a.yaml", value.key, None)])
        assert last_good.of_file("a.yaml") == {}


def test_given_a_damaged_file_then_it_is_made_anew_with_one_warning(
    conf: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"rubbish" * 1000)
    with caplog.at_level(logging.WARNING), memory(path) as last_good:
        assert set(objects(start(conf, last_good))) == {"a", "b", "c", "s"}
    assert len(caplog.records) == 1
    with memory(path) as last_good:
        assert len(last_good.below(str(conf))) == 2


def test_given_a_locked_file_then_service_goes_on_with_one_warning(
    conf: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.db"
    with memory(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with caplog.at_level(logging.WARNING), memory(path) as last_good:
            assert set(objects(start(conf, last_good))) == {"a", "b", "c", "s"}
    assert len(caplog.records) == 1


def test_given_a_place_that_cannot_be_written_then_service_goes_on_with_one_warning(
    conf: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), memory(tmp_path / "missing" / "state.db") as last_good:
        assert set(objects(start(conf, last_good))) == {"a", "b", "c", "s"}
        assert last_good.of_file("x") == {}
    assert len(caplog.records) == 1


def test_given_rows_before_the_release_then_they_are_written_after_it_or_at_the_end(tmp_path: Path) -> None:
    value = read(Documents("a.yaml"), mapping("a").encode()).documents.objects[key("a")]
    waiting = LastGood(tmp_path / "state.db")
    waiting.start()
    waiting.record([Row("a.yaml", value.key, value)])
    assert waiting.of_file("a.yaml") == {}
    waiting.release()
    waiting.record([Row("b.yaml", value.key, value)])
    waiting.stop()
    with memory(tmp_path / "state.db") as last_good:
        assert last_good.of_file("a.yaml").keys() == last_good.of_file("b.yaml").keys() == {value.key}

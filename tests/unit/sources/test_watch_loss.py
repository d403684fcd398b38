"""When the system gives no watches, or loses events."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest
from manifest_texts import key, mapping
from watched import watching

from ambassador.model.config_snapshot import SourceState
from ambassador.sources import watches as watches_module
from ambassador.sources.base import Batch
from ambassador.sources.pending import Delays
from ambassador.sources.watcher import FolderWatcher
from ambassador.sources.watches import Event, Watches, What


def no_inotify() -> None:
    raise OSError(errno.EMFILE, "inotify instance limit reached")


def test_given_no_inotify_then_everything_is_looked_at_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches_module, "InotifyFD", no_inotify)
    (tmp_path / "a.yaml").write_text(mapping("a", "/1/"))

    async def scenario() -> None:
        async with watching(tmp_path) as watched:
            assert "inotify instance limit reached" in watched.latest.sources[0].message
            (tmp_path / "a.yaml").write_text(mapping("a", "/2/"))
            await watched.until_prefix(key("a"), "/2/")
            (tmp_path / "a.yaml").unlink()
            await watched.until_prefix(key("a"), None)

    asyncio.run(scenario())


def test_given_lost_events_then_every_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of the edit are swallowed; only the word that some were lost arrives."""
    (tmp_path / "a.yaml").write_text(mapping("a", "/1/"))
    batches: list[Batch] = []

    def only_loss(watches: Watches) -> None:
        """Nothing is watched."""

    monkeypatch.setattr(Watches, "start", only_loss)
    watcher = FolderWatcher(str(tmp_path), batches.append, None, Delays(), check_every=60.0)

    def emit(batch: Batch) -> None:
        batches.append(batch)
        if len(batches) == 1:
            (tmp_path / "a.yaml").write_text(mapping("a", "/2/"))
            watcher._events.put(Event(str(tmp_path), What.LOST))
        else:
            watcher.stop()

    watcher._emit = emit
    watcher.run()
    assert [len(batch.changes) for batch in batches] == [1, 1]
    assert batches[0].state == SourceState(str(tmp_path), "folder", complete=True)

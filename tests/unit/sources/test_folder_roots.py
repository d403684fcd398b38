"""A watched folder as a whole: links, mounted ConfigMaps, folders that go and come, restarts."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from manifest_texts import key, mapping
from test_folder_edits import run
from watched import Watched, watching

from ambassador.model.keys import file_key
from ambassador.model.problems import Reason
from ambassador.sources import tree as tree_module
from ambassador.sources.last_good import LastGood
from ambassador.sources.pending import Delays


def mount(folder: Path, version: str, files: dict[str, str]) -> None:
    """What the kubelet does with a ConfigMap: a new hidden folder, and one rename that shows it."""
    data = folder / f"..{version}"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text)
    (folder / "..data_tmp").symlink_to(data.name)
    (folder / "..data_tmp").rename(folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


def test_given_a_mounted_configmap_when_it_is_swapped_then_all_of_it_changes_in_one_snapshot(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    mount(conf, "1", {"a.yaml": mapping("a", "/1/"), "b.yaml": mapping("b", "/1/")})

    async def scenario(watched: Watched) -> None:
        assert len(watched.latest.objects) == 2 and not watched.latest.problems
        mount(conf, "2", {"a.yaml": mapping("a", "/2/"), "b.yaml": mapping("b", "/2/")})
        shutil.rmtree(conf / "..1")
        await watched.until_prefix(key("a"), "/2/")
        (conf / "last.yaml").write_text(mapping("last"))
        await watched.until(lambda snapshot: key("last") in snapshot.objects)
        states = [
            tuple(str(snapshot.objects[key(name)].content["spec"]) for name in "ab") for snapshot in watched.history
        ]
        assert len(dict.fromkeys(states)) == 2
        assert not any(snapshot.problems for snapshot in watched.history)
        assert watched.latest.origins.of(key("a")).file == str(conf / "a.yaml")

    run(scenario, conf)


def test_given_links_in_circles_and_to_elsewhere_then_each_file_is_seen_once_and_edits_are_live(tmp_path: Path) -> None:
    conf, elsewhere = tmp_path / "conf", tmp_path / "elsewhere"
    (conf / "real").mkdir(parents=True)
    elsewhere.mkdir()
    (conf / "real" / "a.yaml").write_text(mapping("a"))
    (conf / "again").symlink_to("real")
    (conf / "real" / "up").symlink_to("..")
    (elsewhere / "b.yaml").write_text(mapping("b", "/1/"))
    (conf / "linked.yaml").symlink_to(elsewhere / "b.yaml")

    async def scenario(watched: Watched) -> None:
        assert set(watched.latest.objects) == {key("a"), key("b")} and not watched.latest.problems
        assert watched.latest.origins.of(key("a")).file == str(conf / "real" / "a.yaml")
        (elsewhere / "b.yaml").write_text(mapping("b", "/2/"))
        await watched.until_prefix(key("b"), "/2/")
        (elsewhere / "b.yaml").unlink()
        await watched.until_reasons(Reason.UNREADABLE)
        assert watched.prefix(key("b")) == "/2/"

    run(scenario, conf)


def test_given_a_folder_that_goes_and_comes_then_all_stays_with_an_error_until_it_is_back(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    conf.mkdir()
    for number in range(50):
        (conf / f"{number}.yaml").write_text(mapping(f"m{number}"))

    async def scenario(watched: Watched) -> None:
        shutil.rmtree(conf)
        gone = await watched.until_reasons(Reason.SOURCE_GONE)
        assert len(gone.objects) == 50
        assert all(len(snapshot.objects) == 50 for snapshot in watched.history)
        assert (gone.problems[0].source, gone.problems[0].line) == (file_key(str(conf)), 1)
        assert gone.complete and gone.sources[0].stale
        conf.mkdir()
        (conf / "0.yaml").write_text(mapping("m0", "/2/"))
        await watched.until(lambda snapshot: len(snapshot.objects) == 1)
        assert watched.prefix(key("m0")) == "/2/"
        assert not watched.latest.problems and not watched.latest.sources[0].stale

    run(scenario, conf, delays=Delays(unclosed=0.3, gone=1.0, gone_longest=5.0))


def test_given_a_directory_that_cannot_be_listed_then_its_objects_stay_with_an_error_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sub = tmp_path / "sub"
    sub.mkdir()
    (sub / "a.yaml").write_text(mapping("a"))
    entries = tree_module._entries

    def refused(directory: str) -> Iterator[tuple[str, bool, bool]]:
        if directory == str(sub):
            raise PermissionError(errno.EACCES, "Permission denied")
        return entries(directory)

    async def scenario(watched: Watched) -> None:
        monkeypatch.setattr(tree_module, "_entries", refused)
        (tmp_path / "other").mkdir()
        refusing = await watched.until_reasons(Reason.UNREADABLE)
        assert refusing.problems[0].source == file_key(str(sub))
        assert "Permission denied" in refusing.problems[0].message
        (tmp_path / "b.yaml").write_text(mapping("b"))
        both = await watched.until(lambda snapshot: key("b") in snapshot.objects)
        assert key("a") in both.objects
        monkeypatch.setattr(tree_module, "_entries", entries)
        await watched.until_reasons()
        assert key("a") in watched.latest.objects

    run(scenario, tmp_path)


def test_given_a_folder_missing_at_start_then_it_is_picked_up_when_it_is_made(tmp_path: Path) -> None:
    conf, other = tmp_path / "conf", tmp_path / "other"
    other.mkdir()
    (other / "o.yaml").write_text(mapping("o"))

    async def scenario(watched: Watched) -> None:
        assert [problem.reason for problem in watched.latest.problems] == [Reason.SOURCE_GONE]
        assert set(watched.latest.objects) == {key("o")}
        conf.mkdir()
        (conf / "a.yaml").write_text(mapping("a"))
        await watched.until(lambda snapshot: key("a") in snapshot.objects and not snapshot.problems)

    run(scenario, conf, other)


def test_given_a_folder_exchanged_as_a_whole_then_the_new_one_is_read(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    for name, prefix in (("conf", "/1/"), ("next", "/2/"), ("third", "/3/")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(mapping("a", prefix))

    async def scenario(watched: Watched) -> None:
        conf.rename(tmp_path / "old")
        (tmp_path / "next").rename(conf)
        await watched.until_prefix(key("a"), "/2/")
        (tmp_path / "old" / "a.yaml").write_text(mapping("a", "/old/"))
        conf.rename(tmp_path / "older")
        conf.symlink_to("third")
        await watched.until_prefix(key("a"), "/3/")
        (tmp_path / "third" / "a.yaml").write_text(mapping("a", "/4/"))
        await watched.until_prefix(key("a"), "/4/")
        assert all(key("a") in snapshot.objects for snapshot in watched.history)

    run(scenario, conf)


def test_given_a_restart_while_a_file_is_broken_then_its_objects_are_still_served(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "a.yaml").write_text(mapping("a", "/1/"))

    async def process(text: str) -> tuple[object, list[Reason]]:
        last_good = LastGood(tmp_path / "last-good.db")
        last_good.start()
        (conf / "a.yaml").write_text(text)
        async with watching(conf, last_good=last_good) as watched:
            found = watched.prefix(key("a")), [problem.reason for problem in watched.latest.problems]
        last_good.stop()
        return found

    assert asyncio.run(process(mapping("a", "/1/"))) == ("/1/", [])
    assert asyncio.run(process(mapping("a", "/1/") + "x: [")) == ("/1/", [Reason.INVALID_YAML])
    assert asyncio.run(process("rubbish: [")) == ("/1/", [Reason.INVALID_YAML])
    assert asyncio.run(process("# nothing")) == (None, [])

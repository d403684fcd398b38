"""A watched folder: edits, renames and half-written files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from manifest_texts import key, mapping
from watched import QUICK, UNHURRIED, Watched, watching

from ambassador.model.origins import Origin
from ambassador.model.problems import Reason
from ambassador.sources.pending import Delays

Edit = Callable[[Path, str], None]


def write(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    """As most editors and tools do: a new file renamed over the old one."""
    new = path.with_name(".new")
    new.write_text(text)
    new.rename(path)


def set_aside(path: Path, text: str) -> None:
    """As vim does: the old file renamed away, a new one made, the old one removed."""
    old = path.with_name(path.name + "~")
    path.rename(old)
    path.write_text(text)
    old.unlink()


def remove_and_make(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def truncate_and_fill(path: Path, text: str) -> None:
    path.write_text("")
    path.write_text(text)


def run(scenario: Callable[[Watched], Awaitable[None]], *roots: Path, delays: Delays = QUICK) -> None:
    async def watch() -> None:
        async with watching(*roots, delays=delays) as watched:
            await scenario(watched)

    asyncio.run(watch())


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    folder = tmp_path / "conf"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.yaml").write_text(mapping("a", "/1/") + mapping("b", "/1/"))
    (folder / "sub" / "c.yml").write_text(mapping("c"))
    (folder / ".hidden.yaml").write_text(mapping("hidden"))
    (folder / "README.md").write_text("# no manifest")
    return folder


@pytest.mark.parametrize("edit", [write, replace, set_aside, remove_and_make, truncate_and_fill])
def test_given_an_edit_of_any_kind_then_it_is_live_and_nothing_was_lost_on_the_way(conf: Path, edit: Edit) -> None:
    async def scenario(watched: Watched) -> None:
        first = watched.latest
        assert set(first.objects) == {key("a"), key("b"), key("c")}
        edit(conf / "a.yaml", mapping("a", "/2/") + mapping("b", "/1/"))
        await watched.until_prefix(key("a"), "/2/")
        assert all(set(snapshot.objects) == set(first.objects) for snapshot in watched.history)
        assert not any(snapshot.problems for snapshot in watched.history)
        assert watched.latest.objects[key("b")] is first.objects[key("b")]
        assert watched.latest.origins.of(key("b")) == Origin(str(conf / "a.yaml"), 10)

    run(scenario, conf, delays=UNHURRIED)


def test_given_files_and_folders_that_come_and_go_then_their_objects_do(conf: Path, tmp_path: Path) -> None:
    async def scenario(watched: Watched) -> None:
        (conf / "new" / "deep").mkdir(parents=True)
        (conf / "new" / "deep" / "d.json").write_text(
            '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "d"}}'
        )
        await watched.until(lambda snapshot: key("d", "Service") in snapshot.objects)
        (conf / "new").rename(conf / "newer")
        moved = str(conf / "newer" / "deep" / "d.json")
        await watched.until(lambda snapshot: snapshot.origins.of(key("d", "Service")).file == moved)
        (conf / "newer" / "deep" / "e.yaml").write_text(mapping("e"))
        await watched.until(lambda snapshot: key("e") in snapshot.objects)
        (conf / "newer").rename(tmp_path / "outside")
        await watched.until(lambda snapshot: set(snapshot.objects) == {key("a"), key("b"), key("c")})
        (conf / "sub" / "c.yml").unlink()
        (conf / "a.yaml").unlink()
        empty = await watched.until(lambda snapshot: not snapshot.objects)
        assert empty.complete and not empty.problems

    run(scenario, conf)


def test_given_a_renamed_file_then_there_is_never_a_duplicate_nor_a_gap(conf: Path) -> None:
    async def scenario(watched: Watched) -> None:
        (conf / "a.yaml").rename(conf / "z.yaml")
        await watched.until(lambda snapshot: snapshot.origins.of(key("a")).file == str(conf / "z.yaml"))
        assert not any(snapshot.problems for snapshot in watched.history)
        assert all(key("a") in snapshot.objects for snapshot in watched.history)

    run(scenario, conf, delays=UNHURRIED)


def test_given_a_file_moved_out_then_later_edits_are_not_held_back(conf: Path, tmp_path: Path) -> None:
    async def scenario(watched: Watched) -> None:
        """The best of five: a machine that stalls is no hold-back, which would be there each time."""
        clock = asyncio.get_running_loop().time
        times = []
        for number in range(5):
            (conf / f"{number}.yaml").write_text(mapping(f"m{number}"))
            await watched.until_prefix(key(f"m{number}"), "/")
            (conf / f"{number}.yaml").rename(tmp_path / f"{number}.yaml")
            before = clock()
            (conf / "a.yaml").write_text(mapping("a", f"/{number}0/"))
            await watched.until_prefix(key("a"), f"/{number}0/")
            times.append(clock() - before)
        assert min(times) < 0.25

    run(scenario, conf)


def test_given_a_broken_file_then_what_it_said_stays_and_what_parses_is_updated(conf: Path) -> None:
    async def scenario(watched: Watched) -> None:
        (conf / "a.yaml").write_text(mapping("a", "/2/") + "---\nkind: [\n")
        broken = await watched.until_reasons(Reason.INVALID_YAML)
        assert broken.problems[0].line == 10
        assert watched.prefix(key("a")) == "/2/"
        assert watched.prefix(key("b")) == "/1/"
        (conf / "a.yaml").write_text(mapping("a", "/2/"))
        whole = await watched.until_reasons()
        assert key("b") not in whole.objects

    run(scenario, conf)


def test_given_a_slow_writer_then_the_file_is_read_when_closed_and_meanwhile_only_added_to(conf: Path) -> None:
    async def scenario(watched: Watched) -> None:
        with open(conf / "a.yaml", "w") as file:
            file.write(mapping("a", "/2/"))
            file.flush()
            await watched.until_prefix(key("a"), "/2/")
            assert watched.prefix(key("b")) == "/1/"
            file.write(mapping("n"))
        await watched.until(lambda snapshot: key("n") in snapshot.objects)
        assert key("b") not in watched.latest.objects

    run(scenario, conf)


def test_given_a_file_emptied_for_good_then_its_objects_go(conf: Path) -> None:
    async def scenario(watched: Watched) -> None:
        (conf / "a.yaml").write_text("")
        await watched.until(lambda snapshot: set(snapshot.objects) == {key("c")})

    run(scenario, conf)


def test_given_files_that_cannot_be_read_then_each_is_a_problem_and_keeps_its_objects(conf: Path) -> None:
    async def scenario(watched: Watched) -> None:
        os.mkfifo(conf / "pipe.yaml")
        os.symlink("nowhere.yaml", conf / "dangling.yaml")
        os.symlink("circle.yaml", conf / "circle.yaml")
        (conf / "a.yaml").write_bytes(b"#" * (5 * 1024 * 1024 + 1))
        (conf / "binary.yaml").write_bytes(bytes(range(256)) * 10)
        snapshot = await watched.until(lambda snapshot: len(snapshot.problems) >= 4)
        snapshot = await watched.until(lambda snapshot: len(snapshot.problems) >= 5)
        found = {problem.source.name.rsplit("/", 1)[1]: problem.reason for problem in snapshot.problems}
        assert found == {
            "a.yaml": Reason.TOO_LARGE,
            "binary.yaml": Reason.INVALID_YAML,
            "circle.yaml": Reason.UNREADABLE,
            "dangling.yaml": Reason.UNREADABLE,
            "pipe.yaml": Reason.UNREADABLE,
        }
        assert all(problem.line is not None for problem in snapshot.problems)
        assert key("b") in snapshot.objects
        (conf / "nowhere.yaml").write_text(mapping("a", "/9/"))
        (conf / "a.yaml").unlink()
        await watched.until_prefix(key("a"), "/9/")

    run(scenario, conf)


def test_given_one_file_as_root_then_it_alone_is_watched(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(conf)

    async def scenario(watched: Watched) -> None:
        assert set(watched.latest.objects) == {key("a"), key("b")}
        (conf / "other.yaml").write_text(mapping("other"))
        replace(conf / "a.yaml", mapping("a", "/2/"))
        await watched.until_prefix(key("a"), "/2/")
        (conf / "a.yaml").write_text(mapping("a", "/3/"))
        await watched.until_prefix(key("a"), "/3/")
        assert watched.latest.origins.of(key("a")) == Origin("a.yaml", 2)
        assert set(watched.latest.objects) == {key("a")}

    run(scenario, Path("a.yaml"))

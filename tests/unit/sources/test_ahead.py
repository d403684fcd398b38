"""What is told of a folder while it is being read for the first time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from watched import PATIENCE, QUICK

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.sources.ahead import Ahead, worth_telling
from ambassador.sources.base import Batch
from ambassador.sources.collect import collect
from ambassador.sources.files import FolderSource
from ambassador.sources.watcher import FolderWatcher

COUNT = 1000
MAPPING = """---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: m{number}}}
spec: {{hostname: "*", prefix: /{number}/, service: 127.0.0.1:9}}
"""
MODULE = "---\napiVersion: getambassador.io/v3alpha1\nkind: Module\nmetadata: {name: ambassador}\nspec: {config: {}}\n"


def texts(count: int = COUNT) -> list[str]:
    return [MAPPING.format(number=number) for number in range(count)]


def one_file(folder: Path, found: list[str]) -> None:
    (folder / "all.yaml").write_text("".join(found))


def many_files(folder: Path, found: list[str]) -> None:
    for number, text in enumerate(found):
        (folder / f"m{number:05d}.yaml").write_text(text)


def read(folder: Path) -> tuple[list[Objects], Objects]:
    """What is told ahead, and the first snapshot."""
    told: list[Objects] = []

    async def first() -> Objects:
        async with aclosing(collect([FolderSource(folder, delays=QUICK, ahead=told.append)])) as arrivals:
            async with asyncio.timeout(PATIENCE):
                return (await anext(arrivals)).config.objects

    return told, asyncio.run(first())


def joined(told: list[Objects]) -> dict[ObjectKey, object]:
    return {key: one for part in told for key, one in part.items()}


@pytest.mark.parametrize("write", [one_file, many_files])
def test_given_a_large_folder_when_it_is_read_then_all_objects_are_told_part_by_part(
    tmp_path: Path, write: Callable[[Path, list[str]], None]
) -> None:
    write(tmp_path, texts())
    told, whole = read(tmp_path)
    assert joined(told) == dict(whole)
    assert len(whole) == COUNT
    assert [len(part) for part in told] == [100, 150, 225, 337, 188]


@pytest.mark.parametrize("write", [one_file, many_files])
def test_given_a_document_that_breaks_half_way_then_what_is_read_is_told_and_the_rest_is_as_ever(
    tmp_path: Path, write: Callable[[Path, list[str]], None]
) -> None:
    found = texts(COUNT + 1)
    found[500] = "---\nkind: Mapping\nx: [\n"
    write(tmp_path, found)
    told, whole = read(tmp_path)
    assert joined(told) == dict(whole)
    assert len(whole) == COUNT


def test_given_an_unreadable_file_then_the_others_are_told(tmp_path: Path) -> None:
    many_files(tmp_path, texts())
    (tmp_path / "m00100.yaml").unlink()
    (tmp_path / "m00100.yaml").symlink_to("nowhere")
    (tmp_path / "n.yaml").write_text(MAPPING.format(number=COUNT))
    told, whole = read(tmp_path)
    assert joined(told) == dict(whole)
    assert len(whole) == COUNT


def test_given_an_object_that_shapes_clusters_then_nothing_is_told(tmp_path: Path) -> None:
    one_file(tmp_path, [*texts(), MODULE])
    told, whole = read(tmp_path)
    assert not told
    assert len(whole) == COUNT + 1


def test_given_few_objects_then_nothing_is_told(tmp_path: Path) -> None:
    one_file(tmp_path, texts(COUNT - 1))
    told, whole = read(tmp_path)
    assert not told
    assert len(whole) == COUNT - 1


def test_given_a_key_in_two_files_then_the_one_that_counts_is_in_the_snapshot(tmp_path: Path) -> None:
    many_files(tmp_path, texts())
    (tmp_path / "z.yaml").write_text(MAPPING.format(number=7).replace("/7/", "/another/"))
    told, whole = read(tmp_path)
    key = ObjectKey("Mapping", "default", "m7")
    assert joined(told).keys() == whole.keys()
    assert joined(told)[key] != whole[key] == told[0][key]


def test_given_a_stop_while_a_folder_is_read_then_no_more_is_told_and_no_batch_comes(tmp_path: Path) -> None:
    one_file(tmp_path, texts())
    told: list[Objects] = []
    batches: list[Batch] = []

    def stop(found: Objects) -> None:
        told.append(found)
        watcher.stop()

    watcher = FolderWatcher(str(tmp_path), batches.append, None, QUICK, 0.05, stop)
    watcher.run()
    assert len(told) == 1
    assert not batches


@pytest.mark.parametrize(
    "text",
    [
        b"kind: Module",
        b'"kind":"Module"',
        b"{apiVersion: v1, kind: Service}",
        b"kind: 'Secret'",
        b"items: [{kind : TLSContext}]",
        b"  kind: AuthService",
    ],
)
def test_a_kind_is_seen_however_it_is_written(text: bytes) -> None:
    mappings = b"kind: Mapping\n" * COUNT
    assert worth_telling([mappings])
    assert not worth_telling([mappings, text])


def test_parts_grow_up_to_a_limit() -> None:
    told: list[int] = []
    ahead = Ahead(lambda found: told.append(len(found)), part=2, largest=4)
    for text in texts(17):
        ahead.read(text.encode())
    ahead.end()
    assert told == [2, 3, 4, 4, 4]

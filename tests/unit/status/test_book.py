"""That a look costs what changed, and misses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.report.revision import Revision
from ambassador.status.book import Book, changed
from tests.unit.status.world import World, mapping

A, B = object(), object()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, set()),
        ({1: A}, {1: A}, set()),
        ({1: A, 2: A}, {1: A, 2: B}, {2}),
        ({1: A, 2: A}, {2: A, 1: A}, set()),
        ({1: A}, {1: A, 2: B}, {2}),
        ({1: A, 2: A}, {1: A}, {2}),
        ({1: A, 2: A}, {2: B, 3: A}, {1, 2, 3}),
        ({300: A}, {int("300"): B}, {300}),
    ],
)
def test_changed_are_the_keys_with_another_object(old: Any, new: Any, expected: set[int]) -> None:
    assert changed(old, new) == expected


def test_given_one_table_then_nothing_is_compared() -> None:
    class Table(dict[int, object]):
        def __len__(self) -> int:
            raise AssertionError("compared")

    table = Table()
    assert changed(table, table) == set()


def keys_due(book: Book) -> set[ObjectKey]:
    found = set()
    while (key := book.next(0.0)) is not None:
        found.add(key)
    return found


def acknowledged(world: World) -> Revision:
    world.acknowledge()
    return world.revision


def test_given_one_edit_among_many_then_one_object_is_due() -> None:
    world = World(*(mapping(f"web-{number}", prefix=f"/{number}/") for number in range(200)))
    book = Book()
    book.look(acknowledged(world), world.observed, 0.0)
    assert len(keys_due(book)) == 200
    edited = mapping("web-7", generation=2, prefix="/new/")
    world.change(edited)
    book.look(acknowledged(world), dict(world.observed), 0.0)
    assert keys_due(book) == {edited.key}
    assert book.waiting == 0


def test_given_a_generation_that_changes_nothing_else_then_the_object_is_due() -> None:
    world = World(mapping())
    book = Book()
    book.look(acknowledged(world), world.observed, 0.0)
    keys_due(book)
    world.change(replace(mapping(generation=2), digest=mapping().digest))
    book.look(acknowledged(world), dict(world.observed), 0.0)
    assert keys_due(book) == {mapping().key}


def test_given_a_problem_that_comes_and_goes_beside_the_reports_then_the_object_is_due_each_time() -> None:
    world = World(mapping())
    book = Book()
    book.look(acknowledged(world), world.observed, 0.0)
    keys_due(book)
    for problems in [(Problem(Severity.ERROR, Reason.CONFLICT, "twice", mapping().key),), ()]:
        world.beside(*problems)
        book.look(acknowledged(world), world.observed, 0.0)
        assert keys_due(book) == {mapping().key}


def test_given_services_without_problems_then_they_are_never_due() -> None:
    world = World(mapping())
    service = ObjectKey("Service", "default", "a")
    reports: Mapping[ObjectKey, ObjectReport] = {service: ObjectReport(State.ACCEPTED)}
    world.revision = replace(world.revision, compiled=replace(world.revision.compiled, reports=reports))
    book = Book()
    book.look(acknowledged(world), {}, 0.0)
    assert keys_due(book) == set()


def test_given_an_acknowledgement_of_an_older_revision_then_only_what_it_holds_is_due() -> None:
    world = World(mapping())
    older = acknowledged(world).ledger
    other = mapping("other")
    world.change(other)
    book = Book()
    first = replace(world.revision, number=1, config=replace(world.revision.config, objects={mapping().key: mapping()}))
    book.look(replace(first, ledger=replace(older, acknowledged=0)), world.observed, 0.0)
    book.look(replace(world.revision, number=2, ledger=replace(older, acknowledged=1)), world.observed, 0.0)
    assert other.key not in keys_due(book)
    book.look(replace(world.revision, number=2, ledger=replace(older, acknowledged=2)), world.observed, 0.0)
    assert other.key in keys_due(book)


def test_given_an_envoy_that_is_gone_then_what_it_acknowledged_stays_acknowledged() -> None:
    world = World(mapping())
    book = Book()
    book.look(acknowledged(world), world.observed, 0.0)
    keys_due(book)
    gone = replace(world.revision, connected=False, ledger=type(world.revision.ledger)())
    book.look(gone, world.observed, 0.0)
    assert (keys_due(book), book.waiting) == (set(), 0)


def test_given_objects_that_are_gone_then_they_are_told_and_forgotten() -> None:
    world = World(mapping(), mapping("other"))
    book = Book()
    book.look(world.revision, world.observed, 0.0)
    world.change(gone=[mapping().key])
    assert book.look(world.revision, dict(world.observed), 0.0) == {mapping().key}
    world.change(gone=[mapping("other").key])
    book.look(acknowledged(world), dict(world.observed), 0.0)
    assert (book.waiting, keys_due(book)) == (0, set())


def test_given_an_object_that_is_put_off_twice_then_the_last_time_counts() -> None:
    world = World(mapping())
    book = Book()
    book.look(acknowledged(world), world.observed, 0.0)
    keys_due(book)
    book.put_off(mapping().key, 5.0)
    book.put_off(mapping().key, 9.0)
    assert (book.next(6.0), book.waiting) == (None, 1)
    assert book.wake_at() == 9.0
    assert (book.next(9.0), book.waiting) == (mapping().key, 0)

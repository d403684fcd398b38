"""The parts of the watcher that need no Envoy: whom to suspect, what to remember, how to put it."""

import asyncio
import socket
from pathlib import Path

import pytest

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.report.envoy_words import in_short
from ambassador.watcher.blame import Refusal, hinted, in_order, reconsidered
from ambassador.watcher.effective import Effective, step
from ambassador.watcher.journal import Journal
from ambassador.watcher.memory import Known, Memory, restored
from ambassador.watcher.ports import held_by_envoy
from ambassador.watcher.suspicion import Suspicion


def key(kind: str, name: str) -> ObjectKey:
    return ObjectKey(kind, "default", name)


def source(kind: str, name: str, **spec: object) -> SourceObject:
    return SourceObject(key(kind, name), f"{name} {spec}", {"kind": kind, "metadata": {"name": name}, "spec": spec})


@pytest.mark.parametrize(
    ("message", "short"),
    [
        ("Not supported field: X", "Not supported field: X"),
        ("two\n lines\n", "two lines"),
        (
            'Error adding c: goo.gle/debugstr  \nkey: "secret"\n: Proto constraint validation failed (A.B: too (long))',
            "Error adding c: A.B: too (long)",
        ),
        ('goo.gle/debugonly  \nkey: "secret"', "it gives no reason that can be shown"),
        ("x" * 900, "x" * 500),
    ],
)
def test_given_envoys_words_then_what_it_quotes_is_left_out(message: str, short: str) -> None:
    assert in_short(message) == short


def test_given_suspects_then_what_others_stand_on_is_tried_before_them() -> None:
    kinds = ["Module", "Mapping", "Host", "Secret", "TLSContext", "Listener", "Service"]
    ordered = [one.kind for one in in_order(key(kind, "x") for kind in kinds)]
    assert ordered == ["Secret", "Service", "Listener", "TLSContext", "Host", "Mapping", "Module"]


def test_given_a_message_that_quotes_an_object_then_it_is_hinted_but_never_by_what_is_secret() -> None:
    objects = {
        one.key: one for one in (source("Mapping", "quoted", prefix="/a/"), source("Mapping", "other", header="%BAD%"))
    }
    private = SourceObject(key("Secret", "pair"), "1", {"stringData": {"tls.key": "refused"}})
    objects[private.key] = private
    assert hinted(objects, objects, "quoted is refused") == {key("Mapping", "quoted")}
    assert hinted(objects, objects, "refused: %BAD%") == {key("Mapping", "other")}


def test_given_an_edit_then_culprits_that_it_may_have_cured_get_another_chance() -> None:
    host = source("Host", "web", tlsContext={"name": "options"})
    mapping = source("Mapping", "route", service="shop.default:80")
    objects = {one.key: one for one in (host, mapping, source("TLSContext", "options"), source("Service", "shop"))}
    culprits = {host.key, mapping.key}
    assert reconsidered(culprits, {key("TLSContext", "options")}, objects) == {host.key}
    assert reconsidered(culprits, {key("Service", "shop")}, objects) == {mapping.key}
    assert reconsidered(culprits, {key("Module", "ambassador")}, objects) == culprits
    assert reconsidered(culprits, {key("Service", "else")}, objects) == set()
    assert reconsidered({key("Host", "deleted")}, {key("Service", "else")}, objects) == {key("Host", "deleted")}


def test_given_a_deletion_that_is_held_back_then_the_accepted_form_stays() -> None:
    one = source("Host", "web")
    accepted = {one.key: one}
    found = step(Effective(accepted), {}, accepted, frozenset({one.key}), {one.key})
    assert found.effective.objects == accepted
    assert not found.refusals


def test_given_what_was_remembered_then_only_what_is_unchanged_counts_again(tmp_path: Path) -> None:
    kept, edited, culprit = source("Mapping", "kept"), source("Mapping", "edited"), source("Mapping", "culprit")
    private = SourceObject(key("Secret", "pair"), "1", {"stringData": {"tls.key": "KEY"}})
    bad, worse = source("Mapping", "culprit", bad=1), SourceObject(private.key, "2", private.content)
    accepted = {one.key: one for one in (kept, edited, culprit, private)}
    refused = {culprit.key: Refusal("why"), private.key: Refusal("bug", bug=True), key("Host", "gone"): Refusal("")}
    wanted = {kept.key: kept, edited.key: edited, culprit.key: bad, private.key: worse}
    path = tmp_path / "accepted.json"
    Journal(path).save(Known(accepted, wanted, refused))
    assert path.stat().st_mode & 0o777 == 0o600
    assert "KEY" not in path.read_text()
    now = {**wanted, edited.key: source("Mapping", "edited", new=1)}
    found, culprits = restored(Journal(path).load(), now)
    assert found == {kept.key: kept, culprit.key: culprit}
    assert culprits == refused
    fixed = {**now, culprit.key: source("Mapping", "culprit", bad=0), key("Host", "gone"): source("Host", "gone")}
    assert restored(Journal(path).load(), fixed)[1].keys() == {private.key}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"accepted": 1}', '{"accepted": [], "forms": [[[], [1, 2, 3]]]}'])
def test_given_a_memory_that_can_not_be_read_then_nothing_is_known(tmp_path: Path, text: str) -> None:
    (tmp_path / "accepted.json").write_text(text)
    assert Journal(tmp_path / "accepted.json").load() == Memory()
    assert Journal(tmp_path / "none.json").load() == Memory()


def test_given_a_folder_that_is_gone_then_remembering_costs_a_warning_only(tmp_path: Path) -> None:
    Journal(tmp_path / "gone" / "accepted.json").save(Known())
    assert list(tmp_path.iterdir()) == []


def test_given_a_search_then_sentences_tell_suspects_from_culprits() -> None:
    suspects = [key("Mapping", "a"), key("Mapping", "b")]
    running = Suspicion().refuse(Refusal("no reason"), suspects, {})
    assert "it is being found out" in running.sentence(suspects[0])
    found = running.accept({}).accept({})
    assert found.found_since(running) == [suspects[1]]
    assert found.sentence(suspects[1]) == "Envoy refuses this object, so it is not in use: no reason"
    assert [problem.source for problem in found.problems(frozenset(), {})] == [suspects[1]]
    assert "without this object" in next(found.problems(frozenset(), {})).message


def test_given_an_edit_while_a_search_runs_when_it_ends_then_culprits_that_it_cures_get_another_chance() -> None:
    host, context = source("Host", "web", tlsContext={"name": "options"}), source("TLSContext", "options")
    wanted = {host.key: host, context.key: context}
    search = Suspicion().refuse(Refusal("bad options"), wanted, wanted).accept(wanted)
    assert search.quarantine.search is not None
    assert search.quarantine.search.trial == (context.key,)
    # Alone the context does no harm, so the Host is the culprit; the context was mended before that was known.
    ended = search.edit({context.key}, wanted)
    while ended.searching:
        ended = ended.accept(wanted)
    assert ended.held_back == frozenset()


def test_given_no_envoy_or_one_that_does_not_answer_then_these_are_two_things() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(silent.getsockname()[1])
        assert asyncio.run(held_by_envoy(port, timeout=0.05)) is None
    assert asyncio.run(held_by_envoy(port, timeout=0.05)) == frozenset()

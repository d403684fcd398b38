"""How long a publication waits for Secrets."""

from __future__ import annotations

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.watcher.waiting import Waiting


class Secrets:
    """All that are wanted exist."""

    def __init__(self) -> None:
        self.wanted: frozenset[ObjectKey] = frozenset()

    def want_secrets(self, keys: frozenset[ObjectKey]) -> None:
        self.wanted = keys

    def secrets_expected(self) -> frozenset[ObjectKey]:
        return self.wanted


def key(name: str) -> ObjectKey:
    return ObjectKey("Secret", "default", name)


def objects(*names: str) -> dict[ObjectKey, SourceObject]:
    return {key(name): SourceObject(key(name), name, {}) for name in names}


BOTH = frozenset({key("a"), key("b")})


def test_given_secrets_on_their_way_then_they_are_waited_for_until_they_are_there() -> None:
    waiting = Waiting(Secrets())
    assert waiting.for_secrets(BOTH, objects("a"), 100.0, started=True) == 2.0
    assert waiting.impatient
    assert waiting.for_secrets(BOTH, objects("a", "b"), 101.0, started=True) == 0.0
    assert not waiting.impatient


def test_given_one_that_never_comes_then_others_are_still_waited_for() -> None:
    waiting = Waiting(Secrets())
    assert waiting.for_secrets(frozenset({key("a")}), {}, 100.0, started=True) == 2.0
    assert waiting.for_secrets(frozenset({key("a")}), {}, 102.0, started=True) == 0.0
    assert waiting.for_secrets(frozenset({key("a")}), {}, 103.0, started=True) == 0.0
    assert waiting.for_secrets(BOTH, {}, 110.0, started=True) == 2.0
    assert waiting.for_secrets(BOTH, objects("b"), 110.5, started=True) == 0.0


def test_given_new_ones_again_and_again_then_what_else_there_is_waits_no_longer_than_that() -> None:
    waiting = Waiting(Secrets())
    for second in range(10):
        wanted = frozenset(key(str(number)) for number in range(second + 1))
        assert waiting.for_secrets(wanted, {}, 100.0 + second, started=True) > 0.0
    wanted = frozenset(key(str(number)) for number in range(20))
    assert waiting.for_secrets(wanted, {}, 110.0, started=True) == 0.0


def test_given_nothing_published_yet_then_many_secrets_have_the_time_that_they_need() -> None:
    waiting = Waiting(Secrets())
    assert waiting.for_secrets(BOTH, {}, 100.0, started=False) == 30.0
    assert waiting.for_secrets(BOTH, objects("a"), 120.0, started=False) == 10.0
    assert waiting.for_secrets(BOTH, objects("a"), 130.0, started=False) == 0.0

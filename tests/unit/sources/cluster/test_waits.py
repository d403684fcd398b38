"""How long one kind waits after what went wrong. No time passes: the waits are only noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ambassador.kube.api import Api, Page
from ambassador.kube.errors import ApiError, Unreachable
from ambassador.sources.cluster.outbox import Outbox, Standing
from ambassador.sources.cluster.reach import Reach
from ambassador.sources.cluster.reflector import Around, Reflector, Timings
from ambassador.sources.cluster.resources import Resource
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.table import Table

MAPPINGS = Resource("getambassador.io", "v3alpha1", "mappings", "Mapping")
TIMINGS = Timings(first_delay=0.5, longest_delay=15.0)
REFUSED = ApiError(403, "Forbidden", "the roles are not known yet")
SILENCE = Unreachable("connection refused")


class Story:
    """An API server that answers each list with the next of the outcomes, then stops the reflector; and its waits."""

    away = True

    def __init__(self, *outcomes: Exception) -> None:
        self.outcomes = list(outcomes)
        self.waits: list[tuple[str, float]] = []
        self.standings: list[Standing] = []
        self.stopped = False
        self._last = ""

    def list_pages(self, path: str, query: Mapping[str, Any], accept: str | None = None) -> Iterator[Page]:
        outcome = self.outcomes.pop(0)
        self.stopped = not self.outcomes
        self._last = type(outcome).__name__
        raise outcome

    def suspect(self) -> None:
        pass

    def pause(self, seconds: float) -> None:
        self.waits.append((self._last, seconds))

    def stand(self, kind: str, standing: Standing) -> None:
        self.standings.append(standing)

    def run(self) -> None:
        around = Around(cast(Api, self), Scope(), cast(Outbox, self), cast(Reach, self), TIMINGS)
        Reflector(around, MAPPINGS, Sink(Table(MAPPINGS))).run()


class Sink:
    """Nothing is ever listed in these stories."""

    metadata_only = False

    def __init__(self, table: Table) -> None:
        self.table = table

    def begin(self) -> None:
        self.table.begin()

    def page(self, items: Any) -> None:
        self.table.page(items)

    def end(self) -> None:
        self.table.end()

    def event(self, kind: str, item: object) -> None:
        self.table.event(kind, item)


def waits_after_refusals(story: Story) -> list[float]:
    story.run()
    return [seconds for what, seconds in story.waits if what == "ApiError"]


def test_given_refusals_that_go_on_then_the_waits_grow() -> None:
    assert waits_after_refusals(Story(*[REFUSED] * 8))[-1] > 7.0


def test_given_a_server_that_was_silent_for_long_when_it_refuses_at_first_then_the_wait_is_short() -> None:
    (wait,) = waits_after_refusals(Story(*[SILENCE] * 12, REFUSED))
    assert wait <= TIMINGS.first_delay


def test_given_a_server_that_was_silent_when_it_goes_on_refusing_then_the_waits_grow_from_there() -> None:
    waits = waits_after_refusals(Story(*[SILENCE] * 12, *[REFUSED] * 4))
    assert waits[0] <= TIMINGS.first_delay < waits[-1] <= TIMINGS.first_delay * 8

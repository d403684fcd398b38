"""One writer among replicas: contenders with clocks of their own, outages, lost races, clean ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ambassador.kube.errors import ApiError, KubeError, Unreachable
from ambassador.status.lease import Lease, LeaseName, LeaseTimes
from tests.unit.status.world import Clock

Json = dict[str, Any]


class LeaseStore:
    """The API server's side: one Lease, optimistic locking."""

    def __init__(self) -> None:
        self.lease: Json | None = None
        self.version = 0
        self.writes = 0
        self.down: KubeError | None = None
        self.lost_answers = 0

    def get(self, path: str, query: Any = None, *, timeout: float = 1.0) -> Json:
        self._answer()
        if self.lease is None:
            raise ApiError(404, "NotFound", path)
        return self.lease

    def create(self, path: str, body: Json, *, timeout: float = 1.0) -> Json:
        self._answer()
        if self.lease is not None:
            raise ApiError(409, "AlreadyExists", path)
        return self._store(body)

    def put(self, path: str, body: Json, *, timeout: float = 1.0) -> Json:
        self._answer()
        if self.lease is None:
            raise ApiError(404, "NotFound", path)
        if body["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", path)
        return self._store(body)

    def patch(self, path: str, body: Json, *, content_type: str = "", query: Any = None, timeout: float = 1.0) -> Json:
        raise AssertionError("a Lease is never patched")

    @property
    def spec(self) -> Json:
        assert self.lease is not None
        spec: Json = self.lease["spec"]
        return spec

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down

    def _store(self, body: Json) -> Json:
        self.version += 1
        self.writes += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unreachable("the connection was cut")
        return self.lease


class Candidate:
    """A replica that ticks when its time has come."""

    def __init__(self, store: LeaseStore, clock: Clock, name: str, wall: datetime = datetime(2030, 1, 1, tzinfo=UTC)):
        self.clock = clock
        self.lease = Lease(
            store, LeaseName("ns", "ambassador-status", name), LeaseTimes(), lambda: clock.now, lambda: wall
        )
        self.next = clock.now

    def act(self) -> None:
        if self.clock.now < self.next:
            return
        try:
            self.next = self.clock.now + self.lease.tick()
        except KubeError:
            self.next = self.clock.now + LeaseTimes().retry


def pass_time(clock: Clock, seconds: float, *candidates: Candidate) -> None:
    """Time in steps of 0.1 s; never do two hold the Lease."""
    for _ in range(round(seconds * 10)):
        for one in candidates:
            one.act()
        assert sum(one.lease.held for one in candidates) <= 1
        clock.now += 0.1


@pytest.fixture
def store() -> LeaseStore:
    return LeaseStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_given_nobody_else_then_the_lease_is_made_held_and_renewed_every_five_seconds(
    store: LeaseStore, clock: Clock
) -> None:
    one = Candidate(store, clock, "a")
    pass_time(clock, 60.0, one)
    assert one.lease.held
    assert 11 <= store.writes <= 14
    assert (store.spec["holderIdentity"], store.spec["leaseDurationSeconds"], store.spec["leaseTransitions"]) == (
        "a",
        15,
        0,
    )
    assert store.spec["acquireTime"] == "2030-01-01T00:00:00.000000Z"


def test_given_two_then_one_holds_it_and_the_other_writes_nothing(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 60.0, one, other)
    assert (one.lease.held, other.lease.held, other.lease.holder) == (True, False, "a")
    assert store.spec["leaseTransitions"] == 0


def test_given_a_holder_that_vanishes_then_the_other_takes_over_within_twenty_seconds(
    store: LeaseStore, clock: Clock
) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 31.7, one, other)
    began = clock.now
    while not other.lease.held:
        other.act()
        clock.now += 0.1
        assert clock.now - began <= 20.0
    assert not one.lease.held
    assert clock.now - began >= 10.0
    assert store.spec["leaseTransitions"] == 1


@pytest.mark.parametrize("years", [-10, 0, 10])
def test_given_clocks_that_differ_by_years_then_nothing_is_taken_too_early(
    store: LeaseStore, clock: Clock, years: int
) -> None:
    one = Candidate(store, clock, "a", datetime(2030 + years, 1, 1, tzinfo=UTC))
    other = Candidate(store, clock, "b", datetime(2030, 1, 1, tzinfo=UTC))
    pass_time(clock, 120.0, one, other)
    assert one.lease.held
    assert store.spec["leaseTransitions"] == 0


def test_given_a_clean_end_then_the_other_takes_over_at_its_next_look(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    one.lease.release()
    assert not one.lease.held
    pass_time(clock, 2.2, other)
    assert other.lease.held


def test_given_an_outage_then_the_holder_stops_before_anybody_could_take_over_and_holds_it_again_afterwards(
    store: LeaseStore, clock: Clock
) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    store.down = Unreachable("refused")
    pass_time(clock, 9.0, one, other)
    pass_time(clock, 51.0, one, other)
    assert not one.lease.held
    store.down = None
    pass_time(clock, 5.0, one, other)
    assert one.lease.held or other.lease.held


def test_given_a_short_outage_then_the_holder_goes_on(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    store.down = ApiError(503, "ServiceUnavailable", "starting")
    pass_time(clock, 3.0, one, other)
    store.down = None
    pass_time(clock, 20.0, one, other)
    assert one.lease.held
    assert store.spec["leaseTransitions"] == 0


def test_given_a_holder_cut_off_alone_then_the_other_holds_it_and_the_first_follows(
    store: LeaseStore, clock: Clock
) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    pass_time(clock, 30.0, other)
    assert not one.lease.held
    pass_time(clock, 30.0, one, other)
    assert (one.lease.held, other.lease.held) == (False, True)


def test_given_a_renewal_whose_answer_is_lost_then_it_is_still_the_holder(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    store.lost_answers = 1
    pass_time(clock, 60.0, one, other)
    assert one.lease.held
    assert store.spec["leaseTransitions"] == 0


def test_given_a_lease_that_is_deleted_then_its_holder_makes_it_again(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    store.lease = None
    pass_time(clock, 20.0, one, other)
    assert (one.lease.held, store.spec["holderIdentity"]) == (True, "a")
    store.lease = None
    pass_time(clock, 20.0, other)
    assert other.lease.held


def test_given_a_missing_permission_then_nobody_leads_and_the_error_is_given(store: LeaseStore, clock: Clock) -> None:
    store.down = ApiError(403, "Forbidden", "no")
    one = Candidate(store, clock, "a")
    with pytest.raises(ApiError, match="Forbidden"):
        one.lease.tick()
    assert not one.lease.held


def test_given_a_lease_that_somebody_wrote_in_another_form_then_it_is_taken(store: LeaseStore, clock: Clock) -> None:
    store.lease = {"metadata": {"name": "ambassador-status", "resourceVersion": "7"}, "spec": None}
    one = Candidate(store, clock, "a")
    pass_time(clock, 1.0, one)
    assert one.lease.held


def test_given_nothing_is_held_then_a_release_writes_nothing(store: LeaseStore, clock: Clock) -> None:
    one, other = Candidate(store, clock, "a"), Candidate(store, clock, "b")
    pass_time(clock, 10.0, one, other)
    before = store.writes
    other.lease.release()
    assert store.writes == before

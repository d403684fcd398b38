"""The counts of one route, small enough for many thousands of them. Changed in place; `Count` is what others get."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

SLOT_SECONDS = 5
SLOTS = 12
"""The last minute, in slots: how far back a rate looks."""
SAMPLES = 10
"""Requests that are kept of a route."""
SAMPLES_PER_SECOND = 4.0
"""How many new ones a second, when there are many: a burst of `SAMPLES` is kept whole."""
_CLASSES = 6


class Count(NamedTuple):
    """What arrived at one route. `classes`: by the first digit of the status, 0 for no answer.

    `recent` and `recent_failed` are of the last minute. `last_seen`: seconds since the epoch.
    """

    requests: int
    classes: tuple[int, ...]
    recent: int
    recent_failed: int
    last_seen: float

    @property
    def failed(self) -> int:
        """Requests that were answered 5xx or not at all."""
        return self.classes[0] + self.classes[5]


def _no_slots() -> array[int]:
    return array("I", bytes(2 * SLOTS * array("I").itemsize))


@dataclass(slots=True)
class Counter:
    """`slots`: requests of each slot of the ring, then those of them that failed. `slot`: the newest one's number.

    `samples` are newest first, each as bytes: the garbage collector need not look at them.
    """

    classes: list[int] = field(default_factory=lambda: [0] * _CLASSES)
    slots: array[int] = field(default_factory=_no_slots)
    slot: int = 0
    last_seen: float = 0.0
    samples: tuple[bytes, ...] = ()
    allowance: float = SAMPLES
    asked: float = 0.0

    def add(self, status: int, number: int, now: float) -> None:
        """Counts requests with one status."""
        kind = status // 100 if 100 <= status < 600 else 0
        place = self._turned_to(now)
        self.classes[kind] += number
        self.slots[place] += number
        if kind in (0, 5):
            self.slots[SLOTS + place] += number
        self.last_seen = now

    def _turned_to(self, now: float) -> int:
        """Place of the slot for now; those that were skipped are emptied."""
        newest = int(now // SLOT_SECONDS)
        for slot in range(max(self.slot + 1, newest - SLOTS + 1), newest + 1):
            self.slots[slot % SLOTS] = self.slots[SLOTS + slot % SLOTS] = 0
        self.slot = max(self.slot, newest)
        return self.slot % SLOTS

    def may_sample(self, wanted: int, now: float) -> int:
        """How many of so many requests may be kept as samples; they count as kept."""
        passed = max(0.0, now - self.asked)
        self.allowance = min(float(SAMPLES), self.allowance + passed * SAMPLES_PER_SECOND)
        self.asked = now
        granted = min(wanted, int(self.allowance))
        self.allowance -= granted
        return granted

    def keep(self, samples: tuple[bytes, ...]) -> None:
        """Keeps these, newest first, in front of older ones."""
        self.samples = (*samples, *self.samples)[:SAMPLES]

    def count(self, now: float) -> Count:
        """What was counted until now."""
        oldest = int(now // SLOT_SECONDS) - SLOTS + 1
        places = [slot % SLOTS for slot in range(max(oldest, self.slot - SLOTS + 1, 0), self.slot + 1)]
        recent = sum(self.slots[place] for place in places)
        failed = sum(self.slots[SLOTS + place] for place in places)
        return Count(sum(self.classes), tuple(self.classes), recent, failed, self.last_seen)

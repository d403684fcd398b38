"""What a feature leaves in the IR: one frozen value per feature, found again by its type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ambassador.model.hashing import HashedOnce


class FeatureConfig:
    """Marker base of every frozen feature configuration."""

    __slots__ = ()


C = TypeVar("C", bound=FeatureConfig)


@dataclass(frozen=True, slots=True)
class FeatureBag(HashedOnce):
    """Configurations of one route, cluster or listener, in the order of FEATURES."""

    items: tuple[FeatureConfig, ...] = ()

    __hash__ = HashedOnce.__hash__

    def get(self, kind: type[C]) -> C | None:
        """The configuration of one feature, if it is used here."""
        for item in self.items:
            if isinstance(item, kind):
                return item
        return None


EMPTY = FeatureBag()


def bag(items: Iterable[FeatureConfig]) -> FeatureBag:
    """A bag of some configurations; the shared empty one when there are none."""
    found = tuple(items)
    return FeatureBag(found) if found else EMPTY

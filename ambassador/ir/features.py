"""What a feature leaves in the IR: one frozen value per feature, found again by its type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar


class FeatureConfig:
    """Marker base of every frozen feature configuration."""

    __slots__ = ()


C = TypeVar("C", bound=FeatureConfig)


@dataclass(frozen=True, slots=True)
class FeatureBag:
    """Configurations of one route, cluster or listener, in the order of FEATURES.

    The hash is computed once, since bags are keys of the memo for every route.
    """

    items: tuple[FeatureConfig, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.items))

    def __hash__(self) -> int:
        return self._hash

    def get(self, kind: type[C]) -> C | None:
        """The configuration of one feature, if it is used here."""
        return next((item for item in self.items if isinstance(item, kind)), None)


EMPTY = FeatureBag()


def bag(items: Iterable[FeatureConfig]) -> FeatureBag:
    """A bag of some configurations; the shared empty one when there are none."""
    found = tuple(items)
    return FeatureBag(found) if found else EMPTY

"""What a publication waits for: Secrets that are on their way, and an Envoy whose certificates nobody else knows.

Without it, a Host that names another Secret would lose its certificate for the moment in which that one is fetched;
and a watcher that starts while the API server is away, and so knows no private keys, would take certificates from an
Envoy that still holds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ambassador.kinds.secret import is_sealed
from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.wire.resource import Table

PATIENCE = 2.0
"""Seconds that Secrets are waited for."""


class SecretSource(Protocol):
    """Gives only those Secrets that somebody names. Called from the event loop."""

    def want_secrets(self, keys: frozenset[ObjectKey]) -> None:
        """These are named now, and no others."""

    def secrets_expected(self) -> Collection[ObjectKey]:
        """Wanted Secrets that exist, or of which it is not known yet whether they do."""


class AllSecrets:
    """For sources that give every Secret unasked."""

    def want_secrets(self, keys: frozenset[ObjectKey]) -> None:
        pass

    def secrets_expected(self) -> Collection[ObjectKey]:
        return ()


@dataclass(slots=True)
class Waiting:
    """`held`: versions of the certificates that Envoy holds, once it is known; it matters only to a watcher that
    started on what it remembers. `_since`: when Secrets began to be waited for; `_seen`: Envoy was there at the last
    look.
    """

    secrets: SecretSource
    held: Mapping[str, str] | None = None
    _wanted: frozenset[ObjectKey] = frozenset()
    _since: float | None = None
    _seen: bool = False

    @property
    def impatient(self) -> bool:
        """Whether Secrets are still waited for."""
        return self._since is not None

    def for_secrets(self, wanted: frozenset[ObjectKey], objects: Objects, now: float) -> bool:
        """Whether to wait a moment, since Secrets that are wanted have not been answered. `now`: seconds."""
        if wanted != self._wanted:
            self._wanted = wanted
            self.secrets.want_secrets(wanted)
        if all(key in objects for key in self.secrets.secrets_expected()):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now < self._since + PATIENCE

    def for_envoy(self, objects: Objects, *, started: bool) -> bool:
        """Whether it matters what Envoy holds: the first configuration is one from memory, without private keys."""
        if started and self.held is None:
            return False
        matters = any(is_sealed(one) for one in objects.values())
        if not matters:
            self.held = None
        return matters

    def look(self, held: Table | None) -> Mapping[str, str]:
        """What has changed of the versions that Envoy holds, by name; an empty version: holds it no more.

        `held` is None without an Envoy. One that has just come is asked at the next look: by then it has told.
        """
        known, self._seen = self._seen, held is not None
        if held is None or not known:
            return {}
        before, self.held = self.held or {}, {name: resource.version for name, resource in held.items()}
        return {**dict.fromkeys(before, ""), **self.held}

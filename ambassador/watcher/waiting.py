"""What a publication waits for: Secrets that are on their way, and an Envoy whose certificates nobody else knows.

Without it, a Host that names another Secret would lose its certificate for the moment in which that one is fetched;
and a watcher that starts while the API server is away, and so knows no private keys, would take certificates from an
Envoy that still holds them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ambassador.kinds.secret import is_sealed
from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.wire.resource import Table

_PATIENCE, _LONGEST = 2.0, 10.0
"""Seconds that one Secret is waited for, and that all together hold up what else there is to publish."""

_AT_FIRST = 30.0
"""Seconds for both before the first publication: until then an Envoy loses nothing, and afterwards HTTPS is closed for
every Secret that is late. A thousand of them take a while."""


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
    started on what it remembers. `_late`: since when each Secret is waited for, those among them that were given up;
    `_since`: since when there is something to publish that waits; `_seen`: Envoy was there at the last look.
    """

    secrets: SecretSource
    held: Mapping[str, str] | None = None
    _wanted: frozenset[ObjectKey] = frozenset()
    _late: Mapping[ObjectKey, float] = field(default_factory=dict)
    _since: float | None = None
    _seen: bool = False

    @property
    def impatient(self) -> bool:
        """Whether something to publish waits for Secrets."""
        return self._since is not None

    def for_secrets(self, wanted: frozenset[ObjectKey], objects: Objects, now: float, *, started: bool) -> float:
        """Seconds to wait at most, since Secrets that are wanted have not been answered; 0 to go on. `now`: seconds.

        One that does not come is waited for once; that it is given up takes nothing from others.
        """
        if wanted != self._wanted:
            self._wanted = wanted
            self.secrets.want_secrets(wanted)
        self._late = {key: self._late.get(key, now) for key in self.secrets.secrets_expected() if key not in objects}
        patience, longest = (_PATIENCE, _LONGEST) if started else (_AT_FIRST, _AT_FIRST)
        since = now if self._since is None else self._since
        until = min(since + longest, max(self._late.values(), default=now) + patience)
        if not self._late or until <= now:
            self._since = None
            return 0.0
        self._since = since
        return until - now

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

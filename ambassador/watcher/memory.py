"""What Envoy has accepted and refused, as a watcher that starts beside this Envoy needs it. Pure; `journal` keeps it.

Without it a restarted watcher could not tell an object that Envoy refuses from those that it serves, and would have
to take routes away to find out. Secrets are remembered by digest only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.watcher.blame import Refusal


@dataclass(frozen=True, slots=True)
class Memory:
    """`accepted` are digests; `forms` accepted objects that differ from what the user wants now.

    `refused` are culprits by the digest of the form that was refused; an empty one stands for a deletion.
    """

    accepted: Mapping[ObjectKey, str] = field(default_factory=dict)
    forms: Objects = field(default_factory=dict)
    refused: Mapping[ObjectKey, tuple[str, Refusal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to remember: what Envoy accepted, what the user wrote, and the culprits."""

    accepted: Objects = field(default_factory=dict)
    wanted: Objects = field(default_factory=dict)
    refusals: Mapping[ObjectKey, Refusal] = field(default_factory=dict)

    @property
    def forms(self) -> Objects:
        """Accepted forms of culprits."""
        found = {key: self.accepted.get(key) for key in self.refusals if key.kind != "Secret"}
        return {key: one for key, one in found.items() if one is not None}

    @property
    def refused(self) -> Mapping[ObjectKey, tuple[str, Refusal]]:
        """Culprits by the digest of what the user wrote."""
        return {key: (_digest(self.wanted, key), refusal) for key, refusal in self.refusals.items()}


def restored(memory: Memory, wanted: Objects) -> tuple[Objects, Mapping[ObjectKey, Refusal]]:
    """The accepted objects as far as they are known, and the culprits that have not changed since."""
    refused = {key: why for key, (digest, why) in memory.refused.items() if _digest(wanted, key) == digest}
    accepted = {key: one for key, one in wanted.items() if memory.accepted.get(key) == one.digest}
    accepted |= {key: one for key, one in memory.forms.items() if key in wanted or key in refused}
    return accepted, refused


def _digest(objects: Objects, key: ObjectKey) -> str:
    one = objects.get(key)
    return "" if one is None else one.digest

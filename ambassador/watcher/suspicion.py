"""Who is held back and why: the search for culprits together with what was said about them. Pure.

Must not know how objects are compiled, published or remembered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ambassador.model.config_snapshot import Objects
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.watcher.blame import Refusal, hinted, in_order, reconsidered
from ambassador.xds.quarantine import Quarantine, changed, observed, refused


@dataclass(frozen=True, slots=True)
class Suspicion:
    """`refusals` are the words on each culprit; `last` those that the running search began or went on with.

    `late` are objects that were edited while it ran: they wait, so culprits are found by their older forms.
    """

    quarantine: Quarantine = Quarantine()
    refusals: Mapping[ObjectKey, Refusal] = field(default_factory=dict)
    last: Refusal = Refusal()
    late: frozenset[ObjectKey] = frozenset()

    @property
    def searching(self) -> bool:
        return self.quarantine.searching

    @property
    def held_back(self) -> frozenset[ObjectKey]:
        return self.quarantine.held_back

    def accept(self, wanted: Objects) -> Suspicion:
        """What is held back now is enough. `wanted` is what the user wrote."""
        return self._with(observed(self.quarantine, accepted=True))._with_late(wanted)

    def refuse(self, refusal: Refusal, suspects: Collection[ObjectKey], wanted: Objects) -> Suspicion:
        """What is held back now is not enough. `suspects` in case that nobody was looked for yet."""
        heard = replace(self, last=refusal)
        if self.searching:
            after = observed(self.quarantine, accepted=False, message=refusal.why)
            return heard._with(after)._with_late(wanted)
        ordered = in_order(suspects)
        return heard._with(refused(self.quarantine, ordered, hinted(ordered, wanted, refusal.why)))

    def edit(self, edits: Collection[ObjectKey], objects: Objects) -> Suspicion:
        """Objects were edited: they, and culprits that this may have cured, get another chance."""
        cured = reconsidered(self.quarantine.culprits, edits, objects)
        after = self._with(changed(self.quarantine, in_order({*edits, *cured})))
        return replace(after, late=self.late.union(edits) if after.searching else frozenset())

    def found_since(self, before: Suspicion) -> list[ObjectKey]:
        """Culprits that were not known before."""
        return sorted(self.quarantine.culprits - before.quarantine.culprits)

    def differs_from(self, before: Suspicion) -> frozenset[ObjectKey]:
        """Objects that are served in another form, or spoken of in other words, than before."""
        moved = self.held_back ^ before.held_back
        return moved.union(self.found_since(before))

    def sentence(self, key: ObjectKey) -> str:
        """Why an object without an accepted form is not in use."""
        if key in self.refusals:
            return self.refusals[key].sentence("this object, so it is not in use")
        return self.last.sentence("a change, and it is being found out whether this object is the reason")

    def problems(self, unused: frozenset[ObjectKey], objects: Objects) -> Iterator[Problem]:
        """Culprits that go on in their last accepted form, and refusals that nobody could be found for.

        `unused` have no such form; their problems come from compile.
        """
        for key in sorted(self.quarantine.culprits - unused):
            what = "this version, so the last accepted one stays in use"
            if key not in objects:
                what = "what remains without this object, so it stays in use"
            yield _problem(self.refusals.get(key, self.last).sentence(what), key)
        if self.quarantine.stuck:
            words = f"whatever is held back: {self.quarantine.stuck}"
            yield _problem(f"a change can't be brought into use, {words}", ObjectKey("Envoy", "", "envoy"))

    def _with_late(self, wanted: Objects) -> Suspicion:
        """When a search is over, culprits that an edit meanwhile may have cured get another chance."""
        if self.searching or not self.late:
            return self
        cured = reconsidered(self.quarantine.culprits, self.late, wanted)
        return replace(self._with(changed(self.quarantine, in_order(cured))), late=frozenset())

    def _with(self, quarantine: Quarantine) -> Suspicion:
        kept = {key: self.refusals.get(key, self.last) for key in quarantine.culprits}
        return replace(self, quarantine=quarantine, refusals=kept)


def known(refusals: Mapping[ObjectKey, Refusal]) -> Suspicion:
    """Culprits that an earlier watcher found."""
    return Suspicion(Quarantine(frozenset(refusals)), refusals)


def _problem(message: str, key: ObjectKey) -> Problem:
    return Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, message, key)


def joined(messages: Iterable[str]) -> str:
    """Several reasons as one, each once."""
    return "; ".join(dict.fromkeys(messages))

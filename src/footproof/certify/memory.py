"""The world in memory: for rehearsals and tests, and the measure the stores are held to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from footproof.certify.case import Case
from footproof.certify.certificate import Certified
from footproof.certify.checklist import shipped_rulebook
from footproof.certify.operation import Operation, carry_out
from footproof.certify.record import Actor, R, Recomputed, Recorded, Stamp, Steps, after
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError, Where
from footproof.model.engagement import Risk
from footproof.model.rulebook import Rulebook
from footproof.model.scheme import Scheme


class MemoryWorld:
    """Records and schemes in memory.

    Args:
        schemes: Scheme editions by `id@edition`.
        packages: What came out when packages were recomputed, by digest.
        risks: Risks that checking them proposes, by digest as well.
        parameters: What their studies state, by digest and name.
        absent: Documents that nobody sent; every other one is here.
    """

    def __init__(
        self,
        schemes: Mapping[str, Scheme],
        packages: Mapping[str, Recomputed] | None = None,
        risks: Mapping[str, tuple[Risk, ...]] | None = None,
        parameters: Mapping[str, Mapping[str, str]] | None = None,
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self._schemes = schemes
        self._packages = packages or {}
        self._risks = risks or {}
        self._parameters = parameters or {}
        self._absent = absent
        self._places = 0
        self._records: dict[tuple[str, str], tuple[int, Any]] = {}
        self.journal: list[Recorded] = []

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record, or None where there is no such."""
        found: R | None = self._records.get((record.stream, identity), (0, None))[1]
        return found

    def recomputed(self, package: str) -> Recomputed | None:
        """Return what came out when a package was recomputed, or None where the package is not here."""
        return self._packages.get(package)

    def risks(self, package: str) -> tuple[Risk, ...]:
        """Return the risks of the claim that a package makes, as checking it proposes them."""
        return self._risks.get(package, ())

    def parameters(self, package: str) -> Mapping[str, str]:
        """Return the parameters that the study in a package states, by name."""
        return self._parameters.get(package, {})

    def kept(self, document: str) -> bool:
        """Tell whether a document is here."""
        return document not in self._absent

    def place(self) -> int:
        """Return the next place in the status lists."""
        self._places += 1
        return self._places - 1

    def certificates_under(self, body: str, scheme: str) -> tuple[str, ...]:
        """Return the numbers of the certificates that a body issued under a scheme edition, in order."""
        found = (one.held for one in self.all(Certified))
        return tuple(sorted(held.number for held in found if (held.body, held.scheme) == (body, scheme)))

    def cases_by(self, person: str) -> tuple[str, ...]:
        """Return the names of the cases in which a person acted, or on whose verifications; in order."""
        acted = [one for one in self.journal if one.stamp.by.person == person]
        found = {one.id for one in acted if one.record is Case}
        verified = {one.id for one in acted if one.record is Verification}
        return tuple(sorted(found | {self._records[Verification.stream, name][1].case for name in verified} - {""}))

    def all(self, record: type[R]) -> list[R]:
        """Return every record of a kind, in the order of their beginning."""
        return [found for (stream, _), (_, found) in self._records.items() if stream == record.stream]

    def fetch(self, names: Iterable[str]) -> None:
        """Everything is here."""

    def scheme(self, key: str) -> Scheme:
        """Return a scheme edition.

        Raises:
            FootproofError: E-SCHEME-UNKNOWN.
        """
        if key not in self._schemes:
            raise FootproofError("E-SCHEME-UNKNOWN", Where("scheme"), name=key[:120], known=", ".join(self._schemes))
        return self._schemes[key]

    def rulebook(self, name: str, edition: str) -> Rulebook | None:
        """Return a shipped rulebook, or None where there is no such."""
        return shipped_rulebook(name, edition)

    def do(self, operation: Operation, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Carry out an operation and keep its events; nothing is kept where it is refused."""
        return self.commit(carry_out(self, operation, by, at), by, at)

    def commit(self, steps: Steps, by: Actor, at: datetime) -> tuple[Recorded, ...]:
        """Keep the events of an operation, all or none."""
        stamp = Stamp(by, at)
        changed: dict[tuple[str, str], tuple[int, Any]] = {}
        added = []
        for step in steps:
            place = (step.record.stream, step.id)
            version, record = changed.get(place) or self._records.get(place, (0, None))
            changed[place] = version + 1, after(record, step.event, stamp)
            added.append(Recorded(step.record, step.id, version + 1, step.event, stamp))
        self._records.update(changed)
        self.journal.extend(added)
        return tuple(added)

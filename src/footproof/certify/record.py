"""Events of certification and the records they make: what happened to which record, who did it in which role, and when.

A record (a person, a case, a certificate, …) is the fold of its events and nothing else, so it can be rebuilt at any
time. Events are only ever added; what was wrong is put right by another event that says so (ISO/IEC 17065, 7.12).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Risk
from footproof.model.rulebook import Rulebook
from footproof.model.scheme import Scheme
from footproof.model.study import NumberRange


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person under a pseudonym, in one role, for one organisation.

    Args:
        person: Pseudonym; names and addresses of people stand in no event.
        role: One of ROLES.
        organisation: Id of the organisation the person acts for.
    """

    person: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """By whom and when something was done.

    Args:
        by: Who.
        at: When, with a time zone.
    """

    by: Actor
    at: datetime


class Record(Protocol):
    """A noun that events make: its first field is its id, `stream` is the name of its kind."""

    stream: ClassVar[str]

    @property
    def id(self) -> str:
        """Return the id of the record among those of its kind."""


R = TypeVar("R", bound=Record)
RULE = "ISO/IEC 17065, 7.12"
"""What a reference to a record that is not there, or is there already, runs against."""


class Public(Enum):
    """What of an event is public.

    YES: it is told of in a leaf of its own; its object says what happened, without people and their words (`public`).
    HASH: that it happened can be proven by whoever is shown it: it counts in the root of a leaf, behind a secret salt.
    NO: nothing; it is bookkeeping that follows from other events.
    """

    YES = "yes"
    HASH = "hash"
    NO = "no"


class Event(Generic[R]):
    """Something that happened to one record.

    Class attributes:
        kind: Name in the field's terms, such as "application.accepted".
        public: What of it is public.
    """

    __slots__ = ()
    kind: ClassVar[str]
    public: ClassVar[Public] = Public.HASH

    def apply(self, record: R, stamp: Stamp) -> R:
        """Return the record after the event.

        Args:
            record: As it was before.
            stamp: By whom and when.
        """
        raise NotImplementedError


class Beginning(Event[R]):
    """The event that a record begins with."""

    __slots__ = ()

    def begin(self, stamp: Stamp) -> R:
        """Return the record as it begins.

        Args:
            stamp: By whom and when.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Step:
    """One event that an operation wants to add.

    Args:
        record: Kind of the record.
        id: Which.
        event: What happened to it.
    """

    record: type[Any]
    id: str
    event: Event[Any]


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the journal.

    Args:
        record: Kind of the record.
        id: Which.
        version: 1 for the first event of the record.
        event: What happened.
        stamp: By whom and when.
    """

    record: type[Any]
    id: str
    version: int
    event: Event[Any]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came out when a sealed package was opened and recomputed; nobody can declare it.

    Args:
        package: Digest of the package.
        ok: Whether it recomputes to the value it declares.
        value: Declared value. [unit]
        unit: Such as "kg CO2e / kWh".
        rule: Rulebook edition, `id@edition`.
        edition: Digest of its edition.
        status: "in-force", "draft" or "provisional".
        model: Model it is about.
        first: First day of its data.
        last: Last day of its data.
        producer: Name of the maker, as the package states it.
        site: Name of the site, as well.
        gross: Positive emissions by life-cycle stage. [unit]
        green: Green certificates that its electricity counts on.
        unit_name: The declared or functional unit in words.
        boundary: The system boundary in words.
        stages: Life-cycle stages within it, in order.
    """

    package: str
    ok: bool
    value: Decimal
    unit: str
    rule: str
    edition: str
    status: str
    model: str
    first: date
    last: date
    producer: Bilingual
    site: Bilingual
    gross: Mapping[str, Fraction]
    green: tuple[NumberRange, ...] = ()
    unit_name: Bilingual | None = None
    boundary: Bilingual | None = None
    stages: tuple[str, ...] = ()

    @property
    def rulebook(self) -> str:
        """Return the id of the rulebook, without its edition."""
        return self.rule.partition("@")[0]

    def unlike(self, other: "Recomputed", parts: Mapping[str, str]) -> tuple[str, ...]:
        """Return in which parts another package is not as this one.

        Args:
            other: What came out of it.
            parts: Members to be compared, each with the word for it; several may have one.

        Returns:
            Their words, each once, in order.
        """
        return tuple(dict.fromkeys(word for name, word in parts.items() if getattr(self, name) != getattr(other, name)))


class World(Protocol):
    """Everything an operation may look at: records as they are now, schemes, and packages recomputed."""

    def recomputed(self, package: str) -> Recomputed | None:
        """Return what came out when a package was recomputed, or None where the package is not here."""

    def risks(self, package: str) -> tuple[Risk, ...]:
        """Return the risks of the claim that a package makes, as checking it proposes them; none where it is not here.

        Every term of the claim is among them, with its share of the positive emissions.
        """

    def parameters(self, package: str) -> Mapping[str, str]:
        """Return the parameters that the study in a package states, by name: a figure with its unit, or a word."""

    def kept(self, document: str) -> bool:
        """Tell whether a document is here, whoever sent it."""

    def place(self) -> int:
        """Return a place in the status lists that no certificate has."""

    def find(self, record: type[R], identity: str) -> R | None:
        """Return a record, or None where there is no such."""

    def fetch(self, names: Iterable[str]) -> None:
        """Read all records of some ids at once, where that saves questions; what is found stays the same."""

    def certificates_under(self, body: str, scheme: str) -> tuple[str, ...]:
        """Return the numbers of the certificates that a body issued under a scheme edition and that may still hold.

        In order; those that were withdrawn, cancelled or replaced may be left out, so whoever asks looks at each.
        """

    def cases_by(self, person: str) -> tuple[str, ...]:
        """Return the names of the cases in which a person acted in any role, or on whose verifications; in order."""

    def scheme(self, key: str) -> Scheme:
        """Return a scheme edition by `id@edition`.

        Raises:
            FootproofError: E-SCHEME-UNKNOWN.
        """

    def rulebook(self, name: str, edition: str) -> Rulebook | None:
        """Return a rulebook by `id@edition` and the digest of its edition, or None where that is not at hand."""


def need(world: World, record: type[R], identity: str) -> R:
    """Return a record that must be there.

    Raises:
        FootproofError: E-CASE-UNKNOWN.
    """
    found = world.find(record, identity)
    if found is None:
        raise FootproofError("E-CASE-UNKNOWN", Where(record.stream), record=record.stream, id=identity[:100], rule=RULE)
    return found


def fresh(world: World, record: type[R], identity: str) -> str:
    """Return an id that no record of the kind has yet.

    Raises:
        FootproofError: E-CASE-EXISTS.
    """
    if world.find(record, identity) is not None:
        raise FootproofError("E-CASE-EXISTS", Where(record.stream), record=record.stream, id=identity[:100], rule=RULE)
    return identity


def after(record: R | None, event: Event[R], stamp: Stamp) -> R:
    """Return a record after one more event.

    Raises:
        FootproofError: E-CASE-ORDER where a record does not begin with its beginning, or begins twice.
    """
    if record is None and isinstance(event, Beginning):
        begun: R = event.begin(stamp)
        return begun
    if record is None or isinstance(event, Beginning):
        raise FootproofError("E-CASE-ORDER", event=event.kind)
    return event.apply(record, stamp)

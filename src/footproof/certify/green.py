"""Green certificates behind certified figures: each counts for one site and period, over all certificates there are.

GB/T 24067-2024, 6.4.9.4: a contractual instrument is tracked and cancelled for one claim. A study can show only that a
number does not stand twice in it; that it stands in no other is known here, since every figure is certified here. The
products of a site share its electricity, so they may name the same certificates for the same time.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from footproof.certify.case import Case, Subject
from footproof.certify.record import Beginning, Event, Public, Recomputed, Stamp, Step, Steps, World
from footproof.certify.refusals import refuse
from footproof.model.study import NumberRange

CLAUSE = "GB/T 24067-2024, 6.4.9.4"


@dataclass(frozen=True, slots=True)
class CountedRun:
    """Numbers that a certified figure counts on, both ends included.

    Args:
        first: First number.
        last: Last number.
        client: Who claims the electricity.
        site: URI of the site that took it.
        since: First day of the period.
        until: Last day of the period.
        certificate: Number of the certificate of the figure.
    """

    first: int
    last: int
    client: str
    site: str
    since: date
    until: date
    certificate: str

    def bars(self, run: NumberRange, client: str, about: Subject) -> bool:
        """Tell whether numbers are among these, and for another site or time."""
        same = (self.client, self.site) == (client, about.site)
        together = self.since <= about.last and about.first <= self.until
        return self.first <= run.last and run.first <= self.last and not (same and together)


@dataclass(frozen=True, slots=True)
class GreenBlock:
    """Green certificates whose numbers begin alike, and which of them are counted.

    Args:
        id: See `name`.
        counted: What certified figures count on.
    """

    stream: ClassVar[str] = "green-block"

    id: str
    counted: tuple[CountedRun, ...] = ()

    @staticmethod
    def name(run: NumberRange) -> str:
        """Return the id of the block of some numbers; capital letters make no other certificate."""
        return f"green|{run.prefix.strip().casefold()}"


@dataclass(frozen=True, slots=True)
class GreenBlockOpened(Beginning[GreenBlock]):
    """Certificates of a block are counted for the first time."""

    kind: ClassVar[str] = "green-certificates.block-opened"
    public: ClassVar[Public] = Public.NO
    id: str

    def begin(self, _: Stamp) -> GreenBlock:
        """Return the block, of which nothing is counted."""
        return GreenBlock(self.id)


@dataclass(frozen=True, slots=True)
class GreenCounted(Event[GreenBlock]):
    """A certified figure counts on green certificates."""

    kind: ClassVar[str] = "green-certificates.counted"
    public: ClassVar[Public] = Public.NO
    run: CountedRun

    def apply(self, record: GreenBlock, _: Stamp) -> GreenBlock:
        """Return the block with the run."""
        return replace(record, counted=(*record.counted, self.run))


def need_uncounted(world: World, case: Case) -> None:
    """Refuse a package whose green certificates a certified figure of another site or time counts on.

    Args:
        world: What is known.
        case: With its packages.

    Raises:
        FootproofError: E-GREEN-TWICE.
    """
    for run in (run for found in _figures(world, case) for run in found.green):
        block = world.find(GreenBlock, GreenBlock.name(run))
        for one in block.counted if block is not None else ():
            if one.bars(run, case.client, case.subject):
                name = f"{run.prefix}{run.first}–{run.last}"
                raise refuse("E-GREEN-TWICE", CLAUSE, "package", name=name[:100], certificate=one.certificate)


def _figures(world: World, case: Case) -> tuple[Recomputed, ...]:
    """Return what the packages of a case gave, those of its family included."""
    packages = (case.package, *(one.package for one in case.subject.others))
    found = (world.recomputed(one) for one in packages if one)
    return tuple(one for one in found if one is not None)


def counting(world: World, case: Case, certificate: str) -> Steps:
    """Return that certified figures count on the green certificates of their packages; what they count on stays so.

    Args:
        world: What is known.
        case: On which the figures are certified.
        certificate: Number of the certificate.
    """
    about, steps, opened = case.subject, list[Step](), set[str]()
    for run in dict.fromkeys(run for found in _figures(world, case) for run in found.green):
        name = GreenBlock.name(run)
        block = world.find(GreenBlock, name)
        if block is None and name not in opened:
            opened.add(name)
            steps.append(Step(GreenBlock, name, GreenBlockOpened(name)))
        told = CountedRun(run.first, run.last, case.client, about.site, about.first, about.last, certificate)
        if block is None or told not in block.counted:
            steps.append(Step(GreenBlock, name, GreenCounted(told)))
    return tuple(steps)

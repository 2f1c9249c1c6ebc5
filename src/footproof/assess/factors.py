"""What stands behind `from`: a factor of the study, a published parameter or a fuel, checked for what it may serve.

Life-cycle CO2e and direct CO2 are different quantities; a direct factor needs its upstream; a recycling formula needs
the factor of virgin material.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from footproof.assess.builder import SheetBuilder, where
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise, twelve_digits
from footproof.expressions.tree import Tree
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import DatedValue, Edition, FactorScope, Fuel, Parameter, ParameterKind
from footproof.model.study import Factor, Study
from footproof.rules.parameters import ParameterBook

MOST_LISTED = 20  # Names that an error lists.


@dataclass(frozen=True, slots=True)
class Resolved:
    """A factor ready for a term.

    Args:
        suffix: Marks the part of a period, such as "@2024"; empty for the whole.
        weight: Share of the period, "1" for the whole. [1]
        unit: Unit of the entries.
        entries: (origin, gas, number, unit, aircraft) of its vector; the last is "aircraft" or empty.
        scope: "life cycle", "upstream" or "direct".
        role: "virgin", "recycled", "market mix", "disposal" or empty.
        basis: What the amount must refer to, or empty.
        name: In words.
        info: Source, year, confidence, for people.
    """

    suffix: str
    weight: Tree
    unit: str
    entries: tuple[tuple[str, str, str, str, str], ...]
    scope: str
    role: str
    basis: str
    name: Bilingual
    info: Mapping[str, Any]


class FactorSource:
    """Resolves names of factors for one study as known on one day, and remembers which published values were used."""

    def __init__(self, builder: SheetBuilder, study: Study, book: ParameterBook, known_on: date) -> None:
        self.builder = builder
        self.study = study
        self.book = book
        self.known_on = known_on
        self.used: dict[str, dict[str, Any]] = {}

    def resolve(self, name: str, at: Where) -> list[Resolved]:
        """Return the factor behind `factor:…`, `db:…` or `param:…`, one per part of the period.

        Raises:
            FootproofError: E-FACTOR-UNKNOWN, E-FACTOR-KIND for direct CO2 where life-cycle CO2e is needed, E-PARAM-*.
        """
        kind, _, key = name.partition(":")
        if kind == "factor":
            return [_of_study(self._study_factor(key, at))]
        if kind == "db":
            return [_of_study(self._intensity(key, at))]
        if kind == "param":
            return list(self._published(key, at))
        raise FootproofError("E-FACTOR-UNKNOWN", at, name=name, close="factor:…, db:…, param:…")

    def fuel(self, key: str, at: Where) -> tuple[Parameter, list[tuple[str, Tree, Fuel]]]:
        """Return a fuel with its defaults per part of the period.

        Raises:
            FootproofError: E-PARAM-*.
        """
        try:
            parameter = self.book.parameter(key)
            editions = [
                (suffix, weight, edition)
                for suffix, weight, edition in self._editions(parameter)
                if isinstance(edition, Fuel)
            ]
        except FootproofError as problem:
            raise _placed(problem, at) from problem
        if not editions:
            raise FootproofError("E-PARAM-KIND", at, id=key, found=parameter.kind.value)
        return parameter, editions

    def _study_factor(self, key: str, at: Where) -> Factor:
        factor = self.study.factors.get(key)
        if factor is None:
            raise FootproofError("E-FACTOR-UNKNOWN", at, name=f"factor:{key}", close=_listed(self.study.factors))
        if factor.quantity == "direct CO2" and factor.scope != "direct":
            raise FootproofError("E-FACTOR-KIND", where(factor.place, "quantity"), name=key, found=factor.quantity)
        return factor

    def _intensity(self, key: str, at: Where) -> Factor:
        found = self.study.intensities.get(key)
        if found is None:
            raise FootproofError("E-FACTOR-UNKNOWN", at, name=f"db:{key}", close=_listed(self.study.intensities))
        return found

    def _published(self, key: str, at: Where) -> Iterator[Resolved]:
        try:
            parameter = self.book.parameter(key)
        except FootproofError as problem:
            raise _placed(problem, at) from problem
        if parameter.kind is not ParameterKind.FACTOR:
            raise FootproofError("E-PARAM-KIND", at, id=key, found=parameter.kind.value)
        if parameter.quantity is not None and parameter.quantity.value == "direct CO2":
            raise FootproofError("E-FACTOR-KIND", at, name=key, found=parameter.quantity.value)
        try:
            editions = self._editions(parameter)
        except FootproofError as problem:
            raise _placed(problem, at) from problem
        for suffix, weight, edition in editions:
            if isinstance(edition, DatedValue):
                yield _of_parameter(parameter, edition, suffix, weight)

    def editions(self, key: str, at: Where) -> list[Edition]:
        """Return the editions of a parameter that would serve the period, without counting them as used.

        Raises:
            FootproofError: E-PARAM-*.
        """
        try:
            years = [year for year, _ in days_by_year(self.study.start, self.study.end)]
            return [self.book.edition(key, self.known_on, year) for year in years]
        except FootproofError as problem:
            raise _placed(problem, at) from problem

    def _editions(self, parameter: Parameter) -> list[tuple[str, Tree, Edition]]:
        """Return the editions that serve the period, each with its share; a period over two factor years is split."""
        if not parameter.annual:
            edition = self.book.edition(parameter.id, self.known_on)
            self._remember(parameter, edition)
            return [("", "1", edition)]
        parts: dict[int, tuple[Edition, int]] = {}
        for year, days in days_by_year(self.study.start, self.study.end):
            edition = self.book.edition(parameter.id, self.known_on, year)
            self._remember(parameter, edition)
            number = edition.data_year or year
            parts[number] = (edition, days + (parts[number][1] if number in parts else 0))
        if len(parts) == 1:
            return [("", "1", next(iter(parts.values()))[0])]
        whole = (self.study.end - self.study.start).days + 1
        return [(f"@{number}", self._share(days, whole), edition) for number, (edition, days) in sorted(parts.items())]

    def _share(self, days: int, whole: int) -> Tree:
        info = {"what": "share of the period that a factor year serves, by days"}
        return self.builder.node(f"period.{days}_{whole}", "1", ("/", str(days), str(whole)), info)

    def _remember(self, parameter: Parameter, edition: Edition) -> None:
        key = f"{parameter.id}@{edition.data_year or ''}"
        self.used[key] = {"id": parameter.id, "unit": parameter.unit, **edition_info(edition)}
        if isinstance(edition, DatedValue):
            self.used[key]["value"] = normalise(edition.value)


def _listed(known: Mapping[str, Factor]) -> str:
    return ", ".join(sorted(known)[:MOST_LISTED]) or "none at all"


def days_by_year(start: date, end: date) -> list[tuple[int, int]]:
    """Return the calendar years of a period and how many of its days fall in each."""
    years = range(start.year, end.year + 1)
    return [(year, (min(end, date(year, 12, 31)) - max(start, date(year, 1, 1)) + timedelta(1)).days) for year in years]


def edition_info(edition: Edition) -> dict[str, Any]:
    """Return what people must know of a published value."""
    info: dict[str, Any] = {
        "published": edition.published.isoformat(),
        "source": {"zh": edition.source.zh, "en": edition.source.en},
        "confidence": edition.confidence.value,
    }
    if edition.data_year is not None:
        info["data_year"] = str(edition.data_year)
    return info


def _of_study(factor: Factor) -> Resolved:
    return Resolved(
        suffix="",
        weight="1",
        unit=factor.unit,
        entries=tuple(
            (entry.origin, entry.gas, normalise(entry.number), entry.unit, "aircraft" if entry.aircraft else "")
            for entry in factor.entries
        ),
        scope=factor.scope,
        role=factor.role,
        basis=factor.basis,
        name=factor.name,
        info={
            "factor": f"{'db' if factor.taken else 'factor'}:{factor.id}",
            "source": factor.source,
            "data_year": factor.year,
            "region": factor.region,
            "boundary": factor.boundary,
            "confidence": factor.confidence,
            **_taken(factor),
        },
    )


def _taken(factor: Factor) -> Mapping[str, str]:
    """Return which database, intensity set and solver stand behind a factor, for whoever wants to solve it again."""
    if factor.taken is None:
        return {}
    return {
        "database": factor.taken.digest,
        "intensities": factor.taken.set,
        "product": factor.taken.product,
        "solver": factor.taken.solver,
    }


def _of_parameter(parameter: Parameter, edition: DatedValue, suffix: str, weight: Tree) -> Resolved:
    origin = parameter.origin.value if parameter.origin else "undifferentiated"
    number = normalise(twelve_digits(Decimal(edition.value)))
    return Resolved(
        suffix=suffix,
        weight=weight,
        unit=parameter.unit,
        entries=((origin, parameter.gas or "CO2e", number, parameter.unit, ""),),
        scope=parameter.scope.value if parameter.scope else FactorScope.LIFE_CYCLE.value,
        role=parameter.role.value if parameter.role else "",
        basis="",
        name=parameter.name,
        info={"factor": f"param:{parameter.id}", "region": parameter.region, **edition_info(edition)},
    )


def _placed(problem: FootproofError, at: Where) -> FootproofError:
    """Name the row of the study that asked, not the file of the parameter."""
    return problem.at(at)

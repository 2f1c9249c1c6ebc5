"""Explain the difference of two results, axis by axis: two rules on one study, two versions of it, two factor years.

The share of an axis is its Shapley value over all the axes on which the two can differ (`shapley`), in rationals. What
an axis cannot reach, because it lies inside a background factor, is listed. Where a provisional rule leaves an axis
open, every combination of its options is worked out, and each share has an interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.exact import normalise
from footproof.interpret.joint import (
    UNSAID,
    Outer,
    SharedAxis,
    chosen_option,
    clause_for,
    differs,
    given_over,
    joined,
    outer_axes,
)
from footproof.interpret.parts import PARTS, different_parts, with_parts
from footproof.interpret.shapley import shapley, waterfall
from footproof.interpret.switched import Switched
from footproof.interpret.terms import figure, magnitudes
from footproof.interpret.words import worded
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Axis, Rulebook
from footproof.model.study import Study
from footproof.rules.characterisation import potential
from footproof.rules.parameters import ParameterBook

MOST_AXES = 10
MOST_COMBINATIONS = 64
KNOWN_ON = "known_on"
CONVENTIONS = frozenset({"gwp", "biogenic", "methane"})
UNDIFFERENTIATED = "undifferentiated"


@dataclass(frozen=True, slots=True)
class Case:
    """One side of a comparison."""

    study: Study
    rule: Rulebook
    known_on: date


@dataclass(frozen=True, slots=True)
class Share:
    """What one axis contributes to the difference. [unit of the result]

    Args:
        low: Least share over the open options of the rules; equals `value` where none is open.
        high: Largest share.
        step: The same in the sequential waterfall, which depends on the order.
    """

    axis: SharedAxis
    value: Fraction
    low: Fraction
    high: Fraction
    step: Fraction

    @property
    def moves(self) -> bool:
        """Return whether the axis can move the result at all: by its share, under an open option, or in sequence."""
        return any((self.value, self.low, self.high, self.step))


@dataclass(frozen=True, slots=True)
class Unreached:
    """Part of the result of A that an axis cannot switch.

    Args:
        share: Of the sum of magnitudes of terms. [1]
        terms: How many.
    """

    axis: str
    text: Bilingual
    share: Fraction
    terms: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two results, explained. The shares sum to `b - a`, exactly.

    Args:
        a: Result of A. [unit]
        b: Result of B. [unit]
        low: Least difference over the open options. [unit]
        high: Largest difference. [unit]
        notes: What a reader must know first.
    """

    a: Fraction
    b: Fraction
    low: Fraction
    high: Fraction
    unit: str
    shares: tuple[Share, ...]
    unreached: tuple[Unreached, ...]
    notes: tuple[Bilingual, ...]
    sides: tuple[Assessment, Assessment]

    @property
    def difference(self) -> Fraction:
        """Return B less A. [unit]"""
        return self.b - self.a


def compare(a: Case, b: Case, book: ParameterBook) -> Comparison:
    """Return why B differs from A.

    Args:
        a: Study, rule and what was published.
        b: The same of the other side.
        book: Published parameters.

    Raises:
        FootproofError: E-COMPARE-UNIT where the results have different units, E-COMPARE-AXES where the two differ in
            more axes than can be worked out, E-COMPARE-CHECK where the joined rule does not give both results back;
            whatever an assessment raises.
    """
    sides = assess(a.study, a.rule, book, a.known_on), assess(b.study, b.rule, book, b.known_on)
    if sides[0].sheet.unit != sides[1].sheet.unit:
        raise FootproofError("E-COMPARE-UNIT", a=sides[0].sheet.unit, b=sides[1].sheet.unit)
    game = _Game(a, b, book)
    _require_both(game, sides)
    standard = game.options(game.defaults)
    shares = shapley(game.players, standard)
    steps = waterfall(game.players, standard)
    ranges, differences = _ranges(game)
    zero = Fraction(0)
    found = tuple(
        Share(axis, shares.get(axis.id, zero), *ranges.get(axis.id, (zero, zero)), steps.get(axis.id, zero))
        for axis in game.axes
    )
    notes = (worded("lens.unit-warning"),) if "functional_unit" in game.players else ()
    return Comparison(
        _value(sides[0]),
        _value(sides[1]),
        *differences,
        sides[0].sheet.unit,
        found,
        _unreached(game, sides[0]),
        notes,
        sides,
    )


class _Game:
    """Results under any mixture of the two sides, each worked out once."""

    def __init__(self, a: Case, b: Case, book: ParameterBook) -> None:
        self.a, self.b, self.book = a, b, book
        _, inner = joined(a.rule, b.rule)
        self.inner = {axis.id: axis for axis in inner}
        self.rules = {axis.id: axis for axis in outer_axes()}
        self.parts = different_parts(a.study, b.study)
        self.sheets: dict[frozenset[str], Switched] = {}
        self.outer = tuple(name for name, axis in self.rules.items() if differs(axis, a.rule, b.rule))
        self.outer += (*self.parts, *((KNOWN_ON,) if a.known_on != b.known_on else ()))
        self.axes = self._axes()
        self.defaults = {
            chosen_option(axis.id, side): axis.default
            for side, rule in (("a", a.rule), ("b", b.rule))
            for axis in rule.axes.values()
        }
        self.players = self._players()

    def options(self, chosen: Mapping[str, str]) -> "_Options":
        """Return results by subset of axes decided by B, under some options of the rules' own axes."""
        return _Options(self, chosen)

    def sheet(self, outer: frozenset[str]) -> Switched:
        """Return the joined sheet for some outer axes decided by B."""
        if outer not in self.sheets:
            conventions = outer & CONVENTIONS
            if conventions:
                base = self.sheet(outer - CONVENTIONS)
                self.sheets[outer] = base.weighed(self._potentials(base, outer))
            else:
                self.sheets[outer] = self._assessed(outer)
        return self.sheets[outer]

    def _assessed(self, outer: frozenset[str]) -> Switched:
        first = self.a.rule
        for name in sorted(outer & self.rules.keys()):
            first = given_over(self.rules[name], first, self.b.rule)
        rule, _ = joined(first, self.b.rule)
        study = with_parts(self.a.study, self.b.study, outer & PARTS.keys())
        assessment = assess(study, rule, self.book, self._known_on(outer))
        return Switched(assessment.sheet, (*(axis.switch for axis in self.inner.values()), *self._own()))

    def _potentials(self, base: Switched, outer: frozenset[str]) -> dict[str, dict[str, str]]:
        """Return the potentials of what a sheet counts, each convention as the side that decides it has it."""
        gwp, biogenic, methane = (
            getattr(self.b.rule if name in outer else self.a.rule, name) for name in ("gwp", "biogenic", "methane")
        )
        known = self.book.gwp_set(gwp, self._known_on(outer))
        split = methane == "split"
        return {
            origin: {
                gas: normalise(potential(known, origin, gas, biogenic=biogenic, split_methane=split, name=gwp))
                for gas in gases
            }
            for origin, gases in base.sheet.gwp.items()
        }

    def _known_on(self, outer: frozenset[str]) -> date:
        return self.b.known_on if KNOWN_ON in outer else self.a.known_on

    def _own(self) -> list[str]:
        return [
            chosen_option(axis, side) for side, rule in (("a", self.a.rule), ("b", self.b.rule)) for axis in rule.axes
        ]

    def _axes(self) -> tuple[SharedAxis, ...]:
        outer = [_shared_outer(axis, self.a.rule, self.b.rule) for axis in self.rules.values()]
        parts = [_shared_part(name, self.a.study.id, self.b.study.id) for name in self.parts]
        known = [_shared_part(KNOWN_ON, self.a.known_on.isoformat(), self.b.known_on.isoformat())]
        return (*self.inner.values(), *outer, *parts, *(known if KNOWN_ON in self.outer else ()))

    def _players(self) -> tuple[str, ...]:
        """Return the axes on which the result can differ: switches that touch a term, and outer axes that differ."""
        touched = {name for outer in self._outers() for name, terms in self.sheet(outer).touched().items() if terms}
        inner = [axis.id for axis in self.inner.values() if axis.switch in touched]
        if len(inner) + len(self.outer) > MOST_AXES:
            raise FootproofError("E-COMPARE-AXES", found=len(inner) + len(self.outer), most=MOST_AXES)
        return (*inner, *self.outer)

    def _outers(self) -> list[frozenset[str]]:
        return [frozenset(), frozenset(self.outer)]


@dataclass(frozen=True, slots=True)
class _Options:
    """The results of a game under some options of the rules' own axes."""

    game: _Game
    chosen: Mapping[str, str]

    def __call__(self, decided_by_b: frozenset[str]) -> Fraction:
        game = self.game
        switches = {axis.switch: "b" if name in decided_by_b else "a" for name, axis in game.inner.items()}
        return game.sheet(decided_by_b & frozenset(game.outer)).total({**switches, **self.chosen})


def _require_both(game: _Game, sides: tuple[Assessment, Assessment]) -> None:
    """Refuse to explain anything unless the joined rule gives both results back to the last digit."""
    standard = game.options(game.defaults)
    for subset, side in ((frozenset[str](), sides[0]), (frozenset(game.players), sides[1])):
        found = standard(subset)
        if found != _value(side):
            raise FootproofError(
                "E-COMPARE-CHECK", rule=side.rule.name, found=_shown(found), needed=_shown(_value(side))
            )


def _ranges(game: _Game) -> tuple[dict[str, tuple[Fraction, Fraction]], tuple[Fraction, Fraction]]:
    """Return the range of each share, and of the difference, over all options that the rules leave open."""
    shares: dict[str, list[Fraction]] = {}
    differences: list[Fraction] = []
    for chosen in _combinations(game):
        value = game.options(chosen)
        differences.append(value(frozenset(game.players)) - value(frozenset()))
        for name, share in shapley(game.players, value).items():
            shares.setdefault(name, []).append(share)
    return {name: (min(found), max(found)) for name, found in shares.items()}, (min(differences), max(differences))


def _combinations(game: _Game) -> list[dict[str, str]]:
    open_axes = [(side, axis) for side, rule in (("a", game.a.rule), ("b", game.b.rule)) for axis in _open(rule)]
    count = 1
    for _, axis in open_axes:
        count *= len(axis.options)
    if count > MOST_COMBINATIONS:
        raise FootproofError("E-COMPARE-AXES", found=count, most=MOST_COMBINATIONS)
    names = [chosen_option(axis.id, side) for side, axis in open_axes]
    choices = product(*([option.id for option in axis.options] for _, axis in open_axes))
    return [{**game.defaults, **dict(zip(names, chosen, strict=True))} for chosen in choices]


def _open(rule: Rulebook) -> list[Axis]:
    return [axis for axis in rule.axes.values() if axis.open]


def _unreached(game: _Game, side: Assessment) -> tuple[Unreached, ...]:
    """Return what the axes in play cannot switch, by the magnitude of terms."""
    sizes, whole = magnitudes(side)
    found = []
    for axis in ("electricity", "end_of_life", "gwp", "biogenic", "methane"):
        if axis in game.players:
            inside = [item["id"] for item in side.sheet.record["terms"] if _is_closed(item, axis)]
            share = sum((sizes[name] for name in inside), Fraction(0)) / (whole or 1)
            found.append(Unreached(axis, worded(f"lens.unreached.{axis}"), share, len(inside)))
    return tuple(found)


def _is_closed(item: Mapping[str, Any], axis: str) -> bool:
    """Return whether a term rests on a background factor into which an axis does not reach."""
    if axis in CONVENTIONS:
        return all(entry[0] == UNDIFFERENTIATED for entry in item["factor"])
    background = str(item["info"].get("factor", "")).startswith(("factor:", "db:"))
    return background and item["process"] != "recycling"


def _shared_outer(axis: Outer, a: Rulebook, b: Rulebook) -> SharedAxis:
    clauses = (f"{a.name}:{clause_for(a, axis.id)}", f"{b.name}:{clause_for(b, axis.id)}")
    return SharedAxis(axis.id, worded(f"lens.axis.{axis.id}"), clauses, (axis.said(a), axis.said(b)), "")


def _shared_part(name: str, a: str, b: str) -> SharedAxis:
    return SharedAxis(name, worded(f"lens.axis.{name}"), (UNSAID, UNSAID), (Bilingual(a, a), Bilingual(b, b)), "")


def _value(side: Assessment) -> Fraction:
    return figure(side.result["value"])


def _shown(value: Fraction) -> str:
    return exact.round_significant((value.numerator, value.denominator), 12)

"""A sector rule inherits from its parent edition, and may only tighten or choose.

What an edition does not say it takes from its parent; cases belong to one edition. Formulas, tables and conventions
of a parent stand. What sectors may decide differently is an axis of the parent: its options can be narrowed, its
default changed, and one option chosen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import (
    MINOR_ROW,
    MINOR_ROWS,
    Axis,
    Clause,
    ClauseKind,
    DataRequirement,
    DataSource,
    ElectricityRule,
    RecyclingTerm,
    Requirement,
    Rulebook,
)
from footproof.rules.edition import Own
from footproof.rules.edition_parts import Choice
from footproof.rules.reading import CLAUSES, ITEMS, Reading, word_list
from footproof.units import same_dimension

T = TypeVar("T")
_SEVERITY = {"may": 0, "should": 1, "shall": 2}
_KIND = {ClauseKind.JUDGEMENT: 0, ClauseKind.EVIDENCE: 1, ClauseKind.CHECK: 2, ClauseKind.COMPUTE: 2}


class Inheritance:
    """Joins what an edition says with what its parent says.

    Args:
        own: What the edition itself says.
        parent: Edition it inherits from.
        reading: Notes what loosens the parent.
    """

    def __init__(self, own: Own, parent: Rulebook | None, reading: Reading) -> None:
        self.own = own
        self.parent = parent
        self.reading = reading

    def joined(
        self,
        group: str,
        of_parent: Callable[[Rulebook], Mapping[str, T]],
        own: Mapping[str, T],
        check: Callable[[T, T], tuple[str, str] | None],
    ) -> dict[str, T]:
        """Return inherited parts, then own ones; an own part takes the place of an inherited one of the same name.

        Args:
            group: Key of rule.toml, for errors.
            of_parent: Gives the parts of a parent.
            own: Parts of the edition.
            check: Returns what an own part may not do to an inherited one, as (found, needed), or None.
        """
        inherited = of_parent(self.parent) if self.parent else {}
        for name, item in own.items():
            if name in inherited and (problem := check(inherited[name], item)):
                self.refuse(group, name, problem, self.own.place(group, name))
        return {**{name: item for name, item in inherited.items() if name not in own}, **own}

    def refuse(self, group: str, name: str, problem: tuple[str, str], place: Where) -> None:
        """Note that a part loosens its parent."""
        found, needed = problem
        parent, item = self.parent.name if self.parent else "", ITEMS[group]
        self.reading.problems.append(
            FootproofError("E-RULE-LOOSER", place, item=item, id=name, parent=parent, found=found, needed=needed)
        )

    def clauses(self) -> dict[str, Clause]:
        """Return the clauses of the parent, then those of the edition."""
        inherited = self.parent.clauses if self.parent else {}
        for name, clause in self.own.clauses.items():
            if name in inherited and (problem := _weaker_clause(inherited[name], clause)):
                self.refuse("clause", name, problem, self.own.clause_places.get(name, Where(CLAUSES)))
        return {**inherited, **self.own.clauses}

    def axes(self) -> dict[str, Axis]:
        """Return inherited axes of which the edition says nothing, then those it has or decides, in its order."""
        chosen = {name: self._chosen(name, choice) for name, choice in self.own.choices.items()}
        said: dict[str, Axis] = {}
        for name in self.own.head.values.get("axis", {}):
            axis = self.own.axes.get(name) or chosen.get(name)
            if axis is not None:
                said[name] = axis
        return self.joined("axis", lambda rule: rule.axes, said, _wider_axis)

    def _chosen(self, name: str, choice: Choice) -> Axis | None:
        inherited = self.parent.axes if self.parent else {}
        axis = inherited.get(name)
        if axis is None:
            self.reading.problems.append(
                FootproofError("E-RULE-SENSE", choice.place, what=name, known=", ".join(sorted(inherited)) or "-")
            )
            return None
        ids = [option.id for option in axis.options]
        if choice.option not in ids:
            self.reading.problems.append(
                FootproofError("E-RULE-AXIS", choice.place, axis=name, found=choice.option, options=", ".join(ids))
            )
            return None
        companion = "" if axis.companion == choice.option else axis.companion
        clause = choice.clause or axis.clause
        return replace(axis, default=choice.option, open=False, companion=companion, clause=clause)

    def electricity(self) -> ElectricityRule | None:
        """Return the rule for electricity; an own one keeps every criterion of the parent."""
        own, parent = self.own.electricity, self.parent
        if own is None and parent is None and "electricity" not in self.own.head.values:
            self.missing("electricity")
        if own is None or parent is None:
            return own or (parent.electricity if parent else None)
        missing = [item for item in parent.electricity.criteria if item not in own.criteria]
        if missing:
            found = ", ".join(own.criteria) or "-"
            needed = ", ".join(parent.electricity.criteria)
            self.refuse("electricity", "criteria", (found, needed), self.own.place("electricity", "criteria"))
        return own

    def recycling(self) -> tuple[RecyclingTerm, ...]:
        """Return the terms of the parent, then those of the edition."""
        own = {term.id: term for term in self.own.recycling}
        found = self.joined("recycling", lambda rule: {term.id: term for term in rule.recycling}, own, unchanged)
        return tuple(found.values())

    def stages(self) -> Mapping[str, Bilingual] | None:
        """Return the stages of the edition, else those of the parent."""
        if "stage" in self.own.head.values:
            return self.own.stages
        if self.parent is None:
            self.missing("stage")
            return None
        return self.parent.stages

    def excluded_stages(self) -> tuple[str, ...]:
        """Return the stages that are left out."""
        if "excluded_stages" not in self.own.head.values and self.parent:
            return self.parent.excluded_stages
        return self.reading.attempt(partial(word_list, self.own.head, "excluded_stages")) or ()

    def given(self) -> tuple[str, ...]:
        """Return the names that only worked examples give."""
        own = self.reading.attempt(partial(word_list, self.own.head, "given")) or ()
        inherited = self.parent.given if self.parent else ()
        return (*inherited, *(name for name in own if name not in inherited))

    def digits(self) -> int | None:
        """Return how many significant digits are declared."""
        if "digits" in self.own.head.values:
            return self.reading.attempt(partial(self.own.head.integer, "digits"))
        if self.parent is None:
            self.missing("digits")
            return None
        return self.parent.digits

    def convention(self, key: str, read: Callable[[], str]) -> str | None:
        """Return a convention, which an edition shares with its parent.

        Args:
            key: "gwp", "biogenic" or "methane".
            read: Reads it where the edition says it.
        """
        inherited = str(getattr(self.parent, key)) if self.parent else None
        if key not in self.own.head.values:
            if inherited is None:
                self.missing(key)
            return inherited
        found = self.reading.attempt(read)
        if found is not None and inherited is not None and found != inherited:
            self.refuse("convention", key, (found, inherited), self.own.place(key))
        return found

    def missing(self, key: str) -> None:
        """Note that neither the edition nor a parent says something."""
        self.reading.problems.append(FootproofError("E-KEY-MISSING", self.own.place(key), key=key))


def unchanged_rows(
    inherited: tuple[str, Mapping[str, Decimal]], own: tuple[str, Mapping[str, Decimal]]
) -> tuple[str, str] | None:
    """Return what an own table changes of an inherited one: rows may be added, not changed or left out."""
    if inherited[0] != own[0]:
        return own[0], inherited[0]
    for key, value in inherited[1].items():
        if own[1].get(key) != value:
            found = f"{key} = {normalise(own[1][key])}" if key in own[1] else "-"
            return found, f"{key} = {normalise(value)}"
    return None


def narrower_requirement(inherited: Requirement, own: Requirement) -> tuple[str, str] | None:
    """Return what an own requirement loosens: another kind, more words, or a default where the study had to say."""
    if bool(inherited.options) != bool(own.options) or not same_dimension(inherited.unit, own.unit):
        return _kind_of(own), _kind_of(inherited)
    extra = [option for option in own.options if option not in inherited.options]
    if extra:
        return ", ".join(extra), ", ".join(inherited.options)
    if own.default and not inherited.default:
        return f"default = {own.default}", "-"
    return None


def stricter_data(inherited: DataRequirement, own: DataRequirement) -> tuple[str, str] | None:
    """Return what an own data requirement loosens: the source, the score, the share or what it is asked of."""
    if inherited.source is DataSource.PRIMARY and own.source is not DataSource.PRIMARY:
        return own.source.value, inherited.source.value
    if inherited.quality is not None and (own.quality is None or own.quality > inherited.quality):
        return normalise(own.quality) if own.quality is not None else "-", f"≤ {normalise(inherited.quality)}"
    if _smaller_share(inherited.share, own.share):
        return _written_share(own.share), _written_share(inherited.share)
    for mine, above in ((own.stages, inherited.stages), (own.processes, inherited.processes)):
        if mine and (not above or set(above) - set(mine)):
            return ", ".join(mine), ", ".join(above) or "-"
    return None


def _smaller_share(inherited: Decimal | None, own: Decimal | None) -> bool:
    """Return whether less has to come from the site; without a share, all but minor rows has to."""
    if own == inherited:
        return False
    if inherited is None:
        return own is not None and own < 1 - MINOR_ROW
    return (1 - MINOR_ROWS if own is None else own) < inherited


def _written_share(share: Decimal | None) -> str:
    return "share = -" if share is None else f"share = {normalise(share)}"


def free(inherited: T, own: T) -> tuple[str, str] | None:
    """Return nothing: a part that an edition may word as it likes."""
    del inherited, own
    return None


def unchanged(inherited: T, own: T) -> tuple[str, str] | None:
    """Return what differs where nothing may."""
    return None if inherited == own else (_brief(own), _brief(inherited))


def _brief(item: object) -> str:
    for key in ("expr", "amount"):
        if hasattr(item, key):
            return str(getattr(item, key))[:120]
    return _rows_of(item)


def _rows_of(item: object) -> str:
    rows: Iterable[object] = getattr(item, "rows", ())
    return f"{len(tuple(rows))} rows"


def _kind_of(item: Requirement) -> str:
    return ", ".join(item.options) if item.options else item.unit


def _weaker_clause(inherited: Clause, own: Clause) -> tuple[str, str] | None:
    if _SEVERITY[own.severity] < _SEVERITY[inherited.severity]:
        return own.severity, inherited.severity
    if _KIND[own.kind] < _KIND[inherited.kind]:
        return own.kind.value, inherited.kind.value
    return None


def _wider_axis(inherited: Axis, own: Axis) -> tuple[str, str] | None:
    known = [option.id for option in inherited.options]
    extra = [option.id for option in own.options if option.id not in known]
    if extra and not inherited.extensible:
        return ", ".join(extra), ", ".join(known)
    return None

"""How the parts of a scheme are read: one function for each kind of table, strict about keys, words and languages."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table
from footproof.label.rounding import MODES
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Confidence
from footproof.model.scheme import (
    Activity,
    CaseKind,
    CertifiedObject,
    Checklist,
    Claim,
    Conclusion,
    Consequence,
    Fact,
    FactKind,
    Fee,
    Figure,
    Function,
    Gap,
    Ground,
    Mark,
    Named,
    Requirement,
    Surveillance,
    Suspension,
    Technique,
    TimeLimit,
    Trigger,
    Validity,
)
from footproof.rules.reading import expression, maybe, text, word, word_list

T = TypeVar("T")
S = TypeVar("S", bound=StrEnum)

WHOLE_FIGURES = {
    "valid_months": "month",
    "surveillance_months": "month",
    "suspension_months": "month",
    "retention_years": "year",
    "look_back_months": "month",
    "data_age_months": "month",
    "answer_days": "day",
    "late_renewal_months": "month",
}
"""Figures with a fixed meaning: whole numbers above zero, in this unit."""
VALID = ("first", "last", "data_first", "data_last")
FIGURE_UNITS = ("1", "month", "year", "day", "working-day", "person", "item", "point", "kWh", "t CO2e")


def confidence(table: Table) -> Confidence:
    """Return how a number or text is known."""
    return table.choice("confidence", Confidence)


def figure(name: str, table: Table) -> Figure:
    """Return a number with its source."""
    table.refuse_unknown(("value", "unit", "source", "confidence"))
    unit = word(table, "unit", FIGURE_UNITS)
    return Figure(name, table.number("value"), unit, table.text("source"), confidence(table))


def validity(table: Table) -> Validity:
    """Return when an edition is used.

    Raises:
        FootproofError: E-KEY-*; E-SCHEME-VALIDITY where a last day lies before its first, or no day stands.
    """
    table.refuse_unknown((*VALID, "source", "confidence"))
    first, last, data_first, data_last = days = [day(table, key) for key in VALID]
    pairs = ((first, last), (data_first, data_last))
    if not any(days) or any(one and other and other < one for one, other in pairs):
        raise FootproofError("E-SCHEME-VALIDITY", table.where(), found=" … ".join(f"{one or '—'}" for one in days))
    return Validity(first, last, data_first, data_last, table.text("source"), confidence(table))


def day(table: Table, key: str) -> date | None:
    """Return a day, None where it is not stated."""
    return table.day(key) if key in table.values else None


def fact(name: str, table: Table) -> Fact:
    """Return a fact that conditions may ask for."""
    table.refuse_unknown(("kind", "title", "least", "most"))
    bounds: list[Decimal | None] = [table.number(key) if key in table.values else None for key in ("least", "most")]
    return Fact(name, table.choice("kind", FactKind), text(table, "title"), *bounds)


def each(head: Table, key: str, read: Callable[[Table], T]) -> tuple[T, ...]:
    """Return what the tables of an array say; nothing where there is no such key.

    Raises:
        FootproofError: E-SCHEME-TWICE where two bear the same id.
    """
    if key not in head.values:
        return ()
    tables = head.tables(key)
    seen: set[object] = set()
    for table in tables:
        name = table.values.get("id", table.values.get("code"))
        if name in seen:
            raise FootproofError("E-SCHEME-TWICE", table.where(), group=key, name=str(name)[:80])
        seen.add(name)
    return tuple(map(read, tables))


def fee(table: Table) -> Fee:
    """Return a fee."""
    return Fee(*_id_title(table))


def named_thing(table: Table) -> Named:
    """Return something with an id and a name."""
    return Named(*_id_title(table))


def _id_title(table: Table) -> tuple[str, Bilingual]:
    table.refuse_unknown(("id", "title"))
    return table.text("id"), text(table, "title")


def choices(table: Table, key: str, options: type[S]) -> tuple[S, ...]:
    """Return a list of words of a closed list.

    Raises:
        FootproofError: E-KEY-TYPE, E-KEY-CHOICE.
    """
    known = [option.value for option in options]
    found = word_list(table, key)
    for one in found:
        if one not in known:
            raise FootproofError("E-KEY-CHOICE", table.where(key), key=key, found=one, allowed=", ".join(known))
    return tuple(options(one) for one in found)


def _or(table: Table, key: str, options: type[S], default: S) -> S:
    return table.choice(key, options) if key in table.values else default


def check_whole(figures: Mapping[str, Figure], head: Table) -> None:
    """Refuse figures with a fixed meaning that are missing, of another unit, or no whole numbers.

    Raises:
        FootproofError: E-KEY-MISSING, E-SCHEME-FIGURE.
    """
    if "valid_months" not in figures:
        raise FootproofError("E-KEY-MISSING", head.where("figure"), key="figure.valid_months")
    for name, unit in WHOLE_FIGURES.items():
        one = figures.get(name)
        if one and (one.unit != unit or one.value % 1 != 0 or not 0 < one.value <= 1200):
            raise FootproofError(
                "E-SCHEME-FIGURE",
                Where(head.name, head.lines(("figure", name)), f"figure.{name}"),
                name=name,
                found=f"{one.value} {one.unit}",
                unit=unit,
            )


def requirement(table: Table) -> Requirement:
    """Return a requirement."""
    table.refuse_unknown(("id", "text", "check", "source", "confidence"))
    return Requirement(
        table.text("id"),
        text(table, "text"),
        expression(table, "check"),
        table.text("source"),
        confidence(table),
    )


def activity(table: Table) -> Activity:
    """Return an activity."""
    table.refuse_unknown(
        (
            "id",
            "title",
            "function",
            "role",
            "kinds",
            "needs",
            "separate_from",
            "competence",
            "statement",
            "level_of_assurance",
            "checklist",
            "technique",
            "condition",
        )
    )
    return Activity(
        id=table.text("id"),
        title=text(table, "title"),
        function=table.choice("function", Function),
        role=table.text("role"),
        kinds=choices(table, "kinds", CaseKind),
        needs=word_list(table, "needs"),
        separate_from=word_list(table, "separate_from"),
        competence=word_list(table, "competence"),
        statement=maybe(table, "statement"),
        level_of_assurance=_level(table),
        checklist=_or(table, "checklist", Checklist, Checklist.NONE),
        technique=_or(table, "technique", Technique, Technique.NONE),
        condition=expression(table, "condition") if "condition" in table.values else "",
    )


def _level(table: Table) -> str:
    key = "level_of_assurance"
    return word(table, key, ("reasonable", "limited")) if key in table.values else ""


def trigger(table: Table) -> Trigger:
    """Return what calls for a special surveillance."""
    table.refuse_unknown(("id", "text", "check"))
    return Trigger(table.text("id"), text(table, "text"), expression(table, "check"))


def surveillance(head: Table, figures: Mapping[str, Figure]) -> Surveillance:
    """Return how a certificate is kept valid; its numbers are figures."""
    every, drift = figures.get("surveillance_months"), figures.get("drift_limit")
    return Surveillance(
        int(every.value) if every else None,
        each(head, "trigger", trigger),
        drift.value if drift else None,
    )


def suspension(head: Table, figures: Mapping[str, Figure]) -> Suspension:
    """Return how long a suspension lasts; its number is a figure."""
    longest = figures.get("suspension_months")
    return Suspension(int(longest.value) if longest else None, head.choice("suspension_then", Consequence))


def ground(table: Table) -> Ground:
    """Return a reason to suspend, reduce, withdraw or cancel."""
    table.refuse_unknown(("id", "leads_to", "text"))
    return Ground(table.text("id"), table.choice("leads_to", Consequence), text(table, "text"))


def time_limit(figures: Mapping[str, Figure], table: Table) -> TimeLimit:
    """Return a time limit.

    Raises:
        FootproofError: E-SCHEME-FIGURE where its figure is missing or no whole number of days.
    """
    table.refuse_unknown(("id", "title", "start", "end", "figure"))
    name = table.text("figure")
    one = figures.get(name)
    if one is None or one.unit not in ("working-day", "day") or one.value % 1 != 0 or one.value <= 0:
        found = f"{one.value} {one.unit}" if one else "—"
        raise FootproofError("E-SCHEME-FIGURE", table.where("figure"), name=name, found=found, unit="working-day, day")
    return TimeLimit(
        table.text("id"),
        text(table, "title"),
        table.text("start"),
        table.text("end"),
        int(one.value),
        one.unit == "working-day",
        name,
    )


def conclusion(table: Table) -> Conclusion:
    """Return a conclusion that a certificate rests on."""
    table.refuse_unknown(("id", "title", "text", "evidence", "concluded_by", "confidence"))
    return Conclusion(
        table.text("id"),
        text(table, "title"),
        text(table, "text"),
        word_list(table, "evidence"),
        table.text("concluded_by"),
        confidence(table),
    )


def reduction(table: Table, figures: Mapping[str, Figure]) -> Decimal:
    """Return the share by more than which a footprint has to lie below its base. [1]

    Raises:
        FootproofError: E-SCHEME-LEAST where its figure is missing or no share from 0 up to 1.
    """
    table.refuse_unknown(("least",))
    name = table.text("least")
    one = figures.get(name)
    if one is None or one.unit != "1" or not 0 <= one.value < 1:
        found = f"{one.value} {one.unit}" if one else "—"
        raise FootproofError("E-SCHEME-LEAST", table.where("least"), name=name, found=found)
    return one.value


def mark(table: Table) -> Mark:
    """Return the mark."""
    table.refuse_unknown(
        ("id", "title", "claim", "object", "national", "shows", "digits", "rounding", "source", "confidence")
    )
    shows = word(table, "shows", ("value", "grade", "reduction", "nothing"))
    value = shows == "value"
    return Mark(
        table.text("id"),
        text(table, "title"),
        table.choice("claim", Claim),
        table.choice("object", CertifiedObject),
        table.flag("national"),
        shows,
        table.integer("digits") if value else 0,
        word(table, "rounding", MODES) if value else "half-even",
        table.text("source"),
        confidence(table),
    )


def gap(table: Table) -> Gap:
    """Return something that could not be read."""
    table.refuse_unknown(("id", "text"))
    return Gap(table.text("id"), text(table, "text"))

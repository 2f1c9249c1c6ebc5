"""The information that ISO 14067:2018 7.3 wants, item by item, answered from the record and never ticked by default.

Each item is shown at a place, shown in part, does not apply for a stated reason, or must come from the practitioner.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from footproof.model.bilingual import Bilingual
from footproof.report.blocks import Block, Heading, Row
from footproof.report.chapters.words import Words, table
from footproof.report.extras import Extras
from footproof.report.form import Record, Stand
from footproof.texts import LANGUAGES

_YEAR = 365  # Days of a period in which the seasons even out.
_AFTER_THE_GATE = frozenset({"use", "end_of_life"})
_SINGLE_NUMBERS = "CO2e"
_OTHER_SCENARIO = re.compile(r"use|end_of_life:|.*/end_of_life:")


class Shown(StrEnum):
    """How far the report answers an item."""

    SHOWN = "shown"
    PART = "part"
    NOT_APPLICABLE = "not-applicable"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Entry:
    """The answer to one item.

    Args:
        place: Sections that have it; empty where none has.
        reason: Key of the text that says why it does not apply or what is lacking; empty where it is simply shown.
    """

    shown: Shown
    place: str = ""
    reason: str = ""


def checklist(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    """Yield annex D."""
    yield Heading(1, words.say("h.D"), "annex-d")
    rows = [
        Row((item, words.say(f"check.{item}"), entry.place or "—", _standing(entry, words)))
        for item, entry in entries(record, extras).items()
    ]
    head = [words.say("col.item_id"), words.say("col.content"), words.say("col.section"), words.say("col.stand")]
    yield table(head, rows, "llll", (7, 33, 12, 48), words.say("check.caption"))


def entries(record: Record, extras: Extras) -> Mapping[str, Entry]:
    """Return the answers to items a to t.

    Args:
        record: What the report says.
        extras: What it shows beyond its assessment.
    """
    found = {item: answer(record) for item, answer in _ITEMS.items()}
    found |= {"k": _sensitivity(record, extras), "t": _tracking(extras)}
    return {item: found[item] for item in sorted(found)}


def _standing(entry: Entry, words: Words) -> str:
    standing = words.say(f"check.stand.{entry.shown.value}")
    if not entry.reason:
        return standing
    return words.say("values.because", stand=standing, reason=words.say(f"check.reason.{entry.reason}"))


def _or_ask(given: object, place: str, reason: str) -> Entry:
    return Entry(Shown.SHOWN, place) if given else Entry(Shown.ASKED, "", reason)


def _unit(record: Record) -> Entry:
    return _or_ask(_said(record.unit_name) and record.flow > 0, "3.1", "unit")


def _boundary(record: Record) -> Entry:
    return _or_ask(_said(record.boundary) and record.course, "3.2", "boundary")


def _processes(record: Record) -> Entry:
    return _or_ask(record.processes, "3.2", "processes")


def _sources(record: Record) -> Entry:
    if record.public:
        return Entry(Shown.PART, "4.1", "public")
    sizes = {part.kind: part.size for part in record.sources}
    if not sizes.get("documented"):
        return Entry(Shown.ASKED, "4.1", "no-documents")
    return Entry(Shown.PART, "4.1", "some-documents") if sizes.get("undocumented") else Entry(Shown.SHOWN, "4.1")


def _gases(record: Record) -> Entry:
    gases = {gas for potentials in record.potentials.values() for gas in potentials}
    if not gases:
        return Entry(Shown.ASKED, "", "gases")
    if _SINGLE_NUMBERS in gases and record.undifferentiated:
        return Entry(Shown.PART, "5.1", "single-numbers")
    return Entry(Shown.SHOWN, "5.1")


def _potentials(record: Record) -> Entry:
    return _or_ask(record.rule.gwp and record.potentials, "5.1", "gases")


def _cut_offs(record: Record) -> Entry:
    if record.cut_offs is not None:
        return Entry(Shown.SHOWN, "3.3")
    return Entry(Shown.PART, "3.3", "cut-offs") if record.rule.cut_off else Entry(Shown.ASKED, "", "cut-offs")


def _allocation(record: Record) -> Entry:
    if not record.coproducts:
        return Entry(Shown.NOT_APPLICABLE, "4.3", "single-products")
    if record.public:
        return Entry(Shown.PART, "4.3", "public")
    lacking = any(share.other is None for share in record.shares)
    return Entry(Shown.PART, "4.3", "no-alternative") if lacking else Entry(Shown.SHOWN, "4.3")


def _timing(record: Record) -> Entry:
    late = _covered(record) & _AFTER_THE_GATE
    return Entry(Shown.PART, "3.4", "late") if late else Entry(Shown.SHOWN, "3.4")


def _quality(record: Record) -> Entry:
    whole = record.quality[-1]
    if not whole.scored:
        return Entry(Shown.ASKED, "4.6", "no-scores")
    return Entry(Shown.PART, "4.6", "some-scores") if whole.scored < whole.whole else Entry(Shown.SHOWN, "4.6")


def _sensitivity(record: Record, extras: Extras) -> Entry:
    moved = record.choices or (extras.ranges and not record.public)
    if moved and extras.uncertainty:
        covered = extras.uncertainty.covered
        return Entry(Shown.SHOWN, "6.4") if covered else Entry(Shown.PART, "6.4", "some-ranges")
    if moved:
        return Entry(Shown.PART, "6.4", "no-uncertainty")
    return Entry(Shown.PART, "6.4", "no-sensitivity") if extras.uncertainty else Entry(Shown.ASKED, "", "no-analysis")


def _electricity(record: Record) -> Entry:
    if not (record.electricity or record.grid or record.power):
        return Entry(Shown.NOT_APPLICABLE, "4.2", "no-electricity")
    mix = next(value for value in record.values if value.id == "V8")
    lacking = any(item.counted for item in record.power) and mix.stand is not Stand.GIVEN
    return Entry(Shown.PART, "4.2, 5.3", "no-mix") if lacking else Entry(Shown.SHOWN, "4.2, 5.3")


def _conclusions(record: Record) -> Entry:
    return Entry(Shown.SHOWN, "6") if _said(record.note) else Entry(Shown.PART, "6", "no-note")


def _value_choices(record: Record) -> Entry:
    if any(choice.kind == "axis" for choice in record.choices):
        return Entry(Shown.PART, "6.5", "open-choices")
    if record.coproducts and record.allocation_justified is not True:
        return Entry(Shown.PART, "6.5", "allocation-reason")
    return Entry(Shown.SHOWN, "6.5")


def _scope(record: Record) -> Entry:
    """No study can say yet that its scope changed, so that half of the item always stays with the practitioner."""
    if not (_said(record.boundary) and _said(record.unit_name)):
        return Entry(Shown.ASKED, "", "scope")
    return Entry(Shown.PART, "3", "changes")


def _scenarios(record: Record) -> Entry:
    late = _late(record)
    if not late:
        return Entry(Shown.NOT_APPLICABLE, "3.2", "to-the-gate")
    if "use" in late:
        return Entry(Shown.PART, "3.2, 4.5", "use-profile")
    known = record.recovered or "end_of_life" in _covered(record)
    return Entry(Shown.SHOWN, "3.2, 4.5") if known else Entry(Shown.PART, "3.2", "end-of-life")


def _other_scenarios(record: Record) -> Entry:
    if not _late(record):
        return Entry(Shown.NOT_APPLICABLE, "3.2", "to-the-gate")
    other = any(_OTHER_SCENARIO.match(choice.id) for choice in record.choices)
    return _or_ask(other, "6.4", "other-scenarios")


def _period(record: Record) -> Entry:
    if record.end > record.known_on:
        return Entry(Shown.PART, "3.4", "period-open")
    short = (record.end - record.start).days + 1 < _YEAR
    return Entry(Shown.PART, "3.4", "period-short") if short else Entry(Shown.SHOWN, "3.4")


def _product_rule(record: Record) -> Entry:
    return Entry(Shown.SHOWN, "1.3") if record.rule.sector else Entry(Shown.PART, "1.3", "no-product-rule")


def _tracking(extras: Extras) -> Entry:
    if extras.comparison is not None and extras.comparison.tracking:
        return Entry(Shown.SHOWN, "6.7")
    return Entry(Shown.NOT_APPLICABLE, "", "no-tracking")


def _said(text: Bilingual) -> bool:
    return all(text.say(lang).strip(" —–-") for lang in LANGUAGES)


def _covered(record: Record) -> set[str]:
    """Return the stages in which something counts."""
    return {stage.id for stage in record.stages if stage.above or stage.below}


def _late(record: Record) -> frozenset[str]:
    """Return the stages after the gate that lie inside the boundary, whether or not the study has data for them."""
    return record.inside & _AFTER_THE_GATE


_ITEMS: Mapping[str, Callable[[Record], Entry]] = {
    "a": _unit,
    "b": _boundary,
    "c": _processes,
    "d": _sources,
    "e": _gases,
    "f": _potentials,
    "g": _cut_offs,
    "h": _allocation,
    "i": _timing,
    "j": _quality,
    "l": _electricity,
    "m": _conclusions,
    "n": _value_choices,
    "o": _scope,
    "p": _scenarios,
    "q": _other_scenarios,
    "r": _period,
    "s": _product_rule,
}

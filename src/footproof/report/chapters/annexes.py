"""Annexes: factors with source, year and confidence; figures and documents of the study; checklist; digests."""

from collections.abc import Iterator

from footproof.report.blocks import Block, Heading, Pairs, Paragraph, Row
from footproof.report.chapters.words import WEAK, Words, table
from footproof.report.extras import Extras
from footproof.report.form import FactorRow, Record, Stand

_MOST_ENTRIES = 4
# Items of ISO 14067:2018 7.3, and where the report has them.
CHECKLIST = {
    "a": "3.1",
    "b": "3.2",
    "c": "3.2",
    "d": "4.1",
    "e": "5.1",
    "f": "5.1",
    "g": "3.3",
    "h": "4.3",
    "i": "3.4",
    "j": "4.1, 4.6",
    "k": "6.4",
    "l": "4.2",
    "m": "6",
    "n": "6.6",
    "o": "3.4",
    "p": "3.2, 4.5",
    "q": "6.4",
    "r": "3.4",
    "s": "1.3",
    "t": "—",
}


def annexes(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    """Yield annexes A to E; the public version has the checklist and the digests only."""
    if not record.public:
        yield from _factors(record, words)
        yield from _figures(record, words)
        yield from _documents(record, words)
    yield from _checklist(record, words, extras)
    yield from _digests(record, words)


def _factors(record: Record, words: Words) -> Iterator[Block]:
    yield Heading(1, words.say("h.A"), "annex-a")
    yield Paragraph(words.say("factors.text"), "note")
    rows = [
        Row(
            (
                f"{words.both(row.name)} [{row.id.partition(':')[2]}]",
                f"{_number(row, words)} {words.per(row.unit)}{WEAK.get(row.confidence, '')}",
                row.year or "—",
                row.region or "—",
                words.word("confidence", row.confidence) if row.confidence else "—",
                _source(row, words),
            )
        )
        for row in record.factors
    ]
    head = [words.say(f"col.{name}") for name in ("factor", "value", "year", "region", "confidence", "source")]
    yield table(head, rows, "lrlcll", (23, 18, 7, 7, 11, 34), words.say("factors.caption"), small=True)


def _number(row: FactorRow, words: Words) -> str:
    """Return the factor as published where it is one figure, else characterised."""
    if len(row.entries) == 1 and row.entries[0][1] == "CO2e":
        return row.entries[0][2].replace("-", "−")
    return words.amount(row.value)


def _source(row: FactorRow, words: Words) -> str:
    text = words.both(row.source)
    if row.published:
        text = f"{text} ({words.say('factors.published', day=row.published)})"
    shown = row.entries[:_MOST_ENTRIES]
    if len(row.entries) == 1:
        return text
    parts = words.joined(f"{words.word('origin', origin)} {gas} {number}" for origin, gas, number in shown)
    return f"{text} [{parts}{' …' if len(row.entries) > _MOST_ENTRIES else ''}]"


def _figures(record: Record, words: Words) -> Iterator[Block]:
    if not record.figures:
        return
    yield Heading(1, words.say("h.B"), "annex-b")
    rows = []
    for row in record.figures:
        value = row.text if row.value is None else f"{words.amount(row.value)} {words.unit(row.unit)}"
        source = row.source or (f"= {row.formula}" if row.formula else "—")
        rows.append(Row((words.both(row.name), value, source, row.evidence or "—")))
    head = [words.say(f"col.{name}") for name in ("figure", "value", "source", "evidence")]
    yield table(head, rows, "lrll", (30, 16, 40, 14), words.say("figures.caption"), small=True)


def _documents(record: Record, words: Words) -> Iterator[Block]:
    if not record.documents:
        return
    yield Heading(1, words.say("h.C"), "annex-c")
    rows = [Row((row.id, words.both(row.name), row.file, row.captured, row.sha256)) for row in record.documents]
    head = [words.say("col.id"), *(words.say(f"col.{name}") for name in ("document", "file", "captured")), "SHA-256"]
    yield table(head, rows, "lllll", (12, 24, 22, 12, 30), words.say("documents.caption"), small=True)


def _checklist(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    yield Heading(1, words.say("h.D"), "annex-d")
    stands = _stands(record, extras)
    rows = [
        Row((item, words.say(f"check.{item}"), place, words.say(f"stand.{stands.get(item, Stand.GIVEN).value}")))
        for item, place in CHECKLIST.items()
    ]
    head = [words.say("col.item_id"), words.say("col.content"), words.say("col.section"), words.say("col.stand")]
    yield table(head, rows, "llll", (8, 54, 14, 24), words.say("check.caption"))


def _stands(record: Record, extras: Extras) -> dict[str, Stand]:
    """Return what is not simply given: the report says so rather than ticking every box."""
    stands = {"t": Stand.NOT_STATED, "q": Stand.NOT_STATED, "i": Stand.GIVEN}
    if any(choice.id.startswith(("end_of_life:", "use")) or "/end_of_life:" in choice.id for choice in record.choices):
        stands["q"] = Stand.GIVEN
    if record.cut_offs is None:
        stands["g"] = Stand.PART
    if not record.quality[-1].scored:
        stands["j"] = Stand.PART
    if extras.uncertainty is None:
        stands["k"] = Stand.PART if record.choices or extras.ranges else Stand.NOT_STATED
    if not record.recovered:
        stands["p"] = Stand.PART
    if record.public:
        stands["d"] = stands["h"] = Stand.PART
    return stands


def _digests(record: Record, words: Words) -> Iterator[Block]:
    yield Heading(1, words.say("h.E"), "annex-e")
    yield Paragraph(words.say("digests.text"))
    yield Pairs(
        (
            (words.say("digests.study"), record.study),
            (words.say("digests.sheet"), record.sheet_digest),
            (words.say("digests.rule"), f"{record.rule.name} {record.rule.digest}"),
            (words.say("digests.terms"), str(record.terms)),
            (words.say("digests.known_on"), record.known_on.isoformat()),
        )
    )
    if not record.public:
        yield Paragraph(
            words.say("digests.command", study=record.study, rule=record.rule.name, day=record.known_on.isoformat()),
            "note",
        )

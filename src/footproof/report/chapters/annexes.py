"""Annexes: factors with source, year, confidence; figures and documents of the study; checklist; clauses; digests."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.report.blocks import Block, Heading, Pairs, Paragraph, Row
from footproof.report.chapters.checklist import checklist
from footproof.report.chapters.clauses import clauses
from footproof.report.chapters.words import WEAK, Words, table
from footproof.report.extras import Extras
from footproof.report.form import FactorRow, Record

_MOST_ENTRIES = 4


def annexes(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    """Yield annexes A to F; the public version has the checklist, the clauses and the digests only."""
    if not record.public:
        yield from _factors(record, words)
        yield from _figures(record, words)
        yield from _documents(record, words)
    yield from checklist(record, words, extras)
    yield from clauses(record, words)
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


def _quantity(value: Fraction, unit: str, words: Words) -> str:
    """A share or a count has no unit: "0.71", not "0.71 1"."""
    return words.amount(value) if unit == "1" else f"{words.amount(value)} {words.unit(unit)}"


def _figures(record: Record, words: Words) -> Iterator[Block]:
    if not record.figures:
        return
    yield Heading(1, words.say("h.B"), "annex-b")
    rows = []
    for row in record.figures:
        value = row.text if row.value is None else _quantity(row.value, row.unit, words)
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


def _digests(record: Record, words: Words) -> Iterator[Block]:
    yield Heading(1, words.say("h.F"), "annex-f")
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

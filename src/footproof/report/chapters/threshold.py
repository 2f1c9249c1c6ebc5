"""The decision against a limit: the limit and its standing, the declared figure, the guard band, what can be said."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.interpret.uncertainty import Verdict
from footproof.interpret.words import chance
from footproof.model.rulebook import Status
from footproof.report.blocks import Block, Heading, Pairs, Paragraph
from footproof.report.chapters.words import WEAK, Words
from footproof.report.extras import LimitDecision
from footproof.report.form import Record


def threshold(record: Record, found: LimitDecision, number: int, words: Words) -> Iterator[Block]:
    """Yield the section of a decision.

    Args:
        record: What the report says.
        found: The decision.
        number: Of the section in chapter 6.
        words: Wording.
    """
    limit, unit = found.limit, words.unit(record.unit)
    yield Heading(2, words.say("h.limit", n=number), "s6-limit")
    verdict = found.verdict if found.covered else Verdict.UNDECIDED
    said = words.say(f"limit.{verdict.value}", limit=words.both(limit.title), day=found.day)
    yield Paragraph(said, "result" if verdict is Verdict.CONFORMS else "warning")
    if limit.status is not Status.IN_FORCE:
        yield Paragraph(words.say(f"limit.status.{limit.status.value}"), "warning")
    if not found.declared:
        yield Paragraph(words.say("limit.declared_above"), "warning")
    if not found.covered:
        share = words.share(found.unvaried, Fraction(1))
        yield Paragraph(words.say("limit.uncovered", share=share), "warning")
    figure = f"{limit.value} {unit}{WEAK.get(limit.confidence.value, '')}"
    rows = [
        ("name", f"{words.both(limit.title)} | {limit.name}"),
        ("clause", f"{limit.clause} – {words.both(limit.text)}"),
        ("value", words.say(f"limit.sense.{limit.sense.value.replace(' ', '_')}", value=figure)),
        ("source", words.both(limit.source)),
        ("declared", f"{record.declared.replace('-', '−')} {unit}"),
        ("below", chance(found.below, found.draws)),
        ("guard", f"{words.amount(found.guard)} {unit}"),
        ("risk", words.share(found.risk, Fraction(1))),
        ("unvaried", words.share(found.unvaried, Fraction(1))),
        ("day", found.day.isoformat()),
        ("known_on", record.known_on.isoformat()),
    ]
    yield Pairs(tuple((words.say(f"limit.{name}"), text) for name, text in rows))
    yield Paragraph(words.say("limit.method"), "note")

"""Cover and summary: what it is, under which rule and standing, and the answer before everything else."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.model.rulebook import Status
from footproof.report.blocks import Block, Cover, Heading, Pairs, Paragraph
from footproof.report.chapters.words import Words
from footproof.report.form import Record, Stand


def cover(record: Record, words: Words) -> Cover:
    """Return the cover of a report."""
    number = f"FP-{record.study}-{record.sheet_digest.removeprefix('sha256:')[:10]}"
    rows = (
        (words.say("cover.product"), words.both(record.product)),
        (words.say("cover.model"), record.model),
        (words.say("cover.producer"), words.both(record.producer)),
        (words.say("cover.site"), words.both(record.site)),
        (words.say("cover.rule"), f"{words.both(record.rule.title)} | {record.rule.name}"),
        (words.say("cover.period"), words.say("period", start=record.start, end=record.end)),
        (words.say("cover.known_on"), record.known_on.isoformat()),
        (words.say("cover.number"), number),
        (words.say("cover.body"), ""),
        (words.say("cover.date"), ""),
    )
    return Cover(
        demo=words.say("demo") if record.demonstration else "",
        kind=words.say("kind.public" if record.public else "kind.full"),
        title=words.both(record.title),
        model=record.model,
        status=words.standing(record.rule),
        status_note=words.both(record.rule.status_note),
        warning=record.rule.status is not Status.IN_FORCE or record.rule.local_copy,
        rows=rows,
        seal=words.say("cover.seal"),
    )


def header(record: Record, words: Words) -> str:
    """Return what stands on top of every page."""
    parts = [words.say("demo_short")] if record.demonstration else []
    parts += [words.standing(record.rule), record.rule.name]
    return " | ".join(parts)


def statement(record: Record, words: Words) -> str:
    """Return the result as a sentence."""
    return words.say(
        "statement",
        producer=words.both(record.producer),
        product=words.both(record.product),
        model=record.model,
        unit_name=words.both(record.unit_name),
        boundary=words.both(record.boundary),
        value=record.declared.replace("-", "−"),
        unit=words.unit(record.unit),
    )


def summary(record: Record, words: Words) -> Iterator[Block]:
    """Yield the answer, what limits it, and where it comes from."""
    yield Heading(1, words.say("h.summary"), "summary")
    yield Paragraph(statement(record, words), "result")
    if record.rule.status is not Status.IN_FORCE:
        yield Paragraph(words.both(record.rule.status_note), "warning")
    low, high = record.interval
    if low != high:
        text = words.say(
            "summary.interval", low=words.result(low), high=words.result(high), unit=words.unit(record.unit)
        )
        yield Paragraph(text, "warning")
    if any(value.stand is Stand.PART for value in record.values):
        yield Paragraph(words.say("summary.undivided", share=undivided_share(record, words)), "note")
    if record.demonstration:
        yield Paragraph(words.say("summary.demo"), "warning")
    if record.public:
        yield Paragraph(words.say("summary.public"), "note")
    yield Pairs(
        (
            (words.say("summary.unit"), words.both(record.unit_name)),
            (words.say("summary.boundary"), words.both(record.boundary)),
            (words.say("summary.period"), words.say("period", start=record.start, end=record.end)),
            (words.say("summary.known_on"), words.say("known_on", day=record.known_on)),
            (words.say("summary.rule"), f"{record.rule.name} · {words.standing(record.rule)}"),
            (words.say("summary.sheet"), record.sheet_digest),
        )
    )


def undivided_share(record: Record, words: Words) -> str:
    """Return the part of the result that rests on factors of undivided origin, in percent."""
    return words.share(record.undifferentiated, Fraction(1))

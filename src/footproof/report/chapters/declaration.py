"""Fields of the carbon footprint declaration of a battery: Regulation (EU) 2023/1542, Article 7(1)."""

from collections.abc import Iterator

from footproof.model.rulebook import Status
from footproof.report.blocks import Block, Heading, Paragraph, Row
from footproof.report.chapters.words import Words, table
from footproof.report.form import Record

PREFIX = "eu."


def declaration(record: Record, words: Words) -> Iterator[Block]:
    """Yield the declaration fields, for rules of the European Union."""
    if not record.rule.name.startswith(PREFIX):
        return
    yield Heading(1, words.say("h.eu"), "eu")
    yield Paragraph(words.say("eu.text"))
    if record.rule.status is not Status.IN_FORCE:
        yield Paragraph(words.both(record.rule.status_note), "warning")
    unit = words.unit(record.unit)
    rows = [
        Row(("a", words.say("eu.a"), f"{words.both(record.producer)}; {words.both(record.producer_address)}")),
        Row(("b", words.say("eu.b"), record.model)),
        Row(("c", words.say("eu.c"), f"{words.both(record.site)}; {words.both(record.site_address)}; {record.region}")),
        Row(("d", words.say("eu.d"), f"{record.declared.replace('-', '−')} {unit}")),
        *(
            Row(("e", words.say("eu.e", stage=words.both(stage.name)), f"{words.result(stage.value)} {unit}"))
            for stage in record.stages
        ),
        Row(("f", words.say("eu.f"), words.say("eu.open"))),
        Row(("g", words.say("eu.g"), words.say("eu.open"))),
    ]
    head = [words.say("col.point"), words.say("col.field"), words.say("col.content")]
    yield table(head, rows, "lll", (8, 46, 46), words.say("eu.caption"))
    yield Paragraph(words.say("eu.class"), "note")

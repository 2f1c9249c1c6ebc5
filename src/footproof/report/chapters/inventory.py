"""Chapter 4: where the data come from, electricity, allocation, the inventory row by row, and its quality."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.report.blocks import Block, Figure, Heading, Pairs, Paragraph, Row
from footproof.report.chapters.words import WEAK, Words, table
from footproof.report.form import Item, Record
from footproof.report.pictures import QualityRow, quality_grid

CONFIDENCE = ("official", "secondary", "derived", "recalled")


def inventory(record: Record, words: Words) -> Iterator[Block]:
    """Yield chapter 4."""
    yield Heading(1, words.say("h.4"), "s4")
    yield Heading(2, words.say("h.4.1"), "s4-1")
    yield from _sources(record, words)
    yield from _meters(record, words)
    yield Heading(2, words.say("h.4.2"), "s4-2")
    yield from _electricity(record, words)
    yield Heading(2, words.say("h.4.3"), "s4-3")
    yield from _allocation(record, words)
    yield Heading(2, words.say("h.4.4"), "s4-4")
    yield from _rows(record, words)
    yield Heading(2, words.say("h.4.5"), "s4-5")
    yield from _recovery(record, words)
    yield Heading(2, words.say("h.4.6"), "s4-6")
    yield from _quality(record, words)


def _sources(record: Record, words: Words) -> Iterator[Block]:
    yield Paragraph(words.say("sources.text"))
    rows = [
        Row(
            (
                words.say(
                    f"sources.{part.kind}", name=words.word("data" if part.kind == "data" else "confidence", part.name)
                ),
                str(part.count),
                words.share(part.size, record.whole),
            )
        )
        for part in record.sources
    ]
    head = [words.say("col.basis"), words.say("col.terms"), words.say("col.size")]
    yield table(head, rows, "lrr", (60, 15, 25), words.say("sources.caption"))


def _meters(record: Record, words: Words) -> Iterator[Block]:
    if record.meters:
        rows = [
            Row(
                (
                    words.both(row.name),
                    row.serial,
                    words.unit(row.unit),
                    row.accuracy,
                    words.say("period", start=row.start, end=row.end),
                )
            )
            for row in record.meters
        ]
        head = [words.say(f"col.{name}") for name in ("meter", "serial", "unit", "accuracy", "calibrated")]
        yield table(head, rows, "llcll", (30, 20, 10, 14, 26), words.say("sources.meters"))


def _electricity(record: Record, words: Words) -> Iterator[Block]:
    rule = record.rule
    yield Paragraph(words.say("power.rule", clause=rule.electricity_clause, text=words.both(rule.electricity_text)))
    yield Paragraph(
        words.say(
            "power.share",
            share=words.share(record.electricity, record.value),
            value=words.result(record.electricity),
            unit=words.unit(record.unit),
        )
    )
    if record.grid:
        rows = [
            Row(
                (
                    words.both(row.name),
                    f"{words.amount(row.value)} {words.per(row.unit)}",
                    row.year,
                    words.both(row.source),
                )
            )
            for row in record.grid
        ]
        head = [words.say(f"col.{name}") for name in ("factor", "value", "year", "source")]
        yield table(head, rows, "llcl", (30, 22, 10, 38), words.say("power.factors"))
    if record.power:
        rows = []
        for item in record.power:
            key = "refused" if item.lacking else "counted" if item.counted else "not_admitted"
            stand = words.say(f"power.{key}", lacking=words.detail(item.lacking))
            cells = [item.id, words.word("technology", item.technology), words.share(item.share, Fraction(1)), stand]
            rows.append(Row(tuple(cells[record.public :])))
        head = [words.say(f"col.{name}") for name in ("contract", "technology", "power_share", "stand")]
        align, widths = ("lrl", (30, 25, 45)) if record.public else ("llrl", (22, 18, 20, 40))
        yield table(head[record.public :], rows, align, widths, words.say("power.contracts"))
        yield Paragraph(words.say("power.contracts_note"), "note")
    else:
        yield Paragraph(words.say("power.none"))


def _allocation(record: Record, words: Words) -> Iterator[Block]:
    others = [choice for choice in record.choices if choice.kind == "allocation"]
    if record.shares:
        rows = [
            Row(
                (
                    words.both(row.process),
                    words.both(row.product),
                    f"{words.amount(row.amount)} {words.unit(row.amount_unit)}",
                    f"{words.word('basis', row.basis)} {words.share(row.share, Fraction(1))}",
                    "—"
                    if row.other is None
                    else f"{words.word('basis', row.alternative)} {words.share(row.other, Fraction(1))}",
                )
            )
            for row in record.shares
        ]
        head = [words.say(f"col.{name}") for name in ("process", "coproduct", "amount", "share_used", "share_other")]
        yield table(head, rows, "lllrr", (24, 22, 18, 18, 18), words.say("allocation.caption"))
    elif record.coproducts:
        yield Paragraph(words.say("allocation.public", count=record.coproducts))
    else:
        yield Paragraph(words.say("allocation.none"))
    if others:
        rows = [
            Row(
                (words.both(item.name), words.result(item.value), words.change(item.value - record.value, record.value))
            )
            for item in others
        ]
        head = [words.say("col.allocated"), words.unit(record.unit), words.say("col.change")]
        yield table(head, rows, "lrr", (50, 28, 22), words.say("allocation.other"))


def _rows(record: Record, words: Words) -> Iterator[Block]:
    unit = words.unit(record.unit)
    if record.public:
        yield Paragraph(words.say("inventory.public"), "note")
        rows = [
            Row(
                (
                    words.both(stage.name),
                    words.result(stage.above),
                    words.result(stage.below),
                    words.result(stage.value),
                )
            )
            for stage in record.stages
        ]
        rows.append(_sum_of_stages(record, words))
        head = [words.say("col.stage"), *(words.say(f"col.{name}", unit=unit) for name in ("above", "below", "net"))]
        yield table(head, rows, "lrrr", (40, 20, 20, 20), words.say("inventory.stages", unit=unit))
        return
    rows = []
    for stage in record.stages:
        group = [item for item in record.items if item.stage == stage.id and item.value]
        name = words.both(stage.name)
        rows.append(Row((name, "", "", "", words.result(stage.value)), "group"))
        rows += [Row(_cells(item, record, words)) for item in group]
    rows.append(Row((words.say("total"), "", "", "", words.result(record.value)), "total"))
    head = [words.say(f"col.{name}") for name in ("process", "item", "activity", "factor")]
    caption = words.say("inventory.caption", unit=unit)
    yield table([*head, unit], rows, "llrrr", (22, 32, 15, 19, 12), caption, small=True)
    silent = sum(not item.value for item in record.items)
    notes = [words.say("inventory.marks"), words.say("inventory.rounding")]
    if silent:
        notes.append(words.say("inventory.zero", count=silent))
    yield Paragraph(" ".join(notes) if words.lang == "en" else "".join(notes), "note")


def _sum_of_stages(record: Record, words: Words) -> Row:
    above = sum((stage.above for stage in record.stages), Fraction(0))
    below = sum((stage.below for stage in record.stages), Fraction(0))
    return Row((words.say("total"), words.result(above), words.result(below), words.result(record.value)), "total")


def _cells(item: Item, record: Record, words: Words) -> tuple[str, ...]:
    factor = f"{words.amount(item.factor)} {words.per(item.amount_unit)}{WEAK.get(item.confidence, '')}"
    amount = f"{words.amount(item.amount)} {words.unit(item.amount_unit)}"
    return words.process(record, item.process), words.both(item.name), amount, factor, words.result(item.value)


def _recovery(record: Record, words: Words) -> Iterator[Block]:
    yield Paragraph(words.say("end_of_life.text"))
    if record.recovered:
        rows = [
            Row(
                (
                    words.both(row.name),
                    f"{row.amount} {words.unit(row.amount_unit)}",
                    *(words.amount(row.numbers[name]) for name in ("r1", "r2", "a", "q_in", "q_out")),
                )
            )
            for row in record.recovered
        ]
        head = [words.say("col.material"), words.say("col.amount"), "R1", "R2", "A", "Qin", "Qout"]
        yield table(head, rows, "llrrrrr", (22, 33, 9, 9, 9, 9, 9), words.say("end_of_life.caption"))


def _quality(record: Record, words: Words) -> Iterator[Block]:
    yield Paragraph(words.say("quality.text"))
    rows = [
        QualityRow(
            words.stage(record, part.stage) if part.stage else words.say("quality.all"),
            part.scores,
            part.scored,
            part.whole,
        )
        for part in record.quality
        if part.whole
    ]
    picture = quality_grid(rows, words.lang)
    yield Figure(picture, words.say("figure.caption", title=picture.title))
    whole = record.quality[-1]
    if whole.scores:
        mean = sum(whole.scores.values(), Fraction(0)) / len(whole.scores)
        pairs = ((words.say("quality.mean"), words.amount(mean)),)
        yield Pairs((*pairs, (words.say("quality.scored"), words.share(whole.scored, whole.whole))))

"""Chapters 5 and 6: characterisation, the values of ISO 14067 7.2, and what the result means."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.report.blocks import Block, Bullets, Figure, Heading, Pairs, Paragraph, Row
from footproof.report.chapters.cover import statement, undivided_share
from footproof.report.chapters.difference import difference
from footproof.report.chapters.inventory import CONFIDENCE
from footproof.report.chapters.threshold import threshold
from footproof.report.chapters.words import Words, table
from footproof.report.extras import Extras
from footproof.report.flows import by_input, contributions, flows
from footproof.report.form import IsoValue, Record, Stand
from footproof.report.pictures import (
    Picture,
    StageBar,
    Swing,
    contribution_bars,
    sankey,
    stage_bars,
    tornado,
    uncertainty_dots,
    uncertainty_interval,
)
from footproof.report.pictures.svg import chemical
from footproof.sheet.origins import ORIGINS
from footproof.texts import say

WEAK = CONFIDENCE[2:]
_LEVERS = 3

_OFFSETS = {True: "limits.offset", False: "limits.offset_found", None: "limits.offset_open"}


def impact(record: Record, words: Words) -> Iterator[Block]:
    """Yield chapter 5: characterisation factors and how the result is computed."""
    yield Heading(1, words.say("h.5"), "s5")
    yield Heading(2, words.say("h.5.1"), "s5-1")
    yield Paragraph(words.say("impact.method", gwp=record.rule.gwp))
    yield Bullets(
        (words.say(f"impact.biogenic.{record.rule.biogenic}"), words.say(f"impact.methane.{record.rule.methane}"))
    )
    rows = [
        Row((chemical(gas), words.say(f"origin.{origin}"), potential.replace("-", "−")))
        for origin in ORIGINS
        for gas, potential in record.potentials.get(origin, {}).items()
    ]
    head = [words.say("col.gas"), words.say("col.origin"), words.unit("kg CO2e / kg")]
    yield table(head, rows, "llr", (34, 40, 26), words.say("impact.potentials"))
    yield Heading(2, words.say("h.5.2"), "s5-2")
    yield Paragraph(words.say("impact.formula", terms=record.terms))
    yield Paragraph(words.say("impact.exact", digits=record.rule.digits), "note")
    yield Heading(2, words.say("h.5.3"), "s5-3")
    yield from _values(record, words)


def _values(record: Record, words: Words) -> Iterator[Block]:
    yield Paragraph(words.say("values.text"))
    rows = [Row((value.id, words.say(f"value.{value.id}"), *_value(value, record, words))) for value in record.values]
    head = [words.say("col.id"), words.say("col.value_name"), words.unit(record.unit), words.say("col.stand")]
    yield table(head, rows, "llrl", (7, 33, 16, 44), words.say("values.caption"))
    if any(value.stand is Stand.PART for value in record.values):
        yield Paragraph(words.say("values.part", share=undivided_share(record, words)), "warning")
    yield from _origins(record, words)


def _value(value: IsoValue, record: Record, words: Words) -> tuple[str, str]:
    number = "—" if value.value is None else words.result(value.value)
    if value.value is not None and value.unit != record.unit:
        number = f"{words.amount(value.value)} {words.unit(value.unit)}"
    stand = words.say(f"stand.{value.stand.value}")
    if value.reason and value.stand is not Stand.NOT_CALCULATED:
        stand = words.say(
            "values.because", stand=stand, reason=say("interpret", f"iso.reason.{value.reason}", words.lang)
        )
    return number, stand


def _origins(record: Record, words: Words) -> Iterator[Block]:
    """Yield the table of stages by origin, which is V1 to V4 and V7 at once."""
    used = [origin for origin in ORIGINS if any(stage.origins[origin] for stage in record.stages)]
    if not used:
        return
    rows = [
        Row((words.both(stage.name), *(words.result(stage.origins[o]) for o in used), words.result(stage.value)))
        for stage in record.stages
    ]
    sums = (words.result(record.origins[origin]) for origin in used)
    rows.append(Row((words.say("total"), *sums, words.result(record.value)), "total"))
    head = [words.say("col.stage"), *(words.say(f"origin.{origin}") for origin in used), words.say("total")]
    widths = (28, *(round(72 / (len(used) + 1)) for _ in range(len(used) + 1)))
    caption = words.say("values.origins", unit=words.unit(record.unit))
    yield table(head, rows, "l" + "r" * (len(used) + 1), widths, caption)


def interpretation(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    """Yield chapter 6: result, stages, contributions, sensitivity, limits, advice."""
    yield Heading(1, words.say("h.6"), "s6")
    yield Heading(2, words.say("h.6.1"), "s6-1")
    yield Paragraph(statement(record, words), "result")
    yield Heading(2, words.say("h.6.2"), "s6-2")
    yield from _stages(record, words)
    yield Heading(2, words.say("h.6.3"), "s6-3")
    yield from _contributions(record, words)
    yield Heading(2, words.say("h.6.4"), "s6-4")
    yield from _sensitivity(record, words, extras)
    yield Heading(2, words.say("h.6.5"), "s6-5")
    yield from _limits(record, words)
    yield Heading(2, words.say("h.6.6"), "s6-6")
    yield from _advice(record, words)
    if extras.comparison is not None:
        yield from difference(extras.comparison, 7, words)
    if extras.limit is not None:
        yield from threshold(record, extras.limit, 7 if extras.comparison is None else 8, words)


def _figure(picture: Picture, words: Words) -> Figure:
    return Figure(picture, words.say("figure.caption", title=picture.title))


def _stages(record: Record, words: Words) -> Iterator[Block]:
    rows = [
        Row((words.both(stage.name), words.result(stage.value), words.share(stage.value, record.value)))
        for stage in record.stages
    ]
    rows.append(Row((words.say("total"), words.result(record.value), words.share(record.value, record.value)), "total"))
    head = [words.say("col.stage"), words.unit(record.unit), words.say("col.share")]
    yield table(head, rows, "lrr", (50, 30, 20), words.say("stages.caption"))
    bars = [StageBar(words.both(stage.name), stage.above, stage.below) for stage in record.stages]
    yield _figure(stage_bars(bars, record.unit, words.places, words.lang), words)


def _contributions(record: Record, words: Words) -> Iterator[Block]:
    if record.public:
        yield Paragraph(words.say("contributions.public"), "note")
        return
    yield Paragraph(words.say("contributions.text"))
    parts = contributions(record, words)
    yield _figure(contribution_bars(parts, record.unit, words.places, words.lang), words)
    nodes, found = flows(record, words)
    if found:
        yield _figure(sankey(nodes, found, record.unit, words.places, words.lang), words)


def _sensitivity(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    rows = [
        Row(
            (
                words.say(f"choice.{item.kind}"),
                words.both(item.name),
                words.result(item.value),
                words.change(item.value - record.value, record.value),
            )
        )
        for item in record.choices
    ]
    if rows:
        head = [words.say("col.kind"), words.say("col.choice"), words.unit(record.unit), words.say("col.change")]
        yield table(head, rows, "llrr", (18, 46, 22, 14), words.say("sensitivity.choices"))
    low, high = record.interval
    if low != high:
        text = words.say(
            "summary.interval", low=words.result(low), high=words.result(high), unit=words.unit(record.unit)
        )
        yield Paragraph(text, "warning")
    if extras.ranges and not record.public:
        swings = [Swing(words.both(item.name), item.low, item.high, item.note) for item in extras.ranges]
        yield _figure(tornado(record.value, swings, record.unit, words.lang), words)
    yield from _uncertainty(record, words, extras)
    if extras.uncertainty is None and (record.public or not extras.ranges):
        yield Paragraph(words.say("sensitivity.none"))


def _uncertainty(record: Record, words: Words, extras: Extras) -> Iterator[Block]:
    found = extras.uncertainty
    if found is None:
        return
    if found.samples:
        picture = uncertainty_dots(found.samples, record.value, record.unit, words.lang)
    else:
        picture = uncertainty_interval(found.percentiles, record.value, record.unit, words.lang)
    yield _figure(picture, words)
    yield Paragraph(words.both(found.method), "note")


def _limits(record: Record, words: Words) -> Iterator[Block]:
    yield Paragraph(words.both(record.note))
    points = [
        words.say("limits.single"),
        words.say(_OFFSETS[record.offsets_excluded]),
        words.say("limits.value_choices"),
    ]
    if record.undifferentiated:
        points.append(words.say("limits.undivided", share=undivided_share(record, words)))
    weak = [part for part in record.sources if part.kind == "factor" and part.name in WEAK]
    if weak:
        size = sum((part.size for part in weak), Fraction(0))
        points.append(words.say("limits.weak", share=words.share(size, record.whole)))
    background = sum((part.size for part in record.sources if part.kind == "background"), Fraction(0))
    if background:
        points.append(words.say("limits.background", share=words.share(background, record.whole)))
    points.append(words.say("limits.rule", status=words.standing(record.rule)))
    yield Bullets(tuple(points))
    yield from _findings(record, words)


def _findings(record: Record, words: Words) -> Iterator[Block]:
    if not record.findings:
        return
    if record.public:
        codes = sorted({finding.code for finding in record.findings})
        counts = {code: sum(finding.code == code for finding in record.findings) for code in codes}
        rows = [Row((words.word("finding", code), str(count))) for code, count in counts.items()]
        yield table(
            (words.say("col.finding"), words.say("col.count")), rows, "lr", (80, 20), words.say("limits.findings")
        )
        return
    rows = [Row((words.word("finding", f.code), f.subject, words.detail(f.detail))) for f in record.findings]
    head = [words.say("col.finding"), words.say("col.subject"), words.say("col.detail")]
    yield table(head, rows, "lll", (40, 30, 30), words.say("limits.findings"))


def _advice(record: Record, words: Words) -> Iterator[Block]:
    if record.public:
        stages = sorted(record.stages, key=lambda stage: -stage.value)[:2]
        names = words.joined(
            words.say("advice.share", name=words.both(stage.name), share=words.share(stage.value, record.value))
            for stage in stages
        )
        yield Paragraph(words.say("advice.stages", names=names))
        return
    rows = sorted(by_input(record).items(), key=lambda item: (-item[1].value, item[0]))[:_LEVERS]
    yield Paragraph(words.say("advice.text"))
    yield Pairs(
        tuple(
            (
                words.both(part.name),
                words.say(
                    "advice.lever",
                    share=words.share(part.value, record.value),
                    effect=words.share(part.value / 10, record.value),
                ),
            )
            for _, part in rows
        )
    )

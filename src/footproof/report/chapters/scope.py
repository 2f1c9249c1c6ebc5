"""Chapters 1 to 3 of the template: overview, goal, scope (ISO 14067 7.3 a, b, c, e, g, i, o, p, r, s)."""

from collections.abc import Iterator
from fractions import Fraction

from footproof.model.rulebook import Status
from footproof.report.blocks import Block, Bullets, Figure, Heading, Pairs, Paragraph, Row
from footproof.report.chapters.words import Words, table
from footproof.report.form import CutOff, Record
from footproof.report.pictures import BoundaryStage, boundary_row

MOST_PROCESSES = 15
_KINDS = ("mass", "energy", "footprint")


def overview(record: Record, words: Words) -> Iterator[Block]:
    """Yield chapter 1: producer, product, method."""
    yield Heading(1, words.say("h.1"), "s1")
    yield Heading(2, words.say("h.1.1"), "s1-1")
    blank = (
        ()
        if record.public
        else (
            (words.say("producer.representative"), ""),
            (words.say("producer.contact"), ""),
        )
    )
    yield Pairs(
        (
            (words.say("producer.name"), words.both(record.producer)),
            (words.say("producer.address"), words.both(record.producer_address)),
            (words.say("producer.site"), words.both(record.site)),
            (words.say("producer.site_address"), words.both(record.site_address)),
            *blank,
        )
    )
    yield Heading(2, words.say("h.1.2"), "s1-2")
    yield Pairs(
        (
            (words.say("product.name"), words.both(record.product)),
            (words.say("product.model"), record.model),
            (words.say("product.description"), words.both(record.description)),
        )
    )
    yield Heading(2, words.say("h.1.3"), "s1-3")
    rule = record.rule
    yield Pairs(
        (
            (words.say("method.rule"), f"{words.both(rule.title)} | {rule.name}"),
            (words.say("method.status"), words.standing(rule)),
            (words.say("method.parent"), rule.parent or words.say("none")),
            (words.say("method.digest"), rule.digest),
        )
    )
    yield Paragraph(words.both(rule.status_note), "note" if rule.status is Status.IN_FORCE else "warning")


def goal(record: Record, words: Words) -> Iterator[Block]:
    """Yield chapter 2: what the study is for, and what it is not for."""
    yield Heading(1, words.say("h.2"), "s2")
    yield Paragraph(words.say("goal", product=words.both(record.product), rule=words.both(record.rule.title)))
    yield Bullets(
        (words.say("goal_points.comparison"), words.say("goal_points.offset"), words.say("goal_points.single"))
    )


def scope(record: Record, words: Words) -> Iterator[Block]:
    """Yield chapter 3: unit, boundary, cut-off, time."""
    yield Heading(1, words.say("h.3"), "s3")
    yield Heading(2, words.say("h.3.1"), "s3-1")
    yield Pairs(
        (
            (words.say("scope.unit"), words.both(record.unit_name)),
            (words.say("scope.result_unit"), words.unit(record.unit)),
            (words.say("scope.flow"), f"{words.amount(record.flow)} {words.unit(record.flow_unit)}"),
        )
    )
    yield Paragraph(words.say("scope.flow_note"), "note")
    yield Heading(2, words.say("h.3.2"), "s3-2")
    yield Paragraph(words.say("scope.boundary", boundary=words.both(record.boundary)))
    picture = boundary_row([BoundaryStage(words.both(stage.name), stage.stand) for stage in record.course], words.lang)
    yield Figure(picture, words.say("figure.caption", title=picture.title))
    yield _ticks(record, words)
    yield Paragraph(words.say("scope.elementary"), "note")
    yield from _processes(record, words)
    yield Heading(2, words.say("h.3.3"), "s3-3")
    yield from _cut_off(record, words)
    yield Heading(2, words.say("h.3.4"), "s3-4")
    yield Pairs(
        (
            (words.say("scope.period"), words.say("period", start=record.start, end=record.end)),
            (words.say("scope.known_on"), words.say("known_on", day=record.known_on)),
            (words.say("scope.region"), record.region),
            (words.say("scope.timing"), words.say("scope.timing_text")),
            (words.say("scope.changes"), words.say("scope.changes_text")),
        )
    )


def _ticks(record: Record, words: Words) -> Block:
    rows = [Row((words.both(stage.name), words.say(f"scope.{stage.stand}"))) for stage in record.course]
    return table((words.say("col.stage"), words.say("col.boundary")), rows, "ll", (45, 55), words.say("scope.ticks"))


def _processes(record: Record, words: Words) -> Iterator[Block]:
    shown = record.processes[:MOST_PROCESSES]
    rows = []
    for item in shown:
        value = words.result(item.value) if item.value is not None else "—"
        share = words.share(item.value, record.value) if item.value is not None else "—"
        rows.append(Row((words.both(item.name), words.stage(record, item.stage), value, share)))
    if record.public:
        rows = [Row(row.cells[:2]) for row in rows]
        head = [words.say("col.process"), words.say("col.stage")]
        yield table(head, rows, "ll", (60, 40), words.say("scope.processes"))
        return
    rest = record.processes[MOST_PROCESSES:]
    if rest:
        left = sum((item.value for item in rest if item.value is not None), start=Fraction(0))
        name = words.say("scope.more", count=len(rest))
        rows.append(Row((name, "", words.result(left), words.share(left, record.value))))
    head = [words.say(f"col.{name}") for name in ("process", "stage")]
    head += [words.unit(record.unit), words.say("col.share")]
    yield table(head, rows, "llrr", (42, 26, 20, 12), words.say("scope.processes"))


def _cut_off(record: Record, words: Words) -> Iterator[Block]:
    for clause, text in record.rule.cut_off:
        yield Paragraph(words.say("scope.cut_off_rule", clause=clause, text=words.both(text)))
    if record.cut_offs:
        head = [words.say(f"col.{name}") for name in ("left_out", "process", "mass", "energy", "footprint", "reason")]
        rows = [Row(_cut_off_cells(row, record, words)) for row in record.cut_offs]
        yield table(head, rows, "llrrrl", (24, 16, 10, 10, 12, 28), words.say("scope.cut_offs"))
    else:
        yield Paragraph(words.say("scope.cut_offs_none" if record.cut_offs is not None else "scope.cut_offs_unknown"))
    left = [finding for finding in record.findings if finding.code == "left-out"]
    if left:
        yield Paragraph(words.say("scope.left_out", count=len(left)))


def _cut_off_cells(row: CutOff, record: Record, words: Words) -> tuple[str, ...]:
    shares = [words.share(row.shares[kind], Fraction(1)) if kind in row.shares else "—" for kind in _KINDS]
    return (words.both(row.name), words.process(record, row.process), *shares, words.both(row.reason))

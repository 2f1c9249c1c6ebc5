"""The clause report as an annex: counts first, then every clause by its answer, the worst first."""

from collections import Counter
from collections.abc import Iterator

from footproof.errors import Where
from footproof.interpret.clauses import Outcome
from footproof.report.blocks import Block, Heading, Paragraph, Row
from footproof.report.chapters.words import Words, table
from footproof.report.form import Answer, Record

ORDER = (Outcome.NOT_MET, Outcome.EVIDENCE_MISSING, Outcome.NEEDS_JUDGEMENT, Outcome.MET)
_MOST_ROWS = 4
_WEIGHTS = ("shall", "should", "may")


def clauses(record: Record, words: Words) -> Iterator[Block]:
    """Yield annex E; the public version has no findings, which speak of single rows."""
    if not record.answers:
        return
    yield Heading(1, words.say("h.E"), "annex-e")
    yield Paragraph(words.say("clause.text", rule=record.rule.name))
    yield _counts(record, words)
    unmet = [item for item in record.answers if item.outcome is Outcome.NOT_MET and item.severity == "shall"]
    if unmet:
        names = words.joined(item.id for item in unmet)
        yield Paragraph(words.say("clause.unmet", count=len(unmet), names=names), "warning")
    for outcome in ORDER:
        group = [item for item in record.answers if item.outcome is outcome]
        if group:
            yield _group(group, outcome, words, public=record.public)


def _counts(record: Record, words: Words) -> Block:
    counts = Counter((item.outcome, item.severity) for item in record.answers)
    rows = [_count(words.say(f"clause.{o.value}"), [counts[o, weight] for weight in _WEIGHTS]) for o in ORDER]
    sums = [sum(counts[outcome, weight] for outcome in ORDER) for weight in _WEIGHTS]
    head = [words.say("col.answer"), *(words.say(f"clause.weight.{weight}") for weight in _WEIGHTS), words.say("total")]
    rows.append(Row(_count(words.say("total"), sums).cells, "total"))
    return table(head, rows, "lrrrr", (40, 15, 15, 15, 15), words.say("clause.counts"))


def _count(name: str, numbers: list[int]) -> Row:
    return Row((name, *(str(number) for number in numbers), str(sum(numbers))))


def _group(group: list[Answer], outcome: Outcome, words: Words, *, public: bool) -> Block:
    # What a person must judge, and what is met, has no finding of its own.
    told = not public and outcome in (Outcome.NOT_MET, Outcome.EVIDENCE_MISSING)
    rows = [Row((item.id, _text(item, words), *((_finding(item, words),) if told else ()))) for item in group]
    head = [words.say("col.clause"), words.say("col.requirement"), *((words.say("col.finding"),) if told else ())]
    caption = words.say("clause.group", answer=words.say(f"clause.{outcome.value}"), count=len(group))
    widths = (16, 42, 42) if told else (16, 84)
    return table(head, rows, "lll"[: len(head)], widths, caption, small=True)


def _text(item: Answer, words: Words) -> str:
    text = words.both(item.text)
    if item.severity == "shall":
        return text
    return words.say(f"clause.weighted.{item.severity}", text=text)


def _finding(item: Answer, words: Words) -> str:
    text = words.both(item.finding) if item.finding else "—"
    if not item.rows:
        return text
    shown = "; ".join(_place(row, words) for row in item.rows[:_MOST_ROWS])
    more = words.say("clause.more", count=len(item.rows) - _MOST_ROWS) if len(item.rows) > _MOST_ROWS else ""
    return f"{text} [{shown}{more}]"


def _place(row: Where, words: Words) -> str:
    place = row.file if row.line is None else words.say("clause.line", file=row.file, line=row.line)
    return f"{place} {row.field}" if row.field else place

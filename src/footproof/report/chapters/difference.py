"""The difference from another result: waterfall, intervals over open choices, what could not be switched."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from footproof.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Row
from footproof.report.chapters.words import Words, table
from footproof.report.extras import Cause, Comparison
from footproof.report.figures import signed
from footproof.report.pictures import Step, waterfall

_DIGITS = 6


def difference(comparison: Comparison, number: int, words: Words) -> Iterator[Block]:
    """Yield the section of a comparison.

    Args:
        comparison: Two results and what lies between them.
        number: Of the section in chapter 6.
        words: Wording.
    """
    yield Heading(2, words.say("h.difference", n=number), "s6-difference")
    for note in comparison.notes:
        yield Paragraph(words.both(note), "warning")
    picture = waterfall(*_steps(comparison, words), comparison.unit, words.lang)
    yield Figure(picture, words.say("figure.caption", title=picture.title))
    if comparison.interval is not None:
        low, high = (_signed(value) for value in comparison.interval)
        text = words.say("comparison.interval", low=low, high=high, unit=words.unit(comparison.unit))
        yield Paragraph(text, "warning")
    yield _terms(comparison, words)
    yield Paragraph(words.both(comparison.method), "note")
    yield from _options(comparison, words)
    yield from _not_moved(comparison, words)


def _steps(comparison: Comparison, words: Words) -> tuple[Step, list[Step], Step]:
    steps = [_step(cause, words) for cause in comparison.causes]
    return _step(comparison.start, words), steps, _step(comparison.end, words)


def _step(cause: Cause, words: Words) -> Step:
    return Step(words.both(cause.name), cause.value, cause.note, cause.low, cause.high)


def _terms(comparison: Comparison, words: Words) -> Block:
    """Return the figures of the picture, with the sequence that depends on an order beside the shares that do not."""
    opened = any(cause.low is not None for cause in comparison.causes)
    sequence = all(cause.step is not None for cause in comparison.causes)
    keep = (True, True, opened, sequence)
    rows = [_kept(_cells(cause, words), keep) for cause in comparison.causes]
    total = _signed(comparison.end.value - comparison.start.value)
    between = "" if comparison.interval is None else " … ".join(_signed(value) for value in comparison.interval)
    rows.append(_kept((words.say("total"), total, between, total), keep, "total"))
    head = [
        words.say(f"col.{name}", unit=words.unit(comparison.unit)) for name in ("cause", "difference", "range", "step")
    ]
    shown = [text for text, kept in zip(head, keep, strict=True) if kept]
    widths = [width for width, kept in zip((34, 20, 26, 20), keep, strict=True) if kept]
    return table(shown, rows, "lrrr"[: len(shown)], tuple(widths), words.say("comparison.caption"))


def _cells(cause: Cause, words: Words) -> tuple[str, ...]:
    low, high = (cause.value if end is None else end for end in (cause.low, cause.high))
    between = "—" if low == high else f"{_signed(low)} … {_signed(high)}"
    return words.both(cause.name), _signed(cause.value), between, _signed(cause.step or Fraction(0))


def _kept(cells: tuple[str, ...], keep: tuple[bool, ...], kind: Literal["plain", "total"] = "plain") -> Row:
    return Row(tuple(cell for cell, kept in zip(cells, keep, strict=True) if kept), kind)


def _options(comparison: Comparison, words: Words) -> Iterator[Block]:
    rows = [
        Row((words.both(cause.name), *(words.both(option) for option in cause.options), cause.note or "—"))
        for cause in comparison.causes
        if len(cause.options) == 2
    ]
    if rows:
        head = [words.say("col.cause"), words.both(comparison.start.name), words.both(comparison.end.name)]
        yield table([*head, words.say("col.clauses")], rows, "llll", (20, 31, 31, 18), words.say("comparison.options"))


def _not_moved(comparison: Comparison, words: Words) -> Iterator[Block]:
    """Yield what was not switched, and the choices on which nothing depends."""
    if comparison.left:
        yield Paragraph(words.say("comparison.left"))
        yield Bullets(
            tuple(
                words.say(
                    "comparison.left_item",
                    text=words.both(item.text),
                    terms=item.terms,
                    share=words.share(item.share, Fraction(1)),
                )
                for item in comparison.left
            )
        )
    if comparison.agreed:
        names = words.joined(words.both(name) for name in comparison.agreed)
        yield Paragraph(words.say("comparison.agreed", names=names), "note")


def _signed(value: Fraction) -> str:
    return signed(value, _DIGITS)

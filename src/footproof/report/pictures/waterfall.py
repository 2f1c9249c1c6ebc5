"""Waterfall: from one result to another, one bar per cause, and the check that they add up, printed.

Where a cause depends on options that a rule leaves open, a whisker spans what it would be under any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from footproof.report.figures import exact_text, signed, significant
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_NAME = "waterfall"
_LEFT, _RIGHT, _TOP, _ROW, _BAR = 256, 84, 34, 38, 20
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One cause of the difference.

    Args:
        name: In the language of the picture.
        value: What it adds, or takes off. [unit]
        note: Such as the clause of either rule.
        low: Least value over the options left open; None where the value is certain. [unit]
        high: Largest value. [unit]
    """

    name: str
    value: Fraction
    note: str = ""
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def reach(self) -> tuple[Fraction, Fraction]:
        """Return least and largest value. [unit]"""
        return (self.value if self.low is None else self.low, self.value if self.high is None else self.high)


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    note: str
    start: Fraction
    end: Fraction
    kind: str
    reach: tuple[Fraction, Fraction] | None = None

    @property
    def value(self) -> Fraction:
        return self.end - self.start


def waterfall(start: Step, steps: Sequence[Step], end: Step, unit: str, lang: Lang) -> Picture:
    """Return the bars, one below the other.

    Args:
        start: Result one begins with. [unit]
        steps: Causes, in the order in which they are drawn. [unit]
        end: Result one arrives at. [unit]
        unit: Of all figures.
        lang: "zh" or "en".

    Raises:
        ValueError: Start and steps do not sum exactly to the end.
    """
    levels = list(accumulate((step.value for step in steps), initial=start.value))
    if levels[-1] != end.value:
        raise ValueError(f"{exact_text(levels[-1])} is reached, not {exact_text(end.value)}")
    zero = Fraction(0)
    bars = [_Bar(start.name, start.note, zero, start.value, "start")]
    bars += [
        _Bar(step.name, step.note, level, level + step.value, "step", _open(step))
        for step, level in zip(steps, levels[:-1], strict=True)
    ]
    bars.append(_Bar(end.name, end.note, zero, end.value, "end"))
    ends = [*levels, zero, *(bar.start + value for bar in bars for value in bar.reach or ())]
    marks = svg.ticks(min(ends), max(ends), 5)
    shown = svg.unit_text(unit)
    bottom = _TOP + _ROW * len(bars)
    drawn = [svg.text(4, 18, shown, colour=svg.SOFT)]
    for mark in marks:
        x = _x(mark, marks)
        drawn.append(svg.line(x, _TOP - 6, x, bottom, colour=svg.INK if mark == 0 else svg.GRID))
        drawn.append(svg.text(x, _TOP - 12, svg.tick_text(mark, marks), size=11, anchor="middle", colour=svg.SOFT))
    for row, bar in enumerate(bars):
        drawn += _drawn(bar, row, marks, last=row == len(bars) - 1)
    total = sum((step.value for step in steps), zero)
    check = told(
        lang,
        "waterfall.check",
        start=significant(start.value, _DIGITS),
        change=signed(total, _DIGITS),
        end=significant(end.value, _DIGITS),
    )
    drawn.append(svg.text(_LEFT, bottom + 20, check, size=11))
    bottom += 30
    if any(bar.reach for bar in bars):
        drawn += _key(bottom + 6, lang)
        bottom += 22
    title = told(lang, "waterfall.title", unit=shown, start=start.name, end=end.name)
    said = "; ".join(f"{step.name} {_said(step.value, _open(step))}" for step in steps)
    alt = told(lang, "waterfall.alt", title=title, steps=said, check=check)
    return svg.picture(_NAME, title, alt, bottom, drawn)


def _open(step: Step) -> tuple[Fraction, Fraction] | None:
    low, high = step.reach
    return None if low == high else step.reach


def _said(value: Fraction, reach: tuple[Fraction, Fraction] | None) -> str:
    text = signed(value, _DIGITS)
    return text if reach is None else f"{text} [{signed(reach[0], _DIGITS)} … {signed(reach[1], _DIGITS)}]"


def _key(y: float, lang: Lang) -> list[str]:
    return [*_whisker(_LEFT, _LEFT + 26, y + 1), svg.text(_LEFT + 36, y + 5, told(lang, "waterfall.range"), size=11)]


def _whisker(left: float, right: float, y: float) -> list[str]:
    """Return a line with a cap at either end, on a white ground so that it shows on any fill."""
    drawn = []
    for colour, width in ((svg.PAPER, 4.0), (svg.INK, 1.6)):
        drawn.append(svg.line(left, y, right, y, colour=colour, width=width))
        drawn += [svg.line(x, y - 5, x, y + 5, colour=colour, width=width) for x in (left, right)]
    return drawn


def _x(value: Fraction, marks: Sequence[Fraction]) -> float:
    width = svg.WIDTH - _LEFT - _RIGHT
    return _LEFT + width * float((value - marks[0]) / (marks[-1] - marks[0]))


def _drawn(bar: _Bar, row: int, marks: Sequence[Fraction], *, last: bool) -> list[str]:
    y = _TOP + _ROW * row + (_ROW - _BAR) / 2
    left, right = sorted((_x(bar.start, marks), _x(bar.end, marks)))
    step = bar.kind == "step"
    index = (svg.UP if bar.value > 0 else svg.DOWN) if step else svg.TOTAL
    value = signed(bar.value, _DIGITS) if step else significant(bar.value, _DIGITS)
    tip = f"{bar.name}: {_said(bar.value, bar.reach) if step else value}"
    data = figure(bar.kind, bar.value)
    drawn = [svg.rect(left, y, right - left, _BAR, svg.fill(_NAME, index), data=data, title=tip)]
    if bar.reach is not None:
        low, high = (_x(bar.start + value, marks) for value in bar.reach)
        named = zip(("low", "high"), bar.reach, strict=True)
        groups = "".join(f"<g{svg.attributes(figure(kind, value))}>" for kind, value in named)
        drawn += [groups, *_whisker(low, high, y + _BAR / 2), "</g></g>"]
        right = max(right, high)
    if not last:
        x = _x(bar.end, marks)
        drawn.append(svg.line(x, y + _BAR, x, y + _ROW, width=0.8, dash="2 2"))
    size = 11.5 if svg.width_of(bar.name, 11.5) <= _LEFT - 14 else 10.5
    words = svg.fit(bar.name, size, _LEFT - 14)
    drawn.append(svg.text(_LEFT - 10, y + (9 if bar.note else 14), words, size=size, anchor="end", bold=not step))
    if bar.note:
        note = svg.fit(bar.note, 10, _LEFT - 14)
        drawn.append(svg.text(_LEFT - 10, y + 22, note, size=10, anchor="end", colour=svg.SOFT))
    drawn.append(svg.text(right + 6, y + 14, value, size=11, bold=not step, halo=True))
    return drawn

"""Waterfall: from one result to another, one bar per cause, and the check that they add up, printed."""

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
    """

    name: str
    value: Fraction
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    note: str
    start: Fraction
    end: Fraction
    kind: str

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
        _Bar(step.name, step.note, level, level + step.value, "step")
        for step, level in zip(steps, levels[:-1], strict=True)
    ]
    bars.append(_Bar(end.name, end.note, zero, end.value, "end"))
    marks = svg.ticks(min(*levels, zero), max(*levels, zero), 5)
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
    title = told(lang, "waterfall.title", unit=shown, start=start.name, end=end.name)
    said = "; ".join(f"{step.name} {signed(step.value, _DIGITS)}" for step in steps)
    alt = told(lang, "waterfall.alt", title=title, steps=said, check=check)
    return svg.picture(_NAME, title, alt, bottom + 30, drawn)


def _x(value: Fraction, marks: Sequence[Fraction]) -> float:
    width = svg.WIDTH - _LEFT - _RIGHT
    return _LEFT + width * float((value - marks[0]) / (marks[-1] - marks[0]))


def _drawn(bar: _Bar, row: int, marks: Sequence[Fraction], *, last: bool) -> list[str]:
    y = _TOP + _ROW * row + (_ROW - _BAR) / 2
    left, right = sorted((_x(bar.start, marks), _x(bar.end, marks)))
    step = bar.kind == "step"
    index = (svg.UP if bar.value > 0 else svg.DOWN) if step else svg.TOTAL
    value = signed(bar.value, _DIGITS) if step else significant(bar.value, _DIGITS)
    data = figure(bar.kind, bar.value)
    drawn = [svg.rect(left, y, right - left, _BAR, svg.fill(_NAME, index), data=data, title=f"{bar.name}: {value}")]
    if not last:
        x = _x(bar.end, marks)
        drawn.append(svg.line(x, y + _BAR, x, y + _ROW, width=0.8, dash="2 2"))
    words = svg.fit(bar.name, 11.5, _LEFT - 14)
    drawn.append(svg.text(_LEFT - 10, y + (9 if bar.note else 14), words, size=11.5, anchor="end", bold=not step))
    if bar.note:
        note = svg.fit(bar.note, 10, _LEFT - 14)
        drawn.append(svg.text(_LEFT - 10, y + 22, note, size=10, anchor="end", colour=svg.SOFT))
    drawn.append(svg.text(right + 6, y + 14, value, size=11, bold=not step, halo=True))
    return drawn

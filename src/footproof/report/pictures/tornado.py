"""Tornado: how far the result moves when one input moves over its defensible range, the widest on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from footproof.report.figures import exact_text, significant
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_NAME = "tornado"
_LEFT, _RIGHT, _TOP, _ROW, _TALL, _BAR = 250, 70, 44, 36, 48, 18
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input does to the result.

    Args:
        name: In the language of the picture.
        low: Result at the lower end of its range. [unit]
        high: Result at the upper end. [unit]
        note: The range, such as "0.24 … 0.34 kWh/kg".
    """

    name: str
    low: Fraction
    high: Fraction
    note: str = ""


def tornado(base: Fraction, swings: Sequence[Swing], unit: str, lang: Lang) -> Picture:
    """Return the bars, the widest first whatever the order given.

    Args:
        base: Result with every input at its own value. [unit]
        swings: One per input. [unit]
        unit: Of the result.
        lang: "zh" or "en".
    """
    rows = sorted(swings, key=lambda swing: (-abs(swing.high - swing.low), swing.name))
    ends = [base, *(value for row in rows for value in (row.low, row.high))]
    marks = svg.ticks(min(ends), max(ends), 5)
    width = svg.WIDTH - _LEFT - _RIGHT
    tall = _TALL if any(len(_lines(row)) > 1 for row in rows) else _ROW
    bottom = _TOP + tall * len(rows)
    shown = svg.unit_text(unit)

    def x(value: Fraction) -> float:
        return _LEFT + width * float((value - marks[0]) / (marks[-1] - marks[0]))

    drawn = [svg.text(4, 18, shown, colour=svg.SOFT)]
    for mark in marks:
        drawn.append(svg.line(x(mark), _TOP - 6, x(mark), bottom, colour=svg.GRID))
        words = svg.tick_text(mark, marks)
        drawn.append(svg.text(x(mark), _TOP - 12, words, size=11, anchor="middle", colour=svg.SOFT))
    for index, row in enumerate(rows):
        drawn += _row(row, base, _TOP + tall * index + (tall - _BAR) / 2, (x(row.low), x(base), x(row.high)))
    data = svg.attributes(figure("base", base))
    label = told(lang, "tornado.base", value=significant(base, _DIGITS))
    drawn.append(svg.line(x(base), _TOP - 6, x(base), bottom + 4, width=1.8))
    drawn.append(f"<g{data}>{svg.text(x(base), bottom + 20, label, size=11, anchor='middle', bold=True)}</g>")
    drawn += _key(bottom + 28, lang)
    title = told(lang, "tornado.title", unit=shown)
    said = "; ".join(f"{r.name} {significant(r.low, _DIGITS)} … {significant(r.high, _DIGITS)}" for r in rows)
    return svg.picture(_NAME, title, told(lang, "tornado.alt", unit=shown, base=label, rows=said), bottom + 46, drawn)


def _key(y: float, lang: Lang) -> list[str]:
    drawn = []
    left = float(_LEFT)
    for kind, paint in (("low", svg.DOWN), ("high", svg.UP)):
        words = told(lang, f"tornado.{kind}")
        drawn.append(svg.rect(left, y, 14, 12, svg.fill(_NAME, paint)))
        drawn.append(svg.text(left + 20, y + 10, words, size=11, colour=svg.SOFT))
        left += 40 + svg.width_of(words, 11)
    return drawn


def _row(row: Swing, base: Fraction, y: float, at: tuple[float, float, float]) -> list[str]:
    drawn = []
    low, middle, high = at
    for end, value, kind, paint in ((low, row.low, "low", svg.DOWN), (high, row.high, "high", svg.UP)):
        left, size = min(end, middle), abs(end - middle)
        tip = f"{row.name}: {significant(value, _DIGITS)}"
        data = figure(kind, value, change=exact_text(value - base))
        drawn.append(svg.rect(left, y, size, _BAR, svg.fill(_NAME, paint), data=data, title=tip))
    least, most = sorted((row.low, row.high))
    left, right = min(*at), max(*at)
    drawn.append(svg.text(left - 5, y + 13, significant(least, _DIGITS), size=10, anchor="end", halo=True))
    drawn.append(svg.text(right + 5, y + 13, significant(most, _DIGITS), size=10, halo=True))
    lines = _lines(row)
    top = y + (8 if row.note else 13) - 7 * (len(lines) - 1)
    drawn += [svg.text(4, top + 14 * n, words) for n, words in enumerate(lines)]
    if row.note:
        note = svg.fit(row.note, 10, _LEFT - 58)
        drawn.append(svg.text(4, top + 14 * len(lines) - 1, note, size=10, colour=svg.SOFT))
    return drawn


def _lines(row: Swing) -> list[str]:
    return svg.wrap(row.name, 12, _LEFT - 58)

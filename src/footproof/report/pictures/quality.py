"""Data quality as a grid: stages by dimension, the score written in each cell and shaded from light to dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from footproof.report.figures import fixed, percent
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

DIMENSIONS = ("technology", "geography", "time")
_NAME = "quality"
_LEFT, _TOP, _ROW, _CELL, _SHARE = 200, 40, 30, 104, 208
_SHADES = ("#ffffff", "#e1ebe5", "#b7cdc0", "#7fa08e", "#46524c")


@dataclass(frozen=True, slots=True)
class QualityRow:
    """Scores of one stage.

    Args:
        name: In the language of the picture.
        scores: Mean by dimension, 1 (very good) to 5 (poor), weighted by the size of the contributions.
        scored: Size of the contributions that have a score. [unit]
        whole: Size of all contributions. [unit]
    """

    name: str
    scores: Mapping[str, Fraction]
    scored: Fraction
    whole: Fraction


def quality_grid(rows: Sequence[QualityRow], lang: Lang) -> Picture:
    """Return the grid.

    Args:
        rows: Stages and, last, all of them.
        lang: "zh" or "en".
    """
    drawn = [
        svg.text(_LEFT + _CELL * (n + 0.5), _TOP - 12, told(lang, f"quality.{name}"), size=12, anchor="middle")
        for n, name in enumerate(DIMENSIONS)
    ]
    head = _LEFT + _CELL * len(DIMENSIONS) + 14
    drawn.append(svg.text(head, _TOP - 12, told(lang, "quality.share")))
    for index, row in enumerate(rows):
        drawn += _row(row, _TOP + _ROW * index, head, last=index == len(rows) - 1, none=told(lang, "quality.none"))
    said = "; ".join(f"{row.name}: {_scores(row, lang)}" for row in rows)
    bottom = _TOP + _ROW * len(rows)
    drawn += _legend(bottom + 10, lang)
    title = told(lang, "quality.title")
    return svg.picture(_NAME, title, told(lang, "quality.alt", rows=said), bottom + 40, drawn)


def _scores(row: QualityRow, lang: Lang) -> str:
    found = [f"{told(lang, f'quality.{d}')} {fixed(row.scores[d], 1)}" for d in DIMENSIONS if d in row.scores]
    return ", ".join(found) or told(lang, "quality.none")


def _row(row: QualityRow, y: int, head: int, *, last: bool, none: str) -> list[str]:
    size = 12 if svg.width_of(row.name, 12) <= _LEFT - 14 else 10.5
    lines = svg.wrap(row.name, size, _LEFT - 14)
    first = y + 20 - 6 * (len(lines) - 1)
    drawn = [
        svg.text(_LEFT - 10, first + 12 * n, line, size=size, anchor="end", bold=last) for n, line in enumerate(lines)
    ]
    for column, name in enumerate(DIMENSIONS):
        x = _LEFT + _CELL * column
        score = row.scores.get(name)
        shade = 0 if score is None else min(max(round(score), 1), 5) - 1
        data = None if score is None else figure("score", score, dimension=name)
        drawn.append(svg.rect(x, y, _CELL, _ROW, _SHADES[shade], data=data))
        colour = svg.PAPER if shade >= 3 else svg.INK
        words = none if score is None else fixed(score, 1)
        drawn.append(svg.text(x + _CELL / 2, y + 20, words, anchor="middle", colour=colour, bold=score is not None))
    part = row.scored / row.whole if row.whole else Fraction(0)
    width = _SHARE - 84
    drawn.append(svg.rect(head, y + 9, width, 12, svg.PAPER))
    drawn.append(svg.rect(head, y + 9, width * part, 12, svg.FILLS[0], data=figure("scored", row.scored)))
    drawn.append(svg.text(head + width + 8, y + 20, percent(row.scored, row.whole), size=11))
    return drawn


def _legend(y: int, lang: Lang) -> list[str]:
    drawn = []
    x = float(_LEFT)
    for index, shade in enumerate(_SHADES):
        words = told(lang, f"quality.score.{index + 1}")
        drawn.append(svg.rect(x, y, 14, 14, shade))
        drawn.append(svg.text(x + 19, y + 11.5, words, size=11, colour=svg.SOFT))
        x += 32 + svg.width_of(words, 11)
    return drawn

"""System boundary: the stages of the life cycle in a row, what is covered drawn solid, what is left out dashed."""

from collections.abc import Sequence
from dataclasses import dataclass

from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, told
from footproof.texts import Lang

_NAME = "boundary"
_EDGE, _TOP, _TALL, _GAP = 8, 10, 84, 26


@dataclass(frozen=True, slots=True)
class BoundaryStage:
    """One stage.

    Args:
        name: In the language of the picture.
        stand: "in", "in_zero" (no data), "outside" (of the study's boundary) or "out" (left out by the rule).
    """

    name: str
    stand: str


def boundary_row(stages: Sequence[BoundaryStage], lang: Lang) -> Picture:
    """Return the row of stages with arrows between them.

    Args:
        stages: In the order of the life cycle, at least one.
        lang: "zh" or "en".
    """
    width = (svg.WIDTH - 2 * _EDGE - _GAP * (len(stages) - 1)) / len(stages)
    drawn: list[str] = []
    for index, stage in enumerate(stages):
        x = _EDGE + index * (width + _GAP)
        drawn += _box(stage, x, width, told(lang, f"boundary.{stage.stand}"))
        if index:
            drawn += _arrow(x)
    title = told(lang, "boundary.title")
    said = "; ".join(f"{stage.name}: {told(lang, f'boundary.{stage.stand}')}" for stage in stages)
    return svg.picture(_NAME, title, told(lang, "boundary.alt", stages=said), _TOP + _TALL + 10, drawn)


def _box(stage: BoundaryStage, x: float, width: float, stand: str) -> list[str]:
    covered = stage.stand == "in"
    dash = "" if covered else ' stroke-dasharray="5 4"'
    paint = "#e1ebe5" if covered else svg.PAPER
    drawn = [
        f'<rect x="{svg.number(x)}" y="{_TOP}" width="{svg.number(width)}" height="{_TALL}" rx="5" fill="{paint}" '
        f'stroke="{svg.INK}" stroke-width="{"1.6" if covered else "1"}"{dash} data-stand="{stage.stand}"/>'
    ]
    lines = svg.wrap(stage.name, 12, width - 12, 3)
    middle = x + width / 2
    top = _TOP + 32 - 7.5 * (len(lines) - 1)
    drawn += [svg.text(middle, top + 15 * row, words, anchor="middle") for row, words in enumerate(lines)]
    drawn.append(svg.text(middle, _TOP + _TALL - 10, svg.fit(stand, 11, width - 6), size=11, anchor="middle"))
    return drawn


def _arrow(x: float) -> list[str]:
    y = _TOP + _TALL / 2
    n = svg.number
    head = f'<path d="M{n(x - 9)} {n(y - 4)}L{n(x - 2)} {n(y)}L{n(x - 9)} {n(y + 4)}Z" fill="{svg.INK}"/>'
    return [svg.line(x - _GAP + 2, y, x - 8, y, width=1.2), head]

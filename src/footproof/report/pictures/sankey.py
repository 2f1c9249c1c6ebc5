"""Sankey diagram of contributions: ribbons as wide as what flows, conserved at every node, the same order each time.

Only positive flows are drawn: gross emissions run from what causes them to the product, and leave it as the net
result and as what credits take off. What is too small to be drawn by itself flows through a node that says how many
per cent it hides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from xml.sax.saxutils import escape

from footproof.report.figures import fixed, percent
from footproof.report.pictures import svg
from footproof.report.pictures.svg import Picture, figure, told
from footproof.texts import Lang

_NAME = "sankey"
_TOP, _NODE, _GAP, _HEIGHT = 34, 13, 14, 320
_LEFT, _RIGHT = 172, 104
_SIZE, _PITCH, _STAGES = 11, 12.5, 2
# Room between columns: more where names stand between them.
_GAPS = {3: (126, 179, 126), 4: (92, 164, 104, 71)}


@dataclass(frozen=True, slots=True)
class Node:
    """One block.

    Args:
        id: Unique.
        name: In the language of the picture.
        column: 0 is leftmost.
        rest: Whether it gathers what is below the cut-off.
    """

    id: str
    name: str
    column: int
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """One ribbon, from a node to one further right; its value is above zero. [unit]"""

    source: str
    target: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class _Block:
    node: Node
    value: Fraction
    x: float
    y: float
    height: float


def sankey(nodes: Sequence[Node], flows: Sequence[Flow], unit: str, places: int, lang: Lang) -> Picture:
    """Return the diagram.

    Args:
        nodes: In the order in which each column is drawn from the top.
        flows: Between them; what enters an inner node leaves it. [unit]
        unit: Of the flows.
        places: Decimals to write.
        lang: "zh" or "en".

    Raises:
        ValueError: A flow is not above zero, runs leftwards, or a node does not conserve.
    """
    into, out_of = _sums(nodes, flows)
    whole = sum((out_of[node.id] for node in nodes if node.id not in _targets(flows)), Fraction(0))
    blocks = {block.node.id: block for block in _blocks(nodes, into, out_of)}
    last = max(node.column for node in nodes)
    shown = svg.unit_text(unit)
    parts = list(_ribbons(flows, blocks, shown, places))
    parts += [_bar(block, percent(block.value, whole), places, shown) for block in blocks.values()]
    for block in blocks.values():
        parts += _words(block, last, percent(block.value, whole), places)
    title = told(lang, "sankey.title", unit=shown)
    roots = [block for block in blocks.values() if block.node.column == 0]
    ends = [block for block in blocks.values() if block.node.column == last]
    alt = told(
        lang,
        "sankey.alt",
        unit=shown,
        sources="; ".join(f"{b.node.name} {percent(b.value, whole)}" for b in roots),
        ends="; ".join(f"{b.node.name} {fixed(b.value, places)}" for b in ends),
    )
    bottom = max(block.y + block.height for block in blocks.values())
    heads = list(_heads(last, lang))
    return svg.picture(_NAME, title, alt, bottom + 18, [*heads, *parts])


def _targets(flows: Sequence[Flow]) -> set[str]:
    return {flow.target for flow in flows}


def _sums(nodes: Sequence[Node], flows: Sequence[Flow]) -> tuple[Mapping[str, Fraction], Mapping[str, Fraction]]:
    into = {node.id: Fraction(0) for node in nodes}
    out_of = dict(into)
    columns = {node.id: node.column for node in nodes}
    for flow in flows:
        if flow.value <= 0 or columns[flow.source] >= columns[flow.target]:
            raise ValueError(f"{flow.source} → {flow.target}: {flow.value} must be above zero and run rightwards")
        into[flow.target] += flow.value
        out_of[flow.source] += flow.value
    for node in nodes:
        if into[node.id] and out_of[node.id] and into[node.id] != out_of[node.id]:
            raise ValueError(f"{node.id} does not conserve: {into[node.id]} in, {out_of[node.id]} out")
    return into, out_of


def _blocks(nodes: Sequence[Node], into: Mapping[str, Fraction], out_of: Mapping[str, Fraction]) -> Iterator[_Block]:
    values = {node.id: max(into[node.id], out_of[node.id]) for node in nodes}
    columns = sorted({node.column for node in nodes})
    grouped = {column: [node for node in nodes if node.column == column and values[node.id]] for column in columns}
    most = max(sum((values[node.id] for node in group), Fraction(0)) for group in grouped.values()) or Fraction(1)
    scale = _HEIGHT / float(most)
    tall = _HEIGHT + _GAP * (max(len(group) for group in grouped.values()) - 1)
    places = _places(columns[-1])
    for column, group in grouped.items():
        used = sum(float(values[node.id]) * scale for node in group)
        gap = min((tall - used) / (len(group) - 1), 3.2 * _GAP) if len(group) > 1 else 0.0
        y = _TOP + (tall - used - gap * (len(group) - 1)) / 2
        for node in group:
            height = float(values[node.id]) * scale
            yield _Block(node, values[node.id], places[column], y, height)
            y += height + gap


def _places(last: int) -> list[float]:
    """Return where each column begins. [px]"""
    whole = svg.WIDTH - _LEFT - _RIGHT - _NODE
    gaps = _GAPS.get(last, (whole / max(last, 1),) * last)
    return list(accumulate(gaps, initial=float(_LEFT)))


def _ribbons(flows: Sequence[Flow], blocks: Mapping[str, _Block], unit: str, places: int) -> Iterator[str]:
    """Yield the ribbons; each side of a block is filled in the order of the blocks at the other end."""
    order = {name: index for index, name in enumerate(blocks)}
    leaving = {name: block.y for name, block in blocks.items()}
    entering = dict(leaving)
    begins: dict[Flow, float] = {}
    for flow in sorted(flows, key=lambda f: (order[f.source], order[f.target])):
        begins[flow] = leaving[flow.source]
        leaving[flow.source] += _thickness(flow, blocks[flow.source])
    for flow in sorted(flows, key=lambda f: (order[f.target], order[f.source])):
        source, target = blocks[flow.source], blocks[flow.target]
        thick = _thickness(flow, source)
        y1, y2 = begins[flow], entering[flow.target]
        entering[flow.target] += thick
        x1, x2 = source.x + _NODE, target.x
        bend = (x2 - x1) * 0.45
        n = svg.number
        shape = (
            f"M{n(x1)} {n(y1)}C{n(x1 + bend)} {n(y1)} {n(x2 - bend)} {n(y2)} {n(x2)} {n(y2)}"
            f"V{n(y2 + thick)}C{n(x2 - bend)} {n(y2 + thick)} {n(x1 + bend)} {n(y1 + thick)} {n(x1)} {n(y1 + thick)}Z"
        )
        data = svg.attributes(figure("flow", flow.value, source=flow.source, target=flow.target))
        tip = escape(f"{source.node.name} → {target.node.name}: {fixed(flow.value, places)} {unit}")
        faint = "#d9dfdc" if source.node.rest or target.node.rest else "#b9d9c8"
        yield f'<path d="{shape}" fill="{faint}" stroke="#7c8a83" stroke-width="0.4"{data}><title>{tip}</title></path>'


def _thickness(flow: Flow, block: _Block) -> float:
    return block.height * float(flow.value / block.value)


def _bar(block: _Block, share: str, places: int, unit: str) -> str:
    node = block.node
    paint = svg.fill(_NAME, svg.REST) if node.rest else svg.FILLS[0]
    tip = f"{node.name}: {fixed(block.value, places)} {unit} ({share})"
    data = figure("node", block.value, id=node.id, column=str(node.column))
    return svg.rect(block.x, block.y, _NODE, max(block.height, 0.8), paint, data=data, title=tip)


def _words(block: _Block, last: int, share: str, places: int) -> Iterator[str]:
    node = block.node
    middle = block.y + block.height / 2 + 4
    if node.column == last:
        x = block.x + _NODE + 6
        rows = [*svg.wrap(node.name, _SIZE, _RIGHT - 8), fixed(block.value, places), share]
        for row, words in enumerate(rows):
            y = middle + 14 * (row - (len(rows) - 1) / 2)
            yield svg.text(x, y, words, size=_SIZE, bold=row == len(rows) - 2)
        return
    first = node.column == 0
    room = _LEFT - 12 if first else _places(last)[node.column + 1] - block.x - _NODE - 10
    least = 2 if node.column == _STAGES else 1
    rows = _lines(node.name, share, room, max(least, min(3, int((block.height + _GAP) / _PITCH))))
    x = block.x - 6 if first else block.x + _NODE + 5
    for row, words in enumerate(rows):
        y = middle + _PITCH * (row - (len(rows) - 1) / 2)
        yield svg.text(x, y, words, size=_SIZE, anchor="end" if first else "start", halo=True)


def _lines(name: str, share: str, room: float, most: int) -> list[str]:
    """Return a name and its share on as few lines as the room allows."""
    left = room - svg.width_of(f" {share}", _SIZE)
    if svg.width_of(name, _SIZE) <= left or most == 1:
        cut = svg.fit(name, _SIZE, left)
        return [share if cut == "…" else f"{cut} {share}"]
    lines = svg.wrap(name, _SIZE, room, most)
    if svg.width_of(f"{lines[-1]} {share}", _SIZE) <= room:
        return [*lines[:-1], f"{lines[-1]} {share}"]
    if len(lines) < most:
        return [*lines, share]
    return [*lines[:-1], f"{svg.fit(lines[-1], _SIZE, left)} {share}"]


def _heads(last: int, lang: Lang) -> Iterator[str]:
    for column, place in enumerate(_places(last)):
        key = f"sankey.column.{column}" if column < last else "sankey.column.end"
        x = place + (_NODE if column == 0 else 0)
        anchor: svg.Anchor = "end" if column == 0 else "start"
        yield svg.text(x, 16, told(lang, key), size=11, anchor=anchor, colour=svg.SOFT, bold=True)


def conserved(flows: Sequence[Flow], column: Mapping[str, int]) -> bool:
    """Return whether the same amount crosses every boundary between two neighbouring columns.

    Args:
        flows: Each between neighbouring columns. [unit]
        column: Of every node.
    """
    crossing: dict[int, Fraction] = {}
    for flow in flows:
        crossing[column[flow.source]] = crossing.get(column[flow.source], Fraction(0)) + flow.value
    return all(a == b for a, b in pairwise(crossing.values()))

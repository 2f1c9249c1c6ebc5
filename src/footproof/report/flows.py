"""What pictures of contributions draw: inputs by factor, unit processes, stages; what is too small, in one node."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from footproof.model.bilingual import Bilingual
from footproof.report.chapters.words import Words
from footproof.report.form import Item, Record
from footproof.report.pictures import Contribution, Flow, Node

MOST_INPUTS = 9
MOST_PROCESSES = 8
MOST_BARS = 12
_REST = "rest"
_GROSS, _NET, _CREDIT = "gross", "net", "credit"


@dataclass(frozen=True, slots=True)
class Input:
    """All terms that use one factor, or one direct emission.

    Args:
        value: Their sum. [unit]
        above: Sum of those above zero. [unit]
    """

    name: Bilingual
    value: Fraction
    above: Fraction


def by_input(record: Record) -> Mapping[str, Input]:
    """Return the result by what is used, whatever process uses it: factors, and the name of a row without one."""
    names = {row.id: row.name for row in record.factors}
    found: dict[str, Input] = {}
    for item in record.items:
        key = input_of(item)
        old = found.get(key, Input(names.get(item.factor_id, item.name), Fraction(0), Fraction(0)))
        found[key] = Input(old.name, old.value + item.value, old.above + max(item.value, Fraction(0)))
    return found


def input_of(item: Item) -> str:
    """Return under which input a term is gathered."""
    return item.factor_id or f"row:{item.name.en}"


def contributions(record: Record, words: Words) -> list[Contribution]:
    """Return the largest inputs by size, and one for all others; they sum to the result. [unit]"""
    inputs = by_input(record)
    order = sorted(inputs, key=lambda key: (-abs(inputs[key].value), key))
    shown = [Contribution(words.both(inputs[key].name), inputs[key].value) for key in order[:MOST_BARS]]
    rest = order[MOST_BARS:]
    if rest:
        value = sum((inputs[key].value for key in rest), Fraction(0))
        shown.append(Contribution(words.say("flows.rest", count=len(rest)), value, rest=True))
    return shown


def flows(record: Record, words: Words) -> tuple[list[Node], list[Flow]]:
    """Return the nodes and ribbons of the Sankey diagram: input → process → stage → gross → net result and credits.

    Ribbons are above zero; credits leave the gross total at the end, so that every node conserves.
    """
    above = [item for item in record.items if item.value > 0]
    inputs = _largest(above, input_of, MOST_INPUTS)
    processes = _largest(above, lambda item: item.process, MOST_PROCESSES)
    gross = sum((item.value for item in above), Fraction(0))
    credit = min(sum((-item.value for item in record.items if item.value < 0), Fraction(0)), gross)
    sums: dict[tuple[str, str], Fraction] = {}
    for item in above:
        first = f"i:{input_of(item) if input_of(item) in inputs else _REST}"
        second = f"p:{item.process if item.process in processes else _REST}"
        third = f"s:{item.stage}"
        for pair in ((first, second), (second, third), (third, _GROSS if credit else _NET)):
            sums[pair] = sums.get(pair, Fraction(0)) + item.value
    for end, value in ((_NET, gross - credit), (_CREDIT, credit)):
        if credit and value:
            sums[_GROSS, end] = value
    found = [Flow(source, target, value) for (source, target), value in sums.items()]
    return _nodes(record, words, found, inputs, processes), found


def _largest(items: Sequence[Item], key: Callable[[Item], str], most: int) -> list[str]:
    """Return the groups of items with the largest sums."""
    sums: dict[str, Fraction] = {}
    for item in items:
        sums[key(item)] = sums.get(key(item), Fraction(0)) + item.value
    return sorted(sums, key=lambda name: (-sums[name], name))[:most]


def _nodes(
    record: Record, words: Words, found: Sequence[Flow], inputs: Sequence[str], processes: Sequence[str]
) -> list[Node]:
    stages = [stage.id for stage in record.stages]
    names = {part.id: part for part in record.processes}
    used = {name for flow in found for name in (flow.source, flow.target)}
    order = sorted(processes, key=lambda name: (_stage_place(name, found, stages), processes.index(name)))
    places = {f"p:{name}": index for index, name in enumerate(order)} | {f"p:{_REST}": len(order)}
    by_place = sorted(inputs, key=lambda name: (_mean_place(f"i:{name}", found, places), inputs.index(name)))
    known = by_input(record)
    many = {_REST: len(known) - len(inputs), "processes": len(record.processes) - len(processes)}
    nodes = [Node(f"i:{name}", words.both(known[name].name), 0) for name in by_place]
    nodes.append(Node(f"i:{_REST}", words.say("flows.rest", count=many[_REST]), 0, rest=True))
    nodes += [Node(f"p:{name}", words.both(names[name].name), 1) for name in order]
    nodes.append(Node(f"p:{_REST}", words.say("flows.rest", count=many["processes"]), 1, rest=True))
    nodes += [Node(f"s:{name}", words.stage(record, name), 2) for name in stages]
    last = 4 if _GROSS in used else 3
    nodes.append(Node(_GROSS, words.say("flows.gross"), 3))
    nodes.append(Node(_NET, words.say("flows.net"), last))
    nodes.append(Node(_CREDIT, words.say("flows.credit"), last))
    return [node for node in nodes if node.id in used]


def _stage_place(process: str, found: Sequence[Flow], stages: Sequence[str]) -> int:
    targets = [(flow.value, flow.target) for flow in found if flow.source == f"p:{process}"]
    return stages.index(max(targets)[1].removeprefix("s:")) if targets else len(stages)


def _mean_place(name: str, found: Sequence[Flow], places: Mapping[str, int]) -> Fraction:
    own = [flow for flow in found if flow.source == name]
    whole = sum((flow.value for flow in own), Fraction(0))
    return sum((flow.value * places[flow.target] for flow in own), Fraction(0)) / whole if whole else Fraction(0)

"""How the processes of a study hang together, kept beside the sheet for whoever varies their amounts.

A sheet holds a fixed amount between two processes as a plain number inside a run, and the levels of a loop as solved
numbers: that is what is sealed and recomputed. To vary such an amount, the same runs are written again with a factor
of one at each amount in question; the sheet that is sealed stays as it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from footproof.assess.builder import Guard, SheetBuilder, product
from footproof.assess.system import Link, Loop, Output, add_runs
from footproof.expressions.tree import Tree
from footproof.model.study import Basis, Study
from footproof.sheet import Node, Sheet

_OF_THE_SYSTEM = ("run.", "link.", "level.", "asked.")


@dataclass(frozen=True, slots=True)
class Foreground:
    """What the runs of the processes were written from.

    Args:
        outputs: Every foreground product, by its key.
        links: Who uses it, and how much.
        demand: How much of the reference product makes one unit. [unit of the product]
        loops: Processes that need each other.
        guards: What was required of figures, beside the checks of the sheet.
    """

    outputs: Mapping[str, Output]
    links: tuple[Link, ...]
    demand: Tree
    loops: tuple[Loop, ...]
    guards: tuple[Guard, ...]


def range_node(exchange: str) -> str:
    """Return the node of an opened sheet whose factor varies a fixed amount between processes."""
    return f"range.{exchange}"


def opened(sheet: Sheet, study: Study, foreground: Foreground, exchanges: Collection[str]) -> Sheet:
    """Return the sheet with a node of value one at the amount of each of some links; every value stays the same.

    Args:
        exchanges: Ids of the rows whose amounts shall be varied.
    """
    if not exchanges:
        return sheet
    builder = SheetBuilder(sheet.tables)
    first = next(i for i, node in enumerate(sheet.nodes) if node.id.startswith(_OF_THE_SYSTEM))
    for node in sheet.nodes[:first]:
        builder.node(node.id, node.unit, node.expr, {})
    links = [_open(builder, link) if link.exchange in exchanges else link for link in foreground.links]
    add_runs(builder, _without_alternatives(study), foreground.outputs, links, foreground.demand)
    for node in sheet.nodes[first:]:
        builder.node(node.id, node.unit, node.expr, {})  # What has been written again stays as written.
    return replace(sheet, nodes=tuple(Node(node["id"], node["unit"], node["expr"]) for node in builder.nodes))


def _open(builder: SheetBuilder, link: Link) -> Link:
    factor = builder.node(range_node(link.exchange), "1", "1", {})
    return replace(link, amount=product(factor, link.amount))


def _without_alternatives(study: Study) -> Study:
    """Return the study without other allocations, which would be solved again for nothing."""
    processes = {name: replace(item, alternative=Basis.NONE) for name, item in study.processes.items()}
    return replace(study, processes=processes)

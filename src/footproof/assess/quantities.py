"""Figures of the study and formulas of the rule become nodes, in an order in which each needs only earlier ones."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from footproof.assess.builder import SheetBuilder, ref, where
from footproof.errors import FootproofError, Where
from footproof.expressions.dimension import infer
from footproof.expressions.exact import normalise
from footproof.expressions.parse import parse
from footproof.expressions.tree import Tree, references
from footproof.model.rulebook import Formula, Requirement, Rulebook
from footproof.model.study import Figure, Place, Study
from footproof.units import Unit, unit


class Names:
    """What formulas may refer to: names, their units, and the nodes behind them.

    Args:
        builder: Sheet in the making.
        units: Unit of each name, or "text".
        nodes: Node of each name.
        tables: Unit of the numbers of each table.
    """

    def __init__(
        self,
        builder: SheetBuilder,
        units: Mapping[str, Unit | str],
        nodes: Mapping[str, Tree],
        tables: Mapping[str, Unit] | None = None,
    ) -> None:
        self.builder = builder
        self.units = units
        self.nodes = nodes
        self.tables = tables or {}

    def tree(self, text: str, wanted: str | None, at: Where) -> tuple[Tree, Unit]:
        """Return the tree of a formula over nodes and its unit.

        Args:
            text: Formula.
            wanted: Unit the result must be in; it is converted, exactly. None leaves it as it comes.

        Raises:
            FootproofError: E-EXPR-*, E-UNIT-MISMATCH.
        """
        try:
            parsed = parse(text)
            kind = infer(parsed, self.units, self.tables)
        except FootproofError as problem:
            raise problem.at(at) from problem
        renamed = rename(parsed, self.nodes)
        if kind is None:
            return renamed, unit(wanted or "1")
        if isinstance(kind, str):
            raise FootproofError("E-SHEET-TYPE", at, found=kind, needed="number")
        if wanted is None:
            return renamed, kind
        return self.builder.scaled(renamed, _ratio(kind, wanted, at)), unit(wanted)

    def figure(self, figure: Figure, at: Where) -> Tree:
        """Return the tree of a stated or computed figure, in its own unit."""
        if figure.formula is None:
            return normalise(figure.number) if figure.number is not None else "0"
        return self.tree(figure.formula, figure.unit, at)[0]


def rename(tree: Tree, nodes: Mapping[str, Tree]) -> Tree:
    """Return a tree with the names of a study or rule replaced by what stands for them in the sheet."""
    if isinstance(tree, str) or tree[0] == "text":
        return tree
    if tree[0] == "ref":
        return nodes[str(tree[1])]
    if tree[0] == "lookup":
        return ("lookup", tree[1], rename(tree[2], nodes))
    return (tree[0], *(rename(part, nodes) for part in tree[1:]))


def study_names(builder: SheetBuilder, study: Study) -> Names:
    """Add the parameters and formulas of a study as nodes.

    Raises:
        FootproofError: E-FORMULA-CYCLE, E-EXPR-*, E-UNIT-MISMATCH.
    """
    units: dict[str, Unit | str] = {
        name: "text" if item.text else unit(item.figure.unit) for name, item in study.quantities.items()
    }
    nodes: dict[str, Tree] = {name: ref(f"study.{name}") for name in study.quantities}
    names = Names(builder, units, nodes)
    needs = {
        name: references(parse(item.figure.formula)) if item.figure.formula else set()
        for name, item in study.quantities.items()
    }
    for name in in_order(needs, lambda found: where(study.quantities[found].place)):
        item = study.quantities[name]
        at = where(item.place)
        info = {"name": _both(item.name.zh, item.name.en), "source": item.source, "evidence": item.evidence}
        tree: Tree = ("text", item.text) if item.text else names.figure(item.figure, at)
        builder.node(f"study.{name}", "" if item.text else item.figure.unit, tree, info, at)
    return names


def rule_names(builder: SheetBuilder, rule: Rulebook, study: Study, given: Names, wanted: Iterable[str]) -> Names:
    """Add what the rule needs: required figures, and the formulas that some texts lead to.

    Args:
        wanted: Formulas (as text) whose names must be known.

    Raises:
        FootproofError: E-RULE-REQUIRES where the study lacks a required figure.
    """
    missing = [item for item in rule.requirements.values() if item.id not in study.quantities and not item.default]
    if missing:
        listed = "; ".join(f"{item.id} [{item.unit}] {item.name.zh} / {item.name.en}" for item in missing)
        raise FootproofError("E-RULE-REQUIRES", Where("study.toml", field="parameter"), rule=rule.name, missing=listed)
    units: dict[str, Unit | str] = dict.fromkeys(rule.axes, "text")
    units.update({name: "text" if item.options else unit(item.unit) for name, item in rule.requirements.items()})
    units.update({name: unit(item.unit) for name, item in rule.formulas.items()})
    nodes: dict[str, Tree] = {name: ref(f"axis.{name}") for name in rule.axes}
    nodes.update({name: ref(f"rule.{name}") for name in rule.formulas})
    for item in rule.requirements.values():
        nodes[item.id] = _required(builder, item, study, given)
    names = Names(builder, units, nodes, {name: unit(table[0]) for name, table in rule.tables.items()})
    for formula in _reachable(rule, wanted):
        at = Where("rule.toml", field=f"formula.{formula.id}")
        info = {"name": _both(formula.name.zh, formula.name.en), "clause": f"{rule.name}:{formula.clause}"}
        builder.node(f"rule.{formula.id}", formula.unit, names.tree(formula.expr, formula.unit, at)[0], info, at)
    return names


def besides(rule: Rulebook) -> list[Formula]:
    """Return the formulas whose value stands beside the result and never in it."""
    return [item for item in rule.formulas.values() if item.beside]


def texts_of(rule: Rulebook) -> list[str]:
    """Return the formulas, as text, that the result of a rule rests on."""
    texts = [rule.electricity.admitted, *(term.amount for term in rule.recycling)]
    return [*texts, rule.functional_unit.flow] if rule.functional_unit else texts


def _required(builder: SheetBuilder, item: Requirement, study: Study, given: Names) -> Tree:
    """Return what stands for a required figure or word: the study's, else the default of the rule."""
    if item.id in study.quantities:
        at = where(study.quantities[item.id].place)
        return _word(item, study, at) if item.options else given.tree(item.id, item.unit, at)[0]
    info = {"name": _both(item.name.zh, item.name.en), "what": "default of the rule; the study says nothing"}
    tree: Tree = ("text", item.default) if item.options else item.default
    return builder.node(f"default.{item.id}", "" if item.options else item.unit, tree, info)


def _word(item: Requirement, study: Study, at: Where) -> Tree:
    found = study.quantities[item.id].text
    if found not in item.options:
        raise FootproofError("E-RULE-WORD", at, id=item.id, found=found or "-", options=", ".join(item.options))
    return ref(f"study.{item.id}")


def in_order(needs: Mapping[str, set[str]], at: Callable[[str], Where]) -> list[str]:
    """Return names such that each comes after those it needs.

    Raises:
        FootproofError: E-FORMULA-CYCLE, naming the ring.
    """
    done: dict[str, bool] = {}
    order: list[str] = []
    for start in needs:
        stack = [start]
        while stack:
            name = stack[-1]
            # Sorted, since the order of a set, and with it the digest of a sheet, would change from run to run.
            waiting = [other for other in sorted(needs[name]) if other in needs and not done.get(other)]
            if done.get(name) or not waiting:
                stack.pop()
                if not done.get(name):
                    done[name] = True
                    order.append(name)
            elif waiting[0] in stack:
                ring = [*stack[stack.index(waiting[0]) :], waiting[0]]
                raise FootproofError("E-FORMULA-CYCLE", at(name), ring=" → ".join(ring))
            else:
                stack.append(waiting[0])
    return order


def reference_flow(names: Names, flow: str, declared: str, reference_unit: str, place: Place) -> Tree:
    """Return how much of the reference product makes one declared or functional unit. [unit of the product]

    Raises:
        FootproofError: E-UNIT-MISMATCH where the formula does not lead from the declared unit to the product.
    """
    at = where(place, "flow")
    tree, found = names.tree(flow, None, at)
    wanted = unit(reference_unit) / unit(declared)
    if found.dimensions != wanted.dimensions:
        raise FootproofError("E-UNIT-MISMATCH", at, found=flow, needed=f"{reference_unit} / {declared}")
    return names.builder.scaled(tree, found.scale / wanted.scale)


def _reachable(rule: Rulebook, wanted: Iterable[str]) -> list[Formula]:
    needs = {name: references(parse(item.expr)) & set(rule.formulas) for name, item in rule.formulas.items()}
    found: set[str] = set()
    todo = {name for text in wanted for name in references(parse(text))} & set(rule.formulas)
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= needs[name] - found
    wanted_in_order = {name: needs[name] for name in rule.formulas if name in found}
    order = in_order(wanted_in_order, lambda name: Where("rule.toml", field=f"formula.{name}"))
    return [rule.formulas[name] for name in order]


def _ratio(kind: Unit, wanted: str, at: Where) -> Fraction:
    target = unit(wanted)
    if kind.dimensions != target.dimensions:
        found = " ".join(f"{name}^{power}" for name, power in kind.dimensions) or "1"
        raise FootproofError("E-UNIT-MISMATCH", at, found=found, needed=wanted)
    return kind.scale / target.scale


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}

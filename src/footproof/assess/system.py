"""The foreground system: how often each process runs for one unit, with loops solved exactly and co-products allocated.

Heijungs & Suh (2002), The Computational Structure of LCA, chapters 2 and 3, in rationals. A process outside any loop
gets an expression; a loop gets, for each process e that is asked from outside, the runs of every member per run asked
of e. These levels depend on the study alone, never on the rule, and the sheet checks that they balance.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from footproof.assess.builder import Sense, SheetBuilder, product, ref, total, where
from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.expressions.exact import normalise
from footproof.expressions.tree import Tree
from footproof.model.study import Basis, Coproduct, Process, Study
from footproof.units import same_dimension

LARGEST_LOOP = 60
CURRENCIES = ("CNY", "EUR", "USD")


@dataclass(frozen=True, slots=True)
class Output:
    """One product of a process: what one run gives and which share of the burdens it carries."""

    product: str
    process: str
    amount: Tree
    unit: str
    share: Tree


@dataclass(frozen=True, slots=True)
class Link:
    """One process uses a product.

    Args:
        amount: Per run of the consumer. [unit of the product]
        exchange: Id of the row that says so.
    """

    consumer: str
    product: str
    amount: Tree
    exchange: str


@dataclass(frozen=True, slots=True)
class Loop:
    """Processes that need each other.

    Args:
        processes: All of them.
        entries: Those that are asked from outside.
    """

    processes: tuple[str, ...]
    entries: tuple[str, ...]


def outputs_of(builder: SheetBuilder, study: Study, amounts: Mapping[str, Tree]) -> dict[str, Output]:
    """Return every foreground product, adding allocation shares as nodes with the check that they sum to one.

    Args:
        amounts: Output of one run by process. [unit of the process]

    Raises:
        FootproofError: E-ALLOCATION-* where a process with co-products does not say how they share.
    """
    found: dict[str, Output] = {}
    rows = _rows_by_process(study)
    for process in study.processes.values():
        if process.id in rows:
            found.update(_allocated(builder, process, rows[process.id], amounts[process.id]))
        else:
            if process.allocation is not Basis.NONE:
                raise FootproofError("E-ALLOCATION-ROWS", where(process.place, "allocation"), process=process.id)
            found[process.id] = Output(process.id, process.id, amounts[process.id], process.output.unit, "1")
    return found


def add_runs(
    builder: SheetBuilder,
    study: Study,
    outputs: Mapping[str, Output],
    links: Iterable[Link],
    demand: Tree,
) -> tuple[Loop, ...]:
    """Add `run.<process>` for every process: runs per declared or functional unit.

    Args:
        demand: How much of the reference product makes one unit. [unit of the product]

    Returns:
        The loops, in the order in which they were solved.

    Raises:
        FootproofError: E-LOOP-* for a loop that cannot be solved, E-STUDY-REFERENCE for an unknown reference process.
    """
    if study.reference not in outputs:
        raise FootproofError("E-STUDY-REFERENCE", where(study.reference_place), process=study.reference)
    system = _System(builder, study, outputs, tuple(links), demand)
    for group in system.groups():
        if len(group) == 1 and not system.uses_itself(group[0]):
            system.add_process(group[0])
        else:
            system.add_loop(group)
    for process in study.processes.values():
        if process.alternative is not Basis.NONE:
            system.add_alternative(process)
    return tuple(system.loops)


def _rows_by_process(study: Study) -> dict[str, list[Coproduct]]:
    rows: dict[str, list[Coproduct]] = {}
    for row in study.coproducts:
        if row.process not in study.processes:
            raise FootproofError("E-STUDY-PROVIDER", where(row.place, "process"), name=row.process)
        rows.setdefault(row.process, []).append(row)
    return rows


def _allocated(
    builder: SheetBuilder, process: Process, rows: list[Coproduct], amount: Tree
) -> Iterator[tuple[str, Output]]:
    at = where(process.place, "allocation")
    if process.allocation is Basis.NONE:
        raise FootproofError("E-ALLOCATION-MISSING", at, process=process.id, products=len(rows))
    main = next((row for row in rows if row.product == process.id), None)
    unfit = FootproofError("E-ALLOCATION-MAIN", at, process=process.id)
    if main is None or main.unit != process.output.unit:
        raise unfit
    builder.require(Sense.ZERO, ("-", amount, normalise(main.amount)), process.id, unfit)
    if len({row.basis_unit for row in rows}) > 1 or not sum(row.basis for row in rows):
        raise FootproofError("E-ALLOCATION-BASIS", where(rows[0].place, "basis"), process=process.id)
    _check_basis_unit(process.allocation, rows[0].basis_unit, where(rows[0].place, "basis_unit"), process.id)
    shares: list[Tree] = []
    for row in rows:
        share = builder.node(
            _share_name(row),
            "1",
            _share(rows, row, alternative=False),
            {
                "what": f"allocation by {process.allocation.value}",
                "name": {"zh": row.name.zh, "en": row.name.en},
            },
            where(row.place, "basis"),
        )
        shares.append(share)
        key = process.id if row is main else f"{process.id}/{row.product}"
        yield key, Output(key, process.id, normalise(row.amount), row.unit, share)
    builder.check(f"shares.{process.id}", ("-", total(shares), "1"), {"what": "allocation shares sum to one"})


def _check_basis_unit(basis: Basis, text: str, at: Where, process: str) -> None:
    """A basis is stated in what it says: mass in kg, energy in MJ, value in a currency with its period."""
    fits = {
        Basis.NONE: True,
        Basis.GIVEN: True,
        Basis.MASS: _measures(text, "kg"),
        Basis.ENERGY: _measures(text, "MJ"),
        Basis.ECONOMIC: text.partition(" ")[0] in CURRENCIES,
    }
    if not fits[basis]:
        raise FootproofError("E-ALLOCATION-BASIS", at, process=process)


def _measures(text: str, wanted: str) -> bool:
    try:
        return same_dimension(text, wanted)
    except FootproofError:
        return False


def _share_name(row: Coproduct) -> str:
    return f"share.{row.process}.{row.product}"


def _share(rows: list[Coproduct], row: Coproduct, *, alternative: bool) -> Tree:
    figures = {each.product: each.alternative if alternative else each.basis for each in rows}
    texts = {name: normalise(value) for name, value in figures.items() if value is not None}
    return ("/", texts[row.product], total(list(texts.values())))


class _System:
    """Processes, the products they make, and who uses them."""

    def __init__(
        self,
        builder: SheetBuilder,
        study: Study,
        outputs: Mapping[str, Output],
        links: tuple[Link, ...],
        demand: Tree,
    ) -> None:
        self.builder = builder
        self.study = study
        self.outputs = outputs
        self.demand = demand
        self.products: dict[str, list[Output]] = {name: [] for name in study.processes}
        for output in outputs.values():
            self.products[output.process].append(output)
        self.links: dict[str, list[Link]] = {name: [] for name in outputs}
        for link in links:
            self.links[link.product].append(link)
        self.loops: list[Loop] = []

    def consumers(self, process: str) -> set[str]:
        return {link.consumer for output in self.products[process] for link in self.links[output.product]}

    def uses_itself(self, process: str) -> bool:
        return process in self.consumers(process)

    def groups(self) -> list[list[str]]:
        """Return strongly connected processes, consumers before suppliers (Tarjan 1972, without recursion)."""
        return _components({name: sorted(self.consumers(name)) for name in self.study.processes})

    def add_process(self, name: str) -> None:
        parts = [part for output in self.products[name] for part in self._asked(output, set())]
        self._add_run(name, total(parts))

    def _asked(self, output: Output, inside: set[str]) -> list[Tree]:
        """Return the runs that users outside a group ask of a process through one of its products."""
        amounts = [
            product(ref(f"run.{link.consumer}"), link.amount)
            for link in self.links[output.product]
            if link.consumer not in inside
        ]
        if output.product == self.study.reference:
            amounts.append(self.demand)
        return [self._runs(output, total(amounts))] if amounts else []

    @staticmethod
    def _runs(output: Output, amount: Tree) -> Tree:
        carried = product(output.share, amount)
        return carried if output.amount == "1" else ("/", carried, output.amount)

    def _add_run(self, name: str, tree: Tree) -> None:
        process = self.study.processes[name]
        info = {"name": {"zh": process.name.zh, "en": process.name.en}}
        self.builder.node(f"run.{name}", "", tree, info, where(process.place))

    def add_loop(self, group: list[str]) -> None:
        if len(group) > LARGEST_LOOP:
            place = self.study.processes[group[0]].place
            raise FootproofError("E-LOOP-SIZE", where(place), processes=", ".join(group[:10]), most=LARGEST_LOOP)
        inside = set(group)
        for name in group:
            for consumer in group:
                self._add_coefficient(name, consumer)
        asked = {name: [p for o in self.products[name] for p in self._asked(o, inside)] for name in group}
        entries = [name for name in group if asked[name]]
        levels = self._levels(group, entries)
        for (name, entry), value in levels.items():
            info = {"what": "runs per run asked from outside the loop, solved exactly"}
            self.builder.node(level_node(name, entry), "", _literal(value, group), info)
        self._add_balances(group, entries)
        for name in entries:
            self.builder.node(f"asked.{name}", "", total(asked[name]), {"what": "runs asked from outside the loop"})
        for name in group:
            self._add_run(name, total([product(ref(level_node(name, e)), ref(f"asked.{e}")) for e in entries]))
        self.loops.append(Loop(tuple(group), tuple(entries)))

    def _add_coefficient(self, name: str, consumer: str) -> None:
        parts = [
            self._runs(
                output,
                total([link.amount for link in self.links[output.product] if link.consumer == consumer]),
            )
            for output in self.products[name]
            if any(link.consumer == consumer for link in self.links[output.product])
        ]
        if parts:
            info = {"what": "runs of the first per run of the second"}
            self.builder.node(coefficient_node(name, consumer), "", total(parts), info)

    def _levels(self, group: list[str], entries: list[str]) -> dict[tuple[str, str], Fraction]:
        rows = [
            [Fraction(name == consumer) - self._coefficient_value(name, consumer) for consumer in group]
            for name in group
        ]
        at = where(self.study.processes[group[0]].place)
        solution = _solve(rows, [[Fraction(name == entry) for entry in entries] for name in group], group, at)
        levels = {(n, e): solution[i][j] for i, n in enumerate(group) for j, e in enumerate(entries)}
        self._refuse_gain(rows, levels, group, at)
        return levels

    @staticmethod
    def _refuse_gain(
        rows: list[list[Fraction]], levels: Mapping[tuple[str, str], Fraction], group: list[str], at: Where
    ) -> None:
        """Refuse a loop that uses up more than it makes, credits left aside.

        Where all coefficients are inputs, a solution without negative runs exists exactly if the gain is below one
        (Perron and Frobenius); a credit is no reason to believe in a loop that feeds on itself.
        """
        inputs = [[min(value, Fraction(i == j)) for j, value in enumerate(row)] for i, row in enumerate(rows)]
        runs = list(levels.values())
        if inputs != rows:
            runs = [row[0] for row in _solve(inputs, [[Fraction(i == 0)] for i in range(len(group))], group, at)]
        if any(value < 0 for value in runs):
            raise FootproofError("E-LOOP-GAIN", at, processes=", ".join(group))

    def _coefficient_value(self, name: str, consumer: str) -> Fraction:
        key = coefficient_node(name, consumer)
        return self.builder.value(ref(key)) if key in self.builder.scope.values else Fraction(0)

    def _add_balances(self, group: list[str], entries: list[str]) -> None:
        known = self.builder.scope.values
        for name in group:
            for entry in entries:
                used = [
                    product(ref(coefficient_node(name, other)), ref(level_node(other, entry)))
                    for other in group
                    if coefficient_node(name, other) in known
                ]
                needed = total([*used, "1"] if name == entry else used)
                residual: Tree = ("-", ref(level_node(name, entry)), needed)
                self.builder.check(f"balance.{name}.{entry}", residual, {"what": "what runs equals what is asked"})

    def add_alternative(self, process: Process) -> None:
        """State the result under the alternative allocation of one process besides."""
        rows = [row for row in self.study.coproducts if row.process == process.id]
        units = {row.alternative_unit for row in rows}
        figures = [row.alternative for row in rows]
        if not rows or len(units) > 1 or any(figure is None for figure in figures) or not sum(f or 0 for f in figures):
            raise FootproofError("E-ALLOCATION-BASIS", where(process.place, "alternative"), process=process.id)
        at = where(rows[0].place, "alternative_unit")
        _check_basis_unit(process.alternative, rows[0].alternative_unit, at, process.id)
        replaced: dict[str, Tree] = {_share_name(row): _share(rows, row, alternative=True) for row in rows}
        replaced.update(self._solved_again(process, replaced))
        info = {
            "what": f"allocation of {process.id} by {process.alternative.value}",
            "name": {"zh": process.name.zh, "en": process.name.en},
        }
        self.builder.alternatives.append(
            {"id": f"allocation:{process.id}", "kind": "allocation", "set": replaced, "info": info}
        )

    def _solved_again(self, process: Process, shares: Mapping[str, Tree]) -> dict[str, Tree]:
        """Solve the loop a process belongs to under other shares."""
        for loop in self.loops:
            if process.id in loop.processes:
                other = SheetBuilder(self.builder.tables)
                for node in self.builder.nodes:
                    expr = shares.get(node["id"], node["expr"])
                    other.node(node["id"], node["unit"], expr, {})
                system = _System(other, self.study, self.outputs, (), self.demand)
                group = list(loop.processes)
                levels = system._levels(group, list(loop.entries))
                return {level_node(name, entry): _literal(value, group) for (name, entry), value in levels.items()}
        return {}


def coefficient_node(name: str, consumer: str) -> str:
    """Return the node that holds the runs of a process per run of another of its loop."""
    return f"link.{name}.{consumer}"


def level_node(name: str, entry: str) -> str:
    """Return the node that holds the runs of a process per run asked from outside of one of its loop."""
    return f"level.{name}.{entry}"


def _literal(value: Fraction, group: list[str]) -> Tree:
    text = exact.write((value.numerator, value.denominator))
    try:
        exact.number(text)
        return text
    except FootproofError:
        if value.denominator == 1 or max(abs(value.numerator), value.denominator) >= exact.STORED_BOUND:
            raise FootproofError("E-LOOP-SIZE", processes=", ".join(group[:10]), most=LARGEST_LOOP) from None
    return ("ratio", str(value.numerator), str(value.denominator))


def _solve(
    rows: list[list[Fraction]], right: list[list[Fraction]], group: list[str], at: Where
) -> list[list[Fraction]]:
    """Solve a small system exactly by elimination with row exchange."""
    size = len(rows)
    work = [[*row, *extra] for row, extra in zip(rows, right, strict=True)]
    for column in range(size):
        pivot = next((index for index in range(column, size) if work[index][column]), None)
        if pivot is None:
            raise FootproofError("E-LOOP-SINGULAR", at, processes=", ".join(group))
        work[column], work[pivot] = work[pivot], work[column]
        head = work[column][column]
        work[column] = [value / head for value in work[column]]
        for index in range(size):
            factor = work[index][column]
            if index != column and factor:
                work[index] = [a - factor * b for a, b in zip(work[index], work[column], strict=True)]
    return [row[size:] for row in work]


def _components(edges: Mapping[str, list[str]]) -> list[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_names: list[str] = []
    found: list[list[str]] = []
    for start in edges:
        if start in index:
            continue
        work = [(start, iter(edges[start]))]
        index[start] = low[start] = len(index)
        open_names.append(start)
        while work:
            name, others = work[-1]
            advanced = next((other for other in others if other not in index), None)
            if advanced is not None:
                index[advanced] = low[advanced] = len(index)
                open_names.append(advanced)
                work.append((advanced, iter(edges[advanced])))
                continue
            work.pop()
            reached = [low[other] for other in edges[name] if other in open_names]
            low[name] = min([low[name], *reached])
            if low[name] == index[name]:
                group = open_names[open_names.index(name) :]
                del open_names[open_names.index(name) :]
                found.append(sorted(group))
    return found

"""Compute the footprint of a study folder a second time, without the product.

Written from docs/reference/study.md alone; it imports nothing of footproof, so that an error in the product
does not repeat itself here. Figures are exact fractions. Published parameters are not looked up: the caller
gives them. Not covered: uncertainty, data quality, origins in the result (each has a weight), units inside
formulas (the caller writes them so that none is converted).

    python tests/oracles/study_oracle.py examples/nmc811-pack --known tests/oracles/known_2026.json
"""

import argparse
import ast
import csv
import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

Row = dict[str, str]
Product = tuple[str, str]  # process, product

# Units of the examples, as (kind, factor to the first unit of the kind).
UNITS: dict[str, tuple[str, Fraction]] = {
    "kg": ("mass", Fraction(1)),
    "mg": ("mass", Fraction(1, 1000000)),
    "g": ("mass", Fraction(1, 1000)),
    "t": ("mass", Fraction(1000)),
    "MJ": ("energy", Fraction(1)),
    "kJ": ("energy", Fraction(1, 1000)),
    "GJ": ("energy", Fraction(1000)),
    "kWh": ("energy", Fraction(36, 10)),
    "MWh": ("energy", Fraction(3600)),
    "t*km": ("transport", Fraction(1)),
    "tkm": ("transport", Fraction(1)),
    "kg*km": ("transport", Fraction(1, 1000)),
    "m3": ("volume", Fraction(1)),
    "L": ("volume", Fraction(1, 1000)),
    "Nm3": ("normal volume", Fraction(1)),
    "1e4 Nm3": ("normal volume", Fraction(10000)),
    "10^4*Nm3": ("normal volume", Fraction(10000)),
    "m2": ("area", Fraction(1)),
    "piece": ("piece", Fraction(1)),
}
ORIGIN_WEIGHTS = {"biogenic_removal": Fraction(-1)}
GWP_CO2_ONLY = {"CO2": Fraction(1), "CO2e": Fraction(1)}


@dataclass(frozen=True, slots=True)
class Known:
    """What the study does not hold itself: published values as of its date.

    Attributes:
        values: Published parameters and fuels by what stands in `from`, e.g. `param:cn.transport.rail`, for a
            fuel whose oxidation depends on the device with `/DEVICE` behind. A value and its unit. [kg CO2e / unit]
        electricity: Factor of `from = "electricity"` without contracts. [kg CO2e / kWh]
        technologies: Life-cycle factors of electricity by technology, for contracts. [kg CO2e / kWh]
        gwp: Global warming potentials by gas, or by `GAS ORIGIN` where it depends on that. [kg CO2e / kg]
    """

    values: Mapping[str, tuple[Fraction, str]]
    electricity: Fraction
    technologies: Mapping[str, Fraction] = field(default_factory=dict)
    gwp: Mapping[str, Fraction] = field(default_factory=lambda: GWP_CO2_ONLY)

    def potential(self, gas: str, origin: str) -> Fraction:
        """Return the global warming potential with its sign. [kg CO2e / kg]"""
        found = self.gwp[f"{gas} {origin}"] if f"{gas} {origin}" in self.gwp else self.gwp[gas]
        return found * ORIGIN_WEIGHTS.get(origin, Fraction(1))


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of the result, per declared unit. [kg CO2e]"""

    stage: str
    process: str
    exchange: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Result:
    """The footprint of one declared unit. [kg CO2e]"""

    terms: tuple[Term, ...]

    @property
    def total(self) -> Fraction:
        """Sum of all terms."""
        return sum((t.value for t in self.terms), Fraction(0))

    @property
    def stages(self) -> dict[str, Fraction]:
        """Sums by stage, in order of first appearance."""
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for term in self.terms:
            sums[term.stage] += term.value
        return dict(sums)


def _table(folder: Path, name: str) -> list[Row]:
    path = folder / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [{k: (v or "").strip() for k, v in row.items()} for row in csv.DictReader(handle)]


def _divide(a: Fraction, b: Fraction) -> Fraction:
    return a / b


OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: _divide,
}


def evaluate(text: str, name: Callable[[str], Fraction]) -> Fraction:
    """Return the value of an arithmetic expression of decimals, names, + - * / and brackets."""

    def walk(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -walk(node.operand)
        if isinstance(node, ast.Name):
            return name(node.id)
        if isinstance(node, ast.Constant):  # the source text, so that 0.1 is one tenth
            return Fraction(text[node.col_offset : node.end_col_offset])
        raise ValueError(f"not an arithmetic expression: {text}")

    text = text.strip()
    return walk(ast.parse(text, mode="eval").body)


class Study:
    """The tables of one study folder, with figures evaluated on demand."""

    def __init__(
        self, folder: Path, changes: Mapping[str, str] | None = None, alternatives: Collection[str] = ()
    ) -> None:
        """Read the folder.

        Args:
            folder: The study.
            changes: Figures that replace those of the study, for sensitivities: `parameter:NAME`,
                `factor:ID` or `exchange:ID`, each to a decimal or formula; `flow` to a formula.
            alternatives: Processes that share by the alternative basis.
        """
        changes = dict(changes or {})
        self.alternatives = alternatives
        self.toml = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"), parse_float=str)
        self.processes = {row["id"]: row for row in _table(folder, "processes.csv")}
        self.exchanges = _table(folder, "exchanges.csv")
        self.coproducts = _table(folder, "coproducts.csv")
        self.recycling = _table(folder, "recycling.csv")
        self.factors: dict[str, list[Row]] = defaultdict(list)
        for row in _table(folder, "factors.csv"):
            row["value"] = changes.pop(f"factor:{row['id']}", row["value"])
            self.factors[row["id"]].append(row)
        for row in self.exchanges:
            row["amount"] = changes.pop(f"exchange:{row['id']}", row["amount"])
        for key in self.toml.get("parameter", {}):
            if f"parameter:{key}" in changes:
                self.toml["parameter"][key]["value"] = changes.pop(f"parameter:{key}")
        self.flow = changes.pop("flow", self.toml["declared_unit"]["flow"])
        if changes:
            raise KeyError(f"nothing in the study is called {sorted(changes)}")

    def name(self, key: str) -> Fraction:
        """Return the value of a parameter or formula."""
        if key in self.toml.get("parameter", {}):
            return Fraction(str(self.toml["parameter"][key]["value"]))
        return evaluate(self.toml["formula"][key]["expr"], self.name)

    def figure(self, text: str) -> Fraction:
        """Return the value of a cell: a decimal, or a formula behind `=`."""
        return evaluate(text[1:], self.name) if text.startswith("=") else Fraction(text)

    def outputs(self, process: str) -> list[tuple[Product, Fraction, str, Fraction]]:
        """Return (product, amount, unit, share of the burden) of each output of one run."""
        rows = [r for r in self.coproducts if r["process"] == process]
        own = self.processes[process]
        if not rows or not own["allocation"]:
            return [((process, process), self.figure(own["amount"]), own["unit"], Fraction(1))]
        column = "alternative" if process in self.alternatives else "basis"
        basis = {r["product"]: self.figure(r[column]) for r in rows}
        whole = sum(basis.values(), Fraction(0))
        return [
            ((process, r["product"]), self.figure(r["amount"]), r["unit"], basis[r["product"]] / whole) for r in rows
        ]


def _convert(amount: Fraction, unit: str, wanted: str) -> Fraction:
    if unit == wanted:
        return amount
    (kind, size), (other, base) = UNITS[unit], UNITS[wanted]
    if kind != other:
        raise ValueError(f"{unit} is not {wanted}")
    return amount * size / base


def _product(reference: str) -> Product:
    process, _, product = reference.partition("/")
    return process, product or process


def _solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Return x of A·x = b by elimination; the systems here have a few dozen rows."""
    size = len(right)
    rows = [[*line, b] for line, b in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = next(k for k in range(i, size) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for k in range(size):
            if k != i and rows[k][i] != 0:
                part = rows[k][i]
                rows[k] = [a - part * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [line[size] for line in rows]


def levels(study: Study) -> dict[str, Fraction]:
    """Return how much of one run of each process serves one declared unit. [runs]

    A process with co-products counts with the share of the products that are taken.
    """
    outputs = {out[0]: out for p in study.processes for out in study.outputs(p)}
    index = {product: i for i, product in enumerate(outputs)}
    size = len(index)
    matrix = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    for row in study.exchanges:
        if not row["from"].startswith("process:"):
            continue
        taken = _product(row["from"].removeprefix("process:"))
        need = _convert(study.figure(row["amount"]), row["unit"], outputs[taken][2])
        need = -need if row["kind"] == "credit" else need
        for product, amount, _, share in study.outputs(row["process"]):
            matrix[index[taken]][index[product]] -= need * share / amount
    demand = [Fraction(0)] * size
    demand[index[_product(study.toml["reference"]["process"])]] = evaluate(study.flow, study.name)
    supply = _solve(matrix, demand)
    runs: dict[str, Fraction] = defaultdict(Fraction)
    for made, amount, _, share in outputs.values():
        runs[made[0]] += supply[index[made]] * share / amount
    return dict(runs)


class Valuation:
    """Turns a reference and an amount into kg CO2e."""

    def __init__(self, study: Study, known: Known, contracts: bool) -> None:
        self.study = study
        self.known = known
        self.electricity = known.electricity
        if contracts:
            for contract in study.toml.get("contract", []):
                share = Fraction(str(contract["share"]))
                green = known.technologies[contract["technology"]]
                self.electricity += share * (green - known.electricity)

    def factor(self, ident: str) -> tuple[Fraction, str]:
        """Return value and unit of a factor of the study, summed over its vector. [kg CO2e / unit]"""
        rows = self.study.factors[ident]
        if not rows:
            raise KeyError(f"factors.csv has no {ident}")
        total = sum(
            (
                _convert(self.study.figure(r["value"]), r["unit"].split()[0], "kg")
                * self.known.potential(r["gas"], r["origin"])
                for r in rows
            ),
            Fraction(0),
        )
        return total, rows[0]["unit"].split("/", 1)[1].strip(" ()")

    def worth(self, reference: str, amount: Fraction, unit: str) -> Fraction:
        """Return the burden of an amount of what `reference` points to. [kg CO2e]"""
        if reference == "electricity":
            value, per = self.electricity, "kWh"
        elif reference.startswith("factor:"):
            value, per = self.factor(reference.removeprefix("factor:"))
        else:
            value, per = self.known.values[reference]
        return value * _convert(amount, unit, per)

    def exchange(self, row: Row) -> Fraction:
        """Return the burden of one exchange for one run of its process. [kg CO2e]"""
        amount, unit = self.study.figure(row["amount"]), row["unit"]
        if row["distance_km"]:
            amount, unit = _convert(amount, unit, "t") * self.study.figure(row["distance_km"]), "t*km"
        if row["kind"] == "emission":
            return _convert(amount, unit, "kg") * self.known.potential(row["gas"], row["origin"])
        value = self.worth(f"{row['from']}/{row['device']}" if row["device"] else row["from"], amount, unit)
        if row["upstream"]:
            value += self.worth(row["upstream"], amount, unit)
        return -value if row["kind"] == "credit" else value


def _recovered(valuation: Valuation, row: Row) -> Fraction:
    """Return the circular footprint formula of one material, less the virgin input counted elsewhere.

    Rec. (EU) 2021/2279: (1-R1)Ev + R1(A·Er + (1-A)·Ev·Qin) + (1-A)·R2·(Er - Ev·Qout) + (1-R2)·ED.
    """
    figure = valuation.study.figure
    r1, r2, a, q_in, q_out = (figure(row[c]) for c in ("r1", "r2", "a", "q_in", "q_out"))
    amount = figure(row["amount"])
    virgin, recycled, disposal = (
        valuation.worth(row[c], amount, row["unit"]) if row[c] else Fraction(0)
        for c in ("virgin", "recycled", "disposal")
    )
    content = r1 * (a * recycled + (1 - a) * virgin * q_in - virgin)
    return content + (1 - a) * r2 * (recycled - virgin * q_out) + (1 - r2) * disposal


def footprint(
    folder: Path,
    known: Known,
    *,
    contracts: bool,
    recovery: bool,
    changes: Mapping[str, str] | None = None,
    alternatives: Collection[str] = (),
    excluded: Collection[str] = (),
) -> Result:
    """Return the footprint of one declared unit of a study.

    Args:
        folder: The study folder.
        known: Published values. [kg CO2e / unit]
        contracts: Whether contractual instruments count for `from = "electricity"`.
        recovery: Whether recycling.csv counts, by the circular footprint formula.
        changes: See `Study`.
        alternatives: See `Study`.
        excluded: Stages whose exchanges the rule leaves out.

    Returns:
        All terms, none left out.
    """
    study = Study(folder, changes, alternatives)
    valuation = Valuation(study, known, contracts)
    runs = levels(study)
    terms = [
        Term(
            row["stage"] or study.processes[row["process"]]["stage"],
            row["process"],
            row["id"],
            valuation.exchange(row) * runs[row["process"]],
        )
        for row in study.exchanges
        if not row["from"].startswith("process:")
        and (row["stage"] or study.processes[row["process"]]["stage"]) not in excluded
    ]
    if recovery:
        flow = evaluate(study.flow, study.name)
        terms += [
            Term("end_of_life", "recycling", row["id"], _recovered(valuation, row) * flow) for row in study.recycling
        ]
    return Result(tuple(terms))


def read_known(path: Path) -> Known:
    """Read published values from a JSON file of decimal strings."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Known(
        values={k: (Fraction(v), unit) for k, (v, unit) in data["values"].items()},
        electricity=Fraction(data["electricity"]),
        technologies={k: Fraction(v) for k, v in data["technologies"].items()},
        gwp=GWP_CO2_ONLY | {k: Fraction(v) for k, v in data.get("gwp", {}).items()},
    )


def _lines(result: Result, top: int) -> Iterable[str]:
    yield f"total  {float(result.total):12.6f} kg CO2e per declared unit"
    for stage, value in result.stages.items():
        yield f"  {stage:14s} {float(value):12.6f}  {float(value / result.total):8.2%}"
    for term in sorted(result.terms, key=lambda t: -abs(t.value))[:top]:
        yield f"  {term.exchange:32s} {float(term.value):12.6f}  {float(term.value / result.total):8.2%}"


def main() -> None:
    """Print the result of a study."""
    parser = argparse.ArgumentParser(description="Recompute a study independently of footproof.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--known", type=Path, default=Path(__file__).with_name("known_2026.json"))
    parser.add_argument("--no-contracts", action="store_true")
    parser.add_argument("--no-recovery", action="store_true")
    parser.add_argument("--change", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--top", type=int, default=15)
    args = parser.parse_args()
    result = footprint(
        args.folder,
        read_known(args.known),
        contracts=not args.no_contracts,
        recovery=not args.no_recovery,
        changes=dict(c.split("=", 1) for c in args.change),
    )
    print("\n".join(_lines(result, args.top)))


if __name__ == "__main__":
    main()

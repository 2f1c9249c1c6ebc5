"""Studies written by a few calls, for tests: in memory for the product, as a folder for the oracle.

The layout follows `docs/reference/study.md`. Everything named here is invented.
"""

import copy
import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from footproof.assess import Assessment, assess
from footproof.formats.study import StudyFiles, read_study
from footproof.model.rulebook import Rulebook
from footproof.rules.parameters import ParameterBook, shipped
from footproof.rules.rulebook import load_rulebook, read_rulebook

Row = dict[str, str]

GENERIC = "cn.gbt.24067@2024"
TRACTION = "cn.pcf.traction-battery@2026-provisional"
TODAY = date(2026, 6, 30)
CRITERIA = ("conveys", "unique", "retired", "period", "market")
DOCUMENT = "示例 / DEMO\n".encode()

COLUMNS = {
    "processes.csv": "id name_zh name_en stage amount unit allocation alternative source evidence note_zh note_en",
    "exchanges.csv": "process id kind name_zh name_en amount unit distance_km from device upstream gas origin basis "
    "stage tag evidence dq_technology dq_geography dq_time source note_zh note_en",
    "factors.csv": "id name_zh name_en value unit quantity scope role origin gas basis boundary region year source "
    "confidence dq_technology dq_geography dq_time note_zh note_en",
    "coproducts.csv": "process product name_zh name_en amount unit basis basis_unit alternative alternative_unit",
    "recycling.csv": "id name_zh name_en amount unit r1 r2 r3 a b q_in q_out virgin recycled disposal recycled_end "
    "avoided recovery displaced source "
    "note_zh note_en",
    "evidence.csv": "id file sha256 name_zh name_en captured",
}


BASIS_UNITS = {"mass": "kg", "energy": "MJ", "economic": "CNY (2025)", "given": "1", "": "1"}


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract for electricity, all five criteria met unless it says otherwise."""

    id: str
    technology: str
    share: str
    criteria: tuple[str, ...] = CRITERIA
    evidence: str = "paper"


@dataclass(slots=True)
class Draft:
    """A study in the making: rows of its tables, and what its study.toml says."""

    reference: str = "made"
    flow: str = "1"
    unit: str = "kg"
    start: str = "2025-01-01"
    end: str = "2025-12-31"
    parameters: dict[str, tuple[str, str]] = field(default_factory=dict)
    formulas: dict[str, tuple[str, str]] = field(default_factory=dict)
    contracts: list[Contract] = field(default_factory=list)
    processes: list[Row] = field(default_factory=list)
    exchanges: list[Row] = field(default_factory=list)
    factors: list[Row] = field(default_factory=list)
    coproducts: list[Row] = field(default_factory=list)
    recycling: list[Row] = field(default_factory=list)

    def process(self, name: str, amount: str = "1", unit: str = "kg", **more: str) -> "Draft":
        """Add a process; of the stage manufacturing unless told otherwise."""
        self.processes.append(_named(name) | {"stage": "manufacturing", "amount": amount, "unit": unit} | more)
        return self

    def exchange(self, process: str, name: str, amount: str, unit: str, source: str = "", **more: str) -> "Draft":
        """Add an exchange; an input unless told otherwise."""
        row = {"process": process, "id": name, "kind": "input", "amount": amount, "unit": unit, "from": source}
        self.exchanges.append(row | more)
        return self

    def emission(
        self, process: str, name: str, amount: str, unit: str, gas: str = "CO2", *, origin: str = "fossil"
    ) -> "Draft":
        """Add an emission to air."""
        return self.exchange(process, name, amount, unit, kind="emission", gas=gas, origin=origin)

    def factor(self, name: str, value: str, unit: str = "kg CO2e / kg", **more: str) -> "Draft":
        """Add a factor, or a row of one; life-cycle, undifferentiated unless told otherwise."""
        row = {
            "value": value,
            "unit": unit,
            "quantity": "life-cycle CO2e",
            "scope": "life cycle",
            "origin": "undifferentiated",
            "gas": "CO2e",
            "boundary": "cradle to gate",
            "region": "CN",
            "year": "2024",
            "source": "invented",
            "confidence": "derived",
        }
        self.factors.append(_named(name) | row | more)
        return self

    def coproduct(
        self, process: str, product: str, amount: str, unit: str, basis: str, *, alternative: str = ""
    ) -> "Draft":
        """Add an output of a process that has several; its basis in the unit that the allocation asks for."""
        made = next((row for row in self.processes if row["id"] == process), {})
        shares = {"basis": basis, "basis_unit": BASIS_UNITS[made.get("allocation", "")], "alternative": alternative}
        row = {"process": process, "product": product, "amount": amount, "unit": unit} | shares
        self.coproducts.append(
            _named("x")
            | row
            | {"alternative_unit": BASIS_UNITS[made.get("alternative", "")] if alternative else "", "id": ""}
        )
        return self

    def copy(self) -> "Draft":
        """Return an independent copy."""
        return copy.deepcopy(self)

    def tables(self) -> dict[str, bytes]:
        """Return the files of the folder, without the evidence itself."""
        paper = _named("paper") | {"file": "paper.txt", "sha256": hashlib.sha256(DOCUMENT).hexdigest()}
        rows = {
            "processes.csv": self.processes,
            "exchanges.csv": self.exchanges,
            "factors.csv": self.factors,
            "coproducts.csv": self.coproducts,
            "recycling.csv": self.recycling,
            "evidence.csv": [paper | {"captured": "2026-01-31"}],
        }
        return {"study.toml": self._head().encode()} | {name: _csv(name, found) for name, found in rows.items()}

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        (folder / "evidence").mkdir(parents=True, exist_ok=True)
        (folder / "evidence/paper.txt").write_bytes(DOCUMENT)
        for name, data in self.tables().items():
            (folder / name).write_bytes(data)
        return folder

    def assess(
        self, rule: str | Rulebook = GENERIC, known_on: date = TODAY, book: ParameterBook | None = None
    ) -> Assessment:
        """Return what the product makes of it."""
        study = read_study(StudyFiles(self.tables(), {"paper.txt": hashlib.sha256(DOCUMENT).hexdigest()}))
        edition = load_rulebook(rule) if isinstance(rule, str) else rule
        return assess(study, edition, shipped() if book is None else book, known_on)

    def value(self, rule: str | Rulebook = GENERIC, known_on: date = TODAY) -> Fraction:
        """Return the footprint, exactly."""
        return Fraction(self.assess(rule, known_on).result["value"])

    def _head(self) -> str:
        text = '{ zh = "示例", en = "DEMO" }'
        lines = ['format = "footproof-study/1"', 'id = "demo"', f"title = {text}", f"note = {text}"]
        lines += ["[product]", f"name = {text}", 'model = "X-1"', f"description = {text}"]
        lines += ["[producer]", f"name = {text}", f"address = {text}"]
        lines += ["[site]", f"name = {text}", f"address = {text}", 'region = "CN"']
        lines += ["[period]", f"start = {self.start}", f"end = {self.end}"]
        lines += ["[reference]", f'process = "{self.reference}"']
        lines += ["[declared_unit]", f"name = {text}", f'unit = "{self.unit}"', f'flow = "{self.flow}"']
        lines += [f"boundary = {text}"]
        for name, (value, unit) in self.parameters.items():
            lines += [f"[parameter.{name}]", f"value = {value}", f'unit = "{unit}"', f"name = {text}", 'source = "-"']
        for name, (expr, unit) in self.formulas.items():
            lines += [f"[formula.{name}]", f"expr = '{expr}'", f'unit = "{unit}"', f"name = {text}"]
        for contract in self.contracts:
            lines += ["[[contract]]", f'id = "{contract.id}"', f'technology = "{contract.technology}"']
            lines += [f"share = {contract.share}", f"criteria = {list(contract.criteria)}"]
            lines += [f'evidence = "{contract.evidence}"']
        return "\n".join(lines) + "\n"


def _named(name: str) -> Row:
    return {"id": name, "name_zh": "示例", "name_en": "DEMO"}


def _csv(name: str, rows: list[Row]) -> bytes:
    columns = COLUMNS[name].split()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def amended(name: str, change: Callable[[str], str]) -> Rulebook:
    """Return a shipped edition whose `rule.toml` has been changed; another edition, by its digest."""
    shipped_one = load_rulebook(name)
    before = shipped_one.files["rule.toml"].decode()
    after = change(before)
    assert after != before, "the change did not take"
    return read_rulebook({**shipped_one.files, "rule.toml": after.encode()}, load_rulebook)


def exact(found: object) -> Fraction:
    """Return a figure of a result as a fraction."""
    return Fraction(str(found))

"""The battery study says what its sources say, and its README says what the study gives.

Amounts whose `source` reads `premise [ACTIVITY] EXCHANGE + EXCHANGE` claim to equal the open inventory
lci-batteries-NMC111-811-NCA-LFP.xlsx (premise, BSD-3-Clause; Dai et al. 2019, Crenna et al. 2021). The oracle
is tests/oracles/study_oracle.py, which knows nothing of the product; its arithmetic is held against worked
examples of the circular footprint formula and against a loop solved by hand.
"""

import csv
import hashlib
import json
import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from oracles.study_oracle import Known, Result, Study, footprint, levels, read_known  # noqa: E402

STUDY = ROOT / "examples/nmc811-pack"
SHARED = ROOT.parent / "shared/data"
WORKBOOK = SHARED / "lci/premise-inventories/lci-batteries-NMC111-811-NCA-LFP.xlsx"
FACTORS = SHARED / "factors/battery_factors.csv"
KNOWN = read_known(ROOT / "tests/oracles/known_2026.json")
CLAIM = re.compile(r"premise \[(?P<activity>.+?)\] (?P<exchanges>.+)")
LITRES = Fraction(1000)  # kg of waste water in the cubic metres of the inventory
HYDRATES = {"M01": "NiSO4", "M02": "CoSO4", "M03": "MnSO4", "M04": "LiOH"}
STAGES = {"raw_materials", "manufacturing", "distribution", "use", "end_of_life"}
KINDS = {"input", "fuel", "emission", "treatment", "credit"}
COLUMNS = {
    "processes.csv": "id name_zh name_en stage amount unit allocation alternative source evidence note_zh note_en",
    "exchanges.csv": "process id kind name_zh name_en amount unit distance_km from device upstream gas "
    "origin basis stage tag meter evidence dq_technology dq_geography dq_time source note_zh note_en",
    "factors.csv": "id name_zh name_en value unit quantity scope role origin gas basis boundary region year "
    "source confidence dq_technology dq_geography dq_time note_zh note_en",
    "recycling.csv": "id name_zh name_en amount unit r1 r2 a q_in q_out virgin recycled disposal source "
    "note_zh note_en",
    "evidence.csv": "id file sha256 name_zh name_en captured",
}


def table(name: str) -> list[dict[str, str]]:
    with (STUDY / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


EXCHANGES = table("exchanges.csv")
CLAIMED = [row for row in EXCHANGES if CLAIM.fullmatch(row["source"])]


@pytest.fixture(scope="module")
def inventory() -> dict[str, dict[str, Fraction]]:
    """Amounts of the workbook by activity and exchange; several of one name are added up."""
    if not WORKBOOK.exists():
        pytest.skip("the premise inventories are not beside the repository")
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    book = openpyxl.load_workbook(WORKBOOK, read_only=True, data_only=True)
    activity = ""
    for name, *rest in book.worksheets[0].iter_rows(values_only=True):
        if name == "Activity":
            activity = str(rest[0])
        elif "technosphere" in rest:
            amount = next(cell for cell in rest if isinstance(cell, int | float))
            size = LITRES if "cubic meter" in rest else Fraction(1)
            found[activity][str(name)] += Fraction(repr(amount)) * size
    book.close()
    return found


def claimed_amount(row: dict[str, str], study: Study) -> Fraction:
    """The amount that the inventory has: of a working step it is the kg worked, not the kWh."""
    text = row["amount"]
    if text == "=assembly_electricity * enclosure":
        return study.name("assembly_electricity")
    return Fraction(text.removeprefix("=").split("*")[0].strip())


@pytest.mark.parametrize("row", CLAIMED, ids=lambda r: r["id"])
def test_amount_equals_the_published_inventory(row: dict[str, str], inventory: dict[str, dict[str, Fraction]]) -> None:
    claim = CLAIM.fullmatch(row["source"])
    assert claim
    activity = inventory[claim["activity"]]
    published: Fraction = sum((abs(activity[name]) for name in claim["exchanges"].split(" + ")), Fraction(0))
    assert published != 0, "the inventory has no such exchange"
    mine = claimed_amount(row, Study(STUDY))
    assert abs(mine - published) <= published / 10**11, f"{float(mine)} != {float(published)}"


def test_most_of_the_foreground_makes_that_claim() -> None:
    assert len(CLAIMED) > 100
    without = {row["process"] for row in EXCHANGES} - {row["process"] for row in CLAIMED}
    assert without == {"pvdf", "cell_treatment"}


def test_what_is_left_out_of_the_inventory_is_known(inventory: dict[str, dict[str, Fraction]]) -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for row in CLAIMED:
        claim = CLAIM.fullmatch(row["source"])
        assert claim
        used[claim["activity"]] |= set(claim["exchanges"].split(" + "))
    cable = "market for cable, ribbon cable, 20-pin, with plugs"  # split in two rows
    left = {name for activity in used for name in inventory[activity] if name not in used[activity]} - {cable}
    allowed = ("aircraft", "light commercial", "factory", "facility", "spent solvent")
    assert [name for name in sorted(left) if not any(word in name for word in allowed)] == []


def test_cell_mass_is_closed() -> None:
    kg = [
        Fraction(r["amount"])
        for r in EXCHANGES
        if r["process"] == "cell" and r["unit"] == "kg" and r["amount"][0] != "="
    ]
    assert abs(sum(kg, Fraction(-1))) < Fraction(1, 1000)


def test_factors_are_those_of_the_fact_base() -> None:
    if not FACTORS.exists():
        pytest.skip("battery_factors.csv is not beside the repository")
    with FACTORS.open(encoding="utf-8", newline="") as handle:
        facts = {row["id"]: row for row in csv.DictReader(handle)}
    shared = [row for row in table("factors.csv") if row["id"] in facts]
    assert len(shared) > 25
    for row in shared:
        assert Fraction(row["value"]) == Fraction(facts[row["id"]]["value"]), row["id"]
        if facts[row["id"]]["verified"] == "no":
            assert row["confidence"] in {"recalled", "derived"}, row["id"]
            assert "替代数据（未核实）" in row["note_zh"], row["id"]
            assert "not verified" in row["note_en"], row["id"]


@pytest.mark.parametrize("row", table("factors.csv"), ids=lambda r: r["id"])
def test_factor_is_documented(row: dict[str, str]) -> None:
    assert Decimal(row["value"]).is_finite()
    assert row["source"]
    assert row["region"]
    assert row["boundary"]
    assert 2000 <= int(row["year"]) <= 2026
    assert row["confidence"] in {"official", "secondary", "derived", "recalled"}
    assert row["scope"] in {"life cycle", "upstream", "direct"}
    assert all(row[c] in {"1", "2", "3", "4", "5"} for c in ("dq_technology", "dq_geography", "dq_time"))
    assert "ecoinvent" not in " ".join(row.values()).lower()
    assert row["name_zh"]
    assert row["name_en"]


def test_basis_of_hydrates_agrees_on_both_sides() -> None:
    basis = {row["id"]: row["basis"] for row in table("factors.csv")}
    for ident, salt in HYDRATES.items():
        assert basis[ident] == f"{salt} (anhydrous)"
    for row in EXCHANGES:
        if row["from"].startswith("factor:"):
            assert row["basis"] == basis[row["from"].removeprefix("factor:")], row["id"]


def test_every_reference_leads_somewhere() -> None:
    processes = {row["id"] for row in table("processes.csv")}
    factors = {row["id"]: row for row in table("factors.csv")}
    assert len({row["id"] for row in EXCHANGES}) == len(EXCHANGES)
    for row in EXCHANGES:
        assert row["process"] in processes
        assert row["kind"] in KINDS
        assert row["stage"] in STAGES | {""}
        head, _, tail = row["from"].partition(":")
        known = {
            "process": tail in processes,
            "factor": tail in factors,
            "param": row["from"] in KNOWN.values,
        }
        assert known.get(head, row["from"] == "electricity" or row["kind"] == "emission"), row["id"]
        if head == "factor" and factors[tail]["scope"] == "direct":
            assert row["upstream"], row["id"]


def test_stages_follow_annex_ii() -> None:
    stage = {row["id"]: row["stage"] for row in table("processes.csv")}
    for name in ("copper_foil", "aluminium_foil", "separator", "enclosure", "control", "oxide"):
        assert stage[name] == "raw_materials"
    for row in EXCHANGES:
        if row["from"] == "electricity":
            assert (row["stage"] or stage[row["process"]]) == "manufacturing", row["id"]


def test_every_table_has_exactly_the_columns_of_the_format() -> None:
    for name, columns in COLUMNS.items():
        with (STUDY / name).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        assert rows[0] == columns.split()
        assert {len(row) for row in rows} == {len(rows[0])}, name


def test_figures_have_at_most_twelve_digits() -> None:
    cells = [r["amount"] for r in EXCHANGES] + [r["value"] for r in table("factors.csv")]
    for figure in re.findall(r"\d+\.?\d*", " ".join(cells)):
        assert len(Decimal(figure).normalize().as_tuple().digits) <= 12, figure


def test_study_toml_holds_what_the_traction_rules_ask_for() -> None:
    study = tomllib.loads((STUDY / "study.toml").read_text(encoding="utf-8"))
    units = {name: figure.get("unit") for name, figure in study["parameter"].items()}
    assert units["capacity"] == "kWh"
    assert units["full_cycles_per_year"] == "1/a"
    assert units["warranty_years"] == "a"
    assert units["cycle_life"] == units["average_retention"] == "1"
    read = Study(STUDY)
    assert read.name("capacity") == read.name("pack_mass") * read.name("cell_share") * read.name("cell_energy")
    assert read.name("cells") + read.name("enclosure") == read.name("pack_mass")
    for record in (study["producer"], study["site"], study["product"], study):
        name = record["title"] if "title" in record else record["name"]
        assert "示例" in name["zh"]
        assert re.search("DEMO|Demo", name["en"])


def test_evidence_is_there_and_says_demo() -> None:
    rows = table("evidence.csv")
    idents = {row["id"] for row in rows}
    for row in rows:
        data = (STUDY / "evidence" / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"], row["file"]
        assert "示例 / DEMO" in data.decode()
    assert {path.name for path in (STUDY / "evidence").iterdir()} == {row["file"] for row in rows}
    study = tomllib.loads((STUDY / "study.toml").read_text(encoding="utf-8"))
    cited = {row["evidence"] for row in EXCHANGES + table("processes.csv")} - {""}
    cited |= {p["evidence"] for p in study["parameter"].values() if "evidence" in p}
    cited |= {c["evidence"] for c in study["contract"]}
    assert cited == idents


def test_oracle_is_given_the_published_values() -> None:
    """The newest edition known on the day of the study, read from the parameter files as plain TOML."""
    published = {}
    for path in (ROOT / "src/footproof/params/cn").rglob("*.toml"):
        record = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Fraction)
        values = [v for v in record.get("value", []) if str(v["published"]) <= "2026-06-30" and "data_year" in v]
        if values:
            newest = max(values, key=lambda v: int(v["data_year"]))
            published[f"param:{record['id']}"] = (newest["value"], record.get("scope"))
    for ident, (value, _) in KNOWN.values.items():
        assert published[ident][0] == value, ident
    assert KNOWN.electricity == published["param:cn.electricity.average"][0]
    for name, value in KNOWN.technologies.items():
        generation = published[f"param:cn.electricity.{name}"][0]
        assert generation + published["param:cn.electricity.transmission_with_losses"][0] == value, name
    for row in EXCHANGES:
        if row["from"].startswith("param:"):
            assert bool(row["upstream"]) == (published[row["from"]][1] == "direct"), row["id"]


# ---- the figures of the README


@pytest.fixture(scope="module")
def base() -> Result:
    return footprint(STUDY, KNOWN, contracts=False, recovery=True)


def readme_rows() -> list[list[str]]:
    lines = (STUDY / "README.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def near(printed: str, value: Fraction) -> bool:
    """Whether a printed decimal is the value, rounded."""
    digits = len(printed.partition(".")[2])
    return abs(Fraction(printed) - value) <= Fraction(1, 2 * 10**digits)


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ("raw_materials", {"原材料获取及预加工", "raw materials"}),
        ("manufacturing", {"生产制造", "manufacturing"}),
        ("distribution", {"分销", "distribution"}),
        ("end_of_life", {"报废回收", "end of life"}),
        ("", {"合计", "total"}),
    ],
)
def test_readme_states_the_stages(stage: str, names: set[str], base: Result) -> None:
    value = base.stages[stage] if stage else base.total
    rows = [row for row in readme_rows() if row[0] in names and len(row) == 4]
    assert len(rows) == 2
    for row in rows:
        assert near(row[1], value)
        assert near(row[2], value * Fraction("79.52") / 400)
        assert near(row[3].removesuffix(" %"), 100 * value / base.total)


SENSITIVITIES = {
    ("19 kg/kg Ni",): {"factor:M01": "7.3018"},  # 19 x 0.3793 + 0.634 x 0.15
    ("59 kg/kg Ni",): {"factor:M01": "22.4738"},
    ("24.5",): {"factor:M04": "37.79"},  # 24.5 x 1.5425
    ("13.8",): {"factor:M10": "13.8"},
    ("30 kg/kg",): {"parameter:film_extrusion": "48.97"},  # (30 - 1.7135) / 0.5777
    ("减半", "halved"): {"factor:M29": "92.5", "factor:M30": "15"},
    ("→ 15.1",): {"factor:M25": "15.1"},
    ("→ 20.3",): {"factor:M25": "20.3"},
    ("0.92",): {"factor:E02": "0.0773913"},  # 0.0712 / 0.92
}


@pytest.mark.parametrize(("words", "changes"), SENSITIVITIES.items(), ids=lambda x: str(x)[:20])
def test_readme_states_the_sensitivities(words: tuple[str, ...], changes: dict[str, str], base: Result) -> None:
    total = footprint(STUDY, KNOWN, contracts=False, recovery=True, changes=changes).total
    rows = [r for r in readme_rows() if len(r) == 3 and "%" in r[2] and any(w in r[0] for w in words)]
    assert len(rows) == 2
    for row in rows:
        assert near(row[1], total)
        assert near(row[2].removesuffix(" %"), 100 * (total / base.total - 1))


def test_readme_states_the_variants(base: Result) -> None:
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    wind = footprint(STUDY, KNOWN, contracts=True, recovery=True).total
    plain = footprint(STUDY, KNOWN, contracts=False, recovery=False).total
    older = replace(
        KNOWN,
        electricity=Fraction("0.6205"),
        values={**KNOWN.values, "param:cn.electricity.average": (Fraction("0.6205"), "kWh")},
    )
    earlier = footprint(STUDY, older, contracts=False, recovery=True).total
    gate = base.stages["raw_materials"] + base.stages["manufacturing"]
    density = Fraction("0.1988")
    for printed, value in {
        "71.19": wind,
        "83.01": plain,
        "72.92": earlier,
        "75.17": gate,
        "14.94": gate * density,
        "114.95": gate * density / Fraction("0.13"),
        "0.1498": base.total / 480,
    }.items():
        assert near(printed, value)
        assert text.count(printed) >= 2, f"{printed} is not in both languages"


def test_readme_states_the_largest_items(base: Result) -> None:
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    for term in sorted(base.terms, key=lambda t: -abs(t.value))[:7]:
        printed = f"{float(100 * term.value / base.total):.1f} %".replace("-", "−")
        assert text.count(printed) >= 2, (term.exchange, printed)


def test_contract_moves_only_manufacturing(base: Result) -> None:
    wind = footprint(STUDY, KNOWN, contracts=True, recovery=True)
    kwh = sum(
        (t.value for t in base.terms if {r["id"]: r["from"] for r in EXCHANGES}.get(t.exchange) == "electricity"),
        Fraction(0),
    )
    saved = kwh * Fraction(1, 4) * (1 - KNOWN.technologies["wind"] / KNOWN.electricity)
    assert base.total - wind.total == saved
    assert base.stages["raw_materials"] == wind.stages["raw_materials"]


def test_meters_agree_with_the_study() -> None:
    """The DEMO meter sheet is worked out from the inventory: 10,000 packs."""
    study = Study(STUDY)
    runs = levels(study)
    kwh = sum(
        (study.figure(r["amount"]) * runs[r["process"]] for r in EXCHANGES if r["from"] == "electricity"),
        Fraction(0),
    )
    megawatt_hours = kwh * study.name("capacity") * 10
    text = (STUDY / "evidence/meters-2025.md").read_text(encoding="utf-8")
    printed = re.search(r"Electricity \| ([\d,.]+) MWh", text)
    assert printed
    assert near(printed[1].replace(",", ""), megawatt_hours)


# ---- the oracle itself

TOML = """
[reference]
process = "made"
[declared_unit]
flow = "1"
[parameter.part]
value = 0.1
[formula.rest]
expr = "1 - part * 2"
"""
NONE = Known(values={}, electricity=Fraction(0))


def small(folder: Path, **tables: str) -> Path:
    (folder / "study.toml").write_text(TOML, encoding="utf-8")
    for name, columns in COLUMNS.items():
        head = columns.split()
        lines = [
            dict(zip(head, [""] * len(head), strict=True)) | row for row in json.loads(tables.get(name[:-4], "[]"))
        ]
        with (folder / name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, head)
            writer.writeheader()
            writer.writerows(lines)
    return folder


def test_oracle_solves_a_loop(tmp_path: Path) -> None:
    """Power uses a tenth of itself: 1 / (1 - 0.1) kWh for each kWh delivered."""
    folder = small(
        tmp_path,
        processes='[{"id": "made", "stage": "manufacturing", "amount": "1", "unit": "kWh"}]',
        exchanges='[{"process": "made", "id": "own", "kind": "input", "amount": "=part", "unit": "kWh", '
        '"from": "process:made"}, {"process": "made", "id": "gas", "kind": "emission", "amount": "=rest", '
        '"unit": "kg", "gas": "CO2", "origin": "fossil"}]',
    )
    result = footprint(folder, NONE, contracts=False, recovery=False)
    assert result.total == Fraction(8, 10) / Fraction(9, 10)


@pytest.mark.parametrize(
    ("row", "factors", "total"),
    [
        ({"r1": "0", "r2": "0.9", "a": "0.2"}, ("10", "1", "0.01"), "3.521"),
        ({"r1": "0.72", "r2": "0.95", "a": "0.2"}, ("6", "1.5", "0.01"), "1.9325"),
    ],
    ids=["aluminium", "copper"],
)
def test_oracle_follows_the_circular_footprint_formula(
    row: dict[str, str], factors: tuple[str, str, str], total: str, tmp_path: Path
) -> None:
    """Rec. (EU) 2021/2279 with unit amounts, virgin input counted as an exchange; worked by hand."""
    record = {"id": "metal", "amount": "1", "unit": "kg", "q_in": "1", "q_out": "1", **row}
    record |= {"virgin": "factor:v", "recycled": "factor:r", "disposal": "factor:d"}
    folder = small(
        tmp_path,
        processes='[{"id": "made", "stage": "raw_materials", "amount": "1", "unit": "kg"}]',
        exchanges='[{"process": "made", "id": "in", "kind": "input", "amount": "1", "unit": "kg", "from": "factor:v"}]',
        factors=json.dumps(
            [
                {"id": i, "value": v, "unit": "kg CO2e / kg", "gas": "CO2e", "origin": "undifferentiated"}
                for i, v in zip("vrd", factors, strict=True)
            ]
        ),
        recycling=json.dumps([record]),
    )
    assert footprint(folder, NONE, contracts=False, recovery=True).total == Fraction(total)


@settings(deadline=None, max_examples=20)
@given(scale=st.fractions(min_value="0.01", max_value=100, max_denominator=1000))
def test_footprint_of_a_unit_does_not_depend_on_the_size_of_the_pack(scale: Fraction) -> None:
    mass = (Decimal((400 * scale).numerator) / Decimal((400 * scale).denominator)).quantize(Decimal("0.001"))
    capacity = Fraction(mass) * Fraction("0.71") * Fraction("0.28")
    changes = {"parameter:pack_mass": str(mass), "parameter:capacity": str(capacity)}
    total = footprint(STUDY, KNOWN, contracts=False, recovery=True, changes=changes).total
    assert total == footprint(STUDY, KNOWN, contracts=False, recovery=True).total


@settings(deadline=None, max_examples=20)
@given(factor=st.sampled_from(["M01", "M04", "M10", "M25", "E02"]), value=st.decimals("0", "100", places=4))
def test_result_is_linear_in_a_factor(factor: str, value: Decimal) -> None:
    def total(at: Decimal) -> Fraction:
        changes = {f"factor:{factor}": str(at)}
        return footprint(STUDY, KNOWN, contracts=False, recovery=True, changes=changes).total

    zero, one = total(Decimal(0)), total(Decimal(1))
    assert total(value) == zero + (one - zero) * Fraction(value)

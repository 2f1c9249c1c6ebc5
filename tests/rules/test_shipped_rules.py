"""The shipped rulebooks against figures worked by hand, laws of their formulas, and each other.

Vectors: fact base of carbon rules, sections 4.2, 4.3 and 8.2. What is recalled or secondary says so in the data.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.draft import DOCUMENT, GENERIC, TODAY, TRACTION, Contract, Draft, exact
from footproof.assess import Assessment, assess
from footproof.errors import FootproofError
from footproof.expressions.exact import normalise
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.model.rulebook import Rulebook, Status
from footproof.rules.cases import run_cases, worked_out
from footproof.rules.limits import load_limit, read_limit, shipped_limits
from footproof.rules.lint import lint
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import edition_files, load_rulebook, shipped_editions
from footproof.rules.treatments import treatments

ROOT = Path(__file__).resolve().parents[2]
EU = "eu.cfb@draft-2024-04"
PV = "cn.pv.module@provisional"
STEEL = "cn.steel.eaf@provisional"
CEMENT = "cn.cement@provisional"
CAR = "cn.ev@provisional-skeleton"
MOTOR = "cn.drive-motor@provisional-skeleton"
SECTORS = (TRACTION, PV, STEEL, CEMENT, CAR, MOTOR)
EDITIONS = [f"{name}@{each}" for name, editions in shipped_editions().items() for each in editions]
SHARES = st.decimals(min_value=0, max_value=1, places=3)
BURDENS = st.decimals(min_value=-20, max_value=20, places=3)


@cache
def edition(name: str) -> Rulebook:
    return load_rulebook(name)


def computed(draft: Draft, rule: str, words: Mapping[str, str] | None = None) -> Assessment:
    """Return what a rule makes of a draft that also gives some words."""
    tables = draft.tables()
    for name, word in (words or {}).items():
        text = f'[parameter.{name}]\ntext = "{word}"\nname = {{ zh = "示例", en = "DEMO" }}\nsource = "-"\n'
        tables["study.toml"] += text.encode()
    study = read_study(StudyFiles(tables, {"paper.txt": hashlib.sha256(DOCUMENT).hexdigest()}))
    return assess(study, edition(rule), shipped(), TODAY)


def example(folder: str, rule: str) -> Assessment:
    study = read_study(read_folder(ROOT / "examples" / folder))
    return assess(study, edition(rule), shipped(), date(2026, 6, 30))


def pack(burden: str = "5000", capacity: str = "60", years: str | None = "8") -> Draft:
    """A pack of one piece that gives off some carbon dioxide in manufacturing."""
    draft = Draft(reference="pack", unit="piece").process("pack", unit="piece").emission("pack", "e", burden, "kg")
    draft.parameters = {"capacity": (capacity, "kWh"), "pack_mass": ("400", "kg")}
    if years is not None:
        draft.parameters["warranty_years"] = (years, "a")
    return draft


# ---- every edition


def test_what_ships() -> None:
    assert set(EDITIONS) == {GENERIC, EU, *SECTORS}
    standing = {name: edition(name).status for name in EDITIONS}
    assert standing[GENERIC] is Status.IN_FORCE
    assert standing[EU] is Status.DRAFT
    assert {standing[name] for name in SECTORS} == {Status.PROVISIONAL}


@pytest.mark.parametrize("name", EDITIONS)
def test_every_worked_example_holds(name: str) -> None:
    results = run_cases(edition(name))
    assert [(item.name, item.expected, item.found) for item in results if item.expected != item.found] == []


@pytest.mark.parametrize("name", [EU, *SECTORS])
def test_an_edition_is_clean(name: str) -> None:
    assert [(item.problem.code, item.clause) for item in lint(edition_files(name), load_rulebook)] == []


@pytest.mark.parametrize("name", [EU, *SECTORS])
def test_no_edition_that_is_not_in_force_passes_for_one(name: str) -> None:
    rule = edition(name)
    assert "No real" in rule.status_note.en or "only" in rule.status_note.en
    assert "不得据此" in rule.status_note.zh


@pytest.mark.parametrize("name", SECTORS)
def test_a_sector_inherits_the_general_framework(name: str) -> None:
    rule, parent = edition(name), edition(GENERIC)
    assert rule.parent == GENERIC
    assert set(parent.clauses) <= set(rule.clauses)
    assert (rule.gwp, rule.biogenic, rule.methane, rule.electricity) == (
        parent.gwp,
        parent.biogenic,
        parent.methane,
        parent.electricity,
    )
    assert rule.axes["electricity"].open
    assert rule.axes["electricity"].default == "average_only"


def test_both_batteries_name_their_axes_and_figures_alike() -> None:
    here, there = edition(TRACTION), edition(EU)
    assert list(here.axes) == list(there.axes) == ["lifetime", "electricity", "end_of_life"]
    assert not any(axis.open for axis in there.axes.values())
    assert {"capacity", "warranty_years"} <= set(here.requirements) & set(there.requirements)
    for name in ("lifetime_energy", "formula_share"):
        assert here.formulas[name].axis == there.formulas[name].axis != ""
    assert [(t.id, t.stage, t.factor) for t in here.recycling] == [(t.id, t.stage, t.factor) for t in there.recycling]


# ---- EU: total energy


FULL_CYCLES = {"M1": 60, "N1": 60, "L": 20, "M2": 250, "M3": 250, "N2": 250, "N3": 250}
DISTANCE = {"M1": 20000, "N1": 20000, "L": 5000, "M2": 60000, "M3": 60000, "N2": 60000, "N3": 60000}


@given(
    category=st.sampled_from(sorted(FULL_CYCLES)),
    capacity=st.integers(1, 900),
    years=st.integers(1, 15),
    distance=st.integers(0, 900_000),
)
def test_total_energy_takes_the_shorter_of_years_and_mileage(
    category: str, capacity: int, years: int, distance: int
) -> None:
    rule = edition(EU)
    figures: dict[str, Decimal | str] = {"lifetime": "warranty", "vehicle_category": category}
    figures |= {"capacity": Decimal(capacity), "warranty_years": Decimal(years), "warranty_km": Decimal(distance)}
    lasts = min(Fraction(years), Fraction(distance, DISTANCE[category])) if distance else Fraction(years)
    found = worked_out(rule, "lifetime_energy", figures)
    assert isinstance(found, tuple)
    assert Fraction(*found) == capacity * FULL_CYCLES[category] * lasts


@pytest.mark.parametrize("other", ["M1", "L", "M2"])
def test_another_vehicle_counts_as_the_category_its_maker_takes(other: str) -> None:
    own = computed(pack(), EU, {"vehicle_category": other})
    taken = computed(pack(), EU, {"vehicle_category": f"other_as_{other}"})
    assert own.result["value"] == taken.result["value"]


def test_the_hand_vector_of_the_pack() -> None:
    """60 kWh, M1, 8 years: 28,800 kWh; 5,000 kg CO2e are 0.1736111 per kWh, 400 kg are 0.0138889 kg per kWh."""
    found = computed(pack(), EU, {"vehicle_category": "M1"})
    assert found.result["nodes"]["rule.lifetime_energy"] == "28800"
    assert exact(found.result["value"]) == Fraction(5000, 28800)
    assert found.result["declared"] == "0.173611"
    flow = exact(found.result["beside"]["reference_flow"])
    assert flow == Fraction(400, 28800)
    assert f"{float(flow):.7f}" == "0.0138889"


def test_a_study_that_says_nothing_of_its_warranty_gets_five_years_and_is_told() -> None:
    found = computed(pack(years=None), EU, {"vehicle_category": "M1"})
    assert found.result["nodes"]["rule.lifetime_energy"] == "18000"
    told = {item["subject"]: item["detail"] for item in found.findings if item["code"] == "default-used"}
    assert told == {"warranty_years": "5 a", "warranty_km": "0 km"}


def test_what_the_study_gives_goes_before_the_default() -> None:
    draft = pack()
    draft.parameters["warranty_km"] = ("100000", "km")
    found = computed(draft, EU, {"vehicle_category": "M1"})
    assert found.result["nodes"]["rule.lifetime_energy"] == "18000"
    assert not [item for item in found.findings if item["code"] == "default-used"]
    assert not [name for name in found.result["nodes"] if name.startswith("default.")]


def test_a_category_is_never_assumed() -> None:
    with pytest.raises(FootproofError) as caught:
        computed(pack(), EU)
    assert caught.value.code == "E-RULE-REQUIRES"
    with pytest.raises(FootproofError) as caught:
        computed(pack(), EU, {"vehicle_category": "tractor"})
    assert caught.value.code == "E-RULE-WORD"


def test_the_nmc111_pack_by_stage() -> None:
    """Stage values of a published CFB-EV study (pefdpp, CC BY 4.0); its background is licensed, so sums only."""
    stages = {
        "raw_materials": "0.107882",
        "manufacturing": "0.0495404",
        "distribution": "0.00384565",
        "end_of_life": "-0.00643165",
    }
    energy = 480 * Decimal(60)
    draft = Draft(reference="pack", unit="piece").process("pack", unit="piece")
    draft.parameters = {"capacity": ("60", "kWh"), "warranty_years": ("8", "a"), "pack_mass": ("400", "kg")}
    draft.factor("one", "1")
    for name, value in stages.items():
        amount = normalise(abs(Decimal(value)) * energy)
        kind = "credit" if value.startswith("-") else "input"
        draft.exchange("pack", name.replace("_", "-"), amount, "kg", "factor:one", kind=kind, stage=name)
    result = computed(draft, EU, {"vehicle_category": "M1"}).result
    assert {name: exact(stage["total"]) for name, stage in result["stages"].items()} == {
        name: Fraction(value) for name, value in stages.items()
    }
    total = exact(result["value"])
    assert total == Fraction("0.15483640")
    assert f"{float(total):.4f}" == "0.1548"
    shares = [round(float(100 * Fraction(value) / total), 3) for value in stages.values()]
    assert shares == pytest.approx([69.675, 31.995, 2.484, -4.154], abs=1e-3)


# ---- EU: electricity


def test_contracts_do_not_count_and_a_supplier_with_a_line_of_its_own_does() -> None:
    draft = pack().exchange("pack", "power", "1000", "kWh", "electricity")
    bought = draft.copy()
    bought.contracts = [Contract("wind", "wind", "0.5")]
    category = {"vehicle_category": "M1"}
    assert computed(bought, EU, category).result["value"] == computed(draft, EU, category).result["value"]
    line = pack().factor("line", "0.03", "kg CO2e / kWh").exchange("pack", "power", "1000", "kWh", "factor:line")
    difference = exact(computed(draft, EU, category).result["value"]) - exact(
        computed(line, EU, category).result["value"]
    )
    assert difference == 1000 * (Fraction("0.5777") - Fraction("0.03")) / 28800


# ---- Circular Footprint Formula


CFF = ("a", "b", "r1", "r2", "r3", "ev", "ev_star", "erec", "erec_eol", "q_in", "q_out", "ed")
ENERGY = ("eer", "lhv", "x_heat", "x_elec", "e_heat", "e_elec")


def cff(**figures: Decimal | int | str) -> Fraction:
    """Return the formula as a whole; what is not given is zero, and qualities are one."""
    names: dict[str, Decimal | str] = dict.fromkeys((f"cff_{name}" for name in (*CFF, *ENERGY)), Decimal(0))
    names |= {"cff_q_in": Decimal(1), "cff_q_out": Decimal(1)}
    names |= {f"cff_{name}": Decimal(value) for name, value in figures.items()}
    found = worked_out(edition(EU), "cff_total", names)
    assert isinstance(found, tuple)
    return Fraction(*found)


@settings(deadline=None)  # The first example reads the rule.
@given(a=SHARES, ev=BURDENS, ed=BURDENS, q=SHARES)
def test_without_recycling_it_is_virgin_and_disposal(a: Decimal, ev: Decimal, ed: Decimal, q: Decimal) -> None:
    assert cff(a=a, ev=ev, ev_star=ev, ed=ed, q_in=q, q_out=q) == Fraction(ev) + Fraction(ed)


@settings(deadline=None)  # The first example reads the rule.
@given(r1=SHARES, r2=SHARES, ev=BURDENS, erec=BURDENS, ed=BURDENS)
def test_with_a_of_one_recycled_content_counts_alone(
    r1: Decimal, r2: Decimal, ev: Decimal, erec: Decimal, ed: Decimal
) -> None:
    found = cff(a=1, r1=r1, r2=r2, ev=ev, ev_star=ev, erec=erec, erec_eol=erec, ed=ed)
    assert found == (1 - Fraction(r1)) * Fraction(ev) + Fraction(r1) * Fraction(erec) + (1 - Fraction(r2)) * Fraction(
        ed
    )


@settings(deadline=None)  # The first example reads the rule.
@given(a=SHARES, r=SHARES, ev=BURDENS, erec=BURDENS, ed=BURDENS)
def test_in_a_closed_loop_the_factor_a_does_not_matter(
    a: Decimal, r: Decimal, ev: Decimal, erec: Decimal, ed: Decimal
) -> None:
    """What comes back at the end is what went in: recycled displaces virgin, whoever gets the credit."""
    found = cff(a=a, r1=r, r2=r, ev=ev, ev_star=ev, erec=erec, erec_eol=erec, ed=ed)
    assert found == (1 - Fraction(r)) * (Fraction(ev) + Fraction(ed)) + Fraction(r) * Fraction(erec)


@settings(deadline=None)  # The first example reads the rule.
@given(b=SHARES, r3=SHARES, eer=BURDENS)
def test_energy_goes_by_one_minus_b(b: Decimal, r3: Decimal, eer: Decimal) -> None:
    assert cff(b=b, r3=r3, eer=eer) == (1 - Fraction(b)) * Fraction(r3) * Fraction(eer)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"r1": "0", "r2": "0.9", "virgin": "10", "recycled": "1"}, "3.521"),
        ({"r1": "0.72", "r2": "0.95", "virgin": "6", "recycled": "1.5"}, "1.9325"),
    ],
    ids=["aluminium", "copper"],
)
def test_the_formula_through_a_whole_assessment(row: dict[str, str], expected: str) -> None:
    """One kilogram of metal in a pack that delivers one kilowatt-hour (20 cycles a year): the hand vectors."""
    draft = Draft(reference="pack", unit="piece").process("pack", unit="piece", stage="raw_materials")
    draft.parameters = {"capacity": ("0.0125", "kWh"), "warranty_years": ("4", "a"), "pack_mass": ("1", "kg")}
    draft.factor("virgin", row["virgin"], role="virgin").factor("recycled", row["recycled"], role="recycled")
    draft.factor("disposal", "0.01", role="disposal")
    draft.exchange("pack", "metal", "1", "kg", "factor:virgin")
    names = {"id": "metal", "name_zh": "示例", "name_en": "DEMO", "amount": "1", "unit": "kg", "a": "0.2"}
    sources = {"virgin": "factor:virgin", "recycled": "factor:recycled", "disposal": "factor:disposal"}
    draft.recycling = [names | {"r1": row["r1"], "r2": row["r2"], "q_in": "1", "q_out": "1"} | sources]
    result = computed(draft, EU, {"vehicle_category": "L"}).result
    assert result["nodes"]["rule.lifetime_energy"] == "1"
    assert exact(result["value"]) == Fraction(expected)


def test_the_plastic_that_is_recycled_burnt_and_landfilled() -> None:
    """Vector 3: two kinds of recycling data, energy recovery, and the heat and power it replaces (per kg)."""
    draft = Draft(reference="pack", unit="piece").process("pack", unit="piece", stage="raw_materials")
    draft.parameters = {"capacity": ("0.0125", "kWh"), "warranty_years": ("4", "a"), "pack_mass": ("1", "kg")}
    displaced = 30 * (Decimal("0.3") * Decimal("0.07") + Decimal("0.1") * Decimal("0.16"))
    figures = {"virgin": "3", "recycled": "0.8", "disposal": "0.05", "recovery": "2.5", "displaced": str(displaced)}
    for name, value in figures.items():
        draft.factor(name, value, role=name if name in ("virgin", "recycled", "disposal") else "")
    draft.exchange("pack", "plastic", "1", "kg", "factor:virgin")
    numbers = {"r1": "0.1", "r2": "0.2", "r3": "0.5", "a": "0.5", "b": "0", "q_in": "0.9", "q_out": "0.9"}
    row = {"id": "plastic", "name_zh": "示例", "name_en": "DEMO", "amount": "1", "unit": "kg"} | numbers
    draft.recycling = [row | {name: f"factor:{name}" for name in figures}]
    result = computed(draft, EU, {"vehicle_category": "L"}).result
    assert exact(result["value"]) == Fraction("3.395")


# ---- the shipped studies


def test_the_battery_differs_between_the_two_laws_by_recycling_alone() -> None:
    """The study gives 60 cycles and 8 years, as the EU table does, so that only the end of life is left."""
    eu, cn = example("nmc811-pack", EU), example("nmc811-pack", TRACTION)
    assert eu.result["value"] == cn.result["alternatives"]["end_of_life:cff"]
    assert eu.result["declared"] == "0.149829"
    assert exact(eu.result["stages"]["end_of_life"]["total"]) < 0


def test_cement_states_clinker_and_carbonates_beside_the_result() -> None:
    found = example("portland-cement", CEMENT)
    assert found.result["value"] == example("portland-cement", GENERIC).result["value"]
    beside = {name: exact(value) for name, value in found.result["beside"].items()}
    carbonates = Fraction("0.6429") * 44 / 56 + Fraction("0.0187") * 44 / 40
    assert beside == {
        "clinker_ratio": Fraction("0.78"),
        "calcination_per_clinker": carbonates,
        "calcination_per_cement": carbonates * Fraction("0.78"),
    }
    assert exact(found.result["nodes"]["study.calcination_co2"]) == carbonates
    assert f"{float(1000 * carbonates):.1f}" == "525.7"


# ---- sector skeletons compute


@pytest.mark.parametrize(
    ("rule", "product", "parameters", "value", "unit"),
    [
        (PV, "piece", {"rated_power": ("0.5", "kW"), "module_area": ("2", "m2")}, "200", "kg CO2e / kW"),
        (STEEL, "t", {"scrap_charged": ("9", "t"), "steel_made": ("8", "t")}, "100", "kg CO2e / t"),
        (CAR, "piece", {"lifetime_distance": ("200000", "km")}, "0.0005", "kg CO2e / km"),
        (MOTOR, "piece", {"motor_mass": ("60", "kg"), "peak_power": ("150000", "W")}, "100", "kg CO2e / piece"),
    ],
    ids=[PV, STEEL, CAR, MOTOR],
)
def test_a_sector_rule_computes_per_its_unit(
    rule: str, product: str, parameters: dict[str, tuple[str, str]], value: str, unit: str
) -> None:
    draft = Draft(unit=product).process("made", unit=product).emission("made", "e", "100", "kg")
    draft.parameters = parameters
    result = computed(draft, rule).result
    assert exact(result["value"]) == Fraction(value)
    assert result["unit"] == unit


def test_figures_beside_the_result_never_move_it() -> None:
    draft = Draft(unit="t").process("made", unit="t").emission("made", "e", "100", "kg")
    values = []
    for scrap in ("9", "3"):
        draft.parameters = {"scrap_charged": (scrap, "t"), "iron_charged": ("3", "t"), "steel_made": ("8", "t")}
        found = computed(draft, STEEL).result
        values.append(found["value"])
        share = Fraction(scrap) / (Fraction(scrap) + 3)
        assert exact(found["beside"]["scrap_share"]) == share
    assert values[0] == values[1]


@settings(max_examples=30, deadline=None)
@given(share=st.decimals(min_value="0.01", max_value=1, places=2))
def test_an_open_recognition_of_green_power_spans_an_interval(share: Decimal) -> None:
    draft = Draft(unit="t").process("made", unit="t").exchange("made", "power", "1000", "kWh", "electricity")
    draft.parameters = {"scrap_charged": ("9", "t"), "steel_made": ("8", "t")}
    draft.contracts = [Contract("wind", "wind", str(share))]
    result = computed(draft, STEEL).result
    average, wind = Fraction("0.5777"), Fraction("0.0324") + Fraction("0.0327")
    assert exact(result["value"]) == exact(result["interval"]["high"]) == 1000 * average
    assert exact(result["interval"]["low"]) == 1000 * (average - Fraction(share) * (average - wind))


# ---- what is not certain says so


def test_tables_of_the_draft_say_how_they_are_known() -> None:
    rule = edition(EU)
    known = {name: source.confidence for name, source in rule.sources.items()}
    assert known == {"cycles_a_year": "secondary", "distance_a_year": "recalled"}
    for name, source in rule.sources.items():
        assert rule.clauses[source.clause].confidence == known[name]


@pytest.mark.parametrize("name", EDITIONS)
def test_a_clause_whose_text_was_not_seen_is_not_official(name: str) -> None:
    for clause in edition(name).clauses.values():
        if "not seen" in clause.refers_to or "recalled" in clause.refers_to or "not verified" in clause.refers_to:
            assert clause.confidence in {"recalled", "derived", "secondary"}, clause.id


# ---- treatments, values, limits


def test_the_general_framework_lists_what_is_stated_apart() -> None:
    rule = edition(GENERIC)
    assert list(rule.reported) == [f"V{number}" for number in range(1, 11)]
    assert {item.clause for item in rule.reported.values()} <= set(rule.clauses)


def test_treatments_are_hierarchies_with_clauses_and_sectors_take_them_over() -> None:
    rule = edition(GENERIC)
    found = treatments(rule)
    assert found.rule == rule.name
    assert [step.id for step in found.electricity] == [
        "own_generation",
        "direct_line",
        "contract",
        "residual_mix",
        "consumption_mix",
    ]
    assert [step.id for step in found.allocation] == ["avoid", "physical", "other"]
    contract = next(step for step in found.electricity if step.id == "contract")
    assert contract.needs == rule.electricity.criteria
    assert found.electricity[-1].needs == ()
    assert {step.clause for step in (*found.electricity, *found.allocation)} <= set(rule.clauses)
    assert {item.clause for item in found.apart} <= set(rule.clauses)
    assert {item.id for item in found.apart if not item.in_result} == {
        "indirect_land_use_change",
        "storage",
        "offsets",
    }
    assert treatments(edition(PV)) == found
    assert treatments(edition(EU)).electricity == ()


LIMIT = (ROOT / "src/footproof/rulebooks/demo.limit.kettle/2026/limit.toml").read_text(encoding="utf-8")


def test_the_only_limit_is_an_invented_one() -> None:
    limit = load_limit("demo.limit.kettle")
    assert list(shipped_limits()) == [limit.name] == ["demo.limit.kettle@2026"]
    assert "DEMO" in limit.title.en
    assert "示例" in limit.title.zh
    assert limit.status is Status.DRAFT
    rule: Rulebook = edition(limit.rule)
    assert rule.name == limit.rule
    assert limit.holds_on(date(2026, 1, 1))
    assert not limit.holds_on(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("value      = 12", "value      = 0", "E-LIMIT-RANGE"),
        ("value      = 12", "value      = -1", "E-LIMIT-RANGE"),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01\nvalid_to = 2025-12-31", "E-LIMIT-RANGE"),
        ('"kg CO2e / piece"', '"kg CO2 / piece"', "E-LIMIT-UNIT"),
        ('"kg CO2e / piece"', '"kg CO2e / kettle"', "E-UNIT-UNKNOWN"),
        ('sense      = "at most"', 'sense      = "about"', "E-KEY-CHOICE"),
        ("[limit]", "[limit]\nbonus = 1", "E-KEY-UNKNOWN"),
        ('status     = "draft"', 'status     = "hoped"', "E-KEY-CHOICE"),
    ],
)
def test_a_faulty_limit_is_refused_where_it_stands(before: str, after: str, code: str) -> None:
    assert before in LIMIT
    with pytest.raises(FootproofError) as caught:
        read_limit(LIMIT.replace(before, after).encode(), "limit.toml")
    assert caught.value.code == code
    assert caught.value.where is not None
    assert caught.value.where.line is not None


def test_an_unknown_limit_is_refused() -> None:
    with pytest.raises(FootproofError, match="E-LIMIT-UNKNOWN"):
        load_limit("nowhere")

"""What a rule decides about a study: characterisation, aircraft, electricity, years, fuels, stages, refusals.

Figures are worked by hand from carbon-rules: §1.3 (ISO 14067 6.4), §2.1 (electricity), §5.1 (GWP100), §5.2 (fuels).
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from assess.draft import CRITERIA, GENERIC, TODAY, TRACTION, Contract, Draft, amended, exact
from footproof.errors import FootproofError
from footproof.model.parameter import DatedValue
from footproof.model.rulebook import Rulebook
from footproof.rules.parameters import ParameterBook, read_parameter, shipped
from footproof.texts import describe

GRID, GRID_2023 = Fraction("0.5777"), Fraction("0.6205")
WIND, PV, DELIVERY = Fraction("0.0324"), Fraction("0.052"), Fraction("0.0327")


def generic(before: str, after: str) -> Rulebook:
    return amended(GENERIC, lambda text: text.replace(before, after))


def one(gas: str, origin: str) -> Draft:
    return Draft().process("made").emission("made", "stack", "1", "kg", gas, origin=origin)


def code(draft: Draft, rule: str | Rulebook = GENERIC, day: date = TODAY) -> tuple[str, str]:
    """The code of the refusal, and the file it points to."""
    with pytest.raises(FootproofError) as caught:
        draft.assess(rule, day)
    return caught.value.code, caught.value.where.file if caught.value.where else ""


# ---- characterisation


@pytest.mark.parametrize(
    ("gas", "origin", "iso", "ef"),
    [
        ("CO2", "fossil", "1", "1"),
        ("CO2", "biogenic_emission", "1", "0"),
        ("CO2", "biogenic_removal", "-1", "0"),
        ("CO2", "dluc", "1", "1"),
        ("CO2", "land_use", "1", "1"),
        ("CH4", "fossil", "29.8", "29.8"),
        ("CH4", "biogenic_emission", "27", "27"),
        ("N2O", "fossil", "273", "273"),
        ("N2O", "land_use", "273", "273"),
        ("SF6", "fossil", "25200", "25200"),
        ("CF4", "fossil", "7380", "7380"),
    ],
)
def test_conventions_of_the_sixth_report(gas: str, origin: str, iso: str, ef: str) -> None:
    draft = one(gas, origin)
    assert draft.value() == Fraction(iso)
    assert draft.value(generic('biogenic = "iso"', 'biogenic = "ef"')) == Fraction(ef)
    assert exact(draft.assess().result["origins"][origin]) == Fraction(iso)


@pytest.mark.parametrize(
    ("report", "fossil", "other", "single"),
    [("ar4", "25", "25", "25"), ("ar5", "30", "28", "28"), ("ar6", "29.8", "27", "27.9")],
)
def test_methane_is_split_unless_the_rule_says_otherwise(report: str, fossil: str, other: str, single: str) -> None:
    split = generic("gwp100.ar6", f"gwp100.{report}") if report != "ar6" else GENERIC
    whole = amended(GENERIC, lambda text: text.replace("gwp100.ar6", f"gwp100.{report}").replace('"split"', '"single"'))
    assert one("CH4", "fossil").value(split) == Fraction(fossil)
    assert one("CH4", "biogenic_emission").value(split) == Fraction(other)
    assert one("CH4", "fossil").value(whole) == one("CH4", "biogenic_emission").value(whole) == Fraction(single)


def test_the_aluminium_check_value() -> None:
    """0.4 kg CF4 and 0.04 kg C2F6 a tonne: 3448 kg CO2e under AR6, 3096 under AR5."""
    draft = (
        Draft().process("made").emission("made", "cf4", "0.4", "kg", "CF4").emission("made", "c2f6", "40", "g", "C2F6")
    )
    assert draft.value() == 3448
    assert draft.value(generic("gwp100.ar6", "gwp100.ar5")) == 3096


def test_uptake_and_release_cancel_and_are_both_shown() -> None:
    draft = one("CO2", "biogenic_removal").emission("made", "burnt", "1", "kg", "CO2", origin="biogenic_emission")
    result = draft.emission("made", "fossil", "2", "kg").assess().result
    origins = {name: exact(value) for name, value in result["origins"].items() if exact(value)}
    assert origins == {"fossil": 2, "biogenic_emission": 1, "biogenic_removal": -1}
    assert exact(result["value"]) == 2


def test_a_vector_keeps_its_origins_and_gases_apart() -> None:
    draft = Draft().process("made").exchange("made", "wood", "2", "kg", "factor:W")
    draft.factor("W", "0.3").factor("W", "1.8", "kg / kg", origin="biogenic_removal", gas="CO2")
    draft.factor("W", "0.01", "kg / kg", origin="fossil", gas="CH4").factor(
        "W", "0.2", "kg / kg", origin="dluc", gas="CO2"
    )
    origins = {name: exact(value) for name, value in draft.assess().result["origins"].items() if exact(value)}
    assert origins == {
        "undifferentiated": Fraction("0.6"),
        "biogenic_removal": Fraction("-3.6"),
        "fossil": Fraction("0.596"),
        "dluc": Fraction("0.4"),
    }


def test_a_removal_stated_in_co2e_is_a_removal_too() -> None:
    draft = Draft().process("made").exchange("made", "wood", "1", "kg", "factor:W")
    draft.factor("W", "1.8", "kg CO2e / kg", origin="biogenic_removal", gas="CO2e")
    assert draft.value() <= 0


def test_an_unknown_gas_is_refused() -> None:
    assert code(one("XYZ", "fossil"))[0] == "E-GAS-UNKNOWN"


def test_an_unknown_gas_is_refused_where_it_stands() -> None:
    assert code(one("XYZ", "fossil")) == ("E-GAS-UNKNOWN", "exchanges.csv")


def test_gases_of_a_set_not_published_yet_are_refused() -> None:
    assert code(one("CO2", "fossil"), day=date(2021, 8, 8))[0] == "E-PARAM-NOT-KNOWN"


# ---- aircraft


def test_aircraft_is_in_the_total_and_listed_besides() -> None:
    draft = one("CO2", "fossil").exchange("made", "flown", "2", "kg", "factor:AIR", tag="aircraft")
    draft.factor("AIR", "1.5", "kg / kg", origin="fossil", gas="CO2").factor("AIR", "0.25")
    found = draft.assess()
    assert exact(found.result["value"]) == Fraction("4.5")
    assert exact(found.result["aircraft"]) == 3
    assert exact(found.result["origins"]["fossil"]) == 4
    assert found.findings == ()


def test_air_transport_without_a_fossil_part_is_a_finding() -> None:
    draft = one("CO2", "fossil").exchange("made", "flown", "1", "t", "factor:AIR", tag="aircraft", distance_km="100")
    found = draft.factor("AIR", "0.9", "kg CO2e / (t*km)").assess()
    assert exact(found.result["value"]) == 91
    assert exact(found.result["aircraft"]) == 0
    assert [(finding["code"], finding["subject"]) for finding in found.findings] == [
        ("aircraft-undifferentiated", "flown")
    ]


# ---- electricity


def powered(*contracts: Contract) -> Draft:
    draft = Draft(contracts=list(contracts)).process("made")
    return draft.exchange("made", "power", "100", "kWh", "electricity").exchange(
        "made", "more", "360", "MJ", "electricity"
    )


def test_the_grid_by_day_of_knowledge() -> None:
    assert powered().value() == 200 * GRID
    assert powered().value(known_on=date(2025, 12, 1)) == 200 * GRID
    assert powered().value(known_on=date(2025, 6, 30)) == 200 * GRID_2023
    assert powered().value(known_on=date(2025, 10, 22)) == 200 * GRID_2023
    assert powered().value(known_on=date(2025, 10, 23)) == 200 * GRID
    assert code(powered(), day=date(2025, 1, 16)) == ("E-PARAM-NOT-KNOWN", "exchanges.csv")


def test_contracted_power_counts_with_its_delivery_and_the_rest_is_grid() -> None:
    draft = powered(Contract("w", "wind", "0.25"), Contract("s", "pv", "0.5"))
    mix = Fraction("0.25") * (WIND + DELIVERY) + Fraction("0.5") * (PV + DELIVERY) + Fraction("0.25") * GRID
    found = draft.assess()
    assert exact(found.result["value"]) == 200 * mix
    assert exact(found.result["terms"]["power#w.generation"]) == 25 * WIND
    assert exact(found.result["terms"]["power#w.delivery"]) == 25 * DELIVERY
    assert exact(found.result["terms"]["power"]) == 25 * GRID
    assert found.findings == ()


def test_contracts_for_all_power_leave_no_grid_power() -> None:
    found = powered(Contract("w", "wind", "1")).assess()
    assert exact(found.result["terms"]["power"]) == 0
    assert exact(found.result["value"]) == 200 * (WIND + DELIVERY)


def test_the_companion_is_the_study_without_contracts() -> None:
    found = powered(Contract("w", "wind", "0.25")).assess().result
    assert exact(found["alternatives"]["electricity:average_only"]) == powered().value()
    assert found["interval"]["low"] == found["interval"]["high"] == found["value"]  # a companion opens no interval


@pytest.mark.parametrize("missing", CRITERIA)
def test_a_contract_that_lacks_one_criterion_is_grid_power(missing: str) -> None:
    lacking = Contract("w", "wind", "0.25", tuple(name for name in CRITERIA if name != missing))
    found = powered(lacking, Contract("s", "pv", "0.5")).assess()
    mix = Fraction("0.5") * (PV + DELIVERY) + Fraction("0.5") * GRID
    assert exact(found.result["value"]) == 200 * mix
    assert found.findings == ({"code": "contract-not-counted", "subject": "w", "detail": missing},)


def test_a_rule_that_admits_no_contracts_counts_the_grid() -> None:
    rule = generic('default   = "contractual_instruments"', 'default   = "average_only"')
    assert powered(Contract("w", "wind", "1")).value(rule) == 200 * GRID


def test_a_contract_whose_delivery_was_not_published_is_grid_power() -> None:
    draft = powered(Contract("w", "wind", "0.25"))
    found = draft.assess(known_on=date(2025, 6, 30))
    assert exact(found.result["value"]) == 200 * GRID_2023
    (finding,) = found.findings
    assert (finding["code"], finding["detail"]) == ("contract-not-counted", "cn.electricity.transmission_with_losses")


def test_only_factors_that_count_are_listed() -> None:
    found = powered(Contract("w", "wind", "0.25")).assess(known_on=date(2025, 6, 30))
    assert {item["id"] for item in found.parameters.values()} == {"cn.electricity.average"}


def test_used_parameters_are_listed_with_their_year_and_value() -> None:
    found = powered(Contract("w", "wind", "0.25")).assess().parameters
    assert {key: item["value"] for key, item in found.items()} == {
        "cn.electricity.average@2024": "0.5777",
        "cn.electricity.wind@2024": "0.0324",
        "cn.electricity.transmission_with_losses@2024": "0.0327",
    }


@pytest.mark.parametrize(
    ("source", "unit", "worth"), [("electricity", "kWh", GRID), ("param:cn.electricity.average", "kWh", GRID)]
)
def test_power_given_away_is_a_credit(source: str, unit: str, worth: Fraction) -> None:
    draft = one("CO2", "fossil").exchange("made", "sold", "1", unit, source, kind="credit")
    assert draft.value() == 1 - worth


def test_a_fuel_saved_is_a_credit() -> None:
    draft = one("CO2", "fossil").exchange(
        "made", "burnt", "1", "t", "fuel:cn.fuel.mee_cement.diesel", kind="fuel", upstream="factor:UP"
    )
    draft.exchange("made", "saved", "1", "t", "fuel:cn.fuel.mee_cement.diesel", kind="credit", upstream="factor:UP")
    assert draft.factor("UP", "0.5", scope="upstream").value() == 1


@pytest.mark.parametrize("second", ["风电", "w", "a b"])
def test_ids_of_contracts_are_checked_where_they_stand(second: str) -> None:
    draft = powered(Contract("w", "wind", "0.25"), Contract(second, "pv", "0.5"))
    assert code(draft)[1] == "study.toml"


def test_a_contract_needs_its_document() -> None:
    assert code(powered(Contract("w", "wind", "0.25", evidence="nothing")))[0] == "E-EVIDENCE-UNKNOWN"


# ---- years


def book_with_2025() -> ParameterBook:
    """The shipped parameters, with an invented grid factor of 2025 published in 2026."""
    text = """
[[value]]
data_year = 2025
published = 2026-02-01
value = 0.5
source = { zh = "示例", en = "DEMO" }
confidence = "derived"
"""
    grid = shipped()["cn.electricity.average"]
    entries = "".join(
        f"[[value]]\ndata_year = {item.data_year}\npublished = {item.published}\nvalue = {item.value}\n"
        'source = { zh = "示例", en = "DEMO" }\nconfidence = "derived"\n'
        for item in grid.editions
        if isinstance(item, DatedValue)
    )
    head = (
        'id = "cn.electricity.average"\nkind = "factor"\nname = { zh = "示例", en = "DEMO" }\nunit = "kg CO2e / kWh"\n'
        'quantity = "life-cycle CO2e"\nscope = "life cycle"\nrole = "market mix"\n'
        'origin = "undifferentiated"\ngas = "CO2e"\nregion = "CN"\nannual = true\n'
    )
    changed = read_parameter((head + entries + text).encode(), "average.toml")
    return ParameterBook([item for key, item in shipped().items() if key != changed.id] + [changed])


@pytest.mark.parametrize(
    ("start", "end", "day", "mix"),
    [
        ("2024-07-01", "2025-06-30", TODAY, (184 * GRID + 181 * Fraction("0.5")) / 365),
        ("2024-07-01", "2025-06-30", date(2026, 1, 31), GRID),
        ("2024-07-01", "2025-06-30", date(2025, 6, 30), GRID_2023),
        ("2023-07-01", "2024-06-30", TODAY, (184 * GRID_2023 + 182 * GRID) / 366),
        ("2023-12-31", "2024-01-01", TODAY, (GRID_2023 + GRID) / 2),
        ("2023-01-01", "2025-12-31", TODAY, (365 * GRID_2023 + 366 * GRID + 365 * Fraction("0.5")) / 1096),
        ("2024-01-01", "2024-12-31", TODAY, GRID),
        ("2025-03-01", "2025-03-01", TODAY, Fraction("0.5")),
        ("2026-01-01", "2026-12-31", TODAY, Fraction("0.5")),
    ],
    ids=str,
)
def test_a_period_is_split_by_days_over_factor_years(start: str, end: str, day: date, mix: Fraction) -> None:
    draft = powered()
    draft.start, draft.end = start, end
    found = draft.assess(known_on=day, book=book_with_2025())
    assert exact(found.result["value"]) == 200 * mix


def test_the_parts_of_a_period_are_terms_of_their_own() -> None:
    draft = powered(Contract("w", "wind", "0.25"))
    draft.start, draft.end = "2024-07-01", "2025-06-30"
    found = draft.assess(book=book_with_2025()).result["terms"]
    assert {name for name in found if name.startswith("power")} == {
        "power#w.generation",
        "power#w.delivery",
        "power@2024",
        "power@2025",
    }
    assert exact(found["power@2024"]) == 75 * GRID * Fraction(184, 365)


def test_a_period_before_all_factors_is_refused() -> None:
    draft = powered()
    draft.start, draft.end = "2022-01-01", "2023-12-31"
    assert code(draft) == ("E-PARAM-DATA-YEAR", "exchanges.csv")


# ---- fuels, §5.2


FUELS = [
    ("coke", "", "t", "2.8527"),
    ("fuel_oil", "", "t", "3.1705"),
    ("gasoline", "", "t", "2.9251"),
    ("diesel", "", "t", "3.0959"),
    ("lpg", "", "t", "3.1013"),
    ("natural_gas", "", "10^4*Nm3", "21.6502"),
]


@pytest.mark.parametrize(("fuel", "device", "unit", "printed"), FUELS, ids=[fuel[0] for fuel in FUELS])
def test_a_tonne_of_fuel_gives_the_printed_factor(fuel: str, device: str, unit: str, printed: str) -> None:
    draft = Draft().process("made")
    source = f"fuel:cn.fuel.mee_cement.{fuel}"
    draft.exchange("made", "burnt", "1", unit, source, kind="fuel", device=device, upstream="factor:UP")
    per = f"({unit})" if "*" in unit else unit
    result = draft.factor("UP", "0", f"kg CO2e / {per}", scope="upstream").assess().result
    assert f"{float(exact(result['value'])) / 1000:.4f}" == printed
    assert result["origins"]["fossil"] == result["value"]


@pytest.mark.parametrize(
    ("device", "share"), [("cement_kiln", "0.99"), ("power_boiler", "0.95"), ("industrial_boiler", "0.85")]
)
def test_oxidation_depends_on_the_device(device: str, share: str) -> None:
    draft = Draft().process("made")
    source = "fuel:cn.fuel.mee_cement.bituminous_coal"
    draft.exchange("made", "burnt", "2", "kg", source, kind="fuel", device=device, upstream="factor:UP")
    wanted = 2 * Fraction("23.076") * Fraction("0.02618") * Fraction(share) * Fraction(44, 12)
    assert draft.factor("UP", "0.1", scope="upstream").value() == wanted + Fraction("0.2")


def burnt(**more: str) -> Draft:
    draft = Draft().process("made").factor("UP", "0.5", scope="upstream")
    draft.factor("DIRECT", "3", "kg CO2 / kg", quantity="direct CO2", scope="direct", origin="fossil", gas="CO2")
    row = {"source": "fuel:cn.fuel.mee_cement.diesel", "upstream": "factor:UP", "kind": "fuel"} | more
    return draft.exchange("made", "burnt", "1", row.pop("unit", "kg"), row.pop("source"), **row)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"upstream": ""}, "E-FACTOR-NO-UPSTREAM"),
        ({"upstream": "factor:DIRECT"}, "E-FACTOR-SCOPE"),
        ({"source": "factor:DIRECT", "upstream": ""}, "E-FACTOR-NO-UPSTREAM"),
        ({"source": "fuel:cn.fuel.mee_cement.bituminous_coal"}, "E-FUEL-DEVICE"),
        ({"source": "fuel:cn.fuel.mee_cement.bituminous_coal", "device": "stove"}, "E-FUEL-DEVICE"),
        ({"source": "fuel:cn.electricity.average"}, "E-PARAM-KIND"),
        ({"source": "fuel:cn.fuel.nothing"}, "E-PARAM-UNKNOWN"),
        ({"source": "param:cn.fuel.mee_cement.diesel"}, "E-PARAM-KIND"),
        ({"unit": "m3"}, "E-UNIT-MISMATCH"),
        ({"unit": "MJ"}, "E-UNIT-MISMATCH"),
        ({"source": "param:cn.grid_co2.national.average", "unit": "kWh"}, "E-FACTOR-KIND"),
        ({"source": "factor:NONE"}, "E-FACTOR-UNKNOWN"),
        ({"source": "somewhere"}, "E-FACTOR-UNKNOWN"),
        ({"source": "process:nobody"}, "E-STUDY-PROVIDER"),
        ({"source": "param:cn.transport.air", "upstream": "", "unit": "t*km"}, "E-FACTOR-NO-UPSTREAM"),
        ({"stage": "use", "source": "factor:UP", "upstream": "", "basis": "dry"}, "E-BASIS-MISMATCH"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_at_its_row(more: dict[str, str], wanted: str) -> None:
    assert code(burnt(**more)) == (wanted, "exchanges.csv")


def test_a_study_without_factors_says_so() -> None:
    draft = Draft().process("made").exchange("made", "x", "1", "kg", "factor:steel")
    with pytest.raises(FootproofError) as caught:
        draft.assess()
    assert describe(caught.value, "zh")[0].endswith("已有：（一个也没有）")
    assert describe(caught.value, "en")[0].endswith("there are: none")


def test_a_direct_factor_with_its_supply() -> None:
    assert burnt(source="factor:DIRECT").value() == Fraction("3.5")


def test_direct_co2_as_a_life_cycle_factor_is_refused_in_the_table() -> None:
    draft = Draft().process("made").exchange("made", "x", "1", "kg", "factor:F")
    assert code(draft.factor("F", "1", quantity="direct CO2")) == ("E-FACTOR-KIND", "factors.csv")


@pytest.mark.parametrize(
    ("ours", "theirs", "fits"), [("hydrate", "hydrate", True), ("hydrate", "", False), ("", "dry", False)]
)
def test_the_basis_must_agree(ours: str, theirs: str, fits: bool) -> None:
    draft = (
        Draft()
        .process("made")
        .exchange("made", "salt", "2", "kg", "factor:S", basis=ours)
        .factor("S", "3", basis=theirs)
    )
    if fits:
        assert draft.value() == 6
    else:
        assert code(draft) == ("E-BASIS-MISMATCH", "exchanges.csv")


def test_the_basis_of_a_vector_is_one() -> None:
    draft = Draft().process("made").exchange("made", "salt", "2", "kg", "factor:S", basis="hydrate")
    draft.factor("S", "3", basis="hydrate").factor("S", "1", "kg / kg", origin="fossil", gas="CO2", basis="anhydrous")
    assert code(draft)[0] == "E-STUDY-VECTOR"


# ---- links between processes


def test_transport_by_a_process_of_the_study_needs_a_transport() -> None:
    draft = Draft().process("made").process("lorry", "1", "kWh").emission("lorry", "e", "1", "kg")
    draft.exchange("made", "carried", "2", "t", "process:lorry", distance_km="10")
    assert code(draft) == ("E-UNIT-MISMATCH", "exchanges.csv")


def test_transport_by_a_process_of_the_study() -> None:
    draft = Draft().process("made").process("lorry", "1", "t*km").emission("lorry", "e", "1", "kg")
    draft.exchange("made", "carried", "200", "kg", "process:lorry", distance_km="10")
    assert draft.value() == 2


def test_a_unit_that_measures_something_else_is_refused() -> None:
    draft = Draft().process("made").process("part", "1", "piece").emission("part", "e", "1", "kg")
    assert code(draft.exchange("made", "x", "1", "kg", "process:part")) == ("E-UNIT-MISMATCH", "exchanges.csv")


def test_an_emission_comes_from_nowhere() -> None:
    draft = Draft().process("made").process("part").emission("part", "e", "1", "kg")
    draft.emission("made", "stack", "1", "kg")
    draft.exchanges[-1]["from"] = "process:part"
    draft.exchanges[-1]["gas"] = "N2O"
    assert code(draft)[1] == "exchanges.csv"


def test_a_product_stands_once_in_coproducts() -> None:
    draft = Draft().process("made", allocation="mass").emission("made", "e", "1", "kg")
    draft.coproduct("made", "made", "1", "kg", "1").coproduct("made", "by", "1", "kg", "1").coproduct(
        "made", "by", "2", "kg", "5"
    )
    assert code(draft) == ("E-STUDY-DUPLICATE", "coproducts.csv")


def shared(allocation: str, unit: str) -> Draft:
    draft = Draft().process("made", allocation=allocation).emission("made", "e", "1", "kg")
    draft.coproduct("made", "made", "1", "kg", "1").coproduct("made", "by", "1", "kg", "3")
    for row in draft.coproducts:
        row["basis_unit"] = unit
    return draft


@pytest.mark.parametrize(
    ("allocation", "unit"), [("mass", "t"), ("energy", "GJ"), ("economic", "CNY (2025)"), ("given", "1")]
)
def test_allocation_by_its_own_basis(allocation: str, unit: str) -> None:
    assert shared(allocation, unit).value() == Fraction(1, 4)


@pytest.mark.parametrize(("allocation", "unit"), [("mass", "CNY (2025)"), ("energy", "kg"), ("economic", "kg")])
def test_allocation_by_another_basis_than_it_says(allocation: str, unit: str) -> None:
    assert code(shared(allocation, unit)) == ("E-ALLOCATION-BASIS", "coproducts.csv")


@pytest.mark.parametrize("flow", ["0", "0 - 1", "1 / 0"])
def test_a_reference_flow_must_be_positive(flow: str) -> None:
    draft = one("CO2", "fossil")
    draft.flow = flow
    assert code(draft)[1] == "study.toml"


def test_formulas_with_divisions_inside() -> None:
    draft = Draft(parameters={"a": ("7", "kg"), "b": ("3", "1")}).process("made")
    draft.formulas["part"] = ("1 + 2 / b", "1")
    assert draft.emission("made", "e", "=a / b * part + a / 7", "kg").value() == Fraction(7, 3) * Fraction(5, 3) + 1


def test_both_products_of_a_process_in_one_product() -> None:
    """The smallest study in which a sum of runs holds two divisions."""
    draft = Draft().process("made").process("ore", "4", allocation="mass").emission("ore", "e", "8", "kg")
    draft.coproduct("ore", "ore", "4", "kg", "1").coproduct("ore", "rock", "5", "kg", "3")
    draft.exchange("made", "o", "1", "kg", "process:ore").exchange("made", "r", "2", "kg", "process:ore/rock")
    assert draft.value() == 8 * (Fraction(1, 4) / 4 + Fraction(3, 4) * 2 / 5)


# ---- a provisional rule


FIGURES = {
    "capacity": "kWh",
    "full_cycles_per_year": "1/a",
    "warranty_years": "a",
    "cycle_life": "1",
    "average_retention": "1",
}


def pack(*contracts: Contract) -> Draft:
    """60 kWh, M1, 8 years, 400 kg and 5000 kg CO2e: vector 4 of carbon-rules §4.3."""
    draft = Draft(reference="pack", flow="1 / capacity", unit="kWh", contracts=list(contracts))
    for name, value in zip(FIGURES, ("60", "60", "8", "1500", "0.9"), strict=True):
        draft.parameters[name] = (value, FIGURES[name])
    return draft.process("pack", "1", "piece").emission("pack", "all", "5000", "kg")


def test_footprint_of_a_kilowatt_hour_over_life() -> None:
    found = pack().assess(TRACTION)
    assert exact(found.result["value"]) == Fraction(5000, 28800)
    assert found.result["declared"] == "0.173611"
    assert found.result["unit"] == "kg CO2e / kWh"


def test_capacity_in_another_unit_is_the_same() -> None:
    draft = pack()
    draft.parameters["capacity"] = ("216", "MJ")
    assert draft.value(TRACTION) == Fraction(5000, 28800)


def worth_recycling() -> Draft:
    draft = pack(Contract("w", "wind", "0.5")).exchange("pack", "power", "900", "kWh", "electricity")
    draft.factor("V", "10", role="virgin").factor("R", "1", role="recycled").factor("D", "0.01", role="disposal")
    draft.exchange("pack", "metal", "100", "kg", "factor:V", stage="raw_materials")
    numbers = {"r1": "0.3", "r2": "0.9", "a": "0.2", "q_in": "0.9", "q_out": "1"}
    row = {"id": "metal", "name_zh": "金属", "name_en": "metal", "amount": "100", "unit": "kg"} | numbers
    draft.recycling.append(row | {"virgin": "factor:V", "recycled": "factor:R", "disposal": "factor:D"})
    return draft


def by_hand(lifetime: str, electricity: str, end_of_life: str) -> Fraction:
    energy = Fraction(28800) if lifetime == "warranty" else Fraction(81000)
    mix = GRID if electricity == "average_only" else (GRID + WIND + DELIVERY) / 2
    r1, r2, a, q = Fraction("0.3"), Fraction("0.9"), Fraction("0.2"), Fraction("0.9")
    whole = (1 - r1) * 10 + r1 * (a * 1 + (1 - a) * 10 * q) + (1 - a) * r2 * (1 - 10) + (1 - r2) * Fraction("0.01")
    return (5000 + 900 * mix + 100 * (10 if end_of_life == "cut_off" else whole)) / energy


def test_the_interval_spans_every_combination_of_open_choices() -> None:
    result = worth_recycling().assess(TRACTION).result
    options = {
        "lifetime": ("warranty", "cycle_life"),
        "electricity": ("average_only", "contractual_instruments"),
        "end_of_life": ("cut_off", "cff"),
    }
    totals = {}
    for chosen in product(*options.values()):
        changed = [f"{axis}:{o}" for (axis, all_), o in zip(options.items(), chosen, strict=True) if o != all_[0]]
        totals["/".join(changed)] = by_hand(*chosen)
    assert exact(result["value"]) == totals.pop("")
    assert {name: exact(value) for name, value in result["alternatives"].items()} == totals
    everything = [*totals.values(), exact(result["value"])]
    assert exact(result["interval"]["low"]) == min(everything)
    assert exact(result["interval"]["high"]) == max(everything)


def unused_content(draft: Draft, rule: str | Rulebook) -> list[tuple[str, str]]:
    found = draft.assess(rule).findings
    return [(item["subject"], item["detail"]) for item in found if item["code"] == "recycled-content-unused"]


def test_recycled_content_that_a_rule_leaves_aside_is_said() -> None:
    """30 % of 100 kg at 1 in place of 10 kg CO2e / kg: 270 kg CO2e less per pack, over 28,800 kWh of a life."""
    draft = worth_recycling()
    assert unused_content(draft, TRACTION) == [("metal", "R1 = 0.3; -0.009375 kg CO2e / kWh")]
    assert unused_content(draft, GENERIC) == [("metal", "R1 = 0.3; -4.5 kg CO2e / kWh")]  # Of 60 kWh of capacity.
    by_formula = amended(
        TRACTION, lambda text: text.replace('default = "cut_off"\nopen    = true', 'default = "cff"\nopen    = true')
    )
    assert unused_content(draft, by_formula) == []
    draft.recycling[0]["r1"] = "0"
    assert unused_content(draft, TRACTION) == unused_content(draft, GENERIC) == []


def test_recycled_content_moves_no_figure_under_a_rule_that_leaves_it_aside() -> None:
    with_content, without = worth_recycling(), worth_recycling()
    without.recycling[0]["r1"] = "0"
    for rule in (GENERIC, TRACTION):
        assert with_content.value(rule) == without.value(rule)


def test_a_factor_that_nobody_reads_leaves_the_change_unsaid() -> None:
    draft = worth_recycling()
    draft.recycling[0]["recycled"] = "factor:NONE"
    assert unused_content(draft, GENERIC) == [("metal", "R1 = 0.3")]


@pytest.mark.parametrize("role", ["market mix", "recycled", "disposal", ""])
def test_only_a_virgin_factor_stands_for_virgin_material(role: str) -> None:
    draft = worth_recycling()
    draft.factors[0]["role"] = role
    assert code(draft, TRACTION) == ("E-FACTOR-ROLE", "recycling.csv")
    draft.assess(GENERIC)  # which has no formula for recycling


def test_stages_a_rule_excludes_are_left_out_with_a_finding() -> None:
    draft = pack().exchange("pack", "driving", "1000", "kWh", "electricity", stage="use")
    found = draft.assess(TRACTION)
    assert exact(found.result["value"]) == Fraction(5000, 28800)
    assert found.findings == ({"code": "left-out", "subject": "driving", "detail": "use"},)
    assert "use" not in found.result["stages"]
    assert exact(draft.assess(GENERIC).result["stages"]["use"]["total"]) == 1000 * GRID / 60


def test_what_an_excluded_stage_takes_from_a_process_is_left_out_too() -> None:
    draft = (
        pack().process("driving", "1", "piece", stage="use").exchange("pack", "driven", "1", "piece", "process:driving")
    )
    draft.process("charger", "1", "kWh").emission("charger", "e", "1", "kg")
    draft.exchange("driving", "charged", "1000", "kWh", "process:charger")
    found = draft.assess(TRACTION)
    assert exact(found.result["value"]) == Fraction(5000, 28800)
    assert {finding["subject"] for finding in found.findings} >= {"charged"}


@pytest.mark.parametrize("name", FIGURES)
def test_a_required_figure_that_is_missing_is_named(name: str) -> None:
    draft = pack()
    draft.parameters["other"] = ("1", "piece/kWh")
    draft.flow = "other"
    del draft.parameters[name]
    with pytest.raises(FootproofError) as caught:
        draft.assess(TRACTION)
    assert caught.value.code == "E-RULE-REQUIRES"
    assert str(caught.value.values["missing"]).startswith(name)
    draft.assess(GENERIC)


def test_a_required_figure_in_a_wrong_unit_is_refused_where_it_stands() -> None:
    draft = pack()
    draft.parameters["warranty_years"] = ("8", "kg")
    assert code(draft, TRACTION) == ("E-UNIT-MISMATCH", "study.toml")


def test_declared_rounds_half_to_even() -> None:
    for amount, declared in (
        ("1.0000005", "1"),
        ("1.0000015", "1"),
        ("1.000005", "1"),
        ("1.000015", "1.00002"),
        ("2.000025", "2.00002"),
    ):
        assert Draft().process("made").emission("made", "e", amount, "kg").assess().result["declared"] == declared


def test_figures_are_exact_beyond_floats() -> None:
    draft = Draft().process("made")
    for index in range(10):
        draft.emission("made", f"e{index}", "0.1", "kg")
    found = draft.assess().result
    assert found["value"] == "1"
    assert Decimal(found["declared"]) == 1

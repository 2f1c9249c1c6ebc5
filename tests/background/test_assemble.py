"""Linking and allocation: each choice does what it says, is recorded, and what cannot be done is said."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from background.made import CO2, P, W, dataset, flow, into, out, source
from footproof.background.assemble import assemble, default_settings
from footproof.background.linked import Background
from footproof.errors import FootproofError
from footproof.model.dataset import DatasetKind, DataSource
from footproof.model.linking import (
    AllocationChoice,
    AllocationMethod,
    Exclusion,
    Preference,
    Role,
    Settings,
    SupplierChoice,
)
from footproof.quantify.solve import Factorisation


def carried(background: Background) -> dict[str, float]:
    """Return kg CO2 per unit of each product."""
    row = background.flows.index("co2")
    burdens = background.system.biosphere[[row]].toarray()[0]
    values = Factorisation(background.system.technosphere).adjoint(burdens).values
    return {activity.id: float(value) for activity, value in zip(background.activities, values, strict=True)}


def method_of(background: Background, kind: str) -> list[str]:
    """Return how choices of a kind were made."""
    return [choice.method for choice in background.choices if choice.kind == kind]


def refinery(allocation: Mapping[str, Mapping[str, float]] | None = None) -> DataSource:
    """Return a process with two products and someone who uses the second."""
    flows = [CO2, flow("oil"), flow("gas"), flow("heat", "MJ"), flow("slag", "kg", W)]
    makes = dataset("refinery", out("oil", 3, reference=True), out("gas", 1), out("co2", 8), allocation=allocation)
    return source(flows, makes, dataset("boiler", out("heat", 10, "MJ", reference=True), into("gas", 2)))


def test_mass_shares_burdens_by_mass() -> None:
    background = assemble(refinery(), Settings())
    assert carried(background) == pytest.approx({"refinery/oil": 2.0, "refinery/gas": 2.0, "boiler": 0.4})
    assert method_of(background, "allocation") == ["mass (preference)"]


def test_shares_of_the_file_go_before_mass() -> None:
    background = assemble(refinery(allocation={"economic": {"oil": 0.5, "gas": 0.5}}), Settings())
    assert carried(background) == pytest.approx({"refinery/oil": 4 / 3, "refinery/gas": 4.0, "boiler": 0.8})


def test_shares_of_the_file_that_do_not_sum_to_one_are_passed_over() -> None:
    background = assemble(refinery(allocation={"physical": {"oil": 0.5, "gas": 0.1}}), Settings())
    assert method_of(background, "allocation") == ["mass (preference)"]


def chosen(method: AllocationMethod, **weights: float) -> Settings:
    """Return a choice for the refinery."""
    return Settings(allocations={"refinery": AllocationChoice("refinery", method, weights)})


def test_prices_share_burdens_by_value() -> None:
    background = assemble(refinery(), chosen(AllocationMethod.ECONOMIC, oil=1.0, gas=5.0))
    assert carried(background)["refinery/gas"] == pytest.approx(8 * 5 / 8)
    assert method_of(background, "allocation") == ["economic (choice)"]


def test_a_worthless_product_carries_nothing_and_supplies_nobody() -> None:
    background = assemble(refinery(), chosen(AllocationMethod.ECONOMIC, oil=1.0, gas=0.0))
    assert carried(background) == pytest.approx({"refinery": 8 / 3, "boiler": 0.0})
    assert [(gap.flow, gap.amount) for gap in background.gaps] == [("gas", 2)]


def test_shares_of_a_person_go_before_everything() -> None:
    background = assemble(refinery(), chosen(AllocationMethod.SHARES, oil=0.25, gas=0.75))
    assert carried(background)["refinery/gas"] == pytest.approx(6.0)


def test_cut_off_lets_the_co_product_leave_free_and_says_who_misses_it() -> None:
    background = assemble(refinery(), chosen(AllocationMethod.CUT_OFF))
    assert carried(background) == pytest.approx({"refinery": 8 / 3, "boiler": 0.0})
    assert [gap.reason for gap in background.gaps] == ["no supplier"]


def test_substitution_credits_what_another_need_not_make() -> None:
    base = refinery()
    flows = [*base.flows.values()]
    other = dataset("well", out("gas", 2, reference=True), out("co2", 1))
    background = assemble(source(flows, *base.datasets.values(), other), chosen(AllocationMethod.SUBSTITUTION))
    found = carried(background)
    assert found["refinery"] == pytest.approx((8 - 0.5) / 3)
    assert found["boiler"] == pytest.approx(2 * 0.5 / 10)


def test_substitution_without_another_maker_is_a_gap_and_no_credit() -> None:
    background = assemble(refinery(), chosen(AllocationMethod.SUBSTITUTION))
    assert carried(background)["refinery"] == pytest.approx(8 / 3)
    assert (-1, "no supplier") in [(gap.amount, gap.reason) for gap in background.gaps]


def in_two_units() -> DataSource:
    """Return a refinery whose gas is counted in cubic metres."""
    flows = [CO2, flow("oil"), flow("gas", "m3"), flow("heat", "MJ")]
    makes = dataset("refinery", out("oil", 3, reference=True), out("gas", 1, "m3"), out("co2", 8))
    return source(flows, makes, dataset("boiler", out("heat", 10, "MJ", reference=True), into("gas", 2, "m3")))


def test_a_choice_that_cannot_be_applied_is_an_error() -> None:
    with pytest.raises(FootproofError) as caught:
        assemble(in_two_units(), chosen(AllocationMethod.MASS))
    assert caught.value.code == "E-ALLOCATION"


def test_products_in_different_units_fall_back_to_the_reference() -> None:
    assert method_of(assemble(in_two_units(), Settings()), "allocation") == ["cut-off (preference)"]


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=6), st.floats(0.1, 1e4))
def test_allocation_loses_nothing(masses: list[float], burden: float) -> None:
    flows = [CO2, *(flow(f"p{number}") for number in range(len(masses)))]
    exchanges = [out(f"p{number}", mass, reference=number == 0) for number, mass in enumerate(masses)]
    found = carried(assemble(source(flows, dataset("d", *exchanges, out("co2", burden))), Settings()))
    total = sum(found[f"d/p{number}"] * mass for number, mass in enumerate(masses))
    assert total == pytest.approx(burden, rel=1e-12)


def grid(
    several: tuple[Preference, ...] = Settings().several,
    *,
    roles: Mapping[str, Role] | None = None,
    suppliers: tuple[SupplierChoice, ...] = (),
) -> Background:
    """Return three makers of electricity and a user in Beijing."""
    flows = [CO2, flow("kwh", "kWh"), flow("steel")]
    makers = [
        dataset("bj", out("kwh", 1, "kWh", reference=True), out("co2", 1), location="CN-BJ"),
        dataset("cn", out("kwh", 1, "kWh", reference=True), out("co2", 2), location="CN"),
        dataset("glo", out("kwh", 1, "kWh", reference=True), out("co2", 6), location="GLO"),
    ]
    user = dataset("mill", out("steel", 1, reference=True), into("kwh", 1, "kWh"), location="CN-BJ")
    abroad = dataset("mill-us", out("steel", 1, reference=True), into("kwh", 1, "kWh"), location="US")
    settings = Settings(several=several, roles=roles or {}, suppliers=suppliers)
    return assemble(source(flows, *makers, user, abroad), settings)


def test_the_place_of_the_user_is_preferred_then_the_world() -> None:
    background = grid()
    assert carried(background)["mill"] == pytest.approx(1.0)
    assert carried(background)["mill-us"] == pytest.approx(6.0)
    assert method_of(background, "supplier") == ["location", "location"]


def test_equal_mixes_all_and_leave_links_nothing() -> None:
    assert carried(grid((Preference.EQUAL,)))["mill"] == pytest.approx(3.0)
    left = grid((Preference.LEAVE,))
    assert carried(left)["mill"] == 0
    assert {gap.reason for gap in left.gaps} == {"several suppliers"}


def test_a_market_mix_is_preferred_where_asked() -> None:
    found = grid((Preference.MARKET, Preference.EQUAL), roles={"cn": Role.MARKET_MIX})
    assert carried(found)["mill"] == pytest.approx(2.0)


def test_a_person_sets_the_mix_for_all_or_for_one_place() -> None:
    mix = SupplierChoice("kwh", {"bj": 0.25, "glo": 0.75}, location="US")
    found = grid(suppliers=(mix,))
    assert carried(found)["mill-us"] == pytest.approx(0.25 + 4.5)
    assert carried(found)["mill"] == pytest.approx(1.0)
    assert "choice" in method_of(found, "supplier")


@pytest.mark.parametrize(
    ("shares", "flow_name"),
    [({"bj": 0.5}, "kwh"), ({"mill": 1.0}, "kwh"), ({"nobody": 1.0}, "kwh"), ({"bj": 1.0}, "no such flow")],
)
def test_a_mix_that_makes_no_sense_is_refused(shares: dict[str, float], flow_name: str) -> None:
    if "mill" in shares:
        shares = {"mill": 0.4, "bj": 0.4}
    with pytest.raises(FootproofError) as caught:
        grid(suppliers=(SupplierChoice(flow_name, shares),))
    assert caught.value.code == "E-LINK-CHOICE"


def test_the_provider_of_the_file_goes_before_preferences_and_after_a_person() -> None:
    flows = [CO2, flow("kwh", "kWh"), flow("steel")]
    makers = [
        dataset("a", out("kwh", 1, "kWh", reference=True), out("co2", 1)),
        dataset("b", out("kwh", 1, "kWh", reference=True), out("co2", 2)),
    ]
    user = dataset("mill", out("steel", 1, reference=True), into("kwh", 1, "kWh", provider="b"))
    database = source(flows, *makers, user)
    assert carried(assemble(database, Settings()))["mill"] == pytest.approx(2.0)
    chosen_ = Settings(suppliers=(SupplierChoice("kwh", {"a": 1.0}, user="mill"),))
    assert carried(assemble(database, chosen_))["mill"] == pytest.approx(1.0)


def test_a_provider_of_another_flow_is_used_in_its_own_unit() -> None:
    flows = [CO2, flow("kwh", "kWh"), flow("mj", "MJ"), flow("steel")]
    maker = dataset("a", out("mj", 1, "MJ", reference=True), out("co2", 1))
    user = dataset("mill", out("steel", 1, reference=True), into("kwh", 1, "kWh", provider="a"))
    assert carried(assemble(source(flows, maker, user), Settings()))["mill"] == pytest.approx(3.6)


def namesakes(format_: str) -> Background:
    """Return a user whose electricity has another id than the one made."""
    flows = [CO2, flow("1", "MJ", name="Electricity "), flow("2", "kWh", name="electricity"), flow("steel")]
    maker = dataset("a", out("1", 1, "MJ", reference=True), out("co2", 1))
    user = dataset("mill", out("steel", 1, reference=True), into("2", 1, "kWh"))
    database = source(flows, maker, user, format_=format_)
    return assemble(database, default_settings(database))


def test_names_link_where_flows_have_no_ids_of_their_own() -> None:
    assert carried(namesakes("EcoSpold 1"))["mill"] == pytest.approx(3.6)


def test_names_are_proposed_where_flows_have_ids() -> None:
    found = namesakes("openLCA JSON-LD 2")
    assert carried(found)["mill"] == 0
    assert [gap.reason for gap in found.gaps] == ["namesake"]


def test_a_process_is_not_its_own_supplier_as_long_as_there_are_others() -> None:
    flows = [CO2, flow("kwh", "kWh")]
    first = dataset("a", out("kwh", 1, "kWh", reference=True), into("kwh", 0.5, "kWh"), out("co2", 1))
    second = dataset("b", out("kwh", 1, "kWh", reference=True), out("co2", 4))
    assert carried(assemble(source(flows, first, second), Settings()))["a"] == pytest.approx(3.0)
    assert carried(assemble(source(flows, first), Settings()))["a"] == pytest.approx(2.0)


def test_waste_goes_to_who_takes_it_and_treatment_is_a_product() -> None:
    flows = [CO2, flow("steel"), flow("slag", "kg", W)]
    maker = dataset("mill", out("steel", 1, reference=True), out("slag", 2), out("co2", 1))
    dump = dataset("dump", into("slag", 4, reference=True), out("co2", 2))
    found = assemble(source(flows, maker, dump), Settings())
    assert carried(found) == pytest.approx({"mill": 2.0, "dump": 0.5})


def test_treatment_written_with_negative_amounts_gives_the_same() -> None:
    flows = [CO2, flow("steel"), flow("slag")]
    maker = dataset("mill", out("steel", 1, reference=True), into("slag", -2), out("co2", 1))
    dump = dataset("dump", out("slag", -4, reference=True), out("co2", 2))
    found = assemble(source(flows, maker, dump), Settings())
    assert carried(found)["mill"] == pytest.approx(2.0)


def test_an_avoided_product_is_a_credit() -> None:
    flows = [CO2, flow("steel"), flow("kwh", "kWh")]
    power = dataset("power", out("kwh", 1, "kWh", reference=True), out("co2", 3))
    mill = dataset("mill", out("steel", 1, reference=True), out("kwh", 2, "kWh", avoided=True), out("co2", 1))
    assert carried(assemble(source(flows, power, mill), Settings()))["mill"] == pytest.approx(1 - 6)


def test_a_reference_that_is_an_input_is_a_use_and_supplies_nobody() -> None:
    flows = [CO2, flow("gas", "m3"), flow("steel")]
    burning = dataset("burning", into("gas", 10, "m3", reference=True), out("co2", 20))
    mill = dataset("mill", out("steel", 1, reference=True), into("gas", 1, "m3"))
    found = assemble(source(flows, burning, mill), Settings())
    assert carried(found) == pytest.approx({"burning": 2.0, "mill": 0.0})
    assert [finding.code for finding in found.findings] == ["F-LINK-REFERENCE-INPUT"]


def test_units_convert_and_what_does_not_is_a_gap() -> None:
    flows = [CO2, flow("kwh", "MJ"), flow("steel"), flow("oil", "kg")]
    power = dataset("power", out("kwh", 1, "kWh", reference=True), out("co2", 3))
    drill = dataset("drill", out("oil", 1, reference=True), out("co2", 1))
    mill = dataset("mill", out("steel", 1, reference=True), into("kwh", 2, "kilowatt hour"), into("oil", 1, "m3"))
    found = assemble(source(flows, power, drill, mill), Settings())
    assert carried(found)["mill"] == pytest.approx(6.0)
    assert carried(found)["power"] == pytest.approx(3 / 3.6)
    assert [(gap.flow, gap.reason) for gap in found.gaps] == [("oil", "unit")]
    assert [finding.code for finding in found.findings] == ["F-LINK-UNIT"]


def test_what_is_excluded_is_recorded_and_missed() -> None:
    flows = [CO2, flow("kwh", "kWh"), flow("steel")]
    power = dataset("power", out("kwh", 1, "kWh", reference=True), out("co2", 3), kind=DatasetKind.SECTOR)
    mill = dataset("mill", out("steel", 1, reference=True), into("kwh", 2, "kWh"), out("co2", 1))
    settings = Settings(exclusions=(Exclusion(kind="input-output sector", reason="prices"),))
    found = assemble(source(flows, power, mill), settings)
    assert [activity.id for activity in found.activities] == ["mill"]
    assert len(found.gaps) == 1
    with pytest.raises(FootproofError) as caught:
        assemble(source(flows, power, mill), Settings(exclusions=(Exclusion(dataset="x"),)))
    assert caught.value.code == "E-LINK-DATASET"


def test_a_database_that_makes_nothing_is_refused() -> None:
    with pytest.raises(FootproofError) as caught:
        assemble(source([CO2], dataset("d", out("co2", 1))), Settings())
    assert caught.value.code == "E-LINK-NOTHING"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("market for steel", "market mix"),
        ("aluminium ingot, primary", "virgin"),
        ("再生铝锭", "recycled"),
        ("treatment of slag, landfill", "disposal"),
        ("steel production", ""),
        ("primary energy converter", ""),
    ],
)
def test_roles_are_read_from_names_and_recorded(name: str, role: str) -> None:
    flows = [CO2, flow("steel", kind=P)]
    found = assemble(source(flows, dataset("d", out("steel", 1, reference=True), name=name)), Settings())
    assert found.activities[0].role == role
    assert [choice.method for choice in found.choices if choice.kind == "role"] == (["name"] if role else [])
    chosen_ = assemble(
        source(flows, dataset("d", out("steel", 1, reference=True), name=name)), Settings(roles={"d": Role.VIRGIN})
    )
    assert chosen_.activities[0].role == "virgin"


@pytest.mark.parametrize(
    ("name", "flies"),
    [
        ("Transport, aircraft, freight", True),
        ("transport, freight, air", True),
        ("航空运输，货运", True),
        ("aircraft production, passenger", False),
        ("compressed air, transport of", False),
        ("transport, lorry", False),
    ],
)
def test_aircraft_are_tagged_by_name(name: str, flies: bool) -> None:
    database = source([CO2, flow("t", "tkm")], dataset("d", out("t", 1, "tkm", reference=True), name=name))
    assert assemble(database, Settings()).system.tags["aircraft"].tolist() == [flies]
    chosen_ = assemble(database, Settings(tags={"aircraft": frozenset({"d"})}))
    assert chosen_.system.tags["aircraft"].tolist() == [True]


def test_what_nature_gives_is_negative() -> None:
    flows = [CO2, flow("wood")]
    forest = dataset("forest", out("wood", 1, reference=True), into("co2", 1.8))
    found = assemble(source(flows, forest), Settings())
    np.testing.assert_allclose(found.system.biosphere.toarray(), [[-1.8]])

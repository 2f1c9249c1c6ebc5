"""Dated parameters: what ships, how it is read, and which value held as known on a day."""

import csv
import json
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from footproof.cli.parameter import parameter as command
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import (
    Confidence,
    DatedValue,
    EmissionOrigin,
    FactorQuantity,
    FactorScope,
    Fuel,
    GwpSet,
    ParameterKind,
    as_known,
    first_known,
)
from footproof.rules.parameters import ParameterBook, read_parameter, shipped
from footproof.texts import LANGUAGES, Lang
from footproof.units import unit

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/factors"
TODAY = date(2026, 11, 21)

needs_companion = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the machine-readable factors are not beside this checkout"
)

FACTOR = """id = "x.y"
kind = "factor"
name = { zh = "甲", en = "A" }
unit = "kg CO2e / kWh"
quantity = "life-cycle CO2e"
scope = "life cycle"
origin = "undifferentiated"
gas = "CO2e"
region = "CN"
annual = true

[[value]]
data_year = 2023
published = 2025-01-17
value = 0.6205
source = { zh = "甲", en = "A" }
confidence = "official"
"""
SECOND = """
[[value]]
data_year = 2024
published = 2025-10-23
value = 0.5777
source = { zh = "甲", en = "A" }
confidence = "official"
"""


def companion(name: str) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = json.loads((SHARED / name).read_text("utf-8"), parse_float=Decimal)
    return found


def numbers(key: str) -> dict[str, Decimal]:
    return {
        str(edition.data_year): edition.value for edition in shipped()[key].editions if isinstance(edition, DatedValue)
    }


# What ships.


@pytest.mark.parametrize(("day", "value"), [("2025-06-30", "0.6205"), ("2025-12-01", "0.5777")])
def test_the_national_factor_as_known_on_a_day(day: str, value: str) -> None:
    found = shipped().value("cn.electricity.average", date.fromisoformat(day))
    assert str(found.value) == value


def test_the_national_factor_of_a_study_about_2023_stays() -> None:
    found = shipped().value("cn.electricity.average", TODAY, data_year=2023)
    assert (found.value, found.data_year) == (Decimal("0.6205"), 2023)


@needs_companion
def test_electricity_footprint_factors_equal_the_companion() -> None:
    printed = companion("cn_electricity_carbon_footprint_factors.json")
    ids = {
        "national_average": "average",
        "td_excl_losses": "transmission_without_losses",
        "td_incl_losses": "transmission_with_losses",
    }
    for year in ("2023", "2024"):
        for item, value in printed[year].items():
            assert numbers(f"cn.electricity.{ids.get(item, item)}").get(year) == value
    assert sum(key.startswith("cn.electricity.") for key in shipped()) == len(printed["2024"]) == 11


@needs_companion
def test_grid_co2_factors_equal_the_companion() -> None:
    printed = json.loads((SHARED / "cn_grid_co2_factors.json").read_text("utf-8"), parse_float=Decimal)
    assert numbers("cn.grid_co2.national.average") == printed["national"]
    assert numbers("cn.grid_co2.national.without_traded_nonfossil") == printed["excl_market_nonfossil"]
    assert numbers("cn.grid_co2.national.fossil") == printed["fossil_only"]
    for group, prefix in (("regional", "cn.grid_co2.region."), ("provincial", "cn.grid_co2.province.")):
        ours = {item.name.zh: numbers(key) for key, item in shipped().items() if key.startswith(prefix)}
        assert len(ours) == len(printed[group]) == {"regional": 7, "provincial": 30}[group]
        for place, values in printed[group].items():
            assert [found for name, found in ours.items() if name.startswith(place)] == [values]


@needs_companion
@pytest.mark.parametrize("report", ["AR4", "AR5", "AR6"])
def test_gwp_sets_equal_the_companion(report: str) -> None:
    with (SHARED / "gwp_openclimatedata.csv").open(encoding="utf-8", newline="") as file:
        printed = {
            row["Species"]: Decimal(row[f"{report}GWP100"]) for row in csv.DictReader(file) if row[f"{report}GWP100"]
        }
    found = shipped().gwp_set(f"gwp100.{report.lower()}", TODAY)
    ours = {key: entry.value for key, entry in found.species.items()}
    assert ours.pop("CO2") == 1
    split = {key: str(ours.pop(key)) for key in ("CH4_fossil", "CH4_nonfossil")}
    assert (
        split
        == {
            "AR4": {"CH4_fossil": "25", "CH4_nonfossil": "25"},
            "AR5": {"CH4_fossil": "30", "CH4_nonfossil": "28"},
            "AR6": {"CH4_fossil": "29.8", "CH4_nonfossil": "27.0"},
        }[report]
    )
    assert ours == printed


def test_no_set_of_a_report_is_known_before_the_report() -> None:
    with pytest.raises(FootproofError) as caught:
        shipped().gwp_set("gwp100.ar6", date(2021, 8, 8))
    assert (caught.value.code, caught.value.values["first"]) == ("E-PARAM-NOT-KNOWN", date(2021, 8, 9))


@pytest.mark.parametrize("key", sorted(shipped()))
def test_every_file_says_what_it_is_in_both_languages(key: str) -> None:
    item = shipped()[key]
    assert item.file == key.replace(".", "/") + ".toml"
    texts = [item.name, item.note, *(edition.source for edition in item.editions)]
    for text in filter(None, [*texts, *(edition.note for edition in item.editions)]):
        assert any("一" <= char <= "鿿" for char in text.zh)
        assert text.en.isascii() or not any("一" <= char <= "鿿" for char in text.en)


UNITS = sorted(
    {item.unit for item in shipped().values()}
    | {
        text
        for item in shipped().values()
        for found in item.editions
        if isinstance(found, Fuel)
        for text in (found.ncv_unit, found.carbon_unit)
    }
)


@pytest.mark.parametrize("text", UNITS)
def test_units_are_in_the_table(text: str) -> None:
    assert unit(text)


def test_names_are_not_shared() -> None:
    names = [item.name for item in shipped().values()]
    assert len(set(names)) == len(names)


def test_life_cycle_and_direct_electricity_are_different_quantities() -> None:
    for key, item in shipped().items():
        if key.startswith("cn.electricity."):
            assert (item.quantity, item.gas) == (FactorQuantity.LIFE_CYCLE_CO2E, "CO2e")
            assert (item.scope, item.origin) == (FactorScope.LIFE_CYCLE, EmissionOrigin.UNDIFFERENTIATED)
        if key.startswith("cn.grid_co2."):
            assert (item.quantity, item.gas) == (FactorQuantity.DIRECT_CO2, "CO2")
            assert item.scope is FactorScope.DIRECT


@pytest.mark.parametrize(
    ("fuel", "factor"),
    [
        # carbon-rules 5.2, column EF: t CO2 / t, and t CO2 / 10^4 Nm3 for gas
        ("coke", "2.8527"),
        ("fuel_oil", "3.1705"),
        ("gasoline", "2.9251"),
        ("diesel", "3.0959"),
        ("lpg", "3.1013"),
        ("natural_gas", "21.6502"),
    ],
)
def test_fuel_defaults_make_the_published_factor(fuel: str, factor: str) -> None:
    found = shipped().fuel(f"cn.fuel.mee_cement.{fuel}", TODAY)
    assert found.oxidation is not None
    made = Fraction(found.ncv) * Fraction(found.carbon) * Fraction(found.oxidation) * Fraction(44, 12)
    assert abs(made - Fraction(factor)) <= Fraction(1, 20_000)


@pytest.mark.parametrize(
    ("fuel", "factor"),
    [
        ("natural_gas", "56.1"),
        ("gas_diesel_oil", "74.1"),
        ("lignite", "101.2"),
        ("coal_tar", "80.7"),
        ("wood", "111.8"),
    ],
)
def test_ipcc_defaults_make_the_published_factor(fuel: str, factor: str) -> None:
    found = shipped().fuel(f"ipcc.fuel.{fuel}", TODAY)
    # kg CO2 / GJ, printed with one decimal
    assert abs(Fraction(found.carbon) * Fraction(44, 12) - Fraction(factor)) <= Fraction(1, 20)


def test_solid_fuel_oxidises_by_device() -> None:
    coal = shipped().fuel("cn.fuel.mee_cement.bituminous_coal", TODAY)
    assert coal.oxidised_share("cement_kiln") == Decimal("0.99")
    assert coal.oxidised_share("power_boiler") == Decimal("0.95")
    assert coal.oxidised_share("industrial_boiler") == Decimal("0.85")
    assert coal.oxidised_share() is None
    assert coal.oxidised_share("stove") is None
    assert shipped().fuel("cn.fuel.mee_cement.coke", TODAY).oxidised_share("stove") == Decimal("0.93")


# What is refused.


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("unit =", "units =", "E-KEY-UNKNOWN", 4),
        ('confidence = "official"', 'confidence = "official"\nvalue2 = 1', "E-KEY-UNKNOWN", 18),
        ('region = "CN"\n', "", "E-KEY-MISSING", None),
        ("published = 2025-01-17\n", "", "E-KEY-MISSING", 12),
        ('zh = "甲", en = "A" }\nunit', 'zh = "甲" }\nunit', "E-TEXT-LANGUAGE", 3),
        ('source = { zh = "甲", en = "A" }', 'source = { en = "A" }', "E-TEXT-LANGUAGE", 16),
        ("value = 0.6205", "value = nan", "E-NUMBER", 15),
        ("value = 0.6205", "value = inf", "E-NUMBER", 15),
        ("value = 0.6205", "value = 1e99", "E-NUMBER", 15),
        ("value = 0.6205", 'value = "0.6205"', "E-KEY-TYPE", 15),
        ("published = 2025-01-17", 'published = "2025-01-17"', "E-KEY-TYPE", 14),
        ("data_year = 2023\n", "", "E-PARAM-DATA-YEAR-KEY", 12),
        ("annual = true", "annual = false", "E-PARAM-DATA-YEAR-KEY", 13),
        ("data_year = 2023", "data_year = 23", "E-PARAM-RANGE", 13),
        ('"official"', '"sure"', "E-KEY-CHOICE", 17),
        ('scope = "life cycle"', 'scope = "all"', "E-KEY-CHOICE", 6),
        ('kind = "factor"', 'kind = "gwp"', "E-KEY-CHOICE", 2),
        ('id = "x.y"', "id = x.y", "E-TOML-SYNTAX", 1),
    ],
)
def test_a_planted_defect_is_found_on_its_line(old: str, new: str, code: str, line: int | None) -> None:
    assert FACTOR.count(old) >= 1
    with pytest.raises(FootproofError) as caught:
        read_parameter(FACTOR.replace(old, new, 1).encode(), "p.toml")
    assert caught.value.code == code
    assert caught.value.where is not None
    assert caught.value.where.file == "p.toml"
    assert caught.value.where.line == line


def test_two_values_of_the_same_dates_are_refused() -> None:
    twice = FACTOR + FACTOR[FACTOR.index("\n[[value]]") :]
    with pytest.raises(FootproofError) as caught:
        read_parameter(twice.encode(), "p.toml")
    assert (caught.value.code, str(caught.value.where)) == (
        "E-PARAM-SAME-DATES",
        "p.toml, line 21, value[1].published",
    )


def test_values_out_of_order_are_refused() -> None:
    head, first = FACTOR.split("\n[[value]]")
    with pytest.raises(FootproofError) as caught:
        read_parameter((head + SECOND + "\n[[value]]" + first).encode(), "p.toml")
    assert caught.value.code == "E-PARAM-ORDER"
    assert len(read_parameter((FACTOR + SECOND).encode(), "p.toml").editions) == 2


def test_an_id_claimed_twice_is_refused() -> None:
    with pytest.raises(FootproofError) as caught:
        ParameterBook.read([("a.toml", FACTOR.encode()), ("b.toml", FACTOR.encode())])
    assert (caught.value.code, caught.value.values["other"]) == ("E-PARAM-DUPLICATE", "a.toml")


@pytest.mark.parametrize(
    ("key", "old", "new", "code"),
    [
        ("cn.fuel.mee_cement.coke", "oxidation = 0.93", "oxidation = 93", "E-PARAM-RANGE"),
        ("cn.fuel.mee_cement.coke", "cement_kiln = 0.99", "cement_kiln = 0", "E-PARAM-RANGE"),
        ("cn.fuel.mee_cement.coke", "ncv = 28.435", "ncv = -28.435", "E-PARAM-RANGE"),
        ("cn.fuel.mee_cement.coke", "ncv_unit", "unit_of_ncv", "E-KEY-UNKNOWN"),
        ("gwp100.ar6", 'source = "reference"', 'source = "hearsay"', "E-KEY-CHOICE"),
        ("gwp100.ar6", "value = 1,", "value = 0,", "E-PARAM-RANGE"),
        ("gwp100.ar6", "[value.species]", "[value.gases]", "E-KEY-UNKNOWN"),
    ],
)
def test_defects_in_fuels_and_gwp_sets_are_refused(key: str, old: str, new: str, code: str) -> None:
    file = resources.files("footproof") / "params" / shipped()[key].file
    text = file.read_text("utf-8")
    assert old in text
    with pytest.raises(FootproofError) as caught:
        read_parameter(text.replace(old, new, 1).encode(), "p.toml")
    assert caught.value.code == code


def test_an_unknown_id_names_its_neighbours() -> None:
    with pytest.raises(FootproofError) as caught:
        shipped().value("cn.electricity.averag", TODAY)
    assert caught.value.code == "E-PARAM-UNKNOWN"
    assert "cn.electricity.average" in str(caught.value.values["close"])


def test_a_table_is_no_number() -> None:
    with pytest.raises(FootproofError, match="E-PARAM-KIND"):
        shipped().value("gwp100.ar6", TODAY)
    with pytest.raises(FootproofError, match="E-PARAM-KIND"):
        shipped().fuel("cn.electricity.average", TODAY)
    assert isinstance(shipped().edition("gwp100.ar6", TODAY), GwpSet)
    assert isinstance(shipped().edition("ipcc.fuel.wood", TODAY), Fuel)


def test_what_was_not_known_says_since_when_it_is() -> None:
    with pytest.raises(FootproofError) as caught:
        shipped().value("cn.electricity.average", date(2025, 1, 16))
    assert (caught.value.code, caught.value.values["first"]) == ("E-PARAM-NOT-KNOWN", date(2025, 1, 17))


def test_a_study_before_the_first_data_year_is_told_so() -> None:
    with pytest.raises(FootproofError) as caught:
        shipped().value("cn.electricity.average", TODAY, data_year=2022)
    assert (caught.value.code, caught.value.values["first_year"]) == ("E-PARAM-DATA-YEAR", 2023)


def test_every_code_raised_here_has_its_words() -> None:
    texts = resources.files("footproof.texts")
    known: set[str] = set()
    for name in ("errors.toml", "errors_params.toml"):
        file = texts / name
        if file.is_file():
            known |= set(tomllib.loads(file.read_text("utf-8")))
    root = resources.files("footproof")
    raised: set[str] = set()
    for source in ("formats/toml.py", "rules/parameters.py"):
        text = (root / source).read_text("utf-8")
        raised |= {part.split('"')[0] for part in text.split('"')[1:] if part.startswith("E-")}
    assert raised
    assert raised <= known


# The two-date choice as a law.


def edition(published: date, data_year: int | None, value: int) -> DatedValue:
    return DatedValue(
        published=published,
        data_year=data_year,
        value=Decimal(value),
        source=Bilingual("甲", "a"),
        confidence=Confidence.OFFICIAL,
    )


DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))
YEARS = st.integers(2018, 2026)
EDITIONS = st.lists(
    st.builds(edition, DAYS, YEARS, st.integers(1, 99)),
    max_size=8,
    unique_by=lambda item: (item.published, item.data_year),
)


@given(EDITIONS, st.builds(edition, DAYS, YEARS, st.integers(1, 99)), DAYS, YEARS)
def test_a_later_publication_never_changes_an_earlier_answer(
    editions: list[DatedValue], later: DatedValue, known_on: date, data_year: int
) -> None:
    if later.published <= known_on:
        known_on = later.published - timedelta(days=1)
    assert as_known([*editions, later], known_on, data_year) == as_known(editions, known_on, data_year)


@given(EDITIONS.flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))), DAYS, YEARS)
def test_the_choice_does_not_depend_on_the_order(
    orders: tuple[list[DatedValue], list[DatedValue]], known_on: date, data_year: int
) -> None:
    written, mixed = orders
    assert as_known(mixed, known_on, data_year) == as_known(written, known_on, data_year)


@given(EDITIONS, DAYS, YEARS)
def test_the_choice_is_the_newest_known_year_and_its_latest_publication(
    editions: list[DatedValue], known_on: date, data_year: int
) -> None:
    chosen = as_known(editions, known_on, data_year)
    rivals = [e for e in editions if e.published <= known_on and (e.data_year or 0) <= data_year]
    assert (chosen is None) == (not rivals)
    if chosen is not None:
        assert chosen in rivals
        assert all((e.data_year or 0) <= (chosen.data_year or 0) for e in rivals)
        assert all(e.published <= chosen.published for e in rivals if e.data_year == chosen.data_year)


@given(EDITIONS, YEARS)
def test_the_first_known_day_is_the_first_with_an_answer(editions: list[DatedValue], data_year: int) -> None:
    first = first_known(editions, data_year)
    if first is None:
        assert as_known(editions, date.max, data_year) is None
    else:
        assert as_known(editions, first, data_year) is not None
        assert as_known(editions, first - timedelta(days=1), data_year) is None


def test_a_correction_counts_from_its_own_day() -> None:
    first, newer = edition(date(2025, 1, 17), 2023, 1), edition(date(2025, 10, 23), 2024, 2)
    corrected = edition(date(2025, 11, 30), 2023, 3)
    editions = [first, newer, corrected]
    assert as_known(editions, date(2025, 11, 29), 2023) == first
    assert as_known(editions, date(2025, 11, 30), 2023) == corrected
    assert as_known(editions, date(2025, 11, 30), 2024) == newer
    assert as_known(editions, date(2025, 11, 30)) == newer


def test_a_value_without_a_year_serves_every_year() -> None:
    old, new = edition(date(2013, 9, 27), None, 30), edition(date(2021, 8, 9), None, 29)
    assert as_known([old, new], date(2021, 8, 8), 1990) == old
    assert as_known([old, new], date(2021, 8, 9), 1990) == new


# The folder and the command.


def test_a_folder_is_read_with_its_subfolders(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/y.toml").write_text(FACTOR, "utf-8")
    (tmp_path / "README.md").write_text("not a parameter", "utf-8")
    book = ParameterBook.read_folder(tmp_path)
    assert list(book) == ["x.y"]
    assert book["x.y"].file == "x/y.toml"
    assert book["x.y"].kind is ParameterKind.FACTOR


def run(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_command_prints_exact_strings() -> None:
    found = run("cn.electricity.average", "--known-on", "2025-06-30")
    assert found["value"] == "0.6205"
    assert (found["unit"], found["published"]) == ("kg CO2e / kWh", "2025-01-17")
    assert run("cn.electricity.average", "--known-on", "2025-12-01")["value"] == "0.5777"
    assert run("cn.electricity.average", "--known-on", "2026-01-01", "--data-year", "2023")["value"] == "0.6205"
    assert run("cn.grid_co2.region.east", "--known-on", "2026-01-01")["value"] == "0.55"
    assert run("ipcc.fuel.wood")["oxidation"] == "1"
    assert run("gwp100.ar6")["species"]["CH4_nonfossil"] == "27"  # type: ignore[index]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_speaks_the_language_of_its_reader(lang: Lang) -> None:
    for key in ("cn.electricity.average", "cn.fuel.mee_cement.coke", "gwp100.ar5"):
        done = CliRunner().invoke(command, [key], env={"FOOTPROOF_LANG": lang})
        assert done.exit_code == 0
        assert shipped()[key].name.say(lang) in done.stdout


def test_the_command_lists_by_id_and_by_name() -> None:
    listed = CliRunner().invoke(command, ["--list", "湖北"]).stdout.split()
    assert "cn.grid_co2.province.hubei" in listed
    everything = run("--list")["parameters"]
    assert isinstance(everything, list)
    assert len(everything) == len(shipped())


@pytest.mark.parametrize("arguments", [[], ["cn.electricity.average", "--known-on", "June"]])
def test_a_bad_call_leaves_with_two(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, FootproofError)
    assert result.exception.code in ("E-CALL", "E-DATE")  # `main` leaves with 2 for both.

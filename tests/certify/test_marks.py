"""Marks: licensed under their own scheme, rounded once, and shown only where a market allows it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.marks import (
    AUDIENCES,
    MEDIA,
    label_agrees,
    label_value,
    may_license,
    may_show,
    read_markets,
    shipped_markets,
)
from footproof.certify.scheme import load_scheme, shipped_schemes
from footproof.errors import FootproofError
from footproof.label.rounding import plain_text, round_significant
from footproof.model.scheme import Mark
from footproof.texts import describe

LABEL = load_scheme("cn.cfp.label@CNCA-CFP-00-2025")
NEUTRAL = load_scheme("cn.carbon-neutral@ISO-14068-1-2023")
ENERGY = load_scheme("cn.energy-management@GBT-23331-2020")
STARS = load_scheme("cn.green-building-materials@2020")
FIRST = date(2026, 9, 27)
figures = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(1, 10**12), st.integers(-9, 3)
)


def _mark(name: str) -> Mark:
    mark = load_scheme(name).mark
    assert mark is not None
    return mark


FOOTPRINT, OFFSET, SYSTEM = (_mark(one.name) for one in (LABEL, NEUTRAL, ENERGY))


@pytest.mark.parametrize(
    ("audience", "on", "code"),
    [
        ("consumer", date(2026, 9, 26), ""),
        ("consumer", FIRST, "E-MARK-FORBIDDEN"),
        ("consumer", date(2030, 1, 1), "E-MARK-FORBIDDEN"),
        ("business", FIRST, ""),
        ("authority", FIRST, ""),
    ],
)
def test_offset_neutrality_of_a_product_is_not_claimed_to_consumers_in_the_union(
    audience: str, on: date, code: str
) -> None:
    for medium in MEDIA:
        answer = may_show(OFFSET, "EU", audience, on, medium)
        assert (answer.ok, answer.code) == (not code, code)


def test_the_refusal_names_the_law_in_both_languages() -> None:
    problem = may_show(OFFSET, "EU", "consumer", FIRST).problem
    assert problem is not None
    for lang in ("zh", "en"):
        message, advice = describe(problem, lang)
        assert "2024/825" in message
        assert "2026-09-27" in message
        assert advice


def test_a_footprint_may_be_shown_where_neutrality_may_not() -> None:
    for audience, medium in product(AUDIENCES, MEDIA):
        assert may_show(FOOTPRINT, "EU", audience, FIRST, medium).ok
        assert may_show(OFFSET, "CN", audience, FIRST, medium).ok


@pytest.mark.parametrize(("medium", "ok"), [("product", False), ("packaging", False), ("website", True)])
def test_a_system_mark_is_shown_on_no_product_anywhere(medium: str, ok: bool) -> None:
    for market in shipped_markets().markets:
        assert may_show(SYSTEM, market, "business", FIRST, medium).ok is ok


@given(st.sampled_from(AUDIENCES), st.dates(FIRST, date(2100, 1, 1)), st.sampled_from(MEDIA))
def test_what_is_forbidden_without_an_end_stays_forbidden(audience: str, on: date, medium: str) -> None:
    if not may_show(OFFSET, "EU", audience, FIRST, medium).ok:
        assert not may_show(OFFSET, "EU", audience, on, medium).ok


@pytest.mark.parametrize(
    ("market", "audience", "medium", "code"),
    [
        ("US", "consumer", "product", "E-MARK-MARKET"),
        ("*", "consumer", "product", "E-MARK-MARKET"),
        ("EU", "everybody", "product", "E-MARK-PLACE"),
        ("EU", "consumer", "skywriting", "E-MARK-PLACE"),
    ],
)
def test_silence_is_no_permission(market: str, audience: str, medium: str, code: str) -> None:
    assert may_show(FOOTPRINT, market, audience, FIRST, medium).code == code


def test_the_national_mark_stands_under_the_national_scheme_only() -> None:
    assert may_license(LABEL, FOOTPRINT, "cn.pcf:3", "CN-FJ").ok
    for name in shipped_schemes():
        scheme = load_scheme(name)
        if scheme.id != "cn.cfp.label":
            assert may_license(scheme, FOOTPRINT, "cn.pcf:3", "CN-FJ").code == "E-MARK-SCHEME"
            # Not even where the scheme names it as its own.
            owned = replace(scheme, mark=FOOTPRINT, catalogue=(), national=False)
            assert may_license(owned, FOOTPRINT, "cn.pcf:3", "CN-FJ").code == "E-MARK-SCHEME"


def test_the_national_mark_stands_in_the_scope_of_its_scheme_only() -> None:
    assert may_license(LABEL, FOOTPRINT, "cn.pcf:18", "CN-FJ").code == "E-MARK-ITEM"
    listed = replace(LABEL, provinces=("CN-FJ", "CN-SD"))
    assert may_license(listed, FOOTPRINT, "cn.pcf:3", "CN-FJ").unconfirmed == ()
    assert may_license(listed, FOOTPRINT, "cn.pcf:3", "CN-XZ").code == "E-MARK-PROVINCE"


def test_a_list_of_provinces_that_is_not_known_is_said() -> None:
    assert LABEL.provinces == ()
    assert may_license(LABEL, FOOTPRINT, "cn.pcf:3", "CN-FJ").unconfirmed == ("provinces",)


@given(figures)
def test_a_label_shows_the_certified_value_rounded_once(value: Decimal) -> None:
    shown = label_value(FOOTPRINT, value)
    assert shown == plain_text(round_significant(value, FOOTPRINT.digits))
    assert label_agrees(FOOTPRINT, value, shown).ok
    assert label_agrees(FOOTPRINT, value, shown + "1").code == "E-MARK-ROUNDING"


def test_rounding_twice_is_found() -> None:
    assert label_value(FOOTPRINT, Decimal("61.249")) == "61.2"
    assert label_agrees(FOOTPRINT, Decimal("61.249"), "61.3").code == "E-MARK-ROUNDING"


def test_a_mark_without_a_figure_shows_none() -> None:
    with pytest.raises(FootproofError) as refusal:
        label_value(OFFSET, Decimal(0))
    assert refusal.value.code == "E-MARK-VALUE"
    assert STARS.mark is not None
    assert STARS.mark.shows == "grade"


RULE = """
[[market]]
id = "EU"
name = { zh = "欧盟", en = "EU" }
note = { zh = "示例", en = "invented" }
[[rule]]
id = "r"
market = "MARKET"
claims = ["CLAIM"]
objects = ["product"]
audiences = ["AUDIENCE"]
media = ["product"]
first = 2026-01-01
last = 2026-06-30
text = { zh = "示例", en = "invented" }
source = "invented"
confidence = "recalled"
"""


def _rules(market: str = "EU", claim: str = "footprint", audience: str = "consumer") -> bytes:
    return RULE.replace("MARKET", market).replace("CLAIM", claim).replace("AUDIENCE", audience).encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_rules(market="FR"), "E-MARK-MARKET"),
        (_rules(claim="magic"), "E-KEY-CHOICE"),
        (_rules(audience="all"), "E-KEY-CHOICE"),
        (_rules() + b"why = 1\n", "E-KEY-UNKNOWN"),
    ],
)
def test_market_rules_are_read_strictly(data: bytes, code: str) -> None:
    with pytest.raises(FootproofError) as refusal:
        read_markets(data, "markets.toml")
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("on", "ok"),
    [
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
        (date(2026, 6, 30), False),
        (date(2026, 7, 1), True),
    ],
)
def test_a_prohibition_holds_from_its_first_day_to_its_last(on: date, ok: bool) -> None:
    markets = read_markets(_rules(), "markets.toml")
    assert may_show(FOOTPRINT, "EU", "consumer", on, markets=markets).ok is ok

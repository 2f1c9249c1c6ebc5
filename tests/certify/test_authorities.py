"""Authorities reach what is made in their own place; the national one, everything (I15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify import cast
from certify.cast import NORTH, OFFICIALS, Script
from footproof.certify.certificate import Certified, Turn
from footproof.certify.orders import IssueOrder
from footproof.certify.refusals import reaches
from footproof.certify.surveillance import ReportTrigger
from footproof.errors import FootproofError
from footproof.model.days import legal_day

NUMBER, REASONS = "DEMO-00001", cast.mark("reasons")
FOUND = ReportTrigger(NUMBER, (("market_finding", "true"),))
PLACES = st.sampled_from(("CN", "CN-FJ", "CN-ZJ", "DE", "DE-BY", ""))


@pytest.fixture
def script() -> Script:
    """Return a way through a world with a certificate of a site in Fujian."""
    found = Script(cast.settled())
    found.certify(NUMBER, client=NORTH)
    return found


@pytest.mark.parametrize("asked", [IssueOrder(NUMBER, Turn.SUSPENDED, REASONS), FOUND])
def test_an_authority_acts_in_its_own_place_and_the_national_one_everywhere(script: Script, asked: object) -> None:
    with pytest.raises(FootproofError) as refusal:
        script.do(asked, OFFICIALS["elsewhere"])  # type: ignore[arg-type]
    assert refusal.value.code == "E-AUTHORITY-PLACE"
    assert refusal.value.values["found"] == "CN-FJ"
    assert refusal.value.values["needed"] == "CN-ZJ"
    for official in ("province", "regulator"):
        script.do(asked, OFFICIALS[official])  # type: ignore[arg-type]
    found = script.world.find(Certified, NUMBER)
    assert found is not None
    if asked is not FOUND:
        assert {one.by for one in found.orders(legal_day(script.now))} == {cast.PROVINCE, cast.REGULATOR}


def test_a_planner_reports_what_moved_wherever_the_site_is(script: Script) -> None:
    script.do(FOUND, cast.actor(cast.ALPHA, "p"))


@given(authority=PLACES, place=PLACES)
def test_reach_is_that_of_the_place_or_of_all(authority: str, place: str) -> None:
    expected = authority == "CN" or (authority != "" and authority in (place, place[:2]))
    assert reaches(authority, place) == expected

"""Authorities reach what is in their own place; the national one, everything, filings and pilots with it (I15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify import cast
from certify.cast import ALPHA, LONG_AGO, NORTH, OFFICIALS, REDUCTION, Script
from footproof.certify.certificate import Certified, Turn
from footproof.certify.filing_operations import DeregisterFiling, FileRule, ResubmitFiling, ReturnFiling
from footproof.certify.filings import Filing
from footproof.certify.orders import IssueOrder
from footproof.certify.people import Organisation
from footproof.certify.refusals import PILOT, reaches
from footproof.certify.register import ChangeScope, GrantScope
from footproof.certify.surveillance import ReportTrigger
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.recognition import Change, Scope

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


def test_rules_are_filed_with_the_national_authority(script: Script) -> None:
    """Whoever has a province neither strikes, returns nor files, were the body in that province."""
    strike, national = DeregisterFiling(ALPHA, REDUCTION, REASONS), OFFICIALS["regulator"]
    again = ResubmitFiling(REDUCTION, "reduction-removal", cast.mark("rule 2"), ALPHA)
    back, file = ReturnFiling(ALPHA, REDUCTION, REASONS), FileRule(ALPHA, REDUCTION)
    manager = cast.actor(ALPHA, "m")
    for asked, by in ((strike, national), (again, manager), (back, national), (again, manager), (file, national)):
        for official in ("elsewhere", "province") if by is national else ():
            with pytest.raises(FootproofError) as refusal:
                script.do(asked, OFFICIALS[official])
            assert (refusal.value.code, refusal.value.values["found"]) == ("E-AUTHORITY-PLACE", "CN")
        script.do(asked, by)
    filing = script.world.find(Filing, Filing.name(ALPHA, REDUCTION))
    assert filing is not None
    assert filing.state == "filed"


def approves(script: Script, official: str, *places: str, activity: str = "*") -> str:
    """Let an authority approve a body; return the code with which it is refused, empty where it is not."""
    scope = Scope("1", (activity,), ("*",), ("*",), places, LONG_AGO, None, legal_day(script.now))
    try:
        script.do(GrantScope(ALPHA, "approval-2", "DEMO-9", (scope,)), OFFICIALS[official])
    except FootproofError as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("official", "places", "activity", "code"),
    [
        ("province", ("place:CN-FJ",), "*", ""),
        ("province", ("place:CN-FJ", "place:CN-ZJ"), "*", "E-AUTHORITY-PLACE"),
        ("province", ("place:CN",), "*", "E-AUTHORITY-PLACE"),
        ("province", ("*",), "*", "E-AUTHORITY-PLACE"),
        ("province", ("site:urn:demo:plant",), "*", "E-AUTHORITY-PLACE"),
        ("province", ("place:CN-FJ",), PILOT, "E-AUTHORITY-PLACE"),
        ("elsewhere", ("place:CN-FJ",), "*", "E-AUTHORITY-PLACE"),
        ("regulator", ("*", "place:DE", "site:urn:demo:plant"), PILOT, ""),
        ("accreditor", ("*",), "*", ""),
    ],
)
def test_an_approval_names_places_that_its_giver_reaches(
    script: Script, official: str, places: tuple[str, ...], activity: str, code: str
) -> None:
    assert approves(script, official, *places, activity=activity) == code


def test_what_a_province_approved_it_alone_changes(script: Script) -> None:
    assert not approves(script, "province", "place:CN-FJ")
    day = legal_day(script.now)
    change = ChangeScope(ALPHA, "approval-2", Change("withdrawn", day, day))
    with pytest.raises(FootproofError, match="E-CASE-FOREIGN"):
        script.do(change, OFFICIALS["elsewhere"])
    script.do(change, OFFICIALS["province"])
    found = script.world.find(Organisation, ALPHA)
    assert found is not None
    assert [one.kind for one in found.grants[-1].changes] == ["withdrawn"]

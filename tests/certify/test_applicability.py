"""Scheme edition, rulebook, unit and data fit one another and the day, at acceptance and again at the decision."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import resources

import pytest

from certify.actions import in_memory
from certify.cast import (
    ALPHA,
    ENERGY,
    LABEL,
    NEUTRAL,
    NORTH,
    ODD_UNIT,
    OF_ANOTHER,
    REDUCTION,
    SOUTH,
    STARS,
    Script,
    actor,
    new_world,
    package,
    packages,
    schemes,
    subject,
)
from footproof.certify.applicability import need_dates, rulebooks_for
from footproof.certify.applications import SubmitApplication
from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified
from footproof.certify.green import CountedRun, GreenBlock
from footproof.certify.scheme import lint, load_scheme, read_scheme
from footproof.errors import FootproofError
from footproof.model.scheme import CaseKind, Scheme
from footproof.model.study import NumberRange
from footproof.rules.rulebook import load_rulebook, shipped_editions


def code(script: Script, step: str, *given: object) -> str:
    """Return the code by which a step of a script is refused."""
    with pytest.raises(FootproofError) as caught:
        getattr(script, step)(*given)
    return caught.value.code


def with_package(**values: object) -> Script:
    """Return a script with an application whose package differs from the good one."""
    world = new_world()
    sent = package(NORTH, 2025)
    world._packages = {**packages(), sent: replace(packages()[sent], **values)}  # type: ignore[arg-type]
    script = Script(world)
    script.apply("C-1")
    return script


def test_the_national_label_takes_national_rulebooks_by_name() -> None:
    label = load_scheme(LABEL)
    assert label.rulebooks
    assert "*" not in label.rulebooks
    assert all(name.startswith("cn.") and name in shipped_editions() for name in label.rulebooks)
    for item in label.catalogue:
        assert item.rulebooks, item.code
        assert set(item.rulebooks) <= set(label.rulebooks)
        assert not item.standard or item.standard in item.rulebooks


def test_a_category_without_rulebooks_has_those_of_the_scheme() -> None:
    label = load_scheme(LABEL)
    assert rulebooks_for(label, "cn.pcf:16") == ("cn.cement", "cn.gbt.24067")
    assert rulebooks_for(label, "cn.other:1") == label.rulebooks
    bare = replace(label, catalogue=tuple(replace(one, rulebooks=()) for one in label.catalogue))
    assert rulebooks_for(bare, "cn.pcf:16") == label.rulebooks
    assert rulebooks_for(load_scheme(REDUCTION), "cn.pcf:16") == ("*",)


def test_a_category_takes_no_rulebook_beyond_those_of_its_scheme() -> None:
    label = load_scheme(LABEL)
    assert not lint(label)
    fewer = replace(label, rulebooks=("cn.gbt.24067",))
    assert {one.code for one in lint(fewer)} == {"E-SCHEME-RULEBOOK"}
    assert not lint(replace(label, rulebooks=("*",)))


@pytest.mark.parametrize("rule", ["eu.cfb", "acme.own", "cn.cement", "cn.pcf.traction"])
def test_a_rulebook_that_the_category_does_not_take_is_refused(rule: str) -> None:
    name = load_rulebook(rule).name if rule in shipped_editions() else f"{rule}@1"
    script = with_package(rule=name, status="in-force")
    assert code(script, "accept", "C-1") == "E-RULE-SCHEME"


def test_a_rulebook_is_compared_without_its_edition() -> None:
    script = with_package(rule="cn.pcf.traction-battery@another")
    script.accept("C-1")
    assert packages()[package(NORTH, 2025)].rulebook == "cn.pcf.traction-battery"


@pytest.mark.parametrize("unit", ["kg CO2e / banana", "kg CO2e / MJ", "kg / kWh", "kg CO2e / piece", ""])
def test_a_figure_is_per_the_unit_of_its_rulebook(unit: str) -> None:
    assert code(with_package(unit=unit), "accept", "C-1") == "E-RULE-UNIT"


@pytest.mark.parametrize(("unit", "refused"), [("kg CO2e / banana", True), ("kg CO2e / piece", False), ("t", True)])
def test_a_rule_for_all_products_wants_a_unit_that_is_one(unit: str, *, refused: bool) -> None:
    rule = load_rulebook("cn.gbt.24067")
    script = with_package(rule=rule.name, edition=rule.digest, unit=unit)
    if refused:
        assert code(script, "accept", "C-1") == "E-RULE-UNIT"
    else:
        script.accept("C-1")


def test_what_is_attached_after_acceptance_is_asked_at_the_decision() -> None:
    """The right package is accepted; another one, per something else, comes later."""
    script = Script(in_memory(0))
    script.apply("C-1")
    script.accept("C-1")
    script.plan("C-1")
    script.attach("C-1", package(NORTH, 2025, ODD_UNIT))
    script.complete("C-1")
    script.review("C-1", Outcome.GRANT)
    assert code(script, "decide", "C-1", Outcome.GRANT, "DEMO-00001") == "E-RULE-UNIT"


def test_data_are_first_certified_while_they_are_recent() -> None:
    script = Script(in_memory(0))
    most = schemes()[LABEL].data_age_months
    assert most == 36
    script.now = datetime(2027, 12, 30, 9, tzinfo=UTC)
    script.apply("C-1", year=2024)
    script.accept("C-1")
    script.now = datetime(2028, 1, 5, 9, tzinfo=UTC)
    script.apply("C-2", year=2024)
    assert code(script, "accept", "C-2") == "E-DATA-AGE"
    script.plan("C-1")
    script.complete("C-1")
    script.review("C-1", Outcome.GRANT)
    assert code(script, "decide", "C-1", Outcome.GRANT, "DEMO-00001") == "E-DATA-AGE", "asked again at the decision"


def test_what_a_certificate_rests_on_may_grow_old() -> None:
    script = Script(in_memory(0))
    script.now = datetime(2027, 6, 1, 9, tzinfo=UTC)
    script.certify("DEMO-00001", year=2024)
    script.now = datetime(2028, 3, 1, 9, tzinfo=UTC)
    script.later("C-2", "DEMO-00001", CaseKind.SPECIAL, Outcome.MAINTAIN)
    found = script.world.find(Certified, "DEMO-00001")
    assert found is not None
    assert found.held.last > date(2028, 3, 1)


def test_an_edition_is_used_between_its_days() -> None:
    script = Script(in_memory(0))
    script.now = datetime(2031, 2, 3, 9, tzinfo=UTC)
    script.apply("C-1", ENERGY, year=2027)
    assert code(script, "accept", "C-1") == "E-SCHEME-DATES"


def dated(**days: date) -> Scheme:
    found = load_scheme(ENERGY)
    assert found.validity is not None
    bare = replace(found.validity, first=None, last=None)
    return replace(found, validity=replace(bare, **days))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "day", "needed"),
    [
        ({"first": date(2026, 3, 2)}, date(2026, 3, 2), ""),
        ({"first": date(2026, 3, 2)}, date(2026, 3, 1), "E-SCHEME-DATES"),
        ({"last": date(2026, 3, 2)}, date(2026, 3, 2), ""),
        ({"last": date(2026, 3, 2)}, date(2026, 3, 3), "E-SCHEME-DATES"),
        ({"data_first": date(2025, 1, 1)}, date(2026, 3, 2), ""),
        ({"data_first": date(2025, 1, 2)}, date(2026, 3, 2), "E-SCHEME-PERIOD"),
        ({"data_last": date(2025, 12, 31)}, date(2026, 3, 2), ""),
        ({"data_last": date(2025, 12, 30)}, date(2026, 3, 2), "E-SCHEME-PERIOD"),
    ],
)
def test_days_and_data_of_an_edition(days: Mapping[str, date], day: date, needed: str) -> None:
    scheme, about = dated(**days), subject(NORTH, 2025, ENERGY)
    if needed:
        with pytest.raises(FootproofError, match=needed):
            need_dates(scheme, about, day)
    else:
        need_dates(scheme, about, day)
    need_dates(replace(scheme, validity=None), about, day)


def files(text: str) -> dict[str, bytes]:
    """Return the files of the energy scheme with another table of its days."""
    folder = resources.files("footproof") / "schemes" / "cn.energy-management" / "GBT-23331-2020"
    content = {one.name: one.read_bytes() for one in folder.iterdir()}
    head = content["scheme.toml"].decode()
    before, _, rest = head.partition("[validity]")
    content["scheme.toml"] = (before + text + rest[rest.index("# ---- figures") :]).encode()
    return content


SOURCE = 'source = "DEMO"\nconfidence = "recalled"\n'


def test_days_of_an_edition_are_read_with_their_source() -> None:
    found = read_scheme(files(f"[validity]\nfirst = 2021-06-01\ndata_last = 2030-12-31\n{SOURCE}"))
    assert found.validity is not None
    assert (found.validity.first, found.validity.data_last) == (date(2021, 6, 1), date(2030, 12, 31))
    assert read_scheme(files("")).validity is None
    for name in (ENERGY, NEUTRAL):
        known = load_scheme(name).validity
        assert known is not None
        assert known.source
    for name in (LABEL, REDUCTION, NEUTRAL):
        assert load_scheme(name).figures["data_age_months"].value == Decimal(36)
    assert load_scheme(STARS).data_age_months is None


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (f"[validity]\n{SOURCE}", "E-SCHEME-VALIDITY"),
        (f"[validity]\nfirst = 2026-01-02\nlast = 2026-01-01\n{SOURCE}", "E-SCHEME-VALIDITY"),
        (f"[validity]\ndata_first = 2026-01-02\ndata_last = 2026-01-01\n{SOURCE}", "E-SCHEME-VALIDITY"),
        ("[validity]\nfirst = 2026-01-02\n", "E-KEY-MISSING"),
        (f"[validity]\nbegins = 2026-01-02\n{SOURCE}", "E-KEY-UNKNOWN"),
    ],
)
def test_days_that_make_no_sense_are_refused(text: str, needed: str) -> None:
    with pytest.raises(FootproofError, match=needed):
        read_scheme(files(text))


def test_a_green_certificate_counts_for_one_site_and_time() -> None:
    script = Script(in_memory(0))
    script.certify("DEMO-00001", client=SOUTH)
    script.apply("C-1", flavour=OF_ANOTHER)
    assert code(script, "accept", "C-1") == "E-GREEN-TWICE"
    script.now += timedelta(days=400)
    script.later("C-2", "DEMO-00001", CaseKind.SURVEILLANCE, Outcome.RESTATE)
    blocks = {run.prefix for one in ("good", "drift") for run in packages()[package(SOUTH, 2025, one)].green}
    assert len(blocks) == 1
    block = script.world.find(GreenBlock, f"green|{blocks.pop().casefold()}")
    assert block is not None
    assert {one.since.year for one in block.counted} == {2025, 2026}
    assert len(block.counted) == 4, "two runs a year, each counted once"


def test_products_of_one_site_share_its_certificates() -> None:
    about = subject(NORTH, 2025)
    run = CountedRun(1, 10, NORTH, about.site, about.first, about.last, "DEMO-00001")
    same, outside = NumberRange("G", 5, 20), NumberRange("G", 11, 20)
    assert not run.bars(same, NORTH, about)
    assert run.bars(same, SOUTH, about)
    assert run.bars(same, NORTH, replace(about, site="urn:demo:other"))
    assert run.bars(same, NORTH, replace(about, first=date(2026, 1, 1), last=date(2026, 12, 31)))
    assert not run.bars(outside, SOUTH, about)


def test_what_is_refused_says_which_rulebooks_serve() -> None:
    script = Script(in_memory(0))
    about = replace(subject(NORTH, 2025), category="cn.pcf:16")
    sent = package(NORTH, 2025)
    script.do(SubmitApplication("C-1", CaseKind.INITIAL, ALPHA, LABEL, about, sent), actor(NORTH, "c1"))
    with pytest.raises(FootproofError) as caught:
        script.accept("C-1")
    assert caught.value.values["needed"] == "cn.cement, cn.gbt.24067"

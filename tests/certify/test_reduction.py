"""A label of reduction certifies one: against a base that somebody stands by, of the same kind, computed each time."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.cast import (
    ALPHA,
    BASE_YEAR,
    FACTS,
    HIGHER,
    LABEL,
    NORTH,
    REDUCTION,
    SOUTH,
    STARS,
    TERMS,
    Script,
    actor,
    agreed,
    evidence,
    package,
    packages,
    schemes,
    settled,
    stricter,
    subject,
)
from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import ApplicationSubmitted, Base, Outcome
from footproof.certify.certificate import CertificateIssued, Certified
from footproof.certify.codec import from_json, to_json
from footproof.certify.labels import LicenseLabels
from footproof.certify.memory import MemoryWorld
from footproof.certify.reduction import need_no_less
from footproof.certify.scheme import load_scheme
from footproof.certify.scheme_lint import lint
from footproof.certify.verifications import Verification
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Assurance, Opinion, OpinionKind
from footproof.model.reduction import StatedReduction, percent_text, reduction_share
from footproof.model.scheme import CaseKind
from footproof.texts import describe

NUMBER = "DEMO-00001"
figures = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)


@pytest.fixture
def script() -> Script:
    return Script(settled())


def _certificate(script: Script, number: str = NUMBER) -> Certified:
    found = script.world.find(Certified, number)
    assert found is not None
    return found


def _accept(script: Script, base: Base | None, year: int = 2025) -> None:
    _apply(script, base, year)
    script.do(AcceptApplication("C", TERMS, FACTS[REDUCTION]), actor(ALPHA, "p"))


def _apply(script: Script, base: Base | None, year: int = 2025, scheme: str = REDUCTION) -> None:
    about = subject(NORTH, year, scheme)
    asked = SubmitApplication("C", CaseKind.INITIAL, ALPHA, scheme, about, package(NORTH, year), "", base)
    script.do(asked, actor(NORTH, "c1"))


def _refused(script: Script, base: Base | None, year: int = 2025) -> str:
    """Return the code with which an application on a base is refused, at the latest at its acceptance."""
    with pytest.raises(FootproofError) as refused:
        _accept(script, base, year)
    for lang in ("zh", "en"):
        assert "{" not in "".join(describe(refused.value, lang))
    assert refused.value.values["rule"]
    return refused.value.code


def _with(script: Script, digest: str, **changes: object) -> None:
    """Let a package of the world come out otherwise."""
    world = script.world
    assert isinstance(world, MemoryWorld)
    world._packages = {**world._packages, digest: replace(packages()[digest], **changes)}  # type: ignore[arg-type]


@given(figures, figures)
def test_a_share_is_never_said_larger_than_it_is(base: Decimal, value: Decimal) -> None:
    share = reduction_share(base, value)
    if not base:
        assert share is None
        return
    assert share is not None
    exact = (Fraction(base) - Fraction(value)) / abs(Fraction(base))
    assert 0 <= exact - Fraction(share) < Fraction(1, 10_000)
    assert (share > 0) <= (value < base)


@pytest.mark.parametrize(
    ("base", "value", "share", "said"),
    [
        ("66.83", "61.234", "0.0837", "8.37 %"),
        ("100", "92", "0.08", "8 %"),
        ("1", "0.99991", "0", "0 %"),
        ("-10", "-11", "0.1", "10 %"),
        ("3", "2", "0.3333", "33.33 %"),
        ("100", "100.001", "-0.0001", "-0.01 %"),
    ],
)
def test_shares(base: str, value: str, share: str, said: str) -> None:
    found = reduction_share(Decimal(base), Decimal(value))
    assert found is not None
    assert (found, percent_text(found)) == (Decimal(share), said)


def test_the_certificate_states_what_follows_from_two_packages(script: Script) -> None:
    script.certify(NUMBER, REDUCTION)
    stated = _certificate(script).held.reduction
    base, now = packages()[package(NORTH, BASE_YEAR)], packages()[package(NORTH, 2025)]
    assert stated is not None
    assert (stated.base, stated.value, stated.first, stated.last) == (base.package, base.value, base.first, base.last)
    assert stated.share == reduction_share(base.value, now.value) == Decimal("0.0289")


def test_a_certificate_of_the_client_stands_by_a_base(script: Script) -> None:
    script.certify("DEMO-00007", LABEL, year=2024)
    _apply(script, Base(package(NORTH, 2024), "DEMO-00007"))
    script.grant("C")
    stated = _certificate(script).held.reduction
    assert stated is not None
    assert stated.value == Decimal("61.2645")


def test_what_a_surveillance_confirmed_stands_by_a_base(script: Script) -> None:
    script.certify("DEMO-00007", LABEL, year=2024)
    script.later("S", "DEMO-00007", CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    script.now += timedelta(days=365)
    _accept(script, Base(package(NORTH, 2025), "DEMO-00007"), 2026)


def test_a_base_has_somebody_who_stands_by_it(script: Script) -> None:
    good = script.base(NORTH)
    script.certify("DEMO-00007", LABEL, SOUTH, year=2024)
    assert _refused(script, None) == "E-REDUCTION-BASE"
    believed = "E-REDUCTION-BELIEVED"
    assert _refused(Script(settled()), Base(package(NORTH, BASE_YEAR))) == believed
    for base in (
        replace(good, package=package(NORTH, 2024)),
        replace(good, certificate="DEMO-00007"),
        Base(package(SOUTH, 2024), "DEMO-00007"),
        Base(package(NORTH, 2024), "DEMO-00007"),
        script.base(SOUTH),
    ):
        other = Script(script.world, script.now)
        name = f"C-{base.package[-6:]}-{bool(base.certificate)}-{bool(base.verification)}"
        about = subject(NORTH, 2025, REDUCTION)
        sent = package(NORTH, 2025)
        asked = SubmitApplication(name, CaseKind.INITIAL, ALPHA, REDUCTION, about, sent, "", base)
        other.do(asked, actor(NORTH, "c1"))
        with pytest.raises(FootproofError) as refused:
            other.do(AcceptApplication(name, TERMS, FACTS[REDUCTION]), actor(ALPHA, "p"))
        assert refused.value.code == believed
        script.now = other.now


def test_a_modified_opinion_and_a_withdrawn_certificate_stand_by_nothing(script: Script) -> None:
    good = script.base(NORTH)
    found = script.world.find(Verification, good.verification)
    assert found is not None
    world = script.world
    assert isinstance(world, MemoryWorld)
    version, _ = world._records["verification", good.verification]
    modified = found.now(replace(found.engagement, opinion=Opinion(OpinionKind.MODIFIED, (Bilingual("示例", "DEMO"),))))
    world._records["verification", good.verification] = version, modified
    assert _refused(script, good) == "E-REDUCTION-BELIEVED"
    script = Script(settled())
    script.certify("DEMO-00007", LABEL, year=2024)
    script.later("W", "DEMO-00007", CaseKind.SPECIAL, Outcome.WITHDRAW)
    assert _refused(script, Base(package(NORTH, 2024), "DEMO-00007")) == "E-REDUCTION-BELIEVED"


def test_a_figure_that_nobody_verified_is_no_base(script: Script) -> None:
    """Stars come with figures that nobody verifies there."""
    script.certify("DEMO-00007", STARS, year=2024)
    assert _refused(script, Base(package(NORTH, 2024), "DEMO-00007")) == "E-REDUCTION-BELIEVED"


def test_a_base_is_verified_no_more_loosely_than_the_scheme_asks(script: Script) -> None:
    sent = package(NORTH, BASE_YEAR)
    script.state("V-loose", NORTH, ALPHA, replace(agreed(sent, "0.10"), assurance=Assurance.LIMITED))
    assert _refused(script, Base(sent, verification="V-loose")) == "E-STATEMENT-ASSURANCE"


@pytest.mark.parametrize(("most", "code"), [("0.0499", "E-VERIFY-CEILING"), ("0.05", "")])
def test_the_materiality_of_a_base_is_that_of_the_scheme(script: Script, most: str, code: str) -> None:
    world = script.world
    assert isinstance(world, MemoryWorld)
    base = script.base(NORTH)
    world._schemes = stricter(REDUCTION, most)
    if code:
        assert _refused(script, base) == code
    else:
        _accept(script, base)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rule": "cn.pcf.traction-battery@other"}, "E-REDUCTION-COMPARED"),
        ({"edition": "sha256:" + "0" * 64}, "E-REDUCTION-COMPARED"),
        ({"unit": "kg CO2e / piece"}, "E-REDUCTION-COMPARED"),
        ({"unit_name": Bilingual("每块", "per piece")}, "E-REDUCTION-COMPARED"),
        ({"boundary": Bilingual("从摇篮到坟墓", "cradle to grave")}, "E-REDUCTION-COMPARED"),
        ({"stages": ("materials",)}, "E-REDUCTION-COMPARED"),
        ({"site": Bilingual("他厂", "elsewhere")}, "E-REDUCTION-COMPARED"),
        ({"model": "OTHER"}, "E-REDUCTION-PRODUCT"),
        ({"producer": Bilingual("他人", "somebody else")}, "E-REDUCTION-PRODUCT"),
        ({"ok": False}, "E-DECISION-RECOMPUTE"),
        ({"last": date(2025, 1, 1)}, "E-REDUCTION-PERIOD"),
        ({"value": Decimal("60.3645")}, "E-REDUCTION-SHARE"),
        ({"value": Decimal("60.3646")}, "E-REDUCTION-SHARE"),
        ({"value": Decimal(50)}, "E-REDUCTION-SHARE"),
        ({"value": Decimal(0)}, "E-REDUCTION-SHARE"),
    ],
)
def test_a_base_is_of_the_same_kind_and_earlier_and_higher(
    script: Script, change: dict[str, object], code: str
) -> None:
    good = script.base(NORTH)
    _with(script, good.package, **change)
    assert _refused(script, good) == code


def test_what_is_attached_after_acceptance_is_asked_at_the_decision(script: Script) -> None:
    _apply(script, script.base(NORTH))
    script.evaluate("C")
    script.review("C", Outcome.GRANT)
    _with(script, package(NORTH, BASE_YEAR), value=Decimal(60))
    with pytest.raises(FootproofError) as refused:
        script.decide("C", Outcome.GRANT, NUMBER)
    assert refused.value.code == "E-REDUCTION-SHARE"
    assert script.world.find(Certified, NUMBER) is None


def _surveyed(script: Script, outcome: Outcome) -> None:
    """Bring a surveillance on data that lie above the base to its decision; the drift limit lets them pass."""
    script.apply("S", REDUCTION, kind=CaseKind.SURVEILLANCE, certificate=NUMBER, year=2025, flavour=HIGHER)
    script.evaluate("S")
    script.review("S", Outcome.MAINTAIN)
    script.decide("S", outcome, until=date(2026, 8, 1) if outcome is Outcome.SUSPEND else None)


@pytest.mark.parametrize("outcome", [Outcome.MAINTAIN, Outcome.RESTATE])
def test_what_reduces_no_more_is_neither_maintained_nor_restated(script: Script, outcome: Outcome) -> None:
    script.certify(NUMBER, REDUCTION, year=2024)
    with pytest.raises(FootproofError) as refused:
        _surveyed(script, outcome)
    assert refused.value.code == "E-REDUCTION-SHARE"


def _reviewed_to_restore(script: Script, year: int) -> None:
    """Bring the restoration of a suspended certificate by the higher data of a year to its decision."""
    script.apply("X", REDUCTION, kind=CaseKind.SPECIAL, certificate=NUMBER, year=year, flavour=HIGHER)
    script.accept("X")
    script.plan("X")
    verification = script.verify("X")
    script.do(script.done("X", "pcf-verification", evidence("record"), verification), actor(ALPHA, "v1"))
    script.complete("X")
    script.review("X", Outcome.RESTORE)


def test_what_reduces_no_more_is_not_restored(script: Script) -> None:
    script.certify(NUMBER, REDUCTION, year=2024)
    _surveyed(script, Outcome.SUSPEND)
    _reviewed_to_restore(script, 2025)
    with pytest.raises(FootproofError) as refused:
        script.decide("X", Outcome.RESTORE)
    assert refused.value.code == "E-REDUCTION-SHARE"


def _shrunk(script: Script) -> None:
    """Bring a surveillance on data after which little is left of the reduction to its decision."""
    script.certify(NUMBER, REDUCTION)
    script.do(LicenseLabels(NUMBER, "B-1", 1000), actor(ALPHA, "p"))
    script.now += timedelta(days=330)
    script.apply("S", REDUCTION, kind=CaseKind.SURVEILLANCE, certificate=NUMBER, year=2026, flavour=HIGHER)
    script.evaluate("S")
    script.review("S", Outcome.MAINTAIN)


def test_a_reduction_that_shrank_is_restated_and_not_maintained(script: Script) -> None:
    _shrunk(script)
    with pytest.raises(FootproofError) as refused:
        script.decide("S", Outcome.MAINTAIN)
    assert refused.value.code == "E-REDUCTION-LESS"
    assert (refused.value.values["found"], refused.value.values["needed"]) == ("0.51 %", "2.89 %")
    script.decide("S", Outcome.RESTATE)
    found = _certificate(script)
    assert found.held.reduction is not None
    assert found.held.reduction.share == Decimal("0.0051")
    assert found.labels[0].closed is not None


def test_a_reduction_that_shrank_is_not_restored(script: Script) -> None:
    _shrunk(script)
    script.decide("S", Outcome.SUSPEND, until=date(2027, 3, 1))
    _reviewed_to_restore(script, 2026)
    with pytest.raises(FootproofError) as refused:
        script.decide("X", Outcome.RESTORE)
    assert refused.value.code == "E-REDUCTION-LESS"


@pytest.mark.parametrize(("share", "code"), [("0.0288", "E-REDUCTION-LESS"), ("0.0289", ""), ("0.0290", "")])
def test_less_is_what_lies_below_the_stated_share(share: str, code: str) -> None:
    stated = StatedReduction("", Decimal(100), date(2024, 1, 1), date(2024, 12, 31), Decimal("0.0289"))
    with pytest.raises(FootproofError, match=code) if code else nullcontext():
        need_no_less(stated, replace(stated, share=Decimal(share)), schemes()[REDUCTION])


def test_more_of_a_reduction_is_maintained_as_it_was_stated(script: Script) -> None:
    script.certify(NUMBER, REDUCTION, year=2024)
    script.later("S", NUMBER, CaseKind.SURVEILLANCE, Outcome.MAINTAIN)
    stated = _certificate(script).held.reduction
    assert stated is not None
    assert stated.share == Decimal("0.0144")


def test_a_restatement_states_the_reduction_anew_and_closes_old_labels(script: Script) -> None:
    script.certify(NUMBER, REDUCTION, year=2024)
    script.do(LicenseLabels(NUMBER, "B-1", 1000), actor(ALPHA, "p"))
    assert [one.value for one in _certificate(script).labels] == ["1.44 %"]
    script.later("S", NUMBER, CaseKind.SURVEILLANCE, Outcome.RESTATE)
    found = _certificate(script)
    assert found.held.reduction is not None
    assert found.held.reduction.share == Decimal("0.0289")
    assert found.labels[0].closed is not None


def test_a_later_case_keeps_the_base_of_its_certificate(script: Script) -> None:
    script.certify(NUMBER, REDUCTION, year=2024)
    kept = script.case(f"case-{NUMBER}").base
    other = script.base(NORTH, 2024)
    asked = SubmitApplication(
        "S", CaseKind.SURVEILLANCE, ALPHA, REDUCTION, subject(NORTH, 2025, REDUCTION), package(NORTH, 2025), NUMBER
    )
    with pytest.raises(FootproofError) as refused:
        script.do(replace(asked, base=other), actor(NORTH, "c1"))
    assert refused.value.code == "E-REDUCTION-KEPT"
    script.do(asked, actor(NORTH, "c1"))
    assert script.case("S").base == kept
    script.now += timedelta(days=365)
    script.later("R", NUMBER, CaseKind.RENEWAL, Outcome.GRANT, 2026, "DEMO-00002")
    assert script.case("R").base == kept
    renewed = _certificate(script, "DEMO-00002").held.reduction
    assert renewed is not None
    assert renewed.base == package(NORTH, BASE_YEAR)


def test_no_other_scheme_takes_a_base(script: Script) -> None:
    with pytest.raises(FootproofError) as refused:
        _apply(script, script.base(NORTH), scheme=LABEL)
    assert refused.value.code == "E-REDUCTION-NONE"


def test_the_least_reduction_is_that_of_the_scheme(script: Script) -> None:
    world = script.world
    assert isinstance(world, MemoryWorld)
    strict = {**schemes(), REDUCTION: replace(schemes()[REDUCTION], least_reduction=Decimal("0.0289"))}
    world._schemes = strict
    assert _refused(script, script.base(NORTH)) == "E-REDUCTION-SHARE"
    world._schemes = {**strict, REDUCTION: replace(strict[REDUCTION], least_reduction=Decimal("0.0288"))}
    script.do(AcceptApplication("C", TERMS, FACTS[REDUCTION]), actor(ALPHA, "p"))


def test_lint_asks_for_a_footprint_and_for_what_the_mark_claims() -> None:
    shipped = load_scheme(REDUCTION)
    assert shipped.least_reduction == 0
    assert lint(shipped) == ()
    for odd, code in (
        (replace(shipped, rulebooks=()), "E-SCHEME-REDUCTION"),
        (replace(shipped, footprint_optional=True), "E-SCHEME-REDUCTION"),
        (replace(shipped, least_reduction=None), "E-SCHEME-MARK"),
    ):
        assert [one.code for one in lint(odd)] == [code]


def test_events_of_before_read_and_keep_their_digests(script: Script) -> None:
    """What knows no reduction is written as it was before there was one."""
    script.certify(NUMBER, LABEL)
    world = script.world
    assert isinstance(world, MemoryWorld)
    for kind, member in ((ApplicationSubmitted, "base"), (CertificateIssued, "reduction")):
        event = next(one.event for one in world.journal if isinstance(one.event, kind))
        written = to_json(event)
        assert member not in (written["held"] if kind is CertificateIssued else written)
        assert from_json(type(event), written) == event

"""Claims of neutrality: own reductions first, each credit once, and a footprint that stays what it was."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential.sample import CERTIFICATE
from footproof.certify.neutrality import (
    Credit,
    CreditKind,
    FootprintReference,
    NeutralityClaim,
    Plan,
    check_claim,
    claim_digest,
    offset,
    removal_share,
)
from footproof.certify.scheme import load_scheme
from footproof.model.certificate import Certificate

FIGURES = load_scheme("cn.carbon-neutral@ISO-14068-1-2023").figures
CLAIMANT = "did:web:maker.footproof.example"


def _credit(first: int, last: int, **changes: object) -> Credit:
    credit = Credit(
        registry="示例登记簿 DEMO",
        block="DEMO-0001-2024",
        first=first,
        last=last,
        vintage=2024,
        quantity=Decimal(last - first + 1),
        kind=CreditKind.REDUCTION,
        retired_on=date(2026, 11, 1),
        beneficiary=CLAIMANT,
    )
    return replace(credit, **changes)  # type: ignore[arg-type]


CLAIM = NeutralityClaim(
    id="demo-1",
    claimant=CLAIMANT,
    footprint=FootprintReference(CERTIFICATE.number, CERTIFICATE.package_digest, CERTIFICATE.value, CERTIFICATE.unit),
    year=2026,
    on=date(2026, 12, 1),
    units=Decimal(1000),
    plan=Plan(
        digest="sha256:" + "4d" * 32,
        base_year=2024,
        base=Decimal(70),
        targets={2025: Decimal(66), 2026: Decimal(62), 2027: Decimal(60)},
        removal_shares={2026: Decimal("0.1")},
    ),
    achieved={2024: Decimal(70), 2025: Decimal("65.5"), 2026: CERTIFICATE.value},
    residual=CERTIFICATE.value * 1000,
    credits=(_credit(1, 50), _credit(51, 62, kind=CreditKind.REMOVAL)),
)


def _codes(claim: NeutralityClaim, others: tuple[NeutralityClaim, ...] = ()) -> list[str]:
    return [one.code for one in check_claim(claim, CERTIFICATE, FIGURES, others)]


def test_a_sound_claim_has_no_finding() -> None:
    assert _codes(CLAIM) == []
    assert offset(CLAIM) == 62
    assert removal_share(CLAIM) == Fraction(12, 62)


def _plan(**changes: object) -> NeutralityClaim:
    return replace(CLAIM, plan=replace(CLAIM.plan, **changes))  # type: ignore[arg-type]


def _first(**changes: object) -> NeutralityClaim:
    first: Credit = replace(CLAIM.credits[0], **changes)  # type: ignore[arg-type]
    return replace(CLAIM, credits=(first, CLAIM.credits[1]))


def _reference(**changes: object) -> NeutralityClaim:
    return replace(CLAIM, footprint=replace(CLAIM.footprint, **changes))  # type: ignore[arg-type]


DEFECTS = {
    "another certificate": (_reference(certificate="DEMO-CFP-2026-000124"), ["E-NEUTRAL-FOOTPRINT"]),
    "another package": (_reference(digest="sha256:" + "5e" * 32), ["E-NEUTRAL-FOOTPRINT"]),
    "another unit": (_reference(unit="kg CO2e / kg"), ["E-NEUTRAL-FOOTPRINT"]),
    "a smaller footprint than certified": (
        replace(
            _reference(value=Decimal(50)),
            residual=Decimal(50000),
            achieved={**CLAIM.achieved, 2026: Decimal(50)},
        ),
        ["E-NEUTRAL-FOOTPRINT"],
    ),
    "after the certificate": (replace(CLAIM, on=date(2028, 11, 22)), ["E-NEUTRAL-VALIDITY"]),
    "before the base year": (
        replace(CLAIM, year=2023),
        ["E-NEUTRAL-YEAR"],
    ),
    "a plan that rises": (
        _plan(targets={2025: Decimal(66), 2026: Decimal(67)}),
        ["E-NEUTRAL-PLAN"],
    ),
    "a year without a target": (_plan(targets={2026: Decimal(62)}), ["E-NEUTRAL-PLAN"]),
    "a plan that never falls": (
        _plan(targets={2025: Decimal(70), 2026: Decimal(70)}),
        ["E-NEUTRAL-PLAN"],
    ),
    "offsets in place of reductions": (
        replace(CLAIM, achieved={**CLAIM.achieved, 2025: Decimal(69)}),
        ["E-NEUTRAL-REDUCTION"],
    ),
    "a year nobody measured": (
        replace(CLAIM, achieved={2024: Decimal(70), 2026: CERTIFICATE.value}),
        ["E-NEUTRAL-REDUCTION"],
    ),
    "an achievement that was not certified": (
        replace(CLAIM, achieved={**CLAIM.achieved, 2026: Decimal(61)}),
        ["E-NEUTRAL-ACHIEVED"],
    ),
    "no units": (replace(CLAIM, units=Decimal(0)), ["E-NEUTRAL-UNITS"]),
    "a residual made smaller": (replace(CLAIM, residual=Decimal(60000)), ["E-NEUTRAL-RESIDUAL"]),
    "a tonne short": (replace(CLAIM, credits=(_credit(1, 49), CLAIM.credits[1])), ["E-NEUTRAL-COVER"]),
    "no credits": (replace(CLAIM, credits=()), ["E-NEUTRAL-COVER"]),
    "more tonnes than numbers": (_first(quantity=Decimal(51)), ["E-NEUTRAL-QUANTITY"]),
    "numbers that run backwards": (_first(first=50, last=1), ["E-NEUTRAL-QUANTITY"]),
    "credits only held": (_first(retired_on=None), ["E-NEUTRAL-RETIRED"]),
    "retired afterwards": (_first(retired_on=date(2026, 12, 2)), ["E-NEUTRAL-RETIRED"]),
    "retired for somebody else": (_first(beneficiary="did:web:other.example"), ["E-NEUTRAL-BENEFICIARY"]),
    "old credits": (_first(vintage=2020), ["E-NEUTRAL-VINTAGE"]),
    "credits of the future": (_first(vintage=2027), ["E-NEUTRAL-VINTAGE"]),
    "one number twice in one claim": (
        replace(CLAIM, credits=(_credit(1, 50), _credit(50, 61, kind=CreditKind.REMOVAL))),
        ["E-NEUTRAL-TWICE"],
    ),
    "fewer removals than planned": (_plan(removal_shares={2026: Decimal("0.2")}), ["E-NEUTRAL-REMOVALS"]),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_and_nothing_else(name: str) -> None:
    claim, codes = DEFECTS[name]
    assert _codes(claim) == codes


@pytest.mark.parametrize(("vintage", "codes"), [(2021, []), (2020, ["E-NEUTRAL-VINTAGE"])])
def test_the_oldest_vintage_admitted_is_admitted(vintage: int, codes: list[str]) -> None:
    assert _codes(_first(vintage=vintage)) == codes


def test_a_scheme_without_a_limit_admits_any_vintage() -> None:
    assert check_claim(_first(vintage=2005), CERTIFICATE, {}) == ()


def test_the_first_year_needs_a_plan_that_falls() -> None:
    first = replace(
        CLAIM,
        plan=replace(
            CLAIM.plan, base_year=2026, base=CERTIFICATE.value, targets={2027: Decimal(60)}, removal_shares={}
        ),
        achieved={2026: CERTIFICATE.value},
    )
    assert _codes(first) == []
    flat = replace(first, plan=replace(first.plan, targets={2027: CERTIFICATE.value}))
    assert _codes(flat) == ["E-NEUTRAL-PLAN"]


ranges = st.tuples(st.integers(1, 60), st.integers(0, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(st.lists(ranges, min_size=1, max_size=3), min_size=1, max_size=4))
def test_no_tonne_counts_twice_over_all_claims(runs: list[list[tuple[int, int]]]) -> None:
    """Claims are taken one by one; a serial number is in at most one of those that were."""
    taken: list[NeutralityClaim] = []
    for index, found in enumerate(runs):
        claim = replace(CLAIM, id=f"demo-{index}", credits=tuple(_credit(first, last) for first, last in found))
        if "E-NEUTRAL-TWICE" not in _codes(claim, tuple(taken)):
            taken.append(claim)
    serials = [serial for claim in taken for credit in claim.credits for serial in range(credit.first, credit.last + 1)]
    assert len(serials) == len(set(serials))


def test_another_registry_or_block_is_another_number_but_capitals_are_not() -> None:
    other = replace(CLAIM, id="demo-2")
    assert _codes(CLAIM, (other,)).count("E-NEUTRAL-TWICE") == 2
    shouted = replace(other, credits=tuple(replace(one, block=one.block.lower()) for one in other.credits))
    assert _codes(CLAIM, (shouted,)).count("E-NEUTRAL-TWICE") == 2
    elsewhere = replace(other, credits=tuple(replace(one, block="DEMO-0002-2024") for one in other.credits))
    assert _codes(CLAIM, (elsewhere,)) == []
    assert _codes(CLAIM, (CLAIM,)) == []  # itself is no other claim


@given(st.decimals(min_value="0.001", max_value="99999", places=3), st.integers(1, 10**9))
def test_a_claim_never_changes_the_footprint(value: Decimal, units: int) -> None:
    certificate: Certificate = replace(CERTIFICATE, value=value, interval=None)
    claim = replace(CLAIM, footprint=replace(CLAIM.footprint, value=value), units=Decimal(units))
    before = (certificate, claim.footprint)
    check_claim(claim, certificate, FIGURES)
    assert (certificate, claim.footprint) == before
    assert not hasattr(claim, "net")
    codes = [one.code for one in check_claim(claim, replace(certificate, value=value + 1), FIGURES)]
    assert "E-NEUTRAL-FOOTPRINT" in codes


def test_the_digest_covers_what_is_claimed() -> None:
    digests = {claim_digest(claim) for claim, _ in DEFECTS.values()} | {claim_digest(CLAIM)}
    assert len(digests) == len(DEFECTS) + 1
    written = replace(CLAIM, units=Decimal("1000.0"), residual=CLAIM.residual + Decimal("0.000"))
    assert claim_digest(written) == claim_digest(CLAIM)

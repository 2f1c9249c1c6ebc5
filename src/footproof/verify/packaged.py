"""What a sealed package claims, and what checking it proposes: risks and evidence to gather (ISO 14064-3:2019, 6.1).

Where the study cannot be assessed here (a copy with withheld lines, a rule that is not at hand, suppliers whose
certificates are elsewhere), nothing is known of any term but its size, and each is a high risk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.formats.study import StudyFiles, read_contracts, read_study
from footproof.interpret.terms import figure
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Assertion, Assurance, Claim, EvidencePlan, Level, Risk
from footproof.model.rulebook import Rulebook
from footproof.model.study import Exchange, NumberRange
from footproof.package.archive import Package
from footproof.package.seal import SHEET
from footproof.rules.parameters import ParameterBook
from footproof.rules.rulebook import load_rulebook
from footproof.verify.evidence import evidence_plan
from footproof.verify.finding import Finding, worded
from footproof.verify.risk import risks_of
from footproof.verify.verify import Client, refusal, verify_study

STUDY = "study/"
RESULT = "result.json"
UNASSESSED = "not-assessed"


def claim_in(package: Package) -> tuple[StudyFiles, Client]:
    """Return the study within a package and what its maker states beside it.

    Args:
        package: With every line disclosed.
    """
    tables = {name.removeprefix(STUDY): data for name, data in package.parts.items() if name.startswith(STUDY)}
    client = Client(package.parts.get(SHEET, b""), package.record(RESULT)["value"], package.about()["rule_digest"])
    return StudyFiles(tables, None), client


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an engagement on a package begins with; the verifier may add to it and answers where he sees it otherwise.

    Args:
        claim: What the client states.
        risks: As checking the package proposes them, every term among them.
        evidence: What to gather, so that the highest risks and the share that is needed are covered.
    """

    claim: Claim
    risks: tuple[Risk, ...]
    evidence: EvidencePlan


def proposal(package: Package, risks: tuple[Risk, ...], needed: Decimal, assurance: Assurance) -> Proposal:
    """Return what an engagement on a package begins with.

    Args:
        package: Opened.
        risks: Of its claim (`proposed_risks`).
        needed: Share of the positive emissions that evidence has to cover. [1]
        assurance: Level that decides how deep the procedures go.

    Raises:
        FootproofError: E-VERIFY-SEALED where the figures are sealed, E-VERIFY-COVERAGE.
    """
    return Proposal(claim_of(package), risks, evidence_plan(_exchanges(package), risks, needed, assurance))


def claim_of(package: Package) -> Claim:
    """Return what a package states.

    Raises:
        FootproofError: E-VERIFY-SEALED where its figures are sealed.
    """
    if _sealed(package):
        raise FootproofError("E-VERIFY-SEALED", Where(RESULT), lines=sum(package.withheld.values()))
    about, result = package.about(), package.record(RESULT)
    product, period = about["product"], about["period"]
    return Claim(
        package=package.digest,
        sheet=about["sheet_digest"],
        value=Decimal(result["declared"]),
        unit=result["unit"],
        rulebook=about["rule"],
        rulebook_digest=about["rule_digest"],
        product=Bilingual(**product["name"]),
        model=product["model"],
        site=Bilingual(**about["site"]["name"]),
        responsible=Bilingual(**about["producer"]["name"]),
        boundary=Bilingual(**about["boundary"]),
        start=date.fromisoformat(period["start"]),
        end=date.fromisoformat(period["end"]),
        gross=gross_stated(package.record(SHEET), result),
        origins={name: figure(value) for name, value in result["origins"].items()},
    )


def gross_stated(sheet: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Fraction]:
    """Return the positive terms of every stage; an uptake within a factor lowers its term, so the measure is strict.

    Args:
        sheet: Record of a package.
        result: As well. [unit of the result]
    """
    found = dict.fromkeys(sheet["stages"], Fraction(0))
    for term in sheet["terms"]:
        found[term["stage"]] += max(figure(result["terms"][term["id"]]), Fraction(0))
    return found


def proposed_risks(
    package: Package, book: ParameterBook, rules: Callable[[str], Rulebook] = load_rulebook
) -> tuple[Risk, ...]:
    """Return the risks of the claim that a package makes: every term, and what was found where none stands.

    Args:
        package: Opened.
        book: Published parameters.
        rules: Finds a rulebook by its name, or raises E-RULE-UNKNOWN.
    """
    if package.withheld:
        said = worded("V-NOT-ASSESSED", {"lines": sum(package.withheld.values())})
        return _unassessed(package, Finding("V-NOT-ASSESSED", (), said))
    try:
        files, client = claim_in(package)
        found = verify_study(files, rules(package.about()["rule"]), book, client=client)
    except FootproofError as problem:
        return _unassessed(package, refusal(problem))
    if found.assessment is None:
        return _unassessed(package, found.findings[0])
    return risks_of(found.assessment, found.findings)


def green_in(package: Package) -> tuple[NumberRange, ...]:
    """Return the numbers of the green certificates that the study in a package names; none where it cannot be read.

    Args:
        package: Opened.
    """
    study = package.parts.get(f"{STUDY}study.toml", b"")
    if b"contract" not in study:  # most have none, and reading takes as long as recomputing
        return ()
    try:
        contracts = read_contracts(study)
    except FootproofError:
        return ()
    return tuple(run for one in contracts if one.certificates is not None for run in one.certificates.ranges)


def parameters_in(package: Package) -> dict[str, str]:
    """Return the parameters that the study in a package states, by name: a figure with its unit, or a word.

    What it computes by a formula is not among them; nothing is where it cannot be read.

    Args:
        package: Opened.
    """
    if package.withheld:
        return {}
    try:
        stated = read_study(claim_in(package)[0]).quantities.values()
    except FootproofError:
        return {}
    figures = {one.id: one.figure for one in stated if one.figure.number is not None}
    words = {one.id: one.text for one in stated if one.text}
    return words | {name: f"{normalise(one.number or Decimal(0))} {one.unit}" for name, one in figures.items()}


def _exchanges(package: Package) -> tuple[Exchange, ...]:
    """Return the rows of the study in a package; none where it cannot be read."""
    if package.withheld:
        return ()
    try:
        return tuple(read_study(claim_in(package)[0]).exchanges)
    except FootproofError:
        return ()


def _sealed(package: Package) -> bool:
    return any(part in package.withheld or part not in package.parts for part in (SHEET, RESULT))


def _unassessed(package: Package, why: Finding) -> tuple[Risk, ...]:
    """Return why nothing could be recomputed, and every disclosed term as a high risk; none of sealed figures."""
    if _sealed(package):
        return ()
    values = package.record(RESULT)["terms"]
    terms = {term["id"]: term["stage"] for term in package.record(SHEET)["terms"]}
    gross = {name: max(figure(values[name]), Fraction(0)) for name in terms}
    whole = sum(gross.values(), Fraction(0))
    reason = Risk(
        id=STUDY,
        name=why.said,
        category="",
        assertion=Assertion.ACCURACY,
        share=Fraction(0),
        level=Level.HIGH,
        reasons=(UNASSESSED,),
        findings=(why.code,),
        errors=(why.code,),
    )
    return reason, *(
        Risk(
            id=name,
            name=Bilingual(name, name),
            category=stage,
            assertion=Assertion.ACCURACY,
            share=gross[name] / whole if whole else Fraction(0),
            level=Level.HIGH,
            reasons=(UNASSESSED,),
        )
        for name, stage in sorted(terms.items())
    )

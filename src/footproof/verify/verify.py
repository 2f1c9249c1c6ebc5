"""Verify a study: everything that the engine, the clauses of the rule and the checks of this layer find, in one list.

A study that is refused has one finding, the refusal; the documents are compared all the same, and so are its figures
with the words beside them, where it could be read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from footproof.assess import Assessment, assess
from footproof.errors import FootproofError, Where
from footproof.expressions import exact
from footproof.formats.study import StudyFiles, read_study
from footproof.interpret.clause_view import Known, View
from footproof.interpret.clauses import ClauseResult, Outcome, check_holds, clause_report, told_unmet
from footproof.interpret.facts import known_facts
from footproof.interpret.terms import figure
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import Rulebook
from footproof.model.study import Study
from footproof.model.supplier import SupplierFootprint
from footproof.rules.parameters import ParameterBook
from footproof.texts import describe
from footproof.verify.checks import found_by_checks, found_in_words
from footproof.verify.finding import ERROR, GAP, NOTE, SEVERITIES, Finding, worded
from footproof.verify.recompute import Recomputed, recompute_beside

Certified = Callable[[Study, date], Mapping[str, SupplierFootprint]]
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a study gave.

    Args:
        findings: Errors, then gaps, then notes, each in the order of the checks.
        assessment: The study assessed anew; None where it is refused.
        clauses: Every clause of the rule with its outcome.
        recomputed: The client's sheet beside ours, where one was given.
    """

    findings: tuple[Finding, ...]
    assessment: Assessment | None
    clauses: tuple[ClauseResult, ...] = ()
    recomputed: Recomputed | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that speak against the claim."""
        return tuple(item for item in self.findings if item.severity == ERROR)


@dataclass(frozen=True, slots=True)
class Client:
    """What a client states.

    Args:
        sheet: Sheet of its package.
        stated: Exact result beside it, where there is one. [unit of the sheet]
        rule_digest: Digest of the edition that it says it followed, or empty.
    """

    sheet: bytes
    stated: str | None = None
    rule_digest: str = ""


def verify_study(
    files: StudyFiles,
    rule: Rulebook,
    book: ParameterBook,
    *,
    known_on: date | None = None,
    certified: Certified | None = None,
    client: Client | None = None,
) -> Verification:
    """Return what verifying a study finds.

    Args:
        files: Tables of the study, and the digests of its documents where they are at hand.
        rule: Edition that it claims to follow.
        book: Published parameters.
        known_on: Publications up to that day count; the study's own day if left out.
        certified: Gives the footprints of the suppliers of a study on a day, each checked; needed where it has any.
        client: What the client states.

    Raises:
        FootproofError: E-STUDY-KNOWN-ON where neither study nor caller names the day.
    """
    documents = tuple(_documents(files))
    study = None
    try:
        study = read_study(replace(files, documents=None))
        day = known_on or study.known_on
        if day is None:
            raise FootproofError("E-STUDY-KNOWN-ON")
        known = {} if certified is None else certified(study, day)
        assessment = assess(replace(study, certified={**study.certified, **known}), rule, book, day)
    except FootproofError as problem:
        if problem.code == "E-STUDY-KNOWN-ON":
            raise
        stated = () if study is None else found_in_words(study)
        return Verification((refusal(problem), *stated, *documents), None)
    return verify_assessment(assessment, book, documents, client)


def verify_assessment(
    assessment: Assessment, book: ParameterBook, documents: Iterable[Finding] = (), client: Client | None = None
) -> Verification:
    """Return what verifying an assessment finds.

    Args:
        assessment: Study and rule, assessed anew.
        book: Published parameters that it was assessed with.
        documents: Findings about its documents.
        client: What the client states.
    """
    report = clause_report(assessment)
    beside = _beside(assessment, client)
    own = (*found_by_checks(View(assessment), book), *_of_clauses(assessment, report), *_of_result(beside))
    kept = {item.key: _placed(item, assessment) for item in (*own, *documents, *_of_rule(assessment, client))}
    valued = [_valued(item, assessment, book) for item in kept.values()]
    ordered = tuple(sorted(valued, key=lambda item: SEVERITIES.index(item.severity)))
    return Verification(ordered, assessment, report, beside)


def effect_of(finding: Finding, assessment: Assessment, book: ParameterBook) -> Fraction | None:
    """Return what a finding does to the result, claimed less right: the study is assessed with it put right. [unit]

    Args:
        finding: With or without a remedy.
        assessment: The claim, assessed anew.
        book: Published parameters.
    """
    if finding.remedy is None:
        return None
    try:
        right = assess(finding.remedy(assessment.study), assessment.rule, book, assessment.known_on)
    except FootproofError:
        return None
    return figure(assessment.result["value"]) - figure(right.result["value"])


def _valued(finding: Finding, assessment: Assessment, book: ParameterBook) -> Finding:
    return finding if finding.remedy is None else replace(finding, effect=effect_of(finding, assessment, book))


def _placed(finding: Finding, assessment: Assessment) -> Finding:
    """Keep the clause only where the rule has it."""
    return finding if finding.clause in assessment.rule.clauses else replace(finding, clause="")


def refusal(problem: FootproofError) -> Finding:
    """Return what a study was refused for, as a finding."""
    said = Bilingual(describe(problem, "zh")[0], describe(problem, "en")[0])
    return Finding(problem.code, (problem.where,) if problem.where else (), said)


def _documents(files: StudyFiles) -> Iterator[Finding]:
    """Compare every listed document with what lies in the folder, where it is at hand."""
    if files.documents is None:
        return
    try:
        listed = read_study(replace(files, documents=None)).evidence
    except FootproofError:
        return
    for item in listed.values():
        found = files.documents.get(item.file)
        if found != item.sha256:
            code = "V-EVIDENCE-ABSENT" if found is None else "V-EVIDENCE-CHANGED"
            said = worded(code, {"document": item.id, "file": item.file})
            yield Finding(code, (Where("evidence.csv", field=item.id),), said, "6.3.5-documents")


def _of_clauses(assessment: Assessment, report: tuple[ClauseResult, ...]) -> Iterator[Finding]:
    """Yield the clauses that are not met, row by row, and those that the study gives no ground for."""
    facts = known_facts(assessment)
    for result in report:
        if result.finding is None or result.outcome is Outcome.NEEDS_JUDGEMENT:
            continue
        code, clause = f"clause:{result.clause.id}", result.clause
        if result.outcome is Outcome.EVIDENCE_MISSING:
            severity = GAP if clause.severity == "shall" else NOTE
            yield Finding(code, result.rows or _part(clause.where), result.finding, clause.id, severity)
            continue
        severity = ERROR if clause.severity == "shall" else NOTE
        told = dict(_rows_that_fail(assessment, result, facts)) or dict.fromkeys(result.rows, result.finding)
        for at, said in told.items():
            yield Finding(code, (at,), said, clause.id, severity)
        if not told:
            yield Finding(code, _part(clause.where), result.finding, clause.id, severity)


def _part(where: str) -> tuple[Where, ...]:
    """Return the part of a study that a clause points to where no row does: "cut_offs.csv", "study.carbon_content"."""
    return (Where(where),) if where else ()


def _rows_that_fail(
    assessment: Assessment, result: ClauseResult, facts: Mapping[str, Known]
) -> Iterator[tuple[Where, Bilingual]]:
    """Yield every row that fails a check by itself, with its own figure, where a fact is the worst of many."""
    for name in result.values:
        for value, at in facts[name].each if name in facts else ():
            values = {**result.values, name: value}
            if check_holds(result.clause, assessment.rule, values)[0] is False:
                yield at, told_unmet(result.clause, values)


def _of_rule(assessment: Assessment, client: Client | None) -> Iterator[Finding]:
    own = assessment.rule.digest
    if client is not None and client.rule_digest not in ("", own):
        said = worded("V-RULE", {"stated": client.rule_digest, "ours": own, "rule": assessment.rule.name})
        yield Finding("V-RULE", (Where("about.json", field="rule_digest"),), said)
    if assessment.rule.shipped_digest:
        yield Finding("V-LOCAL-RULE", (Where("rule.toml"),), worded("V-LOCAL-RULE", {}), severity=NOTE)


def _beside(assessment: Assessment, client: Client | None) -> Recomputed | None:
    if client is None:
        return None
    stated = None if client.stated is None else figure(client.stated)
    return recompute_beside(assessment, client.sheet, stated)


def _of_result(beside: Recomputed | None) -> Iterator[Finding]:
    """Yield where the client's sheet and figure are not ours."""
    if beside is None or beside.agrees:
        return
    if beside.error:
        code, _, at = beside.error.partition(" ")
        yield refusal(FootproofError(code, Where("sheet.json", field=at or None)))
    for term in beside.terms[:MOST_NAMED]:
        values = {"id": term.id, "effect": _six(term.effect), "unit": beside.unit}
        said, at_ = worded("V-RECOMPUTED", values), Where("sheet.json", field=f"terms/{term.id}")
        yield Finding("V-RECOMPUTED", (at_,), said, effect=term.effect)
    if beside.stated is not None and beside.stated != beside.ours:
        values = {"stated": _six(beside.stated), "ours": _six(beside.ours), "unit": beside.unit}
        at_ = Where("result.json", field="value")
        yield Finding("V-STATED", (at_,), worded("V-STATED", values), effect=beside.stated - beside.ours)


def _six(value: Fraction) -> str:
    return exact.round_significant((value.numerator, value.denominator), 6)

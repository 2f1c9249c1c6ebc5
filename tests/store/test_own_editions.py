"""A scheme and a rulebook of a register's own: put into the workspace, refused where they make no sense, certified by.

The scheme is that of the how-to; the rulebook is a small one that inherits the national frame. Everything from the
application to the certificate goes through the store.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections

from footproof.certify.applications import AcceptApplication, SubmitApplication
from footproof.certify.case import Case, Evidence, Outcome, Plan, Subject, TeamMember, Terms
from footproof.certify.certificate import Certified, Standing
from footproof.certify.checklist import all_met, checklist, rule_for
from footproof.certify.decisions import CompleteReview, Decide
from footproof.certify.evaluations import CompleteActivity, PlanEvaluation
from footproof.certify.filing_operations import FileRule, SubmitFiling
from footproof.certify.operation import Operation
from footproof.certify.people import (
    Competence,
    CompetenceGranted,
    Duty,
    Engagement,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
)
from footproof.certify.record import Actor, Step
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.credential.did_key import did_key
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.scheme import CaseKind
from footproof.rules.rulebook import load_rulebook
from footproof.server.certify import keep_package
from footproof.server.editions import editions
from footproof.server.platform import configure, migrate
from footproof.server.store.journal import Journal
from footproof.server.store.log import recover
from footproof.server.store.models import CaseRow
from footproof.server.store.packages import look, risks_in
from footproof.server.store.publication import decide_and_publish
from footproof.server.store.rebuild import rebuild, verify_store
from footproof.server.workspace import Workspace
from store.worlds import AT, CATEGORY, CLIENT, DAY, LATER, MARKER, REGISTRAR, founding
from tamper.checking import check_tree
from tamper.world import ASSETS, seeded_workspace, tree_of

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/a-scheme.md").read_text("utf-8")
SCHEME, RULE = "demo.bicycle@2026", "demo.kettle@2026"
REGULATOR = "urn:footproof:demo:regulator"
OWN_RULE = """
id      = "demo.kettle"
edition = "2026"
status  = "provisional"
parent  = "cn.gbt.24067@2024"
title   = { zh = "电热水壶碳足迹（示例）", en = "Footprint of kettles (DEMO)" }

[status_note]
zh = "示例规则，不得据此作出真实的认证决定。"
en = "DEMO rule: no real certification decision may rest on it."
"""
OWN_CLAUSES = """
[[clause]]
id         = "K-1"
refers_to  = "invented"
kind       = "judgement"
confidence = "derived"
text       = { zh = "壶盖与壶身配套。", en = "The lid belongs to the kettle." }
"""


def put_scheme(folder: Path, name: str = "demo.bicycle") -> Path:
    """Put the scheme of the how-to, mended as it says, below a folder."""
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    mended = text.replace('needs    = ["review"]', 'needs    = ["review"]\nseparate_from = ["assessor"]')
    edition = folder / name / "2026"
    edition.mkdir(parents=True)
    file = edition / "scheme.toml"
    file.write_text(mended.replace('["cn.gbt.24067"]', '["cn.gbt.24067", "demo.kettle"]'), "utf-8")
    return file


def put_rule(folder: Path) -> Path:
    """Put a rulebook that inherits the national frame below a folder."""
    edition = folder / "demo.kettle" / "2026"
    edition.mkdir(parents=True)
    (edition / "rule.toml").write_text(OWN_RULE, "utf-8")
    (edition / "clauses.toml").write_text(OWN_CLAUSES, "utf-8")
    return edition / "rule.toml"


@pytest.fixture
def workspace(database: str, tmp_path: Path) -> Iterator[Workspace]:
    made = seeded_workspace(tmp_path / "workspace", "https://w.footproof.example", "w.footproof.example/log", "w")
    put_scheme(made.folder / "schemes")
    put_rule(made.folder / "rules")
    configure(made.folder)
    migrate()
    yield made
    connections.close_all()


def people(body: str) -> list[Step]:
    """Return who is needed beside the people of every store of the tests."""
    name = Bilingual("示例监管部门", "Example authority (DEMO)")
    regulator = OrganisationRegistered("regulator", name, "", "CN", True, REGULATOR)
    steps = [Step(Organisation, REGULATOR, regulator)]
    for role, home, kind in (("assessor", body, "body"), ("regulator", REGULATOR, "regulator")):
        steps += [
            Step(Person, f"p-{role}", PersonRegistered(f"p-{role}")),
            Step(Person, f"p-{role}", PersonEngaged(Engagement(home, kind, DAY))),
            Step(Person, f"p-{role}", RoleAssigned(Duty(home, role, DAY))),
            Step(Person, f"p-{role}", CompetenceGranted(Competence(role, "*", "*", DAY, LATER))),
        ]
    return steps


def packed(workspace: Workspace, tmp_path: Path) -> str:
    """Keep a package that was computed by the register's own rulebook."""
    study = tmp_path / "kettle"
    shutil.copytree(ASSETS / "kettle", study)
    rule = str(workspace.folder / "rules" / "demo.kettle" / "2026")
    assessment, files = assess_folder(study, rule, None, dated=True)
    return keep_package(workspace, seal_assessment(assessment, files, rule))


def test_a_body_certifies_by_a_scheme_and_a_rulebook_of_its_own(workspace: Workspace, tmp_path: Path) -> None:
    body = did_key(workspace.body_key().public_key())
    journal = Journal(workspace, editions(workspace.folder).scheme)
    journal.found((*founding(body), *people(body)), REGISTRAR, AT)
    package = packed(workspace, tmp_path)
    looked = look(workspace, package)
    assert looked is not None
    assert (looked.recomputed.ok, looked.recomputed.rule) == (True, RULE)
    assert all(one.reasons != ("not-assessed",) for one in risks_in(workspace, package))

    def do(operation: Operation, role: str, home: str = body) -> None:
        journal.carry_out(operation, Actor(f"p-{role}", role, home), AT)

    do(SubmitFiling(SCHEME, "disclosure", MARKER), "manager")
    do(FileRule(body, SCHEME), "regulator", REGULATOR)
    subject = Subject(
        product="urn:footproof:demo:kettle",
        name=Bilingual("电热水壶（示例）", "electric kettle (DEMO)"),
        model="K-1",
        category=CATEGORY,
        site="urn:footproof:demo:site",
        place="CN-FJ",
        first=date(2025, 1, 1),
        last=date(2025, 12, 31),
    )
    apply = SubmitApplication("case-1", CaseKind.INITIAL, body, SCHEME, subject, package)
    journal.carry_out(apply, Actor("p-client", "representative", CLIENT), AT)
    terms = Terms(Decimal("12000.00"), "CNY", 60, MARKER)
    do(AcceptApplication("case-1", terms, (("legal_person", "true"),)), "planner")
    assert CaseRow.objects.get(case="case-1").scheme == SCHEME
    do(PlanEvaluation("case-1", Plan((TeamMember("p-assessor", "assessor"),))), "planner")
    do(visit(journal, package), "assessor")
    do(CompleteReview("case-1", Outcome.GRANT, MARKER), "reviewer")
    granted = Decide("case-1", Outcome.GRANT, MARKER, package, "DEMO-0001")
    decide_and_publish(journal, granted, Actor("p-decision-maker", "decision-maker", body), AT)

    case, found = journal.find(Case, "case-1"), journal.find(Certified, "DEMO-0001")
    assert case is not None
    assert found is not None
    assert (found.held.scheme, found.held.rule.partition(" ")[0]) == (SCHEME, RULE)
    assert found.standing(AT.date()) is Standing.VALID
    assert case.activities[0].checked is not None
    tree = tree_of(workspace)
    seen = check_tree(tree, tree.files["trust.json"], AT + timedelta(minutes=1), "c/DEMO-0001/certificate.jwt")
    assert (seen.ok, seen.failed) == (True, {})
    recover(workspace)  # takes up what publishing entered in the log
    assert verify_store(workspace) == []
    rebuild(workspace)
    assert verify_store(workspace) == []


def visit(journal: Journal, package: str) -> CompleteActivity:
    """Return the visit of the scheme with its checklist, which asks by every clause of the register's own rulebook."""
    with journal._unit() as unit:
        scheme = unit.scheme(SCHEME)
        wanted = scheme.activity("visit")
        assert wanted is not None
        questions = checklist(scheme, wanted, rule_for(unit, wanted, package))
    assert "demo.kettle/K-1" in {one.id for one in questions}
    return CompleteActivity("case-1", "visit", (Evidence(MARKER, "record", "authorities"),), answers=all_met(questions))


def test_editions_of_a_workspace_stand_beside_those_that_ship(tmp_path: Path) -> None:
    put_scheme(tmp_path / "schemes")
    put_rule(tmp_path / "rules")
    known = editions(tmp_path)
    assert known.known[-1] == SCHEME
    assert len(known.known) > 8
    assert known.scheme(SCHEME).id == "demo.bicycle"
    assert known.scheme("cn.cfp.label@CNCA-CFP-00-2025").national
    rule = known.rulebook_named(RULE)
    assert known.rulebook(RULE, rule.digest) is rule
    assert known.rulebook(RULE, MARKER) is None
    frame = load_rulebook("cn.gbt.24067@2024")
    assert known.rulebook(frame.name, frame.digest) is frame
    assert known.digests_of("demo.kettle") == {rule.digest}
    assert known.digests_of("*") == set()
    for name in ("demo.bicycle", str(tmp_path / "schemes/demo.bicycle/2026"), "../demo.bicycle@2026"):
        with pytest.raises(FootproofError, match="E-SCHEME-UNKNOWN"):
            known.scheme(name)
    with pytest.raises(FootproofError, match="E-RULE-UNKNOWN"):
        known.rulebook_named(str(tmp_path / "rules/demo.kettle/2026"))
    assert editions(tmp_path / "nothing").known == known.known[:-1]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('separate_from = ["assessor"]\n', "", "E-SCHEME-SEPARATION", "schemes/demo.bicycle/2026/scheme.toml"),
        ('role      = "assessor"', 'role      = "planner"', "E-SCHEME-ROLE", "schemes/demo.bicycle/2026/scheme.toml"),
        ('id            = "demo.bicycle"', 'id = "demo.tricycle"', "E-SCHEME-NAME", "scheme.toml"),
        ("transfer ", "transfers ", "E-KEY-UNKNOWN", "scheme.toml"),
    ],
)
def test_what_lint_finds_is_refused_before_anything_is_done(
    tmp_path: Path, old: str, new: str, code: str, place: str
) -> None:
    file = put_scheme(tmp_path / "schemes")
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(FootproofError) as refusal:
        editions(tmp_path)
    assert refusal.value.code == code
    assert str(refusal.value.where).startswith(place)


def test_no_rulebook_of_a_workspace_passes_for_another(tmp_path: Path) -> None:
    file = put_rule(tmp_path / "rules")
    text = file.read_text("utf-8")
    file.write_text(text.replace('"demo.kettle"', '"demo.teapot"'), "utf-8")
    with pytest.raises(FootproofError, match="E-RULE-NAME"):
        editions(tmp_path)
    place = tmp_path / "rules" / "cn.cement" / "provisional"
    place.parent.mkdir()
    file.parent.rename(place)
    renamed = text.replace('"demo.kettle"', '"cn.cement"').replace('"2026"', '"provisional"')
    (place / "rule.toml").write_text(renamed, "utf-8")
    with pytest.raises(FootproofError, match="E-RULE-SHADOW"):
        editions(tmp_path)
    (place / "rule.toml").write_text(renamed.replace("parent  =", "parents ="), "utf-8")
    with pytest.raises(FootproofError, match="E-KEY-MISSING") as refusal:
        editions(tmp_path)
    assert str(refusal.value.where).startswith("rules/cn.cement/provisional/rule.toml")

"""Checklists are derived: every clause has its question, and each question says where it comes from."""

import pytest

from footproof.certify.checklist import Question, checklist
from footproof.certify.scheme import load_scheme, shipped_schemes
from footproof.model.rulebook import ClauseKind
from footproof.model.scheme import Checklist
from footproof.rules.rulebook import load_rulebook

LABEL = load_scheme("cn.cfp.label@CNCA-CFP-00-2025")


def _questions(scheme: str, activity: str, rule: str = "") -> tuple[Question, ...]:
    found = load_scheme(scheme)
    one = found.activity(activity)
    assert one is not None
    return checklist(found, one, load_rulebook(rule) if rule else None)


def test_a_carbon_management_audit_asks_every_module_by_every_clause() -> None:
    ids = [one.id for one in _questions("cn.carbon-management@2021-draft", "stage-2")]
    grid = [name for name in ids if name.partition("/")[0] in ("emission", "trading", "asset", "neutrality")]
    assert len(grid) == len(set(grid)) == 28
    assert len(ids) == 28 + 3 + 2


def test_a_worded_question_takes_the_place_of_the_name_of_the_clause() -> None:
    texts = {one.id: one.text for one in _questions("cn.carbon-management@2021-draft", "stage-2")}
    assert texts["neutrality/planning"].en.startswith("A pathway and plan")
    assert texts["asset/leadership"].zh == "碳资产管理：满足“领导作用”的要求。"
    assert texts["asset/leadership"].en == "Carbon asset management: the requirements on 'Leadership' are met."


@pytest.mark.parametrize("rule", ["cn.gbt.24067", "cn.pcf.traction-battery"])
def test_a_document_review_asks_by_the_clauses_of_the_rule(rule: str) -> None:
    found = _questions(LABEL.name, "document-review", rule)
    book = load_rulebook(rule)
    looked_at = [name for name, clause in book.clauses.items() if clause.kind is not ClauseKind.COMPUTE]
    assert [one.id for one in found] == [f"{book.id}/{name}" for name in looked_at]
    assert found
    assert all(one.source for one in found)


def test_the_site_inspection_asks_for_product_consistency_and_for_what_lies_there() -> None:
    book = load_rulebook("cn.pcf.traction-battery")
    ids = [one.id for one in _questions(LABEL.name, "site-inspection", book.id)]
    there = (ClauseKind.EVIDENCE, ClauseKind.JUDGEMENT)
    assert ids[5:] == [f"{book.id}/{name}" for name, clause in book.clauses.items() if clause.kind in there]
    assert len(ids) == 5 + 25
    assert ids[:5] == [
        "client/legal-person",
        "client/system",
        "conclusion/number",
        "conclusion/product-consistency",
        "conclusion/continued-reduction",
    ]


def test_without_a_footprint_the_scheme_asks_alone() -> None:
    asked = _questions(LABEL.name, "document-review")
    assert len(asked) == 5
    assert asked == _questions(LABEL.name, "site-inspection")


def test_without_a_checklist_there_are_no_questions() -> None:
    assert _questions(LABEL.name, "review", "cn.gbt.24067") == ()


@pytest.mark.parametrize("name", shipped_schemes())
def test_every_determination_on_site_has_questions(name: str) -> None:
    scheme = load_scheme(name)
    for one in scheme.activities:
        if one.checklist is Checklist.SCHEME_CLAUSES:
            ids = [question.id for question in checklist(scheme, one)]
            assert ids
            assert len(ids) == len(set(ids))

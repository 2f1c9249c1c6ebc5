"""A statement says all that ISO 14064-3 clause 9 wants, in both languages, and only what fits its engagement."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from footproof.canonical import canonical_bytes, read_canonical
from footproof.errors import FootproofError
from footproof.model.engagement import Assurance, Opinion, OpinionKind, State
from footproof.verify.engagement import conclude, decide, review, weigh
from footproof.verify.sampling import Unit, draw
from footproof.verify.statement import issued as issue_statement
from footproof.verify.statement import statement_digest, statement_record
from verify.engagements import CLAIM, CLEAN, REASON, gathered, issued, misstatement, statement

# Contents that fact sheet and standard ask for, and where the record holds them.
CONTENTS = {
    "title": ("title", "zh"),
    "addressee": ("addressee", "en"),
    "responsible party": ("claim", "responsible", "en"),
    "statement verified: package": ("claim", "package"),
    "statement verified: period": ("claim", "period", "start"),
    "statement verified: unit": ("claim", "unit"),
    "statement verified: value": ("claim", "value"),
    "criteria": ("criteria", 1),
    "scope": ("scope", "zh"),
    "boundary": ("claim", "boundary", "en"),
    "responsibilities of the client": ("responsibilities", "responsible-party", "zh"),
    "responsibilities of the verifier": ("responsibilities", "verifier", "en"),
    "level of assurance": ("assurance", "level"),
    "materiality": ("materiality", "overall"),
    "summary of work": ("work", "en"),
    "conclusion": ("opinion", "kind"),
    "emissions by category": ("claim", "origins", "fossil"),
    "body": ("body", "name", "zh"),
    "address": ("body", "address", "zh"),
    "team leader": ("leader",),
    "reviewer": ("reviewer",),
    "date": ("issued",),
    "number": ("number",),
    "historical data": ("nature", "kind"),
}


def at(record: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        record = record[key]
    return record


@pytest.mark.parametrize("name", CONTENTS)
def test_the_contents(name: str) -> None:
    assert at(statement_record(statement(issued())), CONTENTS[name])


def test_it_has_one_byte_form_and_both_languages() -> None:
    record = statement_record(statement(issued()))
    data = canonical_bytes(record)
    assert canonical_bytes(read_canonical(data)) == data
    assert read_canonical(data)["opinion"]["kind"] == "unmodified"
    for key in ("title", "addressee", "scope", "objectives", "work"):
        assert set(record[key]) == {"zh", "en"}


def test_the_digest_covers_everything_but_the_signature() -> None:
    first = statement(issued())
    assert statement_digest(replace(first, signature="seal 1")) == statement_digest(first)
    other = replace(first.engagement, claim=replace(CLAIM, package="sha256:" + "f" * 64))
    for changed in (
        replace(first, number="DEMO-V-2"),
        replace(first, engagement=other),
        replace(first, work=REASON),
        replace(first, replaces="sha256:" + "1" * 64),
    ):
        assert statement_digest(changed) != statement_digest(first)


@pytest.mark.parametrize("kind", list(OpinionKind))
def test_the_conclusion_names_the_figure(kind: OpinionKind) -> None:
    opinion = Opinion(kind, () if kind is OpinionKind.UNMODIFIED else (REASON,))
    wrong = [misstatement("m", 9)] if kind is OpinionKind.ADVERSE else []
    record = statement_record(statement(issued(opinion, wrong)))
    for lang in ("zh", "en"):
        assert "90 kg CO2e / kg" in record["opinion"]["text"][lang]
    assert len(record["opinion"]["qualifications"]) == (kind is not OpinionKind.UNMODIFIED)
    assert record["misstatements"]["weighed"][0]["material"] is (kind is OpinionKind.ADVERSE)
    assert record["misstatements"]["weighed"][0]["gross"] == ("9" if wrong else "0")


def test_a_statement_does_not_say_what_the_engagement_does_not_hold() -> None:
    dirty = replace(issued(), misstatements=(misstatement("m", 50),))
    assert not weigh(dirty).clean
    with pytest.raises(FootproofError) as caught:
        statement_record(statement(dirty))
    assert caught.value.code == "E-VERIFY-OPINION"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": ""}, "E-VERIFY-INCOMPLETE"),
        ({"leader": ""}, "E-VERIFY-INCOMPLETE"),
        ({"reviewer": ""}, "E-VERIFY-INCOMPLETE"),
        ({"issued": date(2025, 12, 31)}, "E-VERIFY-DATE"),
        ({"engagement": gathered()}, "E-VERIFY-STATE"),
        ({"engagement": replace(issued(), state=State.REVIEWED)}, "E-VERIFY-STATE"),
        ({"engagement": replace(issued(), opinion=None)}, "E-VERIFY-INCOMPLETE"),
    ],
)
def test_a_statement_that_is_not_ready_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        statement_digest(replace(statement(issued()), **change))
    assert caught.value.code == code


def test_samples_and_level_stand_in_it() -> None:
    sample = draw("a public seed", (Unit("a", Fraction(3)), Unit("b", Fraction(2))), 2)
    found = replace(issued(), samples=(sample,), assurance=Assurance.LIMITED)
    record = statement_record(statement(found))
    assert record["samples"][0]["seed"] == "a public seed"
    assert record["assurance"]["level"] == "limited"
    assert "not" in record["assurance"]["text"]["en"] or "nothing" in record["assurance"]["text"]["en"]


def test_an_engagement_keeps_the_digest_of_its_statement() -> None:
    decided = decide(review(conclude(gathered(), CLEAN), "reviewer"), "decider")
    first = statement(decided)
    after = issue_statement(first, "decider")
    assert (after.state, after.statement) == (State.ISSUED, statement_digest(first))
    assert statement_digest(replace(first, engagement=after)) == after.statement, "issuing changes nothing that is said"
    with pytest.raises(FootproofError) as caught:
        issue_statement(replace(first, engagement=after), "decider")
    assert caught.value.code == "E-VERIFY-STATE"
    with pytest.raises(FootproofError) as caught:
        issue_statement(first, "second")
    assert caught.value.code == "E-VERIFY-INDEPENDENT"

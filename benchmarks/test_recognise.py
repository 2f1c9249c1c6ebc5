"""Walks of the recognition chain per second and core, in a crowd of 40,000 records.

Target: 10,000 walks a second. A check of one certificate walks three times: as known at issue, in hindsight, and now.
"""

from dataclasses import replace
from datetime import date

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party
from footproof.model.recognition import (
    Accreditation,
    Approval,
    Arrangement,
    KeyDelegation,
    Record,
    SchemeEdition,
    Scope,
    Signatory,
)
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise import Question, Roots, walk

DAY, START = date(2026, 5, 20), date(2026, 1, 1)
WALKS = 1000


def _party(name: str) -> Party:
    return Party(f"did:web:{name}.example", Bilingual(f"示例 {name}", f"DEMO {name}"))


AUTHORITY, ACCREDITOR, OWNER, SCHEME, BODY = map(_party, ("authority", "ab", "global", "scheme", "body"))
SCOPE = Scope("1", ("product-certification",), ("pcf@2026",), ("cpc:46410",), ("place:CN",), START, None, START)
QUESTION = Question(
    certificate="DEMO-1",
    body=BODY,
    key=f"{BODY.id}#1",
    thumbprint="A" * 43,
    activity="product-certification",
    scheme="pcf",
    edition="2026",
    rule="pcf",
    rule_edition="sha256:aa",
    national=True,
    category="cpc:46410",
    site="https://sites.example/1",
    country="CN-FJ",
    issued=DAY,
)
ROOTS = Roots(
    authorities=frozenset({AUTHORITY.id}),
    arrangement_owners=frozenset({OWNER.id}),
    scheme_owners=frozenset({SCHEME.id}),
)


def _crowd(size: int) -> RecognitionRecords:
    approval = Approval("approval", AUTHORITY, BODY, "R-1", START, (SCOPE,), (), AUTHORITY.id)
    accreditation = Accreditation("accreditation", ACCREDITOR, BODY, "A-1", START, (SCOPE,), (), ACCREDITOR.id)
    name = Bilingual("示例互认安排", "DEMO Arrangement")
    seat = Signatory(ACCREDITOR, (SCOPE,))
    pcf = Bilingual("产品碳足迹", "PCF")
    records: list[Record] = [
        approval,
        accreditation,
        KeyDelegation("key", BODY, QUESTION.key, "A" * 43, ("*",), START, None, START, (), BODY.id),
        Arrangement("global", name, OWNER, START, (SCOPE,), (), (seat,), (), OWNER.id),
        SchemeEdition("pcf", "pcf", "2026", pcf, SCHEME, ("sha256:aa",), START, None, None, None, START, SCHEME.id),
    ]
    for number in range(size):
        holder = _party(f"body-{number}")
        records.append(replace(approval, id=f"approval-{number}", holder=holder))
        records.append(replace(accreditation, id=f"accreditation-{number}", holder=holder))
    return RecognitionRecords(tuple(records))


@pytest.mark.parametrize("size", [0, 20_000])
@pytest.mark.parametrize(("category", "sound"), [("cpc:46410", True), ("cpc:491", False)], ids=["sound", "broken"])
def test_a_thousand_walks(benchmark: BenchmarkFixture, size: int, category: str, sound: bool) -> None:
    records, question = _crowd(size), replace(QUESTION, category=category)

    def thousand() -> bool:
        return all(walk(question, records, ROOTS, at=DAY, known_on=DAY).sound == sound for _ in range(WALKS))

    assert benchmark(thousand)

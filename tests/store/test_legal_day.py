"""A decision in the evening of Greenwich is of the next day in everything that is published, and holds at once."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from footproof.credential import jose
from footproof.errors import ProofRejected
from footproof.model.days import legal_day
from footproof.server.demo_world import recognition
from footproof.server.store.models import CertificateRow
from footproof.server.store.publication import decide_and_publish
from page.node import NODE, ask, encoded, modules, states
from store.worlds import Shop
from tamper.checking import Answer, check_tree
from tamper.world import sealed, tree_of

EVENING = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
NEXT, LAST = date(2026, 11, 24), date(2028, 11, 23)
NUMBER = "DEMO-0001"


@pytest.fixture
def late(shop: Shop) -> Shop:
    """Return the shop after a decision in the evening."""
    shop.ready("case-1")
    decide_and_publish(shop.journal, shop.asked("case-1", NUMBER), shop.decider, EVENING)
    return shop


def token(shop: Shop) -> bytes:
    """Return the certificate as published."""
    return (shop.workspace.public / "c" / NUMBER / "certificate.jwt").read_bytes()


def checked(shop: Shop, at: datetime) -> Answer:
    """Return what a check says at a moment."""
    trust = (shop.workspace.public / "trust.json").read_bytes()
    return check_tree(tree_of(shop.workspace), trust, at, f"c/{NUMBER}/certificate.jwt")


def test_certificate_row_and_records_are_of_the_same_day(late: Shop) -> None:
    answer = checked(late, EVENING)
    assert answer.failed == {}
    assert answer.certificate is not None
    assert (answer.certificate.decided_on, answer.certificate.valid_from) == (NEXT, NEXT)
    assert answer.certificate.valid_until == LAST
    assert answer.facts["log"]["decided"] == answer.facts["log"]["logged"] == "2026-11-24"
    row = CertificateRow.objects.get(number=NUMBER)
    assert (row.first, row.last) == (NEXT, LAST)
    assert {one.known for one in recognition(late.workspace).records} == {NEXT}  # type: ignore[union-attr]


def test_it_holds_until_the_last_day_is_over_in_china(late: Shop) -> None:
    ends = datetime(2028, 11, 23, 15, 59, 59, tzinfo=UTC)
    assert "validity" not in checked(late, ends).failed
    assert checked(late, ends + timedelta(seconds=1)).failed["validity"] == "E-CRED-EXPIRED"


def test_a_reader_of_credentials_that_knows_moments_only_says_the_same(late: Shop) -> None:
    stated: Mapping[str, Any] = jose.payload_of(token(late))
    begins, ends = datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2028, 11, 23, 15, 59, 59, tzinfo=UTC)
    assert (legal_day(begins), legal_day(ends)) == (NEXT, LAST)
    for moment in (begins, EVENING, ends):
        jose.need_time(stated, moment)
    for moment in (begins - timedelta(seconds=1), ends + timedelta(seconds=1)):
        with pytest.raises(ProofRejected):
            jose.need_time(stated, moment)


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_page_says_the_same(late: Shop, tmp_path: Path) -> None:
    place = modules(tmp_path)
    files = {name: encoded(data) for name, data in tree_of(late.workspace).files.items()}
    own = {"token": "certificate.jwt", "event": "event.json", "proof": "proof.txt"}
    [facts] = ask(place, [{"facts_of": encoded(token(late))}])
    asked = {
        "files": {key: files[f"c/{NUMBER}/{name}"] for key, name in own.items()} | {"trust": files["trust.json"]},
        "log": {name.removeprefix("log/"): data for name, data in files.items() if name.startswith("log/")},
        "tree": {name: data for name, data in files.items() if name.startswith(("status/", "recognition/"))},
        "facts": facts,
        "package": encoded(sealed()),
    }
    before, answer = ask(place, [{**asked, "today": day} for day in ("2026-11-23", "2026-11-24")])
    assert states(before)["validity"] == "failed E-CRED-NOT-YET"
    assert answer["verdict"]["id"] == "verified"
    assert set(states(answer).values()) == {"passed"}

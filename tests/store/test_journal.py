"""The journal: one decision is one transaction, its certificate is signed, in the log, and has a place."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from footproof.canonical import read_canonical
from footproof.certify.case import Case, CaseState, Outcome
from footproof.certify.certificate import Certified
from footproof.certify.codec import digest_of
from footproof.certify.decisions import Decide
from footproof.certify.scheme import load_scheme
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import key_name
from footproof.credential.securing import verify_certificate
from footproof.errors import FootproofError
from footproof.server.figureless import is_figureless, place_of
from footproof.server.store.attest import attest
from footproof.server.store.journal import KEPT, forget_keys, recorded_of
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, IdempotencyRow, LeafRow, RecordRow
from footproof.server.store.personal import Personal, erase, recall, remember
from footproof.server.store.seals import seal_of
from footproof.server.store.unit import Unit
from store.worlds import AT, CLIENT, LABEL, MARKER, REGISTRAR, SYSTEM, Shop, founding, schemes

MOST_QUERIES = 30


def code(raised: pytest.ExceptionInfo[FootproofError]) -> str:
    return raised.value.code


def leaves() -> list[dict[str, str]]:
    return [read_canonical(bytes(row.entry)) for row in LeafRow.objects.all()]


def test_a_grant_is_event_leaf_certificate_and_place(shop: Shop) -> None:
    shop.ready("case-1")
    events = shop.grant("case-1", "DEMO-0001")
    assert [one.event.kind for one in events][:2] == ["decision.taken", "certificate.issued"]
    row = CertificateRow.objects.get(number="DEMO-0001")
    last = leaves()[-1]
    assert (last["type"], last["subject"], last["object"]) == ("certificate.issued", "DEMO-0001", row.token)
    assert row.leaf == LeafRow.objects.count() - 1
    key = shop.workspace.body_key().public_key()
    certificate = verify_certificate(shop.workspace.get(row.token), {key_name(key): key}, AT.date())
    assert (certificate.number, certificate.package_digest) == ("DEMO-0001", shop.package)
    assert str(certificate.value) == row.value
    assert certificate.status is not None
    assert (certificate.status.lists, certificate.status.index) == (
        f"https://w.footproof.example/status/{row.list}",
        row.place,
    )
    with shop.workspace.open_log() as log:
        assert log.size == LeafRow.objects.count()
        assert log.tiles().entry(row.leaf) == bytes(LeafRow.objects.get(index=row.leaf).entry)


def test_a_grant_needs_few_queries(shop: Shop) -> None:
    shop.ready("case-1")
    with CaptureQueriesContext(connection) as queries:
        shop.journal.carry_out(shop.asked("case-1", "DEMO-0001"), shop.decider, AT, "key-1")
    assert len(queries) <= MOST_QUERIES


def test_a_certificate_without_a_figure_is_signed_too(shop: Shop) -> None:
    shop.ready("case-1", scheme=SYSTEM)
    shop.journal.carry_out(shop.asked("case-1", "DEMO-0002", SYSTEM), shop.decider, AT)
    row = CertificateRow.objects.get(number="DEMO-0002")
    token = shop.workspace.get(row.token)
    assert is_figureless(token)
    assert place_of(token).index == row.place
    assert (row.value, row.figure) == ("", None)


def test_a_certificate_states_the_grade_that_was_found(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    found = shop.journal.find(Certified, "DEMO-0001")
    assert found is not None
    graded = replace(schemes()[LABEL], grading=load_scheme("cn.green-building-materials@2020").grading)
    world = Unit(shop.workspace, lambda _: graded)
    for grade, name in ((None, None), (2, "二星级")):
        token = attest(shop.workspace, world, replace(found.held, grade=grade))
        stated = certificate_of(jose.payload_of(token)).grade
        assert (stated and (stated.level, stated.name.zh)) == (name and (grade, name))


def test_rows_say_what_records_say(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    case = shop.journal.find(Case, "case-1")
    certified = shop.journal.find(Certified, "DEMO-0001")
    assert case is not None
    assert certified is not None
    row = CaseRow.objects.get(case="case-1")
    assert (row.state, row.client, row.certificate) == (CaseState.DECIDED.value, CLIENT, "DEMO-0001")
    assert certified.held.scheme == LABEL
    assert RecordRow.objects.get(stream="case", record="case-1").version == 6


def test_the_second_decision_on_a_case_is_refused(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    before = EventRow.objects.count(), LeafRow.objects.count()
    with pytest.raises(FootproofError) as raised:
        shop.grant("case-1", "DEMO-0002")
    assert code(raised) == "E-CASE-STATE"
    assert (EventRow.objects.count(), LeafRow.objects.count()) == before


def test_events_read_back_are_the_events_that_were_told(shop: Shop) -> None:
    shop.ready("case-1")
    told = shop.grant("case-1", "DEMO-0001")
    rows = EventRow.objects.order_by("sequence")[EventRow.objects.count() - len(told) :]
    read = tuple(recorded_of(row) for row in rows)
    assert read == told
    assert [digest_of(one) for one in read] == [row.digest for row in rows]


def test_asking_again_under_a_key_does_nothing_again(shop: Shop) -> None:
    shop.ready("case-1", "case-2")
    first = shop.grant("case-1", "DEMO-0001", key="k")
    assert shop.grant("case-1", "DEMO-0001", key="k") == first
    assert CertificateRow.objects.count() == 1
    with pytest.raises(FootproofError) as raised:
        shop.grant("case-2", "DEMO-0002", key="k")
    assert code(raised) == "E-STORE-KEY"
    assert IdempotencyRow.objects.count() == 1


def test_a_key_holds_a_day(shop: Shop) -> None:
    """Afterwards it is free, whether somebody swept or not."""
    shop.ready("case-1", "case-2", "case-3")
    first = shop.grant("case-1", "DEMO-0001", key="k")
    assert shop.grant("case-1", "DEMO-0001", AT + KEPT - timedelta(seconds=1), key="k") == first
    shop.grant("case-2", "DEMO-0002", AT + KEPT, key="k")
    assert IdempotencyRow.objects.get().at == AT + KEPT
    forget_keys(AT + 2 * KEPT - timedelta(seconds=1))
    assert IdempotencyRow.objects.exists()
    forget_keys(AT + 2 * KEPT)
    assert not IdempotencyRow.objects.exists()


def test_a_refused_request_leaves_its_key_free(shop: Shop) -> None:
    shop.ready("case-1")
    with pytest.raises(FootproofError):
        shop.grant("case-9", "DEMO-0001", key="k")
    assert shop.grant("case-1", "DEMO-0001", key="k")


def test_a_batch_is_one_checkpoint_and_leaves_out_what_is_refused(shop: Shop) -> None:
    shop.ready("case-1", "case-2", "case-3")
    asks = [shop.ask("case-1", "DEMO-0001"), shop.ask("case-2", "DEMO-0001"), shop.ask("case-3", "DEMO-0003")]
    outcomes = shop.journal.carry_out_many(asks)
    assert [isinstance(one, FootproofError) for one in outcomes] == [False, True, False]
    refused = outcomes[1]
    assert isinstance(refused, FootproofError)
    assert refused.code == "E-CASE-EXISTS"
    rows = CertificateRow.objects.order_by("number")
    assert [row.number for row in rows] == ["DEMO-0001", "DEMO-0003"]
    assert len({(row.list, row.place) for row in rows}) == 2


def test_a_key_twice_in_a_batch_is_answered_once(shop: Shop) -> None:
    shop.ready("case-1")
    ask = shop.ask("case-1", "DEMO-0001")
    from dataclasses import replace

    first, second = shop.journal.carry_out_many([replace(ask, key="k"), replace(ask, key="k")])
    assert first == second
    assert CertificateRow.objects.count() == 1


def test_a_package_that_is_not_here_certifies_nothing(shop: Shop) -> None:
    shop.ready("case-1")
    asked = Decide("case-1", Outcome.GRANT, MARKER, MARKER, "DEMO-0001")
    with pytest.raises(FootproofError) as raised:
        shop.journal.carry_out(asked, shop.decider, AT)
    assert code(raised) == "E-DECISION-PACKAGE"


def test_a_body_without_its_key_certifies_nothing(shop: Shop) -> None:
    shop.ready("case-1")
    path = shop.workspace.folder / "keys" / "body.pem"
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    from footproof.server import bodies
    from footproof.server.keys import write_key

    path.unlink()
    write_key(path, generate_private_key(SECP256R1()))
    bodies._keys.cache_clear()
    before = EventRow.objects.count()
    with pytest.raises(FootproofError) as raised:
        shop.grant("case-1", "DEMO-0001")
    assert code(raised) == "E-BODY-KEY"
    assert EventRow.objects.count() == before
    bodies._keys.cache_clear()


def test_a_refusal_is_in_the_log_with_its_case(shop: Shop) -> None:
    shop.ready("case-1")
    shop.journal.carry_out(Decide("case-1", Outcome.REFUSE, MARKER), shop.decider, AT)
    last = leaves()[-1]
    assert (last["type"], last["subject"], last["actor"]) == ("decision.refused", "case-1", shop.body)
    said = read_canonical(shop.workspace.get(last["object"]))
    assert MARKER not in said.values(), "why, and by whom, is not public; the seal of the event lets it be proven"
    assert said["sealed"] == seal_of(shop.workspace, EventRow.objects.get(kind="decision.taken").digest)


def test_no_person_stands_in_the_log(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    for row in LeafRow.objects.all():
        entry = bytes(row.entry)
        said = read_canonical(entry)
        item = b"" if said["type"] == "journal.sealed" else shop.workspace.get(said["object"])
        assert b"p-decision-maker" not in entry + item
        assert b"p-reviewer" not in entry + item


def test_a_clock_that_ran_back_is_refused_and_a_little_is_borne(shop: Shop) -> None:
    shop.ready("case-1", "case-2")
    shop.grant("case-1", "DEMO-0001", AT + timedelta(minutes=10))
    with pytest.raises(FootproofError) as raised:
        shop.grant("case-2", "DEMO-0002", AT)
    assert code(raised) == "E-STORE-TIME"
    shop.grant("case-2", "DEMO-0002", AT + timedelta(minutes=9, seconds=30))
    times = [one["at"] for one in leaves()]
    assert times == sorted(times)


def test_only_an_empty_store_can_be_founded(shop: Shop) -> None:
    with pytest.raises(FootproofError) as raised:
        shop.journal.found(tuple(founding(shop.body)), REGISTRAR, AT)
    assert code(raised) == "E-STORE-FOUNDED"


@pytest.mark.parametrize("table", ["events", "leaves"])
@pytest.mark.parametrize("what", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_said(shop: Shop, table: str, what: str) -> None:
    column = {"events": "version", "leaves": "at"}[table]
    before = EventRow.objects.count(), LeafRow.objects.count()
    refused = pytest.raises((IntegrityError, DatabaseError), match="append only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(what.format(table, column, column))
    assert (EventRow.objects.count(), LeafRow.objects.count()) == before


def test_postgresql_refuses_to_empty_what_was_said(shop: Shop) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE events CASCADE")
    assert EventRow.objects.count()


def test_what_no_database_can_hold_is_refused_on_both(shop: Shop) -> None:
    shop.ready("case-1")
    with pytest.raises(FootproofError) as raised:
        shop.journal.carry_out(Decide("case-1", Outcome.REFUSE, "a\0b"), shop.decider, AT)
    assert code(raised) == "E-STORE-TEXT"


def test_who_somebody_is_can_be_erased_and_events_stay(shop: Shop) -> None:
    before = EventRow.objects.filter(record="p-reviewer").count()
    remember("p-reviewer", Personal("示例", "reviewer@body.example"))
    assert recall("p-reviewer") == Personal("示例", "reviewer@body.example")
    assert erase("p-reviewer")
    assert recall("p-reviewer") is None
    assert not erase("p-reviewer")
    assert EventRow.objects.filter(record="p-reviewer").count() == before > 0


def test_the_store_waits_for_the_disk(shop: Shop, database: str, tmp_path: Path) -> None:
    asked = {"sqlite": ("PRAGMA synchronous", (2,)), "postgresql": ("SHOW synchronous_commit", ("on",))}
    statement, needed = asked[database]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone() == needed
        if database == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)

"""All state follows from events: it can be made again from them, and what differs is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from footproof.certify.case import Outcome
from footproof.certify.certificate import Certified, StatusChange, StatusChanged, Turn
from footproof.certify.decisions import Decide
from footproof.certify.record import Stamp, Step
from footproof.errors import FootproofError
from footproof.server.certify import issued
from footproof.server.status import place_named, state_of
from footproof.server.store.log import recover
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow, StandingRow
from footproof.server.store.rebuild import rebuild, verify_store
from footproof.server.store.rows import plain
from store.worlds import AT, MARKER, SYSTEM, Shop


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A store with certificates of both kinds, one of them suspended, and a refusal."""
    shop.ready("case-1", "case-2", "case-4")
    shop.ready("case-3", scheme=SYSTEM)
    shop.grant("case-1", "DEMO-0001")
    shop.grant("case-2", "DEMO-0002", datetime(2026, 11, 22, 18, tzinfo=timezone(timedelta(hours=8))))
    shop.journal.carry_out(shop.asked("case-3", "DEMO-0003", SYSTEM), shop.decider, AT + timedelta(hours=2))
    shop.journal.carry_out(Decide("case-4", Outcome.REFUSE, MARKER), shop.decider, AT + timedelta(hours=2))
    turn(shop, "DEMO-0001", Turn.SUSPENDED)
    return shop


def turn(shop: Shop, number: str, kind: Turn, hours: int = 3) -> None:
    at = (AT + timedelta(hours=hours)).astimezone(UTC)
    change = StatusChange(kind, at.date(), None, "", shop.body, MARKER)
    with shop.journal._unit() as unit:
        unit.add((Step(Certified, number, StatusChanged(change)),), Stamp(shop.decider, at))


def everything() -> list[dict[str, object]]:
    tables = (RecordRow, CaseRow, CertificateRow, StandingRow)
    rows = [plain(row, ("id",)) for table in tables for row in table._default_manager.all()]
    return sorted(rows, key=repr)


def test_what_is_stored_is_what_the_events_say(busy: Shop) -> None:
    assert verify_store(busy.workspace) == []


def test_everything_can_be_made_again(busy: Shop) -> None:
    before = everything()
    for table in (RecordRow, CaseRow, CertificateRow, StandingRow):
        table._default_manager.all().delete()
    assert verify_store(busy.workspace)
    assert rebuild(busy.workspace) == len([row for row in before if "version" in row])
    assert everything() == before
    assert verify_store(busy.workspace) == []


def spoil_state(_: Shop) -> None:
    row = RecordRow.objects.get(stream="certificate", record="DEMO-0001")
    row.state["held"]["value"] = "0.1"
    row.save()


def spoil_row(_: Shop) -> None:
    CertificateRow.objects.filter(number="DEMO-0001").update(turn="")


def spoil_token(_: Shop) -> None:
    CertificateRow.objects.filter(number="DEMO-0002").update(token=MARKER)


def spoil_case(_: Shop) -> None:
    CaseRow.objects.filter(case="case-4").update(state="reviewed")


def spoil_standing(_: Shop) -> None:
    StandingRow.objects.filter(certificate="DEMO-0001", standing="suspended").update(standing="valid")


def add_standing(_: Shop) -> None:
    day = AT.date()
    StandingRow.objects.create(certificate="DEMO-0009", since=day, until=day, standing="suspended")


def drop_row(_: Shop) -> None:
    CertificateRow.objects.filter(number="DEMO-0002").delete()


def add_record(_: Shop) -> None:
    RecordRow.objects.create(stream="case", record="case-9", version=1, state={})


def without_triggers(statement: str) -> None:
    """Do what only somebody with all rights over the database can do."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(statement)


def spoil_event(_: Shop) -> None:
    without_triggers("UPDATE events SET person = 'p-other' WHERE sequence = 5")


def drop_leaf(_: Shop) -> None:
    without_triggers(f"DELETE FROM leaves WHERE {connection.ops.quote_name('index')} = 2")


def literal(data: bytes) -> str:
    """Return bytes as SQL of the database has them."""
    return f"x'{data.hex()}'" if connection.vendor == "sqlite" else f"'\\x{data.hex()}'::bytea"


SPOILED: tuple[tuple[Callable[[Shop], None], str], ...] = (
    (spoil_state, "records"),
    (spoil_row, "certificates"),
    (spoil_token, "certificates"),
    (spoil_case, "cases"),
    (drop_row, "certificates"),
    (spoil_standing, "certificate_standings"),
    (add_standing, "certificate_standings"),
    (add_record, "records"),
    (spoil_event, "events"),
    (drop_leaf, "leaves"),
)


@pytest.mark.parametrize(("spoil", "table"), SPOILED, ids=[one.__name__ for one, _ in SPOILED])
def test_what_differs_is_found(busy: Shop, spoil: Callable[[Shop], None], table: str) -> None:
    spoil(busy)
    assert table in {problem.values.get("table") for problem in verify_store(busy.workspace)}


def test_leaves_are_held_against_the_log(busy: Shop) -> None:
    """What the log has beyond the leaves comes from publishing; what it has otherwise, or does not have, is wrong."""
    with busy.workspace.open_log() as log:
        log.append([b"entered by publishing"])
    assert verify_store(busy.workspace) == []
    without_triggers(f"UPDATE leaves SET entry = {literal(b'other')} WHERE {connection.ops.quote_name('index')} = 1")
    found = [problem for problem in verify_store(busy.workspace) if problem.code == "E-STORE-LOG"]
    assert [problem.values["index"] for problem in found] == [1]


def test_a_log_that_lacks_leaves_is_found(busy: Shop) -> None:
    size = LeafRow.objects.count()
    LeafRow.objects.create(index=size, entry=b"not logged", at=LeafRow.objects.order_by("-index")[0].at)
    assert [one.values.get("index") for one in verify_store(busy.workspace) if one.code == "E-STORE-LOG"] == [size]


def test_a_spoiled_event_is_never_built_upon(busy: Shop) -> None:
    before = everything()
    spoil_event(busy)
    with pytest.raises(FootproofError) as raised:
        rebuild(busy.workspace)
    assert raised.value.code == "E-STORE-DIFFERS"
    assert everything() == before


def test_status_in_the_log_is_that_of_the_store(busy: Shop) -> None:
    assert state_of(busy.workspace, "DEMO-0001") == "suspended"
    turn(busy, "DEMO-0001", Turn.SUSPENDED, 4)  # prolonged: told of, but not as another suspension
    assert state_of(busy.workspace, "DEMO-0001") == "suspended"
    assert bytes(LeafRow.objects.order_by("-index")[0].entry).count(b'"certificate.noted"') == 1
    turn(busy, "DEMO-0001", Turn.RESTORED, 5)
    turn(busy, "DEMO-0001", Turn.WITHDRAWN, 6)
    assert state_of(busy.workspace, "DEMO-0001") == "withdrawn"
    assert verify_store(busy.workspace) == []


def test_the_workspace_knows_the_certificates_of_the_store(busy: Shop) -> None:
    found = {one.certificate.number: one for one in issued(busy.workspace)}
    assert set(found) == {"DEMO-0001", "DEMO-0002"}
    row = CertificateRow.objects.get(number="DEMO-0002")
    status = found["DEMO-0002"].certificate.status
    assert status == place_named(busy.workspace, (row.list - 1) * 131_072 + row.place)
    assert found["DEMO-0002"].certificate.value == Decimal(row.value)


def test_recovering_twice_changes_nothing(busy: Shop) -> None:
    first = recover(busy.workspace)
    events = EventRow.objects.count()
    assert recover(busy.workspace) == first
    assert EventRow.objects.count() == events


def test_a_store_made_before_filters_gets_what_they_need(busy: Shop) -> None:
    before = everything()
    connection.close()
    call_command("migrate", "store", "0004", verbosity=0)
    call_command("migrate", "store", verbosity=0)
    assert everything() == before
    assert verify_store(busy.workspace) == []

"""What one statement or many write at once is what the models would have written one by one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction

from footproof.server.publish import publish
from footproof.server.store.insert import Rows, insert
from footproof.server.store.models import CaseRow, CertificateRow, EventRow, LeafRow, RecordRow
from footproof.server.store.publication import decide_and_publish
from footproof.server.store.rows import plain
from store.worlds import AT, Shop

QUERIES = {"sqlite": 10, "postgresql": 6}
"""What a decision asks of a database: each is a way there and back."""

TEXT = "引号\" \\ %s \U0001f375 '; -- （示例）\n"


def event(sequence: int, **also: Any) -> EventRow:
    return EventRow(
        **{
            "sequence": sequence,
            "stream": "case",
            "record": f"r-{sequence}",
            "version": 1,
            "kind": "x",
            "at": datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC),
            "person": TEXT,
            "role": "manager",
            "organisation": "o",
            "data": {"text": TEXT, "list": [1, None, True, {"n": 2**53 - 1}]},
            "digest": "sha256:" + "0" * 64,
            **also,
        }
    )


def certificate(number: str, **also: Any) -> CertificateRow:
    named = dict.fromkeys(("case", "body", "client", "scheme", "category", "name_zh", "name_en", "model"), TEXT)
    day = date(2026, 2, 28)
    rest = {"province": "CN-FJ", "value": "1.5", "unit": "kg", "decided": day, "first": day, "last": day, "turn": ""}
    return CertificateRow(number=number, **{**named, **rest, "list": 1, "token": "t", "replaced_by": "", **also})


def test_what_is_written_is_what_models_write(shop: Shop) -> None:
    ours, theirs = event(10**9), event(10**9 + 1)
    figures = (Decimal("1.50"), Decimal("123456789012345.00000000000000000001"), None)
    rows = [certificate(f"A-{n}", figure=one, place=n, leaf=10**6 + n) for n, one in enumerate(figures)]
    entry = LeafRow(index=10**6, event_id=10**9, entry=bytes(range(256)), at=AT, issue=None)
    insert(Rows(EventRow, [ours]), Rows(CertificateRow, rows), Rows(LeafRow, [entry]), Rows(CaseRow, []))
    theirs.save(force_insert=True)
    found = plain(EventRow.objects.get(sequence=10**9), ("sequence", "record"))
    assert found == plain(EventRow.objects.get(sequence=10**9 + 1), ("sequence", "record"))
    for number, row in enumerate(rows):
        certificate(f"B-{number}", figure=row.figure, place=9 + number, leaf=10**7 + number).save(force_insert=True)
        mine, other = (CertificateRow.objects.get(number=f"{one}-{number}") for one in "AB")
        assert plain(mine, ("number", "place", "leaf")) == plain(other, ("number", "place", "leaf"))
    assert bytes(LeafRow.objects.get(index=10**6).entry) == bytes(range(256))


def test_rows_that_are_there_get_only_what_is_named(shop: Shop) -> None:
    insert(Rows(RecordRow, [RecordRow(stream="s", record="r", version=1, state={"a": 1})], ("record", "stream")))
    again = [RecordRow(stream="s", record="r", version=2, state={"a": 2})]
    insert(Rows(RecordRow, again, ("record", "stream"), ("version",)))
    found = RecordRow.objects.get(record="r")
    assert (found.version, found.state) == (2, {"a": 1})
    insert(Rows(RecordRow, [RecordRow(stream="s", record="r", version=9, state={})], ("record", "stream")))
    assert RecordRow.objects.get(record="r").version == 2


def test_what_must_not_be_there_is_refused_as_a_whole(shop: Shop) -> None:
    before = EventRow.objects.count()
    twice = Rows(EventRow, [event(10**9), event(10**9 + 1), event(10**9, record="other")])
    with pytest.raises(Error), transaction.atomic():
        insert(twice)
    assert EventRow.objects.count() == before


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_too_long_is_refused(shop: Shop) -> None:
    with pytest.raises(Error), transaction.atomic():
        insert(Rows(EventRow, [event(10**9, stream="s" * 33)]))


def test_a_decision_asks_little_of_the_database(shop: Shop) -> None:
    publish(shop.workspace, AT)
    shop.ready("case-1", "case-2", "case-3")
    for number in (1, 2):  # after the first one recognition is entered, which the second one takes up
        decide_and_publish(shop.journal, shop.asked(f"case-{number}", f"DEMO-000{number}"), shop.decider, AT)
    asked: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        decide_and_publish(shop.journal, shop.asked("case-3", "DEMO-0003"), shop.decider, AT)
    assert len(asked) <= QUERIES[connection.vendor], "\n".join(one[:200] for one in asked)

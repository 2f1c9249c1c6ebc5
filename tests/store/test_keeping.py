"""What a person acted on is found by an index; who it is can be erased once no record needs it, and not before."""

from datetime import timedelta

import pytest
from django.db import connection

from footproof.certify.people import Person, PersonLeft
from footproof.certify.record import Stamp, Step
from footproof.errors import FootproofError
from footproof.server.accounts.erasure import forget
from footproof.server.store.keeping import past_retention
from footproof.server.store.models import EventRow
from footproof.server.store.personal import Personal, recall, remember
from footproof.server.store.unit import Unit
from store.worlds import AT, Shop, schemes

LATE = AT + timedelta(days=3650)


def world(shop: Shop) -> Unit:
    return Unit(shop.workspace, lambda key: schemes()[key])


def test_cases_of_a_person(shop: Shop) -> None:
    shop.ready("case-1", "case-2")
    assert world(shop).cases_by("p-decision-maker") == ()
    shop.grant("case-1", "DEMO-0001")
    assert world(shop).cases_by("p-decision-maker") == ("case-1",)
    assert world(shop).cases_by("p-reviewer") == ("case-1", "case-2")
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, EventRow._meta.db_table)
    assert found["events_person"]["columns"] == ["person", "stream", "record"]


def test_who_somebody_is_is_erased_with_the_records_and_not_before(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    remember("p-decision-maker", Personal("示例", "d@body.example"))
    with pytest.raises(FootproofError, match="E-RETENTION-WORKS"):
        forget(world(shop), "p-decision-maker", LATE.date())
    left = Step(Person, "p-decision-maker", PersonLeft(shop.body, AT.date()))
    with shop.journal._unit() as unit:
        unit.add((left,), Stamp(shop.decider, AT))
    with pytest.raises(FootproofError, match="E-RETENTION-RUNS"):
        forget(world(shop), "p-decision-maker", (AT + timedelta(days=2)).date())
    before = EventRow.objects.count()
    assert forget(world(shop), "p-decision-maker", LATE.date())
    assert recall("p-decision-maker") is None
    assert not forget(world(shop), "p-decision-maker", LATE.date())
    assert EventRow.objects.count() == before


def test_records_past_their_time_are_told(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    assert past_retention(lambda key: schemes()[key], (AT + timedelta(days=1000)).date()) == ()
    found = past_retention(lambda key: schemes()[key], LATE.date())
    assert [number for number, _ in found] == ["DEMO-0001"]

"""Two at once: one decision on a case wins, and nothing is given out twice."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connections

from footproof.errors import FootproofError
from footproof.server.store.models import CertificateRow, EventRow, LeafRow
from footproof.server.store.rebuild import verify_store
from store.worlds import Shop, open_shop

WORKERS = 6


def outcome(act: Callable[[], object]) -> str:
    """Return what came of an act in a thread of its own."""
    try:
        act()
    except FootproofError as refused:
        return refused.code
    finally:
        connections.close_all()
    return "done"


def test_of_many_decisions_on_one_case_one_wins(shop: Shop) -> None:
    shop.ready("case-1")
    with ThreadPoolExecutor(WORKERS) as pool:
        acts = [pool.submit(outcome, partial(shop.grant, "case-1", f"DEMO-000{n}")) for n in range(WORKERS)]
        found = sorted(one.result() for one in acts)
    assert found == ["E-CASE-STATE"] * (WORKERS - 1) + ["done"]
    assert CertificateRow.objects.count() == 1
    assert EventRow.objects.filter(kind="decision.taken").count() == 1


def test_of_many_certificates_with_one_number_one_is_issued(shop: Shop) -> None:
    shop.ready(*(f"case-{n}" for n in range(WORKERS)))
    with ThreadPoolExecutor(WORKERS) as pool:
        acts = [pool.submit(outcome, partial(shop.grant, f"case-{n}", "DEMO-0001")) for n in range(WORKERS)]
        found = sorted(one.result() for one in acts)
    assert found == ["E-CASE-EXISTS"] * (WORKERS - 1) + ["done"]


def test_one_key_from_many_at_once_does_one_thing(shop: Shop) -> None:
    shop.ready("case-1")
    with ThreadPoolExecutor(WORKERS) as pool:
        acts = [pool.submit(outcome, lambda: shop.grant("case-1", "DEMO-0001", key="k")) for _ in range(WORKERS)]
        assert {one.result() for one in acts} == {"done"}
    assert EventRow.objects.filter(kind="decision.taken").count() == 1


def test_decisions_on_different_cases_all_come_through(shop: Shop) -> None:
    shop.ready(*(f"case-{n}" for n in range(WORKERS)))
    with ThreadPoolExecutor(WORKERS) as pool:
        acts = [pool.submit(outcome, partial(shop.grant, f"case-{n}", f"DEMO-000{n}")) for n in range(WORKERS)]
        assert [one.result() for one in acts] == ["done"] * WORKERS
    assert CertificateRow.objects.count() == WORKERS
    assert len(set(CertificateRow.objects.values_list("list", "place"))) == WORKERS
    assert list(LeafRow.objects.values_list("index", flat=True)) == list(range(LeafRow.objects.count()))
    assert verify_store(shop.workspace) == []


def test_of_two_processes_one_wins(shop: Shop) -> None:
    shop.ready("case-1")
    connections.close_all()
    children = [fork(partial(decide_anew, shop, f"DEMO-000{n}")) for n in range(2)]
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, 3]
    assert CertificateRow.objects.count() == 1
    assert verify_store(shop.workspace) == []


def decide_anew(shop: Shop, number: str) -> None:
    open_shop(shop.workspace).grant("case-1", number)


def fork(act: Callable[[], object]) -> int:
    """Do something in a child process: it ends with 0, with 3 where it is refused, with 4 where it fails otherwise."""
    child = os.fork()
    if child:
        return child
    code = 4
    try:
        act()
        code = 0
    except FootproofError:
        code = 3
    finally:
        os._exit(code)

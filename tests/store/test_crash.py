"""A crash between any two writes leaves no certificate without its event, its leaf and its place in the lists."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from footproof.canonical import read_canonical
from footproof.errors import FootproofError
from footproof.server.certify import issue
from footproof.server.store.log import recover
from footproof.server.store.models import CertificateRow, EventRow, LeafRow
from footproof.server.store.publication import decide_and_publish
from footproof.server.store.rebuild import verify_store
from footproof.tlog import fsck
from store.worlds import AT, Shop, open_shop
from tamper.world import sealed

KILLED = 9
MOST = 150
# Functions that change the disk or the database; at each of them the power may fail.
WRITES: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "sync"),
    (os, "rename"),
    (os, "replace"),
    (CursorWrapper, "execute"),
    (CursorWrapper, "executemany"),
    (BaseDatabaseWrapper, "commit"),
    (BaseDatabaseWrapper, "_commit"),
)


def die_at(number: int) -> None:
    """Have this process end without a word at the n-th of its writes."""
    left = [number]

    def mortal(real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os._exit(KILLED)
            return real(*args, **kwargs)

        return wrapped

    for owner, name in WRITES:
        setattr(owner, name, mortal(getattr(owner, name)))


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Do something in a process that dies at its n-th write; tell whether it died rather than ended."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 4
        try:
            die_at(number)
            act()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def restart(shop: Shop) -> Shop:
    """Begin again after a crash, and look at everything."""
    again = open_shop(shop.workspace)
    recover(shop.workspace)
    assert verify_store(shop.workspace) == []
    for leaf in LeafRow.objects.all():
        said = read_canonical(bytes(leaf.entry))
        if said["type"] != "journal.sealed":  # names a root, and no object
            shop.workspace.get(said["object"])
    issues = set(EventRow.objects.filter(kind="certificate.issued").values_list("record", flat=True))
    rows = list(CertificateRow.objects.all())
    assert {row.number for row in rows} == issues
    for row in rows:
        entry = read_canonical(bytes(LeafRow.objects.get(index=row.leaf).entry))
        assert (entry["subject"], entry["object"]) == (row.number, row.token)
    assert fsck(shop.workspace.log_folder).ok
    return again


def points(step: int) -> Iterator[int]:
    yield from range(1, MOST, step)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_every_write_of_a_decision(shop: Shop, step: int) -> None:
    shop.ready(*(f"case-{n}" for n in range(MOST)))
    for number in points(step):
        case, certificate = f"case-{number}", f"DEMO-{number:04d}"
        died = killed_at(number, partial(shop.grant, case, certificate))
        shop = restart(shop)
        if not died:
            break
        if not CertificateRow.objects.filter(number=certificate).exists():
            shop.grant(case, certificate)
        else:
            with pytest.raises(FootproofError, match="E-CASE-STATE"):
                shop.grant(case, certificate)
    else:
        pytest.fail("there was no end of writes")
    assert number > 20
    assert CertificateRow.objects.count() == len(range(1, number + 1, step))


@pytest.mark.slow
def test_killed_at_every_write_of_decision_and_publication(shop: Shop) -> None:
    publish_killed(shop, 1)


def test_killed_at_some_writes_of_decision_and_publication(shop: Shop) -> None:
    publish_killed(shop, 17)


def publish_killed(shop: Shop, step: int) -> None:
    shop.ready(*(f"case-{n}" for n in range(MOST)))

    def act(number: int) -> None:
        decide_and_publish(shop.journal, shop.asked(f"case-{number}", f"DEMO-{number:04d}"), shop.decider, AT)

    for number in points(step):
        if not killed_at(number, partial(act, number)):
            break
        shop = restart(shop)
    else:
        pytest.fail("there was no end of writes")
    token = shop.workspace.public / "c" / f"DEMO-{number:04d}" / "certificate.jwt"
    assert token.read_bytes() == shop.workspace.get(CertificateRow.objects.get(number=f"DEMO-{number:04d}").token)
    assert fsck(shop.workspace.public / "log").problems == ()


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_while_it_decides(shop: Shop, rounds: int) -> None:
    cases = 100 * rounds  # more than most machines decide before the last kill
    shop.ready(*(f"case-{n}" for n in range(cases)))
    when = random.Random(17)
    for _ in range(rounds):
        first = CertificateRow.objects.count()
        connections.close_all()
        child = os.fork()
        if child == 0:
            for number in range(first, cases):
                shop.grant(f"case-{number}", f"DEMO-{number:04d}")
            signal.pause()  # a faster one waits for it
        time.sleep(when.uniform(0.3, 1.5))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        shop = restart(shop)
    assert CertificateRow.objects.count() > 0


def test_whatever_else_appends_brings_in_what_was_committed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ready("case-1")
    with monkeypatch.context() as patched:
        patched.setattr("footproof.server.store.journal.append_leaves", lambda log, leaves: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shop.grant("case-1", "DEMO-0001")
    before = LeafRow.objects.count()
    found = issue(shop.workspace, sealed("K-2"), AT)  # the command line, which knows nothing of the store
    assert found.index >= before
    assert found.certificate.number != "DEMO-0001"
    restart(shop)
    assert LeafRow.objects.get(index=found.index).event is None
    places = {(one.list, one.place) for one in CertificateRow.objects.all()}
    assert found.certificate.status is not None
    assert (1, found.certificate.status.index) not in places


def test_a_log_that_says_otherwise_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ready("case-1", "case-2")
    (shop.workspace.folder / "store").unlink()
    with monkeypatch.context() as patched:
        patched.setattr("footproof.server.store.journal.claim", lambda workspace: None)
        patched.setattr("footproof.server.store.journal.append_leaves", lambda log, leaves: 0)
        shop.grant("case-1", "DEMO-0001")
    with shop.workspace.open_log() as log:
        log.append([b"not from the store"])
    with pytest.raises(FootproofError) as raised:
        shop.grant("case-2", "DEMO-0002")
    assert raised.value.code == "E-STORE-LOG"

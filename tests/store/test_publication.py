"""What was decided is in the public tree when the answer is given, and anybody can check it there."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic, sleep

import pytest
from django.db import connections

from footproof.certify.case import Outcome
from footproof.certify.decisions import Decide
from footproof.certify.record import Recorded
from footproof.cli.serve import publish_what_is_left
from footproof.errors import FootproofError
from footproof.server.accounts import clock, here
from footproof.server.api import errands
from footproof.server.bodies import add_body, body_key
from footproof.server.events import event
from footproof.server.publish import publish
from footproof.server.store import publication
from footproof.server.store.journal import Ask, Journal
from footproof.server.store.models import CertificateRow
from footproof.server.store.publication import (
    PAGES,
    RETRY,
    decide_and_publish,
    decide_and_publish_many,
    left_since,
    publish_left,
)
from footproof.server.together import Together
from footproof.tlog import fsck, open_note, parse_proof, verify_proof
from footproof.tlog.tiles import WIDTH
from store.worlds import AT, SYSTEM, Shop

SHA = "sha256:" + "1" * 64


def test_a_decision_is_public_with_all_its_files(shop: Shop) -> None:
    shop.ready("case-1")
    decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT)
    place = shop.workspace.public / "c" / "DEMO-0001"
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert names >= {"certificate.jwt", "certificate.json", "package.footproof", "event.json", "proof.txt", "mark.svg"}
    assert names >= {"index.html", "en/index.html"}
    with shop.workspace.open_log() as log:
        proof = parse_proof((place / "proof.txt").read_bytes())
        verify_proof(proof, (place / "event.json").read_bytes(), log.verifier)
        assert (shop.workspace.public / "log" / "checkpoint").read_bytes() == log.signed
        open_note(log.signed, [log.verifier])
    assert fsck(shop.workspace.public / "log").problems == ()


def test_callers_at_once_are_each_answered_for_themselves(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    callers = 6
    shop.ready(*(f"case-{number}" for number in range(callers - 1)))  # the last one asks about a case that is not there
    together: list[int] = []
    all_there, work = Barrier(callers), publication._carry_out

    def counted(journal: Journal, asks: Sequence[Ask]) -> list[tuple[Recorded, ...] | FootproofError]:
        together.append(len(asks))
        return work(journal, asks)

    monkeypatch.setattr(publication, "_carry_out", counted)

    def ask(number: int) -> tuple[Recorded, ...] | FootproofError:
        all_there.wait(10)
        try:
            return decide_and_publish(shop.journal, shop.asked(f"case-{number}", f"DEMO-000{number}"), shop.decider, AT)
        except FootproofError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool, shop.journal.opened():  # nobody gets a turn before all have asked
        answers = [pool.submit(ask, number) for number in range(callers)]
        waiting = publication._WAITING.setdefault(shop.workspace.folder, Together(publication.TOGETHER))
        ended = monotonic() + 10
        while sum(together) + len(waiting._waiting) < callers and monotonic() < ended:
            sleep(0.01)
        assert not any(one.done() for one in answers)
    found = [one.result() for one in answers]
    assert [one[0].id if isinstance(one, tuple) else one.code for one in found] == [
        *(f"case-{number}" for number in range(callers - 1)),
        "E-CASE-UNKNOWN",
    ]
    assert sum(together) == callers
    assert len(together) <= 2
    assert {row.number for row in CertificateRow.objects.all()} == {
        f"DEMO-000{number}" for number in range(callers - 1)
    }
    assert all((shop.workspace.public / "c" / f"DEMO-000{number}" / "index.html").is_file() for number in range(5))
    assert fsck(shop.workspace.public / "log").problems == ()


def test_what_a_crash_kept_back_is_published_at_the_next_start(shop: Shop) -> None:
    shop.ready("case-1", "case-2")
    decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT)
    assert not publish_left(shop.journal, AT)
    shop.grant("case-2", "DEMO-0002")  # decided, and the process ended before anything of it was published
    place = shop.workspace.public / "c" / "DEMO-0002"
    assert not place.exists()
    assert publish_left(shop.journal, AT)
    assert (place / "certificate.jwt").is_file()
    assert (place / "summary.json").is_file()
    assert not publish_left(shop.journal, AT)


def test_what_was_decided_is_done_though_its_publication_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> bool:
        raise FootproofError("E-RECOG-BACKDATED")

    shop.ready("case-1", "case-2")
    with monkeypatch.context() as patched:
        patched.setattr(publication, "enter_recognition", refused)
        done = decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT, "once")
    assert CertificateRow.objects.filter(number="DEMO-0001").exists()
    place = shop.workspace.public / "c" / "DEMO-0001"
    assert not (place / "certificate.jwt").exists()
    assert left_since(shop.workspace) == AT
    asked = decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT, "once")
    assert asked == done, "asked again it is answered again"
    decide_and_publish(shop.journal, shop.asked("case-2", "DEMO-0002"), shop.decider, AT)
    assert (shop.workspace.public / "c" / "DEMO-0002" / "certificate.jwt").is_file()
    assert left_since(shop.workspace) == AT, "what others publish does not hide what is left"

    with monkeypatch.context() as patched:
        patched.setattr(publication, "publish", refused)
        publish_what_is_left(shop.workspace.folder)
    assert "could not be published" in capsys.readouterr().err, "the server starts, and says so"
    publication._LEFT.clear()  # as in another process
    monkeypatch.setattr(clock, "now", lambda: AT)
    assert publish_left(shop.journal, AT + RETRY)
    assert (place / "certificate.jwt").is_file()
    assert left_since(shop.workspace) is None
    assert not publish_left(shop.journal, AT)


def test_what_is_left_is_published_between_requests(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ready("case-1")
    with monkeypatch.context() as patched:
        patched.setattr(publication, "write_durably", lambda *_: (_ for _ in ()).throw(OSError("read-only")))
        decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT)
    assert not (shop.workspace.folder / publication.LEFT).exists(), "the disk took nothing"
    assert left_since(shop.workspace) == AT
    monkeypatch.setattr(here, "find_scheme", shop.journal.schemes)
    for pause, left in ((RETRY / 2, True), (RETRY, False)):
        monkeypatch.setattr(clock, "now", lambda pause=pause: AT + pause)
        errands.run_once()
        assert (left_since(shop.workspace) is not None) == left


def test_the_whole_tree_can_be_published_over_it(shop: Shop) -> None:
    shop.ready("case-1")
    shop.ready("case-2", scheme=SYSTEM)
    decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT)
    decide_and_publish(shop.journal, shop.asked("case-2", "DEMO-0002", SYSTEM), shop.decider, AT)
    page = shop.workspace.public / "c" / "DEMO-0001" / "index.html"
    before = page.read_bytes()
    publish(shop.workspace, AT)
    assert page.read_bytes() == before
    assert (page.parent / "certificate.zh.pdf").is_file()
    shop.ready("case-3")  # and the store goes on after what others appended
    decide_and_publish(shop.journal, shop.asked("case-3", "DEMO-0003"), shop.decider, AT)
    assert fsck(shop.workspace.public / "log").problems == ()


def test_a_large_batch_can_be_checked_at_once_and_read_later(shop: Shop) -> None:
    count = PAGES + 1
    shop.ready(*(f"case-{number}" for number in range(count)))
    asks = [shop.ask(f"case-{number}", f"DEMO-{number:04d}") for number in range(count)]
    outcomes = decide_and_publish_many(shop.journal, asks)
    assert not [one for one in outcomes if isinstance(one, FootproofError)]
    folders = list((shop.workspace.public / "c").iterdir())
    assert len(folders) == count
    for place in folders:
        assert {path.name for path in place.iterdir()} == {
            "certificate.jwt",
            "package.footproof",
            "event.json",
            "proof.txt",
            "summary.json",
        }


def test_partial_tiles_go_once_the_full_one_is_published(shop: Shop) -> None:
    def partial() -> set[str]:
        return {path.relative_to(tiles).parent.as_posix() for path in tiles.rglob("*.p/*")}

    tiles = shop.workspace.public / "log" / "tile"
    shop.ready("case-1", "case-2")
    decide_and_publish(shop.journal, shop.asked("case-1", "DEMO-0001"), shop.decider, AT)
    assert partial() == {"entries/000.p", "0/000.p"}
    with shop.workspace.open_log() as log:
        log.append([event("mark.used", AT, shop.decider.organisation, "DEMO-0001", SHA)] * WIDTH)
    decide_and_publish(shop.journal, shop.asked("case-2", "DEMO-0002"), shop.decider, AT)
    assert partial() == {"entries/001.p", "0/001.p", "1/000.p"}
    assert fsck(tiles.parent).problems == ()
    with shop.workspace.open_log() as log:
        (tiles / "0" / "000.p").mkdir()
        (tiles / "0" / "000.p" / "7").write_bytes(log.read("tile/0/000")[: 7 * 32])
    publish(shop.workspace, AT)  # what a crash left goes with the next whole publication
    assert partial() == {"entries/001.p", "0/001.p", "1/000.p"}


def test_a_refusal_publishes_the_log_only(shop: Shop) -> None:
    shop.ready("case-1")
    decide_and_publish(shop.journal, Decide("case-1", Outcome.REFUSE, SHA), shop.decider, AT)
    assert not (shop.workspace.public / "c").exists()
    assert fsck(shop.workspace.public / "log").size > 0


def test_a_further_body_has_a_key_of_its_own(shop: Shop) -> None:
    body = add_body(shop.workspace, "body-02")
    assert body != shop.body
    assert body_key(shop.workspace, body) is not body_key(shop.workspace, shop.body)
    assert (shop.workspace.folder / "keys" / "bodies" / "body-02.pem").stat().st_mode & 0o077 == 0

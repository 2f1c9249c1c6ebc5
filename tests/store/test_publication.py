"""What was decided is in the public tree when the answer is given, and anybody can check it there."""

from footproof.certify.case import Outcome
from footproof.certify.decisions import Decide
from footproof.errors import FootproofError
from footproof.server.bodies import add_body, body_key
from footproof.server.publish import publish
from footproof.server.store.publication import PAGES, decide_and_publish, decide_and_publish_many, publish_left
from footproof.tlog import fsck, open_note, parse_proof, verify_proof
from store.worlds import AT, SYSTEM, Shop


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


def test_a_refusal_publishes_the_log_only(shop: Shop) -> None:
    shop.ready("case-1")
    decide_and_publish(shop.journal, Decide("case-1", Outcome.REFUSE, "sha256:" + "1" * 64), shop.decider, AT)
    assert not (shop.workspace.public / "c").exists()
    assert fsck(shop.workspace.public / "log").size > 0


def test_a_further_body_has_a_key_of_its_own(shop: Shop) -> None:
    body = add_body(shop.workspace, "body-02")
    assert body != shop.body
    assert body_key(shop.workspace, body) is not body_key(shop.workspace, shop.body)
    assert (shop.workspace.folder / "keys" / "bodies" / "body-02.pem").stat().st_mode & 0o077 == 0

"""An organisation keeps only so much that no record names; what a record names does not count."""

from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection, connections

from api.stores import on_both_stores
from api.worlds import Site
from footproof.certify.case import Case, Outcome, ReviewCompleted
from footproof.certify.record import Stamp, Step
from footproof.certify.retention import Purge, RecordsPurged
from footproof.errors import FootproofError
from footproof.server.accounts.configuration import MOST_QUOTA, people_settings
from footproof.server.api import keeping
from footproof.server.api.models import Reached, Upload
from footproof.server.workspace import CONFIGURATION
from store.worlds import AT, CLIENT
from tamper.world import sealed

LIMIT = 1000


@pytest.fixture(autouse=True)
def _small(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOOTPROOF_QUOTA", LIMIT)
    Upload.objects.all().delete()


def send(site: Site, letter: str, size: int, person: str = "p-client") -> tuple[int, str]:
    answer = site.upload((letter * size).encode(), person, kind="photo", export="site")
    return answer.status_code, answer.json().get("digest") or answer.json()["code"]


def name(site: Site, digest: str) -> None:
    """Let a case name a document, as the command line would."""
    with site.shop.journal._unit() as unit:
        unit.add(
            (Step(Case, "case-1", ReviewCompleted("p-reviewer", Outcome.GRANT, digest)),), Stamp(site.shop.decider, AT)
        )


@on_both_stores
def test_what_does_not_fit_is_refused_and_leaves_nothing(fresh_site: Site) -> None:
    site = fresh_site
    objects = site.shop.workspace.folder / "objects"
    assert send(site, "a", LIMIT)[0] == 201
    before = sorted(objects.rglob("*"))
    assert send(site, "b", 1) == (507, "E-API-QUOTA")
    assert sorted(objects.rglob("*")) == before
    assert Upload.objects.count() == 1
    assert send(site, "a", LIMIT)[0] == 201, "the same bytes again change nothing"
    assert send(site, "b", LIMIT, "p-rival-client")[0] == 201, "each organisation has its own"


@on_both_stores
def test_what_a_record_names_makes_room(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    digest = send(site, "a", LIMIT)[1]
    assert send(site, "b", LIMIT)[0] == 507
    name(site, digest)
    assert send(site, "b", LIMIT)[0] == 201
    assert send(site, "a", LIMIT, "p-planner")[0] == 201
    assert Upload.objects.filter(named=True).count() == 2, "whoever else sends what a record names"
    assert keeping.unnamed_bytes(CLIENT) == LIMIT


def test_a_purge_names_nothing(fresh_site: Site) -> None:
    digest = send(fresh_site, "a", LIMIT)[1]
    with fresh_site.shop.journal._unit() as unit:
        event = RecordsPurged("purge-000001", AT.date(), (digest,), ())
        unit.add((Step(Purge, "purge-000001", event),), Stamp(fresh_site.shop.decider, AT))
    assert send(fresh_site, "b", 1)[0] == 507


def test_a_package_counts_as_named_by_what_it_holds(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site, data = fresh_site, sealed("K-9")
    monkeypatch.setattr(settings, "FOOTPROOF_QUOTA", len(data))
    package = site.upload(data, "p-client", kind="package", export="site").json()["package"]
    site.shop.ready("case-1")
    assert send(site, "a", 1)[0] == 507
    name(site, package)
    assert send(site, "a", 1)[0] == 201


@on_both_stores
def test_the_journal_is_read_once_and_in_pieces(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = fresh_site
    monkeypatch.setattr(keeping, "BATCH", 3)
    keeping.note_named()
    assert Reached.objects.get(name="uploads").sequence > 0, "where nothing was sent nothing is read"
    digest = send(site, "a", 1)[1]
    site.shop.ready("case-1")
    name(site, digest)
    keeping.note_named()
    assert Upload.objects.get(digest=digest).named
    last = Reached.objects.get(name="uploads").sequence
    keeping.note_named()
    assert Reached.objects.get(name="uploads").sequence == last


@on_both_stores
def test_two_that_are_sent_at_once_do_not_both_take_the_last_room(fresh_site: Site) -> None:
    barrier, answers = Barrier(4), []

    def work(letter: str) -> None:
        barrier.wait()
        answers.append(send(fresh_site, letter, LIMIT // 2 + 1)[0])
        connections.close_all()

    threads = [Thread(target=work, args=(letter,)) for letter in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [201, 507, 507, 507], connection.vendor


@pytest.mark.parametrize("said", ["0", "true", '"2048"', "2.5", str(MOST_QUOTA + 1)])
def test_a_limit_that_is_none_is_refused(fresh_site: Site, said: str) -> None:
    folder = fresh_site.shop.workspace.folder
    assert people_settings(folder)["FOOTPROOF_QUOTA"] == 2048 * 2**20
    path = folder / CONFIGURATION
    plain = path.read_text()
    path.write_text(f"{plain}\n[platform]\nupload_quota_mib = 7\n")
    assert people_settings(folder)["FOOTPROOF_QUOTA"] == 7 * 2**20
    path.write_text(f"{plain}\n[platform]\nupload_quota_mib = {said}\n")
    with pytest.raises(FootproofError, match="E-API-QUOTA-SETTING"):
        people_settings(folder)

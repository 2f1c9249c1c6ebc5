"""What need not be kept is given up on the day asked for, and nothing else; the journal verifies as before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.stores import on_both_stores
from api.worlds import Site
from footproof.canonical import read_canonical
from footproof.certify.case import Case, Outcome, ReviewCompleted
from footproof.certify.people import Person, PersonLeft
from footproof.certify.record import Stamp, Step
from footproof.certify.retention import Purge
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.server.accounts import clock, here
from footproof.server.api import keeping, purging
from footproof.server.api.models import Upload
from footproof.server.certify import issue, package_file
from footproof.server.store.models import EventRow, LeafRow, RecordRow
from footproof.server.store.personal import Personal, recall, remember
from footproof.server.store.rebuild import rebuild, verify_store
from footproof.server.store.unit import Unit
from store.worlds import AT, Shop
from tamper.world import sealed

NUMBER, OPEN = "DEMO-2026-000001", "case-2"
LATE = datetime(2040, 1, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def send(site: Site, data: bytes) -> str:
    return str(site.upload(data, "p-client", kind="photo", export="authorities").json()["digest"])


def name(shop: Shop, case: str, digest: str) -> None:
    """Let a case name a document."""
    event = ReviewCompleted("p-reviewer", Outcome.GRANT, digest)
    with shop.journal._unit() as unit:
        unit.add((Step(Case, case, event),), Stamp(shop.decider, AT))


def kept(site: Site) -> dict[str, str]:
    """Send documents of every kind, name them as they are named, and grant one of two cases."""
    shop = site.shop
    shop.ready("case-1", OPEN)
    found = {one: send(site, one.encode()) for one in ("past", "shared", "unnamed")}
    for case in ("case-1", OPEN):
        name(shop, case, found["shared"])
    first = read_canonical(bytes(LeafRow.objects.earliest("index").entry))
    found["logged"] = send(site, shop.workspace.get(first["object"]))
    for document in ("past", "logged"):
        name(shop, "case-1", found[document])
    shop.grant("case-1", NUMBER)
    return found


def purge(at: datetime = LATE) -> purging.Past:
    return purging.purge(here.journal(), legal_day(at), at)


def there(site: Site, digest: str) -> bool:
    return site.shop.workspace.object_file(digest).exists()


@on_both_stores
def test_documents_are_given_up_once_no_record_needs_them(fresh_site: Site) -> None:
    site, workspace = fresh_site, fresh_site.shop.workspace
    found = kept(site)
    certificate = site.get(f"/certificates/{NUMBER}?on=2039-01-01").json()
    until = date.fromisoformat(site.get(f"/certificates/{NUMBER}/record", "p-manager").json()["kept_until"])
    over = sorted([found["past"], found["unnamed"]])
    assert purging.past_on(here.world(), until).documents == (found["unnamed"],)
    assert list(purging.past_on(here.world(), until + timedelta(days=1)).documents) == over
    assert there(site, found["past"])
    assert purge() == purging.Past(tuple(over), ())
    assert [one for one, digest in found.items() if not there(site, digest)] == ["past", "unnamed"]
    assert site.get(f"/objects/{found['past']}", "p-client").status_code == 404
    assert site.get(f"/objects/{found['shared']}", "p-client").status_code == 200
    event = EventRow.objects.get(kind="records.purged")
    assert (event.data["documents"], event.data["on"], event.role) == (over, "2040-01-01", "registrar")
    assert workspace.get(package_file(workspace, site.shop.package))
    assert site.get(f"/certificates/{NUMBER}?on=2039-01-01").json() == certificate
    before = EventRow.objects.count()
    assert purge() == purging.Past((), ())
    assert EventRow.objects.count() == before
    assert verify_store(workspace) == []
    rebuild(workspace)
    assert verify_store(workspace) == []
    assert RecordRow.objects.filter(stream=Purge.stream).count() == 1


def test_a_purge_that_was_cut_short_is_ended_by_the_next(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site, found = fresh_site, kept(fresh_site)
    with monkeypatch.context() as patch:
        patch.setattr(Unit, "save", failing("before"))
        with pytest.raises(OSError, match="before"):
            purge()
    assert Upload.objects.filter(digest=found["past"]).exists()
    assert not EventRow.objects.filter(kind="records.purged").exists()
    with monkeypatch.context() as patch:
        patch.setattr(purging, "sweep", failing("after"))
        with pytest.raises(OSError, match="after"):
            purge()
    assert there(site, found["past"])
    assert verify_store(site.shop.workspace) == []
    assert purge() == purging.Past((), ())
    assert not there(site, found["past"])
    assert EventRow.objects.filter(kind="records.purged").count() == 1


def uploaded(site: Site, person: str = "p-client", model: str = "K-9") -> tuple[str, str]:
    """Send a package and return the digests of what it holds and of its bytes."""
    answer = site.upload(sealed(model), person, kind="package", export="site").json()
    return answer["package"], answer["digest"]


@on_both_stores
def test_what_no_record_ever_named_is_given_up_some_time_after_it_was_sent(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, workspace = fresh_site, fresh_site.shop.workspace
    Upload.objects.all().delete()
    package, file = uploaded(site)
    photo = send(site, b"photo")
    last = AT.date() + keeping.UNNAMED
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=1))
    later = send(site, b"later")
    assert uploaded(site, "p-rival-client") == (package, file)  # whoever sent it last
    past = [purging.past_on(here.world(), last + timedelta(days=days)).documents for days in (0, 1, 2)]
    assert [sorted(one) for one in past] == [[], [photo], sorted([photo, package, later])]
    assert Upload.objects.filter(digest=file).count() == 2
    assert sorted(purge(AT + timedelta(days=100)).documents) == sorted([photo, package, later])
    assert not Upload.objects.exists()
    assert not any(there(site, one) for one in (photo, later, file))
    with pytest.raises(FootproofError, match="E-OBJECT"):
        package_file(workspace, package)
    assert verify_store(workspace) == []
    assert uploaded(site) == (package, file)
    assert purge(AT + timedelta(days=80)) == purging.Past((), ())
    assert workspace.get(package_file(workspace, package)) == sealed("K-9")


@pytest.mark.parametrize("by", ["digest", "file"])
def test_a_package_that_a_record_names_is_never_given_up(fresh_site: Site, by: str) -> None:
    package, file = uploaded(fresh_site)
    fresh_site.shop.ready("case-1")
    name(fresh_site.shop, "case-1", package if by == "digest" else file)
    assert purge() == purging.Past((), ())
    assert there(fresh_site, file)


def test_a_package_that_the_command_line_certified_is_never_given_up(fresh_site: Site) -> None:
    workspace = fresh_site.shop.workspace
    package, file = uploaded(fresh_site)
    issue(workspace, sealed("K-9"), AT)
    send(fresh_site, b"unnamed")
    assert package not in purge().documents
    assert workspace.get(package_file(workspace, package))
    assert there(fresh_site, file)


def test_a_package_is_spared_that_somebody_named_since_it_was_given_up(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = fresh_site
    Upload.objects.all().delete()
    site.shop.ready("case-1")
    package, file = uploaded(site)
    with monkeypatch.context() as patch:
        patch.setattr(purging, "sweep", lambda _: None)
        assert purge().documents == (package,)
    with site.shop.journal._unit() as unit:
        event = ReviewCompleted("p-reviewer", Outcome.GRANT, package)
        unit.add((Step(Case, "case-1", event),), Stamp(site.shop.decider, LATE))
    purging.sweep(site.shop.workspace)
    assert there(site, file)


@on_both_stores
def test_what_is_sent_again_is_there_again(fresh_site: Site) -> None:
    site, found = fresh_site, kept(fresh_site)
    purge()
    assert not there(site, found["past"])
    assert send(site, b"past") == found["past"]
    assert there(site, found["past"])
    Upload.objects.filter(digest=found["past"]).update(at=LATE)
    assert purge(LATE + timedelta(days=1)) == purging.Past((), ())
    assert there(site, found["past"])


def test_sending_again_counts_from_then(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kept(fresh_site)
    then = AT + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: then)
    assert send(fresh_site, b"past") == found["past"]
    assert Upload.objects.get(digest=found["past"]).at == then


def test_who_somebody_is_is_given_up_with_the_records_of_the_last_case(fresh_site: Site) -> None:
    shop = fresh_site.shop
    shop.ready("case-1")
    shop.grant("case-1", NUMBER)
    for person in ("p-decision-maker", "p-reviewer", "p-manager"):
        remember(person, Personal("示例", f"{person}@body.example"))
    left = [Step(Person, one, PersonLeft(shop.body, AT.date())) for one in ("p-decision-maker", "p-manager")]
    with shop.journal._unit() as unit:
        unit.add(tuple(left), Stamp(shop.decider, AT))
    assert purge(AT + timedelta(days=2)).people == ()
    assert purging.past_on(here.world(), AT.date() - timedelta(days=1)).people == ()
    assert purge().people == ("p-decision-maker",)
    assert (recall("p-decision-maker"), bool(recall("p-reviewer")), bool(recall("p-manager"))) == (None, True, True)
    assert purge().people == ()
    assert verify_store(shop.workspace) == []


@pytest.mark.usefixtures("fresh_site")
def test_a_day_that_is_yet_to_come_is_refused() -> None:
    with pytest.raises(FootproofError, match="E-RETENTION-DAY"):
        purging.purge(here.journal(), legal_day(LATE), AT)


def failing(where: str) -> Any:
    def fail(*_: object) -> None:
        raise OSError(where)

    return fail

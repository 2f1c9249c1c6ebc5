"""Uploads and downloads: what is taken, what is refused, and where evidence may go."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIRequest

from api.stores import on_both_stores
from api.worlds import RIVAL_CLIENT, Site
from footproof.certify.applications import AttachPackage
from footproof.certify.case import Evidence
from footproof.errors import FootproofError
from footproof.package.archive import open_package
from footproof.package.disclose import public_copy
from footproof.server.api import receiving
from footproof.server.api.contents import media_type_of
from footproof.server.api.operating import _need_own_package
from footproof.server.store.packages import look
from package.test_disclosure import confidential
from tamper.world import sealed

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return data.getvalue()


@on_both_stores
def test_a_disclosed_copy_is_not_the_package(fresh_site: Site) -> None:
    """The public copy of a certified package is everybody's: sending it opens and displaces nothing."""
    site, whole = fresh_site, confidential()
    package = open_package(whole).digest
    sent = [
        site.upload(data, person, kind="package", export="authorities").json()["package"]
        for data, person in ((whole, "p-client"), (public_copy(whole), "p-rival-client"), (whole, "p-client"))
    ]
    assert sent == [package, None, package]
    found = look(site.shop.workspace, package)
    assert found is not None
    assert found.recomputed.ok
    assert site.get(f"/objects/{package}", "p-rival-client").status_code == 404
    with pytest.raises(FootproofError, match="E-CASE-PACKAGE"):
        _need_own_package(AttachPackage("case-1", package), RIVAL_CLIENT)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7 x", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("电表,1\n".encode(), "text/plain"),
        (archive("[Content_Types].xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (sealed(), "application/vnd.footproof.package"),
    ],
)
def test_what_is_sent_is_typed_by_what_it_is(site: Site, data: bytes, media_type: str) -> None:
    answer = site.upload(data, "p-client", kind="photo", export="authorities")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["media_type"], answer.json()["size"]) == (media_type, len(data))
    again = site.upload(data, "p-client", kind="photo", export="authorities")
    assert again.content == answer.content
    assert site.upload(data, "p-client", kind="photo", export="public").json()["code"] == "E-API-UPLOADED"


def test_a_package_is_named_by_what_it_holds(site: Site) -> None:
    data = sealed()
    answer = site.upload(data, "p-client", kind="photo", export="authorities").json()
    package = open_package(data).digest
    assert answer["package"] == package != answer["digest"]
    for name in (package, answer["digest"]):
        fetched = site.get(f"/objects/{name}", "p-client")
        assert b"".join(fetched.streaming_content) == data
    assert site.get(f"/objects/{package}", "p-planner").status_code == 404


def test_what_says_to_be_a_package_and_is_none_is_refused(site: Site) -> None:
    answer = site.upload(archive("manifest.json"), "p-client", kind="package", export="authorities")
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("E-PACKAGE")
    assert not list((site.shop.workspace.folder / "objects").glob(".upload.*")), "a draft was left"


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\0",
        b"\x7fELF\2",
        b"<html><script>",
        b"\n <svg onload=x>",
        archive("x.exe"),
        b"PK\x03\x04broken",
        b"\0" * 9,
    ],
    ids=["exe", "elf", "html", "svg", "zip", "broken", "zeros"],
)
def test_what_could_be_run_or_is_nothing_known_is_refused(site: Site, data: bytes) -> None:
    answer = site.upload(data, "p-client", kind="photo", export="public")
    assert (answer.status_code, answer.json()["code"]) == (422, "E-API-CONTENT")
    assert not list((site.shop.workspace.folder / "objects").glob(".upload.*")), "a draft was left"


def test_what_is_too_many_or_too_long_costs_little(tmp_path: Path) -> None:
    """Whoever may upload could hold up everybody else: an archive of 60,000 empty members, a text of many MiB."""
    many, text = tmp_path / "many", tmp_path / "text"
    with zipfile.ZipFile(many, "w") as made:
        for number in range(60_000):
            made.writestr(zipfile.ZipInfo(f"{number}"), b"")
        made.writestr("manifest.json", b"{}")
    text.write_bytes("电表,1\n".encode() * 2_000_000)
    begun = time.process_time()
    with pytest.raises(FootproofError, match="E-API-CONTENT"):
        media_type_of(many)
    refused = time.process_time() - begun
    assert media_type_of(text) == "text/plain"
    assert time.process_time() - begun < 1
    assert refused < 0.3


@pytest.mark.parametrize(
    ("data", "is_text"),
    [
        ("表".encode() * 40_000, True),
        (b" " * 200_000 + b"<svg>", False),
        (b"a" * 200_000 + b"<b", True),
        (b"a" * 70_000 + b"\x1b", False),
        (b"a" * 70_000 + b"\xe7\x94", False),
        (b"\xef\xbb\xbf <html>", False),
        (b"a\xff", False),
    ],
)
def test_text_is_told_piece_by_piece(tmp_path: Path, data: bytes, is_text: bool) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    if is_text:
        assert media_type_of(path) == "text/plain"
    else:
        with pytest.raises(FootproofError, match="E-API-CONTENT"):
            media_type_of(path)


def test_an_upload_that_is_cut_off_is_none(site: Site) -> None:
    """Less than was declared: kept, it would be evidence that nobody sent."""
    said = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/octet-stream", "CONTENT_LENGTH": "20"}
    asked = WSGIRequest(said | {"wsgi.input": io.BytesIO(b"half of it")})
    folder = site.shop.workspace.folder
    with pytest.raises(FootproofError, match="E-API-BODY"):
        receiving._received(asked, folder)
    assert not list((folder / "objects").glob(".upload.*"))


def test_what_is_too_large_is_refused_and_leaves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 100)
    answer = site.upload(b"a" * 101, "p-client", kind="photo", export="public")
    assert (answer.status_code, answer.json()["code"]) == (413, "E-API-SIZE")
    assert site.upload(b"", "p-client", kind="photo", export="public").status_code in (400, 415)
    assert not list((site.shop.workspace.folder / "objects").glob(".upload.*"))


def test_a_download_is_never_shown_or_run(site: Site) -> None:
    name = site.upload(b"a,b\n", "p-client", kind="meter-reading", export="authorities").json()["digest"]
    answer = site.get(f"/objects/{name}", "p-client")
    assert answer.getvalue() == b"a,b\n"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@on_both_stores
def test_evidence_goes_where_its_class_lets_it(fresh_site: Site) -> None:
    """The body and the regulator are in China, the accreditation body is not."""
    from footproof.certify.case import Activity, ActivityCompleted, Case
    from footproof.certify.record import Stamp, Step
    from store.worlds import AT

    site = fresh_site
    site.shop.ready("case-1")
    may = {
        "public": {"p-client", "p-reviewer", "p-regulator", "p-accreditor"},
        "authorities": {"p-client", "p-reviewer", "p-regulator", "p-accreditor"},
        "country": {"p-client", "p-reviewer", "p-regulator"},
        "site": {"p-client"},
    }
    names = {
        export: site.upload(f"{export}\n".encode(), "p-client", kind="photo", export=export).json()["digest"]
        for export in may
    }
    strict = site.upload(b"declared twice\n", "p-client", kind="photo", export="public").json()["digest"]
    evidence = [Evidence(name, "photo", "public") for name in names.values()]
    activity = Activity("documents", "p-reviewer", (*evidence, Evidence(strict, "photo", "site")))
    with site.shop.journal._unit() as unit:
        unit.add((Step(Case, "case-1", ActivityCompleted(activity)),), Stamp(site.shop.decider, AT))
    everybody = (
        "p-client",
        "p-reviewer",
        "p-regulator",
        "p-accreditor",
        "p-rival-client",
        "p-rival-manager",
        "p-laboratory",
    )
    for export, name in names.items():
        answers = {person: site.get(f"/objects/{name}?record=case:case-1", person).status_code for person in everybody}
        assert {person for person, status in answers.items() if status == 200} == may[export], export
        strangers = {"p-rival-client", "p-rival-manager", "p-laboratory"}
        assert {answers[person] for person in strangers} == {404}
    # Of two classes that were declared for the same bytes, both hold.
    assert site.get(f"/objects/{strict}?record=case:case-1", "p-reviewer").json()["code"] == "E-API-EXPORT"
    # Whoever of the parties sends the same bytes again does not open them for others.
    assert site.upload(b"country\n", "p-reviewer", kind="photo", export="public").status_code == 201
    assert site.get(f"/objects/{names['country']}?record=case:case-1", "p-accreditor").json()["code"] == "E-API-EXPORT"
    # A case gives no way to what it does not name.
    other = site.upload(b"not named\n", "p-client", kind="photo", export="public").json()["digest"]
    assert site.get(f"/objects/{other}?record=case:case-1", "p-reviewer").status_code == 404
    assert site.get(f"/objects/{other}", "p-reviewer").status_code == 404

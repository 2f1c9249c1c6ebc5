"""Passport and facility record beside a certificate: published where the maker gave facts, linked, stable in bytes."""

import json
from pathlib import Path

import pytest

from cli.running import REPOSITORY, run
from footproof.canonical import digest
from footproof.credential import jose
from footproof.credential.conformity import digest_multibase
from footproof.errors import FootproofError
from footproof.server.publish import publish
from footproof.server.untp import facts_file, facts_of, keep_facts
from footproof.server.workspace import Workspace
from server_worlds import AT, NUMBER, workspace_with_one

FACTS = (REPOSITORY / "examples" / "nmc811-pack" / "untp.toml").read_bytes()
RECORDS = ("passport.jwt", "facility.jwt")
PAGES = ("index.html", "en/index.html")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one certificate, not yet published."""
    return workspace_with_one(tmp_path / "w")[0]


def tree(workspace: Workspace) -> Path:
    return workspace.public / "c" / NUMBER


def test_without_facts_nothing_is_published_and_nothing_linked(workspace: Workspace) -> None:
    publish(workspace, AT)
    for name in RECORDS:
        assert not (tree(workspace) / name).exists()
        assert all(name not in (tree(workspace) / page).read_text("utf-8") for page in PAGES)


def test_both_records_are_published_linked_and_borne_out(workspace: Workspace) -> None:
    keep_facts(workspace, NUMBER, FACTS)
    publish(workspace, AT)
    place = tree(workspace)
    for page, here, word in (("index.html", "", "产品护照"), ("en/index.html", "../", "Product passport")):
        text = (place / page).read_text("utf-8")
        assert word in text
        assert all(f'href="{here}{name}" download' in text for name in RECORDS)
    call = ("untp", "read", place / "passport.jwt", "--certificate", place / "certificate.jwt", "--json")
    ran = run(*call, "--at", "2026-12-01")
    assert ran.code == 0, ran.out
    stated = jose.payload_of((place / "facility.jwt").read_bytes())
    (link,) = stated["credentialSubject"]["relatedDocument"]
    assert link["linkURL"] == f"https://w.footproof.example/c/{NUMBER}/certificate.jwt"
    assert link["digestMultibase"] == digest_multibase(digest((place / "certificate.jwt").read_bytes()))
    assert stated["id"] == f"https://w.footproof.example/c/{NUMBER}/facility.jwt"


def test_publishing_again_changes_no_byte_and_a_changed_fact_does(workspace: Workspace) -> None:
    keep_facts(workspace, NUMBER, FACTS)
    publish(workspace, AT)
    before = {name: (tree(workspace) / name).read_bytes() for name in RECORDS}
    publish(workspace, AT)
    assert {name: (tree(workspace) / name).read_bytes() for name in RECORDS} == before
    keep_facts(workspace, NUMBER, FACTS.replace(b"000000", b"000001"))
    publish(workspace, AT)
    assert (tree(workspace) / "passport.jwt").read_bytes() == before["passport.jwt"]
    assert (tree(workspace) / "facility.jwt").read_bytes() != before["facility.jwt"]


def test_facts_about_the_product_alone_give_the_passport_alone(workspace: Workspace) -> None:
    keep_facts(workspace, NUMBER, FACTS.partition(b"[site]")[0])
    publish(workspace, AT)
    assert (tree(workspace) / "passport.jwt").is_file()
    assert not (tree(workspace) / "facility.jwt").exists()


def test_facts_of_another_form_are_not_kept_and_those_that_are_spoilt_later_are_told(workspace: Workspace) -> None:
    with pytest.raises(FootproofError) as caught:
        keep_facts(workspace, NUMBER, b"format = 1")
    assert caught.value.code == "E-UNTP-FACTS"
    assert not facts_file(workspace, NUMBER).exists()
    keep_facts(workspace, NUMBER, FACTS)
    facts_file(workspace, NUMBER).write_bytes(b"\xff")
    with pytest.raises(FootproofError) as caught:
        facts_of(workspace, NUMBER)
    assert caught.value.code == "E-UNTP-FACTS"


def test_the_tree_of_the_demo_has_both(tmp_path: Path) -> None:
    ran = run("demo", "--dir", tmp_path / "w", "--no-serve", "--json")
    assert ran.code == 0, ran.out
    place = Path(ran.record["certificate"]).parent
    said = run("untp", "read", place / "facility.jwt", "--json").record
    assert said["ok"]
    assert json.dumps(said["says"], ensure_ascii=False).count("urn:footproof:demo:nmc811-pack") == 2

"""The mark as a drawn file: its code is read as a phone would, its words must agree, and attacks are refused."""

import re
from pathlib import Path

import pytest

from cli.running import run
from footproof.errors import FootproofError
from footproof.label.mark import render_mark
from footproof.label.rule import demo_rule
from footproof.server.drawing import is_drawing, read_drawing
from footproof.server.publish import publish
from footproof.server.target import find_target
from server_worlds import AT, NUMBER, workspace_with_one

LINK = f"https://w.footproof.example/c/{NUMBER}/"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published tree."""
    workspace, _ = workspace_with_one(tmp_path_factory.mktemp("drawing") / "w")
    publish(workspace, AT)
    return workspace.public


@pytest.fixture(scope="module")
def mark(tree: Path) -> bytes:
    """The mark in it."""
    return (tree / "c" / NUMBER / "mark.svg").read_bytes()


def refused(data: bytes) -> str:
    with pytest.raises(FootproofError) as caught:
        read_drawing(data, "mark.svg")
    return caught.value.code


def test_code_and_words_of_the_published_mark_give_the_address(mark: bytes) -> None:
    assert is_drawing(mark)
    found = read_drawing(mark, "mark.svg")
    assert found.codes == (LINK,)
    assert found.addresses == (LINK,)


@pytest.mark.parametrize(
    "link", ["https://a.example/c/1/", "http://127.0.0.1:8642/c/DEMO-2026-000001/", "https://a.example/" + "x" * 60]
)
def test_every_code_we_draw_is_read(tree: Path, link: str) -> None:
    certificate = workspace_with_one(tree.parent.parent / f"w{len(link)}")[1].certificate
    assert read_drawing(render_mark(certificate, demo_rule(), link), "m").codes == (link,)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mark_in_its_tree_is_checked_like_the_certificate_beside_it(tree: Path, lang: str) -> None:
    ran = run("check", tree / "c" / NUMBER / "mark.svg", "--offline", "--at", "2026-11-23", lang=lang)
    assert ran.code == 0, ran.out
    assert NUMBER in ran.out


def test_a_mark_alone_needs_a_tree_or_the_network(tree: Path, mark: bytes, tmp_path: Path) -> None:
    (tmp_path / "mark.svg").write_bytes(mark)
    ran = run("check", tmp_path / "mark.svg", "--offline", "--json")
    assert (ran.code, ran.error["code"]) == (2, "E-CHECK-OFFLINE")
    ran = run("check", tmp_path / "mark.svg", "--offline", "--dir", tree, "--at", "2026-11-23", "--json")
    assert ran.code == 0, ran.out
    assert "address" in {one["name"] for one in ran.record["checks"]}


def test_words_that_lead_elsewhere_than_the_code_are_refused(mark: bytes, tmp_path: Path) -> None:
    (tmp_path / "mark.svg").write_bytes(mark.replace(LINK.encode(), b"https://evil.example/c/OTHER-1/"))
    with pytest.raises(FootproofError) as caught:
        find_target(str(tmp_path / "mark.svg"), (), online=False)
    assert caught.value.code == "E-PHOTO-MANY"


def test_a_code_that_is_no_certificate_is_not_excused_by_its_words(tree: Path, mark: bytes, tmp_path: Path) -> None:
    other = workspace_with_one(tree.parent.parent / "other")[1].certificate
    drawn = render_mark(other, demo_rule(), "https://shop.example/offers")
    (tmp_path / "mark.svg").write_bytes(drawn.replace(b"https://shop.example/offers", LINK.encode()))
    with pytest.raises(FootproofError) as caught:
        find_target(str(tmp_path / "mark.svg"), (), online=False)
    assert caught.value.code == "E-PHOTO-OTHER"


def test_a_drawing_without_a_code_is_read_by_its_words(mark: bytes) -> None:
    bare = re.sub(rb'<path d="M[^"]*" fill="#000000"/>', b"", mark)
    assert bare != mark
    assert read_drawing(bare, "mark.svg").codes == ()
    assert read_drawing(bare, "mark.svg").addresses == (LINK,)


BOMB = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">]><svg xmlns="http://www.w3.org/2000/svg"><desc>&a;</desc></svg>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "E-PHOTO-DRAWING"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><desc>', "E-PHOTO-FORM"),
        (BOMB, "E-PHOTO-FORM"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><desc>&a;</desc></svg>', "E-PHOTO-FORM"),
        (b"<svg " + b" " * 2_000_001, "E-PHOTO-SIZE"),
        (b"<svg>" * 100_000, "E-PHOTO-FORM"),
        (b'<?xml version="1.0" encoding="nonsense"?><svg/>', "E-PHOTO-FORM"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h500v1h-500z"/></svg>',
            "E-PHOTO-DRAWING",
        ),
    ],
)
def test_attacks_and_accidents_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


@pytest.mark.parametrize("data", [b"", b"<html><svg></svg></html>", b"eyJ.a.b", b"\x89PNG", b"<svgx>", b"{}"])
def test_other_files_are_no_drawings(data: bytes) -> None:
    assert not is_drawing(data)

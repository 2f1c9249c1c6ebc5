"""`footproof workspace`: a register that begins with nothing of the demonstration."""

from pathlib import Path

import pytest

from cli.running import run
from footproof.server.bodies import body_keys
from footproof.server.workspace import open_workspace
from footproof.tlog import parse_vkey

PLACE = ("--base", "https://register.example", "--origin", "register.example/log")


def test_a_workspace_and_a_further_body(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    made = run("workspace", "new", "--dir", folder, *PLACE, "--json")
    assert made.code == 0, made.err
    assert (made.record["base"], made.record["origin"]) == ("https://register.example", "register.example/log")
    assert parse_vkey(made.record["log"]).name == "register.example/log"
    assert not list((folder / "public").rglob("certificate.jwt"))

    further = run("workspace", "body", "second", "--dir", folder, "--json").record["body"]
    assert run("workspace", "show", "--dir", folder, "--json").record["bodies"] == [made.record["bodies"][0], further]
    assert set(body_keys(open_workspace(folder))) == {made.record["bodies"][0], further}
    assert "PRIVATE" not in run("workspace", "show", "--dir", folder).out

    before = (folder / "keys" / "bodies" / "second.pem").read_bytes()
    again = run("workspace", "body", "second", "--dir", folder, "--json")
    assert (again.code, again.error["code"]) == (1, "E-BODY-NAME")
    assert (folder / "keys" / "bodies" / "second.pem").read_bytes() == before
    assert run("workspace", "new", "--dir", folder, *PLACE, "--json").error["code"] == "E-WORKSPACE-EXISTS"


@pytest.mark.parametrize(
    "base", ["ftp://x.example", "https://", 'https://x.example/"\nformat = "', "https://x.example?a=b"]
)
def test_an_address_that_cannot_serve_is_refused(tmp_path: Path, base: str) -> None:
    answer = run("workspace", "new", "--dir", tmp_path / "w", "--base", base, "--origin", "register.example/log")
    assert answer.code == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("origin", ["has space", "plus+sign", "https://x", "X.example", ""])
def test_a_name_that_no_note_can_carry_is_refused(tmp_path: Path, origin: str) -> None:
    answer = run("workspace", "new", "--dir", tmp_path / "w", "--base", "https://register.example", "--origin", origin)
    assert answer.code == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("name", ["../log", "UPPER", "", "a" * 41])
def test_a_name_that_is_no_file_of_its_own_is_refused(tmp_path: Path, name: str) -> None:
    run("workspace", "new", "--dir", tmp_path / "w", *PLACE)
    assert run("workspace", "body", name, "--dir", tmp_path / "w").code == 2

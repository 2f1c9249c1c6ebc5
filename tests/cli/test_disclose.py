"""`seal --confidential`, `disclose`, `recompute` of what is left, and `suppliers`, as a person calls them."""

import stat
from pathlib import Path

import pytest

from assess import make_supplier_example as make
from assess.test_suppliers import HEAD
from cli.running import GENERIC, KETTLE, run
from footproof.server.workspace import create_workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secret, the full package and what it was sealed to."""
    place = tmp_path_factory.mktemp("confidential")
    call = ("seal", KETTLE, "--rulebook", GENERIC, "--confidential", place / "s.secret", "--make-secret")
    ran = run(*call, "-o", place / "full.footproof", "--json")
    assert ran.code == 0, ran.err
    assert ran.record["confidential_lines"] > 50
    return place


def digest_of(file: Path) -> str:
    return str(run("recompute", file, "--json").record["package_digest"])


def test_the_secret_is_readable_by_its_owner_only_and_never_overwritten(folder: Path) -> None:
    assert stat.S_IMODE((folder / "s.secret").stat().st_mode) == 0o600
    before = (folder / "s.secret").read_bytes()
    call = ("seal", KETTLE, "--rulebook", GENERIC, "--confidential", folder / "s.secret")
    again = run(*call, "--make-secret", "-o", folder / "x.footproof", "--json")
    assert (again.code, again.error["code"]) == (2, "E-SECRET-EXISTS")
    assert (folder / "s.secret").read_bytes() == before
    assert run(*call, "-o", folder / "again.footproof").code == 0
    assert (folder / "again.footproof").read_bytes() == (folder / "full.footproof").read_bytes()


@pytest.mark.parametrize("text", ["", "short", "0" * 63, "0" * 65, "g" * 64, "A" * 64])
def test_a_secret_of_another_form_is_refused(folder: Path, text: str) -> None:
    (folder / "bad.secret").write_text(text, "ascii")
    call = ("seal", KETTLE, "--rulebook", GENERIC, "--confidential", folder / "bad.secret")
    ran = run(*call, "-o", folder / "bad.footproof", "--json")
    assert (ran.code, ran.error["code"]) == (1, "E-SECRET-TEXT")
    assert not (folder / "bad.footproof").exists()


def test_a_secret_that_is_not_there_is_a_bad_call(folder: Path) -> None:
    call = ("seal", KETTLE, "--rulebook", GENERIC, "--confidential", folder / "none.secret")
    ran = run(*call, "-o", folder / "bad.footproof", "--json")
    assert (ran.code, ran.error["code"]) == (2, "E-SECRET-MISSING")


CASES = {
    "stage-totals": (3, "disclosed subtotals"),
    "nothing": (3, "sealed"),
    "terms": (0, "all terms"),
    "everything": (0, "all terms"),
    "lines=study/exchanges.csv#steel": (3, "sealed"),
}


@pytest.mark.parametrize("keep", CASES)
def test_a_copy_has_the_same_digest_and_says_what_it_shows(folder: Path, tmp_path: Path, keep: str) -> None:
    code, scope = CASES[keep]
    copy = tmp_path / "copy.footproof"
    ran = run("disclose", folder / "full.footproof", "--keep", keep, "-o", copy, "--json")
    assert ran.code == 0, ran.err
    assert ran.record["package_digest"] == digest_of(folder / "full.footproof")
    again = run("recompute", copy, "--json")
    assert (again.code, again.record["scope"]) == (code, scope)
    assert again.record["ok"] == (code == 0)
    assert again.record["agrees"]
    assert again.record["withheld"] == ran.record["withheld"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_are_told_what_was_not_recomputed(folder: Path, tmp_path: Path, lang: str) -> None:
    copy = tmp_path / "copy.footproof"
    call = ("disclose", folder / "full.footproof", "--keep", "stage-totals", "--for", "示例 Verifier X")
    assert run(*call, "-o", copy, lang=lang).code == 0
    ran = run("recompute", copy, lang=lang)
    assert ran.code == 3
    assert "示例 Verifier X" in ran.out
    assert ("小计" if lang == "zh" else "subtotals") in ran.out
    assert ("全部项" if lang == "zh" else "all terms") not in ran.out


def test_lines_are_listed_and_a_slip_is_refused(folder: Path, tmp_path: Path) -> None:
    names = [line["name"] for line in run("disclose", folder / "full.footproof", "--list", "--json").record["lines"]]
    assert "study/exchanges.csv#steel" in names
    assert "sheet.json#terms/steel" in names
    call = ("disclose", folder / "full.footproof", "--keep", "lines=study/exchanges.csv#stele")
    ran = run(*call, "-o", tmp_path / "x.footproof", "--json")
    assert (ran.code, ran.error["code"]) == (1, "E-DISCLOSE-NOTHING")
    assert not (tmp_path / "x.footproof").exists()
    assert run("disclose", folder / "full.footproof", "-o", tmp_path / "x.footproof").code == 2
    assert run("disclose", folder / "full.footproof", "--keep", "nothing").code == 2


def test_a_public_package_has_nothing_to_withhold(tmp_path: Path) -> None:
    assert run("seal", KETTLE, "--rulebook", GENERIC, "-o", tmp_path / "public.footproof").code == 0
    ran = run("disclose", tmp_path / "public.footproof", "--keep", "nothing", "-o", tmp_path / "x.footproof", "--json")
    assert (ran.code, ran.error["code"]) == (1, "E-DISCLOSE-PUBLIC")


def test_the_row_of_a_supplier_is_written_from_its_checked_certificate() -> None:
    ran = run("suppliers", "row", make.SUPPLIERS / "cathode", "--at", "2026-06-30")
    assert ran.code == 0, ran.err
    head, row = ran.out.splitlines()
    assert head + "\n" == HEAD
    cited = (make.EXAMPLES / "demo-cell" / "suppliers.csv").read_text("utf-8").splitlines()[1]
    assert row.split(",")[4:9] == cited.split(",")[4:9]
    assert run("suppliers", "row", make.SUPPLIERS / "cathode", "--at", "2029-01-01").code == 1


def test_a_workspace_lists_what_rests_on_a_certificate(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "work", "http://localhost:8000", "example/log").folder
    call = ("seal", make.EXAMPLES / "demo-cell", "--rulebook", make.RULE, "-o", workspace / "cell.footproof")
    assert run(*call).code == 0
    ran = run("suppliers", "affected", make.NUMBER, "--dir", workspace, "--json")
    assert ran.code == 1
    [found] = ran.record["affected"]
    assert (found["study"], found["through"]) == ("demo-cell", [make.NUMBER])
    assert make.NUMBER in run("suppliers", "affected", make.NUMBER, "--dir", workspace).out
    none = run("suppliers", "affected", "CFP-NONE", "--dir", workspace, "--json")
    assert (none.code, none.record["affected"]) == (0, [])

"""A scheme of a register's own is listed and read like those that ship, over HTTP and on the command line."""

from pathlib import Path

import pytest

from api.worlds import Site
from footproof.errors import FootproofError
from footproof.server.editions import editions
from footproof.server.workspace import create_workspace
from store.test_own_editions import SCHEME, put_scheme


def test_schemes_of_the_workspace_are_listed_beside_those_that_ship(fresh_site: Site) -> None:
    folder = fresh_site.shop.workspace.folder
    assert fresh_site.get(f"/schemes/{SCHEME}").status_code == 404
    put_scheme(folder / "schemes")
    assert fresh_site.get(f"/schemes/{SCHEME}").status_code == 404, "what came later is read at the next start"
    editions.cache_clear()
    listed = {one["key"]: one["shipped"] for one in fresh_site.get("/schemes").json()["items"]}
    assert not listed.pop(SCHEME)
    assert len(listed) >= 8
    assert all(listed.values())
    found = fresh_site.get(f"/schemes/{SCHEME}").json()
    assert (found["id"], found["filing_needed"]) == ("demo.bicycle", True)
    assert fresh_site.get(f"/schemes/{SCHEME}/mark").json()["code"] == "E-API-UNKNOWN"


@pytest.mark.parametrize("command", ["list", "show"])
def test_the_command_line_knows_them_too(fresh_site: Site, command: str) -> None:
    from cli.running import run

    folder = fresh_site.shop.workspace.folder
    put_scheme(folder / "schemes")
    editions.cache_clear()
    asked = ["scheme", command, *([SCHEME] if command == "show" else []), "--json"]
    ran = run(*asked, "--dir", folder)
    assert ran.code == 0
    assert SCHEME in str(ran.record)
    assert SCHEME not in str(run("scheme", "list", "--json").record)
    assert run("scheme", "show", SCHEME, "--json").code == 2


def test_a_register_with_a_scheme_that_makes_no_sense_does_not_start(tmp_path: Path) -> None:
    from footproof.cli.serve import publish_what_is_left

    workspace = create_workspace(tmp_path, "https://w.footproof.example", "w.footproof.example/log")
    file = put_scheme(workspace.folder / "schemes")
    file.write_text(file.read_text("utf-8").replace('separate_from = ["assessor"]\n', ""), "utf-8")
    with pytest.raises(FootproofError, match=r"E-SCHEME-SEPARATION at schemes/demo\.bicycle/2026"):
        publish_what_is_left(workspace.folder)

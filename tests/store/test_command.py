"""`footproof store`: what the commands say of a sound store, of one that was tampered with, and after a rebuild."""

import json

from click.testing import CliRunner

from footproof.cli.store import store
from footproof.errors import FootproofError
from footproof.server.store.models import CertificateRow, RecordRow
from store.worlds import Shop


def run(shop: Shop, *words: str) -> tuple[int, str]:
    """Return exit code and output of a command in the workspace of a shop."""
    done = CliRunner().invoke(store, [*words, "--dir", str(shop.workspace.folder)], standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value or 0), done.output


def test_verify_and_rebuild(shop: Shop) -> None:
    shop.ready("case-1")
    shop.grant("case-1", "DEMO-0001")
    assert run(shop, "migrate")[0] == 0
    code, said = run(shop, "verify", "--json")
    assert (code, json.loads(said)) == (0, {"ok": True, "problems": []})
    CertificateRow.objects.update(value="1")
    code, said = run(shop, "verify", "--json")
    assert code == 1
    assert [one["code"] for one in json.loads(said)["problems"]] == ["E-STORE-DIFFERS"]
    assert "E-STORE-DIFFERS" in run(shop, "verify")[1]
    code, said = run(shop, "rebuild", "--json")
    assert (code, json.loads(said)["records"]) == (0, RecordRow.objects.count())
    assert run(shop, "verify")[0] == 0


def test_a_purge_says_what_it_would_give_up(shop: Shop) -> None:
    shop.ready("case-1")
    code, said = run(shop, "purge", "--on", "2090-01-01", "--dry-run", "--json")
    nothing = {"on": "2090-01-01", "dry_run": True, "documents": [], "people": []}
    assert (code, json.loads(said)) == (0, nothing)
    assert run(shop, "purge", "--on", "2026-01-01")[1].strip()
    refused = CliRunner().invoke(store, ["purge", "--on", "2090-01-01", "--dir", str(shop.workspace.folder)])
    assert isinstance(refused.exception, FootproofError)
    assert refused.exception.code == "E-RETENTION-DAY"

"""From an empty register to a checked certificate, over HTTP, by the shipped walk: nothing is prepared from inside."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from footproof.canonical import record_digest
from footproof.certify.declaration_rule import PARTS
from serving import free_port, platform_served
from store.postgresql import ask

REPOSITORY = Path(__file__).resolve().parents[2]
RULE = "cn.pcf.traction-battery"


def footproof(*words: object, code: int = 0) -> str:
    """Call the command line and return what it printed."""
    called = [sys.executable, "-m", "footproof", *map(str, words)]
    done = subprocess.run(
        called, capture_output=True, text=True, check=False, env=os.environ | {"FOOTPROOF_LANG": "en"}
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def walk() -> ModuleType:
    """Return the shipped walk as a module."""
    spec = importlib.util.spec_from_file_location("walk", REPOSITORY / "examples" / "certification" / "walk.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the register keeps its records."""
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgresql")
        ask(server, "CREATE DATABASE walk")
        monkeypatch.setenv("FOOTPROOF_DATABASE", server.format(name="walk"))


@pytest.mark.usefixtures("database")
def test_a_register_from_its_first_day_to_a_suspension(tmp_path: Path) -> None:
    port = free_port()
    address, folder, sealed = f"http://127.0.0.1:{port}", tmp_path / "register", tmp_path / "pack.footproof"
    made = json.loads(
        footproof("workspace", "new", "--dir", folder, "--base", address, "--origin", "demo.example/log", "--json")
    )
    first = footproof(
        "account", "invite", "--dir", folder, "--email", "registrar@demo.example", "--person", "p-registrar"
    )
    invitation = re.search(r"http\S+", first)
    assert invitation is not None
    footproof("seal", REPOSITORY / "examples" / "nmc811-pack", "--rulebook", RULE, "-o", sealed)
    told = walk()
    with platform_served(folder, port):
        people = told.main(address, invitation[0], str(sealed), made["bodies"][0])
        certificate = f"{address}/c/{told.NUMBER}/certificate.jwt"
        seen = _checks(footproof("check", certificate, "--json"))
        assert all(seen.values())
        assert {"signature", "validity", "status", "recognition", "recomputation"} <= set(seen)
        with urllib.request.urlopen(f"{address}/c/{told.NUMBER}/", timeout=10) as page:
            assert told.NUMBER in page.read().decode()

        _declared(told, people["representative"])

        decider = people["decision-maker"]
        why = decider.reasons("surveillance was refused")
        until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        asked = {"ground": "surveillance-failed", "reasons": why, "until": until}
        decider.do(f"certificates/{told.NUMBER}/suspension", **asked)
        after = _checks(footproof("check", certificate, "--json", code=1))
        assert [name for name, ok in after.items() if not ok] == ["status"]
    assert json.loads(footproof("log", "fsck", folder / "public" / "log", "--key", made["log"], "--json"))["ok"]
    assert json.loads(footproof("store", "verify", "--dir", folder, "--json"))["ok"]


def _declared(told: ModuleType, client: Any) -> None:
    """The four parts of a declaration are kept, and bound by the digest that was declared; the maker owes no more."""
    bound = client.read(f"declarations/{told.DECLARATION}/package")
    assert record_digest(bound["manifest"]) == bound["digest"]
    assert set(bound["parts"]) == set(PARTS)
    assert all(part["here"] for part in bound["parts"].values())
    assert {name: part["digest"] for name, part in bound["parts"].items()} == bound["manifest"]["parts"]
    links = [part["address"] for name, part in bound["parts"].items() if name != "verification-statement"]
    assert all(link.endswith(f"?record=declaration:{told.DECLARATION}") for link in links)
    stated = bound["parts"]["verification-statement"]
    assert record_digest(stated["record"]) == stated["digest"]
    assert client.read(f"pack-lists/{told.MAKER}/coverage")["met"], "of one model that is sold, one is declared"
    more = [told.PACK, {**told.PACK, "model": "DEMO-LFP-60", "chemistry": "lfp", "energy": "60"}]
    client.do("pack-lists", packs=more)
    owed = client.read(f"pack-lists/{told.MAKER}/coverage")
    assert owed["unsupported"] == []
    wanted = {"E-DECL-MODEL"} if owed["every_model"] else {"E-DECL-MODELS", "E-DECL-CHEMISTRY"}
    assert ({one["code"] for one in owed["problems"]}, owed["declared"]) == (wanted, ["DEMO-811-400"])


def _checks(printed: str) -> dict[str, bool]:
    return {one["name"]: one["ok"] for one in json.loads(printed)["checks"]}

"""`footproof batch`: a list is issued whole or not at all, once, and can be taken up again after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from cli.running import run
from footproof.canonical import read_canonical
from footproof.check import check_certificate, read_anchors
from footproof.cli.options import now, today
from footproof.server.certify import issue, issued
from footproof.server.events import ISSUES, logged
from footproof.server.gather import gather
from footproof.server.sources import TreeFolder
from footproof.server.workspace import Workspace, open_workspace
from footproof.tlog import fsck
from tamper.world import sealed, seeded_workspace

MODELS = ("M-1", "M-2", "M-3")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one certificate, and packages of three products beside it."""
    place = tmp_path_factory.mktemp("batch")
    workspace = seeded_workspace(place / "w", "https://w.footproof.example", "w.footproof.example/log", "w")
    issue(workspace, sealed(), now())
    for model in MODELS:
        (place / f"{model}.footproof").write_bytes(sealed(model))
    return place


@pytest.fixture
def place(base: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(base, tmp_path / "place"))


def listed(place: Path, rows: Sequence[tuple[str, str]], name: str = "list.csv") -> Path:
    file = place / name
    if name.endswith(".jsonl"):
        file.write_text("".join(json.dumps({"package": package, "number": number}) + "\n" for package, number in rows))
    else:
        file.write_text("package,number\n" + "".join(f"{package},{number}\n" for package, number in rows))
    return file


def numbers(workspace: Workspace) -> list[str]:
    return [read_canonical(entry)["subject"] for _, entry in logged(workspace, ISSUES)]


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_a_list_is_issued_published_and_every_certificate_passes_every_check(place: Path, name: str) -> None:
    file = listed(place, [("M-1.footproof", ""), ("M-2.footproof", "B-2"), ("M-2.footproof", "B-3")], name)
    ran = run("batch", file, "--dir", place / "w", "--json")
    assert ran.code == 0, ran.out
    assert len(ran.record["issued"]) == 3
    assert ran.record["issued"][1:] == ["B-2", "B-3"]
    tree = place / "w" / "public"
    anchors = read_anchors((tree / "trust.json").read_bytes())
    for number in ran.record["issued"]:
        material = gather((tree / "c" / number / "certificate.jwt").read_bytes(), TreeFolder(tree))
        _, outcomes = check_certificate(material, anchors, today(), now())
        assert [one.name for one in outcomes if not one.ok] == []


def test_a_second_call_issues_nothing_and_a_longer_list_only_what_is_new(place: Path) -> None:
    rows = [("M-1.footproof", ""), ("M-2.footproof", "B-2")]
    call = ("batch", listed(place, rows), "--dir", place / "w", "--no-publish", "--json")
    first = run(*call).record
    again = run(*call).record
    assert (again["issued"], again["known"]) == ([], first["issued"])
    assert again["log_size"] == first["log_size"]
    more = run("batch", listed(place, [*rows, ("M-3.footproof", "")]), *call[2:]).record
    assert (len(more["issued"]), more["known"]) == (1, first["issued"])
    found = numbers(open_workspace(place / "w"))
    assert len(found) == len(set(found)) == 4


def test_a_number_that_was_given_by_hand_is_never_given_again(place: Path) -> None:
    taken = [f"DEMO-{now().year}-{serial:06d}" for serial in (3, 4)]
    rows = [("M-1.footproof", taken[0]), ("M-2.footproof", taken[1]), ("M-3.footproof", "")]
    ran = run("batch", listed(place, rows), "--dir", place / "w", "--no-publish", "--json")
    assert ran.code == 0, ran.out
    one = issue(open_workspace(place / "w"), sealed("K-9"), now())
    found = numbers(open_workspace(place / "w"))
    assert len(set(found)) == len(found) == 5
    assert one.certificate.number == found[-1]


BAD: dict[str, tuple[str, str, str]] = {
    "no such package": ("list.csv", "package\nM-1.footproof\nnone.footproof\n", "E-FILE-READ"),
    "no package at all": ("list.csv", "package\nM-1.footproof\nlist.csv\n", "E-PACKAGE-FORM"),
    "a number twice": ("list.csv", "package,number\nM-1.footproof,A\nM-2.footproof,A\n", "E-BATCH-NUMBER"),
    "a number that leads elsewhere": ("list.csv", "package,number\nM-1.footproof,../x\n", "E-BATCH-LIST"),
    "another column": ("list.csv", "package,price\nM-1.footproof,1\n", "E-BATCH-LIST"),
    "no column": ("list.csv", "M-1.footproof\n", "E-BATCH-LIST"),
    "nothing": ("list.csv", "", "E-BATCH-LIST"),
    "no lines": ("list.csv", "package\n", "E-BATCH-LIST"),
    "an open quote": ("list.csv", 'package\n"M-1', "E-BATCH-LIST"),
    "not JSON": ("list.jsonl", '{"package":"M-1.footproof"}\n{', "E-BATCH-LIST"),
    "a JSON list": ("list.jsonl", "[]\n", "E-BATCH-LIST"),
    "a number that is none": ("list.jsonl", '{"package":"M-1.footproof","number":1}', "E-BATCH-LIST"),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_is_issued_where_one_line_is_bad(place: Path, case: str) -> None:
    name, text, code = BAD[case]
    (place / name).write_text(text)
    before = sorted(path for path in (place / "w").rglob("*") if path.is_file())
    ran = run("batch", place / name, "--dir", place / "w", "--json")
    assert ran.code == 1
    assert ran.error["code"].startswith(code if code != "E-PACKAGE-FORM" else "E-PACKAGE"), ran.out
    assert sorted(path for path in (place / "w").rglob("*") if path.is_file()) == before


def test_a_number_issued_for_another_package_is_refused_at_its_line(place: Path) -> None:
    call = ("--dir", place / "w", "--no-publish", "--json")
    assert run("batch", listed(place, [("M-1.footproof", "A-1")]), *call).code == 0
    ran = run("batch", listed(place, [("M-3.footproof", "A-3"), ("M-2.footproof", "A-1")]), *call)
    assert (ran.code, ran.error["code"], ran.error["where"]) == (1, "E-BATCH-NUMBER", "list.csv, line 3")
    assert "A-3" not in numbers(open_workspace(place / "w"))


_CALL = "import sys; from footproof.cli import main; print('begun', flush=True); main(sys.argv[1:])"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_list_that_is_killed_again_and_again_is_issued_once_and_whole(base: Path, tmp_path: Path) -> None:
    """Ten random moments, then the same call again: every certificate has token, leaf and status, and stands once."""
    count = 400
    chance = Random(20261122)
    killed: list[int] = []
    whole = 0.0
    for number in range(11):
        place = Path(shutil.copytree(base, tmp_path / f"place{number}"))
        rows = [(f"{MODELS[row % 3]}.footproof", f"R-{row:05d}") for row in range(count)]
        call = ("batch", listed(place, rows), "--dir", place / "w", "--no-publish", "--json")
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", _CALL, *map(str, call)], stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        if number == 0:  # to its end, to learn how long that takes here
            process.stdout.read()
            process.wait()
            process.stdout.close()
            whole = time.monotonic() - begun
            continue
        time.sleep(whole * (0.3 + 0.1 * (number - 1 + chance.random())))
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
        workspace = open_workspace(place / "w")
        assert fsck(workspace.log_folder).ok
        killed.append(len(numbers(workspace)))
        assert killed[-1] in (1, count + 1)
        ran = run(*call)
        assert ran.code == 0, ran.out
        assert len(ran.record["issued"] + ran.record["known"]) == count
        found = numbers(workspace)
        assert len(found) == len(set(found)) == count + 1
        certificates = [one.certificate for one in issued(workspace)]  # every token a leaf names is there and verifies
        places = {(one.status.lists, one.status.index) for one in certificates if one.status is not None}
        assert len(places) == count + 1
        shutil.rmtree(place)
    assert 1 in killed
    print("killed at", killed, f"of {whole:.1f} s")

"""A batch is issued whole or not at all, whatever is wrong with one certificate and whenever it is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from footproof.canonical import read_canonical
from footproof.check import check_certificate, read_anchors
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import key_name
from footproof.credential.jose import verify
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party
from footproof.server import batch as module
from footproof.server.batch import issue_batch
from footproof.server.certify import issue, issued, keep_package
from footproof.server.events import logged
from footproof.server.gather import gather
from footproof.server.publish import publish
from footproof.server.sources import TreeFolder
from footproof.server.workspace import Workspace, open_workspace
from footproof.tlog import fsck
from server_worlds import AT, more_like, workspace_with_one
from tamper.world import sealed

Spoil = Callable[[Certificate], Certificate]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Certificate]:
    """A workspace with one certificate; tests work on copies."""
    workspace, one = workspace_with_one(tmp_path_factory.mktemp("batch") / "w")
    return workspace, one.certificate


@pytest.fixture
def workspace(base: tuple[Workspace, Certificate], tmp_path: Path) -> Workspace:
    """A copy that may be changed."""
    return open_workspace(Path(shutil.copytree(base[0].folder, tmp_path / "w")))


def state(workspace: Workspace) -> tuple[int, list[str]]:
    """Return the size of the log and every file of the objects, drafts among them."""
    with workspace.open_log() as log:
        size = log.size
    return size, sorted(str(path) for path in (workspace.folder / "objects").rglob("*") if path.is_file())


def test_a_batch_is_issued_with_one_decision_and_a_leaf_for_each(
    base: tuple[Workspace, Certificate], workspace: Workspace
) -> None:
    wanted = more_like(workspace, base[1], 30)
    indices = issue_batch(workspace, wanted, AT)
    events = [read_canonical(entry) for _, entry in logged(workspace)]
    assert [events[index]["subject"] for index in indices] == [one.number for one in wanted]
    assert {events[index]["type"] for index in indices} == {"certificate.issued"}
    assert events[indices[0] - 1]["type"] == "decision.granted"
    key = workspace.body_key().public_key()
    for index, one in zip(indices, wanted, strict=True):
        found = certificate_of(verify(workspace.get(events[index]["object"]), {key_name(key): key}).credential)
        assert found.status is not None
        assert replace(found, status=None) == one
    assert fsck(workspace.log_folder).ok


def test_certificates_of_a_batch_are_published_and_pass_every_check(
    base: tuple[Workspace, Certificate], workspace: Workspace
) -> None:
    issue_batch(workspace, more_like(workspace, base[1], 3), AT)
    publish(workspace, AT)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    for place in sorted((workspace.public / "c").iterdir()):
        material = gather((place / "certificate.jwt").read_bytes(), TreeFolder(workspace.public))
        _, outcomes = check_certificate(material, anchors, AT.date(), AT)
        assert [one.name for one in outcomes if not one.ok] == []
    assert len(issued(workspace)) == 4


def test_a_single_issue_after_a_batch_takes_a_number_of_its_own(
    base: tuple[Workspace, Certificate], workspace: Workspace
) -> None:
    issue_batch(workspace, more_like(workspace, base[1], 3), AT)
    one = issue(workspace, sealed("K-9"), AT)
    numbers = [read_canonical(entry)["subject"] for _, entry in logged(workspace, b'"type":"certificate.issued"')]
    assert len(set(numbers)) == len(numbers) == 5
    assert one.certificate.number == numbers[-1]


def test_an_empty_batch_is_no_decision(workspace: Workspace) -> None:
    before = state(workspace)
    assert list(issue_batch(workspace, [], AT)) == []
    assert state(workspace) == before


def _renumbered(one: Certificate, number: str) -> Certificate:
    return replace(one, number=number, id=f"https://w.footproof.example/c/{number}/")


SPOILED: dict[str, tuple[Spoil, str]] = {
    "a number that was issued": (lambda one: _renumbered(one, "DEMO-2026-000001"), "E-BATCH-NUMBER"),
    "a number that stands twice": (lambda one: _renumbered(one, "DEMO-2027-000001"), "E-BATCH-NUMBER"),
    "a number that leads out of the tree": (lambda one: replace(one, number="../../x"), "E-BATCH-CERTIFICATE"),
    "an address elsewhere": (lambda one: replace(one, id="https://evil.example/c/1/"), "E-BATCH-CERTIFICATE"),
    "another body": (lambda one: replace(one, body=Party("did:key:zOther", one.body.name)), "E-CRED-ISSUER"),
    "a package that is not here": (lambda one: replace(one, package_digest="sha256:" + "0" * 64), "E-OBJECT"),
    "a name that is not in NFC": (
        lambda one: replace(one, product_name=Bilingual("水壶", "kettle\u0301")),
        "E-CANONICAL",
    ),
    "too large": (lambda one: replace(one, product_name=Bilingual("水" * 100_000, "k")), "E-CRED-SIZE"),
}


@pytest.mark.parametrize("chunk", [1000, 7])
@pytest.mark.parametrize("case", sorted(SPOILED))
def test_nothing_is_issued_and_nothing_left_where_one_is_bad(
    base: tuple[Workspace, Certificate], workspace: Workspace, monkeypatch: pytest.MonkeyPatch, case: str, chunk: int
) -> None:
    """Once in this process, once over several: the drafts of the others must go."""
    spoil, code = SPOILED[case]
    monkeypatch.setattr(module, "CHUNK", chunk)
    if chunk == 7 and code not in ("E-CANONICAL", "E-CRED-SIZE"):
        pytest.skip("refused before any process is started")
    wanted = more_like(workspace, base[1], 20)
    wanted[15] = spoil(wanted[15])
    before = state(workspace)
    with pytest.raises(FootproofError) as caught:
        issue_batch(workspace, wanted, AT)
    assert caught.value.code == code
    assert state(workspace) == before
    assert len(issue_batch(workspace, more_like(workspace, base[1], 20), AT)) == 20


def test_a_package_that_was_kept_can_be_certified(base: tuple[Workspace, Certificate], workspace: Workspace) -> None:
    other = keep_package(workspace, sealed("K-7"))
    wanted = [replace(one, package_digest=other) for one in more_like(workspace, base[1], 2)]
    assert len(issue_batch(workspace, wanted, AT)) == 2


_KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from footproof.server.batch import issue_batch
from footproof.server.certify import issued
from footproof.server.workspace import open_workspace
from server_worlds import AT, more_like
if __name__ == "__main__":
    workspace = open_workspace(Path(sys.argv[1]))
    one = issued(workspace)[0].certificate
    print("begun", flush=True)
    print(list(issue_batch(workspace, more_like(workspace, one, 1500), AT))[-1], flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_batch_that_is_killed_is_issued_whole_or_not_at_all(
    base: tuple[Workspace, Certificate], tmp_path: Path
) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    chance = Random(20261122)
    tests = Path(__file__).resolve().parents[1]
    sizes = set()
    for number in range(14):
        folder = Path(shutil.copytree(base[0].folder, tmp_path / f"w{number}"))
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(tests)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0.0, 6.0))
        os.killpg(process.pid, signal.SIGKILL)
        said = process.stdout.read().strip()
        process.stdout.close()
        process.wait()
        workspace = open_workspace(folder)
        assert fsck(workspace.log_folder).ok
        count = len(list(logged(workspace, b'"type":"certificate.issued"')))
        assert count in (1, 1501)
        assert count == 1501 or not said  # what was said to be issued is
        sizes.add(count)
        fresh = 3000 + number
        assert len(issue_batch(workspace, more_like(workspace, base[1], 5, first=fresh), AT)) == 5
        assert len(issued(workspace)) == count + 5  # every object that the log names is whole
        shutil.rmtree(folder)
    print("killed at", sizes)

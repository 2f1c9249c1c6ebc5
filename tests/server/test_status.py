"""Changes of status: every step, every refusal, crashes in between, and lists that say what the log says."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footproof.canonical import digest, read_canonical
from footproof.credential import jose
from footproof.credential.did_key import key_name
from footproof.credential.status_list import FEWEST_ENTRIES, read_list
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate
from footproof.server import status
from footproof.server.batch import issue_batch
from footproof.server.events import logged
from footproof.server.ledger import Ledger
from footproof.server.publish import publish, publish_status
from footproof.server.status import CHANGES, Change, change_status, places, state_of, status_lists
from footproof.server.workspace import Workspace, open_workspace
from footproof.tlog import Log, fsck
from server_worlds import AT, NUMBER, REASON, more_like, workspace_with_one

STATES = ("valid", "suspended", "withdrawn", "cancelled")
ALLOWED = {
    ("valid", "suspended"): "suspended",
    ("suspended", "restored"): "valid",
    ("valid", "withdrawn"): "withdrawn",
    ("valid", "cancelled"): "cancelled",
    ("suspended", "withdrawn"): "withdrawn",
    ("suspended", "cancelled"): "cancelled",
}
LEADS: dict[str, tuple[Change, ...]] = {
    "valid": (),
    "suspended": ("suspended",),
    "withdrawn": ("withdrawn",),
    "cancelled": ("cancelled",),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Certificate]:
    """A workspace with 41 certificates; tests work on copies."""
    workspace, one = workspace_with_one(tmp_path_factory.mktemp("status") / "w")
    issue_batch(workspace, more_like(workspace, one.certificate, 40), AT)
    return workspace, one.certificate


@pytest.fixture
def workspace(base: tuple[Workspace, Certificate], tmp_path: Path) -> Workspace:
    """A copy that may be changed."""
    return open_workspace(Path(shutil.copytree(base[0].folder, tmp_path / "w")))


def bits(workspace: Workspace) -> dict[str, set[int]]:
    """Return which places are set in each list, by its name, read as a stranger would."""
    key = workspace.body_key().public_key()
    found = {}
    for name, token in status_lists(workspace, AT):
        held = read_list(jose.verify(token, {key_name(key): key}).credential)
        found[name] = {place for place in range(len(held.bits) * 8) if held.bits[place >> 3] & (0x80 >> (place & 7))}
    return found


def place_of(workspace: Workspace, number: str) -> int:
    """Return the place of a certificate in both lists, from its token."""
    entry = next(
        entry for _, entry in logged(workspace, b'"type":"certificate.issued"') if f'"{number}"'.encode() in entry
    )
    payload = jose.read_object(jose.decode(workspace.get(read_canonical(entry)["object"]).split(b".")[1]))
    return int(payload["credentialStatus"][0]["statusListIndex"])


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", STATES)
def test_every_step_is_taken_or_refused(workspace: Workspace, state: str, change: Change) -> None:
    for one in LEADS[state]:
        change_status(workspace, NUMBER, one, REASON, AT)
    assert state_of(workspace, NUMBER) == state
    with workspace.open_log() as log:
        size = log.size
    if (state, change) in ALLOWED:
        made = change_status(workspace, NUMBER, change, REASON, AT)
        assert (made.index, made.state) == (size, ALLOWED[state, change])
        _, entry = list(logged(workspace))[made.index]
        event = read_canonical(entry)
        assert (event["type"], event["subject"]) == (f"certificate.{change}", NUMBER)
        decision = read_canonical(workspace.get(event["object"]))
        assert decision["reason"] == {"zh": REASON.zh, "en": REASON.en}
        return
    with pytest.raises(FootproofError) as caught:
        change_status(workspace, NUMBER, change, REASON, AT)
    assert caught.value.code == "E-STATUS-STEP"
    with workspace.open_log() as log:
        assert log.size == size
    assert state_of(workspace, NUMBER) == state


@pytest.mark.parametrize("number", ["DEMO-2026-000009", "", "DEMO-2026", 'x","type":"certificate.issued', "\ud83d"])
def test_an_unknown_number_is_refused(workspace: Workspace, number: str) -> None:
    with pytest.raises(FootproofError) as caught:
        change_status(workspace, number, "suspended", REASON, AT)
    assert caught.value.code in ("E-STATUS-NUMBER", "E-CANONICAL")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(CHANGES)), max_size=25),
)
def test_lists_say_what_the_log_says_after_any_changes(
    base: tuple[Workspace, Certificate], steps: list[tuple[int, Change]]
) -> None:
    with TemporaryDirectory() as folder:
        workspace = open_workspace(Path(shutil.copytree(base[0].folder, Path(folder) / "w")))
        states: dict[str, str] = {}
        for which, change in steps:
            number = NUMBER if which == 0 else f"DEMO-2027-{which:06d}"
            after = ALLOWED.get((states.get(number, "valid"), change))
            if after is None:
                with pytest.raises(FootproofError):
                    change_status(workspace, number, change, REASON, AT)
            else:
                change_status(workspace, number, change, REASON, AT)
                states[number] = after
        ended = {place_of(workspace, number) for number, state in states.items() if state in ("withdrawn", "cancelled")}
        held = {place_of(workspace, number) for number, state in states.items() if state == "suspended"}
        assert bits(workspace) == {"status/1-revocation.jwt": ended, "status/1-suspension.jwt": held}


def test_a_crash_between_decision_and_log_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is stored, the log refuses: the certificate stands as before, and the next try works."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Log, "append", fail)
        with pytest.raises(OSError, match="No space"):
            change_status(workspace, NUMBER, "suspended", REASON, AT)
    assert state_of(workspace, NUMBER) == "valid"
    assert not any(bits(workspace).values())
    assert change_status(workspace, NUMBER, "suspended", REASON, AT).state == "suspended"
    assert fsck(workspace.log_folder).ok


def test_a_crash_between_log_and_lists_is_made_good_by_publishing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_status(workspace, AT)
    change_status(workspace, NUMBER, "suspended", REASON, AT)
    with monkeypatch.context() as patch:

        def fail(*_: object) -> None:
            raise OSError(5, "Input/output error")

        patch.setattr("footproof.server.publish.status_lists", fail)
        with pytest.raises(OSError, match="Input"):
            publish_status(workspace, AT)
    assert fsck(workspace.public / "log").ok  # the leaf is public before the bit
    publish_status(workspace, AT)
    assert bits(workspace)["status/1-suspension.jwt"] == {place_of(workspace, NUMBER)}


_KILLED = """
import sys
from pathlib import Path
from footproof.server.publish import publish_status
from footproof.server.status import change_status
from footproof.server.workspace import open_workspace
from server_worlds import AT, REASON
workspace = open_workspace(Path(sys.argv[1]))
print("begun", flush=True)
for number in range(1, 41):
    change_status(workspace, f"DEMO-2027-{number:06d}", "suspended", REASON, AT)
    print(number, flush=True)
    publish_status(workspace, AT)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_what_was_said_to_be_suspended_is_after_a_kill(base: tuple[Workspace, Certificate], tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    chance = Random(20261122)
    for number in range(12):
        folder = Path(shutil.copytree(base[0].folder, tmp_path / f"w{number}"))
        process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0.0, 1.5))
        process.send_signal(signal.SIGKILL)
        said = len(process.stdout.read().split())
        process.stdout.close()
        process.wait()
        workspace = open_workspace(folder)
        assert fsck(workspace.log_folder).ok
        states = [state_of(workspace, f"DEMO-2027-{one:06d}") for one in range(1, 41)]
        held = states.count("suspended")
        assert states == ["suspended"] * held + ["valid"] * (40 - held)
        assert said <= held <= said + 1
        publish_status(workspace, AT)
        assert len(bits(workspace)["status/1-suspension.jwt"]) == held
        assert fsck(workspace.public / "log").ok
        shutil.rmtree(folder)


def test_places_are_unique_and_in_no_order(base: tuple[Workspace, Certificate], tmp_path: Path) -> None:
    workspace, one = base
    copy = open_workspace(Path(shutil.copytree(workspace.folder, tmp_path / "w")))
    issue_batch(copy, more_like(copy, one, 60, first=100), AT)
    numbers = [read_canonical(entry)["subject"] for _, entry in logged(copy, b'"type":"certificate.issued"')]
    taken = [place_of(copy, number) for number in numbers]
    assert len(set(taken)) == len(taken) == 101
    assert taken != sorted(taken)
    coming = [place.index for place in places(copy, 500)]
    assert not set(coming) & set(taken)
    assert [place.index for place in places(copy, 500)] == coming


def test_the_place_after_the_last_of_a_list_is_in_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "read_ledger", lambda _: Ledger(0, FEWEST_ENTRIES - 2, {}, {}, {}))
    found = places(workspace, 4)
    assert [place.lists[-1] for place in found] == ["1", "1", "2", "2"]
    assert all(0 <= place.index < FEWEST_ENTRIES for place in found)


def test_a_list_states_its_moment_and_until_when_it_counts(workspace: Workspace) -> None:
    moment = AT + timedelta(days=3, microseconds=7)
    key = workspace.body_key().public_key()
    for _, token in status_lists(workspace, moment):
        held = read_list(jose.verify(token, {key_name(key): key}).credential)
        assert held.valid_from == moment.replace(microsecond=0)
        assert held.valid_until == moment.replace(microsecond=0) + status.RELIED_UPON
        assert held.ttl == status.TTL


def test_a_seed_that_is_not_whole_is_refused(workspace: Workspace) -> None:
    (workspace.folder / "keys" / "status.seed").write_bytes(b"short")
    with pytest.raises(FootproofError) as caught:
        places(workspace, 1)
    assert caught.value.code == "E-KEY-FILE"


def test_a_seed_is_made_once_and_for_the_owner_only(workspace: Workspace) -> None:
    path = workspace.folder / "keys" / "status.seed"
    path.unlink()
    first = places(workspace, 3)
    assert places(workspace, 3) == first
    assert path.stat().st_mode & 0o077 == 0


def test_publishing_twice_changes_nothing_but_the_lists(tmp_path: Path) -> None:
    workspace, _ = workspace_with_one(tmp_path / "w")
    publish(workspace, AT)

    def tree() -> dict[str, str]:
        files = (path for path in workspace.public.rglob("*") if path.is_file())
        return {str(path.relative_to(workspace.public)): digest(path.read_bytes()) for path in files}

    before = tree()
    publish(workspace, AT + timedelta(minutes=10))
    after = tree()
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {
        "status/1-revocation.jwt",
        "status/1-suspension.jwt",
    }


def test_a_change_reaches_the_published_lists_within_a_second(tmp_path: Path) -> None:
    workspace, _ = workspace_with_one(tmp_path / "w")
    publish(workspace, AT)
    begun = time.perf_counter()
    change_status(workspace, NUMBER, "suspended", REASON, AT)
    publish_status(workspace, AT)
    seconds = time.perf_counter() - begun
    token = (workspace.public / "status" / "1-suspension.jwt").read_bytes()
    key = workspace.body_key().public_key()
    held = read_list(jose.verify(token, {key_name(key): key}).credential)
    place = place_of(workspace, NUMBER)
    assert held.bits[place >> 3] & (0x80 >> (place & 7))
    assert seconds < 1.0
    assert json.loads((workspace.public / "trust.json").read_text())["logs"]

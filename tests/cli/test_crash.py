"""Kill the demonstration at any moment, run two at once, take its rights away: the next run works, the log is sound."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SEED = 20260630


def _command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "footproof", "demo", "--dir", str(folder), "--no-serve", "--json", *more]


def _run(arguments: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":  # options of subprocess.run
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "FOOTPROOF_LANG": "en"},
        **options,
    )


def _is_sound(folder: Path) -> bool:
    done = _run([sys.executable, "-m", "footproof", "log", "fsck", str(folder / "log"), "--json"])
    return done.returncode == 0 and json.loads(done.stdout)["ok"] is True


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_demo_that_is_killed_at_any_moment_can_be_run_again(tmp_path: Path, kills: int) -> None:
    began = time.monotonic()
    done = _run(_command(tmp_path / "whole"))
    assert done.returncode == 0, done.stderr
    whole = time.monotonic() - began
    chance = random.Random(SEED)
    broken: list[str] = []
    for number in range(kills):
        folder = tmp_path / f"killed-{number}"
        # Most of the time passes before anything is written: three in four kills fall into the second half.
        delay = whole * (chance.uniform(0.5, 1.0) if number % 4 else chance.uniform(0.1, 0.5))
        process = subprocess.Popen(_command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        again = _run(_command(folder))
        if again.returncode != 0 or not _is_sound(folder) or "Traceback" in again.stderr:
            broken.append(f"killed after {delay:.2f} s, left {left}: {again.stderr[:300]}")
        shutil.rmtree(folder, ignore_errors=True)
    assert broken == []


@pytest.mark.parametrize("left", [["keys"], ["keys", "objects", "public"], ["keys", "keys/body.pem"]])
def test_a_folder_with_other_things_is_left_as_it_is(tmp_path: Path, left: list[str]) -> None:
    """A workspace appears whole or not at all, so anything less belongs to somebody else."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name in left:
        place = folder / name
        if place.suffix:
            place.touch(mode=0o600)
        else:
            place.mkdir()
    done = _run(_command(folder))
    assert done.returncode == 2
    assert "E-WORKSPACE-EXISTS" in done.stderr
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == sorted(left)


def test_an_empty_folder_becomes_a_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    folder.mkdir()
    assert _run(_command(folder)).returncode == 0
    assert _is_sound(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["workspace"]


def test_two_demos_at_once_both_end_well_or_say_why(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    assert _run(_command(folder)).returncode == 0
    pair = [
        subprocess.Popen(_command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ends = [(process, *process.communicate(timeout=120)) for process in pair]
    for process, out, err in ends:
        assert "Traceback" not in err
        assert process.returncode in (0, 1)
        assert isinstance(json.loads(out), dict)
    assert any(process.returncode == 0 for process, _, _ in ends)
    assert _is_sound(folder)


def test_two_first_demos_at_once_leave_one_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    pair = [
        subprocess.Popen(_command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ends = [(process, *process.communicate(timeout=120)) for process in pair]
    assert all("Traceback" not in err for _, _, err in ends), [err for _, _, err in ends]
    assert _run(_command(folder)).returncode == 0
    assert _is_sound(folder)


@pytest.mark.skipif(os.name == "nt" or not shutil.which("setpriv"), reason="needs setpriv to give up rights")
def test_a_workspace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to hand the workspace to somebody else")
    folder = tmp_path / "workspace"
    assert _run(_command(folder)).returncode == 0
    for place in (*tmp_path.parents[:3], tmp_path):
        if place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    shutil.rmtree(folder / "public" / "c")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if _run([*nobody, sys.executable, "-c", "import footproof"]).returncode:
        pytest.skip("nobody may not read this interpreter")
    for place in (folder, tmp_path / "new"):
        done = _run([*nobody, *_command(place)])
        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr
        assert json.loads(done.stdout)["error"]["code"].startswith("E-")

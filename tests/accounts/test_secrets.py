"""Secrets that are made on first use: one for everybody, however many begin at once, readable by their owner."""

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from footproof.errors import FootproofError
from footproof.server.keys import kept_secret

SIZE = 32
ROUNDS, AT_ONCE = 15, 6


def everybody(paths: list[Path]) -> list[bytes]:
    """Return what one process finds; its threads ask at the same time."""
    with ThreadPoolExecutor(3) as threads:
        found = [list(threads.map(kept_secret, [path] * 3, [SIZE] * 3)) for path in paths]
    assert all(len(set(one)) == 1 for one in found)
    return [one[0] for one in found]


def test_processes_and_threads_that_begin_at_once_have_one_secret(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.secret" for number in range(ROUNDS)]
    begun = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=begun) as pool:
        answers = list(pool.map(everybody, [paths] * AT_ONCE))
    assert all(one == answers[0] for one in answers)
    assert len(set(answers[0])) == ROUNDS
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths), "a draft was left"
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_a_secret_that_came_first_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race at its narrowest: another process is first between the look and the making."""
    path = tmp_path / "one.secret"
    first = b"1" * SIZE
    looked = iter([False])

    def looks(self: Path, **_: bool) -> bool:
        found = next(looked, True)
        path.write_bytes(first)
        return found

    monkeypatch.setattr(Path, "exists", looks)
    assert kept_secret(path, SIZE) == first


def test_a_damaged_secret_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "one.secret"
    path.write_bytes(b"short")
    with pytest.raises(FootproofError, match="E-KEY-FILE"):
        kept_secret(path, SIZE)
    assert path.read_bytes() == b"short"

"""The digest of a package says what was sealed, and nothing about the machine, the folder, the day or the editor."""

import locale
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import GENERIC, KETTLE, copied, run


def digest_of(study: Path, target: Path) -> str:
    ran = run("seal", study, "--rulebook", GENERIC, "-o", target, "--json")
    assert ran.code == 0, ran.err
    return str(ran.record["package_digest"])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    target = tmp_path_factory.mktemp("plain") / "kettle.footproof"
    return digest_of(KETTLE, target), target.read_bytes()


def _texts(study: Path) -> list[Path]:
    return sorted(path for path in study.iterdir() if path.suffix in (".toml", ".csv"))


def _crlf(study: Path) -> None:
    for path in _texts(study):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _mark(study: Path) -> None:
    for path in _texts(study):
        if path.suffix == ".csv":
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def _old(study: Path) -> None:
    for path in study.rglob("*"):
        os.utime(path, (0, 0))


def _rights(study: Path) -> None:
    for path in study.rglob("*"):
        path.chmod(0o700)


def _written_backwards(study: Path) -> None:
    files = [(path.relative_to(study), path.read_bytes()) for path in study.rglob("*") if path.is_file()]
    shutil.rmtree(study)
    random.Random(1).shuffle(files)
    for name, data in files:
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_bytes(data)


def _strangers(study: Path) -> None:
    (study / "Thumbs.db").write_bytes(b"x")
    (study / ".DS_Store").write_bytes(b"x")
    (study / "exchanges.csv~").write_bytes(b"x")


CHANGES: dict[str, Callable[[Path], None]] = {
    "line ends of Windows": _crlf,
    "byte order marks": _mark,
    "files from 1970": _old,
    "other rights": _rights,
    "files written in another order": _written_backwards,
    "files that are no part of the study": _strangers,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_says_the_same_has_the_same_digest(name: str, tmp_path: Path, plain: tuple[str, bytes]) -> None:
    study = copied(KETTLE, tmp_path / "another name")
    CHANGES[name](study)
    target = tmp_path / "out.footproof"
    assert digest_of(study, target) == plain[0]
    assert target.read_bytes() == plain[1]


def test_sealing_twice_gives_the_same_bytes(tmp_path: Path, plain: tuple[str, bytes]) -> None:
    target = tmp_path / "twice.footproof"
    for _ in range(2):
        assert digest_of(KETTLE, target) == plain[0]
        assert target.read_bytes() == plain[1]


def test_another_figure_has_another_digest(tmp_path: Path, plain: tuple[str, bytes]) -> None:
    study = copied(KETTLE, tmp_path / "kettle")
    text = (study / "exchanges.csv").read_text("utf-8")
    (study / "exchanges.csv").write_text(text.replace("0.001", "0.0010000001"), "utf-8")
    assert digest_of(study, tmp_path / "out.footproof") != plain[0]


def _has_locale(name: str) -> bool:
    try:
        before = locale.setlocale(locale.LC_ALL)
        locale.setlocale(locale.LC_ALL, name)
        locale.setlocale(locale.LC_ALL, before)
    except locale.Error:
        return False
    return True


SURROUNDINGS: list[dict[str, str]] = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "de_DE.UTF-8"},
    {"LC_ALL": "zh_CN.GB18030"},
    {"LC_ALL": "tr_TR.UTF-8"},
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "Etc/GMT+12"},
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "4294967295"},
    {"PYTHONOPTIMIZE": "2"},
    {"FOOTPROOF_LANG": "zh"},
    {"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"},
]


@pytest.mark.parametrize("values", SURROUNDINGS, ids=lambda values: " ".join(f"{k}={v}" for k, v in values.items()))
def test_surroundings_do_not_matter(values: dict[str, str], tmp_path: Path, plain: tuple[str, bytes]) -> None:
    target = tmp_path / "out.footproof"
    done = subprocess.run(
        [sys.executable, "-m", "footproof", "seal", str(KETTLE), "--rulebook", GENERIC, "-o", str(target)],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, **values},
        umask=0o077 if "TZ" in values else -1,
    )
    assert done.returncode == 0, done.stderr
    assert plain[0].encode("ascii") in done.stdout
    assert target.read_bytes() == plain[1]

"""The places material comes from: nothing outside is read, nothing larger than asked for, absence is None."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from footproof.errors import FootproofError
from footproof.server import target
from footproof.server.fetch import Fetched
from footproof.server.sources import FirstOf, LooseFiles, TreeFolder, Web


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "public"
    (root / "c" / "DEMO-1").mkdir(parents=True)
    (root / "c" / "DEMO-1" / "event.json").write_bytes(b"event")
    (tmp_path / "secret.pem").write_bytes(b"secret")
    (root / "link.pem").symlink_to(tmp_path / "secret.pem")
    return root


def test_a_tree_gives_its_files_and_says_none_for_others(tree: Path) -> None:
    source = TreeFolder(tree)
    assert source.read("c/DEMO-1/event.json", 10) == b"event"
    assert source.read("c/DEMO-1", 10) is None
    assert source.read("c/DEMO-2/event.json", 10) is None
    assert source.read("link.pem", 10) is None


@pytest.mark.parametrize(
    "name", ["../secret.pem", "/etc/passwd", "c/../../secret.pem", "c//x", "", "c/.hidden", "a\\b"]
)
def test_a_name_never_leads_out(tree: Path, name: str) -> None:
    asked: list[str] = []

    def get(address: str, most: int) -> bytes | None:
        asked.append(address)
        return None

    for source in (TreeFolder(tree), LooseFiles(tree), Web("https://a.example", get)):
        with pytest.raises(FootproofError) as raised:
            source.read(name, 10)
        assert raised.value.code == "E-SOURCE-NAME"
    assert not asked


def test_nothing_larger_than_asked_for_is_read(tree: Path) -> None:
    with pytest.raises(FootproofError) as raised:
        TreeFolder(tree).read("c/DEMO-1/event.json", 4)
    assert raised.value.code == "E-SOURCE-SIZE"


def test_loose_files_count_by_their_last_name(tree: Path) -> None:
    assert LooseFiles(tree / "c" / "DEMO-1").read("c/OTHER/event.json", 10) == b"event"


def test_the_first_source_that_has_a_file_gives_it(tree: Path) -> None:
    web = Web("https://a.example", lambda address, _: address.encode())
    both = FirstOf((TreeFolder(tree), web))
    assert both.read("c/DEMO-1/event.json", 10) == b"event"
    assert both.read("c/DEMO-2/event.json", 10) == b"https://a.example/c/DEMO-2/event.json"


def test_all_files_of_an_address_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server says itself how many records it has; small ones without end must not fill the memory or the day."""
    asked: list[int] = []

    def fetch(url: str, *, most_bytes: int, seconds: float, **_: object) -> Fetched:
        assert 0 < seconds <= target.SECONDS
        asked.append(most_bytes)
        return Fetched(b"x" * 60, "text/plain", url, datetime(2026, 11, 22, tzinfo=UTC))

    monkeypatch.setattr(target, "fetch", fetch)
    monkeypatch.setattr(target, "MOST_FETCHED", 100)
    get = target.getter("https://a.example", private=False)
    assert get("https://a.example/1", 80) == b"x" * 60
    get("https://a.example/2", 80)
    assert asked == [80, 40]
    with pytest.raises(FootproofError) as raised:
        get("https://a.example/3", 80)
    assert raised.value.code == "E-FETCH-SIZE"
    monkeypatch.setattr(target, "MOST_SECONDS", 0.0)
    with pytest.raises(FootproofError) as raised:
        target.getter("https://a.example", private=False)("https://a.example/1", 80)
    assert raised.value.code == "E-FETCH-TIME"

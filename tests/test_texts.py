"""What is raised has its wording, what has wording is raised, and both languages say the same.

The codes are read from the source (Python by its syntax tree, JavaScript by its string constants), so a code that
no test triggers is checked as well.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/footproof"
CATALOGUES = sorted((SOURCE / "texts").glob("*.toml"))
CODE = re.compile(r"E(-[A-Z0-9]+)+")
OTHER_LANGUAGE = {"ui.other_language"}  # Names the language that one can switch to, in that language.
HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"


def _records(path: Path) -> dict[str, Mapping[str, str]]:
    """Return the {zh, en} records of one file by their dotted key."""
    found: dict[str, Mapping[str, str]] = {}

    def walk(prefix: str, table: Mapping[str, object]) -> None:
        for key, value in table.items():
            assert isinstance(value, dict), f"{path.name}: {prefix}{key} is not a record"
            if all(isinstance(item, str) for item in value.values()):
                found[f"{prefix}{key}"] = value
            else:
                walk(f"{prefix}{key}.", value)

    walk("", tomllib.loads(path.read_text("utf-8")))
    return found


RECORDS = [(path.name, key, record) for path in CATALOGUES for key, record in _records(path).items()]
ERRORS = {key: record for name, key, record in RECORDS if name.startswith("errors")}
CODES = {key.rpartition(".")[0] for key in ERRORS}
PAGE_CODES = {key.rpartition(".")[2] for name, key, _ in RECORDS if name == "page.toml" and ".code." in key}


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def _constants() -> dict[str, str]:
    """Return every code that stands as a string constant in the source, with one place for each."""
    found: dict[str, str] = {}
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.setdefault(node.value, f"{path.relative_to(ROOT)}:{node.lineno}")
    for path in sorted((SOURCE / "page").glob("*.js")):
        for match in re.finditer(r"""(["'`])(E(?:-[A-Z0-9]+)+)\1""", path.read_text("utf-8")):
            found.setdefault(match[2], str(path.relative_to(ROOT)))
    return found


def _braces(text: str) -> set[str]:
    return {name.partition(":")[0] for name in re.findall(r"(?<!\{)\{([^{}]+)\}(?!\})", text)}


def _raised() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield code, place and the names of the values of every error made with a constant code; None for `**values`."""
    for path, tree in _trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in {"FootproofError", "ProofRejected"} or not node.args:
                continue
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                names = {keyword.arg for keyword in node.keywords}
                yield (
                    code.value,
                    f"{path.relative_to(ROOT)}:{node.lineno}",
                    None if None in names else {name for name in names if name is not None},
                )


def test_every_code_in_the_source_has_a_record() -> None:
    missing = {code: place for code, place in _constants().items() if code not in CODES}
    # The scan page has shorter wording of its own, in page.toml; without it, that of the errors serves.
    assert {code: place for code, place in missing.items() if not (place.endswith(".js") and code in PAGE_CODES)} == {}


def test_every_wording_of_the_page_has_a_code_in_the_source() -> None:
    assert sorted(PAGE_CODES - _constants().keys()) == []


def test_every_record_has_a_code_in_the_source() -> None:
    assert sorted(CODES - _constants().keys()) == []


def test_a_code_stands_in_one_file_only() -> None:
    keys = [key for name, key, _ in RECORDS if name.startswith("errors")]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_says_what_was_found_and_what_to_do(code: str) -> None:
    assert CODE.fullmatch(code)
    assert {key for key in ERRORS if key.rpartition(".")[0] == code} == {f"{code}.message", f"{code}.try"}


@pytest.mark.parametrize(("name", "key", "record"), RECORDS, ids=[f"{name}:{key}" for name, key, _ in RECORDS])
def test_both_languages_say_the_same(name: str, key: str, record: Mapping[str, str]) -> None:
    assert set(record) == {"zh", "en"}
    zh, en = record["zh"], record["en"]
    assert zh.strip() == zh != ""
    assert en.strip() == en != ""
    assert _braces(zh) == _braces(en)
    assert key in OTHER_LANGUAGE or not re.search(HAN, en.replace("示例", "")), "Chinese in the English text"


@pytest.mark.parametrize(("name", "key", "record"), RECORDS, ids=[f"{name}:{key}" for name, key, _ in RECORDS])
def test_chinese_is_written_as_chinese(name: str, key: str, record: Mapping[str, str]) -> None:
    zh = record["zh"]
    # A text of figures and names only, such as "{value} {unit}", is the same in both languages.
    assert re.search(HAN, zh) or zh == record["en"] or key in OTHER_LANGUAGE
    assert not re.search(rf"{HAN}[,;:!?.]{HAN}", zh), "half-width punctuation between Chinese characters"
    assert not re.search(rf"{HAN}[,;:!?]\s", zh), "half-width punctuation after a Chinese character"


def test_every_brace_of_a_message_is_filled() -> None:
    unfilled = []
    for code, place, names in _raised():
        if names is None or code not in CODES:
            continue
        needed = _braces(ERRORS[f"{code}.message"]["en"]) | _braces(ERRORS[f"{code}.try"]["en"])
        unfilled += [f"{place}: {code} lacks {sorted(needed - names)}"] if needed - names else []
    assert unfilled == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("无法换算,量纲不同", True),
        ("无法换算，量纲不同", False),
        ("可用 + - * / 、比较", False),
        ("上限 1,000 行", False),
    ],
)
def test_the_look_for_punctuation_finds_it(text: str, found: bool) -> None:
    assert bool(re.search(rf"{HAN}[,;:!?.]{HAN}", text)) is found


def test_the_look_for_braces_sees_formats_and_not_doubled_ones() -> None:
    assert _braces("{a} {b:%} {{c}} {d.e}") == {"a", "b", "d.e"}

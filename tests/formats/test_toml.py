"""Strict TOML: exact numbers, refused forms, and the line of whatever is wrong."""

import tomllib
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats.toml import LARGEST_FILE, LineLookup, Table, parse_path, read_toml, show_path

TEXT = '''# a study
id = "kettle"          # line 2
"quoted.key" = 1
a.b.c = """
two [[lines]]
"""

[stage.use]
share = 0.5
list = [
  1,      # line 11
  [2, 3],
  { x = "]", y = 5 },
]

[[value]]
year = 2023

[[value]]
year = 2024
inner = { z = 'a # b', w = [] }

[value.extra]
deep = 1979-05-27 07:32:00

[[value.row]]
n = 1

[[ value . row ]]
n = 2
'''


def read(text: str) -> dict[str, object]:
    return read_toml(text.encode(), "f.toml")[0]


def refused(text: str | bytes) -> FootproofError:
    with pytest.raises(FootproofError) as caught:
        read_toml(text if isinstance(text, bytes) else text.encode(), "f.toml")
    assert caught.value.where is not None
    assert caught.value.where.file == "f.toml"
    return caught.value


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("id", 2),
        (("quoted.key",), 3),
        ("a.b.c", 4),
        ("a", 4),
        ("stage", 8),
        ("stage.use", 8),
        ("stage.use.share", 9),
        ("stage.use.list", 10),
        ("stage.use.list[0]", 11),
        ("stage.use.list[1][1]", 12),
        ("stage.use.list[2].y", 13),
        ("value", 16),
        ("value[0].year", 17),
        ("value[1]", 19),
        ("value[1].year", 20),
        ("value[1].inner.w", 21),
        ("value[1].extra.deep", 24),
        ("value[1].row[0].n", 27),
        ("value[1].row[1].n", 30),
        ("value[1].absent", 19),
        ("nowhere", None),
    ],
)
def test_a_path_is_found_on_its_line(path: str, line: int | None) -> None:
    _, lines = read_toml(TEXT.encode(), "f.toml")
    assert lines(path) == line


def test_lines_hold_with_carriage_returns() -> None:
    _, lines = read_toml(TEXT.replace("\n", "\r\n").encode(), "f.toml")
    assert lines("value[1].year") == 20


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.text(max_size=12)), min_size=1))
def test_every_key_is_found_whatever_the_texts_hold(pairs: list[tuple[str, str]]) -> None:
    rows = []
    for key, text in pairs:
        quoted = "".join(f"\\U{ord(char):08x}" if ord(char) < 32 or char in '"\\\x7f' else char for char in text)
        rows.append(f'[[r]]\n{key} = [{{ k = "{quoted}" }}, "{quoted}"]\n')
    source = "".join(rows)
    values, lines = read_toml(source.encode(), "f.toml")
    assert [next(iter(row)) for row in values["r"]] == [key for key, _ in pairs]
    for index, (key, _) in enumerate(pairs):
        assert lines(("r", index, key, 0, "k")) == 2 * index + 2


def test_numbers_are_exact() -> None:
    assert read("x = 0.1\ny = 0.5500\nz = 1_000.5\nn = 7\nbig = 123456789012e18") == {
        "x": Decimal("0.1"),
        "y": Decimal("0.5500"),
        "z": Decimal("1000.5"),
        "n": 7,
        "big": Decimal("123456789012e18"),
    }


@pytest.mark.parametrize(
    "number",
    [
        "nan",
        "-inf",
        "+inf",
        "1e31",
        "1e-31",
        "0e-31",
        "0.1234567890123",
        "1234567890123",
        "1" + "0" * 31,
        "1e999999999999999999999",
        "0x1fffffffffffff",
    ],
)
def test_numbers_that_cannot_be_declared_are_refused_on_their_line(number: str) -> None:
    error = refused(f"# first\n[t]\nok = 1\nx = [1, {number}]\n")
    assert error.code == "E-NUMBER"
    assert error.where is not None
    assert (error.where.line, error.where.field) == (4, "t.x[1]")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_a_number_is_read_as_written_or_refused(number: Decimal) -> None:
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    text = format(number, "f")
    if len(digits) <= 12:
        assert read(f"x = {text}") == {"x": number}
    else:
        assert refused(f"x = {text}").code == "E-NUMBER"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 2),
        ("[t]\n[t]\n", 2),
        ("a = 'x\n", 1),
        ("a = 1\nb = 2025-13-01\n", 2),
        (b"a = 1\nb = '\xff'\n", 2),
        ("x = " + "[" * 5000, None),
        ("x = " + "9" * 5000, None),
    ],
)
def test_what_is_not_toml_is_refused(text: str | bytes, line: int | None) -> None:
    error = refused(text)
    assert error.code == "E-TOML-SYNTAX"
    assert error.where is not None
    assert line is None or error.where.line == line


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    error = refused(b"#" * (LARGEST_FILE + 1))
    assert (error.code, error.values["most"]) == ("E-TOML-SIZE", 10_000_000)


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        values, lines = read_toml(data, "f.toml")
    except FootproofError as error:
        assert error.code in {"E-TOML-SYNTAX", "E-NUMBER"}  # noqa: PT017
    else:
        assert set(values) == set(tomllib.loads(data.decode("utf-8-sig")))
        assert all(lines((key,)) for key in values)


def test_a_deep_text_still_has_an_answer() -> None:
    assert LineLookup("x = " + "[" * 100_000)("x") is None


@given(st.lists(st.one_of(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), st.integers(0, 99)), min_size=1))
def test_paths_are_written_and_read_alike(steps: list[str | int]) -> None:
    path = ("head", *steps)
    assert parse_path(show_path(path)) == path


class Colour(StrEnum):
    RED = "red"


def table(text: str) -> Table:
    values, lines = read_toml(text.encode(), "f.toml")
    return Table(values, "f.toml", lines)


@pytest.mark.parametrize(
    ("text", "method", "code"),
    [
        ("", "text", "E-KEY-MISSING"),
        ("k = 1", "text", "E-KEY-TYPE"),
        ("k = ' '", "text", "E-KEY-TYPE"),
        ("k = '1'", "number", "E-KEY-TYPE"),
        ("k = true", "number", "E-KEY-TYPE"),
        ("k = 1.0", "integer", "E-KEY-TYPE"),
        ("k = true", "integer", "E-KEY-TYPE"),
        ("k = 1", "flag", "E-KEY-TYPE"),
        ("k = '2025-01-01'", "day", "E-KEY-TYPE"),
        ("k = 2025-01-01T00:00:00", "day", "E-KEY-TYPE"),
        ("k = []", "table", "E-KEY-TYPE"),
        ("k = []", "tables", "E-KEY-TYPE"),
        ("k = [1]", "tables", "E-KEY-TYPE"),
        ("k = 'x'", "bilingual", "E-KEY-TYPE"),
        ("k = { zh = '中' }", "bilingual", "E-TEXT-LANGUAGE"),
        ("k = { zh = '', en = 'e' }", "bilingual", "E-TEXT-LANGUAGE"),
        ("k = { zh = '中', en = 'e', de = 'd' }", "bilingual", "E-KEY-UNKNOWN"),
    ],
)
def test_a_key_must_have_its_type(text: str, method: str, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        getattr(table(text), method)("k")
    assert caught.value.code == code
    assert caught.value.where is not None


def test_words_come_from_a_closed_list() -> None:
    assert table("k = 'red'").choice("k", Colour) is Colour.RED
    with pytest.raises(FootproofError, match="E-KEY-CHOICE"):
        table("k = 'RED'").choice("k", Colour)


def test_a_key_nobody_reads_is_refused() -> None:
    with pytest.raises(FootproofError) as caught:
        table("value = 1\nvaleu = 2").refuse_unknown({"value"})
    assert str(caught.value.where) == "f.toml, line 2, valeu"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    tables, lines = read_toml("\ufeffa = 1\nb = 2".encode(), "marked.toml")
    assert tables == {"a": 1, "b": 2}
    assert lines("b") == 2

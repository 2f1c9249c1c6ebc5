"""Whatever stands in the files of an edition, reading and linting end with findings, never with a crash.

Each line of two sound editions is left out, or given a value of another kind.
"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from footproof.texts import LANGUAGES, describe
from rules.small import FRAME, KETTLE, linted

VALUES = [
    *("5", "-3", "1.5", '"x"', '""', "true", "[]", "{}", "[1]", "[{}]", '[["a"]]', '["*"]', '"[1, 2)"', "2020-01-01"),
    *("{ zh = 1, en = 2 }", "1e99999", "nan", '"' + "(" * 200 + '"', '"a\\u202eb"'),
]
LINES = [
    (base, file, number)
    for base in (FRAME, KETTLE)
    for file, text in base.items()
    for number, line in enumerate(text.split("\n"))
    if line.strip()
]
Line = tuple[dict[str, str], str, int]


def _line(place: Line) -> str:
    base, file, number = place
    return base[file].split("\n")[number]


def every_finding_is_worded_and_placed(place: Line, value: str) -> None:
    """Assert that an edition with one other line gives findings that say what and where."""
    base, file, number = place
    lines = base[file].split("\n")
    key, equals, _ = lines[number].partition("=")
    lines[number] = f"{key}= {value}" if equals and value in VALUES else value if value not in VALUES else ""
    for finding in linted({**base, file: "\n".join(lines)}):
        for lang in LANGUAGES:
            assert all(describe(finding.problem, lang))
        assert finding.problem.where is not None
        assert finding.problem.where.file


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LINES), st.sampled_from(["", "[x]", *VALUES]))
@example(next(place for place in LINES if place[0] is KETTLE and "parent  =" in _line(place)), '"x"')
def test_no_line_crashes_the_reader(place: Line, value: str) -> None:
    every_finding_is_worded_and_placed(place, value)


@pytest.mark.slow
@pytest.mark.parametrize("value", ["", "[x]", *VALUES])
def test_no_line_crashes_the_reader_whatever_the_value(value: str) -> None:
    for place in LINES:
        every_finding_is_worded_and_placed(place, value)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["rule.toml", "clauses.toml", "cases/years.toml"]), st.binary(max_size=80))
def test_bytes_that_are_no_toml_are_a_finding(file: str, data: bytes) -> None:
    text = data.decode("latin-1") + "\n= ["
    assert "E-TOML-SYNTAX" in {finding.code for finding in linted({**KETTLE, file: text})}

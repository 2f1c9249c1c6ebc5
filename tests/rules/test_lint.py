"""One planted defect per rule of lint: exact code, place and clause, and nothing else is said.

`small` holds two editions in which nothing is wrong; each defect is one edit of one of them.
"""

import pytest

from footproof.rules.drift import figures, figures_apart
from footproof.rules.lint import lint
from footproof.rules.rulebook import edition_files, load_rulebook, shipped_editions
from footproof.texts import LANGUAGES, describe
from rules.small import FRAME, KETTLE, edited, line_of, linted

SHIPPED = [f"{name}@{edition}" for name, editions in shipped_editions().items() for edition in editions]

NAMES = {"rule": "rule.toml", "clauses": "clauses.toml", "years": "cases/years.toml", "K4": "cases/K-4.toml"}

# (file, before, after, code, text on the line that is named, clause)
MASS = '[require.mass]\nunit = "kg"\nname = { zh = "质量", en = "mass" }\n\n[axis.life]'
IDLE = '[formula.idle]\nclause = "K-2"\nunit = "1"\nexpr = "1"\nname = { zh = "闲", en = "idle" }\n\n[report.values.V1]'
ROWS = '[table.idle]\nunit = "a"\nsource = "invented"\nrows = { x = 1 }\n\n[table.years]'
OTHER = '[axis.life.option.other]\nname = { zh = "其他", en = "other" }\n[axis.life.option.fixed]'
NEEDS = 'kind = "judgement"\nneeds = ["energy_measured"]'
DEFECTS = [
    # unknown keys, missing things, as the reader finds them
    ("rule", 'edition = "1"', 'edition = "1"\nbonus = 1', "E-KEY-UNKNOWN", "bonus = 1", ""),
    ("clauses", 'where      = "exchanges.csv"', 'were = "exchanges.csv"', "E-KEY-UNKNOWN", "were =", "K-4"),
    ("years", 'source  = "worked by hand"', 'sauce = "worked by hand"', "E-KEY-UNKNOWN", "sauce =", "K-2"),
    ("rule", ', en = "by the table" }', " }", "E-TEXT-LANGUAGE", 'zh = "按表"', "K-2"),
    ("clauses", ', en = "A reviewer decides." }', " }", "E-TEXT-LANGUAGE", "由评审人员判断", "K-5"),
    ("clauses", 'kind       = "judgement"\n', "", "E-KEY-MISSING", 'id         = "K-5"', "K-5"),
    ("clauses", 'kind       = "judgement"', 'kind = "guess"', "E-KEY-CHOICE", 'kind = "guess"', "K-5"),
    ("clauses", 'id         = "K-5"', 'id         = "K-4"', "E-STUDY-DUPLICATE", "K-4 twice", "K-4"),
    ("rule", 'unit = "kWh"', 'unit = "jug"', "E-UNIT-UNKNOWN", '"jug"', ""),
    ("rule", 'clause = "K-3"', 'clause = "K-9"', "E-RULE-CLAUSE", '"K-9"', "K-9"),
    ("rule", '"by the table" }', '"by the table" }\nbonus = 1', "E-KEY-UNKNOWN", "bonus = 1", "K-2"),
    ("rule", "[require.power]", "[require.life]", "E-STUDY-DUPLICATE", "[require.life]", ""),
    # units
    ("rule", 'unit   = "a"\nexpr', 'unit   = "kg"\nexpr', "E-UNIT-MISMATCH", "expr   =", "K-2"),
    ("rule", "0.5 * lookup", "0.5 + lookup", "E-EXPR-UNIT", "expr   =", "K-2"),
    ("rule", "1 / (water_a_year * years_of_use)", "1 / (water_a_year + years_of_use)", "E-EXPR-UNIT", "flow", "K-1"),
    # parts nobody uses
    ("rule", "[axis.life]", MASS, "E-LINT-DEAD", "[require.mass]", ""),
    ("rule", "[report.values.V1]", IDLE, "E-LINT-DEAD", "[formula.idle]", "K-2"),
    ("rule", "plain     = 5", "plain     = 5\nglass = 2", "E-LINT-DEAD", "glass = 2", "K-2"),
    ("rule", 'parent  = "demo.frame@1"', 'parent  = "demo.frame@1"\ngiven = ["nobody"]', "E-LINT-DEAD", "given =", ""),
    ("rule", "[table.years]", ROWS, "E-LINT-DEAD", "[table.idle]", ""),
    ("rule", "[axis.life.option.fixed]", OTHER, "E-LINT-OPTION", "[axis.life]", "K-2"),
    ("rule", 'lookup(years, "fixed")', 'lookup(years, "never")', "E-LINT-TABLE-KEY", "[table.years]", "K-2"),
    ("rule", 'if(life = "fixed", lookup', 'if(life = life, lookup', "E-LINT-OPTION", "[axis.life]", "K-2"),
    # clauses
    ("clauses", 'check      = "measured_share >= 0.8"\n', "", "E-LINT-CLAUSE-EMPTY", 'id         = "K-4"', "K-4"),
    ("clauses", 'kind       = "judgement"', 'kind = "evidence"', "E-LINT-CLAUSE-EMPTY", 'id         = "K-5"', "K-5"),
    ("clauses", 'kind       = "judgement"', NEEDS, "E-LINT-CLAUSE-KEY", "needs =", "K-5"),
    ("clauses", 'where      = "exchanges.csv"\n', "", "E-LINT-CLAUSE-FINDING", 'id         = "K-4"', "K-4"),
    ("clauses", "measured_share >= 0.8", "measured_shares >= 0.8", "E-LINT-FACT", "check      =", "K-4"),
    ("clauses", "measured_share >= 0.8", "measured_share * 0.8", "E-SHEET-TYPE", "check      =", "K-4"),
    ("rule", 'clause  = "K-2"\ndefault = "table"', 'default = "table"', "E-RULE-AXIS-CLAUSE", "[axis.life]", ""),
    # cases
    ("years", "expect = 2.25", "expect = 2.26", "E-LINT-CASE", 'name   = "a thirsty travel kettle', "K-2"),
    ("years", "power = 2.5", "power = 2.5, mass = 3", "E-LINT-CASE-GIVEN", 'name   = "a thirsty travel kettle', "K-2"),
    ("years", "power = 2.5", "pressure = 2.5", "E-EXPR-NAME", 'name   = "a thirsty travel kettle', "K-2"),
    ("K4", "met   = true", "met   = false", "E-LINT-CASE", 'name  = "eighty per cent', "K-4"),
    # two languages
    ("clauses", "实测份额不低于 80 %。", "实测份额不低于 90 %。", "E-LINT-FIGURES", "实测份额", "K-4"),
    ("clauses", "实测 {measured_share:%}", "实测 {measured:%}", "E-LINT-BRACES", "实测 {measured:%}", "K-4"),
    ("clauses", "A reviewer decides.", "A reviewer 评审 decides.", "E-LINT-LANGUAGE", "由评审人员判断", "K-5"),
    # decision tables
    ("rule", 'power = "> 2"', 'power = "> 3"', "E-RULE-DECISION-GAP", "[decision.wear]", "K-3"),
    ("rule", 'power = "> 2"', 'power = ">= 2"', "E-RULE-DECISION-OVERLAP", "[decision.wear]", "K-3"),
]  # fmt: skip

# What follows from a defect: a misspelt key is also a missing one, a row nobody looks up is dead.
FOLLOWS = {
    "E-STUDY-DUPLICATE": {"E-RULE-SENSE", "E-EXPR-UNIT", "E-RULE-DECISION-WORD"},
    "E-UNIT-MISMATCH": {"E-UNIT-MISMATCH", "E-EXPR-UNIT"},
    "E-EXPR-UNIT": {"E-EXPR-UNIT"},
    "E-EXPR-NAME": {"E-LINT-CASE-GIVEN"},
    "E-KEY-UNKNOWN": {"E-LINT-CLAUSE-FINDING", "E-KEY-MISSING", "E-LINT-CASE-MISSING"},
    "E-LINT-TABLE-KEY": {"E-LINT-DEAD"},
    "E-LINT-OPTION": {"E-LINT-DEAD", "E-LINT-CASE", "E-LINT-CASE-GIVEN"},
    "E-LINT-CLAUSE-EMPTY": {"E-RULE-CASE-CHECK"},
    "E-LINT-FACT": {"E-EXPR-NAME"},
    "E-SHEET-TYPE": {"E-LINT-CASE"},
}


def test_nothing_is_wrong_with_the_small_editions() -> None:
    assert linted(FRAME) == ()
    assert linted(KETTLE) == ()


@pytest.mark.parametrize("defect", DEFECTS, ids=[f"{item[3]}-{index}" for index, item in enumerate(DEFECTS)])
def test_a_planted_defect_is_found_where_it_is(defect: tuple[str, ...]) -> None:
    file, before, after, code, line, clause = defect
    files = edited(KETTLE, **{file: (before, after)})
    name = NAMES[file]
    found = linted(files)
    places = [(item.code, item.problem.where and item.problem.where.file, item.clause) for item in found]
    assert (code, name, clause) in places, [str(item.problem) for item in found]
    hits = [item for item in found if (item.code, item.clause) == (code, clause)]
    lines = {item.problem.where.line for item in hits if item.problem.where}
    # A clause is named by its head or by the key that is wrong.
    expected = (
        line_of(files[name], line) if line != "K-4 twice" else files[name].count("\n", 0, files[name].rindex("K-4")) + 1
    )
    assert expected in lines or expected - 1 in lines, (expected, lines)
    others = {item.code for item in found} - {code}
    assert others <= FOLLOWS.get(code, set()), [str(item.problem) for item in found]
    for lang in LANGUAGES:
        for item in found:
            assert all("{" not in text or "{measured" in text for text in describe(item.problem, lang))


def test_an_open_axis_is_not_in_force() -> None:
    shut = FRAME | {"rule.toml": FRAME["rule.toml"].replace('status  = "provisional"', 'status  = "in-force"')}
    assert linted(shut) == ()
    files = edited(shut, rule=("open      = false\ncompanion", "open      = true\ncompanion"))
    found = linted(files)
    assert [item.code for item in found] == ["E-LINT-IN-FORCE-OPEN"]
    assert found[0].problem.where is not None
    assert found[0].problem.where.line == line_of(files["rule.toml"], "[axis.electricity]\n")
    assert linted(edited(FRAME, rule=("open      = false\ncompanion", "open      = true\ncompanion"))) == ()


def test_an_edition_in_force_does_not_rest_on_one_that_is_not() -> None:
    before = next(line for line in KETTLE["rule.toml"].splitlines() if line.startswith("status "))
    files = KETTLE | {"rule.toml": KETTLE["rule.toml"].replace(before, 'status = "in-force"')}
    found = linted(files)
    assert ("E-LINT-IN-FORCE-PARENT", {"parent": "demo.frame@1", "found": "provisional"}) in [
        (item.code, dict(item.problem.values)) for item in found
    ]
    # An axis that the parent leaves open is open here too: it is named where the edition says its status.
    assert {item.code for item in found} <= {"E-LINT-IN-FORCE-PARENT", "E-LINT-IN-FORCE-OPEN"}


def test_a_clause_without_a_case_is_found() -> None:
    files = {name: text for name, text in KETTLE.items() if name != "cases/years.toml"}
    found = linted(files)
    assert [(item.code, item.clause) for item in found] == [
        ("E-LINT-CASE-MISSING", "K-2"),
        ("E-LINT-CASE-MISSING", "K-3"),
    ]
    files = {name: text for name, text in KETTLE.items() if name != "cases/K-4.toml"}
    assert [(item.code, item.clause) for item in linted(files)] == [("E-LINT-CASE-MISSING", "K-4")]


def test_a_file_nobody_reads_is_found() -> None:
    found = linted({**KETTLE, "tables/more.toml": "x = 1\n", "notes.md": "text"})
    assert [(item.code, str(item.problem.where)) for item in found] == [("E-LINT-FILE", "tables/more.toml")]


def test_formulas_in_a_ring_are_found() -> None:
    files = edited(KETTLE, rule=("* wear\n", "* wear * echo\n"))
    files["rule.toml"] += (
        '\n[formula.echo]\nclause = "K-2"\nunit = "1"\nname = { zh = "回声", en = "echo" }\n'
        'expr = "years_of_use / years_of_use"\n'
    )
    rings = [item for item in linted(files) if item.code == "E-FORMULA-CYCLE"]
    assert {item.clause for item in rings} == {"K-2"}
    assert any("echo" in str(item.problem.values["ring"]) for item in rings)


def test_a_broken_file_hides_nothing_in_the_others() -> None:
    files = {**KETTLE, "cases/broken.toml": "x = ["}
    files = edited(files, clauses=("实测份额不低于 80 %。", "实测份额不低于 90 %。"))
    assert {item.code for item in linted(files)} == {"E-TOML-SYNTAX", "E-LINT-FIGURES"}


def test_a_figure_beside_the_result_is_no_dead_formula() -> None:
    more = (
        '\n[formula.idle]\nclause = "K-2"\nunit = "1"\nexpr = "1"\nbeside = true\nname = { zh = "闲", en = "idle" }\n'
    )
    assert linted({**KETTLE, "rule.toml": KETTLE["rule.toml"] + more}) == ()


def test_what_a_parent_declares_is_not_held_against_the_child() -> None:
    """The frame's own examples and options are judged where they stand."""
    text = KETTLE["rule.toml"].replace('[axis.electricity]\nchoose = "average"\n', "")
    assert linted({**KETTLE, "rule.toml": text}) == ()


# ---- figures of two languages


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("不超过 5 %。", "No more than 5 %."),
        ("不超过 5%。", "No more than 5 per cent."),
        ("共 28800 kWh", "28,800 kWh in all"),
        ("8 万公里", "80,000 km"),
        ("2026 年 4 月 10 日", "10 April 2026"),
        ("五项准则", "five criteria"),
        ("以 1 台电机表示", "stated per motor"),
        ("CO2e 与 GWP100", "carbon and warming"),
        ("评分 1 至 5（1 最好，5 最差）", "scored 1 to 5 (1 best, 5 poorest)"),
        ("舍去 {share:%}", "{share:%} is left out"),
    ],
)
def test_the_same_figures_in_two_languages(zh: str, en: str) -> None:
    assert figures_apart(zh, en) == (set(), set())


@pytest.mark.parametrize(
    ("zh", "en", "apart"),
    [
        ("不超过 5 %", "a small share", ({"5 %"}, set())),
        ("不超过 5 %", "no more than 5", ({"5 %"}, {"5"})),
        ("质保 8 年", "10 years of warranty", ({"8"}, {"10"})),
        ("第 6.4.9.4 条", "clause 6.4.9.3", ({"6.4.9.4"}, {"6.4.9.3"})),
    ],
)
def test_figures_that_differ(zh: str, en: str, apart: tuple[set[str], set[str]]) -> None:
    assert figures_apart(zh, en) == apart


def test_a_decimal_is_one_figure_in_any_writing() -> None:
    assert figures("0.50") == figures("0.5") == {"0.5"}


# ---- what ships


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_is_wrong_with_what_ships(name: str) -> None:
    found = lint(edition_files(name), load_rulebook)
    assert [str(item.problem) for item in found] == []


@pytest.mark.parametrize("braces", ["{left_out.nope}", "{0}", "{left_out", "{left_out!r}", "{left_out:>{width}}"])
def test_a_finding_reaches_no_further_than_a_fact(braces: str) -> None:
    files = {name: text.replace("{left_out:%}", braces) for name, text in FRAME.items()}
    assert "E-RULE-BRACES" in {finding.code for finding in linted(files)}

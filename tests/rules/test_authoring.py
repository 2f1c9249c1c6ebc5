"""Test, explain, diff and seal: laws over the small editions and what ships."""

import hashlib
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.draft import DOCUMENT, TODAY, Draft
from footproof.assess import assess
from footproof.errors import FootproofError
from footproof.formats.study import StudyFiles, read_study
from footproof.model.rulebook import ClauseKind, Rulebook
from footproof.model.study import Study
from footproof.rules.cases import check_met, run_cases, worked_out, written
from footproof.rules.diff import Change, diff
from footproof.rules.explain import StudyValues, explain
from footproof.rules.parameters import shipped
from footproof.rules.reading import LOCK
from footproof.rules.rulebook import (
    edition_digest,
    edition_files,
    load_rulebook,
    parents_of,
    read_rulebook,
    shipped_editions,
)
from footproof.rules.seal import sealed
from rules.small import FACTS, FRAME, KETTLE, edited, encoded, frame, kettle, parents

SHIPPED = [f"{name}@{edition}" for name, editions in shipped_editions().items() for edition in editions]


def changed(**edits: tuple[str, str]) -> Rulebook:
    """Return the sector rule with an edit."""
    return read_rulebook(encoded(edited(KETTLE, **edits)), parents)


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write an edition into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


# ---- cases


def test_every_case_of_the_small_editions_holds() -> None:
    results = [*run_cases(frame()), *run_cases(kettle())]
    assert [item.name for item in results if not item.holds] == []
    assert [(item.subject, item.clause) for item in run_cases(kettle())] == [
        ("years_of_use", "K-2"),
        ("years_of_use", "K-2"),
        ("K-4", "K-4"),
        ("K-4", "K-4"),
    ]


def test_a_case_that_misses_by_the_last_digit_does_not_hold() -> None:
    results = run_cases(changed(years=("expect = 2.25", "expect = 2.25000000001")))
    assert [item.holds for item in results] == [True, False, True, True]
    assert (results[1].expected, results[1].found) == ("2.25000000001", "2.25")


def test_a_limit_is_met_exactly() -> None:
    """0.8 as a decimal, not as the float just above it."""
    assert check_met(kettle(), "K-4", {"measured_share": Decimal("0.8")}) is True
    assert check_met(kettle(), "K-4", {"measured_share": Decimal("0.799999999999")}) is False


def test_figures_are_converted_to_the_unit_of_the_formula() -> None:
    files = edited(FRAME, rule=('unit   = "1"\nexpr   = "worked_share * 2"', 'unit = "1"\nexpr = "worked_share * 2"'))
    files["rule.toml"] += (
        '\n[require.energy]\nunit = "kWh"\nname = { zh = "电", en = "power" }\n'
        '[formula.heat]\nclause = "F-2"\nunit = "MJ"\nname = { zh = "热", en = "heat" }\nexpr = "energy * 2"\n'
    )
    rule = read_rulebook(encoded(files), parents)
    assert written(worked_out(rule, "heat", {"energy": Decimal(5)})) == "36"


@pytest.mark.parametrize(
    ("facts", "code"), [({}, "E-EXPR-NAME"), ({"measured_share": "much"}, "E-SHEET-TYPE")], ids=["missing", "word"]
)
def test_a_check_that_cannot_be_worked_out_says_why(facts: dict[str, str], code: str) -> None:
    with pytest.raises(FootproofError, match=code):
        check_met(kettle(), "K-4", facts)


# ---- diff


EDITS = {
    "rule": [
        ('default = "table"', 'default = "fixed"'),
        ("plain     = 5", "plain     = 6"),
        ('then  = "0.9"', 'then  = "0.8"'),
        ('unit = "kWh"', 'unit = "MJ"'),
        ('choose = "average"', 'choose = "contracts"'),
        ("1 / (water_a_year", "2 / (water_a_year"),
        ('status  = "provisional"', 'status  = "draft"'),
    ],
    "clauses": [
        ("measured_share >= 0.8", "measured_share >= 0.9"),
        ("A reviewer decides.", "The reviewer decides."),
        ('kind       = "judgement"', 'kind       = "judgement"\nseverity   = "may"'),
    ],
}
EVERY = [(file, edit) for file, edits in EDITS.items() for edit in edits]


@pytest.mark.parametrize("name", SHIPPED)
def test_an_edition_does_not_differ_from_itself(name: str) -> None:
    assert diff(load_rulebook(name), load_rulebook(name)) == ()


def test_a_comment_is_another_digest_and_no_change() -> None:
    commented = changed(rule=('id      = "demo.kettle"', '# a comment\nid      = "demo.kettle"'))
    assert commented.digest != kettle().digest
    assert diff(kettle(), commented) == ()


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(range(len(EVERY)))), st.sets(st.sampled_from(range(len(EVERY)))))
def test_diff_is_antisymmetric_and_empty_only_for_the_same_rule(first: set[int], second: set[int]) -> None:
    def made(chosen: set[int]) -> Rulebook:
        files = dict(KETTLE)
        for index in sorted(chosen):
            file, edit = EVERY[index]
            files = edited(files, **{file: edit})
        return read_rulebook(encoded(files), parents)

    one, other = made(first), made(second)
    there, back = diff(one, other), diff(other, one)
    assert (there == ()) is (first == second)
    assert len(there) == len({(item.part, item.id) for item in there})
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(c.part, c.id, c.kind) for c in there} == {(c.part, c.id, turned[c.kind]) for c in back}
    forward = {(c.part, c.id, d.key, d.before, d.after) for c in there for d in c.details}
    assert forward == {(c.part, c.id, d.key, d.after, d.before) for c in back for d in c.details}


def only(rule: Rulebook) -> Change:
    """Return the only change."""
    found = diff(kettle(), rule)
    assert len(found) == 1, found
    return found[0]


def test_a_change_is_said_in_the_terms_of_the_rule() -> None:
    option = only(changed(rule=('default = "table"', 'default = "fixed"')))
    assert (option.clause, option.part, option.id) == ("K-2", "axis", "life")
    assert [(d.key, d.before, d.after) for d in option.details] == [("default", "table", "fixed")]
    row = only(changed(rule=("plain     = 5", "plain     = 6")))
    assert (row.clause, row.part, row.id) == ("K-2", "table", "years")
    assert [(d.key, d.before, d.after) for d in row.details] == [("row plain", "5", "6")]
    table = only(changed(rule=('then  = "0.9"', 'then  = "0.8"')))
    assert (table.clause, table.part, table.id) == ("K-3", "decision", "wear")
    assert [(d.before, d.after) for d in table.details] == [("0.9", "0.8")]
    clause = only(changed(clauses=("measured_share >= 0.8", "measured_share >= 0.9")))
    assert (clause.clause, clause.part) == ("K-4", "clause")


def test_a_new_clause_is_added_and_an_old_one_removed() -> None:
    files = dict(KETTLE)
    head, _, _ = KETTLE["clauses.toml"].rpartition("[[clause]]")
    files["clauses.toml"] = head
    found = diff(kettle(), read_rulebook(encoded(files), parents))
    assert [(item.part, item.id, item.kind) for item in found] == [("clause", "K-5", "removed")]


# ---- explain


def test_every_clause_is_explained_with_what_carries_it() -> None:
    explained = {item.clause.id: item for item in explain(kettle())}
    assert set(explained) == set(kettle().clauses)
    assert [(item.part, item.id) for item in explained["K-2"].carriers] == [
        ("axis", "life"),
        ("formula", "years_of_use"),
        ("table", "years"),
    ]
    assert [(item.part, item.id) for item in explained["K-3"].carriers] == [("decision", "wear")]
    assert [item.part for item in explained["F-1"].carriers] == ["axis", "electricity"]


def test_values_of_a_study_stand_with_the_formulas() -> None:
    nodes = {"rule.years_of_use": "2.25", "axis.life": "fixed", "rule.wear": "0.9"}
    explained = {item.clause.id: item for item in explain(kettle(), StudyValues(nodes, {"F-1": (2, "1/3")}))}
    found = {item.id: (item.value, item.unit) for item in explained["K-2"].carriers}
    assert found["years_of_use"] == ("2.25", "a")
    assert found["life"] == ("fixed", "")
    assert (explained["F-1"].terms, explained["F-1"].total) == (2, "1/3")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_formula_of_what_ships_is_explained_under_its_clause(name: str) -> None:
    rule = load_rulebook(name)
    explained = {item.clause.id: item for item in explain(rule)}
    for formula in rule.formulas.values():
        assert formula.id in {item.id for item in explained[formula.clause].carriers}
    assert {item.clause.kind for item in explained.values()} <= set(ClauseKind)


# ---- seal


def test_a_sealed_edition_reads_and_keeps_its_digest() -> None:
    files = encoded(KETTLE)
    rule, lock = sealed(files, parents, FACTS)
    again = read_rulebook({**files, LOCK: lock}, parents)
    assert again.digest == rule.digest == kettle().digest
    assert LOCK not in again.files
    assert sealed({**files, LOCK: lock}, parents, FACTS)[1] == lock


@pytest.mark.parametrize("name", sorted(KETTLE))
def test_any_change_after_sealing_is_found_and_named(name: str) -> None:
    files = encoded(KETTLE)
    lock = sealed(files, parents, FACTS)[1]
    for data in (files[name] + b"\n# a comment\n", files[name].replace(b"\n", b"\r\n")):
        with pytest.raises(FootproofError) as caught:
            read_rulebook({**files, name: data, LOCK: lock}, parents)
        assert (caught.value.code, caught.value.values["differs"]) == ("E-RULE-LOCK", name)


def test_a_file_that_comes_or_goes_after_sealing_is_found() -> None:
    files = encoded(KETTLE)
    lock = sealed(files, parents, FACTS)[1]
    extra = {**files, "notes.md": b"more", LOCK: lock}
    fewer = {name: data for name, data in files.items() if name != "cases/K-4.toml"} | {LOCK: lock}
    for found, differs in ((extra, "notes.md"), (fewer, "cases/K-4.toml")):
        with pytest.raises(FootproofError) as caught:
            read_rulebook(found, parents)
        assert (caught.value.code, caught.value.values["differs"]) == ("E-RULE-LOCK", differs)


def test_a_parent_that_changed_after_sealing_is_found() -> None:
    files = encoded(KETTLE)
    lock = sealed(files, parents, FACTS)[1]
    other = frame(rule=("digits   = 6", "digits   = 5"))
    with pytest.raises(FootproofError) as caught:
        read_rulebook({**files, LOCK: lock}, lambda _: other)
    assert (caught.value.code, caught.value.values["differs"]) == ("E-RULE-LOCK", "demo.frame@1")


def test_what_is_wrong_cannot_be_sealed() -> None:
    with pytest.raises(FootproofError) as caught:
        sealed(encoded(edited(KETTLE, years=("expect = 2.25", "expect = 2"))), parents, FACTS)
    assert (caught.value.code, caught.value.values["count"]) == ("E-RULE-LINT", 1)


def test_the_lock_is_no_part_of_the_digest() -> None:
    files = encoded(KETTLE)
    assert edition_digest(files, "x") == edition_digest({**files, LOCK: b"anything"}, "x")


# ---- folders


def test_a_folder_is_a_rulebook_and_finds_its_parent_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "demo.frame" / "1", FRAME)
    folder = write(tmp_path / "demo.kettle" / "1", KETTLE)
    rule = load_rulebook(str(folder))
    assert rule.name == "demo.kettle@1"
    assert rule.digest == kettle().digest
    assert parents_of(str(folder))("cn.gbt.24067@2024").id == "cn.gbt.24067"
    assert set(edition_files(str(folder))) == set(KETTLE)


def test_a_name_that_ships_means_what_ships(tmp_path: Path) -> None:
    """A folder of that name beside the edition does not take its place: packages hold the parent by its name."""
    name = "cn.gbt.24067@2024"
    files = {file: data.decode() for file, data in edition_files(name).items() if file != LOCK}
    files["rule.toml"] = files["rule.toml"].replace("digits   = 6", "digits   = 3")
    write(tmp_path / "cn.gbt.24067" / "2024", files)
    folder = str(write(tmp_path / "demo.kettle" / "1", KETTLE))
    assert parents_of(folder)(name).digest == load_rulebook(name).digest


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in (str(tmp_path / "nothing"), "./nothing-here"):
        with pytest.raises(FootproofError, match="E-RULE-UNKNOWN"):
            load_rulebook(name)


# ---- the page that teaches it


def test_the_rulebook_of_the_how_to_can_be_sealed() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/how-to/write-a-rulebook.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n# demo\.bottle/2026/(\S+)\n(.*?)```", page, re.DOTALL)
    files = {name: text.encode() for name, text in blocks}
    assert set(files) == {"rule.toml", "clauses.toml", "cases/fillings.toml", "cases/B-3.toml"}
    rule, _ = sealed(files, load_rulebook, {"exchanges_without_source": "1"})
    assert rule.axes["electricity"].default == "average_only"
    assert rule.formulas["fillings"].unit == "1"


# ---- in a calculation


def kettle_study(kind: str, power: str) -> Study:
    """Return a study of a kettle that boils 2 m3 a year, 0.8 kg of steel at 5 kg CO2e / kg."""
    draft = Draft(parameters={"water_a_year": ("2", "m3 / a"), "power": (power, "kWh")})
    draft.process("made", "1", "piece").factor("steel", "5").exchange("made", "body", "0.8", "kg", "factor:steel")
    tables = draft.tables()
    word = f'[parameter.kind]\ntext = "{kind}"\nname = {{ zh = "类型", en = "kind" }}\nsource = "-"\n'
    tables["study.toml"] += word.encode()
    return read_study(StudyFiles(tables, {"paper.txt": hashlib.sha256(DOCUMENT).hexdigest()}))


@pytest.mark.parametrize(
    ("kind", "power", "years"),
    [("plain", "2", "5"), ("plain", "2.001", "4.5"), ("travel", "2.5", "2.25"), ("insulated", "9", "8")],
)
def test_a_decision_table_counts_in_the_calculation_sheet(kind: str, power: str, years: str) -> None:
    found = assess(kettle_study(kind, power), kettle(), shipped(), TODAY)
    assert found.result["nodes"]["rule.years_of_use"] == years
    assert Fraction(found.result["value"]) == 4 / (2 * Fraction(years))
    options = {item["id"] for item in found.sheet.record["alternatives"]}
    assert options == {"life:fixed"}  # the axis that is chosen is closed and has no companion left

"""The clause report over studies with one planted error each: nothing is called met that is not, and nothing is blamed
that is right. Every file of `seeded/` is one error; `seeding.py` says what its keys mean."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from footproof.assess import Assessment, assess
from footproof.cli.clauses import clauses as command
from footproof.errors import FootproofError
from footproof.formats.folder import read_folder
from footproof.formats.study import StudyFiles, read_study
from footproof.interpret.clause_power import _distinct
from footproof.interpret.clause_view import View
from footproof.interpret.clauses import ClauseResult, Outcome, check_holds, clause_report, fact_name, show, unmet
from footproof.interpret.facts import FACTS, FactValue, facts, known_facts
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import CheckCase, Clause, ClauseKind, DataRequirement, DataSource, Rulebook
from footproof.model.study import NumberRange, Study
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook, shipped_editions
from interpret.seeding import BASES, HERE, REPOSITORY, planted

GENERIC, TRACTION = "cn.gbt.24067", "cn.pcf.traction-battery"
SEEDED = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((HERE / "seeded").glob("*.toml"))}
ERRORS = {name: case for name, case in SEEDED.items() if "error" in case}
FOUND = {name: case for name, case in SEEDED.items() if "expect" in case}
EDITIONS = [f"{name}@{edition}" for name, editions in shipped_editions().items() for edition in editions]


@cache
def edition(name: str) -> Rulebook:
    return load_rulebook(str(HERE / name) if name.startswith("seeded/") else name)


# A clause that an edition inherits unchanged is tried once, where it first stands.
CHECKED = {item: name for name in reversed(EDITIONS) for item in edition(name).clauses.values() if item.check}
CASES = [(name, case) for name in EDITIONS for case in edition(name).check_cases]
BOOK = shipped()


def assessed(files: StudyFiles, rulebook: str) -> Assessment:
    study = read_study(files)
    assert study.known_on is not None
    return assess(study, edition(rulebook), BOOK, study.known_on)


@cache
def base(name: str, rulebook: str) -> Mapping[str, ClauseResult]:
    """Return the clause report of a study as it is, by clause."""
    return by_id(clause_report(assessed(read_folder(BASES[name]), rulebook)))


def by_id(report: tuple[ClauseResult, ...]) -> dict[str, ClauseResult]:
    return {item.clause.id: item for item in report}


@cache
def seeded(name: str) -> tuple[Assessment, Mapping[str, ClauseResult]]:
    """Return a study with its error, and what the report says of it."""
    assessment = assessed(planted(SEEDED[name]), SEEDED[name]["rulebook"])
    return assessment, by_id(clause_report(assessment))


# ---- the corpus


def test_there_are_enough_errors_of_every_kind() -> None:
    assert len(SEEDED) >= 120
    kinds = {case["kind"] for case in SEEDED.values()}
    assert {
        "mis-typed unit",
        "swapped factor",
        "green certificates",
        "stale year",
        "co-products",
        "omitted stage or process",
        "meters",
        "broken balance",
        "missing evidence",
        "cut-off",
        "wrong origin",
        "direct factor without upstream",
        "offset",
        "counted twice",
    } <= kinds
    assert all(sum(case["kind"] == kind for case in SEEDED.values()) >= 2 for kind in kinds)
    names = [case["name"] for case in SEEDED.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", FOUND)
def test_a_seeded_error_is_found_and_nothing_else_is_blamed(name: str) -> None:
    case = FOUND[name]
    assessment, report = seeded(name)
    before = base(case["base"], case["rulebook"])
    expected = {item["clause"]: item["outcome"] for item in case["expect"]}
    changed = {key: item.outcome.value for key, item in report.items() if item.outcome is not before[key].outcome}
    assert changed == expected
    for key in expected:
        assert before[key].outcome is Outcome.MET, "the base must not have the finding"
        assert report[key].finding is not None
    for fact, value in case.get("fact", {}).items():
        assert facts(assessment)[fact] == value


@pytest.mark.parametrize("name", FOUND)
def test_a_finding_speaks_both_languages_and_names_what_to_look_at(name: str) -> None:
    _, report = seeded(name)
    for item in FOUND[name]["expect"]:
        found = report[item["clause"]]
        assert found.finding is not None
        assert re.search(r"[\u4e00-\u9fff]", found.finding.zh)
        assert not re.search(r"[\u4e00-\u9fff]", found.finding.en)
        assert not re.search(r"[{}]|–", found.finding.zh + found.finding.en)
        assert found.clause.where or found.rows


@pytest.mark.parametrize("name", ERRORS)
def test_a_seeded_error_that_cannot_be_computed_is_refused(name: str) -> None:
    case = ERRORS[name]
    with pytest.raises(FootproofError) as caught:
        assessed(planted(case), case["rulebook"])
    assert caught.value.code == case["error"]
    assert caught.value.where is not None
    assert caught.value.where.file == case["file"]


def test_the_tray_meets_every_check() -> None:
    outcomes = {key: item.outcome for key, item in base("tray", GENERIC).items()}
    # Published electricity factors are one number: what of them is biogenic is not known to anybody.
    assert {key for key, found in outcomes.items() if found is Outcome.EVIDENCE_MISSING} == {"6.4.9.2-apart"}
    assert Outcome.NOT_MET not in outcomes.values()
    checked = {key for key, item in base("tray", GENERIC).items() if item.clause.check or item.clause.needs}
    assert {key for key, found in outcomes.items() if found is Outcome.MET} == checked - {"6.4.9.2-apart"}


@pytest.mark.parametrize(
    ("name", "truly"),
    [
        ("nmc811-pack", {"6.3.5-verified", "6.3.5-age"}),
        ("portland-cement", {"6.3.5-verified", "6.3.5-age", "6.3.5-source"}),
    ],
)
def test_the_examples_are_blamed_for_what_their_notes_admit_only(name: str, truly: set[str]) -> None:
    found = {key for key, item in base(name, GENERIC).items() if item.outcome is Outcome.NOT_MET}
    assert found == truly


# ---- outcomes


def test_judgement_is_never_met_and_evidence_never_without_ground() -> None:
    for name in BASES:
        for item in base(name, GENERIC).values():
            if item.clause.kind is ClauseKind.JUDGEMENT:
                assert item.outcome is Outcome.NEEDS_JUDGEMENT
            if item.clause.kind is ClauseKind.EVIDENCE:
                assert item.outcome in (Outcome.MET, Outcome.EVIDENCE_MISSING)
                assert item.outcome is not Outcome.MET or (item.clause.needs and all(item.values.values()))
            if item.outcome is Outcome.MET and item.clause.check:
                assert item.values
            assert (item.finding is None) == (item.outcome is Outcome.MET)


def clause(kind: ClauseKind, **more: Any) -> Clause:
    return Clause("X", "-", kind, Bilingual("甲", "a"), "derived", **more)


def report_of(item: Clause) -> ClauseResult:
    files = read_folder(BASES["tray"])
    study = read_study(files)
    rule = edition(GENERIC)
    assert study.known_on is not None
    changed = replace(rule, clauses={**rule.clauses, item.id: item})
    return clause_report(assess(study, changed, BOOK, study.known_on))[-1]


def test_a_computation_that_the_sheet_does_not_hold_is_for_a_person() -> None:
    assert report_of(clause(ClauseKind.COMPUTE)).outcome is Outcome.NEEDS_JUDGEMENT
    # TB-1 is carried by nothing but the formula of the functional unit; TB-2 by the formula of the energy over life.
    battery = base("nmc811-pack", TRACTION)
    assert battery["TB-2"].outcome is Outcome.MET


def test_evidence_without_needs_is_missing() -> None:
    found = report_of(clause(ClauseKind.EVIDENCE))
    assert found.outcome is Outcome.EVIDENCE_MISSING
    assert found.finding is not None


def test_an_unknown_fact_is_missing_and_not_zero() -> None:
    found = report_of(clause(ClauseKind.CHECK, check="largest_term_share >= 0 and balance_worst <= 1"))
    assert found.outcome is Outcome.MET
    rule = edition(GENERIC)
    item = clause(ClauseKind.CHECK, check="balance_worst <= 1")
    assert check_holds(item, rule, {}) == (None, (), ("balance_worst",))


def test_only_the_chosen_branch_needs_to_be_known() -> None:
    item = clause(ClauseKind.CHECK, check="if(cradle_to_gate, biogenic_content >= 0, 1 = 1)")
    rule = edition(GENERIC)
    assert check_holds(item, rule, {"cradle_to_gate": False})[0] is True
    assert check_holds(item, rule, {"cradle_to_gate": True})[0] is None
    assert check_holds(item, rule, {"cradle_to_gate": True, "biogenic_content": Fraction(1, 3)})[0] is True


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (clause(ClauseKind.CHECK, check="metres_expired = 0"), "E-CLAUSE-FACT"),
        (clause(ClauseKind.EVIDENCE, needs=("sources_gvien",)), "E-CLAUSE-FACT"),
        (clause(ClauseKind.CHECK, check="period_days"), "E-SHEET-TYPE"),
        (clause(ClauseKind.CHECK, check="period_closed > 1"), "E-SHEET-TYPE"),
    ],
)
def test_a_clause_that_cannot_be_decided_is_an_error_of_the_rule(item: Clause, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        report_of(item)
    assert caught.value.code == code
    assert str(caught.value.where) == "clauses.toml, X"


def test_a_check_may_use_the_names_of_its_rule() -> None:
    item = clause(ClauseKind.CHECK, check='electricity = "contractual_instruments"')
    found = report_of(item)
    assert found.outcome is Outcome.MET
    assert found.values == {"electricity": "contractual_instruments"}


@pytest.mark.parametrize(("item", "name"), CHECKED.items(), ids=[f"{name}:{item.id}" for item, name in CHECKED.items()])
def test_no_check_of_a_shipped_rule_holds_over_nothing(item: Clause, name: str) -> None:
    holds, _, missing = check_holds(item, edition(name), {})
    assert holds is None
    assert missing


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}:{case.clause}:{case.name}" for name, case in CASES])
def test_a_worked_example_of_a_check_holds(name: str, case: CheckCase) -> None:
    rule = edition(name)
    values = {
        key: Fraction(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value
        for key, value in case.facts.items()
    }
    assert set(values) <= {*FACTS, *rule.requirements, *rule.formulas, *rule.axes}
    assert check_holds(rule.clauses[case.clause], rule, values)[0] is case.met


def test_every_check_has_an_example_that_holds_and_one_that_does_not() -> None:
    rule = edition(GENERIC)
    outcomes = {(case.clause, case.met) for case in rule.check_cases}
    for item in rule.clauses.values():
        if item.check:
            assert {(item.id, True), (item.id, False)} <= outcomes, item.id


@pytest.mark.parametrize("name", EDITIONS)
def test_a_finding_refers_to_facts_and_agrees_in_both_languages(name: str) -> None:
    for item in edition(name).clauses.values():
        if item.finding is None:
            continue
        zh, en = (re.findall(r"\{(\w+)(?::%)?\}", text) for text in (item.finding.zh, item.finding.en))
        rule = edition(name)
        assert sorted(zh) == sorted(en), item.id
        assert set(zh) <= {*FACTS, *rule.requirements, *rule.formulas, *rule.axes}, item.id


@pytest.mark.parametrize("rulebook", EDITIONS)
@pytest.mark.parametrize("name", BASES)
def test_a_report_covers_every_clause_of_a_rule_in_order(name: str, rulebook: str) -> None:
    try:
        assessment = assessed(read_folder(BASES[name]), rulebook)
    except FootproofError:
        pytest.skip("the study does not give what this rule asks for")
    report = clause_report(assessment)
    assert [item.clause.id for item in report] == list(assessment.rule.clauses)
    assert clause_report(assessment) == report


# ---- facts


def test_every_fact_is_named_and_listed() -> None:
    page = (REPOSITORY / "docs/reference/clauses.md").read_text("utf-8").partition("## Facts")[2]
    for name in FACTS:
        assert fact_name(name, "zh") != name
        assert f"| `{name}` |" in page, name
    for name in re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE):
        assert name in FACTS, name


@pytest.mark.parametrize("name", BASES)
def test_facts_are_exact_and_point_into_the_study(name: str) -> None:
    files = read_folder(BASES[name])
    for fact, known in known_facts(assessed(files, GENERIC)).items():
        assert isinstance(known.value, Fraction | bool | str), fact
        assert {row.file for row in known.rows} <= set(files.tables), fact
        assert (FACTS[fact].unit == "truth") == isinstance(known.value, bool), fact
        assert (FACTS[fact].unit == "text") == isinstance(known.value, str), fact


def test_the_tray_by_hand() -> None:
    found = facts(assessed(read_folder(BASES["tray"]), GENERIC))
    assert found["reference_flow"] == Fraction(4, 5)
    assert found["biogenic_content"] == Fraction("0.342")  # 0.8 × 0.4275
    assert found["biogenic_gap"] == 0  # 0.98 × 0.45 taken up; 0.03 × 0.45 burnt; 0.95 × 0.45 stay
    assert found["balance_worst"] == 0  # 0.98 + 0.05 = 1 + 0.03; 1.5 = 1 + 0.5
    # Per kg of tray, at 2/3 of the strips: 0.4 × 0.98 × 2/3 + 0.608 kWh; 400,000 kg; the meter says 400,000 × 0.8693.
    taken = 400000 * (Fraction("0.4") * Fraction("0.98") * Fraction(2, 3) + Fraction("0.608"))
    assert found["meter_gap_worst"] == (taken - 400000 * Fraction("0.8693")) / taken
    assert found["meters_reconciled"] == 2
    assert found["green_mwh_claimed"] == found["green_mwh_cancelled"] == 120  # (0.25 + 0.05) × 400; 60 + 40 + 20
    assert found["certificate_age_months"] == 12
    assert found["cut_off_total"] == Fraction("0.0065")
    assert found["cut_off_largest"] == Fraction("0.006")
    assert found["factor_age_max"] == 5
    assert found["period_days"] == 365


def test_a_gap_is_a_share_of_the_larger_side() -> None:
    found = facts(seeded("strips-too-few")[0])
    assert found["balance_worst"] == Fraction("0.1") / Fraction("1.03")


def test_shares_by_kind_of_data_cover_the_result() -> None:
    found = facts(assessed(read_folder(BASES["tray"]), GENERIC))
    primary, measured, estimated = (found[f"{name}_share"] for name in ("primary", "measured", "estimated"))
    assert isinstance(primary, Fraction)
    assert isinstance(measured, Fraction)
    assert 0 < measured < primary < 1
    assert estimated == 0


RANGES = st.lists(
    st.builds(
        lambda prefix, first, length: NumberRange(prefix, first, first + length),
        st.sampled_from(["A-", "B-"]),
        st.integers(0, 60),
        st.integers(0, 30),
    ),
    max_size=8,
)


@given(RANGES)
def test_certificates_are_counted_as_one_would_count_them_singly(ranges: list[NumberRange]) -> None:
    singly = {(item.prefix, number) for item in ranges for number in range(item.first, item.last + 1)}
    assert _distinct(ranges) == len(singly)


@given(st.fractions(), st.booleans())
def test_a_shown_number_is_near_and_short(value: Fraction, percent: bool) -> None:
    text = show(value, "en", percent=percent)
    assert text.endswith(" %") is percent
    shown = Fraction(text.removesuffix(" %")) / (100 if percent else 1)
    assert abs(shown - value) <= abs(value) / 10**5


def test_truth_values_and_words_are_shown_as_such() -> None:
    assert (show(value=True, lang="zh"), show(value=False, lang="en"), show("iso", "zh")) == ("是", "no", "iso")


# ---- the study format


MALFORMED = [
    ("meters.csv", "kWh,DEMO-E-01", "kWhh,DEMO-E-01", "E-UNIT-UNKNOWN"),
    ("meters.csv", "DEMO-G-01", "", "E-TABLE-EMPTY"),
    ("meters.csv", "m-gas,", "m-power,", "E-STUDY-DUPLICATE"),
    ("meters.csv", "2026-01-10", "2026-13-10", "E-TABLE-DATE"),
    ("meters.csv", "2024-06-01", "20240601", "E-TABLE-DATE"),
    ("meters.csv", "0.5S,2024", "0.5S,20240", "E-TABLE-DATE"),
    ("meters.csv", "48000,1,records", "48000,1,record", "E-EVIDENCE-UNKNOWN"),
    ("meters.csv", "id,name_zh", "id,colour,name_zh", "E-TABLE-COLUMN"),
    ("meters.csv", "400000,0.8693", "-400000,0.8693", "E-STUDY-NEGATIVE"),
    ("meters.csv", "400000,0.8693", "400000,86.93", "E-STUDY-SHARE"),
    ("meters.csv", "48000,1", "48 000,1", "E-NUMBER"),
    ("study.toml", "produced = 400000", "produced = 0", "E-STUDY-NEGATIVE"),
    ("cut_offs.csv", "film,包装膜", "film,", "E-TABLE-EMPTY"),
    ("cut_offs.csv", "0.0005", "NaN", "E-NUMBER"),
    ("cut_offs.csv", "0.0005", "-0.0005", "E-STUDY-SHARE"),
    ("cut_offs.csv", "lubricant,strips", "lubricant,sawmill", "E-STUDY-PROVIDER"),
    ("cut_offs.csv", "lubricant,润滑油", "film,润滑油", "E-STUDY-DUPLICATE"),
    ("cut_offs.csv", "0.006,用量很小。", "0.006,", "E-TABLE-EMPTY"),
    ("processes.csv", "mass,other", "volume,other", "E-TABLE-CHOICE"),
    ("processes.csv", "none,other", "none,ours", "E-TABLE-CHOICE"),
    ("exchanges.csv", "measured,m-gas", "read,m-gas", "E-TABLE-CHOICE"),
    ("study.toml", '"distribution"]', '"delivery"]', "E-KEY-CHOICE"),
    ("study.toml", '= 400\nholder       = "示', '= 0\nholder       = "示', "E-STUDY-NEGATIVE"),
    ("study.toml", 'project      = "DEMO wind farm"\n', "", "E-KEY-MISSING"),
    ("study.toml", "DEMO-W-000001..DEMO-W-000060", "DEMO-W-000001..DEMO-V-000060", "E-STUDY-CERTIFICATES"),
    ("study.toml", "DEMO-W-000001..DEMO-W-000060", "DEMO-W-0001..DEMO-W-000060", "E-STUDY-CERTIFICATES"),
    ("study.toml", "DEMO-W-000001..DEMO-W-000060", "no number", "E-STUDY-CERTIFICATES"),
    ("study.toml", '["2025-01", "2025-12"]', '["2025-12", "2025-01"]', "E-STUDY-MONTH"),
    ("study.toml", '["2025-01", "2025-12"]', '["2025-13", "2026-01"]', "E-STUDY-MONTH"),
    ("study.toml", '["2025-01", "2025-12"]', "2025", "E-KEY-TYPE"),
    ("study.toml", 'project      = "DEMO wind farm"', 'projekt      = "DEMO wind farm"', "E-KEY-UNKNOWN"),
    ("study.toml", '2026-01-31\nreference    = "DEMO-2026-0001"', '"soon"', "E-KEY-TYPE"),
    ("study.toml", "biogenic = 0.4275", "biogenic = -0.4275", "E-STUDY-NEGATIVE"),
    ("study.toml", 'meter    = "scale"', 'meter    = "balance"', "E-STUDY-METER"),
    ("study.toml", 'meter    = "scale"', 'meter    = "m-gas"', "E-UNIT-MISMATCH"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "code"), MALFORMED, ids=[f"{case[0]}-{case[3]}-{i}" for i, case in enumerate(MALFORMED)]
)
def test_a_malformed_table_is_refused_with_its_line(file: str, old: str, new: str, code: str) -> None:
    tables = dict(read_folder(BASES["tray"]).tables)
    text = tables[file].decode("utf-8")
    assert text.count(old) == 1
    tables[file] = text.replace(old, new).encode("utf-8")
    with pytest.raises(FootproofError) as caught:
        read_study(StudyFiles(tables, None))
    assert caught.value.code == code
    assert caught.value.where is not None
    line = text.count("\n", 0, text.index(old)) + 1
    if code == "E-KEY-MISSING":  # then the table is named in which the key is missing
        line = text.count("\n", 0, text.rindex("[contract.certificates]", 0, text.index(old))) + 1
    assert (caught.value.where.file, caught.value.where.line) == (file, line)


def test_what_supports_a_study_changes_no_figure() -> None:
    """Meters, cut-offs, certificates and marks of data are about the figures, not among them."""
    files = read_folder(BASES["tray"])
    tables = {name: data for name, data in files.tables.items() if name not in ("meters.csv", "cut_offs.csv")}
    text = tables["study.toml"].decode("utf-8")
    text = re.sub(r"\[contract\.certificates\]\n(?:\w+ *= .*\n)+", "", text)
    text = re.sub(r"\[carbon_content\]\n(?:\w+ *= .*\n)+", "", text)
    tables["study.toml"] = re.sub(r"(meter    = .*|stages   = .*|produced = .*)\n", "", text).encode("utf-8")
    for name, columns in (("exchanges.csv", ("data", "meter")), ("processes.csv", ("balance", "control"))):
        tables[name] = without(tables[name].decode("utf-8"), columns).encode("utf-8")
    bare = assessed(StudyFiles(tables, None), GENERIC)
    assert bare.study.meters is None
    assert bare.study.cut_offs is None
    assert bare.study.carbon_content is None
    assert bare.sheet_bytes == assessed(files, GENERIC).sheet_bytes


def without(text: str, columns: tuple[str, ...]) -> str:
    rows = list(csv.DictReader(io.StringIO(text)))
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, [name for name in rows[0] if name not in columns], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def with_data(**more: Any) -> Rulebook:
    asked = DataRequirement("power", Bilingual("用电", "electricity"), "6.3.5", DataSource.PRIMARY, **more)
    return replace(edition(GENERIC), data={"power": asked})


def test_data_that_a_rule_wants_from_the_site_must_be_measured_there() -> None:
    study = read_study(read_folder(BASES["tray"]))
    bare = read_study(read_folder(BASES["nmc811-pack"]))

    def missing(rule: Rulebook, of: Study) -> FactValue | None:
        assert of.known_on is not None
        return facts(assess(of, rule, BOOK, of.known_on)).get("required_data_missing")

    assert missing(with_data(stages=("manufacturing",)), study) == 0
    assert missing(with_data(stages=("distribution",)), study) == 1  # all of it is from dispatch lists
    assert missing(with_data(processes=("bamboo",)), study) == 1
    assert missing(with_data(), study) == 1  # uptake and harvest are the larger part, and from elsewhere
    assert missing(with_data(stages=("use",)), study) == 1  # nothing is no data from the site
    assert missing(with_data(), bare) is None  # no row says where its figure comes from
    assert missing(edition(GENERIC), bare) == 0


def of_the_plant(study: Study, **marks: str) -> Study:
    """Return the tray with some rows of manufacturing marked otherwise."""
    return replace(study, exchanges=tuple(replace(e, data=marks.get(e.id, e.data)) for e in study.exchanges))


def short(rule: Rulebook, study: Study) -> tuple[FactValue, set[int | None]]:
    assert study.known_on is not None
    known = known_facts(assess(study, rule, BOOK, study.known_on))["required_data_missing"]
    return known.value, {row.line for row in known.rows}


def test_one_measured_row_does_not_speak_for_a_stage() -> None:
    study = read_study(read_folder(BASES["tray"]))
    lines = {item.id: item.place.line for item in study.exchanges}
    plant = with_data(stages=("manufacturing",))
    assert short(plant, study) == (0, set())
    assert short(plant, of_the_plant(study, slip="estimated")) == (0, set())  # a thousandth of the gas burnt: minor
    for large in ("press-power", "saw-power", "gas"):
        assert short(plant, of_the_plant(study, **{large: "estimated"})) == (1, {lines[large]}), large
    worst = of_the_plant(study, **{"press-power": "estimated", "gas": "secondary", "slip": "estimated"})
    assert short(plant, worst) == (1, {lines[name] for name in ("press-power", "gas", "slip")})


@given(st.fractions(Fraction(1, 1000), 1))
def test_a_share_that_the_rule_states_is_the_limit_exactly(share: Fraction) -> None:
    wanted = Decimal(share.numerator) / Decimal(share.denominator)
    study = of_the_plant(read_study(read_folder(BASES["tray"])), **{"press-power": "estimated"})
    assert study.known_on is not None
    assessment = assess(study, with_data(stages=("manufacturing",), share=wanted), BOOK, study.known_on)
    rows = {item.id: item for item in study.exchanges}
    sizes: dict[bool, Fraction] = {True: Fraction(0), False: Fraction(0)}
    for term in View(assessment).terms:
        if term.stage == "manufacturing" and term.exchange:
            sizes[rows[term.exchange.id].data != "estimated"] += abs(term.value)
    reached = sizes[True] / (sizes[True] + sizes[False])
    assert facts(assessment)["required_data_missing"] == (0 if reached >= Fraction(wanted) else 1)


def test_a_rule_that_asks_for_no_site_data_has_none_given() -> None:
    assert "required_data_given" not in facts(assessed(read_folder(BASES["tray"]), GENERIC))
    assert facts(assessed(read_folder(BASES["tray"]), "seeded/rule/demo.tray/2026"))["required_data_given"] is True


# ---- checks without an answer


@pytest.mark.parametrize(
    ("check", "zero"),
    [
        ("cut_off_total / cut_off_largest <= 2", ("cut_off_largest",)),
        ("1 / (cut_off_total * contracts) < 1", ("cut_off_total",)),
        ("1 / (contracts - meters_reconciled) < 1", ("contracts", "meters_reconciled")),  # Two of each.
        ("if(contracts = 0, 1 / cut_off_largest, 1 / cut_off_total) < 1", ("cut_off_total",)),
        ('if(contracts > 0, lookup(cycles, "M1") / cut_off_total, 1) > 0', ("cut_off_total",)),
    ],
)
def test_a_check_that_divides_by_zero_leaves_the_other_clauses_their_answer(check: str, zero: tuple[str, ...]) -> None:
    files = read_folder(BASES["tray"])
    empty = {"cut_offs.csv": files.tables["cut_offs.csv"].splitlines()[0] + b"\n"}
    assessment = assessed(StudyFiles({**files.tables, **empty}, None), GENERIC)
    before = clause_report(assessment)
    broken = replace(clause(ClauseKind.CHECK, check=check), where="cut_offs.csv")
    tables = {"cycles": ("1", {"M1": Decimal(60)})}
    rule = replace(assessment.rule, tables=tables, clauses={broken.id: broken, **assessment.rule.clauses})
    first, *others = clause_report(replace(assessment, rule=rule))
    assert tuple(others) == before
    assert (first.outcome, first.missing) == (Outcome.EVIDENCE_MISSING, zero)
    assert first.finding is not None
    for name in zero:
        assert fact_name(name, "zh") in first.finding.zh
        assert fact_name(name, "en") in first.finding.en
    assert "cut_offs.csv" in first.finding.en
    assert not re.search(r"[\u4e00-\u9fff；]", first.finding.en)


def test_a_check_that_looks_up_what_is_not_there_has_no_answer_either() -> None:
    assessment = assessed(read_folder(BASES["tray"]), GENERIC)
    broken = clause(ClauseKind.CHECK, check="lookup(cycles, gwp_set) > 0")
    rule = replace(assessment.rule, tables={"cycles": ("1", {"M1": Decimal(60)})}, clauses={broken.id: broken})
    (found,) = clause_report(replace(assessment, rule=rule))
    assert (found.outcome, found.missing) == (Outcome.EVIDENCE_MISSING, ())
    assert found.finding is not None
    assert "cycles" in found.finding.zh


def test_a_study_without_processes_of_its_own_shows_no_site_data() -> None:
    files = read_folder(BASES["tray"])
    rows = files.tables["processes.csv"].decode("utf-8").replace(",own", ",other")
    report = by_id(clause_report(assessed(StudyFiles({**files.tables, "processes.csv": rows.encode()}, None), GENERIC)))
    assert report["6.3.5"].outcome is Outcome.EVIDENCE_MISSING
    assert report["6.3.5-site-evidence"].outcome is Outcome.EVIDENCE_MISSING


def test_an_empty_list_says_that_nothing_is_left_out() -> None:
    files = read_folder(BASES["tray"])
    header = files.tables["cut_offs.csv"].decode("utf-8").splitlines()[0] + "\n"
    found = facts(assessed(StudyFiles({**files.tables, "cut_offs.csv": header.encode()}, None), GENERIC))
    assert (found["cut_offs_listed"], found["cut_off_total"], found["cut_off_largest"]) == (True, 0, 0)


# ---- the command


def test_the_command_prints_every_clause_and_its_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTPROOF_LANG", "en")
    ran = CliRunner().invoke(command, [str(BASES["tray"]), "--rulebook", GENERIC, "--json"], standalone_mode=False)
    assert ran.return_value == 0
    record = json.loads(ran.output)
    assert record["ok"] is True
    assert sum(record["counts"].values()) == len(record["clauses"]) == len(edition(GENERIC).clauses)
    found = {item["id"]: item for item in record["clauses"]}
    assert found["6.4.9.4-cancelled"]["values"] == {"green_mwh_claimed": "120", "green_mwh_cancelled": "120"}
    assert found["6.3.4-limits"]["values"]["cut_off_total"] == "0.0065"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_speaks_one_language_and_puts_what_is_wrong_first(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTPROOF_LANG", lang)
    monkeypatch.setenv("COLUMNS", "400")
    call = [str(BASES["portland-cement"]), "--rulebook", GENERIC]
    ran = CliRunner().invoke(command, call, standalone_mode=False)
    assert ran.return_value == 1
    words = {
        "zh": ("不满足", "缺证据", "须判断", "满足"),
        "en": ("not met", "evidence missing", "needs judgement", "met"),
    }
    positions = [ran.output.index(f"\n{word}  ") for word in words[lang]]
    assert all(a < b for a, b in pairwise(positions))
    assert "6.3.5-source" in ran.output
    assert "exchanges.csv, line" in ran.output
    if lang == "en":
        assert not re.search(r"[\u4e00-\u9fff]", ran.output)


def test_a_recommendation_that_is_not_met_does_not_fail_the_command() -> None:
    _, report = seeded("glue-of-2009")
    assert report["6.3.5-age"].outcome is Outcome.NOT_MET
    assert unmet(tuple(report.values())) == ()


def test_a_folder_that_is_no_study_is_a_bad_call(tmp_path: Path) -> None:
    ran = CliRunner().invoke(command, [str(tmp_path), "--rulebook", GENERIC], standalone_mode=False)
    assert isinstance(ran.exception, FootproofError)
    assert ran.exception.code == "E-STUDY-FOLDER"


def test_an_uptake_that_a_factor_brings_and_the_product_holds_is_no_offset() -> None:
    """Bamboo bought in: its factor takes up what the product holds and the offcuts give off, stated as CO2."""
    files = planted(
        {
            "base": "tray",
            "edit": [
                {"table": "exchanges.csv", "row": "uptake", "set": {"amount": "0"}},
                {
                    "table": "factors.csv",
                    "add": {"id": "grown", "name_zh": "竹材生长", "name_en": "growth of bamboo", "value": "1.65"}
                    | {"unit": "kg / kg", "quantity": "life-cycle CO2e", "scope": "life cycle"}
                    | {"origin": "biogenic_removal", "gas": "CO2", "boundary": "growth", "region": "CN"}
                    | {"year": "2024", "source": "DEMO", "confidence": "secondary"},
                },
                {
                    "table": "exchanges.csv",
                    "add": {"process": "bamboo", "id": "grown", "kind": "input", "amount": "1", "unit": "kg"}
                    | {"name_zh": "竹材生长", "name_en": "growth of bamboo", "from": "factor:grown", "source": "DEMO"},
                },
            ],
        }
    )
    assert by_id(clause_report(assessed(files, GENERIC)))["1"].outcome is Outcome.MET


def test_an_uptake_left_open_names_its_row_and_reason() -> None:
    _, report = seeded("small-forest-as-uptake")
    found = report["1"]
    assert [(row.file, row.field) for row in found.rows] == [("exchanges.csv", "from")]
    assert found.finding is not None
    assert "碳汇" in found.finding.zh
    assert "a sink elsewhere" in found.finding.en

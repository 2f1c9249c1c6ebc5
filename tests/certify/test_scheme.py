"""Schemes as data: what ships can be run, the interpreter keeps order, and what makes no sense is named."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footproof.certify.conditions import FactValue, unmet
from footproof.certify.scheme import (
    activities_for,
    add_months,
    derived_type,
    due,
    lint,
    load_scheme,
    missing_before,
    read_scheme,
    ready,
    schemes_in,
    shipped_schemes,
    suspended_until,
    triggered,
    valid_until,
)
from footproof.errors import FootproofError
from footproof.model.parameter import Confidence
from footproof.model.rulebook import Status
from footproof.model.scheme import Activity, CaseKind, Function, Scheme
from footproof.texts import describe

ROOT = Path(__file__).resolve().parents[2] / "src/footproof/schemes"
LABEL = load_scheme("cn.cfp.label@CNCA-CFP-00-2025")
names = st.sampled_from(shipped_schemes())
kinds = st.sampled_from(list(CaseKind))
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def _codes(problems: tuple[FootproofError, ...]) -> set[str]:
    return {problem.code for problem in problems}


def test_the_schemes_of_the_issue_ship() -> None:
    assert {name.partition("@")[0] for name in shipped_schemes()} == {
        "cn.cfp.label",
        "cn.cfp.reduction-label",
        "cn.carbon-neutral",
        "cn.carbon-management",
        "cn.green-building-materials",
        "cn.energy-management",
        "cn.environmental-management",
        "cn.carbon-service",
    }


@pytest.mark.parametrize("name", shipped_schemes())
def test_a_shipped_scheme_makes_sense(name: str) -> None:
    scheme = load_scheme(name)
    assert [describe(problem, "en") for problem in lint(scheme)] == []
    assert scheme.name == name
    assert scheme.digest.startswith("sha256:")


@pytest.mark.parametrize("name", shipped_schemes())
def test_nothing_that_was_not_read_is_told_as_law(name: str) -> None:
    scheme = load_scheme(name)
    assert scheme.status is not Status.IN_FORCE
    assert scheme.gaps
    assert set(scheme.unconfirmed) == set(scheme.figures)
    for figure in scheme.figures.values():
        if "assumed" in figure.source:
            assert figure.confidence is Confidence.RECALLED, figure.id


@pytest.mark.parametrize("kind", list(CaseKind))
@pytest.mark.parametrize("name", shipped_schemes())
def test_every_kind_of_case_ends_in_a_decision(name: str, kind: CaseKind) -> None:
    functions = [one.function for one in activities_for(load_scheme(name), kind)]
    assert functions.index(Function.REVIEW) < functions.index(Function.DECISION)
    assert Function.DETERMINATION in functions[: functions.index(Function.REVIEW)]


def test_the_label_scheme_has_the_eight_steps_the_rules_name() -> None:
    ids = [one.id for one in activities_for(LABEL, CaseKind.INITIAL)]
    assert ids[:6] == [
        "application",
        "acceptance",
        "planning",
        "document-review",
        "site-inspection",
        "pcf-verification",
    ]
    assert ids[6:] == ["review", "decision", "certificate", "mark-licence"]
    assert any(CaseKind.SURVEILLANCE in one.kinds for one in LABEL.activities)
    assert [one.id for one in LABEL.conclusions] == ["number", "product-consistency", "continued-reduction"]
    assert len(LABEL.catalogue) == 17
    assert LABEL.valid_months == 24
    assert LABEL.surveillance.every_months == 12
    assert (LABEL.national, LABEL.filing_needed) == (True, False)


@settings(deadline=None)
@given(names, kinds, st.data())
def test_whatever_is_done_in_an_allowed_order_reaches_the_end(name: str, kind: CaseKind, data: st.DataObject) -> None:
    scheme = load_scheme(name)
    wanted = activities_for(scheme, kind)
    done: list[str] = []
    while open_ := ready(scheme, kind, done):
        one = data.draw(st.sampled_from(open_))
        assert missing_before(scheme, kind, one.id, done) == ()
        done.append(one.id)
    assert sorted(done) == sorted(one.id for one in wanted)
    for one in wanted:
        assert {need for need in one.needs if need in done[done.index(one.id) :]} == set()


@settings(deadline=None)
@given(names, kinds, st.data())
def test_what_is_not_ready_misses_something(name: str, kind: CaseKind, data: st.DataObject) -> None:
    scheme = load_scheme(name)
    wanted = [one.id for one in activities_for(scheme, kind)]
    needs = {one.id: set(one.needs) & set(wanted) for one in scheme.activities}
    done = data.draw(st.sets(st.sampled_from(wanted)))
    open_ = {one.id for one in ready(scheme, kind, done)}
    for activity in wanted:
        if activity in open_:
            assert needs[activity] <= done
        elif activity not in done:
            assert missing_before(scheme, kind, activity, done)


@given(names, days)
def test_validity_is_as_long_as_the_scheme_says_and_no_day_longer(name: str, on: date) -> None:
    scheme = load_scheme(name)
    last = valid_until(scheme, on)
    assert on < last
    assert add_months(on, scheme.valid_months) == last + timedelta(days=1)
    assert valid_until(scheme, on + timedelta(days=1)) >= last


@pytest.mark.parametrize(
    ("day", "months", "needed"),
    [
        (date(2026, 3, 17), 24, date(2028, 3, 17)),
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2026, 12, 31), 2, date(2027, 3, 1)),
        (date(2026, 10, 31), 1, date(2026, 12, 1)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
    ],
)
def test_months_are_counted_as_people_count_them(day: date, months: int, needed: date) -> None:
    assert add_months(day, months) == needed


@given(names, days, st.lists(st.integers(0, 2000), max_size=5))
def test_surveillance_is_never_later_than_its_interval(name: str, granted: date, offsets: list[int]) -> None:
    scheme = load_scheme(name)
    done = [granted + timedelta(days=offset) for offset in offsets]
    found = due(scheme, granted, done)
    every = scheme.surveillance.every_months
    if found is None:
        assert every is None or add_months(max([granted, *done]), every) > valid_until(scheme, granted)
        return
    assert every is not None
    assert found == add_months(max([granted, *done]), every) <= valid_until(scheme, granted)


def test_an_early_surveillance_brings_the_next_forward() -> None:
    energy = load_scheme("cn.energy-management@GBT-23331-2020")
    granted = date(2026, 1, 10)
    assert due(energy, granted, []) == date(2027, 1, 10)
    assert due(energy, granted, [date(2026, 11, 1)]) == date(2027, 11, 1)
    assert due(energy, granted, [date(2025, 6, 1)]) == date(2027, 1, 10)
    assert due(LABEL, granted, [date(2027, 1, 10)]) is None
    assert suspended_until(LABEL, date(2026, 3, 1)) == date(2026, 8, 31)


def test_types_follow_from_what_is_done() -> None:
    types = {load_scheme(name).id: derived_type(load_scheme(name)) for name in shipped_schemes()}
    assert types["cn.carbon-service"] == "6"
    assert types["cn.cfp.label"] == "5"
    assert types["cn.energy-management"] == ""
    without = replace(LABEL, activities=tuple(replace(one, kinds=(CaseKind.INITIAL,)) for one in LABEL.activities))
    assert derived_type(without) == "1b"
    unlicensed = tuple(one for one in without.activities if one.function is not Function.LICENSING)
    assert derived_type(replace(without, activities=unlicensed)) == "1a"


@pytest.mark.parametrize(
    ("techniques", "needed"),
    [
        (["market-sample"], "2"),
        (["factory-sample"], "3"),
        (["production"], "3"),
        (["market-sample", "production"], "4"),
    ],
)
def test_samples_after_certification_make_the_type(techniques: list[str], needed: str) -> None:
    lines = "\n".join(
        f'[[activity]]\nid = "after-{index}"\ntitle = {{ zh = "监督", en = "after" }}\nfunction = "determination"\n'
        f'role = "assessor"\nkinds = ["surveillance"]\ntechnique = "{technique}"\n'
        for index, technique in enumerate(techniques)
    )
    extra = read_scheme(_files(lambda text: text.replace('technique = "system-audit"', "") + lines))
    assert derived_type(extra) == needed


def test_evaluation_and_decision_are_apart() -> None:
    for name in shipped_schemes():
        for one in load_scheme(name).activities:
            if one.function in (Function.REVIEW, Function.DECISION):
                assert {"assessor"} <= set(one.separate_from), f"{name}: {one.id}"
    decision = LABEL.activity("decision")
    assert decision is not None
    assert "verifier" in decision.separate_from
    needed = ("planner", "assessor", "verifier", "reviewer", "decision-maker")
    assert tuple(dict.fromkeys(one.role for one in activities_for(LABEL, CaseKind.SURVEILLANCE))) == needed


def test_the_label_scheme_asks_for_ten_staff_and_three_months() -> None:
    facts: dict[str, FactValue] = {
        "body_approved": True,
        "pilot_body": True,
        "fulltime_staff": Decimal(10),
        "legal_person": True,
        "management_system_months": Decimal(3),
    }
    asked = (*LABEL.body_requirements, *LABEL.client_requirements)
    assert unmet(asked, facts, LABEL.figures) == ()
    nine = unmet(asked, {**facts, "fulltime_staff": Decimal(9)}, LABEL.figures)
    assert [one.code for one in nine] == ["E-SCHEME-REQUIREMENT"]
    assert _codes(unmet(asked, {}, LABEL.figures)) == {"E-SCHEME-REQUIREMENT-OPEN"}
    assert unmet(LABEL.client_requirements, {**facts, "pilot_body": False}, LABEL.figures) == ()


@pytest.mark.parametrize(("move", "found"), [("0.05", []), ("0.0500001", ["factor-move"])])
def test_a_move_beyond_the_limit_triggers_and_the_limit_itself_does_not(move: str, found: list[str]) -> None:
    assert [one.id for one in triggered(LABEL, {"abs_move": Decimal(move)})] == found


def test_an_activity_stays_until_its_condition_is_known_not_to_hold() -> None:
    energy = load_scheme("cn.energy-management@GBT-23331-2020")

    def stage_1(facts: Mapping[str, FactValue]) -> bool:
        return "stage-1" in {one.id for one in activities_for(energy, CaseKind.RENEWAL, facts)}

    assert stage_1({})
    assert stage_1({"first_audit": False})
    assert stage_1({"first_audit": False, "system_changed": True})
    assert not stage_1({"first_audit": False, "system_changed": False})
    left_out = {"first_audit": False, "system_changed": False}
    before = missing_before(energy, CaseKind.RENEWAL, "stage-2", (), cast(Mapping[str, FactValue], left_out))
    assert [one.id for one in before] == ["application", "acceptance", "planning"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"abs_mov": Decimal(1)}, "E-SCHEME-FACT"),
        ({"abs_move": "1"}, "E-SCHEME-FACT-VALUE"),
        ({"abs_move": Decimal(-1)}, "E-SCHEME-FACT-VALUE"),
        ({"abs_move": Decimal("NaN")}, "E-SCHEME-FACT-VALUE"),
        ({"pilot_body": Decimal(1)}, "E-SCHEME-FACT-VALUE"),
    ],
)
def test_facts_are_declared_as_the_scheme_knows_them(facts: dict[str, FactValue], code: str) -> None:
    with pytest.raises(FootproofError) as refusal:
        activities_for(LABEL, CaseKind.INITIAL, facts)
    assert refusal.value.code == code


def test_an_activity_of_another_kind_of_case_is_named() -> None:
    with pytest.raises(FootproofError) as refusal:
        missing_before(LABEL, CaseKind.SURVEILLANCE, "certificate", ())
    assert refusal.value.code == "E-SCHEME-ACTIVITY"
    assert "site-inspection" in str(refusal.value.values["known"])


# ---- planted defects


def _changed(scheme: Scheme, name: str, **changes: object) -> Scheme:
    def change(one: Activity) -> Activity:
        return replace(one, **changes) if one.id == name else one  # type: ignore[arg-type]

    return replace(scheme, activities=tuple(map(change, scheme.activities)))


def _without(scheme: Scheme, name: str) -> Scheme:
    kept = (one for one in scheme.activities if one.id != name)
    return replace(
        scheme, activities=tuple(replace(one, needs=tuple(x for x in one.needs if x != name)) for one in kept)
    )


DEFECTS = {
    "a need nobody fulfils": (_changed(LABEL, "review", needs=("audit",)), "E-SCHEME-NEED"),
    "a ring": (_changed(LABEL, "planning", needs=("review",)), "E-SCHEME-CYCLE"),
    "a role nobody has": (_changed(LABEL, "review", role="boss"), "E-SCHEME-ROLE"),
    "a role apart from itself": (_changed(LABEL, "review", separate_from=("reviewer",)), "E-SCHEME-ROLE"),
    "the assessor may review": (_changed(LABEL, "review", separate_from=("verifier",)), "E-SCHEME-SEPARATION"),
    "the verifier may decide": (_changed(LABEL, "decision", separate_from=("assessor",)), "E-SCHEME-SEPARATION"),
    "no decision": (_without(LABEL, "decision"), "E-SCHEME-FUNCTION"),
    "no review": (_without(LABEL, "review"), "E-SCHEME-FUNCTION"),
    "no certificate": (_changed(LABEL, "certificate", function=Function.LICENSING), "E-SCHEME-FUNCTION"),
    "review before verification": (
        _changed(LABEL, "review", needs=("document-review", "site-inspection")),
        "E-SCHEME-ORDER",
    ),
    "certificate before decision": (_changed(LABEL, "certificate", needs=("review",)), "E-SCHEME-ORDER"),
    "an activity for nothing": (
        replace(
            LABEL,
            activities=(
                *LABEL.activities,
                replace(LABEL.activities[0], id="tea", needs=(), function=Function.SELECTION),
            ),
        ),
        "E-SCHEME-UNREACHABLE",
    ),
    "an activity of no case": (_changed(LABEL, "planning", kinds=()), "E-SCHEME-UNREACHABLE"),
    "a condition over nothing": (_changed(LABEL, "planning", condition="weather"), "E-SCHEME-FACT"),
    "an unknown competence": (_changed(LABEL, "planning", competence=("charm",)), "E-SCHEME-COMPETENCE"),
    "a clock that runs backwards": (
        replace(LABEL, time_limits=(replace(LABEL.time_limits[0], start="certificate", end="acceptance"),)),
        "E-SCHEME-TIME",
    ),
    "the national mark under a filed rule": (replace(LABEL, national=False), "E-SCHEME-MARK"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_lint_names_a_planted_defect_and_nothing_else(name: str) -> None:
    scheme, code = DEFECTS[name]
    assert _codes(lint(scheme)) == {code}


# ---- reading


def _files(change: object = None) -> dict[str, bytes]:
    folder = ROOT / "cn.cfp.label/CNCA-CFP-00-2025"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    if callable(change):
        files["scheme.toml"] = change(_plain(files["scheme.toml"].decode())).encode()
    return files


def _plain(text: str) -> str:
    """Return a file without the spaces that align its values."""
    return re.sub(r"^(\w+) +=", r"\1 =", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("national = true", "national = true\nnationl = true", "E-KEY-UNKNOWN"),
        ('object = "product"', 'object = "car"', "E-KEY-CHOICE"),
        ("[figure.valid_months]", "[figure.valid_month]", "E-KEY-MISSING"),
        ("value = 24", "value = 24.5", "E-SCHEME-FIGURE"),
        ("value = 24", "value = 0", "E-SCHEME-FIGURE"),
        ('id = "acceptance"', 'id = "application"', "E-SCHEME-TWICE"),
        (', en = "Application" }', " }", "E-TEXT-LANGUAGE"),
        ('check = "abs_move > drift_limit"', 'check = "abs_move >"', "E-EXPR-SYNTAX"),
        ('figure = "process_days"', 'figure = "pilot_bodies"', "E-SCHEME-FIGURE"),
        ('kinds = ["initial",', 'kinds = ["first",', "E-KEY-CHOICE"),
    ],
)
def test_a_scheme_is_read_strictly(old: str, new: str, code: str) -> None:
    assert old in _plain((ROOT / "cn.cfp.label/CNCA-CFP-00-2025/scheme.toml").read_text("utf-8"))
    with pytest.raises(FootproofError) as refusal:
        read_scheme(_files(lambda text: text.replace(old, new, 1)))
    assert refusal.value.code == code


def test_the_digest_covers_every_file() -> None:
    files = _files()
    digests = {read_scheme(files).digest}
    for name in files:
        digests.add(read_scheme({**files, name: files[name] + b"\n# note\n"}).digest)
    assert len(digests) == 1 + len(files)


def _copy(folder: Path, identity: str, edition: str, old: str = "", new: str = "") -> Path:
    target = folder / identity / edition
    target.mkdir(parents=True)
    for name, data in _files((lambda text: text.replace(old, new)) if old else None).items():
        (target / name).write_bytes(data)
    return target


def test_a_scheme_of_ones_own_needs_no_code(tmp_path: Path) -> None:
    _copy(tmp_path, "my.scheme", "1", 'id = "cn.cfp.label"', 'id = "my.scheme"')
    _rename(tmp_path / "my.scheme/1/scheme.toml", 'edition = "CNCA-CFP-00-2025"', 'edition = "1"')
    found = schemes_in(tmp_path)
    assert list(found) == ["my.scheme@1"]
    assert lint(found["my.scheme@1"]) == ()
    assert found["my.scheme@1"].digest != LABEL.digest


def _rename(path: Path, old: str, new: str) -> None:
    path.write_text(_plain(path.read_text("utf-8")).replace(old, new), "utf-8")


def test_a_folder_is_named_as_its_edition(tmp_path: Path) -> None:
    _copy(tmp_path, "other.name", "CNCA-CFP-00-2025", 'id = "cn.cfp.label"', 'id = "my.scheme"')
    with pytest.raises(FootproofError) as refusal:
        schemes_in(tmp_path)
    assert refusal.value.code == "E-SCHEME-NAME"


def test_no_folder_passes_for_a_shipped_scheme(tmp_path: Path) -> None:
    same = _copy(tmp_path / "a", "cn.cfp.label", "CNCA-CFP-00-2025")
    assert load_scheme(str(same)).digest == LABEL.digest
    other = _copy(tmp_path / "b", "cn.cfp.label", "CNCA-CFP-00-2025", "value = 24", "value = 36")
    with pytest.raises(FootproofError) as refusal:
        load_scheme(str(other))
    assert refusal.value.code == "E-SCHEME-SHADOW"


def test_what_would_stay_out_of_the_digest_is_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path, "cn.cfp.label", "CNCA-CFP-00-2025")
    (folder / "notes.md").write_text("more rules", "utf-8")
    with pytest.raises(FootproofError) as refusal:
        load_scheme(str(folder))
    assert refusal.value.code == "E-SCHEME-FILE"


@pytest.mark.parametrize("name", ["cn.cfp.label", "cn.cfp.label@2024", "./nowhere"])
def test_an_unknown_scheme_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(FootproofError) as refusal:
        load_scheme(name)
    assert refusal.value.code == "E-SCHEME-UNKNOWN"
    assert LABEL.name in str(refusal.value.values["known"])


def test_the_grid_has_four_modules_by_seven_clauses() -> None:
    grid = load_scheme("cn.carbon-management@2021-draft").grid
    assert grid is not None
    assert (len(grid.modules), len(grid.clauses)) == (4, 7)
    assert ("neutrality", "evaluation") in grid.questions

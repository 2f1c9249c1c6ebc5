"""A sector rule takes over what it does not say, and may only tighten or choose."""

from decimal import Decimal

import pytest

from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.rulebook import ClauseKind, DataRequirement, DataSource, Rulebook
from footproof.rules.inherit import stricter_data
from footproof.rules.rulebook import load_rulebook, read_rulebook, survey
from rules.small import FRAME, FRAME_RULE, KETTLE, edited, encoded, frame, kettle, parents


def child(more: str = "", clauses: str = "") -> Rulebook:
    """Return the sector rule with something added to its files."""
    files = {**KETTLE, "rule.toml": KETTLE["rule.toml"] + more, "clauses.toml": KETTLE["clauses.toml"] + clauses}
    return read_rulebook(encoded(files), parents)


def refused(more: str = "", clauses: str = "") -> FootproofError:
    """Return why the sector rule is refused."""
    with pytest.raises(FootproofError) as caught:
        child(more, clauses)
    return caught.value


def clause(name: str, kind: str, severity: str, rest: str = "") -> str:
    """Return a clause as TOML."""
    return (
        f'\n[[clause]]\nid = "{name}"\nrefers_to = "invented"\nkind = "{kind}"\nseverity = "{severity}"\n'
        f'confidence = "derived"\ntext = {{ zh = "示例", en = "DEMO" }}\n{rest}\n'
    )


# ---- what is taken over


def test_what_an_edition_does_not_say_it_takes_from_its_parent() -> None:
    parent, rule = frame(), kettle()
    for key in ("stages", "gwp", "biogenic", "methane", "digits", "electricity", "recycling", "data", "given"):
        assert getattr(rule, key) == getattr(parent, key), key
    assert parent.formulas.items() <= rule.formulas.items()
    assert parent.clauses.items() <= rule.clauses.items()
    assert rule.axes["end_of_life"] == parent.axes["end_of_life"]
    assert list(rule.axes) == ["end_of_life", "life", "electricity"]  # inherited first, then as the edition lists them
    assert rule.parent_digest == parent.digest


def test_cases_belong_to_one_edition() -> None:
    assert {case.formula for case in frame().cases} == {"worked"}
    assert {case.formula for case in kettle().cases} == {"years_of_use"}
    assert {case.clause for case in kettle().check_cases} == {"K-4"}


def test_an_inherited_axis_is_chosen() -> None:
    axis = kettle().axes["electricity"]
    assert (axis.default, axis.open, axis.clause) == ("average", False, "F-1")
    assert axis.companion == ""  # the companion is now what counts
    assert [option.id for option in axis.options] == ["contracts", "average"]


def test_a_grandchild_inherits_from_both() -> None:
    grandchild = {
        "rule.toml": 'id = "demo.travel"\nedition = "1"\nstatus = "draft"\nparent = "demo.kettle@1"\n'
        'title = { zh = "示例旅行水壶", en = "Demonstration travel kettle" }\n'
        '[status_note]\nzh = "示例"\nen = "DEMO"\n[axis.life]\nchoose = "fixed"\n',
        "clauses.toml": clause("T-1", "judgement", "may"),
    }
    rule = read_rulebook(encoded(grandchild), lambda _: kettle())
    assert rule.functional_unit == kettle().functional_unit
    assert rule.tables == kettle().tables
    assert rule.decisions == kettle().decisions
    assert rule.formulas == kettle().formulas
    assert rule.axes["life"].default == "fixed"
    assert set(rule.clauses) == {"F-1", "F-2", "F-3", "F-4", "K-1", "K-2", "K-3", "K-4", "K-5", "T-1"}


def test_an_axis_without_a_clause_takes_the_one_that_names_it() -> None:
    files = edited(KETTLE, rule=('clause  = "K-2"\ndefault = "table"', 'default = "table"'))
    _rule, problems = survey(encoded(files), parents)
    assert [problem.code for problem in problems] == ["E-RULE-AXIS-CLAUSE"]
    named = edited(
        files,
        clauses=(
            'refers_to  = "invented"\nkind       = "check"',
            'refers_to  = "invented"\naxis = "life"\nkind = "check"',
        ),
    )
    assert read_rulebook(encoded(named), parents).axes["life"].clause == "K-4"


# ---- what tightens


def test_what_tightens_is_admitted() -> None:
    more = (
        '\n[data.energy]\nname = { zh = "能源", en = "energy" }\nclause = "F-3"\nsource = "primary"\nquality = 2\n'
        '[axis.end_of_life]\nname = { zh = "报废", en = "End of life" }\nclause = "F-2"\n'
        'default = "cut_off"\nopen = false\n[axis.end_of_life.option.cut_off]\nname = { zh = "截断", en = "cut-off" }\n'
        '[axis.end_of_life.option.shared]\nname = { zh = "共担", en = "shared" }\n'  # the parent's axis is extensible
    )
    needs = 'needs = ["energy_measured", "meters_calibrated"]'
    check = 'check = "left_out <= 0.01"\nwhere = "x"\nfinding = { zh = "示例", en = "DEMO" }'
    rule = child(more, clause("F-3", "evidence", "shall", needs) + clause("F-4", "check", "shall", check))
    assert rule.data["energy"].quality == Decimal(2)
    assert rule.data["energy"].source is DataSource.PRIMARY
    assert rule.clauses["F-4"].severity == "shall"
    assert rule.clauses["F-4"].kind is ClauseKind.CHECK
    assert [option.id for option in rule.axes["end_of_life"].options] == ["cut_off", "shared"]


POWER = (
    '\n[electricity]\nclause = "F-1"\naverage = "a"\ndelivery = "b"\nadmitted = "1"\ncriteria = ["unique"]\n'
    '[electricity.technology]\nwind = "cn.electricity.wind"\n'
)
AXIS = (
    '\nname = { zh = "电力", en = "Electricity" }\nclause = "F-1"\ndefault = "average"\nopen = false\n'
    '[axis.electricity.option.average]\nname = { zh = "平均", en = "average" }\n'
    '[axis.electricity.option.hope]\nname = { zh = "希望", en = "hope" }\n'
)
FORMULA = '\n[formula.credit_share]\nclause = "F-2"\nname = { zh = "份额", en = "share" }\nunit = "1"\nexpr = "1"\n'
DATA = '\n[data.energy]\nname = { zh = "能源", en = "energy" }\nclause = "F-3"\nsource = "SOURCE"\nquality = SCORE\n'
TERM = '\n[[recycling]]\nid = "avoided"\nstage = "end_of_life"\nclause = "F-2"\nfactor = "virgin"\namount = "amount"\n'


@pytest.mark.parametrize(
    ("more", "clauses", "item", "name", "file"),
    [
        (POWER, "", "electricity rule", "criteria", "rule.toml"),
        (FORMULA, "", "named formula", "credit_share", "rule.toml"),
        (DATA.replace("SOURCE", "any").replace("SCORE", "3"), "", "data requirement", "energy", "rule.toml"),
        (DATA.replace("SOURCE", "primary").replace("SCORE", "4"), "", "data requirement", "energy", "rule.toml"),
        (TERM, "", "recycling term", "avoided", "rule.toml"),
        ("", clause("F-3", "evidence", "should", 'needs = ["x"]'), "clause of the rule", "F-3", "clauses.toml"),
        ("", clause("F-3", "judgement", "shall"), "clause of the rule", "F-3", "clauses.toml"),
        ("", clause("F-4", "evidence", "should", 'needs = ["x"]'), "clause of the rule", "F-4", "clauses.toml"),
        ("", clause("F-4", "check", "may", 'check = "x"'), "clause of the rule", "F-4", "clauses.toml"),
    ],
)
def test_what_loosens_the_parent_is_refused(more: str, clauses: str, item: str, name: str, file: str) -> None:
    problem = refused(more, clauses)
    assert problem.code == "E-RULE-LOOSER"
    assert (problem.values["item"], problem.values["id"]) == (item, name)
    assert problem.values["parent"] == "demo.frame@1"
    assert problem.where is not None
    assert (problem.where.file, problem.where.line is not None) == (file, True)


@pytest.mark.parametrize(
    ("before", "after", "code", "name"),
    [
        ('choose = "average"', AXIS, "E-RULE-LOOSER", "electricity"),
        ('parent  = "demo.frame@1"', 'parent = "demo.frame@1"\nbiogenic = "ef"', "E-RULE-LOOSER", "biogenic"),
        ('parent  = "demo.frame@1"', 'parent = "demo.frame@1"\ngwp = "gwp100.ar5"', "E-RULE-LOOSER", "gwp"),
        ('choose = "average"', 'choose = "hope"', "E-RULE-AXIS", None),
        ('choose = "average"', 'choose = "average"\nopen = true', "E-KEY-UNKNOWN", None),
        ("[axis.electricity]", "[axis.power]", "E-RULE-SENSE", None),
    ],
)
def test_an_edition_that_leaves_its_parent_is_refused(before: str, after: str, code: str, name: str | None) -> None:
    with pytest.raises(FootproofError) as caught:
        read_rulebook(encoded(edited(KETTLE, rule=(before, after))), parents)
    assert caught.value.code == code
    if name:
        assert caught.value.values["id"] == name


@pytest.mark.parametrize(
    ("rows", "loosens"),
    [
        ("plain = 5\ninsulated = 8\nfixed = 4\nlarge = 9", False),
        ("plain = 6\ninsulated = 8\nfixed = 4", True),
        ("plain = 5\ninsulated = 8", True),
    ],
)
def test_rows_of_an_inherited_table_stand(rows: str, loosens: bool) -> None:
    text = (
        'id = "demo.travel"\nedition = "1"\nstatus = "draft"\nparent = "demo.kettle@1"\n'
        'title = { zh = "示例", en = "DEMO" }\n[status_note]\nzh = "示例"\nen = "DEMO"\n'
        f'[table.years]\nunit = "a"\nsource = "invented"\n[table.years.rows]\n{rows}\n'
    )
    files = encoded({"rule.toml": text, "clauses.toml": clause("T-1", "judgement", "may")})
    _rule, problems = survey(files, lambda _: kettle())
    assert [problem.code for problem in problems] == (["E-RULE-LOOSER"] if loosens else [])


@pytest.mark.parametrize(
    ("requirement", "loosens"),
    [
        ('options = ["plain"]', False),
        ('options = ["plain", "glass"]', True),
        ('options = ["plain"]\ndefault = "plain"', True),
        ('unit = "kg"', True),
    ],
)
def test_required_words_may_become_fewer(requirement: str, loosens: bool) -> None:
    text = (
        'id = "demo.travel"\nedition = "1"\nstatus = "draft"\nparent = "demo.kettle@1"\n'
        'title = { zh = "示例", en = "DEMO" }\n[status_note]\nzh = "示例"\nen = "DEMO"\n'
        f'[require.kind]\nname = {{ zh = "类型", en = "kind" }}\n{requirement}\n'
    )
    files = encoded({"rule.toml": text, "clauses.toml": clause("T-1", "judgement", "may")})
    _rule, problems = survey(files, lambda _: kettle())
    assert ("E-RULE-LOOSER" in [problem.code for problem in problems]) is loosens


def test_all_problems_are_found_at_once() -> None:
    files = edited(
        KETTLE,
        rule=(
            'unit = "m3 / a"\nname = { zh = "每年烧水量", en = "water boiled a year" }',
            'unit = "jug"\nbonus = 1\nname = { zh = "每年烧水量" }',
        ),
        clauses=(
            'id         = "K-5"\nrefers_to  = "invented"\nkind       = "judgement"',
            'id = "K-5"\nrefers_to = "invented"',
        ),
        K4=("met   = false", 'met = "perhaps"'),
    )
    _rule, problems = survey(encoded(files), parents)
    assert {problem.code for problem in problems} == {"E-KEY-UNKNOWN", "E-UNIT-UNKNOWN", "E-KEY-MISSING", "E-KEY-TYPE"}
    assert all(problem.where and problem.where.line for problem in problems)


def test_the_shipped_sector_rule_redefines_an_inherited_axis() -> None:
    traction = load_rulebook("cn.pcf.traction-battery@2026-provisional")
    assert list(traction.axes)[-3:] == ["lifetime", "electricity", "end_of_life"]
    assert traction.axes["electricity"].open


def test_a_parent_that_is_no_edition_is_refused() -> None:
    files = edited(KETTLE, rule=('parent  = "demo.frame@1"', 'parent = "demo.nothing@1"'))
    with pytest.raises(FootproofError, match="E-RULE-UNKNOWN"):
        read_rulebook(encoded(files), parents)


def test_without_a_parent_everything_must_be_said() -> None:
    text = FRAME_RULE.replace('gwp      = "gwp100.ar6"\n', "").replace("digits   = 6\n", "")
    rule, problems = survey(encoded({**FRAME, "rule.toml": text}), parents)
    assert rule is None
    assert {str(problem.values.get("key")) for problem in problems} == {"gwp", "digits"}


def wanted(share: str | None, stages: tuple[str, ...] = (), processes: tuple[str, ...] = ()) -> DataRequirement:
    return DataRequirement(
        "energy",
        Bilingual("能源", "energy"),
        "F-3",
        DataSource.PRIMARY,
        stages=stages,
        processes=processes,
        share=None if share is None else Decimal(share),
    )


@pytest.mark.parametrize(
    ("above", "own", "looser"),
    [
        ("0.8", "0.8", False),
        ("0.8", "0.9", False),
        ("0.8", "0.79", True),
        ("0.8", None, False),  # All but minor rows: 0.95.
        ("0.95", None, False),
        ("0.96", None, True),
        (None, None, False),
        (None, "0.98", True),  # A single row of 2 % would be admitted.
        (None, "0.99", False),
    ],
)
def test_a_share_of_site_data_may_only_grow(above: str | None, own: str | None, looser: bool) -> None:
    assert (stricter_data(wanted(above), wanted(own)) is not None) is looser


def test_data_from_the_site_are_not_asked_of_less() -> None:
    both, one = ("raw_materials", "manufacturing"), ("manufacturing",)
    assert stricter_data(wanted(None, stages=both), wanted(None, stages=one)) == (one[0], ", ".join(both))
    assert stricter_data(wanted(None, stages=one), wanted(None, stages=both)) is None
    assert stricter_data(wanted(None, stages=one), wanted(None)) is None
    assert stricter_data(wanted(None), wanted(None, processes=("kiln",))) == ("kiln", "-")


@pytest.mark.parametrize("share", ["0", "-0.1", "1.01"])
def test_a_share_lies_above_zero_and_up_to_one(share: str) -> None:
    more = DATA.replace("SOURCE", "primary").replace("SCORE", "2") + f"share = {share}\n"
    assert refused(more, "").code == "E-KEY-CHOICE"

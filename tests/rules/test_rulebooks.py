"""Rulebook editions that ship: cases hold exactly, clauses speak both languages, the digest covers every byte.

Hand vectors: carbon-rules, section 4.3 (Recommendation (EU) 2021/2279 and the lifetime energy of a pack).
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest

from footproof.errors import FootproofError
from footproof.expressions.evaluate import Scope, Value, evaluate
from footproof.expressions.exact import normalise, number
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.model.rulebook import Case, Rulebook
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import edition_digest, load_rulebook, read_rulebook, shipped_editions
from footproof.units import unit

EDITIONS = [f"{name}@{edition}" for name, editions in shipped_editions().items() for edition in editions]
CASES = [(name, case) for name in EDITIONS for case in load_rulebook(name).cases]
TRACTION = load_rulebook("cn.pcf.traction-battery@2026-provisional")
LANGUAGES = ("zh", "en")


def worked(rule: Rulebook, formula: str, given: Mapping[str, Decimal | int | str]) -> Fraction:
    """Return a formula over given names; other formulas it refers to are worked out first."""
    tables = {name: {key: normalise(v) for key, v in rows.items()} for name, (_, rows) in rule.tables.items()}
    values: dict[str, Value] = {
        name: value if isinstance(value, str) else number(normalise(Decimal(value))) for name, value in given.items()
    }

    def find(name: str) -> None:
        tree = parse(rule.formulas[name].expr)
        for other in references(tree) - values.keys():
            find(other)
        values[name] = evaluate(tree, Scope(values=values, tables=tables))

    find(formula)
    found = values[formula]
    assert isinstance(found, tuple)
    return Fraction(*found)


@pytest.mark.parametrize(("name", "case"), CASES, ids=[case.name for _, case in CASES])
def test_case_holds_exactly(name: str, case: Case) -> None:
    assert worked(load_rulebook(name), case.formula, case.given) == Fraction(case.expect)


def test_cases_are_sentences_with_a_source_and_cover_the_result() -> None:
    for _, case in CASES:
        assert " " in case.name
        assert case.source
    assert {case.formula for case in TRACTION.cases} == {"cff_total", "lifetime_energy"}


@pytest.mark.parametrize("name", EDITIONS)
def test_every_formula_a_result_rests_on_has_a_case(name: str) -> None:
    rule = load_rulebook(name)
    covered = {case.formula for case in rule.cases}
    for formula in list(covered):
        covered |= references(parse(rule.formulas[formula].expr))
    on_the_way = {other for item in rule.formulas.values() for other in references(parse(item.expr))}
    leads = set(rule.formulas) - on_the_way - covered
    assert leads <= {"formula_share"}  # 1 or 0, by the axis


# ---- hand vectors, section 4.3


NOTHING = dict.fromkeys(
    ("cff_b", "cff_r3", "cff_eer", "cff_lhv", "cff_x_heat", "cff_x_elec", "cff_e_heat", "cff_e_elec"), Decimal(0)
)


def material(figures: str) -> dict[str, Decimal]:
    """Names of the formula from A, R1, R2, Ev, Erecycled, Q and ED."""
    a, r1, r2, virgin, recycled, quality, disposal = figures.split()
    names = {"a": a, "r1": r1, "r2": r2, "ev": virgin, "ev_star": virgin, "erec": recycled, "erec_eol": recycled}
    names |= {"q_in": quality, "q_out": quality, "ed": disposal}
    return NOTHING | {f"cff_{name}": Decimal(value) for name, value in names.items()}


ALUMINIUM = material("0.2 0 0.9 10 1 1 0.01")
COPPER = material("0.2 0.72 0.95 6 1.5 1 0.01")
PLASTIC = material("0.5 0.1 0.2 3 0.8 0.9 0.05") | {
    f"cff_{name}": Decimal(value)
    for name, value in {
        "r3": "0.5",
        "eer": "2.5",
        "lhv": "30",
        "x_heat": "0.3",
        "x_elec": "0.1",
        "e_heat": "0.07",
        "e_elec": "0.16",
    }.items()
}


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (ALUMINIUM, {"material": "3.52", "energy": "0", "disposal": "0.001", "total": "3.521"}),
        (COPPER, {"total": "1.9325"}),
        (PLASTIC, {"material": "2.685", "energy": "0.695", "disposal": "0.015", "total": "3.395"}),
    ],
    ids=["aluminium", "copper", "plastic"],
)
def test_circular_footprint_formula(given: dict[str, Decimal], parts: dict[str, str]) -> None:
    for part, expected in parts.items():
        assert worked(TRACTION, f"cff_{part}", given) == Fraction(expected), part


def test_the_recycling_terms_are_the_formula_less_the_virgin_input() -> None:
    """The inventory counts every material as virgin; the terms add the rest of the formula, for any figures."""
    for given in (ALUMINIUM, COPPER, PLASTIC):
        names: dict[str, Decimal | int | str] = {
            "amount": 1,
            "formula_share": 1,
            **{name: given[f"cff_{name}"] for name in ("r1", "r2", "r3", "a", "b", "q_in", "q_out")},
        }
        worth = {"virgin": given["cff_ev"], "recycled": given["cff_erec"], "disposal": given["cff_ed"]}
        worth |= {"recycled_end": given["cff_erec_eol"], "avoided": given["cff_ev_star"], "recovery": given["cff_eer"]}
        heat, power = (given[f"cff_x_{kind}"] * given[f"cff_e_{kind}"] for kind in ("heat", "elec"))
        worth["displaced"] = given["cff_lhv"] * (heat + power)
        added = Fraction(0)
        for term in TRACTION.recycling:
            scope: dict[str, Value] = {key: number(normalise(Decimal(value))) for key, value in names.items()}
            found = evaluate(parse(term.amount), Scope(values=scope))
            assert isinstance(found, tuple)
            added += Fraction(*found) * Fraction(worth[term.factor])
        assert added == worked(TRACTION, "cff_total", given) - Fraction(given["cff_ev"])


def test_lifetime_energy_of_a_pack() -> None:
    """Vector 4: 60 kWh, M1, 8 years; 400 kg; 5000 kg CO2e."""
    given: dict[str, Decimal | int | str] = {
        "lifetime": "warranty",
        "capacity": 60,
        "full_cycles_per_year": 60,
        "warranty_years": 8,
        "cycle_life": 1500,
        "average_retention": Decimal("0.9"),
    }
    energy = worked(TRACTION, "lifetime_energy", given)
    assert energy == 28800
    assert f"{float(400 / energy):.7f}" == "0.0138889"
    assert f"{float(5000 / energy):.7f}" == "0.1736111"
    assert worked(TRACTION, "lifetime_energy", given | {"lifetime": "cycle_life"}) == 81000


# ---- what an edition says


@pytest.mark.parametrize("name", EDITIONS)
def test_every_text_is_bilingual(name: str) -> None:
    rule = load_rulebook(name)
    texts = [rule.title, rule.status_note, *rule.stages.values()]
    texts += [clause.text for clause in rule.clauses.values()]
    texts += [axis.name for axis in rule.axes.values()]
    texts += [item.name for item in rule.requirements.values()]
    texts += [item.name for item in rule.formulas.values()]
    texts += [option.name for axis in rule.axes.values() for option in axis.options]
    if rule.functional_unit:
        texts += [rule.functional_unit.name, rule.functional_unit.boundary]
    for text in texts:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text
        assert text.en.strip()
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.en), text


@pytest.mark.parametrize("name", EDITIONS)
def test_every_clause_says_what_it_follows_and_how_it_is_known(name: str) -> None:
    rule = load_rulebook(name)
    assert rule.clauses
    for clause in rule.clauses.values():
        assert clause.refers_to
        assert clause.confidence in {"official", "secondary", "derived", "recalled"}, clause.id


@pytest.mark.parametrize("name", EDITIONS)
def test_what_an_edition_refers_to_exists(name: str) -> None:
    rule = load_rulebook(name)
    power = [rule.electricity.average, rule.electricity.delivery, *rule.electricity.technologies.values()]
    for parameter in power:
        assert shipped()[parameter].quantity == "life-cycle CO2e"
    assert rule.gwp in shipped()
    for axis in rule.axes.values():
        assert len(axis.options) > 1
    assert {term.stage for term in rule.recycling} <= set(rule.stages)
    assert not set(rule.excluded_stages) & set(rule.stages)
    for formula in rule.formulas.values():
        unit(formula.unit)


def test_a_provisional_rule_says_so_and_leaves_choices_open() -> None:
    assert TRACTION.status == "provisional"
    assert {axis.id for axis in TRACTION.axes.values() if axis.open} == {"lifetime", "electricity", "end_of_life"}
    assert "provisional" in TRACTION.status_note.en.lower()


def test_an_edition_inherits_what_it_does_not_say() -> None:
    parent = load_rulebook(TRACTION.parent)
    assert (TRACTION.gwp, TRACTION.biogenic, TRACTION.methane) == (parent.gwp, parent.biogenic, parent.methane)
    assert parent.electricity == TRACTION.electricity
    assert set(parent.clauses) <= set(TRACTION.clauses)


# ---- digests


@pytest.mark.parametrize("name", EDITIONS)
def test_any_byte_of_any_file_makes_another_edition(name: str) -> None:
    rule = load_rulebook(name)
    parent = load_rulebook(rule.parent).digest if rule.parent else None
    assert edition_digest(rule.files, parent) == rule.digest
    seen = {rule.digest}
    for file, data in rule.files.items():
        for position in {0, len(data) // 2, len(data) - 1}:
            changed = bytes([*data[:position], data[position] ^ 1, *data[position + 1 :]])
            seen.add(edition_digest({**rule.files, file: changed}, parent))
        seen.add(edition_digest({**rule.files, file: data + b"\n"}, parent))
        seen.add(edition_digest({key: value for key, value in rule.files.items() if key != file}, parent))
        renamed = {f"cases/z-{key.replace('/', '-')}" if key == file else key: v for key, v in rule.files.items()}
        seen.add(edition_digest(renamed, parent))
    counts = sum(len({0, len(data) // 2, len(data) - 1}) + 3 for data in rule.files.values())
    assert len(seen) == 1 + counts


def test_a_comment_in_the_parent_makes_another_edition_of_the_child() -> None:
    parent = load_rulebook(TRACTION.parent)
    commented = {**parent.files, "rule.toml": parent.files["rule.toml"] + b"\n# a comment\n"}
    child = read_rulebook(TRACTION.files, lambda _: read_rulebook(commented, load_rulebook))
    assert child.formulas == TRACTION.formulas
    assert child.digest != TRACTION.digest


def test_digests_differ_between_editions_and_are_stable() -> None:
    digests = {load_rulebook(name).digest for name in EDITIONS}
    assert len(digests) == len(EDITIONS)
    assert digests == {load_rulebook(name).digest for name in EDITIONS}
    assert all(digest.startswith("sha256:") for digest in digests)


# ---- refusals


def changed(before: str, after: str) -> dict[str, bytes]:
    text = TRACTION.files["rule.toml"].decode()
    assert before in text
    return {**TRACTION.files, "rule.toml": text.replace(before, after).encode()}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('clause   = "TB-1"', 'clause   = "TB-99"', "E-RULE-CLAUSE"),
        ('default = "warranty"', 'default = "hope"', "E-RULE-AXIS"),
        ('expr   = "cff_material +', 'expr   = "cff_material + (', "E-EXPR-SYNTAX"),
        ('unit     = "kWh"', 'unit     = "kilo"', "E-UNIT-UNKNOWN"),
        ('status  = "provisional"', 'status  = "maybe"', "E-KEY-CHOICE"),
        ("digits  = 6", "digits  = 6\nbonus = 1", "E-KEY-UNKNOWN"),
        ("digits  = 6", 'digits  = 6\nmethane = "guess"', "E-KEY-CHOICE"),
    ],
)
def test_a_faulty_edition_is_refused(before: str, after: str, code: str) -> None:
    with pytest.raises(FootproofError) as caught:
        read_rulebook(changed(before, after), load_rulebook)
    assert caught.value.code == code
    assert caught.value.where is not None
    assert caught.value.where.file == "rule.toml"


@pytest.mark.parametrize("name", ["nowhere", "cn.gbt.24067@1999", "@2024"])
def test_an_unknown_edition_is_refused(name: str) -> None:
    with pytest.raises(FootproofError, match="E-RULE-UNKNOWN"):
        load_rulebook(name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("capacity * cycle_life * average_retention", "capacity * cycle_lives * average_retention"),
        ('factor = "disposal"', 'factor = "landfill"'),
        ('stage  = "end_of_life"', 'stage  = "afterlife"'),
        ("digits  = 6", "digits  = 16"),
        ('excluded_stages = ["use"]', 'excluded_stages = ["usage"]'),
    ],
)
def test_an_edition_that_cannot_work_is_refused_when_read(before: str, after: str) -> None:
    with pytest.raises(FootproofError):
        read_rulebook(changed(before, after), load_rulebook)

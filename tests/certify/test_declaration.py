"""The traction-battery declaration: one order, four parts, two legal states, corrections that stand beside."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.certify.codec import from_json, to_json
from footproof.certify.declaration import (
    Declaration,
    DeclarationState,
    Moved,
    Pack,
    Result,
    attach_activity_data,
    attach_statement,
    correct,
    coverage,
    covers,
    current_result,
    declare,
    package_digest,
    self_calculate,
    start,
)
from footproof.certify.declaration_rule import PARTS, read_rule, rule_on, shipped_rules
from footproof.certify.record import Actor, Beginning, Stamp
from footproof.errors import FootproofError

TRIAL, DUTY = shipped_rules()
MAKER = "did:web:maker.footproof.example"
VERIFIER = "did:web:verifier.footproof.example"
PACK = Pack(MAKER, "DM-811-75", "nmc", Decimal(75))
VALUE = Decimal("61.2")
UNIT = "kg CO2e/kWh"
DIGESTS = {part: f"sha256:{index:064x}" for index, part in enumerate(PARTS, 1)}
PLAN, DATA, CALCULATION, STATEMENT = DIGESTS.values()


def _stamp(day: date = date(2026, 6, 1)) -> Stamp:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Stamp(Actor("p-1", "representative", MAKER), at)


def _start(pack: Pack = PACK, day: date = date(2026, 6, 1)) -> Declaration:
    return start(rule_on(day), f"decl-{pack.model}", pack, PLAN, _stamp(day))[0]


STEPS: dict[str, Callable[[Declaration], Moved]] = {
    "data": lambda one: attach_activity_data(one, DATA, _stamp()),
    "calculate": lambda one: self_calculate(one, CALCULATION, VALUE, UNIT, _stamp()),
    "statement": lambda one: attach_statement(one, STATEMENT, VERIFIER, VALUE, _stamp()),
    "declare": lambda one: declare(one, TRIAL, _stamp()),
    "correct": lambda one: correct(one, _corrected("9"), "示例：电表读数更正", _stamp()),
}
ORDER = ["data", "calculate", "statement", "declare"]


def _corrected(mark: str, value: str = "63.0") -> Result:
    return Result(Decimal(value), UNIT, dict.fromkeys(PARTS, "sha256:" + mark * 64))


def _until(count: int, pack: Pack = PACK) -> Declaration:
    declaration = _start(pack)
    for name in ORDER[:count]:
        declaration = STEPS[name](declaration)[0]
    return declaration


DECLARED = _until(4)


def test_the_two_legal_states_meet_at_the_turn_of_the_year() -> None:
    assert rule_on(date(2026, 12, 31)) == TRIAL
    assert rule_on(date(2027, 1, 1)) == DUTY
    assert (TRIAL.mandatory, TRIAL.every_model, TRIAL.least_models) == (False, False, 5)
    assert (DUTY.mandatory, DUTY.every_model, DUTY.last) == (True, True, None)
    assert TRIAL.least_energy == DUTY.least_energy == 2
    assert all(rule.gaps for rule in shipped_rules())
    with pytest.raises(FootproofError) as refusal:
        rule_on(date(2025, 12, 29))
    assert refusal.value.code == "E-DECL-NONE"


def test_the_way_through_holds_all_four_parts() -> None:
    assert DECLARED.state is DeclarationState.DECLARED
    assert dict(DECLARED.parts) == DIGESTS
    assert DECLARED.declared_on == date(2026, 6, 1)
    assert current_result(DECLARED).value == VALUE


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_any_sequence_of_steps_keeps_the_order(names: list[str]) -> None:
    """Whatever is tried, what was done is a prefix of the order, with corrections after it."""
    declaration, done = _start(), list[str]()
    for name in names:
        before = declaration
        try:
            declaration = STEPS[name](declaration)[0]
        except FootproofError as refusal:
            assert refusal.code in ("E-DECL-ORDER", "E-DECL-UNCHANGED")  # noqa: PT017
            assert declaration == before
            continue
        done.append(name)
    assert done[:4] == ORDER[: len(done)]
    assert set(done[4:]) <= {"correct"}
    assert (declaration.declared_on is not None) == (len(done) >= 4)


@pytest.mark.parametrize(
    ("pack", "ok"),
    [
        (PACK, True),
        (replace(PACK, energy=Decimal("2.001")), True),
        (replace(PACK, energy=Decimal(2)), False),
        (replace(PACK, market="DE"), False),
    ],
)
def test_scope_is_sold_in_china_and_above_two_kilowatt_hours(pack: Pack, ok: bool) -> None:
    assert covers(TRIAL, pack) is ok
    if ok:
        assert _start(pack).state is DeclarationState.QUALITY_PLAN
        return
    with pytest.raises(FootproofError) as refusal:
        _start(pack)
    assert refusal.value.code == "E-DECL-SCOPE"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda: start(TRIAL, "d", PACK, "plan.pdf", _stamp()), "E-DECL-DIGEST"),
        (lambda: start(TRIAL, "d", PACK, PLAN, _stamp(date(2027, 1, 1))), "E-DECL-RULE"),
        (lambda: start(DUTY, "d", PACK, PLAN, _stamp(date(2026, 12, 31))), "E-DECL-RULE"),
        (lambda: attach_activity_data(_until(0), "sha256:12", _stamp()), "E-DECL-DIGEST"),
        (lambda: self_calculate(_until(1), CALCULATION, Decimal("NaN"), UNIT, _stamp()), "E-DECL-VALUE"),
        (lambda: self_calculate(_until(1), CALCULATION, Decimal("1" * 16), UNIT, _stamp()), "E-DECL-VALUE"),
        (lambda: attach_statement(_until(2), STATEMENT, MAKER, VALUE, _stamp()), "E-DECL-VERIFIER"),
        (lambda: attach_statement(_until(2), STATEMENT, " ", VALUE, _stamp()), "E-DECL-VERIFIER"),
        (lambda: attach_statement(_until(2), STATEMENT, VERIFIER, Decimal(60), _stamp()), "E-DECL-CONFIRMED"),
        (lambda: declare(_until(3), TRIAL, _stamp(date(2027, 1, 1))), "E-DECL-RULE"),
        (lambda: declare(_until(3), replace(TRIAL, id="other"), _stamp()), "E-DECL-RULE"),
        (lambda: declare(replace(_until(3), parts={}), TRIAL, _stamp()), "E-DECL-PARTS"),
        (lambda: correct(DECLARED, _corrected("9"), " ", _stamp()), "E-DECL-REASON"),
        (lambda: correct(DECLARED, replace(_corrected("9"), unit="kg CO2e"), "x", _stamp()), "E-DECL-UNIT"),
        (lambda: correct(DECLARED, Result(VALUE, UNIT, DIGESTS), "x", _stamp()), "E-DECL-UNCHANGED"),
        (lambda: correct(DECLARED, replace(_corrected("9"), parts={}), "x", _stamp()), "E-DECL-PARTS"),
        (lambda: correct(_until(3), _corrected("9"), "x", _stamp()), "E-DECL-ORDER"),
        (lambda: package_digest(_until(2)), "E-DECL-PARTS"),
        (lambda: package_digest(_until(1)), "E-DECL-ORDER"),
    ],
)
def test_what_is_out_of_order_or_scope_is_refused(step: Callable[[], object], code: str) -> None:
    with pytest.raises(FootproofError) as refusal:
        step()
    assert refusal.value.code == code


def test_what_began_in_the_trial_is_declared_under_the_duty_after_it() -> None:
    late = declare(_until(3), DUTY, _stamp(date(2027, 1, 4)))[0]
    assert (late.rule, late.declared_on) == (DUTY.name, date(2027, 1, 4))


def test_a_correction_stands_beside_what_was_declared() -> None:
    once = correct(DECLARED, _corrected("9"), "示例：电表读数更正", _stamp(date(2026, 7, 1)))[0]
    twice = correct(once, _corrected("8", "62.5"), "示例：供应商数据更正", _stamp(date(2026, 8, 1)))[0]
    assert (twice.value, dict(twice.parts), twice.declared_on) == (VALUE, DIGESTS, DECLARED.declared_on)
    assert [one.result.value for one in twice.corrections] == [Decimal("63.0"), Decimal("62.5")]
    assert [one.supersedes for one in twice.corrections] == [package_digest(DECLARED), package_digest(once)]
    assert current_result(twice).value == Decimal("62.5")
    assert len({package_digest(one) for one in (DECLARED, once, twice)}) == 3


def test_a_declaration_is_the_fold_of_its_events_as_they_are_stored() -> None:
    declaration, first = start(TRIAL, "decl-DM-811-75", PACK, PLAN, _stamp())
    assert isinstance(first, Beginning)
    again: Declaration = from_json(type(first), to_json(first)).begin(_stamp())
    assert again == declaration
    for name in [*ORDER, "correct"]:
        declaration, event = STEPS[name](declaration)
        again = from_json(type(event), to_json(event)).apply(again, _stamp())
        assert again == declaration
    assert package_digest(again) == package_digest(declaration)


@pytest.mark.parametrize("part", PARTS)
def test_the_package_digest_covers_each_part(part: str) -> None:
    other = replace(DECLARED, parts={**DECLARED.parts, part: "sha256:" + "f" * 64})
    assert package_digest(other) != package_digest(DECLARED)


def _models(count: int, chemistry: str = "nmc") -> list[Pack]:
    return [replace(PACK, model=f"DM-{chemistry}-{index}", chemistry=chemistry) for index in range(count)]


def test_the_trial_asks_for_five_models_and_each_chemistry() -> None:
    made = [*_models(6), *_models(2, "lfp")]
    cover = partial(coverage, TRIAL, maker=MAKER, made=made)

    def codes(count: int, *more: Pack) -> list[str]:
        found = cover(declarations=[_until(4, pack) for pack in (*_models(count), *more)])
        return [one.code for one in found.problems]

    assert codes(0) == ["E-DECL-MODELS", "E-DECL-CHEMISTRY", "E-DECL-CHEMISTRY"]
    assert codes(5) == ["E-DECL-CHEMISTRY"]
    assert codes(3, *_models(1, "lfp")) == ["E-DECL-MODELS"]
    assert codes(4, *_models(1, "lfp")) == []
    unfinished = [*(_until(4, pack) for pack in _models(5)), _until(3, _models(1, "lfp")[0])]
    assert [one.code for one in cover(declarations=unfinished).problems] == ["E-DECL-CHEMISTRY"]


def test_a_maker_of_fewer_models_owes_each_of_them_and_small_packs_owe_nothing() -> None:
    small = replace(PACK, model="bike", chemistry="lmo", energy=Decimal("0.5"))
    made = [*_models(2), small]
    assert coverage(TRIAL, [_until(4, pack) for pack in _models(2)], MAKER, made).problems == ()
    found = coverage(TRIAL, [_until(4, pack) for pack in _models(1)], MAKER, made)
    assert [one.code for one in found.problems] == ["E-DECL-MODELS"]
    assert found.problems[0].values == {"found": 1, "needed": 2}


def test_the_duty_asks_for_every_model_and_counts_nobody_elses() -> None:
    made = _models(3)
    other = _until(4, replace(made[2], maker="did:web:other.example"))
    found = coverage(DUTY, [_until(4, made[0]), _until(4, made[1]), other], MAKER, made)
    assert [one.values["model"] for one in found.problems] == ["DM-nmc-2"]
    assert found.declared == ("DM-nmc-0", "DM-nmc-1")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("every_model = false", "every_model = false\nall_models = true", "E-KEY-UNKNOWN"),
        ("[figure.least_models]", "[figure.fewest_models]", "E-SCHEME-FIGURE"),
        ('unit       = "kWh"', 'unit       = "person"', "E-SCHEME-FIGURE"),
        ("value      = 5", "value      = 4.5", "E-SCHEME-FIGURE"),
        ("first       = 2025-12-30", 'first       = "soon"', "E-KEY-TYPE"),
    ],
)
def test_a_legal_state_is_read_strictly(old: str, new: str, code: str) -> None:
    from importlib import resources

    file = resources.files("footproof") / "schemes/cn.battery-declaration/2026-trial/declaration.toml"
    text = file.read_text("utf-8")
    assert old in text
    with pytest.raises(FootproofError) as refusal:
        read_rule(text.replace(old, new, 1).encode())
    assert refusal.value.code == code

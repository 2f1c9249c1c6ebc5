"""Accreditation is applied for, and what is granted can be stated in public (ISO/IEC 17011, 7.2, 7.8, 7.11)."""

from dataclasses import replace

import pytest

from certify.cast import (
    ALPHA,
    BETA,
    LABORATORY,
    LONG_AGO,
    NORTH,
    OFFICIALS,
    REGISTRAR,
    Script,
    _engage,
    actor,
    name_of,
    settled,
)
from footproof.certify.memory import MemoryWorld
from footproof.certify.operation import Operation
from footproof.certify.people import Grant, Organisation, ScopeGranted
from footproof.certify.record import Actor, Public, Step
from footproof.certify.register import ChangeScope, GrantScope, RegisterOrganisation, SeekAccreditation
from footproof.errors import FootproofError
from footproof.model.days import legal_day
from footproof.model.recognition import Change, Scope

ACCREDITOR, REGULATOR = OFFICIALS["accreditor"], OFFICIALS["regulator"]
MANAGER = actor(BETA, "m")
SEEK = SeekAccreditation(BETA, ACCREDITOR.organisation)


@pytest.fixture
def script() -> Script:
    """Return a world in which one body is accredited and the other has not applied."""
    return Script(settled())


def refused(script: Script, operation: Operation, by: Actor) -> tuple[str, object]:
    with pytest.raises(FootproofError) as refusal:
        script.do(operation, by)
    return refusal.value.code, refusal.value.values["rule"]


def scope(script: Script, name: str = "1") -> Scope:
    return Scope(name, ("verification",), ("*",), ("*",), ("*",), LONG_AGO, None, legal_day(script.now))


def organisation(script: Script, name: str) -> Organisation:
    found = script.world.find(Organisation, name)
    assert found is not None
    return found


def test_a_body_is_accredited_by_whom_it_applied_to_and_by_nobody_else(script: Script) -> None:
    grant = GrantScope(BETA, "accreditation", "DEMO-9", (scope(script),))
    unasked = ("E-SCOPE-SOUGHT", "ISO/IEC 17011, 7.2")
    assert refused(script, grant, ACCREDITOR) == unasked
    script.do(SEEK, MANAGER)
    assert organisation(script, BETA).sought == (ACCREDITOR.organisation,)
    other = Actor("accreditor-9", "accreditor", "urn:demo:accreditor-9")
    name = name_of(ACCREDITOR.organisation)
    script.do(RegisterOrganisation(other.organisation, "accreditation-body", name, "CN", True), REGISTRAR)
    _engage(script.world, other, ("accreditor",), script.now)
    assert refused(script, grant, other) == unasked
    script.do(grant, ACCREDITOR)
    script.do(replace(grant, grant="wider"), ACCREDITOR)


def test_an_authority_approves_unasked(script: Script) -> None:
    assert organisation(script, LABORATORY).sought is None
    script.do(GrantScope(LABORATORY, "approval", "DEMO-9", (scope(script),)), REGULATOR)


def test_a_manager_applies_for_the_own_body_once_to_an_accreditation_body(script: Script) -> None:
    clause = SeekAccreditation.clause
    assert refused(script, SEEK, actor(ALPHA, "m")) == ("E-CASE-FOREIGN", "I15")
    assert refused(script, SEEK, actor(BETA, "p", "planner")) == ("E-ROLE-OPERATION", "I15")
    assert refused(script, replace(SEEK, accreditor=NORTH), MANAGER) == ("E-CASE-WORD", clause)
    assert refused(script, replace(SEEK, accreditor="urn:demo:nobody"), MANAGER)[0] == "E-CASE-UNKNOWN"
    [done] = script.do(SEEK, MANAGER)
    assert done.event.public is Public.NO
    assert refused(script, SEEK, MANAGER) == ("E-CASE-EXISTS", clause)


def test_nothing_is_granted_that_no_record_can_state(script: Script) -> None:
    one, stated = scope(script), ("E-RECOG-FIELD", GrantScope.clause)
    for scopes in ((), (one, replace(one, places=("place:CN",)))):
        assert refused(script, GrantScope(BETA, "more", "DEMO-9", scopes), REGULATOR) == stated
    assert refused(script, GrantScope(BETA, "more", "", (one,)), REGULATOR) == stated
    script.do(GrantScope(BETA, "more", "DEMO-9", (one, scope(script, "2"))), REGULATOR)


def test_nothing_is_changed_that_no_record_can_state(script: Script) -> None:
    day, grant = legal_day(script.now), f"approval:{BETA}"
    stated = ("E-RECOG-FIELD", ChangeScope.clause)
    for change in (Change("suspended", day, day, ("9",)), Change("reduced", day, day)):
        assert refused(script, ChangeScope(BETA, grant, change), REGULATOR) == stated
    script.do(ChangeScope(BETA, grant, Change("suspended", day, day, ("1",))), REGULATOR)


def test_what_was_granted_wrongly_before_can_be_withdrawn(script: Script) -> None:
    day, wrong = legal_day(script.now), Grant("wrong", "approval", "DEMO-9", (), (), REGULATOR.organisation)
    step = Step(Organisation, BETA, ScopeGranted(wrong))
    assert isinstance(script.world, MemoryWorld)
    script.world.commit((step,), REGULATOR, script.now)
    asked = ChangeScope(BETA, "wrong", Change("suspended", day, day))
    assert refused(script, asked, REGULATOR)[0] == "E-RECOG-FIELD"
    script.do(replace(asked, change=Change("withdrawn", day, day)), REGULATOR)

"""A case goes on with a package only where the register has it."""

import pytest

from certify.actions import in_memory
from certify.cast import ALPHA, FACTS, LABEL, NORTH, TERMS, Script, actor, mark, package, subject
from footproof.certify.applications import AcceptApplication, AttachPackage, SubmitApplication
from footproof.errors import FootproofError
from footproof.model.scheme import CaseKind


def test_a_package_that_is_not_here_is_neither_accepted_nor_attached() -> None:
    script = Script(in_memory(0))
    absent = mark("a file that was never sent")
    client, planner = actor(NORTH, "c1"), actor(ALPHA, "p")
    script.do(SubmitApplication("first", CaseKind.INITIAL, ALPHA, LABEL, subject(NORTH), absent, ""), client)
    with pytest.raises(FootproofError, match="E-CASE-PACKAGE"):
        script.do(AcceptApplication("first", TERMS, FACTS[LABEL]), planner)
    with pytest.raises(FootproofError, match="E-CASE-PACKAGE"):
        script.do(AttachPackage("first", mark("another")), client)
    script.do(AttachPackage("first", package(NORTH, 2025)), client)
    script.do(AcceptApplication("first", TERMS, FACTS[LABEL]), planner)
    assert script.case("first").package == package(NORTH, 2025)

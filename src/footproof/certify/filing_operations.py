"""Operations on filings: submit, file, return, submit again, deregister (CNCA announcement 2024 No. 3).

A rule is filed with the national authority and holds in the whole country, so no authority of one place acts on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify.certificate import LIVING, Certified
from footproof.certify.filings import (
    Filing,
    FilingDeregistered,
    FilingFiled,
    FilingResubmitted,
    FilingReturned,
    FilingSubmitted,
)
from footproof.certify.forms import Document, Name, SchemeKey, TextDigest
from footproof.certify.operation import Operation
from footproof.certify.record import Actor, Step, Steps, World, fresh, need
from footproof.certify.refusals import HOME, need_reach, refuse
from footproof.certify.surveillance import DecisionDue
from footproof.model.days import legal_day

CLAUSE = "CNCA 2024-3"


@dataclass(frozen=True, slots=True)
class SubmitFiling(Operation):
    """Submit the body's own rule for a scheme that may be used only once it is filed."""

    name: ClassVar[str] = "filings.submit"
    path: ClassVar[str] = "filings"
    roles: ClassVar[tuple[str, ...]] = ("manager",)
    clause: ClassVar[str] = CLAUSE
    scheme: SchemeKey
    category: str
    rule: Document

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the submission."""
        _need_category(world, self.scheme, self.category)
        name = fresh(world, Filing, Filing.name(by.organisation, self.scheme))
        return (Step(Filing, name, FilingSubmitted(by.organisation, self.scheme, self.category, self.rule)),)


@dataclass(frozen=True, slots=True)
class ResubmitFiling(Operation):
    """Submit a rule again that was returned or deregistered."""

    name: ClassVar[str] = "filings.resubmit"
    path: ClassVar[str] = "filings/{body}/{scheme}/submission"
    roles: ClassVar[tuple[str, ...]] = ("manager",)
    clause: ClassVar[str] = CLAUSE
    scheme: SchemeKey
    category: str
    rule: Document
    body: Name

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the new submission."""
        if by.organisation != self.body:
            raise refuse("E-CASE-FOREIGN", "I15", "body", organisation=by.organisation)
        _need_category(world, self.scheme, self.category)
        return _step(world, self.body, self.scheme, FilingResubmitted(self.category, self.rule), *_ENDED)


@dataclass(frozen=True, slots=True)
class FileRule(Operation):
    """File a rule that was submitted."""

    name: ClassVar[str] = "filings.file"
    path: ClassVar[str] = "filings/{body}/{scheme}/filing"
    roles: ClassVar[tuple[str, ...]] = ("regulator",)
    clause: ClassVar[str] = CLAUSE
    body: Name
    scheme: SchemeKey

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the filing."""
        need_reach(world, by, HOME, "scheme")
        return _step(world, self.body, self.scheme, FilingFiled(), "submitted")


@dataclass(frozen=True, slots=True)
class ReturnFiling(Operation):
    """Return a rule that was submitted, with reasons."""

    name: ClassVar[str] = "filings.return"
    path: ClassVar[str] = "filings/{body}/{scheme}/return"
    roles: ClassVar[tuple[str, ...]] = ("regulator",)
    clause: ClassVar[str] = CLAUSE
    body: Name
    scheme: SchemeKey
    reasons: TextDigest

    def steps(self, world: World, by: Actor, _: datetime) -> Steps:
        """Return the return."""
        need_reach(world, by, HOME, "scheme")
        return _step(world, self.body, self.scheme, FilingReturned(self.reasons), "submitted")


@dataclass(frozen=True, slots=True)
class DeregisterFiling(Operation):
    """Strike a filed rule from the register; each certificate under it that lives gets one pending decision (I8)."""

    name: ClassVar[str] = "filings.deregister"
    path: ClassVar[str] = "filings/{body}/{scheme}/deregistration"
    roles: ClassVar[tuple[str, ...]] = ("regulator",)
    clause: ClassVar[str] = "I8"
    body: Name
    scheme: SchemeKey
    reasons: TextDigest

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the end of the filing and the decisions it leaves."""
        need_reach(world, by, HOME, "scheme")
        ended = _step(world, self.body, self.scheme, FilingDeregistered(self.reasons), "filed")
        filing = need(world, Filing, Filing.name(self.body, self.scheme))
        living = (
            number
            for number in world.certificates_under(self.body, self.scheme)
            if need(world, Certified, number).standing(legal_day(at)) in LIVING
        )
        reason = f"filing {filing.id} {legal_day(at).isoformat()}"
        return (*ended, *(Step(Certified, number, DecisionDue(reason)) for number in living))


_ENDED = ("returned", "deregistered")
Moved = FilingFiled | FilingReturned | FilingResubmitted | FilingDeregistered


def _step(world: World, body: str, scheme: str, event: Moved, *states: str) -> Steps:
    filing = need(world, Filing, Filing.name(body, scheme))
    if filing.state not in states:
        raise refuse("E-CASE-STATE", CLAUSE, "filing", found=filing.state, needed=states)
    return (Step(Filing, filing.id, event),)


def _need_category(world: World, scheme: str, category: str) -> None:
    found = world.scheme(scheme)
    if not found.filing_needed:
        raise refuse("E-FILING-NONE", "I8", "scheme", scheme=scheme)
    if category != found.category.value:
        raise refuse("E-CASE-WORD", CLAUSE, "category", found=category[:40], needed=(found.category.value,))

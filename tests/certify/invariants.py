"""The invariants of certification, checked over a journal by somebody who knows only what its events say.

Nothing here calls an operation, a fold (`apply`) or a refusal of the product: what a record is follows from the events
as they are read here, so a fault in the product cannot hide in its own check. Numbers are those of the domain study:
I1 a decision names the package, I2 it recomputes, I3 everything is complete, I4 separation, I5 scope, I6 status of rule
and scheme, I7 validity and status, I8 filings, I9 the national mark, I10 nothing confidential in public, I12 labels,
I13 numbers, I14 samples, I15 roles, I16 order, I17 appeals, I18 nothing is edited, I19 languages, I20 opinions, I21 one
body at a time. I11 (sums of a study) and the log part of I16 have no event here; their tests stand beside the engine
and the log.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from certify.cast import CONCLUSIONS, REQUIRED, packages, parameters, proposed, required, schemes
from certify.lottery import Frame, drawn
from footproof.certify.case import Severity
from footproof.certify.codec import digest_of
from footproof.certify.record import Public
from footproof.model.bilingual import Bilingual

POSITIVE = {"grant", "maintain", "restate", "restore", "reduce"}
OUTCOMES = (*POSITIVE, "refuse", "suspend", "withdraw", "cancel")
TEAM = {"assessor", "verifier"}
VALID_MONTHS = {
    "cn.cfp.label": 24,
    "cn.cfp.reduction-label": 24,
    "cn.energy-management": 36,
    "cn.carbon-neutral": 12,
    "cn.green-building-materials": 60,
}
SUSPENSION_MONTHS = 6
ANSWER_DAYS = 60
LATE_RENEWAL_MONTHS = 6
WATCHED = {"cn.cfp.label", "cn.cfp.reduction-label", "cn.energy-management", "cn.green-building-materials"}
"""Schemes whose certificates are looked at every twelve months, as their files say."""
LOOK_BACK = 24
NATIONAL = {"cn.cfp.label", "cn.green-building-materials"}
NEUTRAL = "cn.carbon-neutral"
FILED = {"cn.cfp.reduction-label", NEUTRAL}
UNLIMITED = {"cn.green-building-materials"}
"""Graded by other things than the figure, which may move and has no verification statement."""
FIGURES = {"cn.cfp.label", "cn.cfp.reduction-label", NEUTRAL, *UNLIMITED}
WORK = {
    **dict.fromkeys(("site-inspection", "stage-2", "surveillance-audit", "special-audit"), "auditing"),
    **dict.fromkeys(("sample-test", "surveillance-test"), "testing"),
    "factory-inspection": "auditing",
    **dict.fromkeys(("pcf-verification", "claim-verification"), "verification"),
}
"""What a laboratory has to be covered for, by activity, read off the scheme files by hand; else inspection."""
DOCUMENTS = ("document-review", "pcf-verification", "claim-verification")
CLAUSES = {
    **dict.fromkeys(DOCUMENTS, (46, 11)),
    **dict.fromkeys(("site-inspection", "factory-inspection"), (22, 3)),
}
"""Clauses of the rulebook of all packages that are asked for: what it requires, and what it recommends; on site only
what lies in records there or is judged there. The others ask the scheme as well, and alone where there is no package.
"""
SPREAD_MOST = Fraction(1, 10)
CHANGED = "certificate.restated"
GENERAL = "cn.gbt.24067"
RULEBOOKS = {
    **dict.fromkeys(("cn.pcf:2", "cn.pcf:3"), "cn.pcf.traction-battery"),
    "cn.pcf:5": "cn.pv.module",
    "cn.pcf:7": "cn.steel.eaf",
    "cn.pcf:16": "cn.cement",
}
"""Of the products of a category, beside the general one: read off the catalogue by hand."""
UNITS = {"cn.pcf.traction-battery": "kg CO2e / kWh"}
DATA_AGE = 36
NATIONAL_CATALOGUE = {"cn.cfp.label"}
CATALOGUE = {f"cn.pcf:{number}" for number in range(1, 18)}
"""The first batch."""
DECLARED = {
    NEUTRAL: ("legal_person", "footprint_certified", "plan_in_place", "credits_retired"),
    "cn.energy-management": ("legal_person", "internal_audit_done"),
}
REDUCED = {"cn.cfp.reduction-label"}
STAFFED = {"cn.cfp.label": 10}
PILOT, PILOTED = "pilot-certification", {"cn.cfp.label"}
FIELD_MONTHS = 24
SYSTEMS = dict.fromkeys(("cn.cfp.label", *REDUCED, "cn.energy-management"), 3)
"""What is asked of a body and a client before anything is evaluated, read off the scheme files by hand."""
USED = {"cn.energy-management@GBT-23331-2020": (date(2021, 6, 1), date(2030, 12, 31))}
"""Days on which an edition is used, where they are known."""
VERIFYING = ("pcf-verification", "claim-verification")
PUBLIC_WORDS = ("site", "country")
DIGEST = re.compile("sha256:[0-9a-f]{64}")
DIGESTS = {"digest", "package", "reasons", "agreement", "statement", "action", "notice", "quality_plan", "supersedes"}
NAME = re.compile(r"[\w.:/%+~#=&?|-]+", re.ASCII)
NAMES = {"person", "raised_by", "closed_by", "organisation", "body", "client", "certificate", "case", "site", "by"}
"""Fields in which a person could be named, forever and for all, if they were free text."""
ROLES_BY_KIND: dict[str, set[str]] = {
    "organisation.registered": {"registrar"},
    "organisation.system-declared": {"representative"},
    "owner.stated": {"registrar"},
    "owner.ended": {"registrar"},
    "credit-code.taken": {"registrar"},
    "accreditation.sought": {"manager"},
    "scope.granted": {"regulator", "accreditor"},
    "scope.changed": {"regulator", "accreditor"},
    "staff.joined": {"manager", "registrar"},
    "staff.left": {"manager", "registrar"},
    "person.registered": {"registrar"},
    "person.engaged": {"manager", "registrar"},
    "person.left": {"manager", "registrar"},
    "role.assigned": {"manager", "registrar"},
    "role.ended": {"manager", "registrar"},
    "competence.granted": {"manager"},
    "competence.ended": {"manager"},
    "conflict.declared": {"manager", "planner", "assessor", "verifier", "reviewer", "decision-maker", "appeals"},
    "application.submitted": {"representative", "planner"},
    "package.attached": {"representative"},
    "application.accepted": {"planner"},
    "application.declined": {"planner"},
    "application.withdrawn": {"representative"},
    "plan.approved": {"planner"},
    "activity.started": TEAM,
    "activity.completed": TEAM,
    "conclusion.reached": TEAM,
    "finding.raised": TEAM,
    "finding.answered": {"representative"},
    "finding.closed": TEAM,
    "review.completed": {"reviewer"},
    "review.returned": {"reviewer", "decision-maker"},
    "decision.taken": {"decision-maker"},
    "certificate.issued": {"decision-maker"},
    "certificate.restated": {"decision-maker"},
    "certificate.replaced": {"decision-maker"},
    "certificate.status-changed": {"decision-maker", "representative"},
    "surveillance.done": {"decision-maker"},
    "holding.begun": {"decision-maker"},
    "holding.passed": {"decision-maker"},
    "case.opened": {"representative", "planner"},
    "case.closed": {"decision-maker"},
    "case.reopened": {"appeals"},
    "mark.licensed": {"decision-maker"},
    "order.issued": {"regulator"},
    "change.notified": {"representative"},
    "decision.due": {
        "regulator",
        "manager",
        "planner",
        "assessor",
        "verifier",
        "appeals",
        "reviewer",
        "decision-maker",
    },
    "labels.licensed": {"planner", "manager"},
    "labels.used": {"representative"},
    "labels.closed": {"decision-maker"},
    "rule-filing.submitted": {"manager"},
    "rule-filing.resubmitted": {"manager"},
    "rule-filing.filed": {"regulator"},
    "rule-filing.returned": {"regulator"},
    "rule-filing.deregistered": {"regulator"},
    "engagement.agreed": {"planner"},
    "engagement.amended": {"planner"},
    "engagement.analysed": {"verifier"},
    "engagement.planned": {"planner"},
    "engagement.evidence-gathered": {"verifier"},
    "misstatement.recorded": {"verifier"},
    "misstatement.corrected": {"verifier"},
    "engagement.concluded": {"verifier"},
    "engagement.reviewed": {"reviewer"},
    "engagement.decided": {"reviewer", "decision-maker"},
    "statement.issued": {"reviewer", "decision-maker"},
    "statement.relied-on": {"decision-maker", "representative"},
    "statement.fact-discovered": {"planner", "verifier", "reviewer"},
    "statement.fact-answered": {"reviewer", "decision-maker"},
    "complaint.received": {"representative", "regulator", "accreditor", "manager"},
    "complaint.acknowledged": {"appeals", "manager"},
    "complaint.investigation-begun": {"appeals"},
    "complaint.resolved": {"appeals"},
    "complaint.closed": {"appeals", "manager"},
    "neutrality.claimed": {"representative"},
    "neutrality.named": {"representative"},
    "neutrality.ended": {"representative"},
    "credits.block-opened": {"representative"},
    "credits.spent": {"representative"},
    "green-certificates.block-opened": {"decision-maker"},
    "green-certificates.counted": {"decision-maker"},
    "declaration.started": {"representative"},
    "declaration.activity-data": {"representative"},
    "declaration.self-calculated": {"representative"},
    "declaration.verified": {"representative"},
    "declaration.declared": {"representative"},
    "declaration.corrected": {"representative"},
    "declaration.statement-lost": {"reviewer", "decision-maker"},
    "pack.declared": {"representative"},
    "pack-list.stated": {"representative"},
    "pack-list.restated": {"representative"},
}
"""Who may cause what (domain study 6.5 and 6.7), written down a second time."""


def _confirmed(case: "CaseView", held: Any, before: str) -> bool:
    """Tell whether a case about a certificate, or the one before, verified the package it states and ended well."""
    well = case.decision is not None and case.decision.outcome.value in ("maintain", "restate")
    verified = any(one.verification and one.package == held.package for one in case.activities)
    return well and verified and case.certificate in {held.number, before} - {""}


@dataclass
class CaseView:
    """What the events said about a case."""

    kind: str
    client: str
    body: str
    scheme: str
    subject: Any
    package: str
    certificate: str
    accepted: date | None = None
    activities: list[Any] = field(default_factory=list)
    conclusions: dict[str, bool] = field(default_factory=dict)
    findings: dict[str, tuple[Severity, bool, bool]] = field(default_factory=dict)
    workers: set[str] = field(default_factory=set)
    reviewer: str = ""
    recommended: str = ""
    decision: Any = None
    ended: bool = False
    declined: bool = False
    claim: str = ""
    acted: set[str] = field(default_factory=set)
    at: Any = None
    reused: tuple[str, ...] = ()
    graded: dict[str, dict[str, str]] = field(default_factory=dict)
    clauses: set[str] = field(default_factory=set)
    begun: dict[str, str] = field(default_factory=dict)
    asked: dict[str, date] = field(default_factory=dict)
    deciders: set[str] = field(default_factory=set)
    facts: dict[str, str] = field(default_factory=dict)
    base: Any = None
    planners: set[str] = field(default_factory=set)


@dataclass
class CertificateView:
    """What the events said about a certificate."""

    held: Any
    changes: list[tuple[date, str, date | None, str]] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    batches: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=dict)
    stated: list[Any] = field(default_factory=list)
    mark: str = ""
    due: set[str] = field(default_factory=set)
    since: date = date.min
    watches: list[date] = field(default_factory=list)
    newest: date = date.min
    seen: set[str] = field(default_factory=set)
    taken: list[tuple[Any, set[str]]] = field(default_factory=list)
    successor: str = ""
    suspenders: set[str] = field(default_factory=set)
    looked: date = date.min


@dataclass
class VerificationView:
    """What the events said about a verification."""

    body: str
    case: str
    client: str
    agreed: Any
    team: set[str] = field(default_factory=set)
    misstatements: dict[str, tuple[Any, bool]] = field(default_factory=dict)
    opinion: str = ""
    statement: str = ""
    standing: bool = False
    reviewer: str = ""
    recorded: dict[str, str] = field(default_factory=dict)
    seed: str = ""
    worked: set[str] = field(default_factory=set)
    analysed: bool = False
    wanted: set[str] = field(default_factory=set)
    gathered: set[str] = field(default_factory=set)
    factors: dict[str, Fraction] = field(default_factory=dict)
    issued: date = date.min
    planners: set[str] = field(default_factory=set)


class Broken(AssertionError):
    """An invariant does not hold."""


def in_china(at: datetime) -> date:
    """Return the day of a moment where the bodies are, eight hours ahead of Greenwich."""
    return (at.astimezone(UTC) + timedelta(hours=8)).date()


def need(holds: object, name: str, text: object = "") -> None:
    """Say which invariant is broken."""
    if not holds:
        raise Broken(f"{name}: {text}")


class Ledger:
    """Reads a journal, one transaction after the other, and checks each."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], int] = defaultdict(int)
        self.last_at: Any = None
        self.organisations: dict[str, Any] = {}
        self.grants: dict[str, dict[str, list[Any]]] = defaultdict(dict)
        self.sought: dict[str, set[str]] = defaultdict(set)
        self.work: dict[str, list[list[Any]]] = defaultdict(list)
        self.fields: dict[str, list[Any]] = defaultdict(list)
        self.systems: dict[str, list[date]] = defaultdict(list)
        self.roles: dict[str, list[list[Any]]] = defaultdict(list)
        self.competences: dict[str, list[Any]] = defaultdict(list)
        self.ties: dict[str, list[Any]] = defaultdict(list)
        self.owners: dict[str, list[list[Any]]] = defaultdict(list)
        self.cases: dict[str, CaseView] = {}
        self.certificates: dict[str, CertificateView] = {}
        self.verifications: dict[str, VerificationView] = {}
        self.filings: dict[str, dict[str, Any]] = {}
        self.complaints: dict[str, dict[str, Any]] = {}
        self.neutral: dict[str, dict[str, Any]] = {}
        self.serials: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.green: list[tuple[Any, ...]] = []
        self.declared: dict[str, Any] = {}
        self.packs: dict[str, list[Any]] = {}
        self.codes: set[str] = set()
        self.places: set[int] = set()
        self.latest: dict[tuple[str, str, str], str] = {}
        self.secrets: set[str] = set()
        self.statements: dict[str, str] = {}
        self.kinds: dict[str, int] = defaultdict(int)

    def take(self, added: tuple[Any, ...], *, founding: bool = False) -> None:
        """Check one transaction and remember it.

        Args:
            added: Its events.
            founding: Whether it stands before anybody could have a role.
        """
        if not added:
            return
        stamp = added[0].stamp
        need(all(one.stamp == stamp for one in added), "I15", "one actor and time for each transaction")
        need(self.last_at is None or stamp.at >= self.last_at, "I16", "time goes on")
        self.last_at = stamp.at
        if not founding:
            self._role(added)
        for one in added:
            place = (one.record.stream, one.id)
            need(one.version == self.versions[place] + 1, "I16", place)
            self.versions[place] += 1
            self.kinds[one.event.kind] += 1
            self._texts(one.event)
        self._together(added)
        for one in added:
            getattr(self, "_" + one.event.kind.replace(".", "_").replace("-", "_"))(one, added)
            found = self.verifications[one.id].case if one.record.stream == "verification" else one.id
            if one.record.stream in ("case", "verification") and found:
                self.cases[found].acted.add(stamp.by.person)
        self._public(added)

    # Who acts

    def _role(self, added: tuple[Any, ...]) -> None:
        by, day = added[0].stamp.by, in_china(added[0].stamp.at)
        need(self.works(by.person, by.organisation, day), "I15", f"{by} does not work there")
        need(self.holds(by.person, by.role, by.organisation, day), "I15", f"{by} has no such role")
        for one in added:
            need(by.role in ROLES_BY_KIND[one.event.kind], "I15", f"{one.event.kind} by {by.role}")

    def holds(self, person: str, role: str, organisation: str, day: date) -> bool:
        """Tell whether a person had a role on a day."""
        return any(
            (there, held) == (organisation, role) and first <= day and (last is None or day <= last)
            for there, held, first, last in self.roles[person]
        )

    def works(self, person: str, organisation: str, day: date) -> bool:
        """Tell whether a person worked at an organisation on a day."""
        return any(
            there == organisation and first <= day and (last is None or day <= last)
            for there, _, first, last in self.work[person]
        )

    def _texts(self, event: object) -> None:
        for text in walk(event, Bilingual):
            need(text.zh.strip() and text.en.strip(), "I19", text)
        for name, text in named_texts(event):
            need(name not in DIGESTS or not text or DIGEST.fullmatch(text), "I10", f"{name} is no digest: {text!r}")
            need(name not in NAMES or not text or NAME.fullmatch(text), "I10", f"{name} is no name: {text!r}")

    def _public(self, added: tuple[Any, ...]) -> None:
        for one in added:
            if one.event.public is Public.YES:
                found = {text for text in walk(one.event, str) if text in self.secrets}
                need(not found, "I10", f"{one.event.kind} shows {found}")

    # What has to stand together

    def _together(self, added: tuple[Any, ...]) -> None:
        kinds = [one.event.kind for one in added]
        decisions = [one for one in added if one.event.kind == "decision.taken"]
        need(len(decisions) <= 1, "I1", "one decision at a time")
        outcome = decisions[0].event.decision.outcome.value if decisions else ""
        needed = {
            "certificate.issued": {"grant"},
            "certificate.restated": {"restate", "reduce"},
            "certificate.replaced": {"grant"},
            "surveillance.done": {"maintain", "restate", "reduce", "suspend", "withdraw"},
            "case.closed": {value for value in OUTCOMES if value},
            "mark.licensed": {"grant"},
        }
        for kind, outcomes in needed.items():
            need(kind not in kinds or outcome in outcomes, "I1", f"{kind} with {outcome}")
        follows = {
            "grant": "certificate.issued",
            "maintain": "case.closed",
            "restate": "certificate.restated",
            "reduce": "certificate.restated",
            "restore": "certificate.status-changed",
            "suspend": "certificate.status-changed",
            "withdraw": "certificate.status-changed",
            "cancel": "certificate.status-changed",
        }
        if outcome in follows:
            need(follows[outcome] in kinds, "I1", f"{outcome} without {follows[outcome]}")
        if "complaint.resolved" in kinds:
            need(
                set(kinds) <= {"complaint.resolved", "decision.due", "case.reopened"}, "I17", "an outcome edits nothing"
            )

    # Organisations and people

    def _organisation_registered(self, one: Any, _: Any) -> None:
        event = one.event
        need(one.id not in self.organisations, "I13", one.id)
        if event.code:
            need(credit_code_holds(event.code), "I13", event.code)
            need(event.code not in self.codes, "I13", event.code)
            self.codes.add(event.code)
        self.organisations[one.id] = event

    def _organisation_system_declared(self, one: Any, _: Any) -> None:
        need(one.stamp.by.organisation == one.id, "I15", one.id)
        self.systems[one.id].append(one.event.since)

    def _accreditation_sought(self, one: Any, _: Any) -> None:
        need(one.stamp.by.organisation == one.id, "I15", "nobody applies for accreditation for another")
        need(self.organisations[one.event.accreditor].type == "accreditation-body", "I5", "accredited by an accreditor")
        self.sought[one.id].add(one.event.accreditor)

    def _asked_and_told(self, one: Any) -> None:
        """An accreditation body accredits only who applied, and nobody grants what no public record can state."""
        grant = one.event.grant
        if one.stamp.by.role == "accreditor":
            need(one.stamp.by.organisation in self.sought[one.id], "I5", "accredits only who applied")
        names = [scope.id for scope in grant.scopes]
        need(names and len(names) == len(set(names)), "I5", "granted for nothing, or two scopes of one name")

    def _scope_granted(self, one: Any, _: Any) -> None:
        grant = one.event.grant
        kinds = {"regulator": "approval", "accreditor": "accreditation"}
        need(grant.kind == kinds[one.stamp.by.role], "I5", "an authority grants what is its own")
        need(grant.giver == one.stamp.by.organisation, "I5", "granted in the name of another authority")
        if one.stamp.by.role == "regulator":
            pilots = ["CN" for scope in grant.scopes if PILOT in scope.activities]
            self._far_enough(one, *pilots, *(place for scope in grant.scopes for place in scope.places))
        need(all(scope.known == in_china(one.stamp.at) for scope in grant.scopes), "I18", "known when it was said")
        self._asked_and_told(one)
        self.grants[one.id][grant.id] = [grant]

    def _scope_changed(self, one: Any, _: Any) -> None:
        need(one.event.change.known == in_china(one.stamp.at), "I18", "known when it was said")
        giver = self.grants[one.id][one.event.grant][0].giver
        need(giver == one.stamp.by.organisation, "I5", "changed by another authority than its giver")
        known = {scope.id for scope in self.grants[one.id][one.event.grant][0].scopes}
        need(known >= set(one.event.change.scopes), "I5", "changed a scope that was never granted")
        self.grants[one.id][one.event.grant].append(one.event.change)

    def _far_enough(self, one: Any, *places: str) -> None:
        """Who files, strikes or approves reaches that far; everywhere, somewhere and on a list is for the country."""
        own = self.organisations[one.stamp.by.organisation].place
        for place in places:
            code = place.removeprefix("place:")
            need(own in ("CN", code, code.partition("-")[0]), "I15", f"{own} has no say in {place}")

    def _staff_joined(self, one: Any, _: Any) -> None:
        """The person's own record is what counts."""

    _staff_left = _credit_code_taken = _staff_joined

    def _person_registered(self, one: Any, _: Any) -> None:
        need(one.version == 1, "I13", one.id)

    def _person_engaged(self, one: Any, _: Any) -> None:
        new = one.event.engagement
        self.work[one.id].append([new.organisation, new.kind, new.first, new.last])
        self.fields[one.id].append(new.field_since if new.fulltime else None)
        spells = self.work[one.id]
        for i, (_, kind, first, last) in enumerate(spells):
            for _, another, other, end in spells[i + 1 :]:
                apart = (last is not None and last < other) or (end is not None and end < first)
                need(apart or kind == another == "client", "I21", f"{one.id} at two bodies")

    def _person_left(self, one: Any, _: Any) -> None:
        need(one.event.last == in_china(one.stamp.at), "I15", "an end counts from tomorrow on")
        for spells in (self.work[one.id], self.roles[one.id]):
            for spell in spells:
                if spell[0] == one.event.organisation and spell[3] is None:
                    spell[3] = one.event.last

    def _role_assigned(self, one: Any, _: Any) -> None:
        duty = one.event.duty
        day = in_china(one.stamp.at)
        need(self.works(one.id, duty.organisation, day) or day < duty.first, "I15", "a role where one works")
        if one.stamp.by.role == "registrar" != duty.role:
            need(one.stamp.by.person != one.id, "I15", "a role for oneself")
            staff = [name for name in self.roles if self.holds(name, "manager", duty.organisation, day)]
            need(not staff, "I15", f"{duty.organisation} has a manager")
        self.roles[one.id].append([duty.organisation, duty.role, duty.first, duty.last])

    def _role_ended(self, one: Any, _: Any) -> None:
        need(one.event.last == in_china(one.stamp.at), "I15", "an end counts from tomorrow on")
        for spell in self.roles[one.id]:
            if (spell[0], spell[1], spell[3]) == (one.event.organisation, one.event.role, None):
                spell[3] = one.event.last

    def _competence_granted(self, one: Any, _: Any) -> None:
        need(one.stamp.by.person != one.id, "I4", "found competent by oneself")
        self.competences[one.id].append(one.event.competence)

    def _competence_ended(self, one: Any, _: Any) -> None:
        event, day = one.event, in_china(one.stamp.at)
        need(one.stamp.by.person != one.id and self.works(one.id, one.stamp.by.organisation, day), "I4", one.id)
        need(event.last == day, "I15", "an end counts from tomorrow on")
        same = (event.role, event.scheme, event.category)
        kept = self.competences[one.id]
        self.competences[one.id] = [
            replace(held, last=min(held.last, day)) if (held.role, held.scheme, held.category) == same else held
            for held in kept
            if (held.role, held.scheme, held.category) != same or held.first <= day
        ]

    def _owner_stated(self, one: Any, _: Any) -> None:
        new = one.event.owner
        need(0 < new.share <= 1 and new.organisation in self.organisations, "I4", "no such share")
        self.owners[one.id].append([new.organisation, new.share, new.first, new.last])

    def _owner_ended(self, one: Any, _: Any) -> None:
        for spell in self.owners[one.id]:
            if (spell[0], spell[3]) == (one.event.owner, None):
                spell[3] = one.event.last

    def _above(self, name: str, day: date) -> set[str]:
        """Return an organisation and all that have half or more of it, with all that they have half or more of."""
        tops = {spell[0] for spells in self.owners.values() for spell in spells}
        return {name} | {top for top in tops if name in self._below(top, day)}

    def _below(self, top: str, day: date) -> set[str]:
        """Return an organisation and all of which it has half or more, directly or through others, taken together."""
        found: set[str] = set()
        more = {top}
        while more:
            found |= more
            more = {owned for owned in set(self.owners) - found if 2 * self._held(owned, found, day) >= 1}
        return found

    def _held(self, owned: str, by: set[str], day: date) -> Decimal:
        """Return the largest part that some had together on an evening, which counts for a while after its end."""
        largest = Decimal(0)
        for evening in {spell[2] for spell in self.owners[owned]}:
            parts: dict[str, Decimal] = defaultdict(Decimal)
            for owner, share, first, last in self.owners[owned]:
                there = first <= evening and (last is None or evening < last or evening == first)
                if owner in by and there and first <= day and (last is None or day <= later(last, LOOK_BACK)):
                    parts[owner] = max(parts[owner], share)
            largest = max(largest, sum(parts.values(), Decimal(0)))
        return largest

    def _conflict_declared(self, one: Any, added: tuple[Any, ...]) -> None:
        new = one.event.conflict
        ended = [t for t in self.ties[one.id] if (t.organisation, t.kind, t.first, t.last) == _open(new)]
        if new.last is not None and ended:
            need(one.stamp.by.role == "manager", "I4", "nobody ends a tie of their own")
            self.ties[one.id].remove(ended[0])
        elif not ended:
            told = {other.id for other in added if other.event.kind == "decision.due"}
            touched = set(self._touched(one.id, new, in_china(one.stamp.at)))
            need(touched <= told, "I4", f"{touched - told} go on as if nothing had come to light")
        self.ties[one.id].append(new)

    def _touched(self, person: str, tie: Any, day: date) -> Iterable[str]:
        """Yield the living certificates whose case a person worked on while a tie barred it."""
        for case in self.cases.values():
            if case.decision is None or case.client != tie.organisation or not case.decision.certificate:
                continue
            barred = any(
                tie.first <= known and (tie.last is None or known <= later(tie.last, LOOK_BACK))
                for known in (case.accepted or day, case.decision.on)
            )
            number = case.decision.certificate
            while self.certificates[number].successor:
                number = self.certificates[number].successor
            lives = self.standing(number, day) in ("valid", "suspended", "lapsed")
            took_part = {*case.workers, *case.planners, case.reviewer, case.decision.person}
            if barred and lives and person in took_part & case.acted:
                yield number

    def _tied(self, person: str, client: str, day: date) -> bool:
        spells = [(t.first, t.last) for t in self.ties[person] if t.organisation == client]
        spells += [(first, last) for there, _, first, last in self.work[person] if there == client]
        return any(first <= day and (last is None or day <= later(last, LOOK_BACK)) for first, last in spells)

    def _fit(self, person: str, role: str, case: CaseView, day: date) -> None:
        need(not self._tied(person, case.client, day), "I4", f"{person} has a tie to {case.client}")
        scheme = case.scheme.partition("@")[0]
        able = any(
            one.role == role
            and one.scheme in ("*", scheme)
            and (role == "planner" or one.category in ("*", case.subject.category))
            and one.first <= day <= one.last
            for one in self.competences[person]
        )
        need(able, "I4", f"{person} is not competent as {role}")

    # Cases

    def _application_submitted(self, one: Any, _: Any) -> None:
        event, by = one.event, one.stamp.by
        need(one.id not in self.cases, "I13", one.id)
        owner = event.client if by.role == "representative" else event.body
        need(by.organisation == owner, "I15", "an application of one's own")
        self.cases[one.id] = CaseView(
            event.case.value, event.client, event.body, event.scheme, event.subject, event.package, event.certificate
        )
        self.cases[one.id].at, self.cases[one.id].base = one.stamp.at, event.base
        based = event.scheme.partition("@")[0] in REDUCED
        need(based == (event.base is not None), "I3", "a reduction has a base, and nothing else has one")
        if event.certificate:
            kept = self.cases[self.certificates[event.certificate].stated[0].case].base
            need(event.base == kept, "I1", "another base than that of the certificate")
            old = self.certificates[event.certificate].held
            mine, theirs = event.subject, old.subject
            same = all(
                getattr(mine, part) == getattr(theirs, part)
                for part in ("product", "model", "site", "place", "category")
            )
            need(same, "I1", "a later case is about the same product")
            need(event.client == old.client, "I15", "a certificate of one's own")
            need(event.scheme.partition("@")[0] == old.scheme.partition("@")[0], "I3", "the same scheme")
            if event.case.value in ("surveillance", "renewal"):
                newest = self.certificates[event.certificate].newest
                need(mine.first > newest, "I7", f"looked at data of {mine.first} after those of {newest}")

    def _package_attached(self, one: Any, _: Any) -> None:
        case = self._own(one, "client")
        case.package = one.event.package
        family, sent = case.subject.family, {member.model: member for member in one.event.members}
        need(sent.keys() <= _models(case.subject) - {case.subject.model}, "I1", "a package for no model of the family")
        if family is not None:
            listed = tuple(sent.get(member.model, member) for member in family.members)
            case.subject = replace(case.subject, family=replace(family, members=listed))
        case.begun.clear()
        case.conclusions.clear()  # and what was done rests on the package before
        case.graded.clear()

    def _application_accepted(self, one: Any, _: Any) -> None:
        case = self._own(one, "body")
        case.accepted = in_china(one.stamp.at)
        self._fit(one.stamp.by.person, "planner", case, case.accepted)
        for organisation in (case.body, *one.event.terms.laboratories):
            self._unbound(organisation, case, case.accepted)
        case.facts = dict(one.event.facts)
        case.reused = one.event.terms.reused
        for name in case.reused:
            found = self.verifications[name]
            whose = (found.client, found.case, found.agreed.claim.package)
            need(found.standing and whose == (case.client, "", case.package), "I1", f"{name} cannot be taken over")
            self._taken_over(found, case)
        self._allowed(case, in_china(one.stamp.at))
        self._met(case, in_china(one.stamp.at))

    def _taken_over(self, found: VerificationView, case: CaseView) -> None:
        """What was verified before there was a case was the same thing, no more loosely than its scheme asks."""
        agreed, about = found.agreed, case.subject
        same = (agreed.category, agreed.site, agreed.place) == (about.category, about.site, about.place)
        need(same, "I1", "taken over from something else")
        need(case.scheme.partition("@")[0] in UNLIMITED or self._strict(found), "I20", "taken over though looser")

    def _strict(self, found: VerificationView) -> bool:
        """Tell whether a verification is as the schemes with statements have it: reasonable, five in a hundred."""
        shares = (found.agreed.materiality.overall, *found.agreed.materiality.categories.values())
        return bool(found.agreed.assurance == "reasonable" and max(shares) <= Decimal("0.05"))

    def _met(self, case: CaseView, day: date) -> None:
        """What a scheme asks of body and client beforehand: declared, or found by the register."""
        name = case.scheme.partition("@")[0]
        for fact in DECLARED.get(name, ("legal_person",)):
            need(case.facts.get(fact) == "true", "I3", f"{fact} is not so")
        if name in STAFFED:
            staff = [person for person in self.work if self._experienced(person, case.body, day)]
            able = [person for person in staff if self._found_able(person, name, day)]
            need(len(able) >= STAFFED[name], "I5", f"{case.body} has {len(able)} people")
        if name in SYSTEMS:
            running = any(later(since, SYSTEMS[name]) <= day for since in self.systems[case.client])
            need(running, "I3", f"no system of {case.client} has been running")

        held = self.grants[case.body].values()
        listed = any(
            PILOT in scope.activities and _covers(scope, changes, PILOT, case, day)
            for grant, *changes in held
            if grant.kind == "approval"
            for scope in grant.scopes
        )
        need(listed or name not in PILOTED, "I5", f"{case.body} is on no list of the pilot")

    def _found_able(self, person: str, scheme: str, day: date) -> bool:
        """Tell whether somebody was found competent in a scheme, in whatever role."""
        return any(one.scheme in ("*", scheme) and one.first <= day <= one.last for one in self.competences[person])

    def _experienced(self, person: str, body: str, day: date) -> bool:
        """Tell whether somebody works full time at a body, in the field for two years."""
        return any(
            there == body and first <= day and last is None and known is not None and later(known, FIELD_MONTHS) <= day
            for (there, _, first, last), known in zip(self.work[person], self.fields[person], strict=True)
        )

    def _application_declined(self, one: Any, _: Any) -> None:
        case = self._own(one, "body")
        case.ended = case.declined = True

    def _application_withdrawn(self, one: Any, _: Any) -> None:
        case = self._own(one, "client")
        need(case.kind not in ("surveillance", "special"), "I7", "taken back by who did not ask")
        case.ended = True

    def _plan_approved(self, one: Any, _: Any) -> None:
        case = self._own(one, "body")
        need(case.accepted is not None, "I3", "planned before it was accepted")
        self._fit(one.stamp.by.person, "planner", case, in_china(one.stamp.at))
        case.planners.add(one.stamp.by.person)
        for member in one.event.plan.team:
            need(member.role in TEAM, "I4", member.role)
            self._fit(member.person, member.role, case, in_china(one.stamp.at))
            case.workers.add(member.person)
        team = {member.person for member in one.event.plan.team}
        case.begun = {name: person for name, person in case.begun.items() if person in team}

    def _activity_started(self, one: Any, _: Any) -> None:
        case, activity = self._own(one, "body"), one.event.activity
        self._working(one, case, one.event.person)
        case.workers.add(one.event.person)
        need(activity not in case.begun, "I15", f"{activity} is under way")
        done = {item.id for item in case.activities if item.package == case.package}
        need(activity not in done, "I3", f"{activity} is done")
        case.begun[activity] = one.event.person

    def _activity_completed(self, one: Any, _: Any) -> None:
        case, activity = self._own(one, "body"), one.event.activity
        self._working(one, case, activity.person)
        need(case.begun.pop(activity.id, activity.person) == activity.person, "I15", "somebody else began it")
        case.activities.append(activity)
        self._remember(activity.evidence)
        self._named(case, activity.evidence)
        need(activity.package == case.package, "I1", "an activity on another package")
        self._checked(case, activity)
        if activity.outsourced:
            self._outsourced(case, activity, in_china(one.stamp.at))
        role = dict(required(case.scheme, _kind(case), case.facts)).get(activity.id, "")
        if case.kind == "special" and activity.id in VERIFYING:
            role = "verifier"
        need(role == one.stamp.by.role, "I3", f"{activity.id} is not for {one.stamp.by.role}")
        need(bool(activity.verification) == (activity.id in VERIFYING), "I20", activity.id)
        if activity.verification:
            found = self.verifications[activity.verification]
            need(found.standing and found.statement == activity.statement, "I20", "no statement stands")
            need(found.opinion == activity.opinion, "I20", "the opinion is that of the statement")
            need(found.agreed.claim.package == case.package == activity.package, "I2", "another package was verified")
            need(found.case == one.id or activity.verification in case.reused, "I4", "a verification of another case")
            case.workers |= found.team
            case.planners |= found.planners

    def _conclusion_reached(self, one: Any, _: Any) -> None:
        case, conclusion = self._own(one, "body"), one.event.conclusion
        self._working(one, case, conclusion.person)
        wanted = {name: (role, kinds) for name, role, kinds in CONCLUSIONS[case.scheme]}[conclusion.id]
        done = {item.id for item in case.activities if item.package == case.package}
        asked = required(case.scheme, _kind(case), case.facts)
        open_ = [name for name, role in asked if role == wanted[0] and name not in done]
        need(not open_, "I3", f"concluded before {open_}")
        self._named(case, conclusion.evidence)
        need(wanted[0] == one.stamp.by.role, "I3", conclusion.id)
        given = {item.kind for item in conclusion.evidence}
        need(not conclusion.positive or set(wanted[1]) <= given, "I3", "a conclusion without its evidence")
        case.conclusions[conclusion.id] = conclusion.positive
        case.graded[conclusion.id] = dict(conclusion.answers) if conclusion.positive else {}
        self._remember(conclusion.evidence)

    def _named(self, case: CaseView, evidence: tuple[Any, ...]) -> None:
        """What evidence calls the package or the statement is that of the case."""
        for item in evidence:
            if item.kind == "package":
                need(item.digest == case.package, "I1", "the package of something else")
            if item.kind == "verification-statement":
                need(self.statements.get(item.digest) == case.package, "I1", "a statement on something else")

    def _checked(self, case: CaseView, activity: Any) -> None:
        """Every question of the scheme was answered; what is not met is a finding."""
        scheme = schemes()[case.scheme]
        asks = next(one.checklist.value for one in scheme.activities if one.id == activity.id)
        grid = len(scheme.grid.modules) * len(scheme.grid.clauses) if scheme.grid is not None else 0
        of_scheme = len(scheme.client_requirements) + len(scheme.conclusions) + grid
        by_rule = CLAUSES.get(activity.id, (0, 0)) if activity.package else (0, 0)
        least, more = by_rule
        if activity.id not in DOCUMENTS or not activity.package:
            least += of_scheme if asks != "none" else 0
        found = activity.checked
        given = found.questions if found is not None else 0
        need(least <= given <= least + more, "I3", f"{activity.id} without its checklist")
        need(found is None or set(found.not_met) <= case.clauses, "I3", "what is not met is no finding")

    def _outsourced(self, case: CaseView, activity: Any, day: date) -> None:
        """Whoever works for the body is covered for that kind of work that day."""
        word = WORK.get(activity.id, "inspection")
        grants = self.grants[activity.outsourced].values()
        able = any(_covers(scope, changes, word, case, day) for grant, *changes in grants for scope in grant.scopes)
        need(able, "I5", f"{activity.outsourced} is not covered for {word}")
        self._unbound(activity.outsourced, case, day)

    def _unbound(self, organisation: str, case: CaseView, day: date) -> None:
        """Nobody with a tie to the client manages a body or laboratory that works for it."""
        managing = [person for person in self.roles if self.holds(person, "manager", organisation, day)]
        bound = [person for person in managing if self._tied(person, case.client, day)]
        need(not bound, "I4", f"{organisation} is bound to {case.client} by {bound}")
        self._unowned(organisation, case.client, day)

    def _unowned(self, organisation: str, client: str, day: date) -> None:
        """Nobody who controls the client controls who works on it, and neither of them the other."""
        both = self._above(organisation, day) & self._above(client, day)
        need(not both, "I4", f"{organisation} and {client} belong to {both}")

    def _finding_raised(self, one: Any, _: Any) -> None:
        case, finding = self._own(one, "body"), one.event.finding
        self._working(one, case, finding.raised_by)
        need(finding.id not in case.findings, "I18", finding.id)
        case.findings[finding.id] = finding.severity, False, False
        case.asked[finding.id] = in_china(one.stamp.at)
        case.clauses.add(finding.clause)

    def _finding_answered(self, one: Any, _: Any) -> None:
        case = self._own(one, "client")
        severity, answered, closed = case.findings[one.event.finding]
        need(not closed, "I18", "a closed finding is not answered")
        taken = (in_china(one.stamp.at) - case.asked[one.event.finding]).days
        in_time = taken <= ANSWER_DAYS or severity is Severity.OBSERVATION
        need(answered or in_time, "I3", f"{one.event.finding} is answered after {taken} days")
        case.findings[one.event.finding] = severity, True, False

    def _finding_closed(self, one: Any, _: Any) -> None:
        case = self._own(one, "body")
        self._working(one, case, one.event.person)
        severity, answered, _ = case.findings[one.event.finding]
        need(answered, "I3", "closed without an answer")
        case.findings[one.event.finding] = severity, True, True

    def _review_completed(self, one: Any, _: Any) -> None:
        case, event = self._own(one, "body"), one.event
        self._apart(event.person, case)
        self._fit(event.person, "reviewer", case, in_china(one.stamp.at))
        self._unbound(case.body, case, in_china(one.stamp.at))
        if event.recommendation.value in POSITIVE:
            self._complete(case)
        case.reviewer, case.recommended = event.person, event.recommendation.value

    def _review_returned(self, one: Any, _: Any) -> None:
        case = self._own(one, "body")
        self._apart(one.event.person, case)
        case.reviewer = ""

    def _decision_taken(self, one: Any, added: tuple[Any, ...]) -> None:
        case, decided, day = self._own(one, "body"), one.event.decision, in_china(one.stamp.at)
        need(case.reviewer, "I3", "decided before it was reviewed")
        need(case.decision is None, "I18", "decided twice")
        need(decided.person == one.stamp.by.person, "I15", decided.person)
        self._apart(decided.person, case)
        self._fit(decided.person, "decision-maker", case, day)
        need(decided.package in ("", case.package), "I1", "another package than the one of the case")
        if case.kind in ("transfer", "special"):
            for name in self.certificates[case.certificate].cases:
                self._apart(decided.person, self.cases[name])
        if decided.outcome.value in POSITIVE:
            need(case.recommended in POSITIVE, "I3", "decided well against the review")
            self._complete(case)
            self._allowed(case, day)
            for worker in (*case.workers, *case.planners, case.reviewer):
                for when in (case.accepted or day, day):
                    need(not self._tied(worker, case.client, when), "I4", f"{worker} has a tie to {case.client}")
            self._moved(case, decided, added)
            self._overtaken(case, decided)
            self._starred(case, decided)
        leads = {"suspend": "suspended", "reduce": "reduced", "withdraw": "withdrawn", "cancel": "cancelled"}
        known = {one.id: one.leads_to.value for one in schemes()[case.scheme].grounds}
        need(known.get(decided.ground) == leads.get(decided.outcome.value), "I7", f"{decided.ground} is no ground")
        need(not case.certificate or self._closes(case, added), "I1", "the certificate does not know of the case")
        if case.certificate and case.activities:
            view = self.certificates[case.certificate]
            view.looked = max(view.looked, case.subject.first)
        case.decision = decided
        case.ended = True

    def _starred(self, case: CaseView, decided: Any) -> None:
        """What goes on as before has the grade that was found."""
        if decided.outcome.value in ("maintain", "restore"):
            need(self.certificates[case.certificate].held.grade == _stars(case), "I1", "another grade than was found")

    def _closes(self, case: CaseView, added: tuple[Any, ...]) -> bool:
        return [one.id for one in added if one.event.kind == "case.closed"] == [case.certificate]

    def _overtaken(self, case: CaseView, decided: Any) -> None:
        """What is decided well is about data that are newer still, and brings back no model that was taken out."""
        view = self.certificates.get(case.certificate)
        if view is None:
            return
        if case.kind in ("surveillance", "renewal"):
            need(case.subject.first > view.newest, "I7", f"{case.subject.first} is not after {view.newest}")
            need(not decided.package or decided.package not in view.seen, "I7", "the same package again")
        if case.kind not in ("change", "renewal") and decided.outcome.value != "reduce":
            need(_models(case.subject) <= _models(view.held.subject), "I1", "models nobody evaluated here")
        if decided.outcome.value != "reduce":
            for at, models in view.taken:
                back = (models - _models(view.held.subject)) & _models(case.subject)
                need(at <= case.at or not back, "I1", f"{back} come back by an older case")

    def _moved(self, case: CaseView, decided: Any, added: tuple[Any, ...]) -> None:
        """What goes on as before has not moved further than the scheme lets it, on the newest data looked at."""
        if decided.outcome.value == "grant" or case.certificate not in self.certificates:
            return
        view = self.certificates[case.certificate]
        need(case.subject.first >= max(view.newest, view.looked), "I7", "older data than were looked at")
        if decided.outcome.value == "restate":
            return  # with its event
        before, came = view.held.value, packages().get(decided.package)
        if before is not None:
            need(came is not None and came.ok, "I2", "went on with a package that does not recompute")
            self._placed(case, came)
            restated = next((one.event.held.subject for one in added if one.event.kind == CHANGED), view.held.subject)
            self._borne_out(restated, case.subject, came)
            self._still_reduced(view.held, self._reduced(case, came))
            if case.scheme.partition("@")[0] in UNLIMITED:
                return
            off = abs(Fraction(came.value) - Fraction(before)) if came is not None else Fraction(1)
            need(off <= Fraction(5, 100) * abs(Fraction(before)), "I7", "moved further than the scheme lets it")

    def _still_reduced(self, held: Any, share: Any) -> None:
        """No certificate goes on stating more of a reduction than is left."""
        need(share is None or share >= Fraction(held.reduction.share), "I2", f"{share} is less than is stated")

    def _borne_out(self, stated: Any, looked: Any, came: Any) -> None:
        """A family goes on as the newest packages of its models bear it out."""
        if stated.family is None:
            return
        sent = {one.model: one for one in looked.family.members} if looked.family is not None else {}
        need(_models(stated) <= sent.keys(), "I2", "a model at which nobody looked")
        kept = tuple(sent[one.model] for one in stated.family.members)
        self._family(replace(stated, family=replace(stated.family, members=kept)), came)

    def _own(self, one: Any, whose: str) -> CaseView:
        case = self.cases[one.id]
        need(not case.ended, "I18", f"{one.event.kind} after the end of {one.id}")
        need(one.stamp.by.organisation == getattr(case, whose), "I15", f"{one.event.kind} by another organisation")
        return case

    def _working(self, one: Any, case: CaseView, person: str) -> None:
        need(person == one.stamp.by.person, "I15", f"{person} did not act")
        need(person in case.workers, "I4", f"{person} was never appointed")
        need(not case.reviewer, "I3", "work after the review")

    def _apart(self, person: str, case: CaseView) -> None:
        workers = case.workers | {
            worker
            for found in self.verifications.values()
            if self.cases.get(found.case) is case
            for worker in found.team
        }
        need(person not in workers, "I4", f"{person} took part")
        self._unplanned(person, case)

    def _unplanned(self, person: str, about: CaseView | VerificationView) -> None:
        """Who planned an evaluation, or the evidence of a verification, has taken part in it."""
        need(person not in about.planners, "I4", f"{person} planned what is now reviewed or decided")

    def _complete(self, case: CaseView) -> None:
        current = [one for one in case.activities if one.package == case.package]
        done = {one.id for one in current}
        for activity, _ in required(case.scheme, _kind(case), case.facts):
            need(activity in done, "I3", f"{activity} is open")
        for name, _, _ in CONCLUSIONS[case.scheme]:
            need(case.conclusions.get(name), "I3", f"{name} is not concluded")
        for name, (severity, _, closed) in case.findings.items():
            need(closed or severity is Severity.OBSERVATION, "I3", f"{name} is open")
        for one in current:
            need(one.opinion in ("", "unmodified"), "I20", one.opinion)
            if one.verification:
                need(self.verifications[one.verification].standing, "I20", "the statement does not stand")

    def _remember(self, evidence: Iterable[Any]) -> None:
        said = ("package", "verification-statement")  # what a decision names; its digest says nothing of what is inside
        self.secrets |= {one.digest for one in evidence if one.export in PUBLIC_WORDS and one.kind not in said}

    # Certificates

    def _certificate_issued(self, one: Any, added: tuple[Any, ...]) -> None:
        held, day = one.event.held, in_china(one.stamp.at)
        need(one.id not in self.certificates, "I13", one.id)
        need(len(one.id) >= 6 and one.id.replace("-", "").isalnum() and one.id == one.id.upper(), "I13", one.id)
        need(held.place not in self.places, "I13", f"place {held.place}")
        self.places.add(held.place)
        decided = next(other for other in added if other.event.kind == "decision.taken")
        case = self.cases[decided.id]
        said = (held.number, held.case, held.body, held.client, held.scheme, held.subject, held.package)
        asked = (one.id, decided.id, case.body, case.client, case.scheme, case.subject, decided.event.decision.package)
        need(said == asked, "I1", "the certificate is not what was decided")
        need(decided.event.decision.certificate == one.id, "I1", "the decision names another certificate")
        self._figure(held, case)
        name = held.scheme.partition("@")[0]
        for number, other in self.certificates.items():
            same = (other.held.scheme.partition("@")[0], other.held.subject.site, other.held.subject.model)
            if number != case.certificate and same == (name, held.subject.site, held.subject.model):
                ended = self.standing(number, day) not in ("valid", "suspended", "lapsed")
                need(ended, "I7", f"{number} beside {one.id}")
                ordered = [by for _, turn, _, by in other.changes if turn == "withdrawn"]
                need(not ordered or ordered[-1] == other.held.body, "I7", f"{number} was withdrawn by order")
        self._not_shed(held)
        need((held.first, held.decided) == (day, day), "I7", "valid from the decision on")
        need(held.last <= later(day, VALID_MONTHS[name]) - timedelta(days=1), "I7", f"valid until {held.last}")
        need(held.national == (name in NATIONAL), "I9", held.national)
        if case.kind == "transfer":
            need(held.last <= self.certificates[case.certificate].held.last, "I7", "a transfer adds no time")
        if case.kind in ("transfer", "renewal"):
            need(not self.certificates[case.certificate].due, "I7", "questions are open on the old one")
            self._on_time(case, day)
            replaced = [other for other in added if other.event.kind == "certificate.replaced"]
            need([other.id for other in replaced] == [case.certificate], "I7", "the old certificate ends")
        if name in FILED:
            self._filed(case, day)
        since, newest, seen = day, held.subject.first, {held.package}
        if case.kind == "transfer":
            before = self.certificates[case.certificate]
            since, newest, seen = max([before.since, *before.watches]), before.newest, set(before.seen)
        found = CertificateView(held, stated=[held], cases=[decided.id], since=since, newest=newest, seen=seen)
        self.certificates[one.id] = found

    def _not_shed(self, held: Any) -> None:
        """No grant on data older than a decided case about the last certificate of the same thing has looked at."""
        same = held.scheme.partition("@")[0], held.subject.site, held.subject.model or held.subject.product
        before = self.certificates.get(self.latest.get(same, ""))
        known = max(before.newest, before.looked) if before is not None else date.min
        need(held.subject.first >= known, "I7", f"granted on data of {held.subject.first} after those of {known}")
        self.latest[same] = held.number

    def _on_time(self, case: CaseView, day: date) -> None:
        """What expired long ago is not renewed, and what was not looked at in time is not moved."""
        view = self.certificates[case.certificate]
        if case.kind == "renewal":
            need(day <= later(view.held.last, LATE_RENEWAL_MONTHS), "I7", "renewed long after it expired")
        elif view.held.scheme.partition("@")[0] in WATCHED:
            due = later(max([view.since, *view.watches]), 12)
            need(day <= due or due > view.held.last, "I7", f"moved though it was to be looked at by {due}")

    def _figure(self, held: Any, case: CaseView) -> None:
        if held.scheme.partition("@")[0] not in FIGURES:
            need(held.value is None and not held.package, "I1", "a figure nobody certified")
            return
        if held.scheme.partition("@")[0] in UNLIMITED and not held.package:
            need((held.value, held.unit, held.rule, case.package) == (None, "", "", ""), "I1", "a figure of nothing")
            need(held.grade == _stars(case), "I1", f"grade {held.grade} of {case.graded}")
            return
        came = packages().get(held.package)
        need(came is not None and came.ok, "I2", "the package does not recompute")
        assert came is not None
        need((held.value, held.unit) == (came.value, came.unit), "I2", f"{held.value} and {came.value}")
        self._placed(case, came)
        self._neutral(held, case)
        share, stated = self._reduced(case, came), held.reduction
        need((share is None) == (stated is None), "I2", "a reduction that nobody certifies, or none is stated")
        if stated is not None:
            base = packages()[stated.base]
            of = (stated.base, stated.value, stated.first, stated.last)
            need(of == (case.base.package, base.value, base.first, base.last), "I2", "a reduction against another base")
            less = share - Fraction(stated.share)
            need(stated.share > 0 and 0 <= less < Fraction(1, 10_000), "I2", f"a reduction of {stated.share}")
        self._quantified(held, came, self.certificates.get(case.certificate))
        unverified = held.scheme.partition("@")[0] in UNLIMITED
        need(not unverified or all(one.effect is None for one in proposed()[held.package]), "I2", "another figure")
        need((came.model, came.first, came.last) == (held.subject.model, held.subject.first, held.subject.last), "I1")
        need(came.producer == self.organisations[held.client].name, "I1", "a package of another maker")
        need(came.status == "in-force" or self.organisations[held.body].demonstration, "I6", came.status)
        need(held.grade == _stars(case), "I1", f"grade {held.grade} of {case.graded}")
        verified = any(one.verification and one.package == held.package for one in case.activities)
        verified |= held.scheme.partition("@")[0] in UNLIMITED  # the factory and its samples are looked at instead
        old = self.certificates.get(case.certificate)
        verified |= any(_confirmed(one, held, case.certificate) for one in self.cases.values())
        need(verified or (old is not None and old.held.package == held.package), "I3", "nobody verified the package")
        self._family(held.subject, came)
        self._greened(held, came)

    def _family(self, about: Any, came: Any) -> None:
        """Each further model recomputes from a package that compares, and lies no further off than the family says."""
        family = about.family
        need(family is None or Fraction(family.spread) <= SPREAD_MOST, "I2", "a family as wide as it likes")
        for member in family.members if family is not None else ():
            if member.model == about.model:
                need(not member.package, "I1", f"{member.model} has the package of the case")
                continue
            found = packages().get(member.package)
            need(found is not None and found.ok, "I2", f"{member.model} does not recompute")
            assert found is not None
            need(all(one.effect is None for one in proposed()[member.package]), "I2", f"{member.model}: another figure")
            alike = (found.model, found.rule, found.edition, found.unit, found.producer, found.site)
            same = (member.model, came.rule, came.edition, came.unit, came.producer, came.site)
            need(alike == same and (found.first, found.last) == (came.first, came.last), "I2", "another kind of figure")
            off = Fraction(found.value) - Fraction(came.value)
            most = Fraction(family.spread) * abs(Fraction(came.value))
            above = family.basis == "worst-case" and off > 0
            need(abs(off) <= most and not above, "I2", f"{member.model} lies too far")

    def _reduced(self, case: CaseView, came: Any) -> Any:
        """Return by how much a figure lies below its base, which somebody stands by and which is of the same kind."""
        if case.scheme.partition("@")[0] not in REDUCED:
            return None
        need(case.base is not None and came is not None, "I2", "a reduction against nothing")
        base = packages().get(case.base.package)
        need(base is not None and base.ok, "I2", "the base does not recompute")
        assert base is not None
        kinds = ("model", "producer", "site", "rule", "edition", "unit", "unit_name", "boundary", "stages")
        apart = [kind for kind in kinds if getattr(base, kind) != getattr(came, kind)]
        need(not apart and base.last < came.first, "I2", f"compared with a base of another {apart or 'time'}")
        need(self._vouched(case, case.base), "I3", "nobody stands by the base")
        share = (Fraction(base.value) - Fraction(came.value)) / abs(Fraction(base.value))
        need(share > 0, "I2", "a reduction that is none")
        return share

    def _vouched(self, case: CaseView, base: Any) -> bool:
        if base.verification:
            view = self.verifications[base.verification]
            whose = view.client == case.client and view.agreed.claim.package == base.package
            stands = view.standing and view.opinion == "unmodified" and self._strict(view)
            return whose and stands and not base.certificate
        if not base.certificate:
            return False
        found = self.certificates[base.certificate]
        good = ("maintain", "restate", "reduce")
        later = [one for one in self.cases.values() if one.certificate == base.certificate and one.decision is not None]
        known = {held.package for held in found.stated} | {
            one.decision.package for one in later if one.kind == "surveillance" and one.decision.outcome.value in good
        }
        withdrawn = any(turn == "withdrawn" for _, turn, _, _ in found.changes)
        guessed = found.held.scheme.partition("@")[0] in UNLIMITED  # nobody verifies figures there
        return found.held.client == case.client and base.package in known and not withdrawn and not guessed

    def _placed(self, case: CaseView, came: Any) -> None:
        """A later figure is of the site that the certificate named; packages know it by its name."""
        old = self.certificates.get(case.certificate)
        before = packages().get(old.held.package) if old is not None else None
        need(before is None or before.site == came.site, "I1", f"{came.site} is another site")

    def _quantified(self, held: Any, came: Any, old: CertificateView | None) -> None:
        """By a rulebook of its category, per its unit, and on data that were not old when they were first certified."""
        name, rulebook = held.scheme.partition("@")[0], came.rule.partition("@")[0]
        own = RULEBOOKS.get(held.subject.category, GENERAL)
        need(name != "cn.cfp.label" or rulebook in (own, GENERAL), "I9", f"{held.subject.category} by {rulebook}")
        need(came.unit == UNITS[rulebook], "I9", came.unit)
        known = old is not None and old.held.package == held.package
        aged = name not in UNLIMITED and held.decided > later(came.last, DATA_AGE)
        need(known or not aged, "I6", f"data of {came.last}")

    def _neutral(self, held: Any, case: CaseView) -> None:
        """A certificate of neutrality rests on a claim of its client on its package, and on nothing else."""
        if held.scheme.partition("@")[0] != NEUTRAL:
            need(not held.claim, "I1", "a claim under a scheme of no neutrality")
            return
        old = self.certificates.get(case.certificate)
        need(held.claim == (case.claim or (old.held.claim if old is not None else "")), "I1", "another claim")
        said = self.neutral.get(held.claim, {"claim": None})["claim"]
        need(said is not None, "I1", "neutral without a claim")
        need((said.claimant, said.footprint.digest) == (held.client, held.package), "I1", "a claim on something else")
        need(self.claim_holds(held.claim, held.decided), "I7", "a claim that does not stand")

    def claim_holds(self, name: str, day: date) -> bool:
        """Tell whether a claim is not taken back, and the figure it repeats is certified still (or its time over)."""
        found = self.neutral[name]
        said = found["claim"].footprint
        number, stated = said.certificate, list(self.certificates[said.certificate].stated)
        while self.certificates[number].successor:
            number = self.certificates[number].successor
            stated += self.certificates[number].stated
        years = {one.package: (one.subject.first, one.subject.last) for one in stated}
        latest = [one.package for one in stated if years[one.package] == years[said.digest]][-1]
        return not found["ended"] and latest == said.digest and self.standing(number, day) in ("valid", "expired")

    def _certificate_restated(self, one: Any, added: tuple[Any, ...]) -> None:
        view, held = self.certificates[one.id], one.event.held
        decided = next(other for other in added if other.event.kind == "decision.taken")
        case, outcome = self.cases[decided.id], decided.event.decision.outcome.value
        need(case.certificate == one.id, "I1", "a decision about another certificate")
        fixed = ("number", "body", "client", "scheme", "first", "last", "national", "place")
        need(all(getattr(held, part) == getattr(view.held, part) for part in fixed), "I7", "restating changed more")
        if outcome == "restate":
            need(held.package == decided.event.decision.package, "I1", "restated to another package")
            self._figure(held, case)
            self._stale(view, held, added)
            need(held.package or not view.held.package, "I1", "a figure vanished")
            off = abs(Fraction(held.value or 0) - Fraction(view.held.value or 0))
            free = held.scheme.partition("@")[0] in UNLIMITED
            most = Fraction(5, 100) * abs(Fraction(view.held.value or 0))
            again = any(item.verification and item.package == held.package for item in case.activities)
            suspended = self.standing(one.id, in_china(one.stamp.at)) != "valid"
            anew = again and (case.kind == "change" or (case.kind == "special" and suspended))
            need(free or anew or off <= most, "I7", "moved further than the scheme lets it")
        else:
            same = (held.package, held.value, held.unit, held.rule)
            need(same == (view.held.package, view.held.value, view.held.unit, view.held.rule), "I1", "no new figure")
            need(_models(held.subject) < _models(view.held.subject), "I7", "reduced to no less")
        self._living(view, in_china(one.stamp.at))
        view.taken.append((one.stamp.at, _models(view.held.subject) - _models(held.subject)))
        view.held = held
        view.newest = max(view.newest, held.subject.first)
        view.seen.add(held.package)
        view.stated.append(held)
        view.cases.append(decided.id)

    def _certificate_status_changed(self, one: Any, added: tuple[Any, ...]) -> None:
        view, change, by = self.certificates[one.id], one.event.change, one.stamp.by
        day, turn = in_china(one.stamp.at), change.turn.value
        self._living(view, day)
        need(change.on == day, "I18", "a change of status is not dated back")
        if change.case:
            decided = next((other for other in added if other.id == change.case), None)
            need(decided is not None and decided.event.kind == "decision.taken", "I7", "no decision")
            assert decided is not None
            words = {"suspend": "suspended", "restore": "restored", "withdraw": "withdrawn", "cancel": "cancelled"}
            need(words[decided.event.decision.outcome.value] == turn, "I7", turn)
            need(self.cases[change.case].certificate == one.id, "I7", "a decision about another certificate")
            view.cases.append(change.case)
        elif turn == "cancelled":
            need(by.organisation == view.held.client, "I7", "given up by somebody else")
            about = [case for case in self.cases.values() if case.certificate == one.id and case.kind == "special"]
            need(all(case.ended for case in about), "I7", "given up while it is looked into")
            need(not self.ordered(view), "I7", "given up under an order")
        else:
            lapsed = turn == "withdrawn" and self.standing(one.id, day) == "lapsed"
            need((turn == "suspended" or lapsed) and by.organisation == view.held.body, "I7", turn)
            view.suspenders.add(by.person)
            for name in view.cases:
                self._apart(by.person, self.cases[name])
        if turn == "suspended":
            latest = later(day, SUSPENSION_MONTHS) - timedelta(days=1)
            need(change.until is not None and day <= change.until <= latest, "I7", change.until)
            need(self.standing(one.id, day) == "valid", "I7", "suspended twice")
        if turn == "restored":
            need(self.standing(one.id, day) == "suspended", "I7", "restored without need, or after its time")
            need(not self.ordered(view), "I7", "restored against an order")
        view.changes.append((day, turn, change.until, change.by))
        if turn in ("withdrawn", "cancelled"):
            view.due.clear()

    def _order_issued(self, one: Any, _: Any) -> None:
        view, change, day = self.certificates[one.id], one.event.change, in_china(one.stamp.at)
        self._living(view, day)
        self._reached(one, view)
        need((change.on, change.by, change.case) == (day, one.stamp.by.organisation, ""), "I7", change)
        if change.turn.value == "restored":
            need(one.stamp.by.organisation in self.ordered(view), "I7", "lifted by somebody else")
        if change.turn.value == "suspended":
            need(one.stamp.by.organisation not in self.ordered(view), "I7", "ordered twice")
        if change.turn.value == "withdrawn":
            view.due.clear()
        view.changes.append((day, change.turn.value, change.until, change.by))

    def _certificate_replaced(self, one: Any, added: tuple[Any, ...]) -> None:
        view, day = self.certificates[one.id], in_china(one.stamp.at)
        need(self.standing(one.id, day) not in ("withdrawn", "cancelled"), "I7", "nothing comes back")
        need(not self.ordered(view), "I7", "replaced under an order")
        need(self.standing(one.id, day) != "lapsed", "I7", "renewed after a suspension that nobody cured")
        issued = [other.id for other in added if other.event.kind == "certificate.issued"]
        need(issued == [one.event.by], "I7", "replaced by nothing")
        view.changes.append((one.event.on, "cancelled", None, one.stamp.by.organisation))
        view.successor = one.event.by

    def _case_closed(self, one: Any, added: tuple[Any, ...]) -> None:
        view = self.certificates[one.id]
        decided = [other.id for other in added if other.event.kind == "decision.taken"]
        need(decided == [one.event.case] and self.cases[decided[0]].certificate == one.id, "I1", "no decision about it")
        for settled in one.event.settled:
            need(settled.reason in view.due and settled.reasons, "I1", f"{settled.reason} was not open, or unread")
            view.due.remove(settled.reason)
        view.cases.append(one.event.case)

    def _surveillance_done(self, one: Any, added: tuple[Any, ...]) -> None:
        view, surveyed = self.certificates[one.id], one.event.surveyed
        case = self.cases[surveyed.case]
        need((case.kind, case.certificate) == ("surveillance", one.id), "I7", "what is no surveillance counts as one")
        need(surveyed.data == case.subject.first, "I7", "data of another period")
        done = {item.id for item in case.activities if item.package == case.package}
        open_ = [name for name, _ in required(case.scheme, _kind(case), case.facts) if name not in done]
        need(not open_, "I3", f"counts as a surveillance before {open_}")
        view.watches.append(in_china(one.stamp.at))
        view.newest = max(view.newest, case.subject.first)
        view.seen.add(surveyed.package)
        if not any((other.id, other.event.kind) == (one.id, "certificate.status-changed") for other in added):
            self._living(self.certificates[one.id], in_china(one.stamp.at))

    def _mark_licensed(self, one: Any, _: Any) -> None:
        view = self.certificates[one.id]
        scheme = schemes()[view.held.scheme]
        assert scheme.mark is not None
        need(one.event.mark == scheme.mark.id, "I9", one.event.mark)
        need(not scheme.mark.national or view.held.scheme.partition("@")[0] in NATIONAL, "I9", "the national mark")
        view.mark = one.event.mark

    def _change_notified(self, one: Any, _: Any) -> None:
        need(one.stamp.by.organisation == self.certificates[one.id].held.client, "I15")
        self.certificates[one.id].due.add(f"notice {one.event.notice}")

    def _holding_begun(self, one: Any, added: tuple[Any, ...]) -> None:
        need(any(other.event.kind == "certificate.issued" for other in added), "I7", "held without a certificate")

    _holding_passed = _holding_begun

    def _case_opened(self, one: Any, added: tuple[Any, ...]) -> None:
        need(self.cases[one.event.case].certificate == one.id, "I7", "a case about another certificate")

    def _decision_due(self, one: Any, added: tuple[Any, ...]) -> None:
        self._living(self.certificates[one.id], in_china(one.stamp.at))
        same = [other for other in added if (other.id, other.event) == (one.id, one.event)]
        need(len(same) == 1, "I8", "one pending decision for each certificate")
        self.certificates[one.id].due.add(one.event.reason)
        if one.event.reason.startswith("trigger ") and one.stamp.by.role == "regulator":
            self._reached(one, self.certificates[one.id])

    def _reached(self, one: Any, view: CertificateView) -> None:
        """An authority acts on what is made in its own place, the national one on everything."""
        own = self.organisations[one.stamp.by.organisation].place
        need(own in ("CN", view.held.subject.place), "I15", f"{own} has no say in {view.held.subject.place}")

    def _labels_licensed(self, one: Any, _: Any) -> None:
        view, labels = self.certificates[one.id], one.event.labels
        need(
            self.standing(one.id, in_china(one.stamp.at)) == "valid", "I12", "labels of a certificate that is not valid"
        )
        self._watched(view, in_china(one.stamp.at))
        need(
            not view.held.claim or self.claim_holds(view.held.claim, in_china(one.stamp.at)), "I12", "of a claim undone"
        )
        need(labels.id not in view.batches and labels.quantity > 0, "I13", labels.id)
        need(one.stamp.by.organisation == view.held.body, "I15")
        wanted = schemes()[view.held.scheme].mark
        assert wanted is not None
        shown = rounded(view.held.value, wanted.digits, wanted.rounding) if wanted.shows == "value" else None
        need(shown is not None or labels.value == _in_words(view.held, wanted.shows), "I12", labels.value)
        need(shown is None or Decimal(labels.value) == shown, "I12", f"{labels.value} for {view.held.value}")
        view.batches[labels.id] = labels.quantity
        view.shown[labels.id] = labels.value

    def _labels_closed(self, one: Any, added: tuple[Any, ...]) -> None:
        need(any(other.event.kind == "certificate.restated" for other in added), "I12", "closed without need")
        self.certificates[one.id].closed |= set(one.event.batches)

    def _stale(self, view: CertificateView, held: Any, added: tuple[Any, ...]) -> None:
        """Labels that show what is not certified any more are used no more."""
        wanted = schemes()[held.scheme].mark
        shown = rounded(held.value, wanted.digits, wanted.rounding) if wanted and wanted.shows == "value" else None
        stale = {name for name, value in view.shown.items() if shown is not None and Decimal(value) != shown}
        if wanted is not None and wanted.shows in ("grade", "reduction"):
            stale = {name for name, value in view.shown.items() if value != _in_words(held, wanted.shows)}
        told = {name for other in added if other.event.kind == "labels.closed" for name in other.event.batches}
        need(stale - view.closed == told, "I12", f"{stale} show another figure, {told} were closed")

    def _watched(self, view: CertificateView, day: date) -> None:
        """No year without a surveillance, counted over a transfer; certificates that end sooner have none due."""
        every, whole = 12, VALID_MONTHS[view.held.scheme.partition("@")[0]]
        last = max([view.since, *view.watches])
        following, end = later(last, every), later(view.since, whole) - timedelta(days=1)
        need(following > end or day <= following, "I12", f"labels while surveillance is overdue since {following}")

    def _labels_used(self, one: Any, _: Any) -> None:
        view = self.certificates[one.id]
        batch, day = one.event.batch, in_china(one.stamp.at)
        need(self.standing(one.id, day) == "valid", "I12", "labels used while the certificate is not valid")
        need(batch in view.batches and batch not in view.closed, "I12", f"{batch} is no batch in use")
        view.used[batch] = view.used.get(batch, 0) + one.event.quantity
        need(one.event.quantity > 0 and view.used[batch] <= view.batches[batch], "I12", "more labels than licensed")
        need(one.stamp.by.organisation == view.held.client, "I15")

    def _living(self, view: CertificateView, day: date) -> None:
        need(self.standing(view.held.number, day) in ("valid", "suspended", "lapsed"), "I7", "nothing comes back")

    def standing(self, number: str, day: date) -> str:
        """Return the status of a certificate on a day, from what the events said."""
        view = self.certificates[number]
        if day < view.held.first:
            return "not-yet"
        told = [change for change in view.changes if change[0] <= day]
        for _, turn, _, _ in told:
            if turn in ("withdrawn", "cancelled"):
                return turn
        if day > view.held.last:
            return "expired"
        by = {change[3]: change for change in told}
        if any(turn == "suspended" for who, (_, turn, _, _) in by.items() if who != view.held.body):
            return "suspended"
        _, turn, until, _ = by.get(view.held.body, (day, "", None, ""))
        if turn == "suspended":
            return "lapsed" if until is not None and until < day else "suspended"
        return "valid"

    def ordered(self, view: CertificateView) -> set[str]:
        """Return the authorities whose suspension stands."""
        last = {by: turn for _, turn, _, by in view.changes if by != view.held.body}
        return {by for by, turn in last.items() if turn == "suspended"}

    # Scope, filing

    def _allowed(self, case: CaseView, day: date) -> None:
        scheme = schemes()[case.scheme]
        need(scheme.status.value == "in-force" or self.organisations[case.body].demonstration, "I6", case.scheme)
        listed = case.scheme.partition("@")[0] not in NATIONAL_CATALOGUE or case.subject.category in CATALOGUE
        need(listed, "I9", f"{case.subject.category} is in no catalogue")
        product = case.scheme.partition("@")[0] in FIGURES
        activity = "product-certification" if product else "management-system-certification"
        kinds: dict[str, bool] = {}
        for grant, *changes in self.grants[case.body].values():
            kinds.setdefault(grant.kind, False)
            for scope in grant.scopes:
                kinds[grant.kind] |= _covers(scope, changes, activity, case, day)
        need(kinds.get("approval", False), "I5", f"{case.body} is not approved for {case.scheme}")
        need(kinds.get("accreditation", True), "I5", f"{case.body} is accredited, but not for {case.scheme}")
        first, last = USED.get(case.scheme, (date.min, date.max))
        need(first <= day <= last, "I6", f"{case.scheme} on {day}")
        if case.scheme.partition("@")[0] in FILED:
            self._filed(case, day)

    def _filed(self, case: CaseView, day: date) -> None:
        filing = self.filings.get(f"{case.scheme} {case.body}", {})
        first, last = filing.get("filed"), filing.get("ended")
        need(first is not None and first <= day and last is None, "I8", "no filing in force")

    def _rule_filing_submitted(self, one: Any, _: Any) -> None:
        need(one.stamp.by.organisation == one.event.body, "I15")
        self.filings[one.id] = {}

    def _rule_filing_resubmitted(self, one: Any, _: Any) -> None:
        need(one.id.endswith(f" {one.stamp.by.organisation}"), "I15")

    def _rule_filing_filed(self, one: Any, _: Any) -> None:
        self._far_enough(one, "CN")
        self.filings[one.id].update(filed=in_china(one.stamp.at), ended=None)

    def _rule_filing_returned(self, one: Any, _: Any) -> None:
        self._far_enough(one, "CN")
        need(self.filings[one.id].get("filed") is None or self.filings[one.id]["ended"] is not None, "I8", "in force")

    def _rule_filing_deregistered(self, one: Any, added: tuple[Any, ...]) -> None:
        day = in_china(one.stamp.at)
        self._far_enough(one, "CN")
        self.filings[one.id]["ended"] = day
        living = {
            number
            for number, view in self.certificates.items()
            if f"{view.held.scheme} {view.held.body}" == one.id
            and self.standing(number, day) in ("valid", "suspended", "lapsed")
        }
        due = [other.id for other in added if other.event.kind == "decision.due"]
        need(sorted(due) == sorted(living), "I8", f"due {due}, living {sorted(living)}")

    # Verifications

    def _engagement_agreed(self, one: Any, _: Any) -> None:
        event = one.event
        need(event.body == one.stamp.by.organisation, "I15")
        if event.case:
            case = self.cases[event.case]
            need((case.body, case.client) == (event.body, event.client), "I15", "a case of one's own")
        self._agreed(event.agreed)
        found = VerificationView(event.body, event.case, event.client, event.agreed, seed=digest_of(one))
        self._about(found)
        if not event.case:
            need(self._verifies(found, in_china(one.stamp.at)), "I5", "agreed on what the body may not verify")
            self._unowned(event.body, event.client, in_china(one.stamp.at))
        self.verifications[one.id] = found

    def _about(self, found: VerificationView) -> None:
        """What is agreed is what package and case say."""
        agreed, came = found.agreed, packages()[found.agreed.claim.package]
        claim = agreed.claim
        need((claim.site, claim.responsible) == (came.site, came.producer), "I1", "a claim about another site or maker")
        need((claim.rulebook, claim.rulebook_digest) == (came.rule, came.edition), "I1", "by another rule")
        if found.case:
            about = self.cases[found.case].subject
            same = (agreed.category, agreed.site, agreed.place) == (about.category, about.site, about.place)
            need(same, "I1", "about something else than the case")

    def _verifies(self, found: VerificationView, day: date) -> bool:
        """Tell whether a grant of the body covers the verification, by scheme or by rulebook, on a day."""
        agreed = found.agreed
        about: Any = SimpleNamespace(
            scheme=agreed.claim.rulebook, subject=SimpleNamespace(category=agreed.category, place=agreed.place)
        )
        held = self.grants[found.body].values()
        able = (_covers(one, changes, "verification", about, day) for grant, *changes in held for one in grant.scopes)
        return agreed.category != "" and agreed.place != "" and any(able)

    def _able(self, person: str, role: str, found: VerificationView, day: date) -> None:
        """Whoever acts in a verification of its own is competent in its rulebook and category, and works there."""
        if found.case:
            return
        need(self.holds(person, role, found.body, day), "I15", f"{person} is no {role} there")
        rule, category = found.agreed.claim.rulebook.partition("@")[0], found.agreed.category
        able = any(
            one.role == role
            and one.scheme in ("*", rule)
            and one.category in ("*", category)
            and one.first <= day <= one.last
            for one in self.competences[person]
        )
        need(able, "I4", f"nobody found {person} competent")

    def _agreed(self, agreed: Any) -> None:
        came, most = (
            packages()[agreed.claim.package],
            Decimal({"reasonable": "0.05", "limited": "0.10"}[agreed.assurance]),
        )
        need(agreed.claim.gross == came.gross, "I20", "emissions that the package does not give")
        shares = (agreed.materiality.overall, *agreed.materiality.categories.values())
        need(all(share <= most for share in shares), "I20", f"materiality {shares}")

    def _engagement_amended(self, one: Any, _: Any) -> None:
        found = self._engagement(one)
        self._agreed(one.event.agreed)
        found.agreed, found.opinion, found.statement, found.standing = one.event.agreed, "", "", False
        if one.event.case:
            before, there = self.cases[found.case], self.cases[one.event.case]
            number = before.decision.certificate if before.decision is not None else ""
            while number and self.certificates[number].successor:
                number = self.certificates[number].successor
            need(number and there.certificate == number, "I1", "passed on to a case about something else")
            need(there.package == found.agreed.claim.package and not there.ended, "I1", "a case of another package")
            found.case = one.event.case
        self._about(found)
        if not found.case:
            need(self._verifies(found, in_china(one.stamp.at)), "I5", "agreed on what the body may not verify")
        found.analysed, found.wanted, found.gathered, found.factors = False, set(), set(), {}

    def _engagement_analysed(self, one: Any, _: Any) -> None:
        found, event, person = self._engagement(one), one.event, one.stamp.by.person
        need({"activity", "system", "complexity", "product"} <= set(event.aspects), "I3", event.aspects)
        need(not found.opinion and not found.wanted, "I3", "analysed after it was planned")
        need(
            not self._tied(person, found.client, in_china(one.stamp.at)), "I4", f"{person} has a tie to {found.client}"
        )
        self._able(person, "verifier", found, in_china(one.stamp.at))
        found.analysed = True
        found.worked.add(person)
        self._keep(event.document, event.export)

    def _keep(self, digest: str, export: str) -> None:
        if export in PUBLIC_WORDS:
            self.secrets.add(digest)

    def _engagement_planned(self, one: Any, _: Any) -> None:
        found, event, day = self._engagement(one), one.event, in_china(one.stamp.at)
        found.team = set(event.team.members)
        for person in found.team:
            need(not self._tied(person, found.client, day), "I4", f"{person} has a tie to {found.client}")
            if found.case:
                need(person in self.cases[found.case].workers, "I4", f"{person} is not on the team of the case")
            self._able(person, "verifier", found, day)
        found.worked |= found.team
        found.planners.add(one.stamp.by.person)
        need(found.analysed, "I3", "planned before the claim was understood")
        self._answered(found, event)
        planned = {item.id for item in event.evidence.items}
        found.wanted = set(planned)
        frame = {one.id: (one.share, one.category) for one in proposed()[found.agreed.claim.package] if one.share}
        for sample in event.samples:
            found.wanted |= set(sample.items)
            self._drawn(found, sample, frame, planned)
        left = sum((share for name, (share, _) in frame.items() if name not in planned), Fraction(0))
        need(not left or event.samples, "I14", "terms that nobody can ever look at")

    def _drawn(self, found: VerificationView, sample: Any, frame: Frame, planned: set[str]) -> None:
        need(sample.seed == found.seed, "I14", "a seed that was not committed when the engagement was agreed")
        hits, factors = drawn(found.seed, frame, sample.size, sample.method)
        need(dict(sample.items) == hits, "I14", "a sample that seed and terms do not give")
        for name, factor in factors.items():
            if name not in planned:
                found.factors[name] = min(factor, found.factors.get(name, factor))

    def _answered(self, found: VerificationView, event: Any) -> None:
        """Every term is in the register with its share, and what checking proposed is taken up or answered."""
        register, order = {risk.id: risk for risk in event.risks}, ("high", "medium", "low")
        need(len(register) == len(event.risks), "I14", "a risk that stands twice")
        examined = [item.id for item in event.evidence.items]
        need(len(set(examined)) == len(examined), "I14", "evidence that counts twice")
        need(all(item.share == register[item.id].share for item in event.evidence.items), "I14", "shares of one's own")
        covered = sum((item.share for item in event.evidence.items), Fraction(0))
        need(covered >= Fraction(found.agreed.coverage), "I3", f"covers {covered}")
        known, answers = proposed()[found.agreed.claim.package], {one.risk for one in event.answers}
        need(all(register[name].share == 0 for name in set(register) - {one.id for one in known}), "I14", "made up")
        for risk in known:
            mine = register.get(risk.id)
            need(mine is not None or not risk.share, "I14", f"{risk.id} is not in the frame")
            need(mine is None or mine.share == risk.share, "I14", f"{risk.id} has another share")
            lower = mine is None or order.index(mine.level.value) > order.index(risk.level.value)
            unseen = risk.level.value == "high" and risk.id not in examined
            need(risk.id in answers or not (lower or unseen), "I3", f"{risk.id} is not answered")

    def _engagement_evidence_gathered(self, one: Any, _: Any) -> None:
        found, event = self._engagement(one), one.event
        need(one.stamp.by.person in found.team, "I4", "evidence by an outsider")
        need(event.item in found.wanted, "I14", f"{event.item} was neither planned nor drawn")
        need(event.export in ("public", "authorities", "site", "country"), "I10", event.export)
        found.gathered.add(event.item)
        self._keep(event.digest, event.export)

    def _misstatement_recorded(self, one: Any, _: Any) -> None:
        found, item = self._engagement(one), one.event.misstatement
        need(one.stamp.by.person in found.team, "I4")
        found.misstatements[item.id] = item, False
        found.recorded[item.id] = found.agreed.claim.package

    def _misstatement_corrected(self, one: Any, _: Any) -> None:
        found = self._engagement(one)
        item, _ = found.misstatements[one.event.misstatement]
        another = found.agreed.claim.package != found.recorded[item.id]
        need(item.amount is None or another, "I20", "corrected without another package")
        found.misstatements[item.id] = item, True

    def _engagement_concluded(self, one: Any, _: Any) -> None:
        found = self._engagement(one)
        need(one.stamp.by.person in found.team, "I4")
        found.opinion = one.event.opinion.kind.value
        need(found.opinion == "disclaimer" or found.wanted <= found.gathered, "I3", "an opinion without its evidence")
        self._opinion(found)
        if found.opinion == "unmodified":
            self._settled(found, {one_.risk for one_ in one.event.explained})

    def _settled(self, found: VerificationView, explained: set[str]) -> None:
        """What was found against the package is a misstatement or explained; another figure is one of its amount."""
        package = found.agreed.claim.package
        mine = [
            (item, corrected)
            for name, (item, corrected) in found.misstatements.items()
            if found.recorded[name] == package
        ]
        for risk in proposed()[package]:
            here = [(item.amount, corrected) for item, corrected in mine if item.row == risk.id]
            if risk.effect is not None:
                open_ = [amount for amount, corrected in here if not corrected]
                need(None in open_ or sum(open_) == risk.effect, "I2", f"{risk.id} comes out otherwise")
            elif risk.errors:
                need(here or risk.id in explained, "I20", f"{risk.id} was found and left open")

    def _opinion(self, found: VerificationView) -> None:
        """Unmodified: open misstatements stay below materiality, net and gross, whole and each category (I20)."""
        if found.opinion != "unmodified":
            return
        claim, limit = found.agreed.claim, found.agreed.materiality
        came = packages()[claim.package]
        need(came.ok and came.value == claim.value, "I2", "a confirmed figure that does not come out")
        open_ = [item for item, corrected in found.misstatements.values() if not corrected]
        need(all(item.amount is not None for item in open_), "I20", "one that has no amount")
        whole = sum(claim.gross.values(), Fraction(0))
        groups = {"": (whole, limit.overall, open_)}
        for category, base in claim.gross.items():
            share = limit.categories.get(category, limit.overall)
            groups[category] = base, share, [item for item in open_ if item.category == category]
        for base, share, items in groups.values():
            amounts = [item.amount * found.factors.get(item.row, Fraction(1)) for item in items]
            worst = max(abs(sum(amounts, Fraction(0))), sum(map(abs, amounts), Fraction(0)))
            need(not worst or worst < Fraction(share) * base, "I20", f"{worst} of {base}")

    def _engagement_reviewed(self, one: Any, _: Any) -> None:
        found = self._engagement(one)
        found.reviewer = one.stamp.by.person
        self._outside(one, found)

    def _engagement_decided(self, one: Any, _: Any) -> None:
        self._outside(one, self._engagement(one))

    def _outside(self, one: Any, found: VerificationView) -> None:
        by, day = one.stamp.by, in_china(one.stamp.at)
        need(by.person not in found.worked, "I4", "reviewed or issued by somebody who verified")
        self._unplanned(by.person, found)
        need(not self._tied(by.person, found.client, day), "I4", f"{by.person} has a tie to {found.client}")
        self._able(by.person, by.role, found, day)
        if found.case:
            need(one.stamp.by.person not in self.cases[found.case].workers, "I4", "reviewed by the team of the case")
            self._unplanned(by.person, self.cases[found.case])

    def _statement_issued(self, one: Any, _: Any) -> None:
        found = self._engagement(one)
        need(found.reviewer and found.opinion, "I20", "a statement nobody reviewed")
        self._outside(one, found)
        self._opinion(found)
        day = in_china(one.stamp.at)
        need(day > found.agreed.claim.end, "I20", "a statement on what has not happened yet")
        if not found.case:
            need(self._verifies(found, day), "I5", "a statement on what the body may not verify")
        others = {other.statement for other in self.verifications.values()}
        need(one.event.statement not in others, "I20", "the digest of another statement")
        found.statement, found.standing, found.issued = one.event.statement, True, day
        self.statements[found.statement] = found.agreed.claim.package

    def _statement_fact_discovered(self, one: Any, _: Any) -> None:
        self._engagement(one).standing = False

    def _statement_fact_answered(self, one: Any, added: tuple[Any, ...]) -> None:
        found = self._engagement(one)
        self._outside(one, found)
        found.standing = one.event.outcome == "stands"
        decided = self.cases[found.case].decision if found.case else None
        view = self.certificates.get(decided.certificate) if decided is not None else None
        if view is not None and self.standing(view.held.number, in_china(one.stamp.at)) == "valid":
            told = [other for other in added if other.event.kind == "decision.due"]
            need(found.standing or told, "I20", "a certificate goes on without its statement")
        if not found.standing:
            self._heard(one, added)

    def _heard(self, one: Any, added: tuple[Any, ...]) -> None:
        """Whatever rests on a statement hears that it fell: certificates that took it over, or their base; what was
        declared on it."""
        due = {other.id for other in added if other.event.kind == "decision.due"}
        marked = {other.id for other in added if other.event.kind == "declaration.statement-lost"}
        deaf = set(self._resting(one.id, in_china(one.stamp.at))) - due
        need(not deaf, "I20", f"{deaf} rest on a statement that fell")
        declared = {name for name, found in self.declared.items() if found["rests"] == one.id}
        need(marked == declared, "I20", f"{declared} were declared on a statement that fell")

    def _resting(self, name: str, day: date) -> Iterable[str]:
        """Yield the living certificates that were decided on a verification, or against a base that it stands for."""
        for case in self.cases.values():
            decided = case.decision
            if decided is None or not decided.certificate or decided.outcome.value == "refuse":
                continue
            named = {one.verification for one in case.activities if one.package == case.package}
            if case.base is not None:
                named |= {case.base.verification, *self._behind(case.base)}
            number = decided.certificate
            while self.certificates[number].successor:
                number = self.certificates[number].successor
            if name in named and self.standing(number, day) in ("valid", "suspended", "lapsed"):
                yield number

    def _behind(self, base: Any) -> Iterable[str]:
        """Yield the verifications of a base that is believed by a certificate, or by one that it took the place of."""
        line, more = set[str](), {base.certificate} & set(self.certificates)
        while more - line:
            line |= more
            more = {number for number, view in self.certificates.items() if view.successor in line}
        for case in self.cases.values():
            if line & {case.certificate, case.decision.certificate if case.decision is not None else ""}:
                yield from (one.verification for one in case.activities if one.package == base.package)

    def _statement_relied_on(self, one: Any, added: tuple[Any, ...]) -> None:
        because = {"decision.taken", "declaration.declared", "declaration.corrected"}
        need(because & {other.event.kind for other in added}, "I20", "relied on by nobody")

    def _engagement(self, one: Any) -> VerificationView:
        found = self.verifications[one.id]
        need(one.stamp.by.organisation == found.body, "I15", "a verification of one's own")
        return found

    # Complaints and appeals

    def _complaint_received(self, one: Any, _: Any) -> None:
        event = one.event
        if event.type == "appeal":
            view = self.certificates.get(event.certificate)
            owner = self.cases[event.case].client if event.case else view.held.client if view is not None else ""
            need(owner == event.by == one.stamp.by.organisation, "I15", "an appeal of one's own")
            if not event.case:
                need(view is not None and 0 < event.change <= len(view.changes), "I17", "an appeal against nothing")
                assert view is not None
                made = view.changes[event.change - 1]
                need(made[3] == view.held.body, "I17", "an appeal to the body against an order")
        self.complaints[one.id] = {"event": event, "state": "received", "handler": ""}

    def _complaint_acknowledged(self, one: Any, _: Any) -> None:
        self._move(one, "received", "acknowledged")

    def _complaint_investigation_begun(self, one: Any, _: Any) -> None:
        found = self._move(one, "acknowledged", "under-investigation")
        found["handler"] = one.stamp.by.person
        self._uninvolved(one, found)

    def _complaint_resolved(self, one: Any, added: tuple[Any, ...]) -> None:
        found = self._move(one, "under-investigation", "resolved")
        need(found["handler"] == one.stamp.by.person, "I17", "resolved by somebody else")
        self._uninvolved(one, found)
        number, upheld = found["event"].certificate, one.event.outcome == "upheld"
        living = number in self.certificates and self.standing(number, in_china(one.stamp.at)) in (
            "valid",
            "suspended",
            "lapsed",
        )
        due = [other.id for other in added if other.event.kind == "decision.due"]
        need(due == ([number] if upheld and living else []), "I17", f"due {due}")
        about = self.cases.get(found["event"].case)
        refused = about is not None and (
            about.decision.outcome.value == "refuse" if about.decision else about.declined and about.ended
        )
        again = [other.id for other in added if other.event.kind == "case.reopened"]
        need(again == ([found["event"].case] if upheld and refused else []), "I17", f"reopened {again}")

    def _case_reopened(self, one: Any, added: tuple[Any, ...]) -> None:
        case = self.cases[one.id]
        told = [other for other in added if other.event.kind == "complaint.resolved"]
        need(case.ended and len(told) == 1, "I17", "reopened without an appeal")
        case.deciders |= {case.reviewer, case.decision.person if case.decision else ""} - {""}
        case.ended, case.decision, case.reviewer, case.recommended, case.declined = False, None, "", "", False

    def _complaint_closed(self, one: Any, _: Any) -> None:
        self._move(one, "resolved", "closed")

    def _move(self, one: Any, before: str, after: str) -> dict[str, Any]:
        found = self.complaints[one.id]
        need(found["state"] == before, "I17", f"{one.event.kind} while {found['state']}")
        need(one.stamp.by.organisation == found["event"].body, "I15")
        found["state"] = after
        return found

    def _uninvolved(self, one: Any, found: dict[str, Any]) -> None:
        view = self.certificates.get(found["event"].certificate)
        need(view is None or one.stamp.by.person not in view.suspenders, "I17", "handled by who suspended")
        names = {found["event"].case, *self._cases_of(found["event"].certificate)} - {""}
        for name in names:
            case = self.cases[name]
            self_involved = {
                *case.workers,
                *case.planners,
                *case.deciders,
                case.reviewer,
                case.decision.person if case.decision else "",
            }
            need(one.stamp.by.person not in self_involved, "I17", f"{one.stamp.by.person} was involved in {name}")
            need(not self._tied(one.stamp.by.person, case.client, in_china(one.stamp.at)), "I17", "a tie")

    def _cases_of(self, number: str) -> list[str]:
        view = self.certificates.get(number)
        return view.cases if view is not None else []

    # Neutrality and declarations

    def _neutrality_claimed(self, one: Any, added: tuple[Any, ...]) -> None:
        claim, day = one.event.claim, in_china(one.stamp.at)
        view = self.certificates[claim.footprint.certificate]
        need(self.standing(view.held.number, day) == "valid", "I7", "neutral by a certificate that is not valid")
        need(claim.footprint.value == view.held.value and claim.footprint.digest == view.held.package, "I2")
        need(one.event.scheme.partition("@")[0] == NEUTRAL, "I1", "neutral under a scheme of something else")
        need(view.held.scheme.partition("@")[0] != NEUTRAL, "I1", "neutral because neutral")
        first, last = view.held.subject.first.year, view.held.subject.last.year
        need(first <= claim.year <= last, "I1", "a year that was not certified")
        self._lowered(claim)
        self.neutral[one.id] = {"claim": claim, "ended": False}
        spent = sum((other.event.run.last - other.event.run.first + 1 for other in added if _spends(other)), 0)
        need(Fraction(spent) * 1000 >= Fraction(view.held.value) * Fraction(claim.units), "I13", "credits are short")

    def _lowered(self, claim: Any) -> None:
        """Own reductions first: a plan that falls, kept every year, down to what was certified for the year."""
        plan, years = claim.plan, range(claim.plan.base_year + 1, claim.year + 1)
        need(claim.year >= plan.base_year, "I1", "a year before the plan")
        ceilings = [plan.base, *(plan.targets.get(year, Decimal("Infinity")) for year in years)]
        need(all(after <= before for before, after in pairwise(ceilings)), "I1", "no such plan")
        lowest = min(ceilings[1:] or plan.targets.values() or (plan.base,))
        need(lowest < plan.base, "I1", "a plan that reduces nothing")
        kept = all(claim.achieved.get(year, Decimal("Infinity")) <= plan.targets[year] for year in years)
        need(kept, "I1", "more was emitted than the plan lets")
        came = claim.achieved.get(claim.year) if years else plan.base
        need(came == claim.footprint.value, "I1", "another footprint was reached than the certified one")

    def _neutrality_ended(self, one: Any, _: Any) -> None:
        self.neutral[one.id]["ended"] = True  # what was spent stays spent

    def _neutrality_named(self, one: Any, _: Any) -> None:
        case = self._own(one, "client")
        need(not case.activities, "I18", "another claim than the one that was evaluated")
        need(self.neutral[one.event.claim]["claim"].claimant == case.client, "I1", "a claim of somebody else")
        case.claim = one.event.claim

    def _green_certificates_block_opened(self, one: Any, _: Any) -> None:
        need(one.version == 1, "I13", one.id)

    def _green_certificates_counted(self, one: Any, added: tuple[Any, ...]) -> None:
        stated = [other.event.held for other in added if other.event.kind in ("certificate.issued", CHANGED)]
        run = one.event.run
        named = [one for held in stated for one in (held.package, *_others(held.subject))]
        counts = [f"green|{was.prefix.casefold()}" for package in named for was in packages()[package].green]
        need(one.id in counts and run.certificate == stated[0].number, "I13", "counted for something else")

    def _greened(self, held: Any, came: Any) -> None:
        """A green certificate counts for one site and time, whatever the register wrote of it."""
        about = held.subject
        mine = (held.client, about.site, about.first, about.last)
        for run in (*came.green, *(run for one in _others(about) for run in packages()[one].green)):
            for prefix, first, last, client, site, since, until in self.green:
                same = (client, site) == mine[:2] and since <= about.last and about.first <= until
                apart = run.last < first or last < run.first or prefix != run.prefix.casefold()
                need(same or apart, "I13", f"{run} counts twice")
            self.green.append((run.prefix.casefold(), run.first, run.last, *mine))

    def _credits_block_opened(self, one: Any, _: Any) -> None:
        need(not self.serials[one.id], "I13", one.id)

    def _credits_spent(self, one: Any, _: Any) -> None:
        run = one.event.run
        for first, last in self.serials[one.id]:
            need(run.last < first or last < run.first, "I13", f"{one.id} {run.first} is spent twice")
        self.serials[one.id].append((run.first, run.last))

    def _declaration_started(self, one: Any, _: Any) -> None:
        pack = one.event.pack
        need(pack.maker == one.stamp.by.organisation and pack.energy > 2, "I15", "one's own pack")
        need(pack in self.packs.get(pack.maker, []), "I1", "declared otherwise than it is sold")
        self.declared[one.id] = {"maker": pack.maker, "step": 1, "package": "", "pack": pack, "rests": ""}

    def _declaration_activity_data(self, one: Any, _: Any) -> None:
        self._next(one, 1)

    def _declaration_self_calculated(self, one: Any, _: Any) -> None:
        found = self._next(one, 2)
        self._declares(found["pack"], one.event.package, one.event.value)
        found["package"] = one.event.package

    def _declares(self, pack: Any, digest: str, value: Any) -> None:
        """A declared figure comes out of the maker's own package of that very pack, by the rulebook of the notice."""
        came, stated = packages()[digest], parameters()[digest]
        need(came.ok and came.value == value, "I2", "declared what does not come out")
        need(came.producer == self.organisations[pack.maker].name, "I1", "declared what another made")
        need(came.model == pack.model, "I1", "declared another model")
        about = {"capacity": f"{pack.energy} kWh", "chemistry": pack.chemistry}
        need(stated == about, "I1", "declared as another pack than was verified")
        need(came.rule.startswith("cn.pcf.traction-battery@"), "I6", came.rule)

    def _declaration_verified(self, one: Any, _: Any) -> None:
        found = self._next(one, 3)
        found["statement"] = one.event.statement
        self._confirmed(found, one.event.statement, found["package"], one.event.verifier)

    def _confirmed(self, found: Any, statement: str, digest: str, verifier: str = "") -> str:
        """A statement that stands confirms the maker's package, asked for by the maker, given by who may."""
        stands = [name for name, one in self.verifications.items() if one.standing and one.statement == statement]
        need(stands, "I20", "no statement stands")
        view = self.verifications[stands[0]]
        need(verifier in ("", view.body), "I20", "by another body")
        need(view.opinion == "unmodified", "I20", view.opinion)
        need(view.agreed.claim.package == digest, "I2", "another package was verified")
        need(view.client == found["maker"], "I1", "verified for somebody else")
        need(self._verifies(view, view.issued), "I5", "by a body that may not verify it")
        return stands[0]

    def _declaration_declared(self, one: Any, _: Any) -> None:
        found = self._next(one, 4)
        before = [name for name, other in self.declared.items() if other["pack"] == found["pack"] and other["rests"]]
        need(not before, "I18", f"declared again, not corrected: {before}")
        found["rests"] = self._confirmed(found, found["statement"], found["package"])
        need(found["pack"] in self.packs[found["maker"]], "I1", "declared otherwise than it is sold")

    def _declaration_corrected(self, one: Any, _: Any) -> None:
        found, result = self.declared[one.id], one.event.result
        need(found["step"] == 5, "I18", "corrected before it was declared")
        need(found["maker"] == one.stamp.by.organisation, "I15")
        names = {"quality-plan", "activity-data", "self-calculation", "verification-statement"}
        need(set(result.parts) == names, "I3", "a correction without its parts")
        self._declares(found["pack"], result.parts["self-calculation"], result.value)
        digests = result.parts["verification-statement"], result.parts["self-calculation"]
        found["rests"] = self._confirmed(found, *digests)

    def _declaration_statement_lost(self, one: Any, added: tuple[Any, ...]) -> None:
        need("statement.fact-answered" in {other.event.kind for other in added}, "I20", "nothing fell")

    def _pack_declared(self, one: Any, added: tuple[Any, ...]) -> None:
        declared = {other.id for other in added if other.event.kind == "declaration.declared"}
        need({one.event.declaration} == declared, "I18", "declared by another")

    def _pack_list_stated(self, one: Any, _: Any) -> None:
        need(one.event.maker == one.id, "I15", "a list of somebody else")
        self._lists(one)

    def _pack_list_restated(self, one: Any, _: Any) -> None:
        self._lists(one)

    def _lists(self, one: Any) -> None:
        packs = list(one.event.packs)
        own = {one.id, one.stamp.by.organisation, *(pack.maker for pack in packs)}
        need(len(own) == 1, "I15", "a list of somebody else")
        need(packs and len({pack.model for pack in packs}) == len(packs), "I1", "a model stands in it twice")
        self.packs[one.id] = packs

    def _next(self, one: Any, step: int) -> dict[str, Any]:
        found: dict[str, Any] = self.declared[one.id]
        need(found["maker"] == one.stamp.by.organisation, "I15")
        need(found["step"] == step, "I3", f"{one.event.kind} out of order")
        found["step"] = step + 1
        return found


def check_standings(ledger: Ledger, find: Any, day: date) -> None:
    """Compare what the product says of each certificate, on days past and to come, with what the events say (I7).

    Args:
        ledger: What the events said.
        find: Returns a certificate by its number.
        day: Today.
    """
    for number, view in ledger.certificates.items():
        found = find(number)
        need(found is not None and found.held == view.held, "I7", "the certificate is not what its events say")
        need(found.former == tuple(view.stated[:-1]), "I18", "what was stated before is kept")
        need(found.mark == view.mark, "I9", found.mark)
        need(set(found.pending) == view.due, "I7", f"open are {view.due}, not {found.pending}")
        turns = [(change.on, change.turn.value, change.until, change.by) for change in found.changes]
        need(turns == view.changes, "I7", "a status without an event")
        days = {
            day,
            view.held.first,
            view.held.last,
            view.held.first - timedelta(days=1),
            view.held.last + timedelta(days=1),
        }
        days |= {on for on, *_ in view.changes}
        days |= {until + timedelta(days=1) for *_, until, _ in view.changes if until is not None}
        for one in days:
            need(found.standing(one).value == ledger.standing(number, one), "I7", f"{number} on {one}")


def rounded(value: Decimal, digits: int, how: str) -> Decimal:
    """Return a figure to some significant digits, by the decimal module rather than the product."""
    exponent = value.adjusted() - digits + 1
    mode = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "up": ROUND_CEILING}[how]
    return value.quantize(Decimal(1).scaleb(exponent), mode)


def later(day: date, months: int) -> date:
    """Return the same day some months later; the first of the month after where there is none."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            first = date(year, month, 28)
            return (first + timedelta(days=4)).replace(day=1)


def credit_code_holds(code: str) -> bool:
    """Check a unified social credit code: the weighted sum over all 18 characters is divisible by 31 (GB 32100)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
    return len(code) == 18 and sum(signs.index(s) * w for s, w in zip(code, weights, strict=True)) % 31 == 0


def walk(value: Any, kind: type[Any]) -> Iterable[Any]:
    """Yield everything of a kind within an event."""
    if isinstance(value, kind):
        yield value
    elif is_dataclass(value):
        for part in fields(value):
            yield from walk(getattr(value, part.name), kind)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from walk(item, kind)


def named_texts(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield every text within an event, with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif is_dataclass(value):
        for part in fields(value):
            yield from named_texts(getattr(value, part.name), part.name)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from named_texts(item)


def _covers(scope: Any, changes: list[Any], activity: str, case: CaseView, day: date) -> bool:
    if day < scope.first or (scope.last is not None and scope.last < day):
        return False
    listed = case.subject.category.partition(":")[0]
    fits = (
        {activity, "*"} & set(scope.activities)
        and {case.scheme, "*", case.scheme.partition("@")[0] + "@*"} & set(scope.schemes)
        and {case.subject.category, "*", f"{listed}:*"} & set(scope.categories)
        and {"*", f"place:{case.subject.place}", f"place:{case.subject.place[:2]}"} & set(scope.places)
    )
    state = "granted"
    for change in changes:
        if change.on <= day and state not in ("withdrawn", "reduced"):
            state = change.kind
    return bool(fits) and state in ("granted", "restored")


def _models(subject: Any) -> set[str]:
    return {one.model for one in subject.family.members} if subject.family else {subject.model}


def _in_words(held: Any, shows: str) -> str:
    """Return what a label shows that shows no footprint."""
    if shows == "reduction":
        return f"{(held.reduction.share * 100).normalize():f} %"
    return f"{held.grade}" if shows == "grade" else ""


def _others(subject: Any) -> list[str]:
    """Return the packages of the further models of a family."""
    return [one.package for one in subject.family.members if one.package] if subject.family else []


def _stars(case: CaseView) -> int | None:
    """Return the stars that the answers of a case come to: its weakest attribute, if the basic requirements are met."""
    if case.scheme.partition("@")[0] not in UNLIMITED:
        return None
    said = {name: value for one in case.graded.values() for name, value in one.items()}
    levels = [int(said.pop(name, "0")) for name in ("resources", "energy", "environment", "quality")]
    need(said == {"basic_met": "true"} and min(levels) in (1, 2, 3), "I1", "no grade at all")
    return min(levels)


def _kind(case: CaseView) -> Any:
    return next(kind for (_, kind) in REQUIRED if kind.value == case.kind)


def _open(new: Any) -> tuple[Any, ...]:
    return new.organisation, new.kind, new.first, None


def _spends(other: Any) -> bool:
    return bool(other.event.kind == "credits.spent")

"""Those who recognise the demonstration body: authority, accreditation body, arrangement, scheme owner; all invented.

Each has its own key in the workspace and states its records itself; each record is entered in the log on the day it is
made, and published as a signed credential. That one workspace holds all the keys is what makes it a demonstration.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, record_digest
from footproof.credential import jose
from footproof.credential.did_key import did_key, key_name
from footproof.credential.recognized import recognized_credential
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import CertificationScope, Party
from footproof.model.days import legal_day
from footproof.model.recognition import (
    ANY,
    Accreditation,
    Approval,
    Arrangement,
    Change,
    Code,
    CodeList,
    FiledRule,
    KeyDelegation,
    SchemeEdition,
    Scope,
    Signatory,
    Statement,
)
from footproof.model.recognition_records import RecognitionRecords, part_json, record_json
from footproof.recognise import Roots, thumbprint
from footproof.recognise.sources import records_of_events
from footproof.server.bodies import body_keys
from footproof.server.events import event
from footproof.server.keys import read_ed25519_key, write_key
from footproof.server.record_list import about_recognition
from footproof.server.workspace import Workspace, kept
from footproof.texts import catalogue
from footproof.tlog import Log

ACTIVITY = "product-certification"
SCHEME, EDITION = "demo.pcf", "2026"
CATEGORIES = "demo-pcf"
ACCREDITATION = "DEMO-AB-0001"
BATTERY_RULE = "cn.pcf.traction-battery"
ROLES = ("authority", "accreditor", "arrangement", "scheme")
# The verb of the event with which a record of each kind begins.
_BEGINS = {
    "accreditation": "granted",
    "approval": "granted",
    "arrangement": "recorded",
    "filing": "submitted",
    "key": "delegated",
    "scheme": "published",
}


@dataclass(frozen=True, slots=True)
class World:
    """The invented parties of a workspace, each by the key it signs with."""

    keys: Mapping[str, Ed25519PrivateKey]

    def party(self, role: str) -> Party:
        """Return a party: its identifier is its key."""
        name = {"arrangement": "demo.arrangement.owner", "scheme": "demo.scheme-owner"}.get(role, f"demo.{role}.name")
        return Party(did_key(self.keys[role].public_key()), demo_text(name))

    def roots(self) -> Roots:
        """Return whom the demonstration's `trust.json` trusts."""
        return Roots(
            authorities=frozenset({self.party("authority").id}),
            arrangement_owners=frozenset({self.party("arrangement").id}),
            scheme_owners=frozenset({self.party("scheme").id}),
        )


def open_world(workspace: Workspace) -> World:
    """Return the parties of a workspace; their keys are made on first use."""
    found = {}
    for role in ROLES:
        path = _key_file(workspace, role)
        if not path.is_file():
            write_key(path, Ed25519PrivateKey.generate())
        found[role] = read_ed25519_key(path)
    return World(found)


def recognise_body(workspace: Workspace, body: Party, rule: str, rule_edition: str, at: datetime) -> None:
    """Enter in the log, once each, all records that let the body certify under a rule.

    Args:
        workspace: Of the demonstration.
        body: The demonstration body.
        rule: Rule that the body files.
        rule_edition: Digest of its edition.
        at: Now, with a time zone.
    """
    world, day = open_world(workspace), legal_day(at)
    key = workspace.body_key().public_key()
    wanted = [*_founding(world, body, key, day), _filing(world, body, rule, rule_edition, day)]
    known = {(one.KIND, one.id) for one in recognition(workspace).records}
    enter_records(workspace, [one for one in wanted if (one.KIND, one.id) not in known], at)


def enter_records(workspace: Workspace, records: Sequence[Statement], at: datetime) -> None:
    """Store new records and enter them in the log, each as the event of whoever states it."""
    if records:
        with workspace.open_log() as log:
            append_records(workspace, log, records, at)


def append_records(workspace: Workspace, log: Log, records: Sequence[Statement], at: datetime) -> None:
    """Do what `enter_records` does, in an opened log."""
    items = workspace.put_many(canonical_bytes(record_json(one)) for one in records)
    log.append([_begun(one, item, at) for one, item in zip(records, items, strict=True)])


def change_record(workspace: Workspace, record: Statement, change: Change, at: datetime) -> None:
    """Enter a change of a record in the log: a suspension, a withdrawal, a deregistration.

    Args:
        workspace: Of the demonstration.
        record: As it stands.
        change: What changes; it becomes known on the day of `at`.
        at: Now, with a time zone.
    """
    with workspace.hold(), workspace.open_log() as log:
        append_changes(workspace, log, [(record, change)], at)


def append_changes(workspace: Workspace, log: Log, changes: Sequence[tuple[Statement, Change]], at: datetime) -> None:
    """Do what `change_record` does for many, in an opened log.

    Args:
        workspace: Held by the caller.
        log: Opened.
        changes: Each with the record as it stands.
        at: Now, with a time zone.
    """
    items = [canonical_bytes({"record": record.id, "part": part_json(change)}) for record, change in changes]
    names = workspace.put_many(items)
    log.append(
        [
            event(f"{record.KIND}.{change.kind}", at, record.stated_by, record.id, name)
            for (record, change), name in zip(changes, names, strict=True)
        ]
    )


def recognition(workspace: Workspace) -> RecognitionRecords:
    """Return all records that the log of a workspace states."""
    return records_of_events((entry for _, entry in about_recognition(workspace)), workspace.get)


def recognition_files(workspace: Workspace) -> Iterator[tuple[str, str, bytes]]:
    """Yield the records of a workspace as signed credentials: path in the static tree, digest of the record, token.

    A credential is named by the digest of its record, so that a changed record has a new file.
    """
    signers = _signers(workspace)
    for record in recognition(workspace).records:
        if isinstance(record, CodeList):
            continue
        digest = record_digest(record_json(record))
        name = f"recognition/{digest.removeprefix('sha256:')[:32]}.jwt"
        key, kid = signers[record.stated_by]
        stated = recognized_credential(record, f"{workspace.base}/{name}")
        yield name, digest, kept(workspace.public / name, partial(jose.sign, stated, key, kid, jose.CREDENTIAL))


def code_lists() -> tuple[CodeList, ...]:
    """Return the invented list of product categories."""
    codes = (Code("general", demo_text("demo.category.general")), Code("battery", demo_text("demo.category.battery")))
    return (CodeList(CATEGORIES, demo_text("demo.category.list"), ".", codes),)


def certification_scope(rule: str, country: str) -> CertificationScope:
    """Return what a demonstration certificate under a rule claims.

    Args:
        rule: `id@edition`.
        country: Of the site, ISO 3166.
    """
    category = "battery" if rule.partition("@")[0] == BATTERY_RULE else "general"
    return CertificationScope(ACTIVITY, SCHEME, EDITION, f"{CATEGORIES}:{category}", country, False, ACCREDITATION)


def _founding(world: World, body: Party, key: EllipticCurvePublicKey, day: date) -> Iterator[Statement]:
    """Yield the records that are there from the first day."""
    authority, accreditor = (world.party(role) for role in ("authority", "accreditor"))
    scope = Scope("1", (ACTIVITY,), (f"{SCHEME}@*",), (f"{CATEGORIES}:*",), (ANY,), day, None, day)
    yield KeyDelegation(
        id="key-1",
        body=body,
        key=key_name(key),
        thumbprint=thumbprint(key),
        activities=(ACTIVITY,),
        first=day,
        last=None,
        known=day,
        changes=(),
        stated_by=body.id,
    )
    yield Approval("approval-1", authority, body, "DEMO-R-0001", day, (scope,), (), authority.id)
    yield Accreditation("accreditation-1", accreditor, body, ACCREDITATION, day, (scope,), (), accreditor.id)
    yield arrangement(world, day)
    scheme = world.party("scheme")
    yield SchemeEdition(
        id=f"{SCHEME}-{EDITION}",
        scheme=SCHEME,
        edition=EDITION,
        name=demo_text("demo.scheme"),
        owner=scheme,
        rules=(),
        first=day,
        last=None,
        follows=None,
        carried_until=None,
        known=day,
        stated_by=scheme.id,
    )


def arrangement(world: World, day: date) -> Arrangement:
    """Return the arrangement of which the accreditation body is a signatory, as published on a day."""
    accreditor, owner = (world.party(role) for role in ("accreditor", "arrangement"))
    whole = Scope("1", (ANY,), (ANY,), (ANY,), (ANY,), day, None, day)
    return Arrangement(
        id="arrangement-1",
        name=demo_text("demo.arrangement.name"),
        owner=owner,
        known=day,
        scopes=(whole,),
        conditions=(demo_text("demo.arrangement.condition"),),
        parties=(Signatory(accreditor, (whole,)),),
        changes=(),
        stated_by=owner.id,
    )


def _filing(world: World, body: Party, rule: str, rule_edition: str, day: date) -> FiledRule:
    authority = world.party("authority")
    name = f"filing-{rule_edition.removeprefix('sha256:')[:16]}"
    filed = (Change("filed", day, day),)
    return FiledRule(name, body, authority, SCHEME, rule, rule_edition, name, day, filed, authority.id)


def _begun(record: Statement, item: str, at: datetime) -> bytes:
    return event(f"{record.KIND}.{_BEGINS[record.KIND]}", at, record.stated_by, record.id, item)


def _signers(workspace: Workspace) -> dict[str, tuple[jose.PrivateKey, str]]:
    """Return the keys of bodies and parties by who they are."""
    found: dict[str, tuple[jose.PrivateKey, str]] = {
        body: (key, key_name(key.public_key())) for body, key in body_keys(workspace).items()
    }
    for key in open_world(workspace).keys.values():
        found[did_key(key.public_key())] = (key, key_name(key.public_key()))
    return found


def _key_file(workspace: Workspace, role: str) -> Path:
    return workspace.folder / "keys" / f"demo-{role}.pem"


def demo_text(key: str) -> Bilingual:
    """Return a text of the demonstration in both languages."""
    record = catalogue("demo")[key]
    return Bilingual(record["zh"], record["en"])

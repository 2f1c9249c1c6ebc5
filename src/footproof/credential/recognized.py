"""W3C Recognized Entities: a credential that says who is recognised to issue what, by whom.

VC Recognized Entities 1.0, Working Draft of 2026-08-02. Its use case "product conformity" is ours: accreditation
body → certification body → certificate. Each scope becomes one `recognizedTo` with the days the draft allows, and
UNTP's schema of the conformity credential as `outputValidation`: a JSON Schema cannot walk a code list, so what the
scope covers stands in the record. The draft names no context of its own and its examples use the examples' context; its
vocabulary's context redefines protected terms of VCDM 2.0 and cannot be used beside it. We therefore define the
draft's terms in line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from footproof.credential.recognition_lines import (
    V2,
    Json,
    both,
    description,
    last_day,
    listed,
    need_type,
    open_scopes,
    published,
    record_in,
    sentence,
    stater,
    text_of,
    validity,
)
from footproof.errors import ProofRejected, Where
from footproof.model.certificate import Party
from footproof.model.recognition import (
    Accreditation,
    Arrangement,
    FiledRule,
    KeyDelegation,
    Scope,
    Statement,
)

TERMS = "https://www.w3.org/ns/credentials/recognized-entities#"
SCHEMA = "https://untp.unece.org/artefacts/schema/v0.7.0/dcc/ConformityCredential.json"
MOST_ENTITIES = 10_000
MOST_ACTIONS = 2000


def _term(name: str) -> Json:
    return {"@id": TERMS + name, "@type": "@id"}


_MOMENTS = {
    name: {"@id": f"https://www.w3.org/2018/credentials#{name}", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
    for name in ("validFrom", "validUntil")
}
CONTEXT: Json = {
    "@protected": True,
    "RecognizedEntityCredential": TERMS + "RecognizedEntityCredential",
    "RecognizedIssuer": {"@id": TERMS + "RecognizedIssuer", "@context": {"recognizedIn": _term("recognizedIn")}},
    "RecognizedEntity": {
        "@id": TERMS + "RecognizedEntity",
        "@context": {"recognizedTo": _term("recognizedTo"), "recognizedIn": _term("recognizedIn")},
    },
    "RecognizedAction": {
        "@id": TERMS + "RecognizedAction",
        "@context": {
            "action": TERMS + "action",
            "recognizedBy": _term("recognizedBy"),
            "outputValidation": _term("outputValidation"),
            **_MOMENTS,
        },
    },
}


@dataclass(frozen=True, slots=True)
class Recognized:
    """One action an entity is recognised to perform, as any RecognizedEntityCredential says it.

    Args:
        entity: Who is recognised.
        name: What people call it; "" where not given.
        action: Such as "issue"; "" where the entity is only listed.
        by: Who recognises it.
        schemas: URLs of the JSON Schemas its output must conform to.
        valid_from: As written; the credential's where the action has none.
        valid_until: As written; the credential's where the action has none.
        recognized_in: URLs of other lists that name the entity.
    """

    entity: str
    name: str
    action: str
    by: str
    schemas: tuple[str, ...]
    valid_from: str | None
    valid_until: str | None
    recognized_in: tuple[str, ...]


def recognized_credential(
    record: Statement,
    address: str,
    *,
    recognized_in: str | None = None,
    status: Mapping[str, Any] | None = None,
) -> Json:
    """Return a record as a RecognizedEntityCredential, unsigned.

    Args:
        record: Any statement; a scheme edition recognises nobody, so its owner is listed without an action.
        address: URI of the credential.
        recognized_in: URL of the credential that recognises the issuer itself, one level up.
        status: Entry of a status list, put in as it is.

    Raises:
        FootproofError: E-CANONICAL where a text is not in NFC.
    """
    issuer: Json = {"type": "RecognizedIssuer", "id": record.stated_by, "name": both(stater(record).name)}
    if recognized_in is not None:
        issuer["recognizedIn"] = {"id": recognized_in, "type": "RecognizedEntityCredential"}
    last = last_day(record.scopes) if isinstance(record, Accreditation | Arrangement) else None
    found: Json = {
        "@context": [V2, CONTEXT],
        "type": ["VerifiableCredential", "RecognizedEntityCredential"],
        "id": address,
        "name": sentence(record),
        "description": description(record),
        "issuer": issuer,
        **validity(published(record), last),
        "credentialSubject": _entities(record),
    }
    return found if status is None else found | {"credentialStatus": dict(status)}


def _entities(record: Statement) -> list[Json]:
    by, day = record.stated_by, published(record)
    if isinstance(record, Accreditation):
        scopes = open_scopes(record.scopes, record.changes, day)
        return [_entity(record.holder, [_scope_action(one, by) for one in scopes])]
    if isinstance(record, Arrangement):
        return [
            _entity(seat.party, [_scope_action(one, by) for one in open_scopes(seat.scopes, seat.changes, day)])
            for seat in record.parties
        ]
    if isinstance(record, FiledRule):
        return [_entity(record.body, [_action(by)])]
    if isinstance(record, KeyDelegation):
        return [_entity(Party(record.key, record.body.name), [_action(by) | validity(record.first, record.last)])]
    return [_entity(record.owner, [])]


def _entity(party: Party, actions: list[Json]) -> Json:
    found = {"type": "RecognizedEntity", "id": party.id, "name": both(party.name)}
    return found | {"recognizedTo": actions} if actions else found


def _scope_action(scope: Scope, by: str) -> Json:
    return _action(by) | validity(scope.first, scope.last)


def _action(by: str) -> Json:
    schema = {"id": SCHEMA, "type": "JsonSchema"}
    return {"type": "RecognizedAction", "action": "issue", "recognizedBy": by, "outputValidation": schema}


def record_of(credential: Mapping[str, Any]) -> Statement:
    """Return the record that a RecognizedEntityCredential of ours states.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL where it is none of ours, or says one thing in its line and another in its
            members.
    """

    def rebuild(record: Statement) -> Json:
        upper = credential["issuer"].get("recognizedIn", {}).get("id")
        return recognized_credential(record, cast(str, text_of(credential, "id")), recognized_in=upper)

    return record_in(credential, rebuild)


def read_recognized(credential: Mapping[str, Any]) -> tuple[Recognized, ...]:
    """Return what a RecognizedEntityCredential of anybody says, one item for each entity and action.

    Nothing is fetched: whoever follows `recognized_in` or a schema does so within limits of their own.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL for another type, too many entities, or a member of another form.
    """
    need_type(credential, "RecognizedEntityCredential")
    issuer = credential.get("issuer")
    by = issuer if isinstance(issuer, str) else cast(str, text_of(issuer, "id"))
    found: list[Recognized] = []
    for entity in listed(credential.get("credentialSubject"), MOST_ENTITIES, "credentialSubject"):
        found.extend(_read_entity(entity, by, credential))
        if len(found) > MOST_ENTITIES:
            raise _refused(f"more than {MOST_ENTITIES} actions")
    return tuple(found)


def _read_entity(entity: object, by: str, credential: Mapping[str, Any]) -> list[Recognized]:
    name = cast(str, text_of(entity, "id"))
    members = cast(Mapping[str, Any], entity)
    if "RecognizedEntity" not in listed(members.get("type"), 20, "type"):
        raise _refused("an entity lacks the type RecognizedEntity")
    lists = tuple(cast(str, text_of(one, "id")) for one in listed(members.get("recognizedIn"), 20, "recognizedIn"))
    title = text_of(members, "name", needed=False) or ""
    actions = listed(members.get("recognizedTo"), MOST_ACTIONS, "recognizedTo")
    return [
        Recognized(
            entity=name,
            name=title,
            action="" if one is None else cast(str, text_of(one, "action")),
            by=by if one is None else _by(one, by),
            schemas=() if one is None else _schemas(one),
            valid_from=_moment(one, "validFrom", credential),
            valid_until=_moment(one, "validUntil", credential),
            recognized_in=lists,
        )
        for one in actions or [None]
    ]


def _by(action: Mapping[str, Any], issuer: str) -> str:
    value = action.get("recognizedBy", issuer)
    return value if isinstance(value, str) else cast(str, text_of(value, "id"))


def _schemas(action: Mapping[str, Any]) -> tuple[str, ...]:
    found = listed(action.get("outputValidation"), 20, "outputValidation")
    if not all(isinstance(one, Mapping) and one.get("type") == "JsonSchema" for one in found):
        raise _refused("outputValidation is of another type than JsonSchema")
    return tuple(cast(str, text_of(one, "id")) for one in found)


def _moment(action: Mapping[str, Any] | None, name: str, credential: Mapping[str, Any]) -> str | None:
    said = None if action is None else text_of(action, name, needed=False)
    return said or text_of(credential, name, needed=False)


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-RECOG-CREDENTIAL", Where("credential"), reason=reason[:300])

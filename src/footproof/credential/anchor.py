"""UNTP Digital Identity Anchor: a register says which DID a registered body holds, and for which scopes.

UNTP 0.7.0 and, for today's test tools, 0.6.1. An accreditation or approval is written as an anchor of register type
"accreditation" and read back without loss; anchors of others are read for what UNTP has members for. In 0.7.0 the
schema calls a member `schemeId` for which the context defines only `idScheme`; we write what the schema wants.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from footproof.credential.recognition_lines import (
    V2,
    both,
    description,
    last_day,
    listed,
    need_type,
    open_scopes,
    published,
    record_in,
    scope_uri,
    sentence,
    stater,
    text_of,
    validity,
)
from footproof.errors import ProofRejected, Where
from footproof.model.recognition import Accreditation, Statement

Version = Literal["0.7.0", "0.6.1"]
CONTEXTS: Mapping[Version, str] = {
    "0.7.0": "https://vocabulary.uncefact.org/untp/0.7.0/context/",
    "0.6.1": "https://test.uncefact.org/vocabulary/untp/dia/0.6.1/",
}
MOST_SCOPES = 2000
REGISTERS = frozenset({"product", "facility", "business", "trademark", "land", "accreditation"})

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Anchor:
    """What any Digital Identity Anchor says, ours or another's.

    Args:
        version: Of UNTP.
        id: Of the credential; "" where 0.6.1 has none.
        issuer: DID of the register.
        subject: DID the registered party holds.
        name: Registered name.
        number: Registered number.
        register: "accreditation", "business", …
        register_id: URI of the register, where given.
        scopes: URIs of the scopes of registration.
        registered_on: Day of registration, as written, where given.
        valid_from: As written, where given.
        valid_until: As written, where given.
    """

    version: Version
    id: str
    issuer: str
    subject: str
    name: str
    number: str | None
    register: str | None
    register_id: str | None
    scopes: tuple[str, ...]
    registered_on: str | None
    valid_from: str | None
    valid_until: str | None


def anchor_credential(
    grant: Accreditation, address: str, *, version: Version = "0.7.0", status: Mapping[str, Any] | None = None
) -> Json:
    """Return an accreditation or approval as a Digital Identity Anchor, unsigned.

    Args:
        grant: To be published by its giver.
        address: URI of the credential.
        version: Of UNTP.
        status: Entry of a status list, put in as it is.

    Raises:
        FootproofError: E-CANONICAL where a text is not in NFC.
    """
    day = published(grant)
    register = stater(grant)
    found: Json = {
        "type": ["DigitalIdentityAnchor", "VerifiableCredential"],
        "@context": [V2, CONTEXTS[version]],
        "id": address,
        "issuer": {"type": ["CredentialIssuer"], "id": grant.stated_by, "name": both(register.name)},
        **validity(day, last_day(grant.scopes)),
        "name": sentence(grant),
        "description": description(grant),
        "credentialSubject": _identity(grant, version),
    }
    return found if status is None else found | {"credentialStatus": dict(status)}


def _identity(grant: Accreditation, version: Version) -> Json:
    scopes = [scope_uri(one) for one in open_scopes(grant.scopes, grant.changes, published(grant))]
    register = {"type": ["IdentifierScheme"], "id": grant.giver.id, "name": both(grant.giver.name)}
    found: Json = {"type": ["RegisteredIdentity"], "id": grant.holder.id, "registeredId": grant.number}
    if version == "0.6.1":
        return found | {
            "name": both(grant.holder.name),
            "idScheme": register,
            "registerType": "Accreditation",
            "registrationScopeList": scopes,
        }
    return found | {
        "registeredName": both(grant.holder.name),
        "registeredDate": min(one.first for one in grant.scopes).isoformat(),
        "schemeId": register,
        "registrar": {"type": ["Party"], "id": grant.giver.id, "name": both(grant.giver.name)},
        "registerType": "accreditation",
        "registrationScope": scopes,
    }


def grant_of(credential: Mapping[str, Any]) -> Accreditation:
    """Return the accreditation or approval that an anchor of ours states.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL where it is none of ours, or says one thing in its line and another in its
            members.
    """
    version = _version(credential)

    def rebuild(record: Statement) -> Json:
        if not isinstance(record, Accreditation):
            raise ValueError(f"an anchor carries no {record.KIND}")
        return anchor_credential(record, cast(str, text_of(credential, "id")), version=version)

    return cast(Accreditation, record_in(credential, rebuild))


def read_anchor(credential: Mapping[str, Any]) -> Anchor:
    """Return what a Digital Identity Anchor of anybody says, in 0.7.0 or 0.6.x.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-RECOG-CREDENTIAL for another type, version, register type, or a member of another form.
    """
    need_type(credential, "DigitalIdentityAnchor")
    version = _version(credential)
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping):
        raise _refused("credentialSubject is not one object")
    new = version == "0.7.0"
    scopes = listed(subject.get("registrationScope" if new else "registrationScopeList"), MOST_SCOPES, "scopes")
    if not all(isinstance(one, str) for one in scopes):
        raise _refused("a scope is no text")
    register = text_of(subject, "registerType", needed=new)
    # 0.6.x writes the types with a capital.
    if register is not None and register.lower() not in REGISTERS:
        raise _refused(f"registerType is {register!r}")
    scheme = subject.get("schemeId" if new else "idScheme")
    return Anchor(
        version=version,
        id=text_of(credential, "id", needed=new) or "",
        issuer=cast(str, text_of(credential.get("issuer"), "id")),
        subject=cast(str, text_of(subject, "id")),
        name=cast(str, text_of(subject, "registeredName" if new else "name")),
        number=text_of(subject, "registeredId", needed=new),
        register=None if register is None else register.lower(),
        register_id=None if scheme is None else text_of(scheme, "id"),
        scopes=tuple(scopes),
        registered_on=text_of(subject, "registeredDate", needed=new),
        valid_from=text_of(credential, "validFrom", needed=new),
        valid_until=text_of(credential, "validUntil", needed=False),
    )


def _version(credential: Mapping[str, Any]) -> Version:
    contexts = listed(credential.get("@context"), 20, "@context")
    for version, url in CONTEXTS.items():
        if url in contexts:
            return version
    if any(isinstance(one, str) and one.endswith("/untp/dia/0.6.0/") for one in contexts):
        return "0.6.1"
    raise _refused("@context names no UNTP version we read (0.7.0, 0.6.1, 0.6.0)")


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-RECOG-CREDENTIAL", Where("credential"), reason=reason[:300])

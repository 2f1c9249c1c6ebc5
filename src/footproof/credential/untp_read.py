"""What a UNTP credential of anybody says, whichever of them it is: one reader for whoever was handed a file.

Passport and conformity credential are read by `claims`, the identity anchor by `anchor`, W3C's list of recognised
entities by `recognized`; the facility record is read here. Nothing read is believed: signatures are checked elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from footproof.credential.anchor import Anchor, read_anchor
from footproof.credential.claims import Stated, read_attested, read_passport
from footproof.credential.recognition_lines import listed, text_of
from footproof.credential.recognized import Recognized, read_recognized
from footproof.errors import ProofRejected, Where

Kind: TypeAlias = Literal["passport", "conformity", "facility", "anchor", "recognized"]
TYPES: Mapping[str, Kind] = {
    "DigitalProductPassport": "passport",
    "DigitalConformityCredential": "conformity",
    "DigitalFacilityRecord": "facility",
    "DigitalIdentityAnchor": "anchor",
    "RecognizedEntityCredential": "recognized",
}
MOST_PARTIES = 100

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """What any Digital Facility Record says.

    Args:
        version: Of UNTP.
        id: Of the credential.
        issuer: Who states it.
        facility: Identifier of the site.
        name: Of the site.
        country: Code of the country, where given.
        operators: Identifiers of those who work it.
        documents: Addresses of the documents it names.
    """

    version: Literal["0.7.0", "0.6.1"]
    id: str
    issuer: str
    facility: str
    name: str
    country: str | None
    operators: tuple[str, ...]
    documents: tuple[str, ...]


Said: TypeAlias = Stated | Site | Anchor | tuple[Recognized, ...]


def kind_of(credential: Json) -> Kind:
    """Return which of them a credential is.

    Args:
        credential: Payload.

    Raises:
        ProofRejected: E-UNTP-KIND where it is none of them, or several at once.
    """
    types = listed(credential.get("type"), 20, "type")
    kinds = [TYPES[one] for one in types if isinstance(one, str) and one in TYPES]
    if len(kinds) != 1:
        found = ", ".join(str(one) for one in types)[:200] or "—"
        raise ProofRejected("E-UNTP-KIND", Where("credential"), found=found, needed=", ".join(TYPES))
    return kinds[0]


def read_untp(credential: Json) -> Said:
    """Return what a credential says.

    Args:
        credential: Payload.

    Raises:
        ProofRejected: E-UNTP-KIND; E-UNTP-FORM or E-RECOG-CREDENTIAL where a member has another form.
    """
    kind = kind_of(credential)
    if kind == "passport":
        return read_passport(credential)
    if kind == "conformity":
        return read_attested(credential)
    if kind == "anchor":
        return read_anchor(credential)
    return read_recognized(credential) if kind == "recognized" else read_site(credential)


def read_site(credential: Json) -> Site:
    """Return what a Digital Facility Record of anybody says, in 0.7.0 or 0.6.x.

    Args:
        credential: Payload.

    Raises:
        ProofRejected: E-UNTP-KIND; E-UNTP-FORM for another version; E-RECOG-CREDENTIAL for a member of another form.
    """
    kind_of(credential)
    version = _version(credential)
    subject = credential.get("credentialSubject")
    if version == "0.7.0":
        facility = _object(subject)
        country = facility.get("countryOfOperation")
        code = country.get("countryCode") if isinstance(country, Mapping) else country
        parties = listed(facility.get("relatedParty"), MOST_PARTIES, "relatedParty")
        operators = [_object(one).get("party") for one in parties if _object(one).get("role") == "operator"]
        links = listed(facility.get("relatedDocument"), MOST_PARTIES, "relatedDocument")
    else:
        facility = _object(_object(subject).get("facility"))
        code = facility.get("countryOfOperation")
        operators = listed(facility.get("operatedByParty"), MOST_PARTIES, "operatedByParty")
        links = []
    return Site(
        version=version,
        id=_text(credential, "id"),
        issuer=_issuer(credential),
        facility=_text(facility, "id"),
        name=_text(facility, "name"),
        country=code if isinstance(code, str) else None,
        operators=tuple(_text(one, "id") for one in operators),
        documents=tuple(_text(one, "linkURL") for one in links),
    )


def _version(credential: Json) -> Literal["0.7.0", "0.6.1"]:
    for context in listed(credential.get("@context"), 20, "@context"):
        if isinstance(context, str) and context.startswith("https://vocabulary.uncefact.org/untp/0.7.0/"):
            return "0.7.0"
        if isinstance(context, str) and context.startswith("https://test.uncefact.org/vocabulary/untp/dfr/0.6."):
            return "0.6.1"
    reason = "@context names no UNTP version we read (0.7.0, 0.6.1)"
    raise ProofRejected("E-UNTP-FORM", Where("credential"), reason=reason)


def _issuer(credential: Json) -> str:
    issuer = credential.get("issuer")
    return issuer if isinstance(issuer, str) else _text(issuer, "id")


def _object(value: object) -> Json:
    if not isinstance(value, Mapping):
        raise ProofRejected("E-UNTP-FORM", Where("credential"), reason="a member of the site is no object")
    return value


def _text(found: object, name: str) -> str:
    return cast(str, text_of(found, name))

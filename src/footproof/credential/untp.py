"""What the passport and the facility record of UNTP share: facts the certificate does not hold, and links to it.

Both are credentials of the maker, not of the certification body: the maker claims, and names the certificate as its
evidence by address and digest. Figures and criteria are therefore taken from the certificate's own credential.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from footproof.credential.conformity import digest_multibase
from footproof.credential.recognition_lines import both
from footproof.credential.status_list import status_entry
from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party, StatusPlace

DCC_LINK = "https://vocabulary.uncefact.org/linkTypes/dcc"
TOKEN_TYPE = "application/vc+jwt"  # noqa: S105  # a media type

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+", re.ASCII)

Json = dict[str, Any]
StatusProfile = Literal["w3c", "untp-0.7.0"]
Status = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Category:
    """One code of a classification, such as the UN Central Product Classification.

    Args:
        code: As the classification writes it.
        name: What people call it.
        scheme: The classification; its id is a URI.
    """

    code: str
    name: Bilingual
    scheme: Party


@dataclass(frozen=True, slots=True)
class Evidence:
    """The published file of a certificate.

    Args:
        url: Where it lies.
        digest: Of the bytes that lie there, sha256:<hex>.
        media_type: Of the file.

    Raises:
        FootproofError: E-UNTP-FACT for another form.
    """

    url: str
    digest: str
    media_type: str = TOKEN_TYPE

    def __post_init__(self) -> None:
        need_uri("evidence.url", self.url)
        if not _DIGEST.fullmatch(self.digest):
            raise FootproofError(
                "E-UNTP-FACT", Where("untp", field="evidence.digest"), found=self.digest, needed="sha256:…"
            )


@dataclass(frozen=True, slots=True)
class Address:
    """Where a site is, in the parts that UNTP wants.

    Args:
        street: Street and number.
        postal_code: Of the post.
        locality: City or town.
        region: Province or state.
    """

    street: Bilingual
    postal_code: str
    locality: Bilingual
    region: Bilingual


def need_uri(field: str, text: str) -> None:
    """Refuse what is no URI.

    Args:
        field: For the message.
        text: To be written as an `id`.

    Raises:
        FootproofError: E-UNTP-FACT.
    """
    if not _URI.fullmatch(text):
        raise FootproofError("E-UNTP-FACT", Where("untp", field=field), found=text[:200], needed="URI")


def need_country(code: str) -> None:
    """Refuse what is no code of a country by its form.

    Args:
        code: ISO 3166-1 alpha-2.

    Raises:
        FootproofError: E-UNTP-FACT.
    """
    if not _COUNTRY.fullmatch(code):
        raise FootproofError("E-UNTP-FACT", Where("untp", field="country"), found=code[:200], needed="CN, DE, …")


def issuer_of(party: Party, did: str | None = None) -> Json:
    """Return a party as the issuer of a credential.

    Args:
        party: The maker.
        did: What it signs as, where that is another identifier than the one it is known by.
    """
    found = {"type": ["CredentialIssuer"], "id": did or party.id, "name": both(party.name)}
    if did is None or did == party.id:
        return found
    return found | {"issuerAlsoKnownAs": [{"id": party.id, "name": both(party.name)}]}


def party_of(party: Party) -> Json:
    """Return a party as a node.

    Args:
        party: Any.
    """
    return {"type": ["Party"], "id": party.id, "name": both(party.name)}


def scheme_of(scheme: Party) -> Json:
    """Return a scheme of identifiers.

    Args:
        scheme: Its id is a URI.
    """
    return {"type": ["IdentifierScheme"], "id": scheme.id, "name": both(scheme.name)}


def category_of(category: Category) -> Json:
    """Return a classification in 0.7.0, which knows no type for it.

    Args:
        category: Of a product or of what a site does.
    """
    return {
        "code": category.code,
        "name": both(category.name),
        "schemeId": category.scheme.id,
        "schemeName": both(category.scheme.name),
    }


def dcc_name(found: Certificate) -> str:
    """Return what the link to the certificate is called.

    Args:
        found: The certificate.
    """
    mark = "示例 DEMO · " if found.demonstration else ""
    return f"{mark}产品碳足迹证书 / Product carbon footprint certificate {found.number}"


def dcc_link(found: Certificate, evidence: Evidence) -> Json:
    """Return the link to the certificate, with the digest of what lies there.

    Args:
        found: The certificate.
        evidence: Its file.
    """
    return {
        "linkURL": evidence.url,
        "linkName": dcc_name(found),
        "digestMultibase": digest_multibase(evidence.digest),
        "mediaType": evidence.media_type,
        "linkType": DCC_LINK,
    }


def titled(found: Certificate, zh: str, en: str) -> str:
    """Return a title in both languages, marked where the certificate is a demonstration.

    Args:
        found: The certificate.
        zh: Title in Chinese.
        en: Title in English.
    """
    mark = "示例 DEMO · " if found.demonstration else ""
    return f"{mark}{zh} / {en}"


def since(found: Certificate, published: date) -> date:
    """Return the first day of a maker's credential: not before the certificate it leans on.

    Args:
        found: The certificate.
        published: Day the maker publishes.
    """
    return max(found.valid_from, published)


def status_of(place: StatusPlace, profile: StatusProfile = "w3c") -> Status:
    """Return the `credentialStatus` of a credential for its place in two lists.

    The schema of UNTP 0.7.0 allows one entry only, with an index that is a number; the Recommendation wants text, and
    takes several. No credential satisfies both. Under UNTP's profile suspension stands in the list of revocation's
    sister only, which a reader of that profile does not see.

    Args:
        place: Of the credential.
        profile: "w3c" for revocation and suspension, index as text; "untp-0.7.0" for revocation alone, as a number.
    """
    if profile == "untp-0.7.0":
        return status_entry(place.address("revocation"), place.index, "revocation", index_form="integer")
    return [status_entry(place.address(purpose), place.index, purpose) for purpose in ("revocation", "suspension")]


def with_status(credential: Json, status: Status | None) -> Json:
    """Return a credential with its status, where it has one.

    Args:
        credential: Unsigned.
        status: As `status_of` gives it, or an entry of another; put in as it is.
    """
    if status is None:
        return credential
    return credential | {
        "credentialStatus": dict(status) if isinstance(status, Mapping) else [dict(one) for one in status]
    }

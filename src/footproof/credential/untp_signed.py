"""A certificate as the credentials that UNTP has for it, signed: passport, facility record, conformity credential.

Passport and facility record are the maker's, the conformity credential is the body's. In 0.7.0 the conformity
credential is the certificate itself, as it was issued; it is never signed a second time.
"""

from typing import Literal, TypeAlias

from footproof.credential import jose
from footproof.credential.contexts import shipped
from footproof.credential.facility import facility_of
from footproof.credential.passport import passport_of
from footproof.credential.securing import need_issuer
from footproof.credential.untp import Evidence, Json, status_of
from footproof.credential.untp061 import conformity_061, facility_061, passport_061
from footproof.credential.untp_facts import MakerFacts, facility_facts, passport_facts
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate

Form: TypeAlias = Literal["0.7.0", "0.6.1"]
Signer: TypeAlias = tuple[jose.PrivateKey, str]
MakerKind: TypeAlias = Literal["passport", "facility"]


def maker_token(
    kind: MakerKind,
    certificate: Certificate,
    facts: MakerFacts,
    evidence: Evidence | None,
    signer: Signer,
    *,
    form: Form = "0.7.0",
) -> bytes:
    """Return the passport of a certified product, or the record of its site, signed by the maker.

    Args:
        kind: Which of the two.
        certificate: Of the product.
        facts: What the certificate does not hold.
        evidence: The published certificate; in the same form.
        signer: The maker's key and its name: <DID>#<fragment>; the DID becomes the issuer.
        form: Version of UNTP.

    Raises:
        FootproofError: E-UNTP-MISSING, E-UNTP-FACT; E-UNTP-SELF where the key is the body's, since a body that claims
            what it certifies certifies itself; what `validate_credential` and `jose.sign` raise.
    """
    issuer = signer[1].partition("#")[0]
    if issuer == certificate.body.id:
        raise FootproofError("E-UNTP-SELF", issuer=issuer)
    if kind == "passport":
        product = passport_facts(facts, certificate, evidence, issuer)
        found = passport_of(certificate, product) if form == "0.7.0" else passport_061(certificate, product)
    else:
        site = facility_facts(facts, certificate, evidence, issuer)
        found = facility_of(certificate, site) if form == "0.7.0" else facility_061(certificate, site)
    return _signed(found, signer)


def body_token(certificate: Certificate, signer: Signer) -> bytes:
    """Return a certificate as a conformity credential of UNTP 0.6.1, signed by the body.

    Args:
        certificate: As issued.
        signer: The body's key and its name.

    Raises:
        FootproofError: As `conformity_061`, `validate_credential` and `jose.sign`; E-CRED-ISSUER for another's key.
    """
    need_issuer(signer[1], certificate.body.id, FootproofError)
    place = certificate.status
    return _signed(conformity_061(certificate, status=None if place is None else status_of(place)), signer)


def _signed(credential: Json, signer: Signer) -> bytes:
    validate_credential(credential, shipped())
    return jose.sign(credential, *signer, jose.CREDENTIAL)

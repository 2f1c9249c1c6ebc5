"""Presentations: bound to one challenge and one audience, and worth what each credential in them is worth."""

import hashlib
import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credential.sample import BODY, CERTIFICATE, KEY, KID, OTHER_KEY
from footproof.credential import jose, sd_jwt
from footproof.credential.conformity import credential_of
from footproof.credential.integrity import add_proof
from footproof.credential.presentation import (
    MOST_CREDENTIALS,
    Presented,
    enveloped,
    presentation_of,
    sign_presentation,
    verify_presentation,
)
from footproof.credential.securing import sign_certificate
from footproof.errors import FootproofError, ProofRejected

MAKER = CERTIFICATE.client.id
HOLDER = Ed25519PrivateKey.from_private_bytes(b"holder of the certificate 012345")
HOLDER_KID = f"{MAKER}#key-1"
BODY_ED = Ed25519PrivateKey.from_private_bytes(b"another key of the body 01234567")
BODY_ED_KID = f"{BODY}#key-2"
KEYS: dict[str, Any] = {KID: KEY.public_key(), BODY_ED_KID: BODY_ED.public_key(), HOLDER_KID: HOLDER.public_key()}
ASKED: dict[str, Any] = {"nonce": "n-1", "audience": "https://buyer.example"}
NOW = datetime(2026, 12, 1, tzinfo=UTC)
CREATED = "2026-12-01T00:00:00Z"
TOKEN = sign_certificate(CERTIFICATE, KEY, KID)
EMBEDDED = add_proof(credential_of(CERTIFICATE), BODY_ED, BODY_ED_KID, CREATED, cryptosuite="eddsa-jcs-2022")


def salts() -> Any:
    counter = itertools.count()
    return lambda: hashlib.sha256(str(next(counter)).encode()).digest()[:16]


SELECTIVE = sd_jwt.issue(
    {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": BODY,
        "validFrom": "2026-11-22T00:00:00Z",
        "credentialSubject": {"id": MAKER, "name": "示例电池有限公司"},
    },
    [("credentialSubject", "name")],
    KEY,
    KID,
    salt=salts(),
    holder=HOLDER.public_key(),
)


def presented(*credentials: Any, **more: Any) -> bytes:
    found = presentation_of(credentials or (TOKEN, SELECTIVE, EMBEDDED), MAKER)
    return sign_presentation(found | more, HOLDER, HOLDER_KID, **ASKED)


def verified(token: bytes, **more: Any) -> Presented:
    return verify_presentation(token, KEYS, **(ASKED | {"at": NOW} | more))


def refused(token: bytes, **more: Any) -> str:
    with pytest.raises(ProofRejected) as caught:
        verified(token, **more)
    return caught.value.code


def test_every_form_of_credential_is_verified_and_its_binding_said() -> None:
    hidden = sd_jwt.select(SELECTIVE, [])
    found = verified(presented(TOKEN, SELECTIVE, hidden, EMBEDDED))
    assert found.holder == MAKER
    assert found.kid == HOLDER_KID
    assert [(each.form, each.kid, each.binding) for each in found.credentials] == [
        ("vc+jwt", KID, "none"),
        ("vc+sd-jwt", KID, "subject"),
        ("vc+sd-jwt", KID, "subject"),
        ("embedded", BODY_ED_KID, "none"),
    ]
    assert [each.hidden for each in found.credentials] == [(), (), (("credentialSubject",),), ()]
    assert found.credentials[0].credential == credential_of(CERTIFICATE)


def test_a_key_in_the_credential_binds_it_without_a_subject() -> None:
    document: dict[str, Any] = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}
    document |= {"issuer": BODY, "credentialSubject": {"name": "x"}}
    mine = sd_jwt.issue(document, [], KEY, KID, salt=salts(), holder=HOLDER.public_key())
    other = sd_jwt.issue(document, [], KEY, KID, salt=salts(), holder=KEY.public_key())
    assert [each.binding for each in verified(presented(mine, other)).credentials] == ["key", "none"]


@pytest.mark.parametrize(
    "asked",
    [
        {"nonce": "n-2"},
        {"nonce": None},
        {"audience": "https://other.example"},
        {"audience": None},
        {"nonce": None, "audience": None},
    ],
)
def test_an_answer_to_another_challenge_is_refused(asked: dict[str, Any]) -> None:
    assert refused(presented(), **asked) == "E-CRED-CHALLENGE"


def test_one_of_several_audiences_is_enough() -> None:
    claims = presentation_of((TOKEN,), MAKER) | {"nonce": "n-1", "aud": ["https://a.example", ASKED["audience"]]}
    assert verified(jose.sign(claims, HOLDER, HOLDER_KID, jose.PRESENTATION)).holder == MAKER


def _swapped(token: bytes) -> bytes:
    head, payload, signature = token.split(b".")
    return b".".join([head, payload.replace(payload[:-8], payload[:-12] + b"AAAA"), signature])


def _altered() -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(EMBEDDED))
    changed["validUntil"] = "2038-11-21T23:59:59Z"
    return changed


def _by_the_holder() -> dict[str, Any]:
    found = credential_of(CERTIFICATE)
    return add_proof(found, HOLDER, HOLDER_KID, CREATED, cryptosuite="eddsa-jcs-2022")


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        (credential_of(CERTIFICATE), "E-PRES-CREDENTIAL"),
        ("a text", "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN) | {"id": TOKEN.decode()}, "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN) | {"id": "data:application/vc+jwt;base64," + TOKEN.decode()}, "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN) | {"id": "data:text/plain," + TOKEN.decode()}, "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN) | {"id": "data:application/vc+jwt,é"}, "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN) | {"id": "data:application/vc+cose,AAAA"}, "E-PRES-UNREAD"),
        ({name: value for name, value in enveloped(TOKEN).items() if name != "@context"}, "E-PRES-CREDENTIAL"),
        (enveloped(TOKEN[:-4]), "E-CRED-FORM"),
        (enveloped(_swapped(TOKEN)), "E-CRED-SIGNATURE"),
        (enveloped(SELECTIVE) | {"id": "data:application/vc+jwt," + SELECTIVE.decode()}, "E-CRED-FORM"),
        (enveloped(sign_certificate(CERTIFICATE, OTHER_KEY, f"{BODY}#key-9")), "E-CRED-UNKNOWN-KEY"),
        (enveloped(jose.sign({"type": ["X"], "issuer": BODY}, KEY, KID)), "E-PRES-CREDENTIAL"),
        (_altered(), "E-DI-SIGNATURE"),
        (_by_the_holder(), "E-CRED-ISSUER"),
    ],
)
def test_one_bad_credential_refuses_the_presentation(credential: Any, code: str) -> None:
    claims = presentation_of((TOKEN,), MAKER) | {"nonce": "n-1", "aud": ASKED["audience"]}
    claims["verifiableCredential"].append(credential)
    assert refused(jose.sign(claims, HOLDER, HOLDER_KID, jose.PRESENTATION)) == code


def test_unknown_keys_can_be_put_up_with_and_nothing_else() -> None:
    stranger = sign_certificate(CERTIFICATE, OTHER_KEY, f"{BODY}#key-9")
    found = verified(presented(stranger, TOKEN), partial=True).credentials
    assert [(each.credential is None, each.problem and each.problem.code) for each in found] == [
        (True, "E-CRED-UNKNOWN-KEY"),
        (False, None),
    ]
    assert refused(presented(_swapped(TOKEN)), partial=True) == "E-CRED-SIGNATURE"


def test_expired_credentials_are_refused_at_a_moment() -> None:
    assert refused(presented(TOKEN), at=datetime(2029, 1, 1, tzinfo=UTC)) == "E-CRED-EXPIRED"
    assert refused(presented(SELECTIVE), at=datetime(2026, 1, 1, tzinfo=UTC)) == "E-CRED-NOT-YET"
    assert refused(presented(SELECTIVE, exp=1), at=NOW) == "E-CRED-EXPIRED"
    assert refused(presented(SELECTIVE, exp="tomorrow"), at=NOW) == "E-CRED-CLAIMS"
    assert verified(presented(SELECTIVE, exp=1), at=None).holder == MAKER


def test_somebody_elses_holder_is_refused() -> None:
    claims = presentation_of((TOKEN,), "did:web:thief.example") | {"nonce": "n-1", "aud": ASKED["audience"]}
    assert refused(jose.sign(claims, HOLDER, HOLDER_KID, jose.PRESENTATION)) == "E-CRED-ISSUER"


def test_a_credential_is_no_presentation() -> None:
    assert refused(TOKEN) == "E-CRED-HEADER"
    nothing = {"type": ["VerifiableCredential"], "holder": MAKER, "nonce": "n-1", "aud": ASKED["audience"]}
    assert refused(jose.sign(nothing, HOLDER, HOLDER_KID, jose.PRESENTATION)) == "E-PRES-TYPE"


def test_what_nobody_could_verify_is_not_presented() -> None:
    with pytest.raises(FootproofError, match="E-PRES-CREDENTIAL"):
        presented(credential_of(CERTIFICATE))
    with pytest.raises(FootproofError, match="E-PRES-MANY"):
        presented(*[SELECTIVE] * (MOST_CREDENTIALS + 1))
    with pytest.raises(FootproofError, match="E-PRES-TYPE"):
        presented(type=["Something"])


def test_a_presentation_without_credentials_still_proves_a_key() -> None:
    claims = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": "VerifiablePresentation"}
    found = verify_presentation(sign_presentation(claims, HOLDER, HOLDER_KID), KEYS)
    assert (found.holder, found.credentials) == (MAKER, ())

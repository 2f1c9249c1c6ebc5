"""A certificate as JSON with an embedded proof: it holds, its issuer made it, and it says what the logged token says.

W3C VC Data Integrity 1.0. The two are securings of one content; the token is the one that the log has.
"""

from collections.abc import Mapping
from datetime import datetime

from footproof.check.signed import Signed
from footproof.credential import jose
from footproof.credential.conformity import same_json
from footproof.credential.integrity import verify_proofs
from footproof.errors import ProofRejected, Where


def check_embedded(document: bytes, signed: Signed, keys: jose.FindKey, moment: datetime) -> Mapping[str, str]:
    """Return who made the proofs and when.

    Args:
        document: JSON with `proof`.
        signed: The token of the same certificate.
        keys: Finds the keys.
        moment: For proofs that expire.

    Raises:
        ProofRejected: As `verify_proofs`; E-CRED-ISSUER where somebody else made it; E-CHECK-EMBEDDED where the
            contents differ.
    """
    credential = jose.read_object(document)
    proofs = verify_proofs(credential, keys, at=moment)
    issuer = signed.certificate.body.id
    for one in proofs:
        if one.controller != issuer:
            raise ProofRejected("E-CRED-ISSUER", kid=one.method, issuer=issuer)
    content = {name: value for name, value in credential.items() if name != "proof"}
    if not same_json(dict(signed.credential), content):
        names = sorted(signed.credential.keys() | content.keys())
        field = next((one for one in names if not same_json(signed.credential.get(one), content.get(one))), "—")
        raise ProofRejected("E-CHECK-EMBEDDED", Where("certificate.json", field=field), field=field)
    return {"suites": ", ".join(one.cryptosuite for one in proofs), "created": proofs[0].created or "—"}

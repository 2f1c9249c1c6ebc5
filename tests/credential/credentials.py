"""Documents and keys for the tests of credentials by standard: invented issuers, W3C's example vocabulary."""

from typing import Any

from footproof.credential.did_key import PublicKey, from_did_key


def alumni() -> dict[str, Any]:
    """Return a small VCDM 2.0 credential without proof, after the example of vc-di-eddsa."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    }


def by_did_key(url: str, purpose: str) -> PublicKey:
    """Find the key a did:key URL names, for whatever purpose."""
    assert purpose
    return from_did_key(url)

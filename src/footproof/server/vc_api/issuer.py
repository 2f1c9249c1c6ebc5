"""The demonstration issuer: signs what it is given in its own name, once the data model allows it.

VCALM 1.0 §3.2. Its two keys, and everything else it keeps secret, come from one key in the workspace (HKDF, RFC 5869),
so that they can be thrown away together. It vouches for nothing: no certificate is under these keys.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from footproof.credential import jose
from footproof.credential.contexts import V1, Contexts
from footproof.credential.did_key import did_key, key_name
from footproof.credential.integrity import add_proof
from footproof.credential.jcs import jcs_bytes
from footproof.credential.moment import write_moment
from footproof.credential.presentation import enveloped
from footproof.credential.status_list import ENTRY_TYPE, read_entry
from footproof.credential.terms import own_types
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.keys import read_ed25519_key, write_key
from footproof.server.vc_api.options import SECURINGS, IssueOptions
from footproof.server.vc_api.register import Register

KEY_FILE = "keys/vc-api.pem"

_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Secrets:
    """What the one key of the interface gives.

    Args:
        key: Of the workspace, for this interface alone.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._root = key.private_bytes_raw()
        number = int.from_bytes(self._derived("p256", 48), "big") % (_P256_ORDER - 1) + 1
        self.keys: Mapping[str, jose.PrivateKey] = {
            "ed25519": Ed25519PrivateKey.from_private_bytes(self._derived("ed25519", 32)),
            "p256": derive_private_key(number, SECP256R1()),
        }
        self.token = self._derived("token", 24).hex()
        self.status_seed = self._derived("status", 32)

    def _derived(self, name: str, length: int) -> bytes:
        return HKDF(SHA256(), length, None, b"footproof vc-api " + name.encode("ascii")).derive(self._root)


def open_secrets(folder: Path) -> Secrets:
    """Return the secrets of a workspace; the key is made on first use.

    Args:
        folder: The workspace.

    Raises:
        FootproofError: E-KEY-FILE where the key is of another kind; E-FILE-WRITE where it cannot be written.
    """
    file = folder / KEY_FILE
    if not file.exists():
        try:
            write_key(file, Ed25519PrivateKey.generate())
        except FileExistsError:
            pass  # Another process was quicker; its key counts.
        except OSError as problem:
            raise FootproofError("E-FILE-WRITE", Where(KEY_FILE), path=KEY_FILE, reason=problem.strerror) from problem
    return Secrets(read_ed25519_key(file))


class Issuer:
    """Signs credentials and status lists.

    Args:
        secrets: Its keys.
        register: Statuses of what it issues.
        contexts: Contexts at hand.
    """

    def __init__(self, secrets: Secrets, register: Register, contexts: Contexts) -> None:
        self._keys = secrets.keys
        self._register = register
        self._contexts = contexts

    def identifier(self, securing: str) -> str:
        """Return the DID in whose name an instance signs."""
        return did_key(self._keys[SECURINGS[securing][0]].public_key())

    def issue(self, credential: object, securing: str, options: IssueOptions, now: datetime) -> dict[str, Any]:
        """Return a credential, signed in this issuer's name, whoever the issuer in it was.

        Args:
            credential: Without proof, or with proofs beside which ours is to stand.
            securing: How to sign it.
            options: Of the request.
            now: When it is signed.

        Raises:
            FootproofError: E-VCDM-… where the data model refuses it; E-STATUS-… for a status entry of another form;
                E-DI-…, E-CRED-SIZE, E-CANONICAL where it cannot be signed; those of `Register.entries`.
        """
        key_role, suite = SECURINGS[securing]
        validate_credential(credential, self._contexts, allow_v1=suite is not None)
        document = _own_document(credential)
        for entry in _status_entries(document):
            read_entry(entry)
        issuer = document["issuer"]
        document["issuer"] = (
            {**issuer, "id": self.identifier(securing)} if isinstance(issuer, dict) else self.identifier(securing)
        )
        if suite is not None:
            _with_integrity_terms(document)
        if options.purposes:
            self._add_status(document, key_role, options)
        validate_credential(document, self._contexts, allow_v1=suite is not None)
        return self._signed(document, securing, options, now)

    def status_list(self, key_role: str, purpose: str, now: datetime) -> dict[str, Any] | None:
        """Return a status list with an embedded proof, or None where there is none of that name.

        Args:
            key_role: Name of a key of this issuer.
            purpose: "revocation" or "suspension".
            now: When it is asked for.
        """
        securing = next((name for name, (role, suite) in SECURINGS.items() if role == key_role and suite), None)
        if securing is None:
            return None
        unsigned = self._register.unsigned(key_role, purpose, self.identifier(securing), now)
        if unsigned is None:
            return None
        options = IssueOptions(None, None, None, (), None, (), bare=True)
        return self._signed(unsigned, securing, options, now)

    def _signed(self, document: dict[str, Any], securing: str, options: IssueOptions, now: datetime) -> dict[str, Any]:
        role, suite = SECURINGS[securing]
        key = self._keys[role]
        name = key_name(key.public_key())
        if suite is None:
            # Numbers as others write them; `jose.sign` is for documents of ours, which have none with a fraction.
            payload = jcs_bytes(document, jose.CREDENTIAL.most)
            return enveloped(jose.seal(jose.header_segment(key, name, jose.CREDENTIAL), payload, key, jose.CREDENTIAL))
        return add_proof(
            document,
            key,
            name,
            options.created or write_moment(now),
            cryptosuite=suite,
            expires=options.expires,
            proof_id=options.proof_id,
            fractions=True,
            # One name as text, as other people's software writes it.
            previous=options.previous[0] if len(options.previous) == 1 else options.previous or None,
        )

    def _add_status(self, document: dict[str, Any], role: str, options: IssueOptions) -> None:
        name = document.get("id", options.credential_id)
        if not isinstance(name, str):
            raise FootproofError("E-VCAPI-NAMELESS", Where("request", field="$.credential.id"))
        stated = document.get("credentialStatus", [])
        stated = stated if isinstance(stated, list) else [stated]
        entries = [*stated, *self._register.entries(role, name, options.purposes)]
        document["credentialStatus"] = entries if len(entries) > 1 else entries[0]


def _own_document(credential: object) -> dict[str, Any]:
    """Return a copy of what passed the data model, which lets envelopes pass as well: those are signed already."""
    if not isinstance(credential, dict) or "issuer" not in credential:
        raise ProofRejected("E-VCDM-ISSUER-MISSING", Where("credential", field="$.issuer"))
    return dict(credential)


def _with_integrity_terms(document: dict[str, Any]) -> None:
    """Add the terms of proofs to a document of VCDM 1.1, whose base context has none."""
    listed = document["@context"] if isinstance(document["@context"], list) else [document["@context"]]
    if listed[0] == V1 and _INTEGRITY not in listed:
        document["@context"] = [*listed, _INTEGRITY]


def _status_entries(document: object) -> Iterator[Mapping[str, Any]]:
    """Yield everything that calls itself an entry of a bitstring list, wherever it stands; depth was checked."""
    layer = [document]
    while layer:
        inner: list[object] = []
        for each in layer:
            if isinstance(each, dict):
                if ENTRY_TYPE in own_types(each):
                    yield each
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        layer = inner

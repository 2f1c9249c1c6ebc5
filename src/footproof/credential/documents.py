"""From the name of a key to the key: DID documents, offline, and what a document must say before its key counts.

W3C Controlled Identifiers 1.0 §2.2 (verification methods), §2.3 (relationships) and §3.3 (retrieving a method), DID
Core 1.0 §5. A key counts for a purpose only where the document of its own DID lists it under that relationship.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from footproof.credential import did_key, did_web, did_webvh
from footproof.credential.did_key import PublicKey
from footproof.credential.jwk import public_jwk, public_key_of
from footproof.credential.moment import read_moment
from footproof.errors import FootproofError, ProofRejected, Where

MANIFEST = "documents.toml"
MOST_METHODS = 200
PURPOSES = frozenset(
    {"assertionMethod", "authentication", "capabilityDelegation", "capabilityInvocation", "keyAgreement"}
)

_SECRET = frozenset({"d", "secretKeyMultibase", "secretKeyJwk", "privateKeyMultibase", "privateKeyJwk"})


class Documents(Protocol):
    """Whoever can say what the document of a DID is."""

    def document(self, did: str, at: datetime | None = None) -> Mapping[str, Any]:
        """Return the document of a DID; of a DID with a history, the one that held at a moment.

        Raises:
            ProofRejected: E-CRED-UNKNOWN-KEY where the DID is not known here; the code of the defect where its document
                is refused.
        """
        ...


class OfflineDocuments:
    """DID documents at hand: nothing is fetched.

    Args:
        documents: Either documents by DID, or a folder whose `documents.toml` has `[[document]]` tables of `did` and
            `file`, and for did:webvh `witness` where there is one. Files lie in the folder.
        now: The moment of asking, needed for files of did:webvh: no entry of a log may be later.

    Raises:
        FootproofError: E-DID-MANIFEST where the folder's manifest cannot be read as such.
    """

    def __init__(self, documents: Mapping[str, Mapping[str, Any]] | Path, *, now: datetime | None = None) -> None:
        self._now = now
        self._folder = documents if isinstance(documents, Path) else Path()
        self._given = {} if isinstance(documents, Path) else dict(documents)
        self._files = dict(_manifest(documents)) if isinstance(documents, Path) else {}
        self._read: dict[str, Callable[[datetime | None], Mapping[str, Any]]] = {}

    def document(self, did: str, at: datetime | None = None) -> Mapping[str, Any]:
        """Return the document of a DID, checked on first use; see `Documents`."""
        if did in self._given:
            found = self._given[did]
            if found.get("id") != did:
                raise ProofRejected("E-DID-ID", did=did, found=str(found.get("id"))[: did_web.LONGEST])
            return found
        if did not in self._files:
            raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=did[: did_web.LONGEST])
        if did not in self._read:
            self._read[did] = self._open(did)
        return self._read[did](at)

    def _open(self, did: str) -> Callable[[datetime | None], Mapping[str, Any]]:
        file, witness = self._files[did]
        data = self._bytes(file)
        if did.startswith(did_webvh.PREFIX):
            if self._now is None:
                raise FootproofError("E-DID-CLOCK", Where(file), did=did)
            history = did_webvh.read_history(did, data, self._bytes(witness) if witness else None, now=self._now)
            return lambda at: did_webvh.document_at(history, at)
        document = did_web.web_document(did, data)
        return lambda _: document

    def _bytes(self, name: str) -> bytes:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(did_webvh.MOST_LOG + 1)
        except OSError as problem:
            raise FootproofError("E-DID-MANIFEST", Where(name), reason=str(problem.strerror)) from problem


def verification_key(documents: Documents, url: str, purpose: str, at: datetime | None = None) -> PublicKey:
    """Return the public key that a key name stands for, where its DID lets it serve the purpose.

    Args:
        documents: Where to look; did:key needs none of it.
        url: DID URL with a fragment: `did:web:body.example#key-1`; for did:key the fragment may be left out.
        purpose: Verification relationship, such as "assertionMethod".
        at: The moment at which the key has to serve. Without one a key marked `revoked` serves at no moment, and
            `expires` is not looked at.

    Raises:
        ProofRejected: E-CRED-UNKNOWN-KEY where nobody knows the DID or its document has no such key; E-DID-PURPOSE
            where the relationship does not list the key; E-DID-CONTROLLER where another party controls it;
            E-DID-REVOKED, E-DID-EXPIRED where it no longer serves at that moment; E-DID-KEY where its form is
            none we read or it gives a private key away; E-DID-DOCUMENT where the document has not the form of one.
        FootproofError: E-CRED-KEY-NAME where a did:key names no key.
    """
    if purpose not in PURPOSES:
        raise ProofRejected("E-DID-PURPOSE", key=url[: did_web.LONGEST], purpose=purpose[:100], found="—")
    if url.startswith(did_key.PREFIX):
        return did_key.from_did_key(url)
    did, mark, fragment = url.partition("#")
    if not mark or not fragment or len(url) > did_web.LONGEST:
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=url[: did_web.LONGEST])
    document = documents.document(did, at)
    method = _listed(document, did, url, purpose)
    if method.get("controller") != did:
        raise ProofRejected("E-DID-CONTROLLER", key=url, found=str(method.get("controller"))[:200], needed=did)
    _refuse_ended(method, url, at)
    return method_key(method, url)


def document_of_keys(did: str, keys: Mapping[str, PublicKey], purposes: Sequence[str]) -> dict[str, Any]:
    """Return a DID document of Multikey methods that all serve the same purposes.

    Args:
        did: The DID, or for a new did:webvh the DID with `{SCID}` in place of its SCID.
        keys: Public keys by fragment, such as "key-1".
        purposes: Verification relationships.
    """
    methods = [
        {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": did_key.multikey(key)}
        for name, key in keys.items()
    ]
    contexts = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
    related = {purpose: [method["id"] for method in methods] for purpose in purposes}
    return {"@context": contexts, "id": did, "verificationMethod": methods, **related}


def method_key(method: Mapping[str, Any], name: str) -> PublicKey:
    """Return the public key of a verification method.

    Args:
        method: Of type Multikey (`publicKeyMultibase`), JsonWebKey or JsonWebKey2020 (`publicKeyJwk`).
        name: Its id, for the error.

    Raises:
        ProofRejected: E-DID-KEY for another type, another curve, a second spelling of a key, or a private key.
    """
    jwk = method.get("publicKeyJwk")
    if _SECRET & method.keys() or (isinstance(jwk, Mapping) and _SECRET & jwk.keys()):
        raise ProofRejected("E-DID-KEY", key=name, reason="a private key stands in it")
    text = method.get("publicKeyMultibase")
    if method.get("type") == "Multikey" and isinstance(text, str) and jwk is None:
        try:
            return did_key.from_multikey(text)
        except FootproofError as problem:
            raise ProofRejected("E-DID-KEY", key=name, reason=str(problem.values["needed"])) from problem
    if method.get("type") in ("JsonWebKey", "JsonWebKey2020") and isinstance(jwk, Mapping) and text is None:
        return _jwk_key(jwk, name)
    raise ProofRejected("E-DID-KEY", key=name, reason=f"type {str(method.get('type'))[:60]!r}")


def _jwk_key(jwk: Mapping[str, Any], name: str) -> PublicKey:
    """Return the key of a JWK that is written in its one form."""
    try:
        key = public_key_of(jwk)
    except FootproofError as problem:
        raise ProofRejected("E-DID-KEY", key=name, reason=str(problem.values["reason"])) from problem
    if any(jwk.get(member) != value for member, value in public_jwk(key).items()):
        raise ProofRejected("E-DID-KEY", key=name, reason="a second spelling of its numbers")
    return key


def _listed(document: Mapping[str, Any], did: str, url: str, purpose: str) -> Mapping[str, Any]:
    """Return the one method of that name, where the relationship lists it by name or holds it itself."""
    if document.get("id") != did:
        raise ProofRejected("E-DID-ID", did=did, found=str(document.get("id"))[: did_web.LONGEST])
    methods = [item for item in _list(document, did, "verificationMethod") if _name(item, did) == url]
    related = _list(document, did, purpose)
    own = [item for item in related if isinstance(item, Mapping) and _name(item, did) == url]
    elsewhere = [
        item
        for other in PURPOSES - {purpose}
        for item in _list(document, did, other)
        if isinstance(item, Mapping) and _name(item, did) == url
    ]
    if len(methods) + len(own) + len(elsewhere) > 1:
        raise ProofRejected("E-DID-DOCUMENT", did=did, reason=f"{url[:200]} stands twice")
    if own:
        return own[0]
    if methods and any(isinstance(item, str) and _name(item, did) == url for item in related):
        if not isinstance(methods[0], Mapping):
            raise ProofRejected("E-DID-DOCUMENT", did=did, reason="a method is not an object")
        return methods[0]
    if methods or elsewhere:
        listed = sorted(other for other in PURPOSES if _relates(document, did, url, other))
        raise ProofRejected("E-DID-PURPOSE", key=url, purpose=purpose, found=", ".join(listed) or "—")
    raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=url)


def _relates(document: Mapping[str, Any], did: str, url: str, purpose: str) -> bool:
    return any(_name(item, did) == url for item in _list(document, did, purpose))


def _list(document: Mapping[str, Any], did: str, member: str) -> list[Any]:
    found = document.get(member, [])
    if not isinstance(found, list) or len(found) > MOST_METHODS:
        raise ProofRejected("E-DID-DOCUMENT", did=did, reason=f"{member} is not a list of at most {MOST_METHODS}")
    return found


def _name(item: object, did: str) -> str | None:
    """Return the absolute name of a method or of a reference to one."""
    name = item.get("id") if isinstance(item, Mapping) else item
    if not isinstance(name, str):
        return None
    return did + name if name.startswith("#") else name


def _refuse_ended(method: Mapping[str, Any], url: str, at: datetime | None) -> None:
    for member, code in (("revoked", "E-DID-REVOKED"), ("expires", "E-DID-EXPIRED")):
        if member not in method:
            continue
        end = read_moment(method[member])
        if end is None:
            raise ProofRejected("E-DID-KEY", key=url, reason=f"{member} is no dateTimeStamp")
        if (at is None and member == "revoked") or (at is not None and at >= end):
            asked = at.isoformat() if at is not None else "—"
            raise ProofRejected(code, key=url, end=method[member], at=asked)


def _manifest(folder: Path) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield DID, file and witness file of a folder of documents."""
    where = Where(MANIFEST)
    try:
        tables = tomllib.loads((folder / MANIFEST).read_text("utf-8")).get("document")
    except (OSError, ValueError) as problem:
        raise FootproofError("E-DID-MANIFEST", where, reason=str(problem)[:200]) from problem
    if not isinstance(tables, list):
        raise FootproofError("E-DID-MANIFEST", where, reason="[[document]]")
    seen: set[str] = set()
    for table in tables:
        did, file, witness = (table.get(key) if isinstance(table, dict) else None for key in ("did", "file", "witness"))
        if not isinstance(did, str) or not isinstance(file, str) or not isinstance(witness, str | None):
            raise FootproofError("E-DID-MANIFEST", where, reason="did, file, witness")
        if did in seen or any(name and ("\\" in name or Path(name).name != name) for name in (file, witness)):
            raise FootproofError("E-DID-MANIFEST", where, reason=f"{did} · {file}")
        seen.add(did)
        yield did, (file, witness)

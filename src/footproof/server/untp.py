"""What a workspace has for the maker's side of UNTP: facts by certificate, and the invented maker of a demonstration.

A maker signs its own passport and facility record; a body that did so would certify its own claims. A demonstration
holds the keys of everybody in it, the maker's among them, and publishes both records beside the certificate.

untp/<number>.toml     facts of the maker (docs/reference/untp.md); without the file nothing is published
keys/demo-maker.pem    key of the invented maker, made on first use
"""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import digest
from footproof.credential.did_key import key_name
from footproof.credential.untp import Evidence
from footproof.credential.untp_facts import FILES, NONE, MakerFacts, read_facts
from footproof.credential.untp_signed import MakerKind, maker_token
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate
from footproof.server.certify import Issued
from footproof.server.keys import read_ed25519_key, write_key
from footproof.server.workspace import Workspace, write_durably


def facts_file(workspace: Workspace, number: str) -> Path:
    """Return where the facts for a certificate lie.

    Args:
        workspace: Of the body.
        number: Of the certificate.
    """
    return workspace.folder / "untp" / f"{number}.toml"


def keep_facts(workspace: Workspace, number: str, data: bytes) -> None:
    """Keep the facts for a certificate, so that publishing writes the maker's records from them.

    Args:
        workspace: Of the demonstration.
        number: Of the certificate.
        data: TOML of the maker.

    Raises:
        FootproofError: E-UNTP-FACTS.
    """
    read_facts(data)
    write_durably(facts_file(workspace, number), data)


def facts_of(workspace: Workspace, number: str) -> MakerFacts:
    """Return the facts kept for a certificate; none where there is no file.

    Args:
        workspace: Of the body.
        number: Of the certificate.

    Raises:
        FootproofError: E-UNTP-FACTS, E-FILE-READ.
    """
    path = facts_file(workspace, number)
    try:
        return read_facts(path.read_bytes()) if path.is_file() else NONE
    except OSError as problem:
        raise FootproofError("E-FILE-READ", path=path.name, reason=problem.strerror) from problem


def demo_maker(workspace: Workspace) -> tuple[Ed25519PrivateKey, str]:
    """Return the key of the invented maker of a demonstration, and its name.

    Args:
        workspace: Of the demonstration.
    """
    path = workspace.folder / "keys" / "demo-maker.pem"
    if not path.is_file():
        write_key(path, Ed25519PrivateKey.generate())
    key = read_ed25519_key(path)
    return key, key_name(key.public_key())


def evidence_of(certificate: Certificate, jwt: bytes) -> Evidence:
    """Return where the static tree has a certificate, with the digest of what lies there.

    Args:
        certificate: What the token says.
        jwt: The token.
    """
    return Evidence(f"{certificate.id}certificate.jwt", digest(jwt))


def maker_files(workspace: Workspace, one: Issued) -> Iterator[tuple[str, bytes]]:
    """Yield the records of the maker of a demonstration certificate by their name, as far as there are facts for them.

    Args:
        workspace: Of the demonstration.
        one: The certificate.

    Raises:
        FootproofError: As `maker_token`.
    """
    facts = facts_of(workspace, one.certificate.number)
    parts: dict[MakerKind, object] = {"passport": facts.product, "facility": facts.site}
    wanted = [kind for kind, part in parts.items() if part]
    if not wanted or not one.certificate.demonstration:
        return
    signer = demo_maker(workspace)
    for kind in wanted:
        evidence = evidence_of(one.certificate, one.jwt)
        yield FILES[kind], maker_token(kind, one.certificate, facts, evidence, signer)

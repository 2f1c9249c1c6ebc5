"""The static tree: everything public as plain files, rebuilt from objects and log as often as one likes.

Files of a certificate come before the pages that name them, tiles before the checkpoint, so that a reader never meets a
link to nothing.
"""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from joserfc.jwk import ECKey

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import key_name
from footproof.label.mark import render_mark
from footproof.label.rule import demo_rule
from footproof.package import open_package
from footproof.registry.render import assets, render_certificate_page, render_index
from footproof.server.certify import Issued, demo_body, issued
from footproof.server.workspace import Workspace, write_durably
from footproof.texts import LANGUAGES, Lang
from footproof.tlog import Log, prove

PLACE: dict[Lang, str] = {"zh": "", "en": "en/"}


def publish(workspace: Workspace) -> tuple[Path, ...]:
    """Write the static tree of a workspace and return the paths of the certificate pages, Chinese first.

    Raises:
        FootproofError: E-OBJECT where an object is missing or was changed; nothing of it is then published.
    """
    certificates = issued(workspace)
    pages: list[Path] = []
    with workspace.open_log() as log:
        for name, data in _tree(workspace, log, certificates):
            write_if_changed(workspace.public / name, data)
            if name.startswith("c/") and name.endswith("index.html"):
                pages.append(workspace.public / name)
        _publish_log(workspace, log)
    return tuple(sorted(pages, key=lambda path: len(path.parts)))


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file durably unless it already says this."""
    if not path.is_file() or path.read_bytes() != data:
        write_durably(path, data)


def _tree(workspace: Workspace, log: Log, certificates: list[Issued]) -> Iterator[tuple[str, bytes]]:
    """Yield every file by its path in the tree, files before the pages that link to them."""
    yield from assets().items()
    yield "trust.json", _trust(workspace, log)
    for one in certificates:
        yield from _certificate_files(log, one)
    for lang in LANGUAGES:
        yield f"{PLACE[lang]}index.html", render_index([one.certificate for one in certificates], lang)


def _certificate_files(log: Log, one: Issued) -> Iterator[tuple[str, bytes]]:
    certificate = one.certificate
    place = f"c/{certificate.number}"
    yield f"{place}/certificate.jwt", one.jwt
    yield f"{place}/package.footproof", one.package
    yield f"{place}/event.json", one.entry
    yield f"{place}/proof.txt", prove(log.read, one.index, log.signed).to_bytes()
    yield f"{place}/mark.svg", render_mark(certificate, demo_rule(), certificate.id)
    package = open_package(one.package)
    result, about = package.record("result.json"), package.record("about.json")
    for lang in LANGUAGES:
        yield f"{place}/{PLACE[lang]}index.html", render_certificate_page(certificate, result, about, lang)


def _publish_log(workspace: Workspace, log: Log) -> None:
    target = workspace.public / "log"
    source = workspace.log_folder / "tile"
    for path in sorted(source.rglob("*")):
        if path.is_file():
            write_if_changed(target / "tile" / path.relative_to(source), path.read_bytes())
    write_if_changed(target / "checkpoint", log.signed)


def _trust(workspace: Workspace, log: Log) -> bytes:
    key = workspace.body_key().public_key()
    body = demo_body(key)
    return canonical_bytes(
        {
            "demonstration": True,
            "bodies": [
                {
                    "id": body.id,
                    "name": {"zh": body.name.zh, "en": body.name.en},
                    "keys": {key_name(key): public_jwk(key)},
                }
            ],
            "logs": [{"origin": workspace.origin, "vkey": log.verifier.vkey}],
        }
    )


def public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return a P-256 public key as a JSON Web Key (RFC 7517)."""
    fields = ECKey.import_key(key).as_dict(private=False)
    return {name: str(fields[name]) for name in ("kty", "crv", "x", "y")}

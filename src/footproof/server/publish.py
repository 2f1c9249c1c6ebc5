"""The static tree: everything public as plain files, rebuilt from objects and log as often as one likes.

Files of a certificate come before the pages that name them, tiles before the checkpoint, so that a reader never meets a
link to nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.did_key import key_name
from footproof.credential.jwk import public_jwk
from footproof.credential.securing import embed_certificate
from footproof.errors import FootproofError, Where
from footproof.label.mark import render_mark
from footproof.label.rule import demo_rule
from footproof.model.recognition_records import record_json
from footproof.package import open_package, public_copy
from footproof.recognise import roots_json
from footproof.registry.render import assets, render_certificate_page, render_index
from footproof.server.certify import Issued, demo_body, issued
from footproof.server.demo_seal import open_seal
from footproof.server.demo_witnesses import cosign, policy
from footproof.server.demo_world import code_lists, open_world, recognition_files
from footproof.server.status import status_lists
from footproof.server.timestamps import stamper
from footproof.server.workspace import Workspace, kept, write_durably
from footproof.texts import LANGUAGES, Lang
from footproof.tlog import Log, prove

PLACE: dict[Lang, str] = {"zh": "", "en": "en/"}


def publish(workspace: Workspace, at: datetime) -> tuple[Path, ...]:
    """Write the static tree of a workspace and return the paths of the certificate pages, Chinese first.

    Args:
        workspace: Whose tree.
        at: Now: the moment whose knowledge the status lists state.

    Raises:
        FootproofError: E-OBJECT where an object is missing or was changed; nothing of it is then published.
    """
    with workspace.hold():
        certificates = issued(workspace)
        small = {**dict(recognition_files(workspace)), **dict(status_lists(workspace, at))}
        pages: list[Path] = []
        for name, data in small.items():
            write_if_changed(workspace.public / name, data)
        with workspace.open_log() as log:
            cosign(workspace, log, at)
            for name, data in _tree(workspace, log, certificates, at):
                write_if_changed(workspace.public / name, data)
                if name.startswith("c/") and name.endswith("index.html"):
                    pages.append(workspace.public / name)
            _publish_log(workspace, log)
        return tuple(sorted(pages, key=lambda path: len(path.parts)))


def publish_status(workspace: Workspace, at: datetime) -> None:
    """Publish what a change of status changes: the log first, then the lists.

    Args:
        workspace: Whose tree.
        at: Now.
    """
    with workspace.hold():
        with workspace.open_log() as log:
            cosign(workspace, log, at)
            _publish_log(workspace, log)
        for name, data in status_lists(workspace, at):
            write_durably(workspace.public / name, data)


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file durably unless it already says this."""
    if not path.is_file() or path.read_bytes() != data:
        write_durably(path, data)


def _tree(workspace: Workspace, log: Log, certificates: list[Issued], at: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield every file by its path in the tree, files before the pages that link to them."""
    yield from assets().items()
    yield "trust.json", _trust(workspace, log, at)
    for one in certificates:
        yield from _certificate_files(workspace, log, one)
    for lang in LANGUAGES:
        yield f"{PLACE[lang]}index.html", render_index([one.certificate for one in certificates], lang)


def _embedded(workspace: Workspace, one: Issued) -> bytes:
    """Return the certificate with an embedded proof."""
    key = workspace.body_key()
    return embed_certificate(one.certificate, key, key_name(key.public_key()), read_canonical(one.entry)["at"])


def _pdf(workspace: Workspace, one: Issued, lang: Lang) -> bytes:
    """Return the sealed PDF certificate."""
    from footproof.registry.certificate_pdf import sealed_certificate  # loads two PDF libraries

    at = datetime.fromisoformat(read_canonical(one.entry)["at"])
    seal, _ = open_seal(workspace, one.certificate.body, at)
    stamps = stamper(workspace.stamps) if workspace.stamps is not None else None
    return sealed_certificate(one.jwt, lang, seal, at, stamper=stamps)


def _certificate_files(workspace: Workspace, log: Log, one: Issued) -> Iterator[tuple[str, bytes]]:
    certificate, public = one.certificate, public_copy(one.package, one.shown)
    package = open_package(public)
    if package.digest != certificate.package_digest:
        raise FootproofError("E-OBJECT", Where("objects"), digest=certificate.package_digest, reason="another package")
    place = f"c/{certificate.number}"
    yield f"{place}/certificate.jwt", one.jwt
    there = workspace.public / place
    yield f"{place}/certificate.json", kept(there / "certificate.json", partial(_embedded, workspace, one))
    yield f"{place}/package.footproof", public
    for lang in LANGUAGES:
        name = f"certificate.{lang}.pdf"
        yield f"{place}/{name}", kept(there / name, partial(_pdf, workspace, one, lang))
    yield f"{place}/event.json", one.entry
    yield f"{place}/proof.txt", prove(log.read, one.index, log.signed).to_bytes()
    yield f"{place}/mark.svg", render_mark(certificate, demo_rule(), certificate.id)
    result = {} if package.lines else package.record("result.json")
    about = package.record("about.json")
    for lang in LANGUAGES:
        yield f"{place}/{PLACE[lang]}index.html", render_certificate_page(certificate, result, about, lang)


def _publish_log(workspace: Workspace, log: Log) -> None:
    target = workspace.public / "log"
    for draft in target.rglob(".*.tmp"):  # of a process that was killed; readers of the log know no such file
        draft.unlink(missing_ok=True)
    source = workspace.log_folder / "tile"
    for path in sorted(source.rglob("*")):
        if path.is_file():
            write_if_changed(target / "tile" / path.relative_to(source), path.read_bytes())
    write_if_changed(target / "checkpoint", log.signed)


def _trust(workspace: Workspace, log: Log, at: datetime) -> bytes:
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
            "roots": roots_json(open_world(workspace).roots()),
            "policy": policy(workspace, log),
            "seals": open_seal(workspace, body, at)[1],
            **({} if workspace.stamp_roots is None else {"stamps": _pem(workspace.stamp_roots)}),
            "code_lists": [record_json(one) for one in code_lists()],
        }
    )


def _pem(path: Path) -> str:
    """Return the roots of a time stamp authority.

    Raises:
        FootproofError: E-FILE-READ.
    """
    try:
        return path.read_text("ascii")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or type(problem).__name__
        raise FootproofError("E-FILE-READ", path=path, reason=reason) from problem

"""The static tree: everything public as plain files, rebuilt from objects and log as often as one likes.

Files of a certificate come before the pages that name them, tiles before the checkpoint, so that a reader never meets a
link to nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from footproof.canonical import canonical_bytes, read_canonical
from footproof.credential.did_key import key_name
from footproof.credential.jwk import public_jwk
from footproof.credential.securing import embed_certificate
from footproof.errors import FootproofError, Where
from footproof.label.mark import render_mark
from footproof.label.rule import demo_rule
from footproof.model.certificate import Party
from footproof.model.recognition import KeyDelegation
from footproof.model.recognition_records import record_json
from footproof.package import Package, open_package, public_copy
from footproof.recognise import roots_json
from footproof.registry.render import assets, render_certificate_page, render_index
from footproof.server.bodies import body_key, body_keys, own_body
from footproof.server.certify import Issued, demo_body, issued, opened
from footproof.server.demo_seal import open_seal
from footproof.server.demo_witnesses import cosign, policy
from footproof.server.demo_world import code_lists, open_world, recognition, recognition_files
from footproof.server.record_list import FILE, list_file, renew_list
from footproof.server.status import status_lists
from footproof.server.timestamps import stamper
from footproof.server.untp import maker_files
from footproof.server.workspace import Workspace, kept, write_durably
from footproof.texts import LANGUAGES, Lang
from footproof.tlog import Log, Read, Tiles, prove
from footproof.tlog.durable import Folder
from footproof.tlog.tiles import WIDTH, Tile, tiles_of

PLACE: dict[Lang, str] = {"zh": "", "en": "en/"}


def publish(workspace: Workspace, at: datetime, *, renew: bool = True) -> tuple[Path, ...]:
    """Write the static tree of a workspace and return the paths of the certificate pages, Chinese first.

    Args:
        workspace: Whose tree.
        at: Now: the moment whose knowledge the status lists state.
        renew: Whether a new list of recognition records may be entered in the log; a checkpoint that others have just
            cosigned must stay the last one.

    Raises:
        FootproofError: E-OBJECT where an object is missing or was changed; nothing of it is then published.
    """
    with workspace.hold():
        certificates = issued(workspace)
        pages: list[Path] = []
        for name, data in status_lists(workspace, at):
            write_if_changed(workspace.public / name, data)
        with workspace.open_log() as log:
            publish_records(workspace, log, at, renew=renew)
            for name, data in _tree(workspace, log, certificates, at):
                write_if_changed(workspace.public / name, data)
                if name.startswith("c/") and name.endswith("index.html"):
                    pages.append(workspace.public / name)
            _publish_log(workspace, log)
        return tuple(sorted(pages, key=lambda path: len(path.parts)))


def publish_status(workspace: Workspace, at: datetime) -> None:
    """Publish what a change of status changes: the log first, then the lists; and what grows old with the days.

    Args:
        workspace: Whose tree.
        at: Now.
    """
    with workspace.hold():
        with workspace.open_log() as log:
            publish_records(workspace, log, at)
            _publish_log(workspace, log)
        for name, data in status_lists(workspace, at):
            write_durably(workspace.public / name, data)


def publish_records(workspace: Workspace, log: Log, at: datetime, *, renew: bool = True) -> None:
    """Publish the recognition records with their list, have the log cosigned, and remove what the list no longer names.

    Records come before the list that names them, and go after it: whoever has a list finds what it names, but for the
    moment in which it changes.

    Args:
        workspace: Whose tree; held by the caller.
        log: Its log, opened.
        at: Now.
        renew: As for `publish`.
    """
    found = {name: (digest, data) for name, digest, data in recognition_files(workspace)}
    for name, (_, data) in found.items():
        write_if_changed(workspace.public / name, data)
    if renew or not (workspace.public / FILE).is_file():
        renew_list(workspace, log, {name: digest for name, (digest, _) in found.items()}, at)
    cosign(workspace, log, at)
    write_if_changed(workspace.public / FILE, list_file(workspace, log))
    for path in (workspace.public / FILE).parent.glob("*.jwt"):
        if f"recognition/{path.name}" not in found:
            path.unlink()


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file durably unless it already says this."""
    if not path.is_file() or path.read_bytes() != data:
        write_durably(path, data)


def _tree(workspace: Workspace, log: Log, certificates: list[Issued], at: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield every file by its path in the tree, files before the pages that link to them."""
    yield from assets().items()
    yield "trust.json", trust_file(workspace, log, at)
    for one in certificates:
        yield from _certificate_files(workspace, log, one)
    for lang in LANGUAGES:
        yield f"{PLACE[lang]}index.html", render_index([one.certificate for one in certificates], lang)


def _embedded(workspace: Workspace, one: Issued) -> bytes:
    """Return the certificate with an embedded proof."""
    key = body_key(workspace, one.certificate.body.id)
    return embed_certificate(one.certificate, key, key_name(key.public_key()), read_canonical(one.entry)["at"])


def _pdf(workspace: Workspace, one: Issued, lang: Lang) -> bytes:
    """Return the sealed PDF certificate."""
    from footproof.registry.certificate_pdf import sealed_certificate  # loads two PDF libraries

    at = datetime.fromisoformat(read_canonical(one.entry)["at"])
    seal, _ = open_seal(workspace, one.certificate.body, at)
    stamps = stamper(workspace.stamps) if workspace.stamps is not None else None
    return sealed_certificate(one.jwt, lang, seal, at, stamper=stamps)


def _certificate_files(workspace: Workspace, log: Log, one: Issued) -> Iterator[tuple[str, bytes]]:
    yield from checkable_files(log.read, log.signed, one)
    there = workspace.public / "c" / one.certificate.number
    for lang in LANGUAGES:
        name = f"certificate.{lang}.pdf"
        yield f"c/{one.certificate.number}/{name}", kept(there / name, partial(_pdf, workspace, one, lang))
    yield from readable_files(workspace, one)


def checkable_files(read: Read, signed: bytes, one: Issued, tiles: Tiles | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield what a stranger needs to check a certificate, by its path in the tree.

    Args:
        read: Reads a file of the log in which it was entered.
        signed: Checkpoint of that log.
        one: The certificate.
        tiles: As for `prove`.

    Raises:
        FootproofError: E-OBJECT where the package is another one.
    """
    yield from lasting_files(one)
    yield proof_file(read, signed, one, tiles)


def lasting_files(one: Issued) -> Iterator[tuple[str, bytes]]:
    """Yield those of them that stay as they are while the log grows.

    Args:
        one: The certificate.

    Raises:
        FootproofError: As `checkable_files`.
    """
    place = f"c/{one.certificate.number}"
    public, package = _disclosed(one.package, one.shown)
    if package.digest != one.certificate.package_digest:
        raise FootproofError(
            "E-OBJECT", Where("objects"), digest=one.certificate.package_digest, reason="another package"
        )
    yield f"{place}/certificate.jwt", one.jwt
    yield f"{place}/package.footproof", public
    yield f"{place}/event.json", one.entry


def proof_file(read: Read, signed: bytes, one: Issued, tiles: Tiles | None = None) -> tuple[str, bytes]:
    """Return the proof that a certificate stands in the log, by its path in the tree.

    Args:
        read: Reads a file of the log in which it was entered.
        signed: Checkpoint of that log.
        one: The certificate.
        tiles: As for `prove`.
    """
    proof = prove(read, one.index, signed, tiles=tiles)
    return f"c/{one.certificate.number}/proof.txt", proof.to_bytes()


def readable_files(workspace: Workspace, one: Issued) -> Iterator[tuple[str, bytes]]:
    """Yield what people look at, by its path in the tree: the mark, and the pages last; all but the sealed PDFs.

    Args:
        workspace: Whose certificate.
        one: The certificate.
    """
    certificate, place = one.certificate, f"c/{one.certificate.number}"
    embedded = workspace.public / place / "certificate.json"
    yield f"{place}/certificate.json", kept(embedded, partial(_embedded, workspace, one))
    yield f"{place}/mark.svg", render_mark(certificate, demo_rule(), certificate.id)
    records = dict(maker_files(workspace, one))
    for name, data in records.items():
        yield f"{place}/{name}", data
    _, package = _disclosed(one.package, one.shown)
    result = {} if package.lines else package.record("result.json")
    about = package.record("about.json")
    for lang in LANGUAGES:
        page = render_certificate_page(certificate, result, about, lang, beside=tuple(records))
        yield f"{place}/{PLACE[lang]}index.html", page


@lru_cache(maxsize=8)
def _disclosed(sealed: bytes, shown: tuple[str, ...]) -> tuple[bytes, Package]:
    """Return the public copy of a package, and the same opened."""
    package = opened(sealed)
    if not package.lines:
        return sealed, package
    public = public_copy(sealed, shown)
    return public, open_package(public)


def _publish_log(workspace: Workspace, log: Log) -> None:
    target = workspace.public / "log"
    for draft in target.rglob(".*.tmp"):  # of a process that was killed; readers of the log know no such file
        draft.unlink(missing_ok=True)
    source = workspace.log_folder / "tile"
    for path in sorted(source.rglob("*")):
        there = target / "tile" / path.relative_to(source)
        full = not path.parent.name.endswith(".p")
        if path.is_file() and not (full and there.is_file()):  # a full tile never changes
            write_if_changed(there, path.read_bytes())
    write_if_changed(target / "checkpoint", log.signed)
    drop_partials(workspace, tiles_of(log.size))


def drop_partials(workspace: Workspace, tiles: Iterable[Tile]) -> None:
    """Remove the published partial forms of tiles that are published in full: whoever seeks one takes the full tile.

    Args:
        workspace: Whose tree; held by the caller, and the checkpoint over the tiles is published.
        tiles: Of the log; partial ones among them stay, with those that came before them.
    """
    folder = Folder(workspace.public / "log")
    for tile in tiles:
        if tile.width == WIDTH:
            folder.drop(f"{tile.path}.p")


def trust_file(workspace: Workspace, log: Log, at: datetime) -> bytes:
    """Return `trust.json`: the bodies, logs, roots and witnesses that the demonstration believes.

    Args:
        workspace: Of the demonstration.
        log: Its log, opened.
        at: Now, for seals that are made now.

    Raises:
        FootproofError: E-FILE-READ where the roots of a time stamp authority cannot be read.
    """
    bodies = _bodies(workspace)
    return canonical_bytes(
        {
            "demonstration": True,
            "bodies": [
                {
                    "id": body.id,
                    "name": {"zh": body.name.zh, "en": body.name.en},
                    "keys": {key_name(key): public_jwk(key)},
                }
                for body, key in bodies
            ],
            "logs": [{"origin": workspace.origin, "vkey": log.verifier.vkey}],
            "roots": roots_json(open_world(workspace).roots()),
            "policy": policy(workspace, log),
            "seals": "".join(open_seal(workspace, body, at)[1] for body, _ in bodies),
            **({} if workspace.stamp_roots is None else {"stamps": _pem(workspace.stamp_roots)}),
            "code_lists": [record_json(one) for one in code_lists()],
        }
    )


def _bodies(workspace: Workspace) -> list[tuple[Party, EllipticCurvePublicKey]]:
    """Return the body of the workspace and every other one that delegated a key which is here, by the names stated."""
    keys = {body: key.public_key() for body, key in body_keys(workspace).items()}
    own = demo_body(keys[own_body(workspace)])
    stated = {one.body.id: one.body for one in recognition(workspace).records if isinstance(one, KeyDelegation)}
    named = {own.id: own, **{body: party for body, party in stated.items() if body in keys}}
    return [(named[body], key) for body, key in keys.items() if body in named]


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

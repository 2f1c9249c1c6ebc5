"""Issue many certificates of one decision: signed on every core, stored with one wait for the disk, one checkpoint.

The order is that of a single issue: objects, then the log, then what is published. A crash before the checkpoint leaves
objects that nobody names; nothing of the batch has then been issued.
"""

import multiprocessing
import os
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from footproof.canonical import canonical_bytes
from footproof.credential.conformity import exact_text
from footproof.credential.did_key import did_key, key_name
from footproof.credential.securing import need_issuer, sign_certificates
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate
from footproof.server.certify import package_file
from footproof.server.events import ISSUES, event, logged, subject_of
from footproof.server.status import places
from footproof.server.workspace import Workspace, open_workspace

CHUNK = 1000
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)

Staged = list[tuple[str, Path | None]]


def issue_batch(workspace: Workspace, certificates: Sequence[Certificate], at: datetime) -> range:
    """Issue certificates that were decided together; each gets a place in the status lists and a leaf of its own.

    Args:
        workspace: Of the body.
        certificates: Numbers not issued before; a status they have is replaced.
        at: Now, with a time zone.

    Returns:
        Indices of their entries in the log, in order.

    Raises:
        FootproofError: E-BATCH-NUMBER where a number was issued before or stands twice; E-BATCH-CERTIFICATE where one
            cannot be published under its address here; E-CRED-ISSUER where one names another body; E-OBJECT where the
            workspace lacks the package of one; what signing raises. Nothing is then issued, and nothing is left over.
    """
    with workspace.hold():
        return issue_held(workspace, certificates, at)


def issue_held(workspace: Workspace, certificates: Sequence[Certificate], at: datetime) -> range:
    """Issue certificates as `issue_batch` does, for a caller that holds the workspace since it planned them.

    Args:
        workspace: Of the body, held.
        certificates: As for `issue_batch`.
        at: Now, with a time zone.

    Raises:
        FootproofError: As `issue_batch`.
    """
    if not certificates:
        return range(0)
    _refuse_unfit(workspace, certificates)
    _refuse_known_numbers(workspace, certificates)
    found = places(workspace, len(certificates))
    placed = [replace(one, status=place) for one, place in zip(certificates, found, strict=True)]
    tokens = workspace.settle(_signed(workspace, placed))
    actor = did_key(workspace.body_key().public_key())
    decision = workspace.put(
        canonical_bytes(
            {
                "what": "decision.granted",
                "certificates": [[one.number, one.package_digest, exact_text(one.value), one.unit] for one in placed],
            }
        )
    )
    span = f"{placed[0].number} … {placed[-1].number}"
    entries = [event("decision.granted", at, actor, span, decision)]
    entries += [
        event("certificate.issued", at, actor, one.number, token) for one, token in zip(placed, tokens, strict=True)
    ]
    with workspace.open_log() as log:
        indices = log.append(entries)
    return indices[1:]


def _refuse_unfit(workspace: Workspace, certificates: Sequence[Certificate]) -> None:
    kid = key_name(workspace.body_key().public_key())
    for one in certificates:
        if not NUMBER.fullmatch(one.number) or one.id != f"{workspace.base}/c/{one.number}/":
            raise FootproofError("E-BATCH-CERTIFICATE", number=one.number[:100], address=one.id[:300])
        need_issuer(kid, one.body.id, FootproofError)
    for package in {one.package_digest for one in certificates}:
        package_file(workspace, package)


def _refuse_known_numbers(workspace: Workspace, certificates: Sequence[Certificate]) -> None:
    known = {subject_of(entry) for _, entry in logged(workspace, ISSUES)}
    for one in certificates:
        number = canonical_bytes(one.number)
        if number in known:
            raise FootproofError("E-BATCH-NUMBER", number=one.number)
        known.add(number)


def _signed(workspace: Workspace, certificates: Sequence[Certificate]) -> Staged:
    """Sign and stage certificates, on all cores where there are enough of them."""
    chunks = [certificates[first : first + CHUNK] for first in range(0, len(certificates), CHUNK)]
    cores = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, len(chunks))
    if cores < 2:
        return [one for chunk in chunks for one in _sign(workspace, chunk)]
    # Spawned, not forked: the server has threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        running = [pool.submit(_sign_in, workspace.folder, chunk) for chunk in chunks]
        try:
            return [one for done in running for one in done.result()]
        except BaseException:
            for done in running:
                if not done.cancel() and done.exception() is None:
                    _discard(done.result())
            raise


def _sign_in(folder: Path, certificates: Sequence[Certificate]) -> Staged:
    return _sign(open_workspace(folder), certificates)


def _sign(workspace: Workspace, certificates: Sequence[Certificate]) -> Staged:
    """Sign and stage some certificates; where one cannot be signed, the drafts of those before it go again."""
    key = workspace.body_key()
    staged: Staged = []
    try:
        for token in sign_certificates(certificates, key, key_name(key.public_key())):
            staged.append(workspace.stage(token))
    except BaseException:
        _discard(staged)
        raise
    return staged


def _discard(staged: Staged) -> None:
    for _, draft in staged:
        if draft is not None:
            draft.unlink(missing_ok=True)

"""What the log says of a public event: its type in the terms of monitors, its subject, and the object it attests.

A leaf names organisations and digests, never people (see server/events); its object is the certificate that was signed,
or the public form of the event (`certify.public`) with the seal of all of it.
"""

from dataclasses import dataclass
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.certify.certificate import CertificateIssued, CertificateRestated
from footproof.certify.codec import digest_of
from footproof.certify.public import said_of
from footproof.certify.record import Public, Recorded, World
from footproof.server.store.attest import attest
from footproof.server.store.seals import seal_of
from footproof.server.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """What the log will say of an event.

    Args:
        kind: Type of the leaf.
        subject: Number of a certificate, or id of a record.
        item: Bytes of the object, whose digest the leaf names.
    """

    kind: str
    subject: str
    item: bytes


def told(
    workspace: Workspace, world: World, recorded: Recorded, before: Any, after: Any, *, name: str = ""
) -> Told | None:
    """Return what the log says of an event in a leaf of its own; None where it does not.

    Args:
        workspace: Whose keys sign certificates.
        world: What is known.
        recorded: The event.
        before: The record before it; None for its beginning.
        after: The record after it.
        name: Digest of the event; computed where it is left out.

    Raises:
        FootproofError: As `attest`.
    """
    event = recorded.event
    if event.public is not Public.YES:
        return None
    if isinstance(event, CertificateIssued | CertificateRestated):
        return Told(event.kind, recorded.id, attest(workspace, world, event.held))
    said = said_of(recorded, before, after)
    form = {**said.form, "sealed": seal_of(workspace, name or digest_of(recorded))}
    return Told(said.kind, said.subject, canonical_bytes(form))

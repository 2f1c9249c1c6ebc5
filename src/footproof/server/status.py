"""The status of certificates: changes as decisions in the log, published as signed lists (W3C Bitstring Status List).

The log is the record, the lists follow from it: a place in the lists belongs to the issue that stands at the same
position among all issues, and a bit is set as the last change in the log has it. So lists can always be written again
from log and objects, and never say what no decision says.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from footproof.canonical import canonical_bytes, digest, read_canonical
from footproof.check.events import CHANGES as STEPS
from footproof.check.events import ISSUED
from footproof.credential import jose
from footproof.credential.conformity import certificate_of
from footproof.credential.did_key import did_key, key_name
from footproof.credential.status_book import StatusBook
from footproof.credential.status_list import FEWEST_ENTRIES, list_credential
from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import STATUS_PURPOSES, StatusPlace
from footproof.server.events import event, logged, subject_of
from footproof.server.workspace import Workspace
from footproof.tlog.durable import sync_directory

Change: TypeAlias = Literal["suspended", "restored", "withdrawn", "cancelled"]
CHANGES: tuple[Change, ...] = get_args(Change)
ISSUES = b'"type":"certificate.issued"'
TTL = timedelta(minutes=5)
RELIED_UPON = timedelta(days=7)
SEED_SIZE = 32


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of status that is in the log.

    Args:
        index: Of its event.
        state: "valid", "suspended", "withdrawn" or "cancelled".
    """

    index: int
    state: str


def change_status(workspace: Workspace, number: str, change: Change, reason: Bilingual, at: datetime) -> Changed:
    """Decide on a change of status and enter it in the log; publishing comes after.

    Args:
        workspace: Of the body.
        number: Of the certificate.
        change: What is decided.
        reason: Why, in both languages; it is public.
        at: Now, with a time zone.

    Raises:
        FootproofError: E-STATUS-NUMBER where no such certificate was issued; E-STATUS-STEP where its state does not
            allow the change.
    """
    with workspace.hold():
        state = state_of(workspace, number)
        if state is None:
            raise FootproofError("E-STATUS-NUMBER", number=number)
        before, after = STEPS[f"certificate.{change}"]
        if state not in before:
            raise FootproofError("E-STATUS-STEP", number=number, found=state, change=change)
        decision = {"what": f"certificate.{change}", "number": number, "reason": {"zh": reason.zh, "en": reason.en}}
        item = workspace.put(canonical_bytes(decision))
        actor = did_key(workspace.body_key().public_key())
        with workspace.open_log() as log:
            indices = log.append([event(f"certificate.{change}", at, actor, number, item)])
        return Changed(indices[0], after)


def state_of(workspace: Workspace, number: str) -> str | None:
    """Return the state of a certificate as the log has it, or None where none of that number was issued."""
    state: str | None = None
    for _, entry in logged(workspace, b'"subject":' + canonical_bytes(number)):
        found = read_canonical(entry)
        if found["type"] == ISSUED:
            state = "valid"
        elif found["type"] in STEPS:
            state = STEPS[found["type"]][1]
    return state


def places(workspace: Workspace, count: int) -> list[StatusPlace]:
    """Return the places of the next issues.

    Args:
        workspace: Whose lists.
        count: How many certificates are about to be issued.
    """
    taken = sum(1 for _ in logged(workspace, ISSUES))
    found: list[StatusPlace] = []
    while len(found) < count:
        number, within = divmod(taken + len(found), FEWEST_ENTRIES)
        seed = digest(_seed(workspace) + number.to_bytes(4, "big")).encode("ascii")
        book = StatusBook(seed, assigned=within)
        free = min(count - len(found), FEWEST_ENTRIES - within)
        found += [StatusPlace(_lists(workspace, number + 1), book.assign()) for _ in range(free)]
    return found


def status_lists(workspace: Workspace, at: datetime) -> Iterator[tuple[str, bytes]]:
    """Yield the signed lists of a workspace by their path in the static tree, as they stand at a moment.

    Args:
        workspace: Whose certificates.
        at: Now: the moment whose knowledge the lists state.
    """
    key = workspace.body_key()
    issuer, kid = did_key(key.public_key()), key_name(key.public_key())
    issues, bits = _bits(workspace)
    for number in range(1, max(1, -(-issues // FEWEST_ENTRIES)) + 1):
        for purpose in STATUS_PURPOSES:
            name = f"status/{number}-{purpose}.jwt"
            content = list_credential(
                bits.get((_lists(workspace, number), purpose), bytes(FEWEST_ENTRIES // 8)),
                id=f"{workspace.base}/{name}",
                issuer=issuer,
                purpose=purpose,
                valid_from=at.replace(microsecond=0),
                valid_until=at.replace(microsecond=0) + RELIED_UPON,
                ttl=TTL,
            )
            yield name, jose.sign(content, key, kid)


def _bits(workspace: Workspace) -> tuple[int, Mapping[tuple[str, str], bytearray]]:
    """Return how many certificates were issued, and the bits of every list that has one set."""
    issues = 0
    states: dict[bytes, str] = {}
    for _, entry in logged(workspace, b'"type":"certificate.'):
        if ISSUES in entry:
            issues += 1
            continue
        kind = read_canonical(entry)["type"]
        if kind in STEPS:
            states[subject_of(entry)] = STEPS[kind][1]
    states = {number: state for number, state in states.items() if state != "valid"}
    tokens: dict[bytes, str] = {}
    for _, entry in logged(workspace, ISSUES) if states else ():
        number = subject_of(entry)
        if number in states:
            tokens[number] = read_canonical(entry)["object"]
    bits: dict[tuple[str, str], bytearray] = {}
    for number, state in states.items():
        purpose = "suspension" if state == "suspended" else "revocation"
        place = certificate_of(jose.payload_of(workspace.get(tokens[number]))).status
        if place is not None:
            held = bits.setdefault((place.lists, purpose), bytearray(FEWEST_ENTRIES // 8))
            held[place.index >> 3] |= 0x80 >> (place.index & 7)
    return issues, bits


def _seed(workspace: Workspace) -> bytes:
    """Return the secret that hides the order of places; made on first use."""
    path = workspace.folder / "keys" / "status.seed"
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(os.urandom(SEED_SIZE))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)  # whole or not at all: half a seed would stop every issue to come
        sync_directory(path.parent)
    seed = path.read_bytes()
    if len(seed) != SEED_SIZE:
        raise FootproofError("E-KEY-FILE", Where("keys/status.seed"), reason=f"not {SEED_SIZE} bytes")
    return seed


def _lists(workspace: Workspace, number: int) -> str:
    return f"{workspace.base}/status/{number}"

"""The status of certificates: changes as decisions in the log, published as signed lists (W3C Bitstring Status List).

The log is the record, the lists follow from it: a place in the lists belongs to the issue that stands at the same
position among all issues, and a bit is set as the last change in the log has it. So lists can always be written again
from log and objects, and never say what no decision says.

Each body signs lists of its own, in which only certificates of its own can have a bit; places are shared, so that a
place tells nothing of how much a body issues.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from footproof.canonical import canonical_bytes, digest, read_canonical
from footproof.check.events import CHANGES as STEPS
from footproof.credential import jose
from footproof.credential.did_key import key_name
from footproof.credential.status_book import StatusBook
from footproof.credential.status_list import FEWEST_ENTRIES, list_credential
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import STATUS_PURPOSES, StatusPlace
from footproof.server.bodies import body_key, body_keys, own_body
from footproof.server.events import ISSUES, event, logged
from footproof.server.keys import kept_secret
from footproof.server.ledger import Ledger, keep_ledger, read_ledger
from footproof.server.workspace import Workspace

Change: TypeAlias = Literal["suspended", "restored", "withdrawn", "cancelled"]
CHANGES: tuple[Change, ...] = get_args(Change)
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
            allow the change; E-BODY-KEY where the body that issued it is none of this workspace.
    """
    with workspace.hold():
        state = _state(workspace, keep_ledger(workspace), number)
        if state is None:
            raise FootproofError("E-STATUS-NUMBER", number=number)
        before, after = STEPS[f"certificate.{change}"]
        if state not in before:
            raise FootproofError("E-STATUS-STEP", number=number, found=state, change=change)
        actor = _issuer(workspace, number)
        decision = {"what": f"certificate.{change}", "number": number, "reason": {"zh": reason.zh, "en": reason.en}}
        item = workspace.put(canonical_bytes(decision))
        with workspace.open_log() as log:
            indices = log.append([event(f"certificate.{change}", at, actor, number, item)])
        return Changed(indices[0], after)


def _issuer(workspace: Workspace, number: str) -> str:
    """Return the body that issued a certificate: it alone decides on it here."""
    entries = logged(workspace, b'"subject":' + canonical_bytes(number))
    body = next(str(read_canonical(entry)["actor"]) for _, entry in entries if ISSUES in entry)
    body_key(workspace, body)
    return body


def state_of(workspace: Workspace, number: str) -> str | None:
    """Return the state of a certificate as the log has it, or None where none of that number was issued."""
    return _state(workspace, read_ledger(workspace), number)


def _state(workspace: Workspace, ledger: Ledger, number: str) -> str | None:
    part = b'"subject":' + canonical_bytes(number)
    if number in ledger.states:
        return ledger.states[number]
    return "valid" if any(ISSUES in entry for _, entry in logged(workspace, part)) else None


def places(workspace: Workspace, count: int) -> list[StatusPlace]:
    """Return the places of the next issues.

    Args:
        workspace: Whose lists.
        count: How many certificates are about to be issued.
    """
    taken = read_ledger(workspace).issues
    return [place_at(workspace, taken + number) for number in range(count)]


def place_at(workspace: Workspace, number: int) -> StatusPlace:
    """Return the place of an issue.

    Args:
        workspace: Whose lists.
        number: How many were issued before it.
    """
    return place_named(workspace, hidden_place(workspace, number))


def hidden_place(workspace: Workspace, number: int) -> int:
    """Return the place of an issue as one number: all lists one after another, each as long as the others.

    Args:
        workspace: Whose lists.
        number: How many were issued before it.
    """
    return hidden_places(workspace)(number)


def hidden_places(workspace: Workspace) -> Callable[[int], int]:
    """Return what gives the places of many issues as `hidden_place` does, reading the secret once.

    Args:
        workspace: Whose lists.
    """
    seed = _seed(workspace)

    def place(number: int) -> int:
        whole, within = divmod(number, FEWEST_ENTRIES)
        return whole * FEWEST_ENTRIES + _book(seed, whole).place_of(within)

    return place


def place_named(workspace: Workspace, place: int, body: str = "") -> StatusPlace:
    """Return the place that a number stands for.

    Args:
        workspace: Whose lists.
        place: From `hidden_place`.
        body: DID of the body that issues; empty for the one that the workspace was made for.
    """
    whole, within = divmod(place, FEWEST_ENTRIES)
    return StatusPlace(lists_at(workspace, whole + 1, body), within)


@lru_cache(maxsize=8)
def _book(seed: bytes, number: int) -> StatusBook:
    """Return the order of places in one pair of lists."""
    return StatusBook(digest(seed + number.to_bytes(4, "big")).encode("ascii"))


def status_lists(
    workspace: Workspace, at: datetime, only: Collection[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the signed lists of all bodies of a workspace by their path in the static tree, as they stand at a moment.

    Args:
        workspace: Whose certificates.
        at: Now: the moment whose knowledge the lists state.
        only: Addresses that pairs of lists begin with; all pairs where left out.
    """
    issues, bits = _bits(workspace)
    pairs = range(1, max(1, -(-issues // FEWEST_ENTRIES)) + 1)
    for body in body_keys(workspace):
        for address in (lists_at(workspace, number, body) for number in pairs):
            for purpose in STATUS_PURPOSES if only is None or address in only else ():
                name = list_name(workspace, f"{address}-{purpose}.jwt")
                yield name, _signed(workspace, body, name, purpose, at, bits.get((address, purpose)))


def _signed(  # noqa: PLR0917
    workspace: Workspace, body: str, name: str, purpose: str, at: datetime, bits: bytearray | None
) -> bytes:
    """Return a list as its body signs it."""
    key, moment = body_key(workspace, body), at.replace(microsecond=0)
    content = list_credential(
        bytes(FEWEST_ENTRIES // 8 if bits is None else bits),
        id=f"{workspace.base}/{name}",
        issuer=body,
        purpose=purpose,
        valid_from=moment,
        valid_until=moment + RELIED_UPON,
        ttl=TTL,
    )
    return jose.sign(content, key, key_name(key.public_key()))


def _bits(workspace: Workspace) -> tuple[int, Mapping[tuple[str, str], bytearray]]:
    """Return how many certificates were issued, and the bits of every list that has one set."""
    ledger = keep_ledger(workspace)
    bits: dict[tuple[str, str], bytearray] = {}
    for number, state in ledger.states.items():
        place = ledger.places[number] if state != "valid" else None
        if place is not None:
            purpose = "suspension" if state == "suspended" else "revocation"
            held = bits.setdefault((place.lists, purpose), bytearray(FEWEST_ENTRIES // 8))
            held[place.index >> 3] |= 0x80 >> (place.index & 7)
    return ledger.issues, bits


def _seed(workspace: Workspace) -> bytes:
    """Return the secret that hides the order of places; made on first use."""
    return kept_secret(workspace.folder / "keys" / "status.seed", SEED_SIZE)


def lists_at(workspace: Workspace, number: int, body: str = "") -> str:
    """Return the address that both lists of a pair begin with.

    Args:
        workspace: Whose lists.
        number: Of the pair, from 1.
        body: As in `place_named`; every other body has a folder.
    """
    folder = "" if body in ("", own_body(workspace)) else f"{digest(body.encode('utf-8'))[7:23]}/"
    return f"{workspace.base}/status/{folder}{number}"


def list_name(workspace: Workspace, address: str) -> str:
    """Return the path in the static tree of what stands at an address below the base.

    Args:
        workspace: Whose tree.
        address: Such as that of a list.
    """
    return address.removeprefix(f"{workspace.base}/")

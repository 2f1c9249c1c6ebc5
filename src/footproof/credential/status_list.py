"""Bitstring Status List: what a credential's status entry and the list it points to say together, and as of when.

W3C Bitstring Status List v1.0 (Recommendation, 2025-05-15) §2 (entry, list), §3.2 (validate), §3.4 (expansion), §3.5
(errors), §5.1 (herd privacy). A list is itself a credential; its signature is checked before it comes here. What a
list says is knowledge of the moment it states (`validFrom`), and nothing here claims to be younger.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from footproof.credential.moment import read_moment, write_moment
from footproof.errors import FootproofError, ProofRejected

ENTRY_TYPE = "BitstringStatusListEntry"
LIST_TYPE = "BitstringStatusList"
CREDENTIAL_TYPE = "BitstringStatusListCredential"
FEWEST_ENTRIES = 131_072
MOST_BYTES = 8 * 1024 * 1024
MOST_ENCODED = 12 * 1024 * 1024
MOST_SIZE = 8
CONTEXT = "https://www.w3.org/ns/credentials/v2"

IndexForm: TypeAlias = Literal["string", "integer"]

# Our codes and the processing errors of the Recommendation, https://www.w3.org/ns/credentials/status-list#… .
PROBLEMS: Mapping[str, str] = {
    "E-STATUS-RETRIEVAL": "STATUS_RETRIEVAL_ERROR",
    "E-STATUS-PROOF": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-PURPOSE": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-LIST-ID": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-ISSUER": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-EXPIRED": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-NOT-YET": "STATUS_VERIFICATION_ERROR",
    "E-STATUS-SHORT": "STATUS_LIST_LENGTH_ERROR",
    "E-STATUS-SIZE": "STATUS_LIST_LENGTH_ERROR",
    "E-STATUS-RANGE": "RANGE_ERROR",
    "E-STATUS-ENTRY": "MALFORMED_VALUE_ERROR",
    "E-STATUS-INDEX": "MALFORMED_VALUE_ERROR",
    "E-STATUS-LIST": "MALFORMED_VALUE_ERROR",
    "E-STATUS-ENCODING": "MALFORMED_VALUE_ERROR",
}

_INDEX = re.compile(r"0|[1-9][0-9]{0,11}", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a credential says its status stands.

    Args:
        purpose: "revocation", "suspension", "refresh", "message" or another.
        index: Position in the list, from 0.
        list_url: Address and id of the list's credential.
        size: Width of an entry. [bit]
        messages: What each value means, by value; empty where nothing is said.
        reference: Where the messages are explained.
    """

    purpose: str
    index: int
    list_url: str
    size: int = 1
    messages: Mapping[int, str] | None = None
    reference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list, unpacked.

    Args:
        id: Its own name, or None where it states none.
        issuer: Who states it.
        purposes: What its bits mean.
        bits: Eight to a byte, the first in the highest place.
        valid_from: The moment whose knowledge it is, or None where it does not say.
        valid_until: The last moment at which it may be relied on, or None.
        ttl: How long a copy may be kept before looking again, or None.
    """

    id: str | None
    issuer: str
    purposes: frozenset[str]
    bits: bytes
    valid_from: datetime | None
    valid_until: datetime | None
    ttl: timedelta | None


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one status, and as of when.

    Args:
        purpose: What the bit means.
        value: What stands there; 0 is "unset".
        message: The list's own word for the value, or None.
        as_of: The moment whose knowledge this is; None where the list does not say.
        valid_until: The last moment at which the list may be relied on, or None.
        fresh_until: When to look again, or None where the list does not say.
        age: From `as_of` to the moment asked about, or None where `as_of` is.
        fresh: Whether the moment asked about is not after `fresh_until`; False where that is unknown.
    """

    purpose: str
    value: int
    message: str | None
    as_of: datetime | None
    valid_until: datetime | None
    fresh_until: datetime | None
    age: timedelta | None
    fresh: bool

    @property
    def set(self) -> bool:
        """Return whether the status is set: revoked, suspended, and so on."""
        return self.value != 0


def encode_bits(bits: bytes | bytearray) -> str:
    """Return a bitstring as `encodedList`: GZIP, base64url without padding, "u" in front.

    The same bits give the same text: no file name and no time stand in the GZIP header.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(bits)) + packer.flush()
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode_bits(text: str) -> bytes:
    """Return the bitstring of an `encodedList`.

    Args:
        text: At most 12 MiB; its content at most 8 MiB.

    Raises:
        ProofRejected: E-STATUS-ENCODING where it is not "u", base64url and one GZIP member; E-STATUS-SIZE where it, or
            its content, is larger than allowed (nothing beyond the limit is unpacked); E-STATUS-SHORT where it has
            less than 131,072 bits.
    """
    if len(text) > MOST_ENCODED:
        raise ProofRejected("E-STATUS-SIZE", found=len(text), limit=MOST_ENCODED)
    if not text.startswith("u") or not _BASE64URL.fullmatch(text, 1):
        raise ProofRejected("E-STATUS-ENCODING", reason=f"{text[:40]!r} is not u + base64url")
    unpacker = zlib.decompressobj(31)
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        bits = unpacker.decompress(packed, MOST_BYTES + 1)
    except (binascii.Error, zlib.error) as problem:
        raise ProofRejected("E-STATUS-ENCODING", reason=str(problem)[:200]) from problem
    if len(bits) > MOST_BYTES:
        raise ProofRejected("E-STATUS-SIZE", found=f">{MOST_BYTES}", limit=MOST_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise ProofRejected("E-STATUS-ENCODING", reason="not one whole GZIP member")
    if len(bits) * 8 < FEWEST_ENTRIES:
        raise ProofRejected("E-STATUS-SHORT", found=len(bits) * 8, needed=FEWEST_ENTRIES)
    return bits


def status_entry(list_url: str, index: int, purpose: str, *, index_form: IndexForm = "string") -> dict[str, Any]:
    """Return the `credentialStatus` of a credential.

    Args:
        list_url: Address of the list's credential.
        index: Position in the list.
        purpose: "revocation" or "suspension".
        index_form: "string" as the Recommendation has it, "integer" as the schema of UNTP 0.7.0 has it. No credential
            satisfies both.

    Raises:
        FootproofError: E-STATUS-INDEX where the index is no index.
    """
    if isinstance(index, bool) or not _INDEX.fullmatch(str(index)):
        raise FootproofError("E-STATUS-INDEX", found=str(index)[:40])
    return {
        "id": f"{list_url}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index) if index_form == "string" else index,
        "statusListCredential": list_url,
    }


def list_credential(
    bits: bytes | bytearray,
    *,
    id: str,  # noqa: A002  # the member's own name
    issuer: str,
    purpose: str,
    valid_from: datetime,
    valid_until: datetime,
    ttl: timedelta | None = None,
) -> dict[str, Any]:
    """Return a list as a credential, not yet secured.

    Args:
        bits: At least 131,072 of them.
        id: Address at which it will be published.
        issuer: Who states it.
        purpose: What a set bit means.
        valid_from: The moment whose knowledge it is.
        valid_until: The last moment at which it may be relied on.
        ttl: How long a copy may be kept before looking again.

    Raises:
        FootproofError: E-STATUS-SHORT where the list is too short to hide who is asked about; E-STATUS-SIZE where no
            reader of ours would take it; E-STATUS-LIST where it would end before it begins.
    """
    if len(bits) * 8 < FEWEST_ENTRIES:
        raise FootproofError("E-STATUS-SHORT", found=len(bits) * 8, needed=FEWEST_ENTRIES)
    if len(bits) > MOST_BYTES:
        raise FootproofError("E-STATUS-SIZE", found=len(bits), limit=MOST_BYTES)
    if valid_until <= valid_from or (ttl is not None and ttl <= timedelta()):
        raise FootproofError("E-STATUS-LIST", field="validUntil, ttl", found=f"{valid_until} ≤ {valid_from}, {ttl}")
    subject: dict[str, Any] = {
        "id": f"{id}#list",
        "type": LIST_TYPE,
        "statusPurpose": purpose,
        "encodedList": encode_bits(bits),
    }
    if ttl is not None:
        subject["ttl"] = ttl // timedelta(milliseconds=1)
    return {
        "@context": [CONTEXT],
        "id": id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": write_moment(valid_from),
        "validUntil": write_moment(valid_until),
        "credentialSubject": subject,
    }


def entries_of(credential: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the status entries of a credential; none where it states no status.

    Raises:
        ProofRejected: E-STATUS-ENTRY, E-STATUS-INDEX as `read_entry`; another type of status is refused, since nobody
            here could say whether it is set.
    """
    stated = credential.get("credentialStatus", [])
    items = stated if isinstance(stated, list) else [stated]
    if len(items) > 20:
        raise _entry("credentialStatus", f"{len(items)}")
    return tuple(read_entry(item) for item in items)


def read_entry(stated: object) -> Entry:
    """Return a status entry.

    Args:
        stated: One `credentialStatus`; its index may be text in base 10 or an integer.

    Raises:
        ProofRejected: E-STATUS-INDEX for any other index (sign, leading zero, exponent, fraction, true);
            E-STATUS-ENTRY for another defect of form, with its member.
    """
    if not isinstance(stated, Mapping):
        raise _entry("credentialStatus", stated)
    types = stated.get("type")
    if ENTRY_TYPE not in (types if isinstance(types, list) else [types]):
        raise _entry("type", types)
    purpose, url = stated.get("statusPurpose"), stated.get("statusListCredential")
    if not isinstance(purpose, str) or not 0 < len(purpose) <= 100:
        raise _entry("statusPurpose", purpose)
    if not isinstance(url, str) or not re.fullmatch(r"[a-z][a-z0-9+.-]*:[!-~]{1,2000}", url):
        raise _entry("statusListCredential", url)
    size = stated.get("statusSize", 1)
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_SIZE:
        raise _entry("statusSize", size)
    messages = _messages(stated.get("statusMessage"), size)
    if messages is None and (size > 1 or purpose == "message"):
        raise _entry("statusMessage", None)
    return Entry(purpose, _index(stated.get("statusListIndex")), url, size, messages, _references(stated))


def read_list(credential: Mapping[str, Any]) -> StatusList:
    """Return the list that a credential holds, unpacked once for any number of look-ups.

    Args:
        credential: A BitstringStatusListCredential whose signature holds.

    Raises:
        ProofRejected: E-STATUS-LIST for a defect of form, with its member; those of `decode_bits`.
    """
    types = credential.get("type")
    if not isinstance(types, list) or CREDENTIAL_TYPE not in types:
        raise _list("type", types)
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or LIST_TYPE not in _texts(subject.get("type")):
        raise _list("credentialSubject.type", subject)
    purposes = _texts(subject.get("statusPurpose"))
    if not purposes or len(purposes) > 20:
        raise _list("credentialSubject.statusPurpose", subject.get("statusPurpose"))
    issuer = credential.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    name = credential.get("id")
    if not isinstance(issuer, str) or not isinstance(name, str | None):
        raise _list("issuer, id", issuer)
    encoded, ttl = subject.get("encodedList"), subject.get("ttl")
    if not isinstance(encoded, str):
        raise _list("credentialSubject.encodedList", encoded)
    if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or not 0 < ttl < 10**13):
        raise _list("credentialSubject.ttl", ttl)
    return StatusList(
        name,
        issuer,
        frozenset(purposes),
        decode_bits(encoded),
        _moment(credential, "validFrom"),
        _moment(credential, "validUntil"),
        timedelta(milliseconds=ttl) if ttl is not None else None,
    )


def status_at(
    entry: Entry | Mapping[str, Any],
    found: StatusList | Mapping[str, Any],
    at: datetime,
    *,
    issuer: str | None = None,
    url: str | None = None,
) -> Status:
    """Return what a list says of an entry at a moment, and how old that knowledge is.

    Args:
        entry: Status entry of a credential.
        found: The list it points to, whose signature holds.
        at: The moment asked about.
        issuer: Who alone may state the list, where the caller knows; normally the issuer of the credential.
        url: Where the list was found; binds a list that states no id of its own.

    Raises:
        ProofRejected: E-STATUS-LIST-ID where it is another list; E-STATUS-ISSUER where somebody else states it;
            E-STATUS-PURPOSE where its bits mean something else; E-STATUS-NOT-YET, E-STATUS-EXPIRED where it does
            not speak about that moment; E-STATUS-SHORT where it has too few entries of that size; E-STATUS-RANGE
            where it has no such entry; those of `read_entry` and `read_list`.
    """
    asked = entry if isinstance(entry, Entry) else read_entry(entry)
    known = found if isinstance(found, StatusList) else read_list(found)
    _refuse_other_list(asked, known, issuer, url)
    _refuse_other_time(known, at)
    entries = len(known.bits) * 8 // asked.size
    if entries < FEWEST_ENTRIES:
        raise ProofRejected("E-STATUS-SHORT", found=entries, needed=FEWEST_ENTRIES)
    if asked.index >= entries:
        raise ProofRejected("E-STATUS-RANGE", index=asked.index, entries=entries)
    value = _value(known.bits, asked.index * asked.size, asked.size)
    looked = known.valid_from + known.ttl if known.valid_from is not None and known.ttl is not None else None
    ends = [moment for moment in (looked, known.valid_until) if moment is not None]
    fresh_until = min(ends) if ends and known.valid_from is not None else None
    return Status(
        asked.purpose,
        value,
        asked.messages.get(value) if asked.messages else None,
        known.valid_from,
        known.valid_until,
        fresh_until,
        at - known.valid_from if known.valid_from is not None else None,
        fresh_until is not None and at <= fresh_until,
    )


def look_up(
    entry: Entry | Mapping[str, Any],
    retrieve: Callable[[str], Mapping[str, Any] | StatusList],
    at: datetime,
    *,
    issuer: str | None = None,
) -> Status:
    """Return the status that an entry points to, by a caller's way of getting and verifying lists.

    Args:
        entry: Status entry of a credential.
        retrieve: Takes the address of a list, returns its verified content; raises ProofRejected where a signature does
            not hold, another FootproofError where nothing was found.
        at: The moment asked about.
        issuer: As `status_at`.

    Raises:
        ProofRejected: E-STATUS-RETRIEVAL where the list was not found; E-STATUS-PROOF where its signature does not
            hold; those of `status_at`.
    """
    asked = entry if isinstance(entry, Entry) else read_entry(entry)
    try:
        found = retrieve(asked.list_url)
    except ProofRejected as problem:
        code = problem.code if problem.code in PROBLEMS else "E-STATUS-PROOF"
        if code != "E-STATUS-PROOF":
            raise
        raise ProofRejected("E-STATUS-PROOF", list=asked.list_url, reason=problem.code) from problem
    except FootproofError as problem:
        raise ProofRejected("E-STATUS-RETRIEVAL", list=asked.list_url, reason=problem.code) from problem
    return status_at(asked, found, at, issuer=issuer, url=asked.list_url)


def _refuse_other_list(asked: Entry, known: StatusList, issuer: str | None, url: str | None) -> None:
    name = known.id if known.id is not None else url
    if name != asked.list_url:
        raise ProofRejected("E-STATUS-LIST-ID", found=str(name)[:300], needed=asked.list_url)
    if issuer is not None and known.issuer != issuer:
        raise ProofRejected("E-STATUS-ISSUER", found=known.issuer[:300], needed=issuer)
    if asked.purpose not in known.purposes:
        raise ProofRejected("E-STATUS-PURPOSE", found=", ".join(sorted(known.purposes))[:300], needed=asked.purpose)


def _refuse_other_time(known: StatusList, at: datetime) -> None:
    if known.valid_from is not None and at < known.valid_from:
        raise ProofRejected("E-STATUS-NOT-YET", valid_from=known.valid_from.isoformat(), at=at.isoformat())
    if known.valid_until is not None and at > known.valid_until:
        raise ProofRejected("E-STATUS-EXPIRED", valid_until=known.valid_until.isoformat(), at=at.isoformat())


def _value(bits: bytes, first: int, size: int) -> int:
    """Return the number whose bits stand at a place, the highest first."""
    if size == 1:
        return bits[first >> 3] >> (7 - (first & 7)) & 1
    last = first + size - 1
    window = int.from_bytes(bits[first >> 3 : (last >> 3) + 1], "big")
    return window >> (7 - (last & 7)) & ((1 << size) - 1)


def _index(value: object) -> int:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _INDEX.fullmatch(text):
        raise ProofRejected("E-STATUS-INDEX", found=str(value)[:40])
    return int(text)


def _messages(stated: object, size: int) -> Mapping[int, str] | None:
    """Return the messages by value; each value has one, as `0x` and hexadecimal digits."""
    if stated is None:
        return None
    if not isinstance(stated, list) or len(stated) != 1 << size:
        raise _entry("statusMessage", len(stated) if isinstance(stated, list) else stated)
    found: dict[int, str] = {}
    for item in stated:
        status, message = (item.get("status"), item.get("message")) if isinstance(item, Mapping) else (None, None)
        if not isinstance(status, str) or not re.fullmatch(r"0x[0-9A-Fa-f]{1,2}", status):
            raise _entry("statusMessage.status", status)
        if not isinstance(message, str) or len(message) > 500 or int(status, 16) in found:
            raise _entry("statusMessage.message", message)
        found[int(status, 16)] = message
    if max(found) >= 1 << size:
        raise _entry("statusMessage.status", hex(max(found)))
    return found


def _references(stated: Mapping[str, Any]) -> tuple[str, ...]:
    if "statusReference" not in stated:
        return ()
    references = _texts(stated["statusReference"])
    if not references or len(references) > 20:
        raise _entry("statusReference", stated["statusReference"])
    return references


def _texts(value: object) -> tuple[str, ...]:
    """Return a text or a list of texts as a tuple; nothing where it is neither."""
    items: list[Any] = value if isinstance(value, list) else [value]
    return tuple(items) if all(isinstance(item, str) and item for item in items) else ()


def _moment(credential: Mapping[str, Any], member: str) -> datetime | None:
    if member not in credential:
        return None
    moment = read_moment(credential[member])
    if moment is None:
        raise _list(member, credential[member])
    return moment


def _entry(field: str, found: object) -> ProofRejected:
    return ProofRejected("E-STATUS-ENTRY", field=field, found=str(found)[:100])


def _list(field: str, found: object) -> ProofRejected:
    return ProofRejected("E-STATUS-LIST", field=field, found=str(found)[:100])

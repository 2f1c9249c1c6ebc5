"""What lies around a certificate of the tests: its status lists, and the records that entitle its body."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, digest, record_digest
from footproof.credential import jose
from footproof.credential.anchor import anchor_credential
from footproof.credential.did_key import did_key, key_name
from footproof.credential.recognized import recognized_credential
from footproof.credential.status_list import FEWEST_ENTRIES, list_credential
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Party
from footproof.model.recognition import (
    Accreditation,
    Approval,
    Arrangement,
    Change,
    Code,
    CodeList,
    FiledRule,
    KeyDelegation,
    SchemeEdition,
    Scope,
    Signatory,
    Statement,
)
from footproof.model.recognition_records import record_json
from footproof.recognise import Roots, roots_json, thumbprint
from footproof.recognise.listing import LISTED, Listing, ListingFile, LoggedItem, moment_text
from footproof.tlog import Log, Tiles, prove

BASE = "https://footproof.example"
LISTS = f"{BASE}/status/1"
INDEX = 94_567
SINCE = date(2025, 6, 1)
LISTED_ON = datetime(2026, 1, 1, tzinfo=UTC)
RELIED_UNTIL = datetime(2031, 1, 1, tzinfo=UTC)
KEY = derive_private_key(0xC0FFEE, SECP256R1())
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
ORIGIN = "log.footproof.example/demo"
LISTING = "recognition/index.json"
VERBS = {
    "accreditation": "granted",
    "approval": "granted",
    "arrangement": "recorded",
    "filing": "submitted",
    "key": "delegated",
    "scheme": "published",
}

AUTHORITY = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
ACCREDITOR = Ed25519PrivateKey.from_private_bytes(b"\x12" * 32)
OWNER = derive_private_key(0x0FACE, SECP256R1())
SCHEME_OWNER = Ed25519PrivateKey.from_private_bytes(b"\x14" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x15" * 32)
SIGNERS: Mapping[str, jose.PrivateKey] = {
    did_key(key.public_key()): key for key in (KEY, AUTHORITY, ACCREDITOR, OWNER, SCHEME_OWNER, STRANGER)
}
EVERYTHING = Scope("1", ("*",), ("*",), ("*",), ("*",), SINCE, None, SINCE)
SCOPE = Scope("1", ("product-certification",), ("demo.pcf@*",), ("demo-pcf:*",), ("place:CN",), SINCE, None, SINCE)


def party(key: jose.PrivateKey, zh: str, en: str) -> Party:
    return Party(did_key(key.public_key()), Bilingual(zh, en))


BODY = party(KEY, "示例认证机构", "Demo Certification Body")


def records(rule: str, edition: str) -> dict[str, Statement]:
    """Return everything that the body needs, by name."""
    authority, accreditor = (
        party(AUTHORITY, "示例监管局", "DEMO Authority"),
        party(ACCREDITOR, "示例认可委", "DEMO Accreditor"),
    )
    owner, scheme = (
        party(OWNER, "示例互认组织", "DEMO Arrangement"),
        party(SCHEME_OWNER, "示例制度所有者", "DEMO Scheme Owner"),
    )
    name = key_name(KEY.public_key())
    first, filed = SINCE, (Change("filed", SINCE, SINCE),)
    return {
        "key": KeyDelegation(
            "key-1", BODY, name, thumbprint(KEY.public_key()), ("*",), first, None, first, (), BODY.id
        ),
        "approval": Approval("approval-1", authority, BODY, "DEMO-R-1", first, (SCOPE,), (), authority.id),
        "accreditation": Accreditation(
            "accreditation-1", accreditor, BODY, "DEMO-A-1", first, (SCOPE,), (), accreditor.id
        ),
        "arrangement": Arrangement(
            "arrangement-1",
            Bilingual("示例互认安排", "DEMO mutual recognition"),
            owner,
            first,
            (EVERYTHING,),
            (),
            (Signatory(accreditor, (EVERYTHING,)),),
            (),
            owner.id,
        ),
        "scheme": SchemeEdition(
            "scheme-1", "demo.pcf", "2026", Bilingual("示例制度", "DEMO scheme"), scheme, (), first, None, None, None,
            first, scheme.id,
        ),
        "filing": FiledRule(
            "filing-1", BODY, authority, "demo.pcf", rule, edition, "DEMO-F-1", first, filed, authority.id
        ),
    }  # fmt: skip


def anchors() -> dict[str, Any]:
    """Return the part of trust.json that says where recognition ends."""
    roots = Roots(
        authorities=frozenset({did_key(AUTHORITY.public_key())}),
        arrangement_owners=frozenset({did_key(OWNER.public_key())}),
        scheme_owners=frozenset({did_key(SCHEME_OWNER.public_key())}),
    )
    codes = (Code("general", Bilingual("一般产品", "products in general")),)
    lists = CodeList("demo-pcf", Bilingual("示例分类", "DEMO categories"), ".", codes)
    return {"roots": roots_json(roots), "code_lists": [record_json(lists)]}


def recognition_files(stated: Iterable[Statement], *, anchored: bool = True) -> dict[str, bytes]:
    """Return the signed records and their index, by path in the tree.

    Args:
        stated: Records.
        anchored: Whether accreditations and approvals are written as UNTP anchors, others as W3C credentials.
    """
    found = {}
    stated = list(stated)
    for record in stated:
        name = f"recognition/{record_digest(record_json(record)).removeprefix('sha256:')[:32]}.jwt"
        address = f"{BASE}/{name}"
        if anchored and isinstance(record, Accreditation):
            content = anchor_credential(record, address)
        else:
            content = recognized_credential(record, address)
        found[name] = signed(content, SIGNERS[record.stated_by])
    return {**found, LISTING: side_listing(dict(zip(found, stated, strict=True)))}


def index_of(names: list[str]) -> bytes:
    """Return a list that names some files and that no log has."""
    records = dict.fromkeys(names, "sha256:" + "0" * 64)
    listing = Listing(LISTED_ON, RELIED_UNTIL, ORIGIN, 1, bytes(32), records, ())
    return ListingFile(listing, b"{}", b"", ()).to_bytes()


def side_listing(stated: Mapping[str, Statement], **changes: Any) -> bytes:
    """Return a list of records, by their file, in a log of its own under the key and the name of the tree's log."""
    with TemporaryDirectory() as folder, Log.create(Path(folder), ORIGIN, LOG_KEY) as log:
        log.append([b"%d" % number for number in range(5)])  # the certificate of the tree is entry 3
        return entered(log, stated, **changes)


def entered(log: Log, stated: Mapping[str, Statement], **changes: Any) -> bytes:
    """Enter records and their list in a log and return the file of the list.

    Args:
        log: Opened.
        stated: Records by their file.
        changes: Members of the list to replace.
    """
    items = [canonical_bytes(record_json(one)) for one in stated.values()]
    events = [
        log_event(f"{one.KIND}.{VERBS[one.KIND]}", f"{SINCE}T08:00:00Z", one.stated_by, one.id, item)
        for one, item in zip(stated.values(), items, strict=True)
    ]
    places = tuple(log.append(events)) if events else ()
    digests = {name: record_digest(record_json(one)) for name, one in stated.items()}
    listing = replace(Listing(LISTED_ON, RELIED_UNTIL, ORIGIN, log.size, log.root, digests, places), **changes)
    entry = log_event(LISTED, moment_text(listing.issued), listing.origin, "recognition", listing.to_bytes())
    position = log.append([entry])[0]
    tiles = Tiles(listing.size, log.read)
    logged = tuple(
        LoggedItem(one, item, tuple(tiles.inclusion(place)))
        for one, item, place in zip(events, items, places, strict=True)
    )
    return ListingFile(listing, entry, prove(log.read, position).to_bytes(), logged).to_bytes()


def log_event(kind: str, at: str, actor: str, subject: str, item: bytes) -> bytes:
    """Return an event about an object; the same one always has the same name."""
    name = digest(f"{kind} {subject} {at}".encode() + item)
    return canonical_bytes(
        {
            "v": 1,
            "id": name,
            "type": kind,
            "at": at,
            "actor": actor,
            "subject": subject,
            "object": digest(item),
        }
    )


def signed(content: Mapping[str, object], key: jose.PrivateKey, kid: str = "") -> bytes:
    return jose.sign(content, key, kid or key_name(key.public_key()), jose.CREDENTIAL)


def list_content(purpose: str, **changes: Any) -> dict[str, Any]:
    """Return the content of a list; `set_bit` says whether the certificate stands in it."""
    bits = bytearray(FEWEST_ENTRIES // 8)
    if changes.pop("set_bit", False):
        bits[INDEX >> 3] |= 0x80 >> (INDEX & 7)
    members: dict[str, Any] = {
        "id": f"{LISTS}-{purpose}.jwt",
        "issuer": BODY.id,
        "purpose": purpose,
        "valid_from": LISTED_ON,
        "valid_until": RELIED_UNTIL,
        "ttl": timedelta(minutes=5),
        **changes,
    }
    return list_credential(bits, **members)


def status_files(*set_purposes: str) -> dict[str, bytes]:
    """Return both lists, signed by the body, by path in the tree.

    Args:
        set_purposes: In which of them the certificate stands.
    """
    return {
        f"status/1-{purpose}.jwt": signed(list_content(purpose, set_bit=purpose in set_purposes), KEY)
        for purpose in ("revocation", "suspension")
    }

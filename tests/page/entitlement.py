"""What lies around a certificate of the tests: its status lists, and the records that entitle its body."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, record_digest
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

BASE = "https://footproof.example"
LISTS = f"{BASE}/status/1"
INDEX = 94_567
SINCE = date(2025, 6, 1)
LISTED_ON = datetime(2026, 1, 1, tzinfo=UTC)
RELIED_UNTIL = datetime(2031, 1, 1, tzinfo=UTC)
KEY = derive_private_key(0xC0FFEE, SECP256R1())

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
    for record in stated:
        name = f"recognition/{record_digest(record_json(record)).removeprefix('sha256:')[:32]}.jwt"
        address = f"{BASE}/{name}"
        if anchored and isinstance(record, Accreditation):
            content = anchor_credential(record, address)
        else:
            content = recognized_credential(record, address)
        found[name] = signed(content, SIGNERS[record.stated_by])
    return {**found, "recognition/index.json": index_of(list(found))}


def index_of(names: list[str]) -> bytes:
    return canonical_bytes({"format": "footproof-recognition-index/1", "records": names})


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

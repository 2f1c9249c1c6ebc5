"""Nothing that was forged, outdated, withheld or set is ever passed: status lists, recognition records, witnesses.

Each attack is put to the page and to `footproof.check`; the page never passes what the other refuses.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes
from footproof.check import Material, check_certificate, read_anchors
from footproof.credential import jose
from footproof.credential.did_key import did_key, key_name
from footproof.credential.recognized import recognized_credential
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Accreditation, Change, CodeList, KeyDelegation, Scope, Statement
from footproof.model.recognition_records import record_from_json
from footproof.recognise.listing import read_listing
from footproof.tlog import Ed25519Signer, WitnessSigner, parse_proof
from page.entitlement import (
    ACCREDITOR,
    BASE,
    BODY,
    KEY,
    LISTS,
    SIGNERS,
    STRANGER,
    index_of,
    list_content,
    recognition_files,
    records,
    side_listing,
    signed,
    status_files,
)
from page.node import NODE, ask, encoded, modules, states
from page.test_checks_node import Built, Request, build
from page.tree import NUMBER, OTHER_KEY, TODAY

pytestmark = [pytest.mark.node, pytest.mark.skipif(NODE is None, reason="Node.js is not installed")]

REVOCATION, SUSPENSION = "status/1-revocation.jwt", "status/1-suspension.jwt"
Files = Mapping[str, bytes | None]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("tree"))


def stated(built: Built) -> dict[str, Statement]:
    found = built.issued.certificate
    return records(found.rule_id, found.rule_edition)


def python_says(built: Built, request: Request) -> dict[str, bool]:
    """Return which checks hold in the view of `footproof.check`, of the very same bytes."""
    tree = {name: base64.b64decode(text) for name, text in request["tree"].items() if text is not None}
    listing = tree.get("recognition/index.json")
    files = {name: text and base64.b64decode(text) for name, text in request["files"].items()}
    material = Material(
        jwt=files["token"],
        event=files["event"],
        proof=files["proof"],
        package=None,
        lists={f"{BASE}/{name}": data for name, data in tree.items() if name.startswith("status/")},
        listing=listing,
        recognition={name: tree[name] for name in _listed(listing) if name in tree},
    )
    anchors = read_anchors(canonical_bytes(json.loads(files["trust"])))
    today = date.fromisoformat(request["today"])
    _, outcomes = check_certificate(
        material, anchors, today, datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    )
    return {one.name: one.ok for one in outcomes}


def _listed(listing: bytes | None) -> list[str]:
    """Return the files that a list names; none where it is no list."""
    try:
        return list(read_listing(listing or b"").listing.records)
    except FootproofError:
        return []


def judged(built: Built, request: Request, check: str) -> Json:
    """Return the page's answer, after making sure that it passes nothing that Python refuses."""
    [answer] = ask(built.modules, [{**request, "package": None}])
    passed = states(answer)[check] == "passed"
    assert not passed or python_says(built, request)["status" if check == "lists" else check]
    return answer


def test_the_tree_of_these_tests_is_sound_for_both(built: Built) -> None:
    request = built.request()
    answer = judged(built, request, "recognition")
    assert answer["verdict"]["id"] == "authentic"
    assert python_says(built, request) | {"package": True} == dict.fromkeys(
        ("signature", "validity", "status", "recognition", "log", "package"), True
    )


# ---- status lists


def other_header(token: bytes, **members: object) -> bytes:
    head, payload, signature = token.split(b".")
    header = jose.read_object(jose.decode(head)) | members
    return b".".join([jose.encode(canonical_bytes(header)), payload, signature])


def bomb() -> str:
    """Return an encoded list that unpacks to 64 MiB of nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def packed(data: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return encoded_list(packer.compress(data) + packer.flush())


def encoded_list(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def member(bits: int = 16384) -> bytes:
    return base64.urlsafe_b64decode((text := packed(bytes(bits)))[1:] + "=" * (-len(text[1:]) % 4))


def with_subject(**members: object) -> bytes:
    content = list_content("revocation")
    return signed({**content, "credentialSubject": {**content["credentialSubject"], **members}}, KEY)


def with_members(**members: object) -> bytes:
    return signed(list_content("revocation") | members, KEY)


def early(days: int) -> datetime:
    return datetime.fromisoformat(f"{TODAY}T12:00:00Z") + timedelta(days=days)


SOUND = signed(list_content("revocation"), KEY)
SET = signed(list_content("revocation", set_bit=True), KEY)
LIST_ATTACKS: dict[str, tuple[Callable[[], bytes | None], str, str]] = {
    "set": (lambda: SET, "failed E-CHECK-WITHDRAWN", "withdrawn"),
    "missing": (lambda: None, "unavailable E-PAGE-MISSING", "status-unknown"),
    "empty": (lambda: b"", "failed E-CRED-FORM", "status-invalid"),
    "signed by another key": (
        lambda: signed(list_content("revocation"), OTHER_KEY, key_name(KEY.public_key())),
        "failed E-CRED-SIGNATURE",
        "status-invalid",
    ),
    "stated by a stranger": (
        lambda: signed(list_content("revocation", issuer=did_key(STRANGER.public_key())), STRANGER),
        "failed E-STATUS-ISSUER",
        "status-invalid",
    ),
    "signed by a stranger in the body's name": (
        lambda: signed(list_content("revocation"), STRANGER),
        "failed E-CRED-ISSUER",
        "status-invalid",
    ),
    "of the other purpose": (
        lambda: signed(list_content("suspension", id=f"{LISTS}-revocation.jwt"), KEY),
        "failed E-STATUS-PURPOSE",
        "status-invalid",
    ),
    "another list": (
        lambda: signed(list_content("revocation", id=f"{BASE}/status/2-revocation.jwt"), KEY),
        "failed E-STATUS-LIST-ID",
        "status-invalid",
    ),
    "expired": (
        lambda: signed(list_content("revocation", valid_until=early(-1)), KEY),
        "unavailable E-STATUS-EXPIRED",
        "status-unknown",
    ),
    "expired a second ago": (
        lambda: signed(list_content("revocation", valid_until=early(0) - timedelta(seconds=1)), KEY),
        "unavailable E-STATUS-EXPIRED",
        "status-unknown",
    ),
    "from a year to come": (
        lambda: signed(list_content("revocation", valid_from=early(365)), KEY),
        "unavailable E-STATUS-NOT-YET",
        "status-unknown",
    ),
    "without a time": (
        lambda: signed({k: v for k, v in list_content("revocation").items() if k != "validFrom"}, KEY),
        "unavailable E-STATUS-NOT-YET",
        "status-unknown",
    ),
    "a time that is none": (
        lambda: with_members(validUntil="2031-02-30T00:00:00Z"),
        "failed E-STATUS-LIST",
        "status-invalid",
    ),
    "alg none": (lambda: other_header(SOUND, alg="none"), "failed E-CRED-HEADER", "status-invalid"),
    "alg of another key": (lambda: other_header(SOUND, alg="EdDSA"), "failed E-CRED-HEADER", "status-invalid"),
    "alg HS256": (lambda: other_header(SOUND, alg="HS256"), "failed E-CRED-HEADER", "status-invalid"),
    "alg constructor": (lambda: other_header(SOUND, alg="constructor"), "failed E-CRED-HEADER", "status-invalid"),
    "brings its key": (lambda: other_header(SOUND, jwk={}), "failed E-CRED-HEADER", "status-invalid"),
    "critical header": (lambda: other_header(SOUND, crit=["x"]), "failed E-CRED-HEADER", "status-invalid"),
    "another typ": (lambda: other_header(SOUND, typ="JWT"), "failed E-CRED-HEADER", "status-invalid"),
    "a key of did:web": (
        lambda: other_header(SOUND, kid="did:web:body.example#key-1"),
        "unavailable E-PAGE-DID",
        "status-unknown",
    ),
    "a key that is none": (lambda: other_header(SOUND, kid="did:key:zzz"), "failed E-CRED-KEY-NAME", "status-invalid"),
    "without signature": (lambda: SOUND.rsplit(b".", 1)[0] + b".", "failed E-CRED-FORM", "status-invalid"),
    "wrapped": (lambda: with_members(vc={}), "failed E-CRED-CLAIMS", "status-invalid"),
    "jti of another": (lambda: with_members(jti="urn:x"), "failed E-CRED-CLAIMS", "status-invalid"),
    "no list": (lambda: with_members(type=["VerifiableCredential"]), "failed E-STATUS-LIST", "status-invalid"),
    "zip bomb": (lambda: with_subject(encodedList=bomb()), "failed E-STATUS-SIZE", "status-invalid"),
    "not packed": (
        lambda: with_subject(encodedList=encoded_list(bytes(16384))),
        "failed E-STATUS-ENCODING",
        "status-invalid",
    ),
    "another multibase": (
        lambda: with_subject(encodedList="z" + packed(bytes(16384))[1:]),
        "failed E-STATUS-ENCODING",
        "status-invalid",
    ),
    "cut": (
        lambda: with_subject(encodedList=encoded_list(member()[:-9])),
        "failed E-STATUS-ENCODING",
        "status-invalid",
    ),
    "two members": (
        lambda: with_subject(encodedList=encoded_list(member() + member(20000))),
        "failed E-STATUS-ENCODING",
        "status-invalid",
    ),
    "bytes behind": (
        lambda: with_subject(encodedList=encoded_list(member() + b"\x01\x02\x03\x04")),
        "failed E-STATUS-ENCODING",
        "status-invalid",
    ),
    "too short": (lambda: with_subject(encodedList=packed(bytes(1000))), "failed E-STATUS-SHORT", "status-invalid"),
    "ttl of another kind": (lambda: with_subject(ttl="300000"), "failed E-STATUS-LIST", "status-invalid"),
    "two purposes, one of them ours, set": (
        lambda: signed(
            (content := list_content("revocation", set_bit=True))
            | {"credentialSubject": content["credentialSubject"] | {"statusPurpose": ["refresh", "revocation"]}},
            KEY,
        ),
        "failed E-CHECK-WITHDRAWN",
        "withdrawn",
    ),
}


@pytest.mark.parametrize("attack", LIST_ATTACKS)
def test_a_list_that_does_not_hold_is_never_passed(built: Built, attack: str) -> None:
    make, state, verdict = LIST_ATTACKS[attack]
    request = built.with_tree(**{REVOCATION: make()})
    answer = judged(built, request, "lists")
    assert states(answer)["lists"] == state
    assert answer["verdict"]["id"] == verdict
    assert not python_says(built, request)["status"] or attack in {"from a year to come", "without a time"}


def test_a_suspension_is_told_and_gives_way_to_a_withdrawal(built: Built) -> None:
    one = judged(built, built.with_tree(**status_files("suspension")), "lists")
    both = judged(built, built.with_tree(**status_files("suspension", "revocation")), "lists")
    half = judged(built, built.with_tree(**{**status_files("suspension"), REVOCATION: None}), "lists")
    assert [answer["verdict"]["id"] for answer in (one, both, half)] == ["suspended", "withdrawn", "suspended"]


def test_what_the_lists_say_has_an_age(built: Built) -> None:
    at = datetime.fromisoformat(f"{TODAY}T12:00:00Z")
    ages = {3 * 86_400: [3, "d"], 7200: [2, "h"], 300: [5, "min"], 20: [20, "s"], -600: [0, "s"]}
    for seconds, age in ages.items():
        moment = at - timedelta(seconds=seconds)
        files = {
            f"status/1-{p}.jwt": signed(list_content(p, valid_from=moment), KEY) for p in ("revocation", "suspension")
        }
        answer = judged(built, built.with_tree(**files), "lists")
        [detail] = [item["detail"] for item in answer["results"] if item["id"] == "lists"]
        assert detail["age"] == {"count": age[0], "unit": age[1]}
        assert detail["fresh"] == (seconds <= 300)
        assert detail["asOf"] == moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_older_of_two_lists_is_the_one_that_counts(built: Built) -> None:
    files = {SUSPENSION: signed(list_content("suspension", valid_from=early(-2)), KEY)}
    answer = judged(built, built.with_tree(**files), "lists")
    [detail] = [item["detail"] for item in answer["results"] if item["id"] == "lists"]
    assert detail["asOf"] == "2026-01-01T00:00:00Z"


def test_a_list_signed_with_another_kind_of_key_of_the_body_is_another_bodys(built: Built) -> None:
    foreign = Ed25519PrivateKey.from_private_bytes(b"\x31" * 32)
    token = signed(list_content("revocation", issuer=did_key(foreign.public_key())), foreign)
    assert states(judged(built, built.with_tree(**{REVOCATION: token}), "lists"))["lists"] == "failed E-STATUS-ISSUER"


def test_every_bit_of_a_list_counts(built: Built) -> None:
    requests = []
    for position in range(0, len(SOUND), max(1, len(SOUND) // 200)):
        changed = bytearray(SOUND)
        changed[position] ^= 1 << position % 7
        requests.append({**built.with_tree(**{REVOCATION: bytes(changed)}), "package": None})
    assert {states(answer)["lists"].split()[0] for answer in ask(built.modules, requests)} <= {"failed", "unavailable"}


# ---- recognition


def changed_records(built: Built, **changed: Statement | None) -> Files:
    """Return the recognition files with records replaced, or left out."""
    found = {**stated(built), **changed}
    return recognition_files(one for one in found.values() if one is not None)


def grant(built: Built, name: str) -> Accreditation:
    found = stated(built)[name]
    assert isinstance(found, Accreditation)
    return found


def with_change(built: Built, name: str, kind: str, on: str, known: str | None = None) -> Files:
    change = Change(kind, date.fromisoformat(on), date.fromisoformat(known or on), (), Bilingual("抽查", "spot check"))
    return changed_records(built, **{name: replace(grant(built, name), changes=(change,))})


def rewritten(
    built: Built, name: str, work: Callable[[Json], Json], key: jose.PrivateKey | None = None, kid: str = ""
) -> Files:
    """Return the files with one credential rewritten and signed again by its own issuer, or by another key."""
    record = stated(built)[name]
    content = work(recognized_credential(record, f"{BASE}/recognition/x.jwt"))
    signer = SIGNERS[record.stated_by]
    token = signed(content, key or signer, kid or key_name(signer.public_key()))
    others = [one for each, one in stated(built).items() if each != name]
    files = recognition_files(others)
    listed = dict(zip((each for each in files if each.endswith(".jwt")), others, strict=True))
    # The log has what the line says, as far as it says anything: no other reader than the credential's stops it.
    listing = side_listing({**listed, "recognition/x.jwt": _said(content) or record})
    return {**files, "recognition/x.jwt": token, "recognition/index.json": listing}


def _said(content: Json) -> Statement | None:
    """Return the record that the line of a credential says, or None where it says none."""
    try:
        found = record_from_json(json.loads(content["description"].partition("=")[2]))
    except (FootproofError, ValueError):
        return None
    return None if isinstance(found, CodeList) else found


def narrower(built: Built, **members: Any) -> Files:
    one = grant(built, "accreditation")
    scope: Scope = replace(one.scopes[0], **members)
    return changed_records(built, accreditation=replace(one, scopes=(scope,)))


def line_of(content: Json, old: str, new: str) -> Json:
    assert old in content["description"]
    return {**content, "description": content["description"].replace(old, new)}


RECORD_ATTACKS: dict[str, tuple[Callable[[Built], Files], str, str]] = {
    "index missing": (
        lambda built: {"recognition/index.json": None},
        "unavailable E-PAGE-MISSING",
        "entitlement-unknown",
    ),
    "index of another format": (
        lambda built: {"recognition/index.json": canonical_bytes({"format": "x/1", "records": []})},
        "failed E-CHECK-INDEX",
        "records-invalid",
    ),
    "index that leads out of the tree": (
        lambda built: {"recognition/index.json": index_of(["recognition/../../secret.jwt"])},
        "failed E-CHECK-INDEX",
        "records-invalid",
    ),
    "index not canonical": (
        lambda built: {"recognition/index.json": b'{"records": [], "format": "footproof-recognition-index/1"}'},
        "failed E-CHECK-INDEX",
        "records-invalid",
    ),
    "no records": (lambda built: {"recognition/index.json": index_of([])}, "failed E-RECOG-KEY-NONE", "not-entitled"),
    "more records than a page checks": (
        lambda built: {"recognition/index.json": index_of([f"recognition/{at}.jwt" for at in range(501)])},
        "unavailable E-PAGE-RECORDS",
        "entitlement-unknown",
    ),
    "a record is missing": (
        lambda built: {next(name for name in changed_records(built) if name.endswith(".jwt")): None},
        "unavailable E-PAGE-MISSING",
        "entitlement-unknown",
    ),
    "approval left out": (lambda built: changed_records(built, approval=None), "failed E-RECOG-NONE", "not-entitled"),
    "accreditation left out": (
        lambda built: changed_records(built, accreditation=None),
        "failed E-RECOG-NONE",
        "not-entitled",
    ),
    "arrangement left out": (
        lambda built: changed_records(built, arrangement=None),
        "failed E-RECOG-ACCREDITOR",
        "not-entitled",
    ),
    "key left out": (lambda built: changed_records(built, key=None), "failed E-RECOG-KEY-NONE", "not-entitled"),
    "scheme left out": (
        lambda built: changed_records(built, scheme=None),
        "failed E-RECOG-SCHEME-NONE",
        "not-entitled",
    ),
    "rule never filed": (
        lambda built: changed_records(built, filing=None),
        "failed E-RECOG-FILING-NONE",
        "not-entitled",
    ),
    "approval withdrawn before": (
        lambda built: with_change(built, "approval", "withdrawn", "2026-01-04"),
        "failed E-RECOG-WITHDRAWN",
        "not-entitled",
    ),
    "approval withdrawn since": (
        lambda built: with_change(built, "approval", "withdrawn", "2026-06-01"),
        "failed E-RECOG-WITHDRAWN",
        "entitlement-ended",
    ),
    "accreditation suspended then, as published since": (
        lambda built: with_change(built, "accreditation", "suspended", "2026-01-01", "2026-03-01"),
        "failed E-RECOG-SUSPENDED-STILL",
        "not-entitled",
    ),
    "accreditation for other products": (
        lambda built: narrower(built, categories=("demo-pcf:battery",)),
        "failed E-RECOG-CATEGORY",
        "not-entitled",
    ),
    "accreditation for another country": (
        lambda built: narrower(built, places=("place:DE",)),
        "failed E-RECOG-SITE",
        "not-entitled",
    ),
    "accreditation begins a day late": (
        lambda built: narrower(built, first=date(2026, 1, 6)),
        "failed E-RECOG-EARLY",
        "not-entitled",
    ),
    "the body accredits itself": (
        lambda built: changed_records(built, accreditation=replace(grant(built, "accreditation"), stated_by=BODY.id)),
        "failed E-RECOG-SELF-STATED",
        "not-entitled",
    ),
    "a stranger states the approval": (
        lambda built: changed_records(
            built, approval=replace(grant(built, "approval"), stated_by=did_key(STRANGER.public_key()))
        ),
        "failed E-RECOG-STATED-BY",
        "not-entitled",
    ),
    "another public key under the name": (
        lambda built: changed_records(built, key=_other_thumbprint(built)),
        "failed E-RECOG-KEY-THUMBPRINT",
        "not-entitled",
    ),
    "record altered after signing": (
        lambda built: {
            name: _altered(data) if at == 2 else data
            for at, (name, data) in enumerate(recognition_files(stated(built).values()).items())
        },
        "failed E-CRED-SIGNATURE",
        "records-invalid",
    ),
    "record signed by another key": (
        lambda built: rewritten(built, "approval", dict, ACCREDITOR),
        "failed E-CRED-SIGNATURE",
        "records-invalid",
    ),
    "line says more than the members": (
        lambda built: rewritten(
            built, "arrangement", lambda one: line_of(one, '"known":"2025-06-01","name"', '"known":"2026-06-01","name"')
        ),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "line not canonical": (
        lambda built: rewritten(built, "approval", lambda one: line_of(one, '"kind":"approval"', '"kind": "approval"')),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "line with a member nobody knows": (
        lambda built: rewritten(built, "approval", lambda one: line_of(one, '"number":', '"more":"x","number":')),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "line states another party's record": (
        lambda built: rewritten(
            built, "scheme", lambda one: line_of(one, f'"stated_by":"{one["issuer"]["id"]}', f'"stated_by":"{BODY.id}')
        ),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "a stranger speaks for the authority": (
        lambda built: rewritten(
            built,
            "approval",
            lambda one: {**one, "issuer": {**one["issuer"], "id": did_key(STRANGER.public_key())}},
            STRANGER,
            key_name(STRANGER.public_key()),
        ),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "no line": (
        lambda built: rewritten(built, "approval", lambda one: {**one, "description": "批准"}),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "of another type": (
        lambda built: rewritten(built, "approval", lambda one: {**one, "type": ["VerifiableCredential"]}),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "about another subject": (
        lambda built: rewritten(
            built, "approval", lambda one: one | {"credentialSubject": [one["credentialSubject"][0] | {"id": "urn:x"}]}
        ),
        "failed E-RECOG-CREDENTIAL",
        "records-invalid",
    ),
    "two versions that contradict each other": (
        lambda built: recognition_files(
            [*stated(built).values(), replace(grant(built, "approval"), number="DEMO-R-2")]
        ),
        "failed E-RECOG-CONFLICT",
        "records-invalid",
    ),
}


def _other_thumbprint(built: Built) -> KeyDelegation:
    found = stated(built)["key"]
    assert isinstance(found, KeyDelegation)
    return replace(found, thumbprint="A" * 43)


def _altered(token: bytes) -> bytes:
    head, payload, signature = token.split(b".")
    content = jose.read_object(jose.decode(payload))
    return b".".join([head, jose.encode(canonical_bytes({**content, "name": "x"})), signature])


@pytest.mark.parametrize("attack", RECORD_ATTACKS)
def test_a_record_that_does_not_entitle_is_never_passed(built: Built, attack: str) -> None:
    make, state, verdict = RECORD_ATTACKS[attack]
    request = built.with_tree(**make(built))
    answer = judged(built, request, "recognition")
    assert states(answer)["recognition"] == state
    assert answer["verdict"]["id"] == verdict
    # What is withheld from the page, Python does not miss; all else it refuses as well.
    withheld = {"a record is missing", "index that leads out of the tree", "index of another format"}
    if "index" not in attack and attack not in withheld:
        assert not python_says(built, request)["recognition"]


def test_an_older_copy_beside_a_newer_one_hides_nothing(built: Built) -> None:
    """Two copies of a record add up: whoever publishes the old one as well cannot make a withdrawal disappear."""
    change = Change("withdrawn", date(2026, 6, 1), date(2026, 6, 1))
    newer = replace(grant(built, "approval"), changes=(change,))
    files = recognition_files([*stated(built).values(), newer])
    assert judged(built, built.with_tree(**files), "recognition")["verdict"]["id"] == "entitlement-ended"


def test_records_as_w3c_credentials_serve_as_well_as_anchors(built: Built) -> None:
    request = built.with_tree(**recognition_files(stated(built).values(), anchored=False))
    assert judged(built, request, "recognition")["verdict"]["id"] == "authentic"


def test_a_signer_that_the_page_cannot_verify_leaves_it_unknown(built: Built) -> None:
    key = generate_private_key(SECP384R1())
    one = replace(grant(built, "approval"), stated_by=did_key(key.public_key()))
    name = "recognition/p384.jwt"
    token = signed(recognized_credential(one, f"{BASE}/{name}"), key)
    files = recognition_files(stated(built).values())
    index = index_of([*(each for each in files if each.endswith(".jwt")), name])
    request = built.with_tree(**{name: token, "recognition/index.json": index})
    answer = judged(built, request, "recognition")
    assert states(answer)["recognition"] == "unavailable E-PAGE-KEY-KIND"
    assert answer["verdict"]["id"] == "entitlement-unknown"


@pytest.mark.parametrize("member", ["roots", "code_lists"])
def test_without_roots_nobody_is_entitled(built: Built, member: str) -> None:
    trust = json.loads((built.folder / "trust.json").read_bytes())
    del trust[member]
    answer = judged(built, built.with_file("trust", canonical_bytes(trust)), "recognition")
    # Without the code list, a pattern for the whole list still covers its codes.
    assert answer["verdict"]["id"] == ("entitlement-unknown" if member == "roots" else "authentic")


def test_roots_of_another_form_are_no_trust_list(built: Built) -> None:
    trust = json.loads((built.folder / "trust.json").read_bytes())
    trust["roots"]["needs_approval"] = "no"
    [answer] = ask(built.modules, [built.with_file("trust", canonical_bytes(trust))])
    assert states(answer)["signature"] == "failed E-PAGE-TRUST"


def test_what_cannot_be_fetched_is_not_known(built: Built) -> None:
    lists, index = {"lost": [REVOCATION]}, {"lost": ["recognition/index.json"]}
    first, second = ask(built.modules, [{**built.request(package=None), **lost} for lost in (lists, index)])
    assert states(first)["lists"] == states(second)["recognition"] == "unavailable E-PAGE-UNREACHABLE"
    assert [first["verdict"]["id"], second["verdict"]["id"]] == ["status-unknown", "entitlement-unknown"]


def test_nothing_is_asked_about_a_certificate_that_is_not_signed(built: Built) -> None:
    token = built.issued.token
    request = built.with_file("token", token[:-10] + (b"A" if token[-10:-9] != b"A" else b"B") + token[-9:])
    [answer] = ask(built.modules, [request])
    assert states(answer)["recognition"] == states(answer)["lists"] == "unavailable E-PAGE-NOT-BELIEVED"
    assert answer["verdict"]["id"] == "signature-invalid"


def test_records_count_from_the_day_they_are_known(built: Built) -> None:
    """Known on 5 January: before, there is nothing that entitles anybody."""
    answers = ask(built.modules, [built.request(today=f"2026-01-0{day}", package=None) for day in (3, 4, 5)])
    found = [(states(answer)["recognition"], answer["verdict"]["id"]) for answer in answers]
    assert found == [("passed", "not-yet")] * 3
    since = {name: date(2026, 1, 5) for name in ("known", "first")}
    late = narrower(built, **since)
    answers = ask(built.modules, [{**built.with_tree(**late), "today": f"2026-01-0{day}"} for day in (3, 4, 5)])
    assert [states(answer)["recognition"].split()[0] for answer in answers] == ["failed", "failed", "passed"]


def test_without_ed25519_records_are_not_believed(built: Built) -> None:
    [answer] = ask(built.modules, [built.request(subtle="no-ed25519")])
    assert states(answer)["recognition"] == "unavailable E-PAGE-NO-ED25519"
    assert states(answer)["lists"] == "passed"


# ---- witnesses


def witnessed(built: Built, cosigned: int, quorum: str = "2", change: Callable[[bytes], bytes] = bytes) -> Request:
    """Return the request with a policy of three witnesses, and a proof that so many of them have cosigned."""
    signers = [
        WitnessSigner(f"w{at}.example/w", Ed25519PrivateKey.from_private_bytes(bytes([0x40 + at]) * 32))
        for at in range(3)
    ]
    trust = json.loads((built.folder / "trust.json").read_bytes())
    lines = [f"log {trust['logs'][0]['vkey']}"]
    lines += [f"witness w{at} {one.verifier.vkey} https://w{at}.example" for at, one in enumerate(signers)]
    trust["policy"] = "\n".join([*lines, f"group all {quorum} w0 w1 w2", "quorum all", ""])
    proof = (built.folder / "c" / NUMBER / "proof.txt").read_bytes()
    text = parse_proof(proof).checkpoint.partition(b"\n\n")[0] + b"\n"
    added = "".join(one.cosign(text, 1_790_000_000 + at).line + "\n" for at, one in enumerate(signers[:cosigned]))
    file = read_listing((built.folder / "recognition/index.json").read_bytes())
    text = parse_proof(file.proof).checkpoint.partition(b"\n\n")[0] + b"\n"
    also = "".join(one.cosign(text, 1_790_000_000 + at).line + "\n" for at, one in enumerate(signers[:cosigned]))
    listing = replace(file, proof=file.proof + also.encode()).to_bytes()
    request = built.with_tree(**{"recognition/index.json": listing})
    request["files"] |= {"trust": encoded(canonical_bytes(trust)), "proof": encoded(change(proof + added.encode()))}
    return request


@pytest.mark.parametrize("quorum", ["any", "1", "2", "all"])
@pytest.mark.parametrize("cosigned", range(4))
def test_a_quorum_of_witnesses(built: Built, cosigned: int, quorum: str) -> None:
    needed = {"any": 1, "all": 3}.get(quorum) or int(quorum)
    request = witnessed(built, cosigned, quorum)
    [answer] = ask(built.modules, [{**request, "package": None}])
    [result] = [item for item in answer["results"] if item["id"] == "witness"]
    assert result["detail"] == {"found": cosigned, "total": 3, "needed": needed}
    assert result["state"] == ("passed" if cosigned >= needed else "failed")
    assert answer["verdict"]["id"] == ("authentic" if cosigned >= needed else "not-witnessed")
    assert python_says(built, request)["log"] == python_says(built, request)["recognition"] == (cosigned >= needed)


def test_a_cosignature_that_does_not_hold_spoils_the_note(built: Built) -> None:
    def other(data: bytes) -> bytes:
        return data[:-12] + (b"A" if data[-12:-11] != b"A" else b"B") + data[-11:]

    request = witnessed(built, 3, change=other)
    [answer] = ask(built.modules, [{**request, "package": None}])
    assert states(answer)["witness"] == "failed E-LOG-SIGNATURE"
    assert not python_says(built, request)["log"]


def test_a_policy_without_this_log_or_of_another_form(built: Built) -> None:
    trust = json.loads((built.folder / "trust.json").read_bytes())
    codes = []
    vkey = Ed25519Signer("other.example/log", Ed25519PrivateKey.from_private_bytes(b"\x77" * 32)).verifier.vkey
    for policy in (f"log {vkey}\nquorum none\n", "quorum made-up\n", "", "nonsense\n", "quorum none\nquorum none\n"):
        request = built.with_file("trust", canonical_bytes({**trust, "policy": policy}))
        [answer] = ask(built.modules, [{**request, "package": None}])
        assert answer["verdict"]["id"] == "not-witnessed"
        codes.append(states(answer)["witness"])
    assert codes == ["failed E-LOG-ORIGIN", *["failed E-LOG-POLICY"] * 4]


def test_an_old_browser_cannot_count_witnesses(built: Built) -> None:
    [answer] = ask(built.modules, [{**witnessed(built, 3), "subtle": "no-ed25519"}])
    assert states(answer)["witness"] == "unavailable E-PAGE-NO-ED25519"
    assert answer["verdict"]["id"] == "unverifiable"


# ---- planted faults


FAULTS: dict[str, tuple[str, str, str, str, Callable[[Built], Request]]] = {
    "believes any signature": (
        "lists",
        "token.js",
        "need(await signatureHolds(",
        "need(true || (",
        lambda built: built.with_tree(**{REVOCATION: LIST_ATTACKS["signed by another key"][0]()}),
    ),
    "takes a list from anybody": (
        "lists",
        "status.js",
        "need(list.issuer === certificate.body.id,",
        "need(true,",
        lambda built: built.with_tree(**{REVOCATION: LIST_ATTACKS["stated by a stranger"][0]()}),
    ),
    "takes another list": (
        "lists",
        "status.js",
        "need(list.id === null || list.id === entry.list,",
        "need(true,",
        lambda built: built.with_tree(**{REVOCATION: LIST_ATTACKS["another list"][0]()}),
    ),
    "asks no purpose": (
        "lists",
        "status.js",
        "need(list.purposes.includes(entry.purpose),",
        "need(true,",
        lambda built: built.with_tree(**{REVOCATION: LIST_ATTACKS["of the other purpose"][0]()}),
    ),
    "forgets the end of a list": (
        "lists",
        "status.js",
        "until !== null && now > until",
        "false",
        lambda built: built.with_tree(**{REVOCATION: LIST_ATTACKS["expired"][0]()}),
    ),
    "does not compare the day of publication": (
        "recognition",
        "records.js",
        "if (credential.validFrom !== from || ",
        "if (",
        lambda built: built.with_tree(**RECORD_ATTACKS["line says more than the members"][0](built)),
    ),
    "does not ask who states a record": (
        "recognition",
        "records.js",
        'if (issuerOf(credential) !== record.stated_by) throw bad("issuer");',
        "",
        lambda built: built.with_tree(**RECORD_ATTACKS["a stranger speaks for the authority"][0](built)),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_lets_its_attack_through(built: Built, tmp_path: Path, fault: str) -> None:
    """Each attack is stopped by exactly the line that the fault takes out; so every one of these lines is needed."""
    check, file, old, new, make = FAULTS[fault]
    request = {**make(built), "package": None}
    [right] = ask(built.modules, [request])
    [wrong] = ask(modules(tmp_path, {file: (old, new)}), [request])
    assert not states(right)[check].startswith("passed")
    assert states(wrong)[check] == "passed"
    assert right["verdict"]["id"] != "authentic" == wrong["verdict"]["id"]

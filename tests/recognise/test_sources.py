"""Records from signed credentials and from the public events of a log."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, digest
from footproof.credential import jose
from footproof.credential.anchor import anchor_credential
from footproof.credential.recognized import recognized_credential
from footproof.errors import FootproofError, ProofRejected
from footproof.model.recognition import CodeList, KeyDelegation
from footproof.model.recognition_records import RecognitionRecords, part_json, record_json
from footproof.recognise import thumbprint, walk, walk_both
from footproof.recognise.sources import record_of_token, records_of_events
from recognise.world import NOW, sound_world

QUESTION, RECORDS, ROOTS, _ = sound_world()
GRANT = RECORDS.accreditations["did:web:body.example"][0]
KEY = generate_private_key(SECP256R1())
KID = "did:web:ab.example#1"


def test_a_signed_credential_gives_its_record_back() -> None:
    for credential in (anchor_credential(GRANT, "https://ab.example/1"), recognized_credential(GRANT, "urn:x:1")):
        token = jose.sign(credential, KEY, KID)
        assert record_of_token(token, {KID: KEY.public_key()}) == GRANT


def test_another_partys_key_cannot_state_a_record() -> None:
    token = jose.sign(anchor_credential(GRANT, "https://ab.example/1"), KEY, "did:web:body.example#key-1")
    with pytest.raises(ProofRejected, match="E-CRED-ISSUER"):
        record_of_token(token, {"did:web:body.example#key-1": KEY.public_key()})


def test_a_credential_of_another_kind_is_no_record() -> None:
    other = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:ab.example",
        "credentialSubject": {"id": "did:web:body.example"},
    }
    with pytest.raises(ProofRejected, match="E-RECOG-CREDENTIAL"):
        record_of_token(jose.sign(other, KEY, KID), {KID: KEY.public_key()})


def test_a_chain_of_signed_credentials_holds() -> None:
    key = Ed25519PrivateKey.generate()
    kept = [one for one in RECORDS.records if isinstance(one, CodeList)]
    signed = [one for one in RECORDS.records if not isinstance(one, CodeList)]
    read = []
    for one in signed:
        kid = f"{one.stated_by}#1"
        read.append(
            record_of_token(
                jose.sign(recognized_credential(one, "urn:x:1"), key, kid, jose.CREDENTIAL), {kid: key.public_key()}
            )
        )
    assert RecognitionRecords((*kept, *read)) == RECORDS


def test_a_thumbprint_is_that_of_rfc_8037() -> None:
    """RFC 8037, appendix A.3."""
    data = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    assert thumbprint(Ed25519PublicKey.from_public_bytes(data)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert len(thumbprint(KEY.public_key())) == 43


class Log:
    """Events and the objects they name."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.objects: dict[str, bytes] = {}

    def add(self, kind: str, day: str, actor: str, item: Mapping[str, Any], time: str = "08:00:00") -> None:
        data = canonical_bytes(item)
        self.objects[digest(data)] = data
        event = {
            "v": 1,
            "id": f"urn:uuid:{len(self.entries)}",
            "type": kind,
            "at": f"{day}T{time}Z",
            "actor": actor,
            "subject": "recognition",
            "object": digest(data),
        }
        self.entries.append(canonical_bytes(event))

    def read(self, known: RecognitionRecords | None = None) -> RecognitionRecords:
        return records_of_events(self.entries, self.objects.__getitem__, known)


VERBS = {
    "accreditation": "granted",
    "approval": "granted",
    "arrangement": "recorded",
    "filing": "submitted",
    "key": "delegated",
    "scheme": "published",
}


def world_log() -> Log:
    log = Log()
    log.add("decision.granted", "2019-01-01", "did:web:body.example", {"what": "another matter"})
    for one in RECORDS.records:
        if not isinstance(one, CodeList):
            log.add(
                f"{one.KIND}.{VERBS[one.KIND]}",
                one.known.isoformat(),
                one.stated_by,
                record_json(one),
            )
    return log


def lists() -> RecognitionRecords:
    return RecognitionRecords(tuple(one for one in RECORDS.records if one.KIND == "code_list"))


def part(kind: str, day: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "on": day, "known": day, "scopes": []} | more


def test_the_world_is_rebuilt_from_its_log() -> None:
    assert world_log().read(lists()) == RECORDS
    assert walk_both(QUESTION, world_log().read(lists()), ROOTS, now=NOW).finding == "sound"


def test_later_events_change_the_chain_from_their_day_on() -> None:
    log = world_log()
    item = {"record": "accreditation-42", "part": part("suspended", "2026-06-01")}
    log.add("accreditation.suspended", "2026-06-01", "did:web:ab.example", item)
    item = {"record": "global-1", "party": "did:web:ab.example", "part": part("withdrawn", "2026-07-01")}
    log.add("arrangement.withdrawn", "2026-07-01", "did:web:global.example", item)
    wider = part_json(GRANT.scopes[0]) | {
        "id": "2",
        "categories": ["cpc-2.1:49"],
        "first": "2026-08-01",
        "known": "2026-08-01",
    }
    log.add("accreditation.widened", "2026-08-01", "did:web:ab.example", {"record": "accreditation-42", "part": wider})
    records = log.read(lists())
    assert walk(QUESTION, records, ROOTS, at=date(2026, 5, 31), known_on=NOW).sound
    june = walk(QUESTION, records, ROOTS, at=date(2026, 6, 1), known_on=NOW)
    assert [edge.code for edge in june.broken] == ["E-RECOG-SUSPENDED-STILL"]
    july = walk(QUESTION, records, ROOTS, at=date(2026, 7, 1), known_on=NOW)
    assert [edge.code for edge in july.broken] == ["E-RECOG-SUSPENDED-STILL", "E-RECOG-WITHDRAWN"]
    assert len(records.accreditations["did:web:body.example"][0].scopes) == 2


def test_an_older_knowledge_is_carried_on() -> None:
    first = world_log().read(lists())
    log = Log()
    log.add(
        "key.revoked",
        "2026-09-01",
        "did:web:body.example",
        {"record": "key-1", "part": part("revoked", "2026-05-01", known="2026-09-01")},
    )
    assert walk_both(QUESTION, log.read(first), ROOTS, now=NOW).finding == "broken-in-hindsight"


def refused(log: Log, known: RecognitionRecords | None = None) -> str:
    with pytest.raises(FootproofError) as caught:
        log.read(known)
    return caught.value.code


def test_what_claims_to_have_been_known_earlier_is_refused() -> None:
    log = Log()
    log.add("accreditation.granted", "2025-01-11", "did:web:ab.example", record_json(GRANT))
    assert refused(log) == "E-RECOG-BACKDATED"
    log = Log()
    item = {"record": "accreditation-42", "part": part("suspended", "2026-06-01")}
    log.add("accreditation.suspended", "2026-06-02", "did:web:ab.example", item)
    assert refused(log, RECORDS) == "E-RECOG-BACKDATED"


def test_the_day_of_an_event_is_that_of_china() -> None:
    """Its records state such days; after 16:00 in Greenwich it is the next."""
    log = Log()
    log.add("accreditation.granted", "2025-01-10", "did:web:ab.example", record_json(GRANT), "15:59:59")
    assert log.read().records == (GRANT,)
    log = Log()
    log.add("accreditation.granted", "2025-01-10", "did:web:ab.example", record_json(GRANT), "16:00:00")
    assert refused(log) == "E-RECOG-BACKDATED"


def test_only_the_stater_changes_a_record() -> None:
    log = Log()
    item = {"record": "accreditation-42", "part": part("restored", "2026-06-01")}
    log.add("accreditation.restored", "2026-06-01", "did:web:body.example", item)
    assert refused(log, RECORDS) == "E-RECOG-ACTOR"
    log = Log()
    log.add("accreditation.granted", "2025-01-10", "did:web:body.example", record_json(GRANT))
    assert refused(log) == "E-RECOG-ACTOR"


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("accreditation.suspended", {"record": "accreditation-99", "part": part("suspended", "2026-06-01")}),
        ("accreditation.suspended", {"record": "accreditation-42", "part": part("restored", "2026-06-01")}),
        ("accreditation.suspended", {"record": "accreditation-42", "part": part("suspended", "2026-06-01"), "x": 1}),
        (
            "accreditation.suspended",
            {"record": "accreditation-42", "party": "x", "part": part("suspended", "2026-06-01")},
        ),
        ("accreditation.suspended", {"record": "accreditation-42"}),
        ("accreditation.vanished", {"record": "accreditation-42", "part": part("vanished", "2026-06-01")}),
        ("approval.granted", record_json(GRANT)),
        ("scheme.suspended", {"record": "pcf-2026", "part": part("suspended", "2026-06-01")}),
    ],
)
def test_an_event_that_does_not_fit_is_refused(kind: str, item: Mapping[str, Any]) -> None:
    log = Log()
    log.add(kind, "2026-06-01", "did:web:scheme.example" if kind.startswith("scheme") else "did:web:ab.example", item)
    assert refused(log, RECORDS) in {"E-RECOG-EVENT", "E-RECOG-FIELD", "E-RECOG-FORM"}


def test_an_object_must_have_the_digest_the_event_names() -> None:
    log = world_log()
    log.objects = dict.fromkeys(log.objects, b"{}")
    assert refused(log) == "E-RECOG-EVENT"
    log.objects = {}
    assert refused(log) == "E-RECOG-EVENT"


def test_one_bad_event_need_not_silence_a_log() -> None:
    log = world_log()
    item = {"record": "accreditation-42", "part": part("restored", "2026-06-01")}
    log.add("accreditation.restored", "2026-06-01", "did:web:mallory.example", item)
    log.add(
        "accreditation.suspended",
        "2026-06-02",
        "did:web:ab.example",
        {"record": "accreditation-42", "part": part("suspended", "2026-06-02")},
    )
    told: list[FootproofError] = []
    records = records_of_events(log.entries, log.objects.__getitem__, lists(), refused=told.append)
    assert [problem.code for problem in told] == ["E-RECOG-ACTOR"]
    assert walk_both(QUESTION, records, ROOTS, now=NOW).finding == "broken-since"


def test_a_key_delegation_keeps_its_thumbprint() -> None:
    found = next(one for one in world_log().read().records if isinstance(one, KeyDelegation))
    assert found.thumbprint == QUESTION.thumbprint

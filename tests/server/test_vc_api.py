"""The VC API over HTTP: who may ask, what a request may say, statuses that last, and no claim beyond what was seen."""

import asyncio
import copy
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.cli import serve
from footproof.cli.serve import serve as serve_command
from footproof.credential.did_key import did_key, key_name
from footproof.credential.documents import document_of_keys
from footproof.credential.integrity import add_proof
from footproof.credential.presentation import presentation_of, sign_presentation
from footproof.credential.status_list import decode_bits
from footproof.errors import FootproofError
from footproof.server.app import API_VARIABLE, app_from_environment
from footproof.server.fetch import Fetched
from footproof.server.vc_api import Settings, VcApi, endpoints
from footproof.server.vc_api.options import SECURINGS as KNOWN
from footproof.server.vc_api.options import StatusChange
from footproof.server.vc_api.problems import problem_type
from footproof.server.vc_api.register import Register
from footproof.server.vc_api.settings import read_base, settings_from, settings_text
from footproof.server.workspace import create_workspace
from vc_api_client import BASE, NOW, SECURINGS, STATUS, V2, Client, codes, credential

SUSPENSION = {**STATUS, "statusPurpose": "suspension"}


@pytest.fixture(name="client")
def _client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_the_instances_are_those_of_the_options(client: Client) -> None:
    assert tuple(KNOWN) == SECURINGS
    status, _, body = client.ask("GET", "/vc-api/issuers")
    listed = json.loads(body)
    assert status == 200
    assert set(listed) == set(SECURINGS)
    for securing in SECURINGS:
        issued = client.issue(credential(), securing)[1]
        assert listed[securing]["id"].startswith("did:key:z")
        assert securing.startswith("vc-jwt") or issued["issuer"] == listed[securing]["id"]


@pytest.mark.parametrize("securing", SECURINGS)
def test_what_is_issued_verifies_and_what_is_changed_does_not(client: Client, securing: str) -> None:
    status, answer = client.post(f"/vc-api/{securing}/credentials/issue", {"credential": credential()})
    assert (status, list(answer)) == (201, ["verifiableCredential"])
    issued = answer["verifiableCredential"]
    assert client.issue(credential(), securing)[1].keys() == issued.keys()
    assert client.verify(issued) == (
        200,
        {"verified": True, "checks": ["proof", "credentialStatus"], "warnings": [], "errors": []},
    )
    changed = copy.deepcopy(issued)
    if "proof" in changed:
        changed["credentialSubject"]["id"] = "did:example:other"
    else:
        head, payload, signature = changed["id"].split(".")
        changed["id"] = ".".join((head, payload[:-4] + "AAAA", signature))
    status, report = client.verify(changed)
    assert (status, report["verified"]) == (400, False)
    assert codes(report)[0] in {"E-DI-SIGNATURE", "E-CRED-SIGNATURE"}
    assert report["errors"][0]["type"].startswith("https://")


def test_the_issuer_signs_in_its_own_name_and_keeps_what_else_was_said_of_it(client: Client) -> None:
    issued = client.issue(credential(issuer={"id": "did:example:issuer", "name": "示例 / DEMO"}))[1]
    assert issued["issuer"]["name"] == "示例 / DEMO"
    assert issued["issuer"]["id"].startswith("did:key:z6Mk")
    assert codes(client.issue(credential(issuer=...))[1]) == ["E-VCDM-ISSUER-MISSING"]
    assert codes(client.issue(client.issue(credential(), "vc-jwt-es256")[1])[1]) == ["E-VCDM-ISSUER-MISSING"]


def test_a_credential_of_the_first_edition_gets_an_embedded_proof_only(client: Client) -> None:
    first = {
        **credential(),
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "issuanceDate": "2020-01-01T00:00:00Z",
    }
    issued = client.issue(first)[1]
    assert issued["@context"][-1] == "https://w3id.org/security/data-integrity/v2"
    assert client.verify(issued)[1]["verified"]
    assert codes(client.issue(first, "vc-jwt-es256")[1]) == ["E-VCDM-VERSION"]


def test_proofs_can_be_a_set_or_a_chain(client: Client) -> None:
    first = client.issue(credential(), proofId="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")[1]
    second = client.issue(first, previousProof="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")[1]
    assert [each.get("previousProof") for each in second["proof"]] == [None, second["proof"][0]["id"]]
    assert client.verify(second)[1]["verified"]
    assert codes(client.issue(first, previousProof="urn:uuid:other")[1]) == ["E-DI-PREVIOUS"]
    broken = copy.deepcopy(second)
    broken["proof"][0]["proofValue"] = second["proof"][1]["proofValue"]
    assert not client.verify(broken)[1]["verified"]


def test_options_of_time_count(client: Client) -> None:
    issued = client.issue(credential(), created="2026-11-22T11:00:00Z", expires="2026-11-22T13:00:00Z")[1]
    assert client.verify(issued)[1]["verified"]
    client.now += timedelta(hours=2)
    assert codes(client.verify(issued)[1]) == ["E-DI-EXPIRED"]
    client.now -= timedelta(hours=4)
    assert codes(client.verify(issued)[1]) == ["E-DI-NOT-YET"]


# Who may ask, and how.


def test_without_its_token_nothing_is_answered(tmp_path: Path) -> None:
    client = Client(tmp_path, open=False)
    body = {"credential": credential()}
    for header in ("", "Bearer", "Bearer x", "Basic " + client.api.token, "Bearer " + client.api.token + "0"):
        status, headers, data = client.ask("POST", "/credentials/issue", body, headers={"authorization": header})
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert json.loads(data)["code"] == "E-VCAPI-TOKEN"
    good = {"authorization": "bearer " + client.api.token, "host": "elsewhere.example"}
    assert client.ask("POST", "/credentials/issue", body, headers=good)[0] == 201
    assert client.ask("GET", "/vc-api/status/ed25519/revocation")[0] == 200
    assert VcApi(client.settings).token == client.api.token
    assert (tmp_path / "keys/vc-api.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("host", ["", "footproof.example", "127.0.0.1.example:80", "localhost:80:80", "127.0.0.1@x"])
def test_open_is_for_this_machine_only(client: Client, host: str) -> None:
    status, _, data = client.ask("POST", "/credentials/verify", {}, headers={"host": host})
    assert (status, json.loads(data)["code"]) == (403, "E-VCAPI-HOST")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8642", "[::1]:1"])
def test_this_machine_has_three_names(client: Client, host: str) -> None:
    assert client.ask("GET", "/vc-api/issuers", headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "kind", "body", "expected"),
    [
        ("GET", "/credentials/issue", "application/json", b"", (405, "E-VCAPI-METHOD")),
        ("OPTIONS", "/credentials/verify", "application/json", b"", (405, "E-VCAPI-METHOD")),
        ("POST", "/vc-api/issuers", "application/json", b"{}", (405, "E-VCAPI-METHOD")),
        ("POST", "/vc-api/status/ed25519/revocation", "application/json", b"{}", (405, "E-VCAPI-METHOD")),
        ("POST", "/credentials/derive", "application/json", b"{}", (404, "E-VCAPI-PATH")),
        ("POST", "/vc-api/none/credentials/issue", "application/json", b"{}", (404, "E-VCAPI-PATH")),
        ("GET", "/vc-api/", "application/json", b"", (404, "E-VCAPI-PATH")),
        ("GET", "/vc-api/status/ed25519", "application/json", b"", (404, "E-VCAPI-PATH")),
        ("GET", "/vc-api/status/ed25519/message", "application/json", b"", (404, "E-VCAPI-PATH")),
        ("GET", "/vc-api/status/../revocation", "application/json", b"", (404, "E-VCAPI-PATH")),
        ("POST", "/credentials/verify", "text/plain", b"{}", (415, "E-VCAPI-TYPE")),
        ("POST", "/credentials/verify", "", b"{}", (415, "E-VCAPI-TYPE")),
        ("POST", "/credentials/verify", "application/json", b" " * (1024 * 1024 + 1), (413, "E-VCAPI-SIZE")),
        ("POST", "/credentials/verify", "application/json", b"", (400, "E-CRED-FORM")),
        ("POST", "/credentials/verify", "application/json", b"[]", (400, "E-CRED-FORM")),
        ("POST", "/credentials/verify", "application/json", b'{"a":1,"a":2}', (400, "E-CRED-FORM")),
        ("POST", "/credentials/verify", "application/json", b'{"a":' * 70 + b"1" + b"}" * 70, (400, "E-CRED-FORM")),
        ("POST", "/credentials/verify", "application/json", b"\xff", (400, "E-CRED-FORM")),
        ("POST", "/credentials/verify", "application/json; charset=utf-8", b"{}", (400, "E-VCAPI-MEMBER")),
    ],
)
def test_a_bad_call_is_a_problem(
    client: Client, *, method: str, path: str, kind: str, body: bytes, expected: tuple[int, str]
) -> None:
    status, headers, data = client.ask(method, path, body, headers={"content-type": kind})
    found = json.loads(data)
    assert (status, found["code"]) == expected
    assert headers["content-type"] == "application/problem+json"
    assert found["status"] == status
    assert found["type"].startswith(("https://", "about:blank"))
    assert not any(name.startswith("access-control") for name in headers)
    assert headers["cache-control"] == "no-store"


def test_a_body_that_does_not_come_is_not_waited_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "SECONDS_TO_SEND", 0.05)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/credentials/verify", "headers": headers}
    asyncio.run(client.app(scope, receive, send))
    assert sent[0]["status"] == 408


def test_only_so_much_is_done_at_once_and_for_so_long(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def slow(_: object, __: object) -> tuple[int, Any]:
        free.wait(5)
        return 200, {}

    monkeypatch.setattr(endpoints, "SECONDS_TO_ANSWER", 0.05)
    monkeypatch.setattr(endpoints, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(VcApi, "_change_status", slow)
    busy = Client(client.folder)
    for _ in range(2):  # The first takes too long; the second finds no place.
        assert codes(busy.post("/credentials/status", {})[1]) == ["E-VCAPI-BUSY"]
    free.set()
    end = time.monotonic() + 5
    while (status := busy.post("/credentials/status", {})[0]) == 503 and time.monotonic() < end:
        time.sleep(0.02)
    assert status == 200


def test_refusals_speak_the_reader_s_language(client: Client) -> None:
    _, _, data = client.ask("POST", "/credentials/verify", {}, headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert "需要" in json.loads(data)["detail"]
    _, _, data = client.ask("POST", "/credentials/verify", {})
    assert "needed" in json.loads(data)["detail"]


ENTRY_ONLY = {"type": "BitstringStatusListEntry"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"type": "Ed25519Signature2020"}, "E-VCAPI-MEMBER"),
        ({"type": "DataIntegrityProof", "cryptosuite": "ecdsa-sd-2023"}, "E-VCAPI-MEMBER"),
        ({"mandatoryPointers": ["/issuer"]}, "E-VCAPI-MEMBER"),
        ({"proofPurpose": "authentication"}, "E-VCAPI-MEMBER"),
        ({"created": "2026-11-22T11:00:00"}, "E-VCAPI-MEMBER"),
        ({"created": 5}, "E-VCAPI-MEMBER"),
        ({"previousProof": [5]}, "E-VCAPI-MEMBER"),
        ({"answer": "naked"}, "E-VCAPI-MEMBER"),
        ({"credentialStatus": []}, "E-VCAPI-MEMBER"),
        ({"credentialStatus": {"type": "RevocationList2020Status"}}, "E-VCAPI-MEMBER"),
        ({"credentialStatus": {**STATUS, "statusPurpose": "message"}}, "E-VCAPI-MEMBER"),
        ({"credentialStatus": [STATUS, STATUS]}, "E-VCAPI-MEMBER"),
        ({"domain": "example.org"}, "E-VCAPI-OPTION"),
        ({"veryNew": True}, "E-VCAPI-OPTION"),
        ("none", "E-VCAPI-MEMBER"),
    ],
)
def test_an_option_that_is_not_obeyed_is_refused(client: Client, options: Any, code: str) -> None:
    status, found = client.post("/credentials/issue", {"credential": credential(), "options": options})
    assert (status, found["code"]) == (400, code)
    assert client.post("/credentials/issue", {"credential": credential(), "options": None})[0] == 201


def test_an_envelope_has_no_proof_options(client: Client) -> None:
    assert codes(client.issue(credential(), "vc-jwt-es256", created="2026-11-22T11:00:00Z")[1]) == ["E-VCAPI-MEMBER"]
    assert codes(client.issue(credential(), "vc-jwt-es256", cryptosuite="eddsa-jcs-2022")[1]) == ["E-VCAPI-MEMBER"]
    assert client.issue(credential(), "vc-jwt-es256", type="vc+jwt")[0] == 201


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"checks": ["everything"]}, "E-VCAPI-MEMBER"),
        ({"checks": "proof"}, "E-VCAPI-MEMBER"),
        ({"challenge": ""}, "E-VCAPI-MEMBER"),
        ({"verifyAt": "2020-01-01T00:00:00Z"}, "E-VCAPI-OPTION"),
    ],
)
def test_a_check_that_is_not_made_is_refused(client: Client, options: Any, code: str) -> None:
    issued = client.issue(credential())[1]
    assert codes(client.verify(issued, **options)[1]) == [code]


# Status.


@pytest.mark.parametrize("securing", SECURINGS)
def test_a_status_shows_at_once_and_lasts(client: Client, tmp_path: Path, securing: str) -> None:
    issued = client.issue(credential(), securing, credentialStatus=[STATUS, SUSPENSION])[1]
    name = credential()["id"]
    assert client.verify(issued)[1]["verified"]
    assert client.post("/credentials/status", {"credentialId": name, "credentialStatus": SUSPENSION}) == (200, {})
    assert codes(client.verify(issued)[1]) == ["E-VCAPI-STATUS"]
    lift = {"credentialId": name, "credentialStatus": [{**SUSPENSION, "status": False}]}
    assert client.post("/credentials/status", lift)[0] == 200
    assert client.verify(issued)[1]["verified"]
    revoke = {"credentialId": name, "credentialStatus": [{**STATUS, "status": "1"}]}
    assert client.post("/credentials/status", revoke)[0] == 200
    again = Client(tmp_path)
    assert codes(again.verify(issued)[1]) == ["E-VCAPI-STATUS"]
    undo = {"credentialId": name, "credentialStatus": STATUS, "status": False}
    assert codes(again.post("/credentials/status", undo)[1]) == ["E-VCAPI-FINAL"]
    assert codes(again.verify(issued)[1]) == ["E-VCAPI-STATUS"]
    # Who does not ask is told so, and is not told that all is well.
    status, report = again.verify(issued, checks=["proof"])
    assert (status, report["checks"]) == (200, ["proof"])
    assert [each["code"] for each in report["warnings"]] == ["E-VCAPI-NOT-ASKED"]


def test_a_list_is_a_credential_of_the_same_issuer_and_verifies(client: Client) -> None:
    issued = client.issue(credential(), credentialStatus=STATUS)[1]
    url = issued["credentialStatus"]["statusListCredential"]
    status, headers, data = client.ask("GET", url.removeprefix(BASE))
    found = json.loads(data)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert (found["id"], found["issuer"]) == (url, issued["issuer"])
    assert client.verify(found)[1]["verified"]
    assert client.ask("HEAD", url.removeprefix(BASE))[2] == b""
    assert client.ask("POST", url.removeprefix(BASE) + "/publish", {})[0] == 204


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"credentialId": "urn:uuid:unknown", "credentialStatus": STATUS}, (404, "E-VCAPI-UNKNOWN")),
        ({"credentialStatus": STATUS}, (400, "E-VCAPI-MEMBER")),
        ({"credentialId": "urn:uuid:1"}, (400, "E-VCAPI-MEMBER")),
        ({"credentialId": "urn:uuid:1", "credentialStatus": ENTRY_ONLY, "status": "on"}, (400, "E-VCAPI-MEMBER")),
        ({"credentialId": "urn:uuid:1", "credentialStatus": STATUS, "reason": "x"}, (400, "E-VCAPI-OPTION")),
    ],
)
def test_a_status_that_cannot_be_set(client: Client, body: Any, expected: tuple[int, str]) -> None:
    status, found = client.post("/credentials/status", body)
    assert (status, found["code"]) == expected
    assert not (client.folder / "vc-api").exists()


def test_a_credential_without_a_name_has_its_status_under_another(client: Client) -> None:
    assert codes(client.issue(credential(id=...), credentialStatus=STATUS)[1]) == ["E-VCAPI-NAMELESS"]
    assert client.issue(credential(id=...), credentialStatus=STATUS, credentialId="urn:uuid:7")[0] == 201
    assert client.post("/credentials/status", {"credentialId": "urn:uuid:7", "credentialStatus": STATUS})[0] == 200


def test_places_do_not_follow_the_order_of_issue(client: Client) -> None:
    places = [
        int(
            client.issue(credential(id=f"urn:uuid:{n}"), credentialStatus=STATUS)[1]["credentialStatus"][
                "statusListIndex"
            ]
        )
        for n in range(8)
    ]
    assert len(set(places)) == 8
    assert places != sorted(places)
    same = client.issue(credential(id="urn:uuid:0"), credentialStatus=STATUS)[1]
    assert int(same["credentialStatus"]["statusListIndex"]) == places[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"places":{"ed25519":5},"marked":{}}',
        '{"places":{"ed25519":{}},"marked":{"ed25519":{"revocation":[5]}}}',
    ],
)
def test_a_file_of_statuses_that_was_spoiled_stops_the_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "vc-api").mkdir()
    (tmp_path / "vc-api/status.json").write_text(text)
    with pytest.raises(FootproofError, match="E-VCAPI-STATE"):
        Client(tmp_path)


# Keys and lists of others.


OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DID = "did:web:body.example"


def _by_other(document: dict[str, Any], method: str = f"{DID}#key-1") -> dict[str, Any]:
    return add_proof(document, OTHER, method, "2026-11-01T00:00:00Z", cryptosuite="eddsa-jcs-2022")


def test_a_key_of_somebody_else_is_found_at_hand_or_not_at_all(tmp_path: Path) -> None:
    shown = tmp_path / "dids"
    shown.mkdir()
    (shown / "documents.toml").write_text(f'[[document]]\ndid = "{DID}"\nfile = "body.json"\n')
    document = document_of_keys(DID, {"key-1": OTHER.public_key()}, ["assertionMethod"])
    (shown / "body.json").write_text(json.dumps(document))
    signed = _by_other(credential(issuer=DID))
    assert codes(Client(tmp_path).verify(signed)[1]) == ["E-CRED-UNKNOWN-KEY"]
    client = Client(tmp_path, documents=shown)
    assert client.verify(signed)[1]["verified"]
    assert codes(client.verify(_by_other(credential()))[1]) == ["E-CRED-ISSUER"]


def test_the_network_is_asked_only_where_allowed(tmp_path: Path) -> None:
    list_url = "https://body.example/status/1"
    entry = {**STATUS, "id": f"{list_url}#5", "statusListIndex": "5", "statusListCredential": list_url}
    signed = _by_other(credential(issuer=DID, credentialStatus=entry))
    served = Client(tmp_path).issue(credential(), credentialStatus=STATUS)[1]
    mine = json.loads(Client(tmp_path).ask("GET", "/vc-api/status/ed25519/revocation")[2])
    mine |= {"id": list_url, "issuer": DID}
    del mine["proof"], mine["validUntil"]
    files = {
        "https://body.example/.well-known/did.json": json.dumps(
            document_of_keys(DID, {"key-1": OTHER.public_key()}, ["assertionMethod"])
        ),
        list_url: json.dumps(_by_other({**mine, "validFrom": "2026-11-22T00:00:00Z"})),
    }
    asked: list[str] = []

    def get(url: str, **limits: Any) -> Fetched:
        asked.append(url)
        assert limits["seconds"] <= 10
        return Fetched(files[url].encode(), "application/json", url, NOW)

    offline = Client(tmp_path, get=get)
    assert codes(offline.verify(signed)[1]) == ["E-CRED-UNKNOWN-KEY"]
    assert offline.verify(served)[1]["verified"]
    assert asked == []
    online = Client(tmp_path, get=get, network=True)
    assert online.verify(signed)[1]["errors"] == []
    assert set(asked) == set(files)
    files[list_url] = json.dumps({**json.loads(files[list_url]), "issuer": "did:web:other.example"})
    assert codes(online.verify(signed)[1]) == ["E-STATUS-PROOF"]
    assert online.verify(signed, checks=["proof"])[1]["verified"]


def test_a_list_that_cannot_be_had_is_no_good_news(client: Client) -> None:
    entry = {**STATUS, "statusListIndex": "5", "statusListCredential": "https://body.example/status/1"}
    issued = client.issue(credential(credentialStatus=entry))[1]
    status, report = client.verify(issued)
    assert (status, codes(report)) == (400, ["E-STATUS-RETRIEVAL"])
    assert report["errors"][0]["type"] == "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"


# Presentations.


def _holder(tmp: Client, *, challenge: str | None = "c-1", domain: str | None = "v.example", **members: Any) -> Any:
    """Return a presentation signed by another, of one credential of ours."""
    held = tmp.issue(credential(), "vc-jwt-es256")[1]
    document = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": did_key(OTHER.public_key()),
        "verifiableCredential": [held],
        **members,
    }
    name = key_name(OTHER.public_key())
    return add_proof(
        document,
        OTHER,
        name,
        "2026-11-22T11:59:00Z",
        cryptosuite="eddsa-jcs-2022",
        purpose="authentication",
        challenge=challenge,
        domain=domain,
    )


def test_a_presentation_answers_this_challenge_for_this_verifier(client: Client) -> None:
    shown = _holder(client)
    assert client.present(shown, challenge="c-1", domain="v.example")[1]["warnings"] == []
    assert codes(client.present(shown, challenge="c-2", domain="v.example")[1]) == ["E-DI-CHALLENGE"]
    report = client.present(shown, challenge="c-1", domain="other.example")[1]
    assert report["errors"][0]["type"] == "https://w3id.org/security#INVALID_DOMAIN_ERROR"
    report = client.present(shown)[1]
    assert report["verified"]
    assert [each["code"] for each in report["warnings"]] == ["E-VCAPI-REPLAY"]
    assert codes(client.present(_holder(client, challenge=None), challenge="c-1")[1]) == ["E-DI-CHALLENGE"]
    assert codes(client.present(shown, expectedProofPurpose="assertionMethod")[1]) == ["E-DI-PURPOSE"]
    assert codes(client.present(_holder(client, holder="did:example:other"))[1]) == ["E-CRED-ISSUER"]


def test_an_enveloped_presentation_answers_too(client: Client) -> None:
    token = client.issue(credential(), "vc-jwt-es256", credentialStatus=STATUS)[1]["id"].partition(",")[2].encode()
    name = key_name(OTHER.public_key())
    unsigned = presentation_of([token], did_key(OTHER.public_key()))
    signed = sign_presentation(unsigned, OTHER, name, nonce="c-1", audience="v.example").decode()
    shown: dict[str, Any] = {"@context": [V2], "type": "EnvelopedVerifiablePresentation"}
    shown["id"] = f"data:application/vp+jwt,{signed}"
    assert client.present(shown, challenge="c-1", domain="v.example")[1]["errors"] == []
    for options in ({}, {"challenge": "c-2", "domain": "v.example"}, {"challenge": "c-1"}):
        assert codes(client.present(shown, **options)[1]) == ["E-CRED-CHALLENGE"]
    client.post("/credentials/status", {"credentialId": credential()["id"], "credentialStatus": STATUS})
    assert codes(client.present(shown, challenge="c-1", domain="v.example")[1]) == ["E-VCAPI-STATUS"]
    cose = {**shown, "id": shown["id"].replace("vp+jwt", "vp+cose")}
    assert codes(client.present(cose)[1]) == ["E-PRES-UNREAD"]


def test_a_credential_in_a_token_answers_no_challenge(client: Client) -> None:
    assert codes(client.verify(client.issue(credential(), "vc-jwt-es256")[1], challenge="c")[1]) == ["E-VCAPI-UNBOUND"]
    assert codes(client.verify(client.issue(credential())[1], domain="d")[1]) == ["E-DI-DOMAIN"]


def test_what_is_not_read_is_named(client: Client) -> None:
    issued = client.issue(credential(evidence=[{"type": "https://example.org/#Visit"}]))[1]
    assert [each["code"] for each in client.verify(issued)[1]["warnings"]] == ["E-VCAPI-NOT-READ"]


# Settings, the rest of the server, the command line.


def test_settings_survive_the_way_to_the_process_that_serves(tmp_path: Path) -> None:
    for settings in (Settings(tmp_path, BASE), Settings(tmp_path, BASE, True, True, tmp_path / "dids")):
        assert settings_from(settings_text(settings), tmp_path) == settings


@pytest.mark.parametrize(
    "text", ["", "demo.example", "ftp://demo.example", "https://", "https://a b", "https://x?y", "https://[::1"]
)
def test_a_base_is_an_address(text: str) -> None:
    with pytest.raises(FootproofError, match="E-VCAPI-BASE"):
        read_base(text)
    assert read_base("https://demo.example/x/") == "https://demo.example/x"


@pytest.fixture(name="workspace")
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "workspace"
    create_workspace(folder, "http://127.0.0.1:8642", "footproof.example/log")
    monkeypatch.setenv("FOOTPROOF_HOME", str(folder))
    monkeypatch.setenv("FOOTPROOF_LANG", "en")
    monkeypatch.delenv(API_VARIABLE, raising=False)
    return folder


def test_the_interface_is_off_unless_asked_for(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(workspace)
    client.app = app_from_environment()
    assert client.ask("POST", "/credentials/issue", {})[0] == 405  # A static tree has files only.
    assert client.ask("GET", "/vc-api/issuers")[0] == 404
    monkeypatch.setenv(API_VARIABLE, settings_text(client.settings))
    client.app = app_from_environment()
    assert client.ask("GET", "/vc-api/issuers")[0] == 200
    (workspace / "public/status").mkdir()
    for name, path in (("index.html", "/"), ("status/1-revocation.jwt", "/status/1-revocation.jwt")):
        (workspace / "public" / name).write_text(name)
        assert client.ask("GET", path)[2] == name.encode()


def test_the_command_says_what_to_send(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Settings | None] = []
    monkeypatch.setattr(serve, "run_server", lambda folder, port, api=None, **_: runs.append(api))
    run = CliRunner().invoke
    said = run(serve_command, ["--vc-api", "--vc-api-base", "https://demo.example/"]).output
    token = VcApi(Settings(workspace, BASE)).token
    assert token in said
    assert "(eddsa-jcs-2022): did:key:z6Mk" in said
    said = run(serve_command, ["--vc-api", "--vc-api-open", "--port", "8643"]).output
    assert token not in said
    assert run(serve_command, []).exit_code == 0
    assert isinstance(run(serve_command, ["--vc-api-open"]).exception, FootproofError)
    assert [each and (each.base, each.open) for each in runs] == [
        ("https://demo.example", False),
        ("http://127.0.0.1:8643", True),
        None,
    ]


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("E-CRED-FORM", "vc-data-model#PARSING_ERROR"),
        ("E-CRED-SIGNATURE", "vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"),
        ("E-VCDM-TYPE-FORM", "vc-data-model#MALFORMED_VALUE_ERROR"),
        ("E-VCDM-EXPIRED", "vc-data-model#RANGE_ERROR"),
        ("E-DI-SIGNATURE", "security#PROOF_VERIFICATION_ERROR"),
        ("E-DI-CHALLENGE", "security#INVALID_CHALLENGE_ERROR"),
        ("E-DID-KEY", "security#INVALID_VERIFICATION_METHOD"),
        ("E-STATUS-RANGE", "status-list#RANGE_ERROR"),
        ("E-STATUS-SHORT", "status-list#STATUS_LIST_LENGTH_ERROR"),
        ("E-STATUS-PROOF", "status-list#STATUS_VERIFICATION_ERROR"),
        ("E-VCAPI-TOKEN", "about:blank"),
    ],
)
def test_each_code_has_the_type_that_the_standards_give_it(code: str, ending: str) -> None:
    assert problem_type(code).endswith(ending)


def test_two_processes_keep_one_register(tmp_path: Path) -> None:
    """Each reads what the other has written: a revocation in one is not lost by an issue in the other."""
    first, second = (Register(tmp_path, "http://127.0.0.1:1", b"s" * 32) for _ in range(2))
    first.entries("key", "urn:uuid:1", ("revocation",))
    first.change(StatusChange("urn:uuid:1", (("revocation", True),)))
    second.entries("key", "urn:uuid:2", ("revocation",))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for register in (first, second, Register(tmp_path, "http://127.0.0.1:1", b"s" * 32)):
        found = register.unsigned("key", "revocation", "did:example:1", now)
        assert found is not None
        assert sum(map(int.bit_count, decode_bits(found["credentialSubject"]["encodedList"]))) == 1

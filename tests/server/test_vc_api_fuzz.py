"""Whatever stands in a request, the answer is a verdict: no exception, and no `verified` for what we did not sign."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vc_api_client import SECURINGS, STATUS, V2, Client, credential

PATHS = (
    "/credentials/issue",
    "/credentials/verify",
    "/credentials/status",
    "/presentations/verify",
    "/vc-api/vc-jwt-es256/credentials/issue",
    "/vc-api/ecdsa-jcs-2019/credentials/issue",
)
NAMES = st.sampled_from(
    [
        *(
            "credential",
            "verifiableCredential",
            "verifiablePresentation",
            "options",
            "credentialId",
            "credentialStatus",
        ),
        *("checks", "type", "@context", "id", "issuer", "proof", "holder", "credentialSubject", "status", "created"),
        *("previousProof", "challenge", "answer", "validFrom", "statusListIndex", "statusListCredential", "proofValue"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        [V2, "VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential", "did:key:z"]
    )
    | st.sampled_from(["data:application/vc+jwt,a.b.c", "data:application/vp+jwt,\u00e9", "BitstringStatusListEntry"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=5),
    max_leaves=12,
)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(name="client", scope="module")
def _client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(tmp_path_factory.mktemp("fuzz"))


def _verdict(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    status, headers, data = answer
    assert status in {200, 201, 400, 404, 413}
    found = json.loads(data)
    assert isinstance(found, dict)
    assert (headers["content-type"] == "application/problem+json") is ("code" in found and "proof" not in found)
    return found


@MANY
@given(path=st.sampled_from(PATHS), body=st.dictionaries(NAMES, VALUES, max_size=3))
def test_any_object(client: Client, path: str, body: Any) -> None:
    assert _verdict(client.ask("POST", path, body)).get("verified") is not True


@MANY
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_bytes(client: Client, path: str, body: bytes) -> None:
    assert "verified" not in _verdict(client.ask("POST", path, body))


@MANY
@given(
    path=st.text(max_size=40).map("/vc-api/".__add__) | st.text(max_size=40).map("/vc-api/status/".__add__), data=VALUES
)
def test_any_path(client: Client, path: str, data: Any) -> None:
    for method in ("GET", "POST", "PUT"):
        assert client.ask(method, path, data)[0] in {200, 204, 400, 404, 405}


@MANY
@given(
    securing=st.sampled_from(SECURINGS),
    member=st.sampled_from([*credential(), "proof", "credentialStatus", "evidence", "validFrom", "name", "extra"]),
    value=VALUES,
)
def test_any_member_of_a_credential(client: Client, securing: str, member: str, value: Any) -> None:
    document = {**credential(), member: value}
    status, issued = client.issue(document, securing)
    assert status in {201, 400}
    if status == 201:
        client.verify(issued)
    signed = copy.deepcopy(client.issue(credential(), "eddsa-jcs-2022")[1])
    report = client.verify({**signed, member: value})[1]
    assert report["verified"] is (json.dumps(value) == json.dumps(signed.get(member, ...), default=repr))


@MANY
@given(place=st.sampled_from(["verifiableCredential", "holder", "proof", "id", "type"]), value=VALUES)
def test_any_member_of_a_presentation(client: Client, place: str, value: Any) -> None:
    document = {"@context": [V2], "type": ["VerifiablePresentation"], "proof": STATUS, place: value}
    status, report = client.present(document)
    assert (status, report["verified"]) == (400, False)

"""Places of DIDs: the specification's examples, and every second spelling or way out refused by its own code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.credential.did_web import MOST_DOCUMENT, web_document, web_location, web_url
from footproof.credential.did_webvh import webvh_location, webvh_urls
from footproof.errors import ProofRejected

SCID = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"  # From the specification's example of an entry hash.


@pytest.mark.parametrize(
    ("identifier", "place"),
    # did:web method, section 3.2, and did:webvh 1.0, "The DID to HTTPS Transformation".
    [
        ("w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/"),
        ("w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/"),
        ("example.com%3A3000:user:alice", "https://example.com:3000/user/alice/"),
        ("issuer.example.com", "https://issuer.example.com/.well-known/"),
        ("example.com%3A3000:dids:issuer", "https://example.com:3000/dids/issuer/"),
        (
            "xn--jp-cd2fp15c.xn--fsq.jp:%E7%94%A8%E6%88%B7",
            "https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8%E6%88%B7/",
        ),
        ("localhost%3A8443", "https://localhost:8443/.well-known/"),
    ],
)
def test_published_places(identifier: str, place: str) -> None:
    assert web_url(f"did:web:{identifier}") == place + "did.json"
    did = f"did:webvh:{SCID}:{identifier}"
    assert webvh_urls(did) == (place + "did.jsonl", place + "did-witness.json")


REFUSED = [
    ("127.0.0.1", "E-DID-HOST"),
    ("127.0.0.1%3A8080", "E-DID-HOST"),
    ("2130706433", "E-DID-HOST"),
    ("0x7f.1", "E-DID-HOST"),
    ("example", "E-DID-HOST"),
    ("Example.com", "E-DID-HOST"),
    ("example.com.", "E-DID-HOST"),
    ("-a.example.com", "E-DID-HOST"),
    ("a" * 64 + ".example", "E-DID-HOST"),
    ("", "E-DID-HOST"),
    ("127%2E0%2E0%2E1", "E-DID-ENCODING"),
    ("127%2e0%2e0%2e1", "E-DID-ENCODING"),
    ("169%2E254%2E169%2E254", "E-DID-ENCODING"),
    ("127.0.0.1%3a8080", "E-DID-ENCODING"),
    ("example.com%3a443", "E-DID-ENCODING"),
    ("%5B%3A%3A1%5D", "E-DID-ENCODING"),
    ("user%40example.com", "E-DID-ENCODING"),
    ("example.com%3A", "E-DID-FORM"),
    ("example.com%3A0443", "E-DID-FORM"),
    ("example.com%3A65536", "E-DID-FORM"),
    ("example.com%3A44%3A1", "E-DID-FORM"),
    ("example.com:", "E-DID-PATH"),
    ("example.com::a", "E-DID-PATH"),
    ("example.com:..:..:admin", "E-DID-PATH"),
    ("example.com:.", "E-DID-PATH"),
    ("example.com:%2E%2E:admin", "E-DID-ENCODING"),
    ("example.com:%2e%2e:admin", "E-DID-ENCODING"),
    ("example.com:a%2Fb", "E-DID-ENCODING"),
    ("example.com:a%5Cb", "E-DID-ENCODING"),
    ("example.com:a%00b", "E-DID-ENCODING"),
    ("example.com:%41", "E-DID-ENCODING"),
    ("example.com:%e7%94%a8", "E-DID-ENCODING"),
    ("example.com:%FF", "E-DID-ENCODING"),
    ("example.com:a b", "E-DID-ENCODING"),
    ("example.com:a%2", "E-DID-ENCODING"),
    ("127.0.0.1#x", "E-DID-FRAGMENT"),
    ("example.com#key-1", "E-DID-FRAGMENT"),
    ("example.com?versionId=1", "E-DID-FRAGMENT"),
    ("example.com/path", "E-DID-FRAGMENT"),
    ("例.example", "E-DID-FORM"),
    ("example.com:" + "a" * 1000, "E-DID-FORM"),
]


@pytest.mark.parametrize(("identifier", "code"), REFUSED)
def test_a_second_spelling_or_a_way_out_is_refused(identifier: str, code: str) -> None:
    for did in (f"did:web:{identifier}", f"did:webvh:{SCID}:{identifier}"):
        with pytest.raises(ProofRejected) as caught:
            webvh_location(did) if did.startswith("did:webvh:") else web_location(did)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "did",
    [
        "did:WEB:example.com",
        "did:key:z6Mk",
        "example.com",
        "",
        f"did:webvh:{SCID}",
        "did:webvh:Qm0000000000000000000000000000000000000000000000:example.com",
        f"did:webvh:{SCID[:-1]}:example.com",
        "did:webvh:{SCID}:example.com",
    ],
)
def test_another_method_or_a_wrong_scid_is_refused(did: str) -> None:
    with pytest.raises(ProofRejected, match="E-DID-FORM"):
        webvh_location(did) if did.startswith("did:webvh:") else web_location(did)


@given(st.text(max_size=60))
def test_whatever_passes_has_one_spelling_and_stays_below_its_host(text: str) -> None:
    try:
        place = web_location(f"did:web:{text}")
    except ProofRejected:
        return
    port = f"%3A{place.port}" if place.port is not None else ""
    assert ":".join((place.host + port, *place.path)) == text
    assert ".." not in place.url("did.json").split("/")


def test_a_document_is_that_of_its_did() -> None:
    did = "did:web:body.example"
    assert web_document(did, json.dumps({"id": did}).encode())["id"] == did
    for data, code in (
        (b'{"id":"did:web:other.example"}', "E-DID-ID"),
        (b"{}", "E-DID-ID"),
        (b'{"id":"did:web:body.example","id":"did:web:body.example"}', "E-CRED-FORM"),
        (b"[]", "E-CRED-FORM"),
        (b" " * (MOST_DOCUMENT + 1), "E-DID-SIZE"),
    ):
        with pytest.raises(ProofRejected) as caught:
            web_document(did, data)
        assert caught.value.code == code

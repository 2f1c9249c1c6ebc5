"""What a term stands for, compared with PyLD, which processes contexts in full."""

import json
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from footproof.credential.contexts import V1, V2, Contexts, shipped
from footproof.credential.terms import is_url, of_types, own_types, top_level
from footproof.errors import ProofRejected

jsonld = pytest.importorskip("pyld.jsonld", reason="needs the extra rdfc (PyLD)")

WHOLE = Contexts(shipped().documents, shipped().values, {})
NAMES = ["T", "U", "ex", "VerifiableCredential", "name", "issuer", "ex:T", "BitstringStatusListEntry"]
IRIS = st.sampled_from(["https://example.org/#", "ex:T", "T", "U", "https://schema.org/name", "@type"])
DEFINITIONS = (
    st.none()
    | IRIS
    | st.fixed_dictionaries({}, optional={"@id": IRIS, "@protected": st.booleans(), "@type": st.just("@id")})
)
LOCAL = st.dictionaries(st.sampled_from(NAMES), DEFINITIONS, max_size=3).flatmap(
    lambda terms: st.fixed_dictionaries(
        {name: st.just(value) for name, value in terms.items()},
        # PyLD fails over `"@protected": false` and over `"@vocab": null` where there is none to take away.
        optional={"@protected": st.just(True), "@vocab": st.just("https://vocab.example/")},
    )
)
CONTEXT = st.lists(st.sampled_from([V2, V1, "https://www.w3.org/ns/credentials/examples/v2"]) | LOCAL, max_size=3)


def _load(url: str, options: object) -> dict[str, Any]:
    assert options is not None
    return {"contextUrl": None, "documentUrl": url, "document": json.loads(shipped().documents[url])}


def _theirs(context: list[Any], names: list[str]) -> dict[str, str] | None:
    """Return the IRI of each name as a type by PyLD, or None where it refuses the context."""
    document = {"@context": context, "@graph": [{"@id": f"urn:n:{n}", "@type": name} for n, name in enumerate(names)]}
    try:
        nodes = jsonld.expand(document, {"documentLoader": _load, "base": "https://relative.invalid/"})
    except jsonld.JsonLdError:
        return None
    except TypeError:  # PyLD, over a compact IRI whose prefix was taken away.
        reject()
    found = {node["@id"]: node["@type"][0] for node in nodes if node.get("@type")}
    return {name: found.get(f"urn:n:{n}", "") for n, name in enumerate(names)}


@given(CONTEXT)
def test_types_stand_for_what_pyld_says(context: list[Any]) -> None:
    code = ""
    try:
        ours = top_level(WHOLE, [V2, *context], "$")
        mapped = {name: iri for name in NAMES if (iri := ours.type_iri(name)) is not None and is_url(iri)}
        for name in mapped:
            of_types(WHOLE, ours, (name,), "$")
    except ProofRejected as problem:
        code = problem.code
    if code:
        # We may be stricter about the form of a context, never laxer about what it redefines.
        assert _theirs([V2, *context], ["VerifiableCredential"]) is None or code == "E-VCDM-CONTEXT-FORM"
        return
    assert _theirs([V2, *context], list(mapped)) == mapped


def test_own_types_are_texts() -> None:
    assert list(own_types({"type": ["A", 5, "B"]})) == ["A", "B"]
    assert list(own_types({})) == []


@pytest.mark.parametrize(
    "text",
    ["https://example.org", "did:web:example.org%3A8443:a#key-1", "urn:uuid:1", "data:application/vc+jwt,a.b.c", "ex:T",
     "https://例子.中国/路径?q=1#f", "HTTPS://EXAMPLE.org:443/", "did:key:z6Mk#z6Mk", "mailto:a@b.example"],
)  # fmt: skip
def test_url(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize(
    "text",
    ["", ":", "a",
     "https:", "https:/a", "https://", "https ://x", "https://a b", "1a:b", "did:web", "did:web:", "did::x",
     "did:web:a:", "did:WEB:a", "did:web:a b", "https://a/%", "https://a/%g0", "https://a/\u0000", "https://a/<b>",
     "https://a:99999999/", "https://[::1", "x:" + "a" * 5000, "https://a/\u2066", "x:\ud800", None, 5, ["https://a"]],
)  # fmt: skip
def test_no_url(text: object) -> None:
    assert not is_url(text)

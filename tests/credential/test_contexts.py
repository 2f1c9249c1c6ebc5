"""The offline store of contexts: shipped documents are W3C's, our index says what UNTP's documents say."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from footproof.credential import contexts
from footproof.credential.contexts import V2, Contexts, shipped
from footproof.credential.terms import Active, top_level
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError

DATA = Path(__file__).resolve().parents[2] / "../shared/data/interop"
PUBLISHED = {
    "https://vocabulary.uncefact.org/untp/0.7.0/context/": DATA / "untp-0.7.0/published/context/untp.jsonld",
    **{
        f"https://test.uncefact.org/vocabulary/untp/{part}/0.6.1/": DATA / f"untp-0.6.1/{part}/context.jsonld"
        for part in ("dcc", "dpp", "dia", "dfr", "dte")
    },
}
URL = "https://example.org/context/v1"


def _folder(tmp_path: Path, data: bytes, **changed: str) -> Path:
    entry = {"url": URL, "file": "mine.jsonld", "sha256": hashlib.sha256(data).hexdigest(), **changed}
    (tmp_path / "mine.jsonld").write_bytes(data)
    lines = "\n".join(f'{key} = "{value}"' for key, value in entry.items())
    (tmp_path / "contexts.toml").write_text(f"[[context]]\n{lines}\n", "utf-8")
    return tmp_path


def test_the_base_context_has_the_digest_that_w3c_publishes() -> None:
    digest = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"  # VCDM 2.0, appendix B.1.
    assert hashlib.sha256(shipped().documents[V2]).hexdigest() == digest


@pytest.mark.parametrize("url", PUBLISHED, ids=lambda url: url.removeprefix("https://"))
def test_our_index_says_what_the_published_document_says(url: str) -> None:
    if not PUBLISHED[url].exists():
        pytest.skip("needs ../shared/data/interop/untp-*")
    data = PUBLISHED[url].read_bytes()
    index = Path(contexts.__file__).with_name("contexts") / contexts.INDEX
    assert f'sha256 = "{hashlib.sha256(data).hexdigest()}"' in index.read_text("utf-8")
    whole = Contexts({url: data}, {url: json.loads(data)["@context"]}, {})

    def meaning(active: Active) -> dict[str, tuple[str | None, bool]]:
        return {name: (term.iri, term.protected) for name, term in active.terms.items()}

    assert meaning(top_level(shipped(), [url], "$")) == meaning(top_level(whole, [url], "$"))


@pytest.mark.parametrize("url", PUBLISHED, ids=lambda url: url.removeprefix("https://"))
def test_the_whole_document_may_take_the_place_of_our_index(url: str, tmp_path: Path) -> None:
    if not PUBLISHED[url].exists():
        pytest.skip("needs ../shared/data/interop/untp-*")
    store = shipped().with_folder(_folder(tmp_path, PUBLISHED[url].read_bytes(), url=url))
    assert url in store.documents
    assert url not in store.terms
    active = top_level(store, [V2, url], "$")
    assert active.type_iri("CredentialIssuer") == top_level(shipped(), [V2, url], "$").type_iri("CredentialIssuer")


def test_a_folder_adds_a_context(tmp_path: Path) -> None:
    data = b'{"@context": {"T": "https://example.org/#T"}}'
    store = shipped().with_folder(_folder(tmp_path, data))
    document: dict[str, Any] = {
        "@context": [V2, URL],
        "type": ["VerifiableCredential", "T"],
        "issuer": "did:example:1",
        "credentialSubject": {"id": "did:example:2"},
    }
    validate_credential(document, store)
    assert URL in store
    assert URL not in shipped()


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        (b'{"@context": {}}', {"sha256": "0" * 64}),
        (b'{"@context": {}}', {"file": "../mine.jsonld"}),
        (b'{"@context": {}}', {"file": "absent.jsonld"}),
        (b'{"@context": {}, "@context": {}}', {}),
        (b"{}", {}),
        (b"[]", {}),
        (b'{"@context": {"id": "https://example.org/other"}}', {"url": V2}),
    ],
)
def test_a_folder_that_does_not_hold_is_refused(data: bytes, changed: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(FootproofError, match="E-VCDM-STORE"):
        shipped().with_folder(_folder(tmp_path, data, **changed))


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FootproofError, match="E-VCDM-STORE"):
        shipped().with_folder(tmp_path)


def test_contexts_that_name_each_other_end() -> None:
    store = Contexts(
        {}, {"https://a.example/": ["https://b.example/"], "https://b.example/": ["https://a.example/"]}, {}
    )
    with pytest.raises(FootproofError, match="E-VCDM-CONTEXT-FORM"):
        top_level(store, ["https://a.example/"], "$")

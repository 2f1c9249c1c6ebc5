"""Contexts that are known without asking anybody: JSON-LD documents, and indexes of those we may not copy.

A context decides what the words of a credential mean, so it is never fetched while one is checked. W3C's contexts
are shipped unchanged, each held to its digest. Of UNTP's contexts we ship an index of our own: which IRI each term
stands for. A folder of the user's can add others; it holds a `contexts.toml` of the same form.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from footproof.credential.jose import read_object
from footproof.errors import FootproofError, ProofRejected, Where

INDEX = "contexts.toml"
MOST_BYTES = 1024 * 1024
MOST_CONTEXTS = 256

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"

_SHIPPED = Path(__file__).with_name("contexts")


@dataclass(frozen=True, slots=True, eq=False)
class Contexts:
    """An offline store. Compared by identity, so that what follows from it can be remembered.

    Args:
        documents: Bytes of a context document by URL.
        values: The `@context` inside that document, by URL.
        terms: IRI of each term by URL, for contexts of which only our index is at hand.
        unprotected: Terms of such an index that later contexts may define otherwise, by URL.
    """

    documents: Mapping[str, bytes]
    values: Mapping[str, Any]
    terms: Mapping[str, Mapping[str, str]]
    unprotected: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __contains__(self, url: object) -> bool:
        return url in self.values or url in self.terms

    def with_folder(self, folder: Path) -> "Contexts":
        """Return this store with the contexts of a folder added.

        Args:
            folder: Holds `contexts.toml`, which names URL, file and sha256 of each.

        Raises:
            FootproofError: E-VCDM-STORE where the folder's index has another form, a file is missing or too large, or
                its digest differs. A context that is known in full already cannot be given another text.
        """
        added = _read(folder)
        for url, data in added.documents.items():
            if self.documents.get(url, data) != data:
                raise _bad(folder, f"{url} is known with another text")
        terms = {url: found for url, found in {**self.terms, **added.terms}.items() if url not in added.documents}
        known = {url: found for url, found in terms.items() if url not in self.documents}
        values = {**self.values, **added.values}
        return Contexts({**self.documents, **added.documents}, values, known, {**self.unprotected, **added.unprotected})


@cache
def shipped() -> Contexts:
    """Return the contexts that come with the software.

    Raises:
        FootproofError: E-VCDM-STORE where a shipped file was changed.
    """
    return _read(_SHIPPED)


def _read(folder: Path) -> Contexts:
    try:
        entries = tomllib.loads((folder / INDEX).read_text("utf-8")).get("context", [])
    except (OSError, ValueError) as problem:
        raise _bad(folder, str(problem)) from problem
    if not isinstance(entries, list) or len(entries) > MOST_CONTEXTS:
        raise _bad(folder, f"at most {MOST_CONTEXTS} [[context]] records")
    documents: dict[str, bytes] = {}
    values: dict[str, Any] = {}
    terms: dict[str, Mapping[str, str]] = {}
    unprotected: dict[str, frozenset[str]] = {}
    for entry in entries:
        url, listed = (entry.get("url"), entry.get("terms")) if isinstance(entry, dict) else (None, None)
        if not isinstance(url, str) or url in documents or url in terms:
            raise _bad(folder, f"url {url!r} is missing or stands twice")
        if isinstance(listed, dict):
            terms[url] = {str(term): str(iri) for term, iri in listed.items()}
            unprotected[url] = frozenset(map(str, entry.get("unprotected", ())))
        else:
            documents[url] = _document(folder, entry)
            values[url] = _value(folder, documents[url])
    return Contexts(documents, values, terms, unprotected)


def _document(folder: Path, entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file beside the index, which must have the digest the index gives."""
    name, digest = entry.get("file"), entry.get("sha256")
    if not isinstance(name, str) or Path(name).name != name or not isinstance(digest, str):
        raise _bad(folder, f"{entry.get('url')} needs file and sha256, or terms")
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise _bad(folder, f"{name}: {problem.strerror}") from problem
    if len(data) > MOST_BYTES or hashlib.sha256(data).hexdigest() != digest:
        raise _bad(folder, f"{name} has another digest, or more than {MOST_BYTES} bytes")
    return data


def _value(folder: Path, data: bytes) -> Any:
    try:
        found = read_object(data)
    except ProofRejected as problem:
        raise _bad(folder, str(problem)) from problem
    if "@context" not in found:
        raise _bad(folder, "a document has no @context")
    return found["@context"]


def _bad(folder: Path, reason: str) -> FootproofError:
    return FootproofError("E-VCDM-STORE", Where(f"{folder.name}/{INDEX}"), reason=reason)

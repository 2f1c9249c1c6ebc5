"""The byte form of a document as RDF: JSON-LD to N-Quads, canonical by RDFC-1.0. To verify proofs of others only.

RDF Dataset Canonicalization 1.0, through PyLD (extra `rdfc`), offline. It takes about a quarter of a second a document
and can be made to take forever, hence the limits. Stricter than JSON-LD: a member that the contexts do not define, or
a name that is no absolute IRI, would be left out of what is signed, and is refused.
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from footproof.credential.contexts import Contexts
from footproof.credential.jcs import exact_numbers
from footproof.errors import ProofRejected, Where

MOST_BYTES = 64 * 1024
MOST_QUADS = 4096
MOST_STEPS = 4096

# Relative names end up here, where no name of anything is, so that they can be told.
_NOWHERE = "https://relative.invalid/"


def rdfc_bytes(document: Mapping[str, Any], contexts: Contexts, algorithm: str) -> bytes:
    """Return the canonical N-Quads of a document.

    Args:
        document: JSON-LD object without `proof`, or proof options with the document's `@context`.
        contexts: Contexts at hand, in full; an index does not do here.
        algorithm: "sha256" or "sha384", which names blank nodes.

    Raises:
        ProofRejected: E-DI-RDFC-ABSENT where PyLD is not installed; E-DI-SIZE for a large document; E-DI-RDFC where
            the document is no JSON-LD, needs a context that is not at hand, holds what RDF would leave out, or takes
            too long; E-DI-NUMBER and E-DI-CANONICAL as in `jcs_bytes`.
    """
    plain = exact_numbers(document)
    size = len(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
    if size > MOST_BYTES:
        raise ProofRejected("E-DI-SIZE", found=size, limit=MOST_BYTES)
    try:
        pyld = importlib.import_module("pyld.jsonld")
        canon = importlib.import_module("pyld.canon")
        resolver = importlib.import_module("pyld.context_resolver")
    except ImportError as problem:
        raise ProofRejected("E-DI-RDFC-ABSENT") from problem
    load = _loader(contexts)
    options = {"documentLoader": load, "contextResolver": resolver.ContextResolver({}, load), "base": _NOWHERE}
    try:
        processor = pyld.JsonLdProcessor(on_property_dropped=_refuse_dropped)
        expanded = processor.expand(plain, dict(options))
        _refuse_relative(expanded)
        dataset = processor.to_rdf(expanded, dict(options))
        if sum(map(len, dataset.values())) > MOST_QUADS:
            raise _refused(f"more than {MOST_QUADS} statements")
        text: str = _canonicalizer(canon, algorithm).main(dataset, {"format": "application/n-quads"})
    except (pyld.JsonLdError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise _innermost(problem) from problem
    return text.encode("utf-8")


def _loader(contexts: Contexts) -> Callable[[str, object], dict[str, Any]]:
    def load(url: str, _options: object) -> dict[str, Any]:
        if url not in contexts.values:
            raise _refused(f"the context {url[:120]} is not at hand")
        return {"contextUrl": None, "documentUrl": url, "document": exact_numbers({"@context": contexts.values[url]})}

    return load


def _canonicalizer(canon: Any, algorithm: str) -> Any:
    """Return an RDFC-1.0 canonicalizer that hashes as asked and gives up in time."""

    class Canonicalizer(canon.URDNA2015):  # type: ignore[misc]  # PyLD has no types
        steps = 0

        def create_hash(self) -> Any:
            return hashlib.new(algorithm)

        def hash_related_blank_node(self, related: Any, quad: Any, issuer: Any, position: Any) -> Any:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise _refused(f"more than {MOST_STEPS} steps to tell its unnamed nodes apart")
            return super().hash_related_blank_node(related, quad, issuer, position)

    return Canonicalizer()


def _refuse_dropped(name: object) -> None:
    raise _refused(f"no context defines {str(name)[:80]!r}")


def _refuse_relative(value: Any) -> None:
    """Refuse names in an expanded document that are no absolute IRI; RDF would leave them out."""
    layer = [value]
    while layer:
        for each in layer:
            if isinstance(each, dict):
                types = each.get("@type", [])
                names = [each.get("@id", "_:")] + (types if isinstance(types, list) else [types])
                for name in names:
                    if not isinstance(name, str) or name.startswith(_NOWHERE) or (":" not in name and name != "@json"):
                        raise _refused(f"{str(name)[:80]!r} is no absolute IRI")
        inner = [item for each in layer if isinstance(each, dict) and "@value" not in each for item in each.values()]
        inner += [item for each in layer if isinstance(each, list) for item in each]
        layer = [item for item in inner if isinstance(item, dict | list)]


def _innermost(problem: BaseException) -> ProofRejected:
    """Return the first cause as our error: PyLD wraps each in those of the steps around it."""
    while problem.__cause__ is not None:
        problem = problem.__cause__
    return problem if isinstance(problem, ProofRejected) else _refused(f"{type(problem).__name__}: {problem}"[:160])


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-DI-RDFC", Where("document"), reason=reason)

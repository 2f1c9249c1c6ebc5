"""What the words of a credential stand for: as much of JSON-LD 1.1 context processing as its types need.

W3C JSON-LD 1.1 Processing Algorithms §4.1 and §4.2, with VCDM 2.0 §4.5 and §5.2.1. Which IRI a term has, which
terms are protected, and which contexts apply inside an object of some type or under some property. Values are not
expanded here, and nothing is fetched. Stricter than JSON-LD: a term must end as an absolute IRI, and a context holds
no keyword we do not know.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from footproof.credential.contexts import Contexts
from footproof.errors import ProofRejected, Where

MOST_ITEMS = 64
MOST_TERMS = 4096
DEEPEST = 16
LONGEST_URL = 4096

# fmt: off
_KEYWORDS = frozenset(
    {
        "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included", "@index", "@json",
        "@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type",
        "@value", "@version", "@vocab",
    }
)
_IN_CONTEXT = frozenset(
    {
        "@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version", "@vocab",
    }
)
_IN_TERM = frozenset(
    {
        "@container", "@context", "@direction", "@id", "@index", "@language", "@nest", "@prefix", "@protected",
        "@reverse", "@type",
    }
)
# fmt: on
# Scheme and rest; no space, control or bidi character, nor what RFC 3987 keeps out of an IRI.
_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20\x7f-\xa0<>\"{}|\\^`%\u2000-\u200f\u2028-\u202f\u2066-\u206f\ufff0-\uffff\ud800-\udfff]"
    r"|%[0-9A-Fa-f]{2})+"
)
_DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:(?!$|[/?#]))+(?:[/?#].*)?")
# A plain definition that ends so may begin a compact IRI (RFC 3986, gen-delims).
_DELIMITERS = (":", "/", "?", "#", "[", "]", "@")
_WITH_HOST = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Term:
    """What a term stands for.

    Args:
        iri: An IRI or a keyword; None where a context takes the meaning of the term away.
        protected: Whether a later context may not give it another meaning.
        definition: As written, without `@id` and `@protected`; None where only an index says the IRI.
        prefix: Whether it may begin a compact IRI.
    """

    iri: str | None
    protected: bool
    definition: Mapping[str, Any] | None
    prefix: bool

    @property
    def scoped(self) -> Any:
        """The context inside objects of this type or under this property; an absent one is `...`."""
        return ... if self.definition is None else self.definition.get("@context", ...)

    def same_as(self, other: "Term") -> bool:
        """Tell whether two definitions differ in nothing but protection; an index knows only the IRI."""
        known = self.definition is not None and other.definition is not None
        alike = self.definition == other.definition and self.prefix == other.prefix
        return self.iri == other.iri and (alike or not known)


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """The meaning of all terms at one place of a document.

    Args:
        terms: Meaning by term.
        vocab: What is put before a term that has no meaning of its own, or None.
        shared: Whether it follows from contexts at hand alone, so that what follows from it is worth remembering.
    """

    terms: Mapping[str, Term]
    vocab: str | None
    shared: bool = False

    def type_iri(self, name: str) -> str | None:
        """Return the IRI a type stands for, or None where the contexts give it no meaning.

        Args:
            name: A term, a compact IRI or an absolute IRI.
        """
        return _expanded(name, self.terms, self.vocab)


EMPTY = Active({}, None)


def is_url(text: object) -> bool:
    """Tell whether a value is one absolute URL (or IRI), a DID or URN among them.

    Args:
        text: Any JSON value.
    """
    if not isinstance(text, str) or len(text) > LONGEST_URL or not _URL.fullmatch(text):
        return False
    scheme = text.partition(":")[0].lower()
    if scheme == "did":
        return _DID.fullmatch(text) is not None
    if scheme not in _WITH_HOST:
        return True
    try:
        parts = urlsplit(text)
        return text[len(scheme) :].startswith("://") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return False


def top_level(contexts: Contexts, value: list[Any], field: str) -> Active:
    """Return what the terms mean at the first level of a document.

    Args:
        contexts: Contexts at hand.
        value: The document's `@context`, a list.
        field: JSON path of that member, for messages.

    Raises:
        ProofRejected: E-VCDM-CONTEXT-… and E-VCDM-REDEFINED as in `under`.
    """
    if len(value) > MOST_ITEMS:
        raise ProofRejected(
            "E-VCDM-CONTEXT-FORM", Where("credential", field=field), reason=f"more than {MOST_ITEMS} items"
        )
    leading = 0
    while leading < len(value) and isinstance(value[leading], str):
        leading += 1
    known = _leading(contexts, tuple(value[:leading]), field)
    if leading == len(value):
        return known
    return _Work(contexts, field).applied(known, value[leading:], first=leading)


def of_types(contexts: Contexts, active: Active, types: tuple[str, ...], field: str) -> Active:
    """Return what the terms mean among the members of an object of some types (type-scoped contexts).

    Args:
        contexts: Contexts at hand.
        active: Meaning where the object stands.
        types: Its types.
        field: JSON path of the object, for messages.

    Raises:
        ProofRejected: E-VCDM-REDEFINED where a type's context gives a protected term another meaning; others as in
            `under`.
    """
    if active.shared and len(types) <= 8 and all(len(name) <= 256 for name in types):
        return _shared_types(contexts, active, types, field)
    return _of_types(contexts, active, types, field)


def under(contexts: Contexts, active: Active, members: Active, name: str, *, own: Any, field: str) -> Active:
    """Return what the terms mean in an object under a property.

    Args:
        contexts: Contexts at hand.
        active: Meaning around the parent, without its type-scoped contexts, which end at an inner object.
        members: Meaning among the parent's members, in which `name` is looked up.
        name: The property.
        own: `@context` of the object itself; `...` where it has none.
        field: JSON path of the object, for messages.

    Raises:
        ProofRejected: E-VCDM-CONTEXT-UNKNOWN for a context that is not at hand; E-VCDM-CONTEXT-URL where an item is
            no URL; E-VCDM-CONTEXT-ITEM where it is neither URL nor object; E-VCDM-CONTEXT-NULL where protected terms
            would be wiped; E-VCDM-CONTEXT-FORM for anything JSON-LD does not allow; E-VCDM-REDEFINED for another
            meaning of a protected term.
    """
    term = members.terms.get(name)
    scoped = ... if term is None else term.scoped
    if scoped is not ...:
        active = _Work(contexts, field).applied(active, scoped, override=True)
    if own is not ...:
        active = _Work(contexts, f"{field}['@context']").applied(active, own)
    return active


@lru_cache(maxsize=256)
def _leading(contexts: Contexts, urls: tuple[str, ...], field: str) -> Active:
    return replace(_Work(contexts, field).applied(EMPTY, list(urls)), shared=True)


@lru_cache(maxsize=1024)
def _shared_types(contexts: Contexts, active: Active, types: tuple[str, ...], field: str) -> Active:
    return replace(_of_types(contexts, active, types, field), shared=True)


def _of_types(contexts: Contexts, active: Active, types: tuple[str, ...], field: str) -> Active:
    for name in sorted(types):
        term = active.terms.get(name)
        if term is not None and term.scoped is not ...:
            active = _Work(contexts, field).applied(active, term.scoped)
    return active


def _expanded(name: str, terms: Mapping[str, Term], vocab: str | None) -> str | None:
    """Expand a name as JSON-LD does relative to `@vocab`; the document has no base."""
    term = terms.get(name)
    if term is not None:
        return term.iri
    prefix, colon, rest = name.partition(":")
    if colon and prefix:
        found = None if rest.startswith("//") or prefix == "_" else terms.get(prefix)
        return name if found is None or found.iri is None or not found.prefix else found.iri + rest
    return None if vocab is None or name in _KEYWORDS else vocab + name


class _Work:
    """One application of a context; holds what messages need and how deep we are."""

    def __init__(self, contexts: Contexts, field: str, depth: int = 0) -> None:
        self._contexts = contexts
        self._field = field
        self._depth = depth

    def applied(self, active: Active, value: Any, *, override: bool = False, first: int = 0) -> Active:
        """Return the meaning after a local context: a URL, an object, null, or a list of these."""
        if self._depth > DEEPEST:
            raise self._form(f"contexts name contexts more than {DEEPEST} deep")
        for place, item in enumerate(value if isinstance(value, list) else [value], first):
            if item is None:
                if not override and any(term.protected for term in active.terms.values()):
                    raise ProofRejected("E-VCDM-CONTEXT-NULL", Where("credential", field=self._field))
                active = EMPTY
            elif isinstance(item, str):
                active = self._document(active, item, override, place)
            elif isinstance(item, dict):
                active = self._object(active, item, override)
            else:
                raise ProofRejected(
                    "E-VCDM-CONTEXT-ITEM", Where("credential", field=f"{self._field}[{place}]"), found=_short(item)
                )
        return active

    def _document(self, active: Active, url: str, override: bool, place: int) -> Active:
        where = Where("credential", field=f"{self._field}[{place}]")
        if not is_url(url):
            raise ProofRejected("E-VCDM-CONTEXT-URL", where, found=_short(url))
        if url in self._contexts.values:
            return _Work(self._contexts, self._field, self._depth + 1).applied(
                active, self._contexts.values[url], override=override
            )
        if url not in self._contexts.terms:
            raise ProofRejected("E-VCDM-CONTEXT-UNKNOWN", where, found=_short(url))
        terms = dict(active.terms)
        loose = self._contexts.unprotected.get(url, frozenset())
        for name, iri in self._contexts.terms[url].items():
            self._put(terms, name, Term(iri, name not in loose, None, iri.endswith(_DELIMITERS)), override)
        return Active(terms, active.vocab)

    def _object(self, active: Active, local: Mapping[str, Any], override: bool) -> Active:
        unknown = [key for key in local if key in _KEYWORDS and key not in _IN_CONTEXT]
        if unknown or len(local) > MOST_TERMS:
            raise self._form(f"{unknown[0]} in a context" if unknown else f"more than {MOST_TERMS} terms")
        if "@import" in local:
            local = self._imported(local)
        if "@version" in local and str(local["@version"]) != "1.1":
            raise self._form(f"@version {_short(local['@version'])}")
        for flag in ("@protected", "@propagate"):
            if not isinstance(local.get(flag, False), bool):
                raise self._form(f"{flag} is not a boolean")
        vocab = self._vocab(active, local) if "@vocab" in local else active.vocab
        definer = _Definer(self, local, active, vocab, override)
        for name in local:
            if name not in _KEYWORDS:
                definer.define(name)
        return Active(definer.terms, vocab)

    def _imported(self, local: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._contexts.values.get(local["@import"]) if isinstance(local["@import"], str) else None
        if not isinstance(found, dict) or "@import" in found:
            raise self._form(f"@import of {_short(local['@import'])}")
        return {**found, **{key: value for key, value in local.items() if key != "@import"}}

    def _vocab(self, active: Active, local: Mapping[str, Any]) -> str | None:
        value = local["@vocab"]
        if value is None:
            return None
        found = _expanded(value, active.terms, active.vocab) if isinstance(value, str) else None
        if not is_url(found):
            raise self._form(f"@vocab {_short(value)}")
        return found

    def _put(self, terms: dict[str, Term], name: str, new: Term, override: bool) -> None:
        old = terms.get(name)
        if old is not None and old.protected and not override:
            if not new.same_as(old):
                raise ProofRejected("E-VCDM-REDEFINED", Where("credential", field=self._field), term=_short(name))
            # The fuller definition of the two is kept, and so is the protection.
            new = replace(old if new.definition is None else new, protected=True)
        terms[name] = new

    def _form(self, reason: str) -> ProofRejected:
        return ProofRejected("E-VCDM-CONTEXT-FORM", Where("credential", field=self._field), reason=reason)


class _Definer:
    """Defines the terms of one context object, in the order in which they need one another."""

    def __init__(
        self, work: _Work, local: Mapping[str, Any], active: Active, vocab: str | None, override: bool
    ) -> None:
        self.terms = dict(active.terms)
        self._work = work
        self._local = local
        self._vocab = vocab
        self._override = override
        self._done: dict[str, bool] = {}
        self._depth = 0

    def define(self, name: str) -> None:
        """Define one term, first those it is written with."""
        if name in self._done:
            if not self._done[name]:
                raise self._work._form(f"{_short(name)} is defined by itself")
            return
        if name.startswith("@") or not name or self._depth > DEEPEST:
            raise self._work._form(f"{_short(name)} cannot be a term")
        self._done[name] = False
        self._depth += 1
        value = self._local[name]
        definition = {"@id": value} if value is None or isinstance(value, str) else value
        if not isinstance(definition, dict) or not definition.keys() <= _IN_TERM:
            raise self._work._form(f"the definition of {_short(name)}")
        protected = definition.get("@protected", self._local.get("@protected", False))
        rest = {key: item for key, item in definition.items() if key not in {"@id", "@protected"}}
        iri = self._iri(name, definition)
        simple = isinstance(value, str) and iri is not None and iri.endswith(_DELIMITERS)
        new = Term(iri, bool(protected), rest, simple or rest.get("@prefix") is True)
        self._work._put(self.terms, name, new, self._override)
        self._done[name] = True
        self._depth -= 1

    def _iri(self, name: str, definition: Mapping[str, Any]) -> str | None:
        key = "@reverse" if "@reverse" in definition else "@id"
        if key in definition and definition[key] is None:
            return None
        if key in definition and definition[key] != name:
            found = self._reference(name, definition[key])
            if (":" in name[1:-1] or "/" in name) and self._spelled(name) != found:
                raise self._work._form(f"{_short(name)} reads as another IRI")
            return found
        return self._spelled(name)

    def _spelled(self, name: str) -> str:
        """Return the IRI that a term says by its own spelling, or with `@vocab`."""
        prefix, colon, rest = name.partition(":")
        if colon and prefix and not rest.startswith("//"):
            self._first(prefix)
            found = self.terms.get(prefix)
            return name if found is None or found.iri is None else found.iri + rest
        if colon:
            return name
        if self._vocab is None:
            raise self._work._form(f"{_short(name)} has no IRI")
        return self._vocab + name

    def _reference(self, name: str, text: Any) -> str:
        """Return the IRI of an `@id`, which may be a keyword, a term, a compact IRI or an IRI."""
        if not isinstance(text, str):
            raise self._work._form(f"{_short(name)} stands for {_short(text)}")
        if text in _KEYWORDS:
            if text == "@context":
                raise self._work._form(f"{_short(name)} stands for @context")
            return text
        self._first(text)
        self._first(text.partition(":")[0])
        found = _expanded(text, self.terms, self._vocab)
        if found is None or ":" not in found:
            raise self._work._form(f"{_short(name)} stands for {_short(text)}, which is no IRI")
        return found

    def _first(self, name: str) -> None:
        if name in self._local and name not in _KEYWORDS and not self._done.get(name, False):
            self.define(name)


def own_types(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the types an object names, skipping whatever is not text.

    Args:
        found: Any JSON object.
    """
    value = found.get("type")
    yield from (name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))


def _short(value: object) -> str:
    return repr(value)[:80]

"""What the texts in an operation may be: digests, names of records, pseudonyms of people, and words.

Events are forever and some of them are public, so nobody can be let write the name of a person where a digest or a
name of a record belongs. Each field states its form in its type, and `need_form` holds every operation to it before
anything else is looked at; what follows from operations needs no second look.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from footproof.errors import FootproofError, Where
from footproof.model.bilingual import Bilingual

RULE = "I10"
"""What a text of another form runs against: public forms of records show nothing confidential."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text.

    Args:
        code: Of the refusal where something else was found.
        pattern: Regular expression of the whole text.
        hidden: Whether public objects leave it out.
        document: Whether it is the digest of a document that somebody sends.
    """

    code: str
    pattern: str
    hidden: bool = False
    document: bool = False

    def fits(self, text: str) -> bool:
        """Tell whether a text is of this form."""
        return re.fullmatch(self.pattern, text, re.ASCII) is not None


LONGEST_NAME = 200
"""Of a record that has an address of its own; columns of the store are as wide."""
PLACE = r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
"""Regular expression of a place."""

_DIGEST = "sha256:[0-9a-f]{64}"
_NAME = rf"[A-Za-z0-9][A-Za-z0-9._:%+~=&|-]{{0,{LONGEST_NAME - 1}}}"
_URI = r"[A-Za-z0-9][A-Za-z0-9._:/%+~#=&?|-]{0,299}"
_PERSON = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}"
_KEY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
LONGEST = 2000

Digest = Annotated[str, Form("E-FORM-DIGEST", _DIGEST)]
"""Digest of what is known here by itself: a sealed package, named by what it holds; a statement, made from records."""
AnyDigest = Annotated[str, Form("E-FORM-DIGEST", f"({_DIGEST})?")]
"""The same, or empty where nothing is concerned."""
Document = Annotated[str, Form("E-FORM-DIGEST", _DIGEST, document=True)]
"""Digest of a document that somebody sends: evidence, a plan, a rule."""
AnyDocument = Annotated[str, Form("E-FORM-DIGEST", f"({_DIGEST})?", document=True)]
"""The same, or empty where nothing is concerned."""
TextDigest = Annotated[str, Form("E-FORM-DIGEST", _DIGEST, hidden=True, document=True)]
"""Digest of something that a person wrote: it stays out of public objects, since short texts can be guessed from it."""
AnyTextDigest = Annotated[str, Form("E-FORM-DIGEST", f"({_DIGEST})?", hidden=True, document=True)]
"""The same, or empty where nothing was written."""
Name = Annotated[str, Form("E-FORM-NAME", _NAME)]
"""Name of a record: a case, a certificate, an organisation (its DID).

It stands in addresses, where `/ ? #` part one from the other; `%` is in a DID with a port and is written `%25` there.
"""
AnyName = Annotated[str, Form("E-FORM-NAME", f"({_NAME})?")]
"""The same, or empty where nothing is concerned."""
Uri = Annotated[str, Form("E-FORM-URI", _URI)]
"""Identity of a product or a site, or a question of a checklist: what stands in no address here."""
AnyUri = Annotated[str, Form("E-FORM-URI", f"({_URI})?")]
"""The same, or empty where nothing is concerned."""
Place = Annotated[str, Form("E-FORM-PLACE", PLACE)]
"""Country or subdivision, ISO 3166-2."""
AnyPlace = Annotated[str, Form("E-FORM-PLACE", f"({PLACE})?")]
"""The same, or empty where nothing is concerned."""
Pseudonym = Annotated[str, Form("E-FORM-PERSON", _PERSON, hidden=True)]
"""A person; who it is stands in no event."""
AnyPseudonym = Annotated[str, Form("E-FORM-PERSON", f"({_PERSON})?", hidden=True)]
"""The same, or empty where nobody is concerned."""
SchemeKey = Annotated[str, Form("E-FORM-SCHEME", _KEY)]
"""A scheme edition, `id@edition`."""
Prose = Annotated[str, Form("E-FORM-TEXT", rf"[\s\S]{{0,{LONGEST}}}", hidden=True)]
"""What a person wrote in words of its own; it stays out of public objects."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
"""What nobody sees: controls, marks that turn the direction of writing, halves of characters."""
_BREAKS = re.compile("[\t\n]")


def need_form(value: object) -> None:
    """Refuse an operation of which a text has another form than its field states.

    Args:
        value: An operation, or whatever it holds.

    Raises:
        FootproofError: E-FORM-DIGEST, E-FORM-NAME, E-FORM-PERSON, E-FORM-PLACE, E-FORM-SCHEME, E-FORM-TEXT,
            E-FORM-URI.
    """
    for path, hint, text in texts_of(value):
        form = form_of(hint)
        if form is not None and not form.fits(text):
            raise FootproofError(form.code, Where("operation", field=path), found=text[:40], rule=RULE)
        if len(text) > LONGEST or _UNSEEN.search(text) or (hint is str and _BREAKS.search(text)):
            raise FootproofError("E-FORM-TEXT", Where("operation", field=path), most=LONGEST, rule=RULE)


def form_of(hint: Any) -> Form | None:
    """Return the form that a type states; None for one that states none."""
    if get_origin(hint) is not Annotated:
        return None
    return next((one for one in get_args(hint)[1:] if isinstance(one, Form)), None)


def texts_of(value: object, hint: Any = None, path: str = "") -> Iterator[tuple[str, Any, str]]:
    """Yield every text within a value, with where it stands and the type that its field states.

    Args:
        value: A dataclass, or what one holds.
        hint: Type that was stated for it.
        path: Where it stands.
    """
    if isinstance(value, str):
        yield path, _of_text(hint), value
    elif is_dataclass(value) and not isinstance(value, type):
        for name, inner in kinds_of(type(value)):
            yield from texts_of(getattr(value, name), inner, f"{path}.{name}" if path else name)
    elif isinstance(value, Mapping):
        key, inner = _inner(hint, 2)
        for name, one in value.items():
            yield from texts_of(name, key, path)
            yield from texts_of(one, inner, path)
    elif isinstance(value, tuple | frozenset):
        for one, inner in zip(value, _inner(hint, len(value)), strict=True):
            yield from texts_of(one, inner, path)


@cache
def kinds_of(noun: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a dataclass with the types that they state; words in two languages may have lines."""
    hints = get_type_hints(noun, include_extras=True)
    words: Any = Annotated[str, "words"] if noun is Bilingual else None
    return tuple((one.name, words or hints[one.name]) for one in fields(noun))


def _inner(hint: Any, count: int) -> tuple[Any, ...]:
    """Return the types of the parts of a container."""
    hint = _present(hint)
    found = get_args(hint)
    if len(found) == 2 and found[1] is Ellipsis:
        found = found[:1]
    return found if len(found) == count else (found[0] if found else str,) * count


def _of_text(hint: Any) -> Any:
    """Return the type that a field states for a text; plain text where it states several."""
    hint = _present(hint)
    return hint if get_origin(hint) is Annotated else str


def _present(hint: Any) -> Any:
    """Return a type without "or None"."""
    if get_origin(hint) is Annotated:
        return hint
    kinds = [one for one in get_args(hint) if one is not NoneType]
    return kinds[0] if NoneType in get_args(hint) and len(kinds) == 1 else hint

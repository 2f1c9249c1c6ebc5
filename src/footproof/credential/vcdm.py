"""Refuse what the Verifiable Credentials Data Model 2.0 refuses, when a credential is issued and when it is checked.

W3C Recommendation of 15 May 2025, sections 4, 5, 6 and 11.1. Each check names the section it follows. Signatures,
status lists and schemas are checked elsewhere; what an enveloped credential holds is checked once its envelope is open.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from footproof.credential.contexts import V1, V2, Contexts
from footproof.credential.datetimestamp import seconds_at, seconds_of
from footproof.credential.related import related_resources
from footproof.credential.terms import Active, is_url, of_types, own_types, top_level, under
from footproof.errors import ProofRejected, Where

DEEPEST = 64
MOST_OBJECTS = 1024
CREDENTIAL = "VerifiableCredential"
PRESENTATION = "VerifiablePresentation"
ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"

_VOCABULARY = "https://www.w3.org/2018/credentials#"
# §4.5 and §5.10: members whose objects must say their type; the flag tells whether they must say an id as well (§4.11).
_TYPED = {
    "credentialStatus": False,
    "credentialSchema": True,
    "termsOfUse": False,
    "evidence": False,
    "refreshService": False,
    "confidenceMethod": False,
    "renderMethod": False,
    "proof": False,
}
# A media type, its parameters, and at least one octet of data (RFC 2397). Data in base64 may come in lines: URL parsers
# leave line ends out, and W3C's suite has such an input.
_DATA_URL = re.compile(
    r"data:[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*(?:;[A-Za-z0-9!#$&^_.+=-]+)*"
    r"(?:,[A-Za-z0-9._~%!$&'()*+=:@/?-]+|(?<=;base64),[A-Za-z0-9+/=\n]+)"
)
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,8}|[iIxX])(?:-[A-Za-z0-9]{1,8})*")
_NESTS = frozenset({dict, list})
_VALUE_OBJECT = frozenset({"@value", "@language", "@direction"})

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object stands: its path, what terms mean around it, and what they mean among its members."""

    contexts: Contexts
    path: str
    around: Active
    members: Active

    def at(self, name: str) -> Where:
        return Where("credential", field=f"{self.path}.{name}")


def validate_credential(
    credential: object,
    contexts: Contexts,
    at: datetime | None = None,
    *,
    resources: Mapping[str, bytes] | None = None,
    allow_v1: bool = False,
) -> None:
    """Refuse a credential that is not a conforming document, or an enveloped one of another shape.

    Args:
        credential: Payload of a token, or a document with embedded proofs; signed or about to be.
        contexts: Contexts at hand; one that is not among them is refused.
        at: Moment to ask about, with a time zone; None leaves the validity period out.
        resources: Bytes of related resources at hand, by URL; the contexts at hand count as well.
        allow_v1: Whether a document of VCDM 1.1 may pass, by the same rules save its own dates and first context.

    Raises:
        ProofRejected: E-VCDM-…, one code for each kind of defect, with the JSON path.
    """
    _bounded(credential)
    if _is_enveloped(credential, ENVELOPED_CREDENTIAL):
        _envelope(credential, contexts, "$", ENVELOPED_CREDENTIAL)
    else:
        _credential(credential, contexts, "$", at, resources=resources or {}, allow_v1=allow_v1)


def validate_presentation(
    presentation: object,
    contexts: Contexts,
    at: datetime | None = None,
    *,
    resources: Mapping[str, bytes] | None = None,
) -> None:
    """Refuse a presentation that is not a conforming document, with every credential in it.

    Args:
        presentation: Payload of a token, or a document with embedded proofs.
        contexts: Contexts at hand.
        at: Moment to ask about, with a time zone; None leaves the validity periods out.
        resources: Bytes of related resources at hand, by URL.

    Raises:
        ProofRejected: E-VCDM-…, as in `validate_credential`; E-VCDM-HOLDER, E-VCDM-PRESENTED and
            E-VCDM-SELF-ASSERTED of its own.
    """
    _bounded(presentation)
    if _is_enveloped(presentation, ENVELOPED_PRESENTATION):
        _envelope(presentation, contexts, "$", ENVELOPED_PRESENTATION)
        return
    place, found = _document(presentation, contexts, "$", PRESENTATION)
    _identifier(found, place)
    if "holder" in found:
        _party(found["holder"], place, "holder", "E-VCDM-HOLDER")
    for name in ("termsOfUse", "proof"):
        _typed(found, place, name, needs_id=False)
    if "verifiableCredential" in found:
        value = found["verifiableCredential"]
        for item, path in _several(value, f"{place.path}.verifiableCredential", "E-VCDM-PRESENTED"):
            if _is_enveloped(item, ENVELOPED_CREDENTIAL):
                _envelope(item, contexts, path, ENVELOPED_CREDENTIAL)
            else:
                _credential(item, contexts, path, at, resources=resources or {}, allow_v1=False)
    if "proof" in found:
        require_holder(found)


def require_holder(presentation: Json) -> None:
    """Refuse credentials that only the presenter vouches for, unless they name the holder as issuer (§4.13.4).

    Call it for the payload of an enveloped presentation; `validate_presentation` does so where a proof is embedded.

    Args:
        presentation: Secured as a whole; credentials in it that have neither proof nor envelope are self-asserted.

    Raises:
        ProofRejected: E-VCDM-SELF-ASSERTED where the holder is missing or is not the issuer.
    """
    holder = _id_of(presentation.get("holder"))
    value = presentation.get("verifiableCredential", [])
    for number, item in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(item, dict) and "proof" not in item and not _is_enveloped(item, ENVELOPED_CREDENTIAL):
            issuer = _id_of(item.get("issuer"))
            if holder is None or holder != issuer:
                where = Where("credential", field=f"$.verifiableCredential[{number}].issuer")
                raise ProofRejected("E-VCDM-SELF-ASSERTED", where, holder=holder or "—", issuer=issuer or "—")


def _credential(
    value: object,
    contexts: Contexts,
    path: str,
    at: datetime | None,
    *,
    resources: Mapping[str, bytes],
    allow_v1: bool,
) -> None:
    place, found = _document(value, contexts, path, CREDENTIAL, allow_v1=allow_v1)
    _identifier(found, place)
    _texts(found, place)
    if "issuer" not in found:
        raise ProofRejected("E-VCDM-ISSUER-MISSING", place.at("issuer"))
    _party(found["issuer"], place, "issuer", "E-VCDM-ISSUER")
    _period(found, place, at, ("issuanceDate", "expirationDate") if _is_v1(found) else ("validFrom", "validUntil"))
    _subjects(found, place)
    for name, needs_id in _TYPED.items():
        _typed(found, place, name, needs_id=needs_id)
    if "relatedResource" in found:
        related_resources(found["relatedResource"], {**contexts.documents, **resources}, f"{path}.relatedResource")


def _document(
    value: object, contexts: Contexts, path: str, needed: str, *, allow_v1: bool = False
) -> tuple[_Place, Json]:
    """Check what credentials and presentations share: object, `@context` (§4.3), `type` (§4.5)."""
    if not isinstance(value, dict):
        raise ProofRejected("E-VCDM-OBJECT", Where("credential", field=path), found=_short(value))
    listed = _context(value, f"{path}['@context']", allow_v1)
    keyword = next((name for name in value if name.startswith("@") and name != "@context"), None)
    if keyword is not None:
        raise ProofRejected("E-VCDM-KEYWORD", Where("credential", field=f"{path}['{keyword}']"), found=_short(keyword))
    around = top_level(contexts, listed, f"{path}['@context']")
    types = _types(value, around, path)
    if around.type_iri(needed) != _VOCABULARY + needed or needed not in types:
        raise ProofRejected("E-VCDM-TYPE-REQUIRED", Where("credential", field=f"{path}.type"), needed=needed)
    return _Place(contexts, path, around, of_types(contexts, around, types, f"{path}['@context']")), value


def _context(found: Json, path: str, allow_v1: bool) -> list[Any]:
    """§4.3: an ordered set, the first item is the base context of VCDM 2.0."""
    where = Where("credential", field=path)
    value = found.get("@context")
    if value is None or value in ([], {}, ""):
        raise ProofRejected("E-VCDM-CONTEXT-MISSING", where)
    listed = value if isinstance(value, list) else [value]
    if listed[0] == V1 and not allow_v1:
        raise ProofRejected("E-VCDM-VERSION", where, needed=V2)
    if listed[0] != V2 and not (allow_v1 and listed[0] == V1):
        raise ProofRejected("E-VCDM-CONTEXT-FIRST", where, found=_short(listed[0]), needed=V2)
    return listed


def _types(found: Json, active: Active, path: str) -> tuple[str, ...]:
    """§4.5: one or more terms that the contexts define, or absolute URLs, no matter in which order."""
    where = Where("credential", field=f"{path}.type")
    value = found.get("type")
    if value is None or value == []:
        raise ProofRejected("E-VCDM-TYPE-MISSING", where)
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and name for name in names) or len(names) > MOST_OBJECTS:
        raise ProofRejected("E-VCDM-TYPE-FORM", where, found=_short(value))
    for name in names:
        iri = active.type_iri(name)
        if iri is None:
            raise ProofRejected("E-VCDM-TYPE-UNMAPPED", where, type=_short(name))
        if not (_is_known_url(iri) if len(iri) <= 256 else is_url(iri)):
            raise ProofRejected("E-VCDM-TYPE-URL", where, type=_short(name), found=_short(iri))
    return tuple(names)


@lru_cache(maxsize=1024)
def _is_known_url(text: str) -> bool:
    """Remember the IRIs of types, which most credentials share."""
    return is_url(text)


def _identifier(found: Json, place: _Place) -> None:
    """§4.4: a single URL."""
    if "id" in found and not is_url(found["id"]):
        raise ProofRejected("E-VCDM-ID", place.at("id"), found=_short(found["id"]))


def _texts(found: Json, place: _Place) -> None:
    """§4.6 and §11.1: text, or language value objects, one for each language."""
    for name in ("name", "description"):
        if name not in found:
            continue
        value = found[name]
        several = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        for item in value if several else [value]:
            if not isinstance(item, str) and not _is_language_value(item):
                raise ProofRejected("E-VCDM-TEXT", place.at(name), found=_short(item))


def _is_language_value(item: object) -> bool:
    if not isinstance(item, dict) or not item.keys() <= _VALUE_OBJECT or not isinstance(item.get("@value"), str):
        return False
    language = item.get("@language", "en")
    return (
        isinstance(language, str)
        and len(language) <= 128
        and _LANGUAGE.fullmatch(language) is not None
        and item.get("@direction", "ltr") in ("ltr", "rtl")
    )


def _party(value: object, place: _Place, name: str, code: str) -> None:
    """§4.7 and §4.13: a URL, or an object whose id is one."""
    if not isinstance(value, dict):
        if not is_url(value):
            raise ProofRejected(code, place.at(name), found=_short(value))
        return
    if not is_url(value.get("id")):
        raise ProofRejected(code, place.at(f"{name}.id"), found=_short(value.get("id")))
    inner = _inner(value, place, name, f"{place.path}.{name}")
    _texts(value, inner)
    if "type" in value:
        _types(value, inner.around, inner.path)


def _period(found: Json, place: _Place, at: datetime | None, names: tuple[str, str]) -> None:
    """§4.9: dateTimeStamps, the first not after the second, and the moment asked about between them."""
    limits: list[Decimal | None] = []
    for name in names:
        moment = seconds_of(found[name]) if name in found else None
        if moment is None and (name in found or name == "issuanceDate"):
            raise ProofRejected("E-VCDM-DATE", place.at(name), found=_short(found.get(name)))
        limits.append(moment)
    begin, end = limits
    if begin is not None and end is not None and begin > end:
        raise ProofRejected("E-VCDM-PERIOD", place.at(names[1]), begin=found[names[0]], end=found[names[1]])
    now = None if at is None else seconds_at(at)
    if now is not None and begin is not None and now < begin:
        raise ProofRejected("E-VCDM-NOT-YET", place.at(names[0]), begin=found[names[0]], at=at)
    if now is not None and end is not None and now > end:
        raise ProofRejected("E-VCDM-EXPIRED", place.at(names[1]), end=found[names[1]], at=at)


def _subjects(found: Json, place: _Place) -> None:
    """§4.8: one or more objects, each with at least one claim or an id."""
    if "credentialSubject" not in found:
        raise ProofRejected("E-VCDM-SUBJECT-MISSING", place.at("credentialSubject"))
    value = found["credentialSubject"]
    for item, path in _several(value, f"{place.path}.credentialSubject", "E-VCDM-SUBJECT"):
        inner = _inner(item, place, "credentialSubject", path)
        if not item.keys() - {"@context"}:
            raise ProofRejected("E-VCDM-SUBJECT", Where("credential", field=path), found="{}")
        _identifier(item, inner)
        if "type" in item:
            _types(item, inner.around, path)


def _typed(found: Json, place: _Place, name: str, *, needs_id: bool) -> None:
    """§4.5: an object or a list of objects, each saying its type, and its id where it has one or must."""
    if name not in found:
        return
    for item, path in _several(found[name], f"{place.path}.{name}", "E-VCDM-OBJECT"):
        inner = _inner(item, place, name, path)
        _types(item, inner.around, path)
        if needs_id and "id" not in item:
            raise ProofRejected("E-VCDM-ID-MISSING", Where("credential", field=path))
        _identifier(item, inner)


def _inner(found: Json, place: _Place, name: str, path: str) -> _Place:
    """Return the place of an object under a member; its types are looked up in what is `around` it."""
    around = under(place.contexts, place.around, place.members, name, own=found.get("@context", ...), field=path)
    return _Place(place.contexts, path, around, around)


def _several(value: object, path: str, code: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield an object, or each of a list that is not empty, with its path."""
    items = value if isinstance(value, list) else [value]
    if not items or len(items) > MOST_OBJECTS:
        raise ProofRejected(code, Where("credential", field=path), found=_short(value))
    for number, item in enumerate(items):
        where = f"{path}[{number}]" if isinstance(value, list) else path
        if not isinstance(item, dict):
            raise ProofRejected(code, Where("credential", field=where), found=_short(item))
        yield item, where


def _is_enveloped(value: object, needed: str) -> bool:
    return isinstance(value, dict) and needed in own_types(value)


def _envelope(value: object, contexts: Contexts, path: str, needed: str) -> None:
    """§4.13.1 and §4.13.2: the base context, this type and no other, and a data: URL."""
    assert isinstance(value, dict)  # noqa: S101  # the caller saw its type
    listed = value.get("@context")
    listed = listed if isinstance(listed, list) else [listed]
    if V2 not in listed:
        raise ProofRejected(
            "E-VCDM-CONTEXT-FIRST", Where("credential", field=f"{path}['@context']"), found=_short(listed), needed=V2
        )
    around = top_level(contexts, listed, f"{path}['@context']")
    if set(_types(value, around, path)) != {needed} or around.type_iri(needed) != _VOCABULARY + needed:
        raise ProofRejected("E-VCDM-TYPE-REQUIRED", Where("credential", field=f"{path}.type"), needed=needed)
    name = value.get("id")
    if not isinstance(name, str) or not _DATA_URL.fullmatch(name):
        raise ProofRejected("E-VCDM-ENVELOPE", Where("credential", field=f"{path}.id"), found=_short(name))


def _bounded(value: object) -> None:
    """Refuse nesting beyond 64, and value objects with members of others wherever they stand (§11.1)."""
    layer = [value]
    for _ in range(DEEPEST + 1):
        inner: list[object] = []
        for each in layer:
            if isinstance(each, dict):
                if "@value" in each and not each.keys() <= _VALUE_OBJECT | {"@type"}:
                    raise ProofRejected("E-VCDM-TEXT", Where("credential"), found=_short(each))
                inner += [item for item in each.values() if item.__class__ in _NESTS]
            elif isinstance(each, list):
                inner += [item for item in each if item.__class__ in _NESTS]
        if not inner:
            return
        layer = inner
    raise ProofRejected("E-VCDM-DEPTH", Where("credential"), limit=DEEPEST)


def _is_v1(found: Json) -> bool:
    value = found["@context"]
    return bool((value[0] if isinstance(value, list) else value) == V1)


def _id_of(value: object) -> str | None:
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) else None


def _short(value: object) -> str:
    return repr(value)[:80]

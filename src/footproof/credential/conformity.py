"""A certificate as a Digital Conformity Credential: W3C VCDM 2.0 with UNTP 0.7.0's vocabulary, and back.

UNTP wants measures as JSON numbers, and readers turn those into binary floats. Here such a number is always a
whole number of a smaller unit of mass (61.234 kg becomes 61234 GRM), so it is exact in every reader and no
float is signed; where even micrograms are too coarse, `measure`, which the schema does not require, is left
out. UNTP has no place for the declared unit, for a second language or for decimals as text. Those stand in
`specifiedCondition`, a list of text, one `key=text` per line, and these lines are what we read. The rest of
the credential follows from them: a reader rebuilds it and compares, so the two cannot say different things.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import gcd
from operator import itemgetter
from typing import Any, NamedTuple, cast
from unicodedata import is_normalized
from urllib.parse import quote

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import base58btc
from footproof.credential.status_list import status_entry
from footproof.credential.template import Template, escaped
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import (
    STATUS_PURPOSES,
    Certificate,
    CertificationScope,
    Party,
    RuleStatus,
    Stage,
    StatedGrade,
    StatusPlace,
    StatusProfile,
)
from footproof.model.days import DAY_ENDS, DAY_STARTS
from footproof.model.reduction import StatedReduction, percent_text

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://vocabulary.uncefact.org/untp/0.7.0/context/",
)
METRIC = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint"
TOPIC = "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions"
FORMAT = "footproof-certificate/1"
MOST_STAGES = 256

# UN/ECE Recommendation 20 codes of units of mass, with their size. [µg]
_MASSES = (("KGM", 10**9), ("GRM", 10**6), ("MGM", 10**3), ("MC", 1))
# Units of footprints, with their size as a power of ten. [µg]
_UNITS = {"t CO2e": 12, "kg CO2e": 9, "g CO2e": 6}
_TENS = [10**power for power in range(max(_UNITS.values()) + 1)]
_FOOTPRINT = "产品碳足迹 / Product carbon footprint"
_SHA256_MULTIHASH = bytes([0x12, 0x20])

Json = dict[str, Any]


def credential_of(certificate: Certificate) -> Json:
    """Return the credential that says what a certificate says, unsigned.

    Args:
        certificate: The decision to publish.
    """
    return cast("Json", json.loads(_text_of(certificate, _values(certificate))))


def credential_bytes(certificate: Certificate) -> bytes:
    """Return the bytes of the same credential in the one form in which it is signed (RFC 8785), in a third of the time.

    Args:
        certificate: The decision to publish.

    Raises:
        FootproofError: E-CANONICAL where a text is not in NFC or holds half a character.
    """
    text, composed_form = _written(certificate)
    if not composed_form:
        return canonical_bytes(json.loads(text))  # which says where
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise FootproofError("E-CANONICAL", reason="half a character") from problem


def certificate_written(payload: bytes) -> Certificate | None:
    """Return the certificate of a payload that is, byte for byte, what we write for it; None for any other.

    This takes a third of the time of `certificate_of`, needs no JSON to be read, and never takes what that would
    refuse: bytes that follow from a certificate hold no key twice, no float, and nothing that its lines do not say.
    What is refused here may still be a certificate, spelled otherwise, and `certificate_of` says what is wrong if not.

    Args:
        payload: Of a verified token.
    """
    # Where nothing is escaped, a text stands in JSON as it is, and ends at its quotes.
    if b"\\" in payload:
        return None
    try:
        # No two sequences of bytes are the same text under strict UTF-8, so that texts may be compared for bytes.
        text = payload.decode("utf-8")
        found = certificate_from_lines(_lines_written(text))
        return found if _written(found) == (text, True) else None
    except (FootproofError, LookupError, ValueError, ArithmeticError):
        return None


def _written(certificate: Certificate) -> tuple[str, bool]:
    """Return the text of the credential, and whether it is in NFC."""
    values = _values(certificate)
    # Everything else follows from these or is ASCII, and the quotes around them compose with nothing.
    normal = is_normalized("NFC", values["lines"] + values["model"] + values["description"])
    return _text_of(certificate, values), normal


def certificate_of(credential: Mapping[str, Any]) -> Certificate:
    """Return the certificate a credential of ours states.

    Args:
        credential: Payload of a verified token.

    Raises:
        ProofRejected: E-CRED-CONTENT where the credential is not one of ours, lacks a line, or says one thing
            in its lines and another in its UNTP members.
    """
    try:
        lines = lines_of(credential)
        found = certificate_from_lines(lines)
        needed = credential_of(found)
        same = needed == credential and _same_kinds(needed, credential) and composed(credential)
    except FootproofError as problem:
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=str(problem)) from problem
    except (LookupError, ValueError, TypeError, AttributeError, InvalidOperation) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=reason) from problem
    if not same:
        field = _first_difference(needed, credential, "$")
        raise ProofRejected(
            "E-CRED-CONTENT",
            Where("credential", field=field),
            reason=f"{field} does not follow from its lines",
        )
    return found


def exact_text(figure: Decimal) -> str:
    """Return the one text of a figure: no exponent, no idle zeros, no minus zero.

    Args:
        figure: Finite, of bounded exponent.
    """
    text = format(figure, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def digest_multibase(digest: str) -> str:
    """Return a `sha256:<hex>` digest as a multibase multihash, as VCDM 2.0 writes it.

    Args:
        digest: sha256:<hex>.
    """
    return base58btc(_SHA256_MULTIHASH + bytes.fromhex(digest.removeprefix("sha256:")))


def _both(text: Bilingual) -> str:
    """UNTP's names are one text; both languages go into it, Chinese first."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def _description(found: Certificate, value: str) -> str:
    mark = "示例，不具认证效力。DEMO, attests nothing. " if found.demonstration else ""
    figure = f"{value} {found.unit}"
    return (
        f"{mark}产品碳足迹 {figure}（{found.unit_name.zh}；{found.boundary.zh}）。"
        f"Product carbon footprint {figure} ({found.unit_name.en}; {found.boundary.en}). "
        f"{_reduced(found.reduction, found.unit)}{found.package_digest}"
    )


def _reduced(found: StatedReduction | None, unit: str) -> str:
    if found is None:
        return ""
    share, base = percent_text(found.share), f"{exact_text(found.value)} {unit}"
    return (
        f"较基准（{found.first} 至 {found.last}，{base}）减排 {share}。"
        f"Reduced by {share} against the base ({found.first} to {found.last}, {base}). "
    )


_TITLE = "产品碳足迹证书 / Product carbon footprint certificate"
_PACKAGE = {
    "linkURL": "urn:footproof:package:{package}",
    "linkName": "可复算包 / package that recomputes the value {package}",
    "digestMultibase": "{package_multibase}",
    "linkType": "urn:footproof:link:package",
}
_SHEET = {
    "linkURL": "urn:footproof:sheet:{sheet}",
    "linkName": "核算表 / calculation sheet {sheet}",
    "digestMultibase": "{sheet_multibase}",
    "linkType": "urn:footproof:link:sheet",
}
_CLIENT = {"type": ["Party"], "id": "{client}", "name": "{client_name}"}
_ASSESSMENT = {
    "type": ["ConformityAssessment"],
    "id": "{id}#assessment",
    "name": "{title}",
    "assessmentCriteria": [{"type": ["Criterion"], "id": "{rule}", "name": "{rule_title}"}],
    "assessmentDate": "{decided}",
    "assessedPerformance": "{=performance=}",
    "assessedProduct": [
        {
            "product": {
                "type": ["Product"],
                "id": "{product}",
                "name": "{product_name}",
                "modelNumber": "{model}",
            },
            "idVerifiedByCAB": True,
        }
    ],
    "assessedFacility": [
        {
            "facility": {"type": ["Facility"], "id": "{site}", "name": "{site_name}"},
            "idVerifiedByCAB": True,
        }
    ],
    "assessedOrganisation": _CLIENT,
    "specifiedCondition": ["{lines}"],
    "evidence": [_PACKAGE, _SHEET],
    "conformityTopic": [{"type": ["ConformityTopic"], "id": TOPIC, "name": "Greenhouse Gas Emissions"}],
    "conformance": True,
}
_ATTESTATION = {
    "type": ["ConformityAttestation"],
    "id": "{id}#attestation",
    "name": "{title}",
    "description": "{description}",
    "assessorLevel": "3rdParty",
    "assessmentLevel": "{level}",
    "attestationType": "certification",
    "issuedToParty": _CLIENT,
    "referenceScheme": {"type": ["ConformityScheme"], "id": "{scheme}", "name": "{scheme_name}"},
    "referenceProfile": {"type": ["ConformityProfile"], "id": "{rule}", "name": "{rule_title}"},
    "auditableEvidence": _PACKAGE,
    "conformityAssessment": [_ASSESSMENT],
}
_STRUCTURE = {
    "@context": list(CONTEXTS),
    "type": ["DigitalConformityCredential", "VerifiableCredential"],
    "id": "{id}",
    "name": "{title}",
    "issuer": {"type": ["CredentialIssuer"], "id": "{body}", "name": "{body_name}"},
    "validFrom": "{starts}" + DAY_STARTS,
    "validUntil": "{ends}" + DAY_ENDS,
    "credentialSubject": _ATTESTATION,
}
# Slots of what UNTP has its own members for, by the keys of `lines_of`.
_MEMBERS = {
    "@id": "id",
    "@body": "body",
    "@client": "client",
    "@site": "site",
    "@product": "product",
    "@model": "model",
    "@from": "starts",
    "@until": "ends",
    "@decided": "decided",
}


def _entry(purpose: str, index: str) -> Json:
    slots = {"id": f"{{{purpose}}}#{{index}}", "statusListIndex": index, "statusListCredential": f"{{{purpose}}}"}
    return status_entry("", 0, purpose) | slots


_GRADED = {"credentialSubject": _ATTESTATION | {"profileScore": {"code": "{grade}", "definition": "{grade_name}"}}}
_STATUS: Mapping[StatusProfile | None, Json] = {
    None: {},
    "w3c": {"credentialStatus": [_entry(each, "{index}") for each in STATUS_PURPOSES]},
    "untp-0.7.0": {"credentialStatus": _entry("revocation", "{=index=}")},
}
_TEMPLATES = {
    (profile, graded): Template(_STRUCTURE | status | (_GRADED if graded else {}))
    for profile, status in _STATUS.items()
    for graded in (False, True)
}
_READING = Template(_STRUCTURE, {*_MEMBERS.values(), "lines"})
_METRIC = Template({"type": ["PerformanceMetric"], "id": "{id}", "name": "{name}"})


def _values(found: Certificate) -> dict[str, str]:
    """Return what stands in the slots, as `Template.write` wants it."""
    figures = _figures(found)
    lines = _line_values(found, figures)
    rule = f"{_urn('rule', found.rule_id)}:{found.rule_edition}"
    mark = "示例 DEMO · " if found.demonstration else ""
    texts = {
        "id": found.id,
        "title": f"{mark}{_TITLE} {found.number}",
        "description": _description(found, figures[0]),
        # An endorsement is claimed only where the accreditation chain proves it, which is not this record's task.
        "level": "no-endorsement" if found.demonstration else "scheme-cab",
        "starts": found.valid_from.isoformat(),
        "ends": found.valid_until.isoformat(),
        "decided": found.decided_on.isoformat(),
        "body": found.body.id,
        "body_name": _both(found.body.name),
        "client": found.client.id,
        "client_name": _both(found.client.name),
        "site": found.site.id,
        "site_name": _both(found.site.name),
        "product": found.product_id,
        "product_name": _both(found.product_name),
        "model": found.product_model,
        "scheme": _urn("scheme", found.scheme_name.en),
        "scheme_name": _both(found.scheme_name),
        "rule": rule,
        "rule_title": _both(found.rule_title),
        "package": found.package_digest,
        "package_multibase": digest_multibase(found.package_digest),
        "sheet": found.sheet_digest,
        "sheet_multibase": digest_multibase(found.sheet_digest),
    }
    if found.grade is not None:
        texts |= {"grade": str(found.grade.level), "grade_name": _both(found.grade.name)}
    # The others are made of these, or are URIs, dates and digests: in most certificates nothing needs to be escaped.
    whole = "".join(lines) + found.product_model
    if escaped(whole) != whole:
        lines = list(map(escaped, lines))
        texts = {name: escaped(text) for name, text in texts.items()}
    texts["lines"] = _lines_form(_shape(found)) % tuple(lines)
    texts["performance"] = _performance(found, figures)
    return texts


def _text_of(found: Certificate, values: dict[str, str]) -> str:
    place = found.status
    if place is not None:
        values["index"] = str(place.index)
        values |= {purpose: place.address(purpose) for purpose in STATUS_PURPOSES}
    return _TEMPLATES[None if place is None else place.profile, found.grade is not None].write(values)


def _figures(found: Certificate) -> list[str]:
    """Return the texts of the value, of the parts of each stage, and of the bounds."""
    return list(map(exact_text, (found.value, *(stage.value for stage in found.stages), *(found.interval or ()))))


def _performance(found: Certificate, figures: Sequence[str]) -> str:
    """Return the footprint and the parts of each stage as a JSON text."""
    whole, *others = figures
    power = _UNITS.get(found.unit.partition(" / ")[0])
    measure, metric = _measure(power, whole, *others[len(found.stages) :]), _metric(METRIC, _FOOTPRINT)
    parts = [f"{{{measure}{metric}}}"]
    for (id_, name, _), text in zip(found.stages, others, strict=False):  # the bounds are left over
        parts.append(f"{{{_measure(power, text)}{_stage_metric(id_, name.zh, name.en)}}}")
    return f"[{','.join(parts)}]"


@lru_cache(maxsize=256)  # the same few stages in every certificate
def _stage_metric(stage: str, zh: str, en: str) -> str:
    return _metric(_urn("stage", stage), _both(_pair(zh, en)))


@lru_cache(maxsize=256)
def _metric(metric: str, name: str) -> str:
    return f'"metric":{_METRIC.write({"id": metric, "name": escaped(name)})}'


def _measure(power: int | None, text: str, *bounds: str) -> str:
    """Return a member with a measure in whole numbers of the largest fitting unit of mass; nothing where none fits.

    Args:
        power: Size of the unit of the figures as a power of ten; None where it is no mass. [µg]
        text: A figure.
        bounds: Its bounds, where it has some.
    """
    value = None if power is None else _scaled(text, power)
    if power is None or value is None:
        return ""
    most, common = abs(value), value
    lower = upper = value
    if bounds:
        least, greatest = _scaled(bounds[0], power), _scaled(bounds[1], power)
        if least is None or greatest is None:
            return ""
        lower, upper = value - least, greatest - value
        most, common = max(most, abs(least), abs(greatest)), gcd(value, least, greatest)
    for code, many in _MASSES:
        # Tolerances are differences of two such numbers and must stay below 2^53 as well.
        if common % many == 0 and most < 2**52 * many:
            start = f'"lowerTolerance":{lower // many},' if bounds else ""
            end = f'"upperTolerance":{upper // many},' if bounds else ""
            return f'"measure":{{{start}"unit":"{code}",{end}"value":{value // many}}},'
    return ""


def _scaled(text: str, power: int) -> int | None:
    """Return a figure times a power of ten, or None where that is no whole number."""
    whole, _, part = text.partition(".")
    return int(whole + part) * _TENS[power - len(part)] if len(part) <= power else None


@lru_cache(maxsize=256)  # the same few schemes, rules and stages in every certificate
def _urn(kind: str, name: str) -> str:
    return f"urn:footproof:{kind}:{quote(name, safe='')}"


# The lines: keys and what they say, each in the order in which they are written; reading takes them by name.


class _Shape(NamedTuple):
    """Which lines a certificate has."""

    bounds: bool
    addresses: tuple[bool, bool, bool]
    stages: int
    scope: bool
    accreditation: bool
    status: bool
    grade: bool
    reduction: bool


def _shape(found: Certificate) -> _Shape:
    return _Shape(
        found.interval is not None,
        (found.body.address is not None, found.client.address is not None, found.site.address is not None),
        len(found.stages),
        found.scope is not None,
        found.scope is not None and found.scope.accreditation is not None,
        found.status is not None,
        found.grade is not None,
        found.reduction is not None,
    )


@lru_cache(maxsize=256)  # most certificates have one of a few shapes
def _lines_form(shape: _Shape) -> str:
    """Return the lines of a shape as a JSON text of a list, with a place for each of `_line_values`."""
    return '","'.join([f"format={FORMAT}", *(f"{key}=%s" for key in _keys(shape))])


_REDUCTION = ["reduction", *(f"reduction.base.{key}" for key in ("package", "value", "start", "end"))]


def _keys(shape: _Shape) -> list[str]:
    """Return the keys of the lines after the first, in their order."""
    keys = ["number", "demonstration", "value", "unit"]
    keys += ["interval.lower", "interval.upper"] if shape.bounds else []
    keys += _both_keys("unit_name", "boundary", "product")
    for role, address in zip(("body", "client", "site"), shape.addresses, strict=True):
        keys += _both_keys(f"{role}.name", *([f"{role}.address"] if address else []))
    keys.append("stages")
    for index in range(1, shape.stages + 1):
        keys += _stage_keys(index)
    keys += ["rule.id", "rule.edition", *_both_keys("rule.title"), "rule.status", *_both_keys("scheme")]
    keys += ["period.start", "period.end", "package", "sheet"]
    if shape.scope:
        keys += [f"scope.{key}" for key in ("activity", "scheme", "edition", "category", "country", "national")]
    keys += ["scope.accreditation"] if shape.accreditation else []
    keys += ["status.lists", "status.index", "status.profile"] if shape.status else []
    keys += ["grade", *_both_keys("grade.name")] if shape.grade else []
    keys += _REDUCTION if shape.reduction else []
    return keys


def _both_keys(*keys: str) -> list[str]:
    return [f"{key}.{language}" for key in keys for language in ("zh", "en")]


def _line_values(found: Certificate, figures: Sequence[str]) -> list[str]:
    """Return what the lines say after their keys, in the order of `_lines_form`."""
    stages = len(found.stages)
    values = [found.number, "yes" if found.demonstration else "no", figures[0], found.unit]
    values += figures[stages + 1 :]
    for text in (found.unit_name, found.boundary, found.product_name):
        values += (text.zh, text.en)
    for party in (found.body, found.client, found.site):
        values += (party.name.zh, party.name.en)
        if party.address is not None:
            values += (party.address.zh, party.address.en)
    values.append(str(stages))
    for stage, figure in zip(found.stages, figures[1:], strict=False):  # the bounds are left over
        values += (stage.id, figure, stage.name.zh, stage.name.en)
    title, scheme = found.rule_title, found.scheme_name
    values += (found.rule_id, found.rule_edition, title.zh, title.en, found.rule_status, scheme.zh, scheme.en)
    values += (found.period_start.isoformat(), found.period_end.isoformat(), found.package_digest, found.sheet_digest)
    if found.scope is not None:
        scope = found.scope
        values += (scope.activity, scope.scheme, scope.edition, scope.category, scope.country)
        values.append("yes" if scope.national else "no")
        values += () if scope.accreditation is None else (scope.accreditation,)
    if found.status is not None:
        values += (found.status.lists, str(found.status.index), found.status.profile)
    if found.grade is not None:
        values += (str(found.grade.level), found.grade.name.zh, found.grade.name.en)
    if found.reduction is not None:
        base = found.reduction
        values += (exact_text(base.share), base.base, exact_text(base.value))
        values += (base.first.isoformat(), base.last.isoformat())
    return values


def lines_of(credential: Mapping[str, Any]) -> dict[str, str]:
    """Return the lines of a credential by key, and with them, under "@…", what UNTP has its own members for.

    Args:
        credential: Payload of a verified token.

    Raises:
        LookupError, TypeError, AttributeError: It is not one of ours.
        ValueError: A line stands twice, or the format is another.
    """
    subject = credential["credentialSubject"]
    assessment = subject["conformityAssessment"][0]
    product = assessment["assessedProduct"][0]["product"]
    members = {
        "@id": credential["id"],
        "@body": credential["issuer"]["id"],
        "@client": subject["issuedToParty"]["id"],
        "@site": assessment["assessedFacility"][0]["facility"]["id"],
        "@product": product["id"],
        "@model": product["modelNumber"],
        "@from": credential["validFrom"].removesuffix(DAY_STARTS),
        "@until": credential["validUntil"].removesuffix(DAY_ENDS),
        "@decided": assessment["assessmentDate"],
    }
    return _keyed(assessment["specifiedCondition"]) | members


def _lines_written(text: str) -> dict[str, str]:
    """Return the lines of a text that may be one of ours, in which nothing is escaped, as `lines_of` does."""
    found = _READING.read(text)  # which is the same with a status and a grade
    count = _COUNT.search(found["lines"])
    if count is None:
        raise ValueError("no count of stages")
    pattern, keys = _pattern(int(count[1]))
    stated = pattern.fullmatch(found["lines"])
    if stated is None:
        raise ValueError("other lines, or in another order")
    lines = {key: value for key, value in zip(keys, stated.groups(), strict=True) if value is not None}
    for line, slot in _MEMBERS.items():
        lines[line] = found[slot]
    return lines


# Pairs of digits are enough: a certificate of more stages is read by its JSON.
_COUNT = re.compile(r'","stages=([0-9]{1,2})"')


@lru_cache(maxsize=100)
def _pattern(stages: int) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return how the lines of a certificate of so many stages may read, a group for each value, and their keys."""
    keys = _keys(_Shape(True, (True, True, True), stages, True, True, True, True, True))
    always = set(_keys(_Shape(False, (False, False, False), stages, False, False, False, False, False)))
    lines = [f'(?:","{re.escape(key)}=([^"]*)){"" if key in always else "?"}' for key in keys]
    return re.compile(f"format={re.escape(FORMAT)}{''.join(lines)}"), tuple(keys)


def _keyed(conditions: Sequence[str]) -> dict[str, str]:
    lines: dict[str, str] = dict([line.split("=", 1) for line in conditions])
    if len(lines) != len(conditions):
        raise ValueError("a line stands twice")
    if lines["format"] != FORMAT:
        raise ValueError(f"format {lines['format']!r}, not {FORMAT!r}")
    return lines


def certificate_from_lines(lines: Mapping[str, str]) -> Certificate:
    """Return the certificate that lines state; whether the rest of the credential agrees is not asked.

    Args:
        lines: As `lines_of` gives them.

    Raises:
        LookupError, ValueError, InvalidOperation: A line is missing or says no date or figure.
        FootproofError: As `Certificate`.
    """
    return Certificate(
        id=lines["@id"],
        number=lines["number"],
        body=_party(lines, "@body", "body.name", "body.address"),
        client=_party(lines, "@client", "client.name", "client.address"),
        site=_party(lines, "@site", "site.name", "site.address"),
        product_name=_pair(lines["product.zh"], lines["product.en"]),
        product_model=lines["@model"],
        product_id=lines["@product"],
        value=Decimal(lines["value"]),
        unit=lines["unit"],
        unit_name=_pair(lines["unit_name.zh"], lines["unit_name.en"]),
        boundary=_pair(lines["boundary.zh"], lines["boundary.en"]),
        stages=_stages(lines),
        interval=_interval(lines),
        rule_id=lines["rule.id"],
        rule_edition=lines["rule.edition"],
        rule_title=_pair(lines["rule.title.zh"], lines["rule.title.en"]),
        rule_status=cast(RuleStatus, lines["rule.status"]),  # the certificate refuses any other text
        period_start=date.fromisoformat(lines["period.start"]),
        period_end=date.fromisoformat(lines["period.end"]),
        decided_on=date.fromisoformat(lines["@decided"]),
        valid_from=date.fromisoformat(lines["@from"]),
        valid_until=date.fromisoformat(lines["@until"]),
        package_digest=lines["package"],
        sheet_digest=lines["sheet"],
        demonstration=lines["demonstration"] == "yes",
        scheme_name=_pair(lines["scheme.zh"], lines["scheme.en"]),
        scope=_scope(lines),
        status=_place(lines),
        grade=_grade(lines),
        reduction=_reduction(lines),
    )


def _scope(lines: Mapping[str, str]) -> CertificationScope | None:
    if "scope.activity" not in lines:
        return None
    national, accreditation = lines["scope.national"] == "yes", lines.get("scope.accreditation")
    return _entitlement(*_SCOPE_TEXTS(lines), national, accreditation)


def _place(lines: Mapping[str, str]) -> StatusPlace | None:
    if "status.lists" not in lines:
        return None
    profile = cast(StatusProfile, lines["status.profile"])  # the place refuses any other text
    return StatusPlace(lines["status.lists"], int(lines["status.index"]), profile)


def _grade(lines: Mapping[str, str]) -> StatedGrade | None:
    if "grade" not in lines:
        return None
    return StatedGrade(int(lines["grade"]), _pair(lines["grade.name.zh"], lines["grade.name.en"]))


def _reduction(lines: Mapping[str, str]) -> StatedReduction | None:
    if _REDUCTION[0] not in lines:
        return None
    share, base, value, first, last = (lines[key] for key in _REDUCTION)
    return StatedReduction(base, Decimal(value), date.fromisoformat(first), date.fromisoformat(last), Decimal(share))


# A body's certificates share most of their names, and their scopes.
_pair = lru_cache(maxsize=1024)(Bilingual)
_entitlement = lru_cache(maxsize=256)(CertificationScope)
_SCOPE_TEXTS = itemgetter(*(f"scope.{each}" for each in ("activity", "scheme", "edition", "category", "country")))


def _party(lines: Mapping[str, str], id_: str, name: str, address: str) -> Party:
    """Return a party by the keys of what the lines say of it, without the endings of the languages."""
    zh = lines.get(address + ".zh")
    place = None if zh is None else _pair(zh, lines[address + ".en"])
    return Party(lines[id_], _pair(lines[name + ".zh"], lines[name + ".en"]), place)


def _stages(lines: Mapping[str, str]) -> tuple[Stage, ...]:
    count = int(lines["stages"])
    if count > MOST_STAGES:
        raise ValueError(f"{count} stages, at most {MOST_STAGES}")
    return tuple(
        [
            Stage(lines[id_], _pair(lines[zh], lines[en]), Decimal(lines[value]))
            for id_, value, zh, en in map(_stage_keys, range(1, count + 1))
        ]
    )


@lru_cache(maxsize=MOST_STAGES)
def _stage_keys(index: int) -> tuple[str, str, str, str]:
    start = f"stage.{index}."
    return f"{start}id", f"{start}value", f"{start}name.zh", f"{start}name.en"


def _interval(lines: Mapping[str, str]) -> tuple[Decimal, Decimal] | None:
    if "interval.lower" not in lines:
        return None
    return Decimal(lines["interval.lower"]), Decimal(lines["interval.upper"])


def same_json(needed: object, found: object) -> bool:
    """Return whether two JSON values are the same: True is not 1, and 1 is not 1.0.

    Args:
        needed: Text, integers, booleans, lists and objects.
        found: As it was read.
    """
    if type(needed) is not type(found):
        return False
    if isinstance(needed, dict) and isinstance(found, dict):
        return needed.keys() == found.keys() and all(same_json(item, found[key]) for key, item in needed.items())
    if isinstance(needed, list) and isinstance(found, list):
        return len(needed) == len(found) and all(map(same_json, needed, found))
    return needed == found


def _same_kinds(needed: Json, found: Mapping[str, Any]) -> bool:
    """Return whether what is no text in two equal credentials is also of the same kind.

    Python compares them at C speed, but takes True, 1 and Decimal(1) for equal; JSON does not. `same_json` would do for
    both and take a third of the time of a whole verification.
    """
    mine, theirs = (each["credentialSubject"]["conformityAssessment"][0] for each in (needed, found))
    pairs: list[tuple[object, object]] = [(mine["conformance"], theirs["conformance"])]
    for member in ("assessedProduct", "assessedFacility"):
        pairs += [(mine[member][0]["idVerifiedByCAB"], theirs[member][0]["idVerifiedByCAB"])]
    for left, right in zip(mine["assessedPerformance"], theirs["assessedPerformance"], strict=True):
        if "measure" in left:
            pairs += [(number, right["measure"][key]) for key, number in left["measure"].items()]
    if isinstance(needed.get("credentialStatus"), dict):
        pairs.append((needed["credentialStatus"]["statusListIndex"], found["credentialStatus"]["statusListIndex"]))
    return all(type(left) is type(right) for left, right in pairs)


def composed(credential: Mapping[str, Any]) -> bool:
    """Return whether the texts that everything else follows from are in NFC, without which nothing is signed.

    Args:
        credential: One of ours.

    Raises:
        LookupError, TypeError, ValueError: It is not, or holds half a character.
    """
    subject = credential["credentialSubject"]
    assessment = subject["conformityAssessment"][0]
    model = assessment["assessedProduct"][0]["product"]["modelNumber"]
    text = "\n".join([*assessment["specifiedCondition"], model, subject["description"]])
    text.encode("utf-8")  # half a character is a ValueError
    return is_normalized("NFC", text)


def _first_difference(needed: object, found: object, path: str) -> str:
    """Return the path of the first member in which two JSON values differ."""
    if isinstance(needed, Mapping) and isinstance(found, Mapping):
        for key in sorted(needed.keys() | found.keys()):
            if key not in needed or key not in found:
                return f"{path}.{key}"
            if needed[key] != found[key]:
                return _first_difference(needed[key], found[key], f"{path}.{key}")
    if isinstance(needed, list) and isinstance(found, Sequence) and len(needed) == len(found):
        for index, (left, right) in enumerate(zip(needed, found, strict=True)):
            if left != right:
                return _first_difference(left, right, f"{path}[{index}]")
    return path

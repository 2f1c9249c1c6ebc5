"""A certificate as a Digital Conformity Credential: W3C VCDM 2.0 with UNTP 0.7.0's vocabulary, and back.

UNTP wants measures as JSON numbers, and readers turn those into binary floats. Here such a number is always a
whole number of a smaller unit of mass (61.234 kg becomes 61234 GRM), so it is exact in every reader and no
float is signed; where even micrograms are too coarse, `measure`, which the schema does not require, is left
out. UNTP has no place for the declared unit, for a second language or for decimals as text. Those stand in
`specifiedCondition`, a list of text, one `key=text` per line, and these lines are what we read. The rest of
the credential follows from them: a reader rebuilds it and compares, so the two cannot say different things.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import gcd
from typing import Any, cast
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
    StatusPlace,
    StatusProfile,
)

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
_SHA256_MULTIHASH = bytes([0x12, 0x20])
_DAY_STARTS = "T00:00:00Z"
_DAY_ENDS = "T23:59:59Z"

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
    values = _values(certificate)
    text = _text_of(certificate, values)
    # Everything else follows from these or is ASCII, and the quotes around them compose with nothing.
    if not is_normalized("NFC", values["lines"] + values["model"] + values["description"]):
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
        found = certificate_from_lines(_lines_written(payload))
        return found if credential_bytes(found) == payload else None
    except (FootproofError, LookupError, ValueError, ArithmeticError):
        return None


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


def _description(found: Certificate) -> str:
    mark = "示例，不具认证效力。DEMO, attests nothing. " if found.demonstration else ""
    figure = f"{exact_text(found.value)} {found.unit}"
    return (
        f"{mark}产品碳足迹 {figure}（{found.unit_name.zh}；{found.boundary.zh}）。"
        f"Product carbon footprint {figure} ({found.unit_name.en}; {found.boundary.en}). "
        f"{found.package_digest}"
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
    "validFrom": "{starts}" + _DAY_STARTS,
    "validUntil": "{ends}" + _DAY_ENDS,
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


_CREDENTIAL = Template(_STRUCTURE, {*_MEMBERS.values(), "lines"})
_WITH_STATUS: Mapping[StatusProfile, Template] = {
    "w3c": Template(_STRUCTURE | {"credentialStatus": [_entry(each, "{index}") for each in STATUS_PURPOSES]}),
    "untp-0.7.0": Template(_STRUCTURE | {"credentialStatus": _entry("revocation", "{=index=}")}),
}
_METRIC = Template({"type": ["PerformanceMetric"], "id": "{id}", "name": "{name}"})


def _values(found: Certificate) -> dict[str, str]:
    """Return what stands in the slots, as `Template.write` wants it."""
    lines = _lines(found)
    mark = "示例 DEMO · " if found.demonstration else ""
    texts = {
        "id": found.id,
        "title": f"{mark}{_TITLE} {found.number}",
        "description": _description(found),
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
        "rule": f"{_urn('rule', found.rule_id)}:{found.rule_edition}",
        "rule_title": _both(found.rule_title),
        "package": found.package_digest,
        "package_multibase": digest_multibase(found.package_digest),
        "sheet": found.sheet_digest,
        "sheet_multibase": digest_multibase(found.sheet_digest),
    }
    # The others are made of these, or are URIs, dates and digests: in most certificates nothing needs to be escaped.
    whole = "".join(lines) + found.product_model
    if escaped(whole) != whole:
        lines = list(map(escaped, lines))
        texts = {name: escaped(text) for name, text in texts.items()}
    texts["lines"] = '","'.join(lines)
    texts["performance"] = _performance(found)
    return texts


def _text_of(found: Certificate, values: dict[str, str]) -> str:
    place = found.status
    if place is None:
        return _CREDENTIAL.write(values)
    values["index"] = str(place.index)
    values |= {purpose: place.address(purpose) for purpose in STATUS_PURPOSES}
    return _WITH_STATUS[place.profile].write(values)


def _performance(found: Certificate) -> str:
    """Return the footprint and the parts of each stage as a JSON text."""
    bounds = found.interval or ()
    whole = _measured(METRIC, "产品碳足迹 / Product carbon footprint", _measure(found.unit, found.value, *bounds))
    parts = (
        _measured(_urn("stage", stage.id), _both(stage.name), _measure(found.unit, stage.value))
        for stage in found.stages
    )
    return f"[{','.join((whole, *parts))}]"


def _measured(metric: str, name: str, measure: str | None) -> str:
    start = "" if measure is None else f'"measure":{measure},'
    return f'{{{start}"metric":{_metric(metric, name)}}}'


@lru_cache(maxsize=256)  # the same few stages in every certificate
def _metric(metric: str, name: str) -> str:
    return _METRIC.write({"id": metric, "name": escaped(name)})


def _measure(unit: str, value: Decimal, *bounds: Decimal) -> str | None:
    """Return a UNTP measure in whole numbers of the largest fitting unit of mass, or None where none fits."""
    power = _UNITS.get(unit.partition(" / ")[0])
    if power is None:
        return None
    micrograms = [number for figure in (value, *bounds) if (number := _scaled(figure, power)) is not None]
    if len(micrograms) <= len(bounds):
        return None
    common, most = gcd(*micrograms), max(map(abs, micrograms))
    for code, many in _MASSES:
        # Tolerances are differences of two such numbers and must stay below 2^53 as well.
        if common % many == 0 and most < 2**52 * many:
            whole = [number // many for number in micrograms]
            if not bounds:
                return f'{{"unit":"{code}","value":{whole[0]}}}'
            lower, upper = whole[0] - whole[1], whole[2] - whole[0]
            return f'{{"lowerTolerance":{lower},"unit":"{code}","upperTolerance":{upper},"value":{whole[0]}}}'
    return None


def _scaled(figure: Decimal, power: int) -> int | None:
    """Return a figure times a power of ten, or None where that is no whole number."""
    whole, _, part = exact_text(figure).partition(".")
    return int(whole + part) * 10 ** (power - len(part)) if len(part) <= power else None


@lru_cache(maxsize=256)  # the same few schemes, rules and stages in every certificate
def _urn(kind: str, name: str) -> str:
    return f"urn:footproof:{kind}:{quote(name, safe='')}"


# The lines, as they are written; reading takes them by name.


def _lines(found: Certificate) -> list[str]:
    lines = [
        f"format={FORMAT}",
        f"number={found.number}",
        f"demonstration={'yes' if found.demonstration else 'no'}",
        f"value={exact_text(found.value)}",
        f"unit={found.unit}",
    ]
    if found.interval is not None:
        lines += [f"interval.lower={exact_text(found.interval[0])}", f"interval.upper={exact_text(found.interval[1])}"]
    for key, text in (("unit_name", found.unit_name), ("boundary", found.boundary), ("product", found.product_name)):
        lines += [f"{key}.zh={text.zh}", f"{key}.en={text.en}"]
    for role, party in (("body", found.body), ("client", found.client), ("site", found.site)):
        lines += [f"{role}.name.zh={party.name.zh}", f"{role}.name.en={party.name.en}"]
        if party.address is not None:
            lines += [f"{role}.address.zh={party.address.zh}", f"{role}.address.en={party.address.en}"]
    lines.append(f"stages={len(found.stages)}")
    for index, stage in enumerate(found.stages, 1):
        start = f"stage.{index}."
        lines += [f"{start}id={stage.id}", f"{start}value={exact_text(stage.value)}"]
        lines += [f"{start}name.zh={stage.name.zh}", f"{start}name.en={stage.name.en}"]
    lines += [
        f"rule.id={found.rule_id}",
        f"rule.edition={found.rule_edition}",
        f"rule.title.zh={found.rule_title.zh}",
        f"rule.title.en={found.rule_title.en}",
        f"rule.status={found.rule_status}",
        f"scheme.zh={found.scheme_name.zh}",
        f"scheme.en={found.scheme_name.en}",
        f"period.start={found.period_start.isoformat()}",
        f"period.end={found.period_end.isoformat()}",
        f"package={found.package_digest}",
        f"sheet={found.sheet_digest}",
    ]
    if found.scope is not None:
        lines += _scope_lines(found.scope)
    if found.status is not None:
        status = found.status
        lines += [f"status.lists={status.lists}", f"status.index={status.index}", f"status.profile={status.profile}"]
    return lines


def _scope_lines(scope: CertificationScope) -> list[str]:
    lines = [
        f"scope.activity={scope.activity}",
        f"scope.scheme={scope.scheme}",
        f"scope.edition={scope.edition}",
        f"scope.category={scope.category}",
        f"scope.country={scope.country}",
        f"scope.national={'yes' if scope.national else 'no'}",
    ]
    return lines if scope.accreditation is None else [*lines, f"scope.accreditation={scope.accreditation}"]


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
        "@from": credential["validFrom"].removesuffix(_DAY_STARTS),
        "@until": credential["validUntil"].removesuffix(_DAY_ENDS),
        "@decided": assessment["assessmentDate"],
    }
    return _keyed(assessment["specifiedCondition"]) | members


def _lines_written(payload: bytes) -> dict[str, str]:
    """Return the lines of a payload that may be one of ours, in which nothing is escaped, as `lines_of` does."""
    found = _CREDENTIAL.read(payload)  # which is the same with a status
    members = {line: found[slot] for line, slot in _MEMBERS.items()}
    return _keyed(found["lines"].split('","')) | members


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
        body=_party(lines, "body"),
        client=_party(lines, "client"),
        site=_party(lines, "site"),
        product_name=_text(lines, "product"),
        product_model=lines["@model"],
        product_id=lines["@product"],
        value=Decimal(lines["value"]),
        unit=lines["unit"],
        unit_name=_text(lines, "unit_name"),
        boundary=_text(lines, "boundary"),
        stages=_stages(lines),
        interval=_interval(lines),
        rule_id=lines["rule.id"],
        rule_edition=lines["rule.edition"],
        rule_title=_text(lines, "rule.title"),
        rule_status=cast(RuleStatus, lines["rule.status"]),  # the certificate refuses any other text
        period_start=date.fromisoformat(lines["period.start"]),
        period_end=date.fromisoformat(lines["period.end"]),
        decided_on=date.fromisoformat(lines["@decided"]),
        valid_from=date.fromisoformat(lines["@from"]),
        valid_until=date.fromisoformat(lines["@until"]),
        package_digest=lines["package"],
        sheet_digest=lines["sheet"],
        demonstration=lines["demonstration"] == "yes",
        scheme_name=_text(lines, "scheme"),
        scope=_scope(lines),
        status=_place(lines),
    )


def _scope(lines: Mapping[str, str]) -> CertificationScope | None:
    if "scope.activity" not in lines:
        return None
    texts = [lines[f"scope.{each}"] for each in ("activity", "scheme", "edition", "category", "country")]
    return _entitlement(*texts, lines["scope.national"] == "yes", lines.get("scope.accreditation"))


def _place(lines: Mapping[str, str]) -> StatusPlace | None:
    if "status.lists" not in lines:
        return None
    profile = cast(StatusProfile, lines["status.profile"])  # the place refuses any other text
    return StatusPlace(lines["status.lists"], int(lines["status.index"]), profile)


def _text(lines: Mapping[str, str], key: str) -> Bilingual:
    return _pair(lines[f"{key}.zh"], lines[f"{key}.en"])


# A body's certificates share most of their names, and their scopes.
_pair = lru_cache(maxsize=1024)(Bilingual)
_entitlement = lru_cache(maxsize=256)(CertificationScope)


def _party(lines: Mapping[str, str], role: str) -> Party:
    address = _text(lines, f"{role}.address") if f"{role}.address.zh" in lines else None
    return Party(id=lines[f"@{role}"], name=_text(lines, f"{role}.name"), address=address)


def _stages(lines: Mapping[str, str]) -> tuple[Stage, ...]:
    count = int(lines["stages"])
    if count > MOST_STAGES:
        raise ValueError(f"{count} stages, at most {MOST_STAGES}")
    return tuple(
        Stage(lines[f"{key}.id"], _text(lines, f"{key}.name"), Decimal(lines[f"{key}.value"]))
        for key in (f"stage.{index}" for index in range(1, count + 1))
    )


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

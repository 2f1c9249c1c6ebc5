"""A certificate as a Digital Conformity Credential: W3C VCDM 2.0 with UNTP 0.7.0's vocabulary, and back.

UNTP wants measures as JSON numbers, and readers turn those into binary floats. Here such a number is always a
whole number of a smaller unit of mass (61.234 kg becomes 61234 GRM), so it is exact in every reader and no
float is signed; where even micrograms are too coarse, `measure`, which the schema does not require, is left
out. UNTP has no place for the declared unit, for a second language or for decimals as text. Those stand in
`specifiedCondition`, a list of text, one `key=text` per line, and these lines are what we read. The rest of
the credential follows from them: a reader rebuilds it and compares, so the two cannot say different things.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple, cast
from unicodedata import is_normalized
from urllib.parse import quote

from footproof.credential.did_key import base58btc
from footproof.credential.status_list import status_entry
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import (
    MOST_DIGITS,
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
# Units of footprints, with their size as a power of ten. [kg]
_UNITS = {"t CO2e": 3, "kg CO2e": 0, "g CO2e": -3}
# Scaling by a power of ten is exact at any precision that holds the digits; the caller's context is not asked.
_EXACT = Context(prec=MOST_DIGITS + 50)
_SHA256_MULTIHASH = bytes([0x12, 0x20])
_DAY_STARTS = "T00:00:00Z"
_DAY_ENDS = "T23:59:59Z"

Json = dict[str, Any]


def credential_of(certificate: Certificate) -> Json:
    """Return the credential that says what a certificate says, unsigned.

    Args:
        certificate: The decision to publish.
    """
    found = certificate
    said = _said(found)
    credential: Json = {
        "@context": list(CONTEXTS),
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": found.id,
        "name": said.title,
        "issuer": {"type": ["CredentialIssuer"], "id": found.body.id, "name": _both(found.body.name)},
        "validFrom": found.valid_from.isoformat() + _DAY_STARTS,
        "validUntil": found.valid_until.isoformat() + _DAY_ENDS,
        "credentialSubject": _attestation(found, said),
    }
    if found.status is not None:
        credential["credentialStatus"] = _status(found.status)
    return credential


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


class _Said(NamedTuple):
    """What a credential says in more than one place, written once."""

    title: str
    rule_urn: str
    rule_title: str
    package: Json
    client: Json


def _said(found: Certificate) -> _Said:
    mark = "示例 DEMO · " if found.demonstration else ""
    return _Said(
        title=f"{mark}产品碳足迹证书 / Product carbon footprint certificate {found.number}",
        rule_urn=f"{_urn('rule', found.rule_id)}:{found.rule_edition}",
        rule_title=_both(found.rule_title),
        package=_link("package", "可复算包 / package that recomputes the value", found.package_digest),
        client={"type": ["Party"], "id": found.client.id, "name": _both(found.client.name)},
    )


def _both(text: Bilingual) -> str:
    """UNTP's names are one text; both languages go into it, Chinese first."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def _attestation(found: Certificate, said: _Said) -> Json:
    return {
        "type": ["ConformityAttestation"],
        "id": f"{found.id}#attestation",
        "name": said.title,
        "description": _description(found),
        "assessorLevel": "3rdParty",
        # An endorsement is claimed only where the accreditation chain proves it, which is not this record's
        # task.
        "assessmentLevel": "no-endorsement" if found.demonstration else "scheme-cab",
        "attestationType": "certification",
        "issuedToParty": said.client,
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": _urn("scheme", found.scheme_name.en),
            "name": _both(found.scheme_name),
        },
        "referenceProfile": {
            "type": ["ConformityProfile"],
            "id": said.rule_urn,
            "name": said.rule_title,
        },
        "auditableEvidence": said.package,
        "conformityAssessment": [_assessment(found, said)],
    }


def _assessment(found: Certificate, said: _Said) -> Json:
    return {
        "type": ["ConformityAssessment"],
        "id": f"{found.id}#assessment",
        "name": said.title,
        "assessmentCriteria": [
            {"type": ["Criterion"], "id": said.rule_urn, "name": said.rule_title},
        ],
        "assessmentDate": found.decided_on.isoformat(),
        "assessedPerformance": [_footprint(found), *(_stage(found, stage) for stage in found.stages)],
        "assessedProduct": [
            {
                "product": {
                    "type": ["Product"],
                    "id": found.product_id,
                    "name": _both(found.product_name),
                    "modelNumber": found.product_model,
                },
                "idVerifiedByCAB": True,
            }
        ],
        "assessedFacility": [
            {
                "facility": {"type": ["Facility"], "id": found.site.id, "name": _both(found.site.name)},
                "idVerifiedByCAB": True,
            }
        ],
        "assessedOrganisation": dict(said.client),
        "specifiedCondition": _lines(found),
        "evidence": [dict(said.package), _link("sheet", "核算表 / calculation sheet", found.sheet_digest)],
        "conformityTopic": [{"type": ["ConformityTopic"], "id": TOPIC, "name": "Greenhouse Gas Emissions"}],
        "conformance": True,
    }


def _description(found: Certificate) -> str:
    mark = "示例，不具认证效力。DEMO, attests nothing. " if found.demonstration else ""
    figure = f"{exact_text(found.value)} {found.unit}"
    return (
        f"{mark}产品碳足迹 {figure}（{found.unit_name.zh}；{found.boundary.zh}）。"
        f"Product carbon footprint {figure} ({found.unit_name.en}; {found.boundary.en}). "
        f"{found.package_digest}"
    )


def _footprint(found: Certificate) -> Json:
    performance: Json = {
        "metric": {
            "type": ["PerformanceMetric"],
            "id": METRIC,
            "name": "产品碳足迹 / Product carbon footprint",
        }
    }
    bounds = found.interval or ()
    measure = _measure(found.unit, found.value, *bounds)
    if measure is not None:
        performance["measure"] = measure
    return performance


def _stage(found: Certificate, stage: Stage) -> Json:
    performance: Json = {
        "metric": {
            "type": ["PerformanceMetric"],
            "id": _urn("stage", stage.id),
            "name": _both(stage.name),
        }
    }
    measure = _measure(found.unit, stage.value)
    if measure is not None:
        performance["measure"] = measure
    return performance


def _measure(unit: str, value: Decimal, *bounds: Decimal) -> Json | None:
    """Return a UNTP measure in whole numbers of the largest fitting unit of mass, or None where none fits."""
    size = _UNITS.get(unit.partition(" / ")[0])
    if size is None:
        return None
    finest = [figure.scaleb(size + 9, _EXACT) for figure in (value, *bounds)]
    micrograms = list(map(int, finest))
    if micrograms != finest:
        return None
    for code, many in _MASSES:
        whole = [number // many for number in micrograms]
        # Tolerances are differences of two such numbers and must stay below 2^53 as well.
        if [number * many for number in whole] == micrograms and max(map(abs, whole)) < 2**52:
            measure: Json = {"value": whole[0], "unit": code}
            if bounds:
                measure["lowerTolerance"] = whole[0] - whole[1]
                measure["upperTolerance"] = whole[2] - whole[0]
            return measure
    return None


def _link(kind: str, name: str, digest: str) -> Json:
    return {
        "linkURL": f"urn:footproof:{kind}:{digest}",
        "linkName": f"{name} {digest}",
        "digestMultibase": digest_multibase(digest),
        "linkType": f"urn:footproof:link:{kind}",
    }


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


def _status(place: StatusPlace) -> list[Json] | Json:
    if place.profile == "untp-0.7.0":
        return status_entry(place.address("revocation"), place.index, "revocation", index_form="integer")
    return [status_entry(place.address(purpose), place.index, purpose) for purpose in STATUS_PURPOSES]


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
    conditions = assessment["specifiedCondition"]
    lines: dict[str, str] = dict([line.split("=", 1) for line in conditions])
    if len(lines) != len(conditions):
        raise ValueError("a line stands twice")
    if lines["format"] != FORMAT:
        raise ValueError(f"format {lines['format']!r}, not {FORMAT!r}")
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
    return lines | members


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
    return CertificationScope(
        activity=lines["scope.activity"],
        scheme=lines["scope.scheme"],
        edition=lines["scope.edition"],
        category=lines["scope.category"],
        country=lines["scope.country"],
        national=lines["scope.national"] == "yes",
        accreditation=lines.get("scope.accreditation"),
    )


def _place(lines: Mapping[str, str]) -> StatusPlace | None:
    if "status.lists" not in lines:
        return None
    profile = cast(StatusProfile, lines["status.profile"])  # the place refuses any other text
    return StatusPlace(lines["status.lists"], int(lines["status.index"]), profile)


def _text(lines: Mapping[str, str], key: str) -> Bilingual:
    return Bilingual(zh=lines[f"{key}.zh"], en=lines[f"{key}.en"])


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

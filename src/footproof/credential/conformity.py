"""A certificate as a Digital Conformity Credential: W3C VCDM 2.0 with UNTP 0.7.0's vocabulary, and back.

UNTP wants measures as JSON numbers, and readers turn those into binary floats. Here such a number is always a
whole number of a smaller unit of mass (61.234 kg becomes 61234 GRM), so it is exact in every reader and no
float is signed; where even micrograms are too coarse, `measure`, which the schema does not require, is left
out. UNTP has no place for the declared unit, for a second language or for decimals as text. Those stand in
`specifiedCondition`, a list of text, one `key=text` per line, and these lines are what we read. The rest of
the credential follows from them: a reader rebuilds it and compares, so the two cannot say different things.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from urllib.parse import quote

from footproof.canonical import canonical_bytes
from footproof.credential.did_key import base58btc
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party, RuleStatus, Stage

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://vocabulary.uncefact.org/untp/0.7.0/context/",
)
METRIC = "https://vocabulary.uncefact.org/performance-metric/product-carbon-footprint"
TOPIC = "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions"
FORMAT = "footproof-certificate/1"
MOST_STAGES = 256

# UN/ECE Recommendation 20 codes of units of mass, with their size as a power of ten. [kg]
_MASSES = (("KGM", 0), ("GRM", -3), ("MGM", -6), ("MC", -9))
_UNITS = {"t CO2e": 3, "kg CO2e": 0, "g CO2e": -3}
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
    return {
        "@context": list(CONTEXTS),
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": found.id,
        "name": _title(found),
        "issuer": {"type": ["CredentialIssuer"], "id": found.body.id, "name": _both(found.body.name)},
        "validFrom": found.valid_from.isoformat() + _DAY_STARTS,
        "validUntil": found.valid_until.isoformat() + _DAY_ENDS,
        "credentialSubject": _attestation(found),
    }


def certificate_of(credential: Mapping[str, Any]) -> Certificate:
    """Return the certificate a credential of ours states.

    Args:
        credential: Payload of a verified token.

    Raises:
        ProofRejected: E-CRED-CONTENT where the credential is not one of ours, lacks a line, or says one thing
            in its lines and another in its UNTP members.
    """
    try:
        lines = _lines_of(credential)
        found = _certificate_of(lines)
        same = canonical_bytes(credential_of(found)) == canonical_bytes(credential)
    except FootproofError as problem:
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=str(problem)) from problem
    except (LookupError, ValueError, TypeError, AttributeError, InvalidOperation) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise ProofRejected("E-CRED-CONTENT", Where("credential"), reason=reason) from problem
    if not same:
        field = _first_difference(credential_of(found), credential, "$")
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


def _title(found: Certificate) -> str:
    mark = "示例 DEMO · " if found.demonstration else ""
    return f"{mark}产品碳足迹证书 / Product carbon footprint certificate {found.number}"


def _both(text: Bilingual) -> str:
    """UNTP's names are one text; both languages go into it, Chinese first."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def _attestation(found: Certificate) -> Json:
    return {
        "type": ["ConformityAttestation"],
        "id": f"{found.id}#attestation",
        "name": _title(found),
        "description": _description(found),
        "assessorLevel": "3rdParty",
        # An endorsement is claimed only where the accreditation chain proves it, which is not this record's
        # task.
        "assessmentLevel": "no-endorsement" if found.demonstration else "scheme-cab",
        "attestationType": "certification",
        "issuedToParty": {"type": ["Party"], "id": found.client.id, "name": _both(found.client.name)},
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": _urn("scheme", found.scheme_name.en),
            "name": _both(found.scheme_name),
        },
        "referenceProfile": {
            "type": ["ConformityProfile"],
            "id": _rule_urn(found),
            "name": _both(found.rule_title),
        },
        "auditableEvidence": _package_link(found),
        "conformityAssessment": [_assessment(found)],
    }


def _assessment(found: Certificate) -> Json:
    return {
        "type": ["ConformityAssessment"],
        "id": f"{found.id}#assessment",
        "name": _title(found),
        "assessmentCriteria": [
            {"type": ["Criterion"], "id": _rule_urn(found), "name": _both(found.rule_title)},
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
        "assessedOrganisation": {"type": ["Party"], "id": found.client.id, "name": _both(found.client.name)},
        "specifiedCondition": [f"{key}={text}" for key, text in _lines(found)],
        "evidence": [_package_link(found), _link("sheet", "核算表 / calculation sheet", found.sheet_digest)],
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
    for code, power in _MASSES:
        whole = [_whole(figure, size - power) for figure in (value, *bounds)]
        numbers = [number for number in whole if number is not None]
        if len(numbers) == len(whole):
            measure: Json = {"value": numbers[0], "unit": code}
            if bounds:
                measure["lowerTolerance"] = numbers[0] - numbers[1]
                measure["upperTolerance"] = numbers[2] - numbers[0]
            return measure
    return None


def _whole(figure: Decimal, shift: int) -> int | None:
    """Return figure · 10^shift where that is a whole number no JSON reader garbles."""
    sign, digits, exponent = figure.as_tuple()
    power = cast(int, exponent) + shift
    number = int("".join(map(str, digits)))
    if power < 0 and number % 10**-power:
        return None
    number = number * 10**power if power >= 0 else number // 10**-power
    # Tolerances are differences of two such numbers and must stay below 2^53 as well.
    return (-number if sign else number) if number < 2**52 else None


def _package_link(found: Certificate) -> Json:
    return _link("package", "可复算包 / package that recomputes the value", found.package_digest)


def _link(kind: str, name: str, digest: str) -> Json:
    return {
        "linkURL": f"urn:footproof:{kind}:{digest}",
        "linkName": f"{name} {digest}",
        "digestMultibase": digest_multibase(digest),
        "linkType": f"urn:footproof:link:{kind}",
    }


def _urn(kind: str, name: str) -> str:
    return f"urn:footproof:{kind}:{quote(name, safe='')}"


def _rule_urn(found: Certificate) -> str:
    return f"{_urn('rule', found.rule_id)}:{found.rule_edition}"


# The lines. One table says how each is written; reading takes them by name.


def _lines(found: Certificate) -> Iterator[tuple[str, str]]:
    yield "format", FORMAT
    yield "number", found.number
    yield "demonstration", "yes" if found.demonstration else "no"
    yield "value", exact_text(found.value)
    yield "unit", found.unit
    if found.interval is not None:
        yield "interval.lower", exact_text(found.interval[0])
        yield "interval.upper", exact_text(found.interval[1])
    yield from _two("unit_name", found.unit_name)
    yield from _two("boundary", found.boundary)
    yield from _two("product", found.product_name)
    for role, party in (("body", found.body), ("client", found.client), ("site", found.site)):
        yield from _two(f"{role}.name", party.name)
        if party.address is not None:
            yield from _two(f"{role}.address", party.address)
    yield "stages", str(len(found.stages))
    for index, stage in enumerate(found.stages, 1):
        yield f"stage.{index}.id", stage.id
        yield f"stage.{index}.value", exact_text(stage.value)
        yield from _two(f"stage.{index}.name", stage.name)
    yield "rule.id", found.rule_id
    yield "rule.edition", found.rule_edition
    yield from _two("rule.title", found.rule_title)
    yield "rule.status", found.rule_status
    yield from _two("scheme", found.scheme_name)
    yield "period.start", found.period_start.isoformat()
    yield "period.end", found.period_end.isoformat()
    yield "package", found.package_digest
    yield "sheet", found.sheet_digest


def _two(key: str, text: Bilingual) -> Iterator[tuple[str, str]]:
    yield f"{key}.zh", text.zh
    yield f"{key}.en", text.en


def _lines_of(credential: Mapping[str, Any]) -> dict[str, str]:
    """Return the lines by key, and with them what UNTP has its own members for."""
    subject = credential["credentialSubject"]
    assessment = subject["conformityAssessment"][0]
    product = assessment["assessedProduct"][0]["product"]
    lines: dict[str, str] = {}
    for line in assessment["specifiedCondition"]:
        key, _, text = line.partition("=")
        if key in lines:
            raise ValueError(f"line {key!r} stands twice")
        lines[key] = text
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


def _certificate_of(lines: Mapping[str, str]) -> Certificate:
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
    )


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

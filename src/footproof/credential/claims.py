"""Whether a certificate bears out what a passport claims: our own form of UNTP's third tier, for 0.7.0 and 0.6.1.

The official trust-graph rules exist for 0.6.1 only. Ours ask the same, product, topic, criterion and conformance, and
three things more: the claimed figures are the assessed ones, the claim names this very certificate where it names
digests, and whoever issued the certificate is not the one who claims. UNTP's samples and its vocabulary spell the
addresses of metrics and topics differently (performance-metric and performance-metrics); both are read as one.
Documents of anybody are read, so every member is asked for its form first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from footproof.credential.conformity import digest_multibase
from footproof.errors import ProofRejected, Where

Version = Literal["0.7.0", "0.6.1"]
MOST_ITEMS = 500
MOST_TEXT = 4000

_PLURALS = (
    ("https://vocabulary.uncefact.org/performance-metrics/", "https://vocabulary.uncefact.org/performance-metric/"),
    ("https://vocabulary.uncefact.org/conformity-topics/", "https://vocabulary.uncefact.org/conformity-topic/"),
)
_CONTEXTS: tuple[tuple[str, Version], ...] = (
    ("https://vocabulary.uncefact.org/untp/0.7.0/", "0.7.0"),
    ("https://test.uncefact.org/vocabulary/untp/dpp/0.6.", "0.6.1"),
    ("https://test.uncefact.org/vocabulary/untp/dcc/0.6.", "0.6.1"),
)

Json = Mapping[str, Any]
Figures = frozenset[tuple[str, Decimal, str]]


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence a claim names.

    Args:
        url: Where it lies.
        digest: As written: multibase in 0.7.0, hexadecimal SHA-256 in 0.6.1; None where there is none.
    """

    url: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a passport, or one assessment of a conformity credential.

    Args:
        id: URI; "" where it has none.
        topics: What it is about, addresses in one spelling.
        criteria: Against what, addresses.
        figures: Metric, value and unit; the metric by its address in 0.7.0, by its name in 0.6.1.
        products: Addresses of the products; of a claim, the passport's product.
        conformance: Whether it conforms; None where it is not said.
        evidence: What it names.
    """

    id: str
    topics: frozenset[str]
    criteria: frozenset[str]
    figures: Figures
    products: frozenset[str]
    conformance: bool | None
    evidence: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A passport or a conformity credential, as far as the rule needs it.

    Args:
        version: Of UNTP.
        id: Of the credential.
        issuer: Who states it.
        items: Claims or assessments.
    """

    version: Version
    id: str
    issuer: str
    items: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """Whether one claim is borne out.

    Args:
        claim: URI of the claim.
        assessment: URI of the assessment that bears it out, or comes nearest.
        reasons: Why not; empty where it is borne out.
    """

    claim: str
    assessment: str
    reasons: tuple[ProofRejected, ...]

    @property
    def ok(self) -> bool:
        """Return whether it is borne out."""
        return not self.reasons


def read_passport(credential: Json) -> Stated:
    """Return the claims of a Digital Product Passport of anybody.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-UNTP-FORM for another type or version, or a member of another form.
    """
    version = _need_type(credential, "DigitalProductPassport")
    subject = _object(credential, "credentialSubject")
    if version == "0.7.0":
        product = _text(subject, "id")
        found = [_claim_070(one, product) for one in _objects(subject, "performanceClaim")]
    else:
        product = _text(_object(subject, "product"), "id")
        found = [_item_061(one, frozenset({product})) for one in _objects(subject, "conformityClaim")]
    return Stated(version, _text(credential, "id"), _issuer(credential), tuple(found))


def read_attested(credential: Json) -> Stated:
    """Return the assessments of a Digital Conformity Credential of anybody.

    Args:
        credential: Payload of which a signature has held; the caller has compared key and issuer.

    Raises:
        ProofRejected: E-UNTP-FORM for another type or version, or a member of another form.
    """
    version = _need_type(credential, "DigitalConformityCredential")
    subject = _object(credential, "credentialSubject")
    member = "conformityAssessment" if version == "0.7.0" else "assessment"
    found = []
    for one in _objects(subject, member):
        products = frozenset(
            _text(_object(each, "product"), "id") for each in _objects(one, "assessedProduct") if "product" in each
        )
        found.append(_assessment_070(one, products) if version == "0.7.0" else _item_061(one, products))
    return Stated(version, _text(credential, "id"), _issuer(credential), tuple(found))


def match_claims(passport: Stated, attested: Stated, digest: str | None = None) -> tuple[Matched, ...]:
    """Return for each claim of a passport whether a conformity credential bears it out.

    Args:
        passport: What the maker claims.
        attested: What the body assessed; signature, status and recognition are checked elsewhere.
        digest: Of the file of the conformity credential, sha256:<hex>; None leaves digests out.
    """
    return tuple(match_claim(claim, passport, attested, digest) for claim in passport.items)


def match_claim(claim: Claim, passport: Stated, attested: Stated, digest: str | None = None) -> Matched:
    """Return whether some one assessment of a conformity credential bears a claim out, in whole.

    Args:
        claim: One of the passport's.
        passport: What the maker claims.
        attested: What the body assessed.
        digest: Of the file of the conformity credential, sha256:<hex>.
    """
    common = list(_common(claim, passport, attested, digest))
    found = [(list(_differences(claim, one)), one.id) for one in attested.items]
    if not found:
        found = [([ProofRejected("E-UNTP-NO-ASSESSMENT", Where("claim", field=claim.id))], "")]
    reasons, nearest = min(found, key=lambda pair: len(pair[0]))
    return Matched(claim.id, nearest, (*common, *reasons))


def _common(claim: Claim, passport: Stated, attested: Stated, digest: str | None) -> Iterator[ProofRejected]:
    where = Where("claim", field=claim.id)
    if passport.version != attested.version:
        yield ProofRejected("E-UNTP-VERSIONS", where, passport=passport.version, attested=attested.version)
    if passport.issuer == attested.issuer:
        yield ProofRejected("E-UNTP-SELF", where, issuer=passport.issuer)
    named = {link.digest for link in claim.evidence if link.digest is not None}
    if digest is not None:
        needed = digest_multibase(digest) if attested.version == "0.7.0" else digest.removeprefix("sha256:")
        if needed not in named:
            yield ProofRejected("E-UNTP-EVIDENCE", where, needed=needed)


def _differences(claim: Claim, assessed: Claim) -> Iterator[ProofRejected]:
    where = Where("claim", field=claim.id)
    for product in claim.products - assessed.products:
        yield ProofRejected("E-UNTP-PRODUCT", where, product=product)
    for topic in sorted(claim.topics - assessed.topics) or ([] if claim.topics else ["—"]):
        yield ProofRejected("E-UNTP-TOPIC", where, topic=topic)
    for criterion in sorted(claim.criteria - assessed.criteria) or ([] if claim.criteria else ["—"]):
        yield ProofRejected("E-UNTP-CRITERION", where, criterion=criterion)
    if assessed.conformance is not True:
        yield ProofRejected("E-UNTP-CONFORMANCE", where)
    for metric, value, unit in sorted(claim.figures - assessed.figures):
        known = sorted(f"{number} {name}" for other, number, name in assessed.figures if other == metric)
        needed = ", ".join(known) or "—"
        yield ProofRejected("E-UNTP-FIGURE", where, metric=metric, found=f"{value} {unit}", needed=needed)


# Reading, with the form of every member asked for.


def _claim_070(found: Json, product: str) -> Claim:
    return Claim(
        id=_text(found, "id"),
        topics=_ids(found, "conformityTopic"),
        criteria=_ids(found, "referenceCriteria"),
        figures=_figures_070(found, "claimedPerformance"),
        products=frozenset({product}),
        conformance=None,
        evidence=tuple(
            Link(_text(one, "linkURL"), _text(one, "digestMultibase") if "digestMultibase" in one else None)
            for one in _objects(found, "evidence")
        ),
    )


def _assessment_070(found: Json, products: frozenset[str]) -> Claim:
    return Claim(
        id=_text(found, "id"),
        topics=_ids(found, "conformityTopic"),
        criteria=_ids(found, "assessmentCriteria"),
        figures=_figures_070(found, "assessedPerformance"),
        products=products,
        conformance=_truth(found),
        evidence=(),
    )


def _item_061(found: Json, products: frozenset[str]) -> Claim:
    """Return a claim or an assessment of 0.6.1: they differ in the evidence only."""
    evidence: tuple[Link, ...] = ()
    if "conformityEvidence" in found:
        one = _object(found, "conformityEvidence")
        sha256 = one.get("hashMethod") == "SHA-256" and "hashDigest" in one
        evidence = (Link(_text(one, "linkURL"), _text(one, "hashDigest") if sha256 else None),)
    return Claim(
        id=_text(found, "id"),
        topics=frozenset({_text(found, "conformityTopic")}),
        criteria=_ids(found, "assessmentCriteria"),
        figures=frozenset(_figures_061(found)),
        products=products,
        conformance=_truth(found),
        evidence=evidence,
    )


def _figures_070(found: Json, member: str) -> Figures:
    return frozenset(
        (_one_spelling(_text(_object(one, "metric"), "id")), *_measure(_object(one, "measure")))
        for one in _objects(found, member)
        if "measure" in one and "metric" in one
    )


def _figures_061(found: Json) -> Iterator[tuple[str, Decimal, str]]:
    for one in _objects(found, "declaredValue"):
        yield _text(one, "metricName"), *_measure(_object(one, "metricValue"))


def _measure(found: Json) -> tuple[Decimal, str]:
    value = found.get("value")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _refused("value of a measure is no number")
    return Decimal(value), _text(found, "unit")


def _truth(found: Json) -> bool | None:
    value = found.get("conformance")
    if value is not None and not isinstance(value, bool):
        raise _refused("conformance is neither true nor false")
    return value


def _ids(found: Json, member: str) -> frozenset[str]:
    return frozenset(_one_spelling(_text(one, "id")) for one in _objects(found, member))


def _one_spelling(iri: str) -> str:
    for plural, single in _PLURALS:
        if iri.startswith(plural):
            return single + iri.removeprefix(plural)
    return iri


def _need_type(credential: Json, name: str) -> Version:
    types = credential.get("type")
    if not isinstance(types, list) or name not in types or "VerifiableCredential" not in types:
        raise _refused(f"type lacks {name} or VerifiableCredential")
    contexts = credential.get("@context")
    for context in contexts[:MOST_ITEMS] if isinstance(contexts, list) else []:
        for start, version in _CONTEXTS:
            if isinstance(context, str) and context.startswith(start):
                return version
    raise _refused("@context names no UNTP version we read (0.7.0, 0.6.1)")


def _issuer(credential: Json) -> str:
    plain = isinstance(credential.get("issuer"), str)
    return _text(credential, "issuer") if plain else _text(_object(credential, "issuer"), "id")


def _object(found: Json, member: str) -> Json:
    value = found.get(member)
    if not isinstance(value, Mapping):
        raise _refused(f"{member} is no object")
    return value


def _objects(found: Json, member: str) -> list[Json]:
    value = found.get(member, [])
    items = value if isinstance(value, list) else [value]
    if len(items) > MOST_ITEMS or not all(isinstance(one, Mapping) for one in items):
        raise _refused(f"{member} is no list of at most {MOST_ITEMS} objects")
    return items


def _text(found: Json, member: str) -> str:
    value = found.get(member)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT:
        raise _refused(f"{member} is no text of 1–{MOST_TEXT} characters")
    return value


def _refused(reason: str) -> ProofRejected:
    return ProofRejected("E-UNTP-FORM", Where("credential"), reason=reason[:300])

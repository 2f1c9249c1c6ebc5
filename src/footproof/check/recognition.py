"""Whether the body was allowed to issue exactly this certificate on that day, from the records at hand.

Every record counts as the statement of whoever signed it; whether that party was entitled to state it, the walk
decides.
"""

from collections.abc import Mapping
from datetime import date

from footproof.check.anchors import Anchors
from footproof.check.material import Material
from footproof.check.signed import Signed
from footproof.credential import jose
from footproof.credential.did_key import PublicKey
from footproof.credential.recognition_lines import published
from footproof.errors import ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate
from footproof.model.recognition import CodeList
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise import Both, Question, explain, problem, thumbprint, walk_both
from footproof.recognise.sources import record_of_token

MOST_RECORDS = 10_000


def check_recognition(signed: Signed, material: Material, anchors: Anchors, keys: jose.FindKey, at: date) -> Both:
    """Return the chain of recognition as of the day of issue and as of a day.

    Args:
        signed: The certificate.
        material: Holds the records.
        anchors: Say where recognition ends.
        keys: Finds the keys of those who signed the records.
        at: The day asked about.

    Raises:
        ProofRejected: E-CHECK-NO-SCOPE where the certificate does not say what it needs; E-CHECK-NO-ROOTS where the
            anchors name no roots; E-CHECK-MISSING where there are no records, or fewer than listed; those of
            `record_of_token` for a record that does not hold.
    """
    asked = question(signed.certificate, signed.kid, signed.key)
    if anchors.roots is None:
        raise ProofRejected("E-CHECK-NO-ROOTS", Where("trust.json"))
    if not material.recognition:
        raise ProofRejected("E-CHECK-MISSING", what="recognition/")
    if material.missing:  # what a list names and nobody shows may be the very record that speaks against the body
        raise ProofRejected("E-CHECK-MISSING", what=", ".join(material.missing[:3]))
    if len(material.recognition) > MOST_RECORDS:
        raise ProofRejected("E-RECOG-SIZE", found=len(material.recognition), limit=MOST_RECORDS)
    stated = [record_of_token(token, keys) for token in material.recognition]
    records = RecognitionRecords((*anchors.code_lists, *stated))
    return walk_both(asked, records, anchors.roots, now=at)


def question(certificate: Certificate, kid: str, key: PublicKey) -> Question:
    """Return what a certificate asks of the chain.

    Raises:
        ProofRejected: E-CHECK-NO-SCOPE.
    """
    scope = certificate.scope
    if scope is None:
        raise ProofRejected("E-CHECK-NO-SCOPE", Where("certificate"))
    return Question(
        certificate=certificate.number,
        body=certificate.body,
        key=kid,
        thumbprint=thumbprint(key),
        activity=scope.activity,
        scheme=scope.scheme,
        edition=scope.edition,
        rule=certificate.rule_id,
        rule_edition=certificate.rule_edition,
        national=scope.national,
        category=scope.category,
        site=certificate.site.id,
        country=scope.country,
        issued=certificate.decided_on,
        accredited=scope.accreditation is not None,
        accreditation_number=scope.accreditation,
    )


def facts_of(both: Both) -> Mapping[str, str]:
    """Return what each edge rests on as of the day asked about, and the day of the newest record among them.

    Records carry no date until which they count: who shows old ones is not found out offline, so their day is said.
    """
    facts: dict[str, str] = {"finding": both.finding}
    days = []
    for edge in both.now.edges:
        facts[edge.name] = edge.record.id if edge.record is not None else edge.verdict
        if edge.record is not None and not isinstance(edge.record, CodeList):
            days.append(published(edge.record))
    facts["newest"] = max(days).isoformat() if days else "—"
    return facts


def notes_of(both: Both) -> tuple[Bilingual, ...]:
    """Return the finding in sentences, both languages."""
    return tuple(Bilingual(zh, en) for zh, en in zip(explain(both, "zh"), explain(both, "en"), strict=True))


def problem_of(both: Both) -> ProofRejected | None:
    """Return the broken edge to name first, or None where the chain is sound."""
    if both.sound or both.headline is None:
        return None
    return problem(both.headline)

"""Whether the body was allowed to issue exactly this certificate on that day, from the records at hand.

Every record counts as the statement of whoever signed it; whether that party was entitled to state it, the walk
decides.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from footproof.check.anchors import Anchors
from footproof.check.listing import Place, check_listing
from footproof.check.material import Material
from footproof.check.outcome import Outcome
from footproof.check.signed import Signed
from footproof.credential import jose
from footproof.credential.did_key import PublicKey
from footproof.credential.recognition_lines import published
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate
from footproof.model.days import legal_day
from footproof.model.recognition import CodeList, Statement
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise import Both, Question, Roots, explain, problem, thumbprint, walk_both
from footproof.recognise.listing import read_listing
from footproof.recognise.sources import record_of_token


def recognition_outcome(
    signed: Signed,
    material: Material,
    anchors: Anchors,
    keys: jose.FindKey,
    moment: datetime,
    *,
    present: datetime | None = None,
    place: Place | None = None,
) -> Outcome:
    """Return whether the chain holds, and where it does what the records are worth that say so.

    A broken edge is known for certain and comes first.

    Args:
        signed: The certificate.
        material: Holds the records and their list.
        anchors: Whom to believe.
        keys: Finds the keys of those who signed the records.
        moment: The moment asked about.
        present: Now, as in `check_listing`.
        place: Of the certificate in its log, where that was proved.
    """
    try:
        _asked(signed, anchors)  # where nothing can be asked, nothing is missing
        stated = stated_records(material, keys)
        both = check_recognition(signed, stated, anchors, legal_day(moment))
    except FootproofError as found:
        return Outcome("recognition", found, {})
    walked = Outcome("recognition", problem_of(both), facts_of(both), notes_of(both))
    if not walked.ok:
        return walked
    try:
        listed = check_listing(material, stated, anchors, moment, present=present, place=place)
    except FootproofError as found:
        return replace(walked, problem=found, notes=())
    return replace(walked, facts={**walked.facts, **listed.facts}, notes=(*walked.notes, *listed.notes))


def check_recognition(signed: Signed, stated: Mapping[str, Statement], anchors: Anchors, at: date) -> Both:
    """Return the chain of recognition as of the day of issue and as of a day.

    Args:
        signed: The certificate.
        stated: The records, from `stated_records`.
        anchors: Say where recognition ends.
        at: The day asked about.

    Raises:
        ProofRejected: E-CHECK-NO-SCOPE where the certificate does not say what it needs; E-CHECK-NO-ROOTS where the
            anchors name no roots.
    """
    asked, roots = _asked(signed, anchors)
    return walk_both(asked, RecognitionRecords((*anchors.code_lists, *stated.values())), roots, now=at)


def _asked(signed: Signed, anchors: Anchors) -> tuple[Question, Roots]:
    asked = question(signed.certificate, signed.kid, signed.key)
    if anchors.roots is None:
        raise ProofRejected("E-CHECK-NO-ROOTS", Where("trust.json"))
    return asked, anchors.roots


def stated_records(material: Material, keys: jose.FindKey) -> dict[str, Statement]:
    """Return the records at hand by their file, each as the statement of whoever signed it.

    Args:
        material: Holds the records and their list, which says which there have to be; `check_listing` judges it.
        keys: Finds the keys of those who signed the records.

    Raises:
        ProofRejected: E-CHECK-MISSING where there is no list, or a record that it names is not there;
            E-CHECK-RECORD-ADDED where there is one that it does not name; those of `record_of_token` for a record that
            does not hold.
        FootproofError: E-CHECK-INDEX where the list has another form.
    """
    if material.listing is None:
        raise ProofRejected("E-CHECK-MISSING", what="recognition/index.json")
    listed = read_listing(material.listing).listing.records
    # What a list names and nobody shows may be the very record that speaks against the body.
    missing = sorted(listed.keys() - material.recognition.keys())
    if missing:
        raise ProofRejected("E-CHECK-MISSING", what=", ".join(missing[:3]))
    added = sorted(material.recognition.keys() - listed.keys())
    if added:
        raise ProofRejected("E-CHECK-RECORD-ADDED", Where(added[0]), name=", ".join(added[:3]))
    return {name: record_of_token(token, keys) for name, token in material.recognition.items()}


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
    """Return what each edge rests on as of the day asked about, and the day of the newest record among them."""
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

"""The verification statement as one canonical record in both languages, consistent with what was found.

Contents follow ISO 14064-3:2019, clause 9, and ISO/IEC 17029, 9.7. Its digest is what a signature covers, what an
engagement keeps and what a certificate may name.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from footproof.canonical import record_digest
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.model.bilingual import Bilingual
from footproof.model.engagement import Claim, Engagement, Opinion, State, Statement
from footproof.texts import say
from footproof.verify.engagement import issue, require_fitting, sampled, weigh
from footproof.verify.misstatements import Evaluation, Weighed

FORMAT = "footproof-verification-statement/1"
RESPONSIBILITIES = ("responsible-party", "verifier")
SHOWN = ("public", "authorities")
"""Export classes of evidence whose digest a statement names; what never leaves site or country is only counted."""
NATURE = "historical"
"""Verification is of what has happened; a projection would be validated, and has no level of assurance."""


def statement_record(statement: Statement) -> dict[str, Any]:
    """Return the content of a statement.

    Args:
        statement: With an engagement that is decided, or already issued.

    Raises:
        FootproofError: E-VERIFY-STATE before the decision, E-VERIFY-INCOMPLETE for what is missing, E-VERIFY-OPEN,
            E-VERIFY-OPINION and E-VERIFY-QUALIFICATION where the opinion does not fit what was found, E-VERIFY-DATE for
            a day before the period has ended.
    """
    found = statement.engagement
    claim, opinion = _ready(statement)
    weighed = weigh(found)
    return {
        "statement": FORMAT,
        "number": statement.number,
        "issued": statement.issued.isoformat(),
        "title": _text("title"),
        "addressee": _both(statement.addressee),
        "claim": _claim(claim),
        "objectives": _both(_given(found.objectives)),
        "criteria": list(found.criteria),
        "scope": _both(_given(found.scope)),
        "responsibilities": {name: _text(f"responsibility.{name}") for name in RESPONSIBILITIES},
        "assurance": {"level": str(found.assurance), "text": _text(f"assurance.{found.assurance}")},
        "materiality": _materiality(found),
        "work": _both(statement.work),
        "samples": [_sample(found, index) for index in range(len(found.samples))],
        "evidence": _evidence(found),
        "misstatements": _misstatements(found, weighed),
        "opinion": _opinion(opinion, claim),
        "body": _body(statement),
        "leader": statement.leader,
        "reviewer": statement.reviewer,
        "engagement": {"id": found.id, "case": found.case, "version": str(found.version)},
        "nature": {"kind": NATURE, "text": _text(f"nature.{NATURE}")},
        "replaces": statement.replaces,
        "signature": statement.signature,
    }


def statement_digest(statement: Statement) -> str:
    """Return the digest of a statement, which does not cover the reference of its signature.

    Raises:
        FootproofError: As `statement_record`.
    """
    return record_digest({**statement_record(statement), "signature": ""})


def issued(statement: Statement, by: str) -> Engagement:
    """Return the engagement with its statement issued: bound to the package by the digest of what is stated.

    Args:
        statement: Of an engagement that is decided.
        by: Who issues it.

    Raises:
        FootproofError: As `statement_record` and `engagement.issue`.
    """
    return issue(statement.engagement, statement_digest(statement), by)


def _ready(statement: Statement) -> tuple[Claim, Opinion]:
    found = statement.engagement
    states = (State.DECIDED, State.ISSUED, State.FACTS_AFTER_ISSUE, State.REVISED, State.WITHDRAWN)
    if found.state not in states:
        raise FootproofError("E-VERIFY-STATE", action="issue", found=found.state.value, needed=State.DECIDED.value)
    if found.claim is None or found.opinion is None or found.materiality is None:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="claim, opinion, materiality")
    named = {"number": statement.number, "leader": statement.leader, "reviewer": statement.reviewer}
    missing = [name for name, value in named.items() if not value]
    if missing:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing=", ".join(missing))
    if statement.issued <= found.claim.end:
        raise FootproofError("E-VERIFY-DATE", issued=statement.issued, end=found.claim.end)
    require_fitting(found, found.opinion)
    return found.claim, found.opinion


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "package": claim.package,
        "sheet": claim.sheet,
        "value": format(claim.value, "f"),
        "unit": claim.unit,
        "rulebook": claim.rulebook,
        "rulebook_digest": claim.rulebook_digest,
        "product": _both(claim.product),
        "model": claim.model,
        "site": _both(claim.site),
        "responsible": _both(claim.responsible),
        "boundary": _both(claim.boundary),
        "period": {"start": claim.start.isoformat(), "end": claim.end.isoformat()},
        "gross": _figures(claim.gross),
        "origins": _figures(claim.origins),
    }


def _materiality(found: Engagement) -> dict[str, Any]:
    if found.materiality is None:
        return {}
    shares = {name: format(share, "f") for name, share in found.materiality.categories.items()}
    overall = format(found.materiality.overall, "f")
    return {"overall": overall, "categories": shares, "measured_on": "gross positive emissions"}


def _evidence(found: Engagement) -> dict[str, Any]:
    """Return digests of the evidence that others may see, and how many pieces stay with the client."""
    current = [item for item in found.gathered if item.version == found.version]
    shown = sorted({item.digest for item in current if item.export in SHOWN})
    return {"digests": shown, "withheld": str(len({item.digest for item in current if item.export not in SHOWN}))}


def _misstatements(found: Engagement, weighed: Evaluation) -> dict[str, Any]:
    factors = sampled(found)
    return {
        "uncorrected": [
            {
                "id": item.id,
                "row": item.row,
                "category": item.category,
                "assertion": item.assertion,
                "kind": item.kind,
                "clause": item.clause,
                "amount": None if item.amount is None else _exactly(item.amount),
                "stands_for": _exactly(factors.get(item.row, Fraction(1))),
            }
            for item in found.misstatements
            if not item.corrected
        ],
        "weighed": [_weighed(item) for item in weighed.weighed],
    }


def _weighed(item: Weighed) -> dict[str, Any]:
    return {
        "category": item.category,
        "net": _exactly(item.net),
        "gross": _exactly(item.gross),
        "base": _exactly(item.base),
        "limit": format(item.limit, "f"),
        "material": item.material,
    }


def _opinion(opinion: Opinion, claim: Claim) -> dict[str, Any]:
    figures = {"value": format(claim.value, "f"), "unit": claim.unit, "rulebook": claim.rulebook}
    return {
        "kind": str(opinion.kind),
        "text": _text(f"opinion.{opinion.kind}", **figures),
        "qualifications": [_both(item) for item in opinion.qualifications],
    }


def _body(statement: Statement) -> dict[str, Any]:
    body = statement.body
    return {
        "name": _both(body.name),
        "address": _both(body.address),
        "accreditation": body.accreditation,
        "demonstration": body.demonstration,
    }


def _sample(found: Engagement, index: int) -> dict[str, Any]:
    sample = found.samples[index]
    items = {name: str(hits) for name, hits in sample.items.items()}
    return {
        "seed": sample.seed,
        "frame": sample.frame,
        "method": sample.method,
        "size": str(sample.size),
        "items": items,
    }


def _given(text: Bilingual | None) -> Bilingual:
    if text is None:
        raise FootproofError("E-VERIFY-INCOMPLETE", missing="objectives, scope")
    return text


def _figures(values: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: _exactly(value) for name, value in values.items()}


def _exactly(value: Fraction) -> str:
    return exact.write((value.numerator, value.denominator))


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _text(key: str, **values: str) -> dict[str, str]:
    return {
        "zh": say("verification", f"statement.{key}", "zh", **values),
        "en": say("verification", f"statement.{key}", "en", **values),
    }

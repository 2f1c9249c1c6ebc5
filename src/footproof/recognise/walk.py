"""Walk the chain: certificate, key, body, approval, accreditation, accreditation body, arrangement, and the rule.

UNTP leaves open how to check that an accreditation covers *this* scope; here it is one pure function of a question,
records, roots of trust and two days. The key and the scheme edition are judged as of the day of issue, since a
signature once made stays made; all else as of the day asked about.
"""

from datetime import date

from footproof.model.recognition import Accreditation
from footproof.model.recognition_records import RecognitionRecords
from footproof.recognise.arrangements import accreditation_edges
from footproof.recognise.chain import Both, Chain
from footproof.recognise.cover import case_of
from footproof.recognise.edges import approval_edge, body_edge, key_edge
from footproof.recognise.filings import rule_edge
from footproof.recognise.question import Question, Roots


def walk(question: Question, records: RecognitionRecords, roots: Roots, *, at: date, known_on: date) -> Chain:
    """Return every edge of the chain, sound or broken for a named cause.

    Args:
        question: The facts of a certificate.
        records: What is known; nothing published after `known_on` has any effect.
        roots: Whom the asker trusts.
        at: The day to judge.
        known_on: The day up to which publications count.
    """
    case = case_of(question, records, roots, at=at, known_on=known_on)
    approval = approval_edge(case, records)
    upper = accreditation_edges(case, records)
    grants = [approval, upper[0]] if all(edge.verdict != "broken" for edge in upper) else [approval]
    rests_on = [one.record for one in grants if one.verdict == "ok" and isinstance(one.record, Accreditation)]
    return Chain(
        at,
        known_on,
        (key_edge(case, records), body_edge(case, records, rests_on), approval, *upper, rule_edge(case, records)),
    )


def walk_both(question: Question, records: RecognitionRecords, roots: Roots, *, now: date) -> Both:
    """Return the chain as of the day of issue, as known then and as known now, and as of now.

    Args:
        question: The facts of a certificate.
        records: What is known.
        roots: Whom the asker trusts.
        now: Today; the clock is the caller's.
    """
    issued = question.issued
    return Both(
        issue=walk(question, records, roots, at=issued, known_on=issued),
        hindsight=walk(question, records, roots, at=issued, known_on=now),
        now=walk(question, records, roots, at=now, known_on=now),
    )

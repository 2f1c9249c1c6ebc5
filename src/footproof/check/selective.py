"""A certificate in SD-JWT form as its holder shows it: what it says, what it hides, and who may be asked about it.

Two questions are kept apart. By itself the showing proves what the body signed, and status and recognition can be asked
as of any certificate. Where the logged token of the same certificate is at hand, what is shown must be what was logged.
"""

from collections.abc import Mapping
from datetime import datetime

from footproof.check.anchors import Anchors
from footproof.check.material import Material
from footproof.check.outcome import Outcome, attempt
from footproof.check.recognition import recognition_outcome
from footproof.check.signed import PURPOSE, Signed, key_finder
from footproof.check.status import check_status
from footproof.credential import jose
from footproof.credential.selective import Selective, hidden_as, verify_selective
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.model.days import legal_day


def check_selective(
    token: bytes,
    material: Material,
    anchors: Anchors,
    moment: datetime,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    present: datetime | None = None,
) -> tuple[Selective | None, list[Outcome]]:
    """Return what a certificate shows, where its signature holds, and the outcome of each check.

    Args:
        token: As shown.
        material: Status lists and recognition records.
        anchors: Whom to believe.
        moment: The moment asked about.
        nonce: What we asked the holder to sign.
        audience: Who we are.
        present: Now, as in `check_certificate`.
    """
    keys = key_finder(anchors, material.documents)
    shown: list[Selective] = []

    def run() -> Mapping[str, str]:
        found = verify_selective(token, keys, legal_day(moment), nonce=nonce, audience=audience, moment=present)
        shown.append(found)
        return facts_of_showing(found)

    outcomes = [attempt("selective", run)]
    if not shown:
        return None, outcomes
    certificate = shown[0].certificate
    outcomes.append(attempt("status", lambda: check_status(certificate, material, keys, moment, present=present)))
    outcomes.append(_recognition(shown[0], material, anchors, keys, moment, present=present))
    return shown[0], outcomes


def check_same(token: bytes, logged: Signed, keys: jose.FindKey, moment: datetime) -> Mapping[str, str]:
    """Return what a showing hides, where all it shows is what the logged certificate says.

    Args:
        token: As shown.
        logged: The token of the same certificate that stands in the log.
        keys: Finds the keys.
        moment: The moment asked about.

    Raises:
        ProofRejected: As `verify_selective`; E-SD-LOGGED where the two differ.
    """
    shown = verify_selective(token, keys, legal_day(moment))
    if shown.certificate != hidden_as(logged.certificate, shown.hidden):
        raise ProofRejected("E-SD-LOGGED", Where("certificate"), number=logged.certificate.number)
    return facts_of_showing(shown)


def facts_of_showing(shown: Selective) -> Mapping[str, str]:
    """Return what is hidden, for people.

    Args:
        shown: What was verified.
    """
    return {"hidden": ", ".join(shown.hidden) or "—"}


def _recognition(
    shown: Selective,
    material: Material,
    anchors: Anchors,
    keys: jose.FindKey,
    moment: datetime,
    *,
    present: datetime | None,
) -> Outcome:
    try:
        signed = Signed(shown.certificate, {}, shown.kid, jose.find_key(keys, shown.kid, PURPOSE))
    except FootproofError as problem:
        return Outcome("recognition", problem, {})
    return recognition_outcome(signed, material, anchors, keys, moment, present=present)

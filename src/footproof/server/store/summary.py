"""The summary of a certificate: one small public file that says what it is and how it stands, for look-ups.

It is a convenience and proves nothing: whoever relies on a certificate checks its token, lists and log (docs/reference/
static-tree.md). It holds what the store knows now and is written again whenever an operation touches the certificate.
"""

from collections.abc import Callable
from typing import Any

from footproof.canonical import canonical_bytes
from footproof.certify.certificate import Certified
from footproof.certify.people import Organisation
from footproof.credential.conformity import exact_text

FILE = "summary.json"


def summary_name(number: str) -> str:
    """Return the path of the summary of a certificate in the static tree."""
    return f"c/{number}/{FILE}"


def summary(found: Certified, organisation: Callable[[str], Organisation | None]) -> bytes:
    """Return the summary of a certificate.

    Args:
        found: The certificate.
        organisation: Finds an organisation by its id.
    """
    held, subject = found.held, found.held.subject
    body = organisation(held.body)
    return canonical_bytes(
        {
            "number": held.number,
            "name": {"zh": subject.name.zh, "en": subject.name.en},
            "model": subject.model,
            "category": subject.category,
            "place": subject.place,
            "body": _party(held.body, body),
            "client": _party(held.client, organisation(held.client)),
            "scheme": held.scheme,
            "value": None if held.value is None else exact_text(held.value),
            "unit": held.unit,
            "grade": held.grade,
            "reduction": None if held.reduction is None else exact_text(held.reduction.share),
            "decided": held.decided.isoformat(),
            "first": held.first.isoformat(),
            "last": held.last.isoformat(),
            "changes": [
                {
                    "turn": one.turn.value,
                    "on": one.on.isoformat(),
                    "until": None if one.until is None else one.until.isoformat(),
                }
                for one in found.changes
            ],
            "replaced_by": found.replaced_by or None,
            "demonstration": body is None or body.demonstration,
        }
    )


def _party(identity: str, found: Organisation | None) -> dict[str, Any]:
    """Return an organisation by id and, where it is known, name."""
    return {"id": identity, "name": None if found is None else {"zh": found.name.zh, "en": found.name.en}}

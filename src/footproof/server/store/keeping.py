"""Which records need not be kept any more: told, so that nobody has to look; nothing is given up by itself."""

from collections.abc import Callable
from datetime import date

from footproof.certify.certificate import Certified
from footproof.certify.codec import from_json
from footproof.certify.retention import keep_until
from footproof.model.scheme import Scheme
from footproof.server.store.models import CertificateRow, RecordRow

_CHUNK = 500


def past_retention(find_scheme: Callable[[str], Scheme], day: date) -> tuple[tuple[str, date], ...]:
    """Return the certificates whose records need not be kept any more, each with the last day on which they had to be.

    Args:
        find_scheme: Finds an edition by `id@edition`.
        day: Today.
    """
    over = CertificateRow.objects.filter(last__lt=day).order_by("number").values_list("number", flat=True)
    found = []
    for first in range(0, len(numbers := list(over)), _CHUNK):
        rows = RecordRow.objects.filter(stream=Certified.stream, record__in=numbers[first : first + _CHUNK])
        for row in rows.order_by("record"):
            certified = from_json(Certified, row.state)
            until = keep_until(find_scheme(certified.held.scheme), certified)
            if until is not None and until < day:
                found.append((certified.id, until))
    return tuple(found)

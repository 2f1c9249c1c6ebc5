"""Which certificates stand how on a day, asked of the tables."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from footproof.certify.certificate import Standing
from footproof.server.store.models import CertificateRow, StandingRow


def standing_on(rows: "QuerySet[CertificateRow]", standing: Standing, day: date) -> "QuerySet[CertificateRow]":
    """Return the certificates that stand so on a day, as `Certified.standing` has it.

    Args:
        rows: Certificates.
        standing: How.
        day: Any, past or to come.
    """
    known = StandingRow.objects.filter(since__lte=day, until__gte=day)
    by_dates = {
        Standing.NOT_YET: Q(first__gt=day),
        Standing.VALID: Q(first__lte=day, last__gte=day),
        Standing.EXPIRED: Q(first__lte=day, last__lt=day),
    }
    if standing not in by_dates:
        return rows.filter(number__in=known.filter(standing=standing.value).values("certificate"))
    other = known.filter(certificate=OuterRef("number")).exclude(standing=standing.value)
    return rows.filter(by_dates[standing]).exclude(Exists(other))

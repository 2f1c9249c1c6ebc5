"""How long the records of a certificate are kept (ISO/IEC 17065, 7.12.3; ISO/IEC 17021-1, 9.9.4).

The time of a scheme spans the current and the previous cycle, so it runs from the first day of the cycle that a
certificate opened; records are never given up while the certificate could still be valid.
"""

from datetime import date, timedelta

from footproof.certify.certificate import Certified
from footproof.certify.scheme import add_months
from footproof.model.scheme import Scheme


def keep_until(scheme: Scheme, certified: Certified) -> date | None:
    """Return the last day on which the records of a certificate have to be there.

    Args:
        scheme: Edition of the certificate.
        certified: The certificate; an early end does not shorten the time.

    Returns:
        None where the scheme sets no time: then nothing says that they may be given up.
    """
    years = scheme.retention_years
    if years is None:
        return None
    stated = (certified.held, *certified.former)
    kept = add_months(min(one.first for one in stated), 12 * years) - timedelta(days=1)
    return max((kept, *(one.last for one in stated)))

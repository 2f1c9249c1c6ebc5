"""Numbers with check digits: the unified social credit code of a Chinese organisation.

GB 32100-2015: 17 characters and a check character by ISO 7064 modulo 31 with weights 3^i. The library made for such
numbers is LGPL, which the product takes as an extra only; the rule is ten lines.
"""

import re

from footproof.certify.refusals import refuse

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = re.compile(rf"[{_SIGNS}]{{2}}[0-9]{{6}}[{_SIGNS}]{{10}}", re.ASCII)


def credit_check(first: str) -> str:
    """Return the check character of a unified social credit code.

    Args:
        first: The 17 characters before it.
    """
    total = sum(_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(first))
    return _SIGNS[-total % 31]


def need_credit_code(code: str) -> None:
    """Refuse a unified social credit code that cannot be one (I13).

    Raises:
        FootproofError: E-CODE-CREDIT.
    """
    if not _FORM.fullmatch(code) or credit_check(code[:17]) != code[17]:
        raise refuse("E-CODE-CREDIT", "I13", "code", found=code[:40])

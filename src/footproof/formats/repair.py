"""What every reader of background data puts right, and how it says so.

Nothing is changed in silence: each repair, gap and loss is a `Finding` under a stable code whose wording stands in
`texts/findings.toml`.
"""

import math
import re
from collections.abc import Mapping, Sequence

from footproof.model.dataset import Distribution, Finding, Severity, Uncertainty

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_CAS = re.compile(r"0*(\d{2,7})-(\d\d)-(\d)", re.ASCII)
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_DAY_AND_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*|Z|[+-]\d\d:\d\d)")


class Notes:
    """Collects the findings of one reading, in the order in which they are met."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def repaired(self, code: str, file: str, place: str = "", **values: object) -> None:
        """Note a repair that changes no figure."""
        self._add(code, Severity.REPAIRED, file, place, values)

    def warn(self, code: str, file: str, place: str = "", **values: object) -> None:
        """Note a gap or a guess."""
        self._add(code, Severity.WARNING, file, place, values)

    def lost(self, code: str, file: str, place: str = "", **values: object) -> None:
        """Note something that was left out."""
        self._add(code, Severity.LOST, file, place, values)

    def _add(self, code: str, severity: Severity, file: str, place: str, values: Mapping[str, object]) -> None:
        shown = {key: str(value)[:200] for key, value in values.items()}
        self.findings.append(Finding(code, severity, file, place, shown))

    def name(self, text: str, file: str, place: str = "") -> str:
        """Return a name without surrounding blanks; F-NAME-BLANK where there were any."""
        clean = text.strip()
        if clean != text:
            self.repaired("F-NAME-BLANK", file, place, name=repr(text))
        return clean

    def number(self, value: object, file: str, place: str) -> float | None:
        """Return a finite number; None and F-AMOUNT where it is none.

        Args:
            value: Number or text with a decimal point.
            file: Where it stands, for the finding.
            place: Place inside the file.
        """
        number = as_number(value)
        if number is None:
            self.lost("F-AMOUNT", file, place, found=repr(value))
        return number

    def cas(self, text: str, file: str, place: str = "") -> str:
        """Return a CAS number without leading zeros; empty and F-CAS where it is none."""
        clean = text.strip()
        if not clean or clean == "-":
            return ""
        number = as_cas(clean)
        if not number:
            self.warn("F-CAS", file, place, found=clean)
        return number

    def day(self, text: str, file: str, place: str = "") -> str:
        """Return a year or date; F-DATE-TIME where a time was cut off, F-DATE where it is neither."""
        clean = text.strip()
        if not clean or _DAY.fullmatch(clean):
            return clean
        match = _DAY_AND_TIME.fullmatch(clean)
        if match is None:
            self.lost("F-DATE", file, place, found=clean)
            return ""
        self.repaired("F-DATE-TIME", file, place, found=clean, day=match[1])
        return match[1]

    def uncertainty(
        self,
        distribution: Distribution,
        parameters: Sequence[object],
        *,
        amount: float,
        file: str,
        place: str,
        pedigree: tuple[int, ...] = (),
    ) -> Uncertainty | None:
        """Return a distribution around an amount, or None where the file gives none that can be used.

        Args:
            distribution: Which one.
            parameters: As in `Uncertainty`, as the file has them. [unit of the amount; lognormal 1]
            amount: Around which it lies. [unit of the amount]
            file: Where it stands, for the findings.
            place: Place inside the file.
            pedigree: Scores 1 to 5.

        Findings: F-UNCERTAINTY where parameters are missing, F-UNCERTAINTY-NONE where they leave no room,
        F-UNCERTAINTY-ORDER where limits are the wrong way round, F-UNCERTAINTY-CENTRE where the amount lies off the
        centre or outside.
        """
        read = [number for value in parameters if (number := as_number(value)) is not None]
        if len(read) != len(parameters):
            self.lost("F-UNCERTAINTY", file, place, distribution=distribution, found=list(parameters))
            return None
        if distribution in {Distribution.TRIANGULAR, Distribution.UNIFORM} and read != sorted(read):
            self.repaired("F-UNCERTAINTY-ORDER", file, place, distribution=distribution, found=read)
            read = sorted(read)
        if not _has_room(distribution, read, amount):
            self.repaired("F-UNCERTAINTY-NONE", file, place, distribution=distribution, found=read)
            return None
        if not _is_centred(distribution, read, amount):
            self.warn("F-UNCERTAINTY-CENTRE", file, place, distribution=distribution, found=read, amount=amount)
        return Uncertainty(distribution, tuple(read), pedigree)


def as_number(value: object) -> float | None:
    """Return a finite number from a number or its text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_cas(text: str) -> str:
    """Return a CAS number without leading zeros, or nothing where form or check digit are wrong."""
    match = _CAS.fullmatch(text)
    if match is None or not match[1].strip("0"):
        return ""
    digits = (match[1] + match[2])[::-1]
    check = sum(place * int(digit) for place, digit in enumerate(digits, 1)) % 10
    return f"{match[1]}-{match[2]}-{match[3]}" if check == int(match[3]) else ""


def as_pedigree(text: str) -> tuple[int, ...]:
    """Return the scores of a text such as "(2;3;1;4;1)", or nothing unless all are 1 to 5."""
    scores = tuple(int(score) for score in re.findall(r"\b[1-5]\b", text))
    return scores if len(scores) == text.count(";") + 1 else ()


def _has_room(distribution: Distribution, read: Sequence[float], amount: float) -> bool:
    if distribution is Distribution.LOGNORMAL:
        return read[0] > 1 and amount != 0
    if distribution is Distribution.NORMAL:
        return read[0] > 0
    return read[0] < read[-1]


def _is_centred(distribution: Distribution, read: Sequence[float], amount: float) -> bool:
    slack = 0.01 * abs(amount)
    if distribution is Distribution.TRIANGULAR:
        return abs(read[1] - amount) <= slack
    if distribution is Distribution.UNIFORM:
        return read[0] - slack <= amount <= read[1] + slack
    return True

"""A supplier's certified footprint as a factor: whether it serves this study, and the vector it makes.

The certificate itself has been checked before (`check/supplier.py`); a footprint reaches this module only as what it
says. ISO 14067:2018, 6.3.6 and 6.5: data of a supplier must match in unit, boundary and time with what they stand
for. That a supplier's footprint may be three years old at most is the limit of the PACT Methodology for exchanged
footprints.
"""

from collections.abc import Mapping
from datetime import date

from footproof.assess.builder import where
from footproof.assess.factors import Resolved
from footproof.errors import FootproofError, Where
from footproof.expressions.exact import normalise
from footproof.model.rulebook import Rulebook
from footproof.model.study import Study, Supplier
from footproof.model.supplier import GATE, SupplierFootprint

MOST_YEARS = 3
Finding = dict[str, str]


class SupplierSource:
    """The certified footprints that one study may use.

    Args:
        study: Study; its table says which certificates it means.
        rule: Edition it is assessed under.
        checked: Footprints that were checked, by the id of the study's row.
        known_on: Day on which the certificates must hold.
    """

    def __init__(self, study: Study, rule: Rulebook, checked: Mapping[str, SupplierFootprint], known_on: date) -> None:
        self.study = study
        self.rule = rule
        self.checked = checked
        self.known_on = known_on
        self.used: dict[str, SupplierFootprint] = {}
        self.findings: list[Finding] = []

    def resolve(self, key: str, at: Where) -> Resolved:
        """Return the factor behind `certificate:<key>`.

        Args:
            key: Id of a row of suppliers.csv.
            at: Row of the exchange, for errors.

        Raises:
            FootproofError: E-SUPPLIER-UNKNOWN, -MISSING, -OTHER, -UNIT, -BOUNDARY, -VALIDITY, -PERIOD, -DEMONSTRATION.
        """
        row = self.study.suppliers.get(key)
        if row is None:
            known = ", ".join(sorted(self.study.suppliers)[:20])
            raise FootproofError("E-SUPPLIER-UNKNOWN", at, id=key[:80], known=known or "-")
        found = self.checked.get(key)
        if found is None:
            raise FootproofError("E-SUPPLIER-MISSING", where(row.place, "certificate"), certificate=row.certificate)
        if key not in self.used:
            self._refuse(row, found)
            self.findings += _findings(row, found, self.rule)
            self.used[key] = found
        return _resolved(row, found)

    def _refuse(self, row: Supplier, found: SupplierFootprint) -> None:
        _same(row, found)
        _boundary(row, found)
        if not found.valid_from <= self.known_on <= found.valid_until:
            raise FootproofError(
                "E-SUPPLIER-VALIDITY",
                where(row.place, "certificate"),
                certificate=found.certificate,
                start=found.valid_from,
                end=found.valid_until,
                known_on=self.known_on,
            )
        if found.period_start > self.study.end or _years_after(found.period_end, MOST_YEARS) < self.study.start:
            raise FootproofError(
                "E-SUPPLIER-PERIOD",
                where(row.place, "certificate"),
                certificate=found.certificate,
                start=found.period_start,
                end=found.period_end,
                years=MOST_YEARS,
                study=f"{self.study.start} … {self.study.end}",
            )
        if found.demonstration and not row.demonstration:
            raise FootproofError("E-SUPPLIER-DEMONSTRATION", where(row.place, "use"), certificate=found.certificate)


def _same(row: Supplier, found: SupplierFootprint) -> None:
    """Refuse a footprint that is not the one the study names."""
    for column, said, is_ in (
        ("certificate", row.certificate, found.certificate),
        ("digest", row.digest, found.digest),
        ("product", row.product, found.product),
    ):
        if said != is_:
            raise FootproofError("E-SUPPLIER-OTHER", where(row.place, column), what=column, found=is_, needed=said)
    if row.unit != found.unit:
        raise FootproofError("E-SUPPLIER-UNIT", where(row.place, "unit"), found=found.unit, needed=row.unit)


def _boundary(row: Supplier, found: SupplierFootprint) -> None:
    """Refuse what does not reach from the cradle to the gate: less would leave a gap, more would count twice."""
    beyond = [stage for stage in found.stages if stage not in GATE]
    if "raw_materials" not in found.stages or beyond:
        raise FootproofError(
            "E-SUPPLIER-BOUNDARY",
            where(row.place, "certificate"),
            certificate=found.certificate,
            found=", ".join(found.stages) or "-",
        )


def _findings(row: Supplier, found: SupplierFootprint, rule: Rulebook) -> list[Finding]:
    """Return what a reader of the result must know of a footprint that is used."""
    notes = {
        "supplier-rule": found.rule if not _comparable(found.rule, rule) else "",
        "supplier-provisional": found.rule_status if found.rule_status != "in-force" else "",
        "supplier-sealed": found.recomputed if found.recomputed != "all terms" else "",
        "supplier-demonstration": found.certificate if found.demonstration else "",
    }
    return [{"code": code, "subject": row.id, "detail": detail} for code, detail in notes.items() if detail]


def _comparable(name: str, rule: Rulebook) -> bool:
    """Return whether a footprint was computed under the same rule, or the one that this rule inherits from."""
    return name.partition("@")[0] in (rule.name.partition("@")[0], rule.parent.partition("@")[0])


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)


def _resolved(row: Supplier, found: SupplierFootprint) -> Resolved:
    origins = found.origins or {"undifferentiated": found.value}
    return Resolved(
        suffix="",
        weight="1",
        unit=found.unit,
        entries=tuple((origin, "CO2e", normalise(value), found.unit, "") for origin, value in origins.items() if value)
        or (("undifferentiated", "CO2e", "0", found.unit, ""),),
        scope="life cycle",
        role="",
        basis="",
        name=row.name,
        info={
            "factor": f"certificate:{row.id}",
            "source": f"{found.certificate}, {found.body}",
            "data_year": str(found.period_end.year),
            "boundary": "cradle to gate",
            "certificate": found.certificate,
            "certificate_digest": found.digest,
            "rule": found.rule,
            "rule_status": found.rule_status,
            "valid_until": found.valid_until.isoformat(),
            "package": found.package,
            "recomputed": found.recomputed,
        },
    )

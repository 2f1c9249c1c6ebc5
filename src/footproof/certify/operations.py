"""Every operation, record and event there is: the lists that the interfaces and stores are made from."""

from inspect import isclass
from types import ModuleType
from typing import Any, TypeVar

from footproof.certify import (
    applications,
    case,
    certificate,
    complaints,
    decisions,
    declaration,
    declaration_operations,
    engagements,
    evaluations,
    filing_operations,
    filings,
    green,
    labels,
    neutrality_operations,
    orders,
    ownership,
    pack_lists,
    people,
    register,
    retention,
    surveillance,
    verifications,
)
from footproof.certify.operation import Operation
from footproof.certify.record import Beginning, Event, Record

T = TypeVar("T")


def _within(modules: tuple[ModuleType, ...], base: type[T]) -> tuple[type[T], ...]:
    """Return the classes of a kind that modules define, in the order in which they stand there."""
    return tuple(
        found
        for module in modules
        for found in vars(module).values()
        if isclass(found) and issubclass(found, base) and found.__module__ == module.__name__
    )


_NOUNS = (
    people.Organisation,
    people.Person,
    people.CreditCode,
    case.Case,
    certificate.Certified,
    certificate.Holding,
    filings.Filing,
    verifications.Verification,
    complaints.Complaint,
    neutrality_operations.Neutrality,
    neutrality_operations.CreditBlock,
    green.GreenBlock,
    declaration.Declaration,
    pack_lists.PackList,
    pack_lists.DeclaredPack,
    retention.Purge,
)
_EVENTS = (
    people,
    ownership,
    case,
    certificate,
    orders,
    surveillance,
    labels,
    filings,
    verifications,
    complaints,
    neutrality_operations,
    green,
    declaration,
    pack_lists,
    retention,
)
_DEEDS = (
    register,
    ownership,
    applications,
    evaluations,
    engagements,
    decisions,
    orders,
    surveillance,
    labels,
    complaints,
    filing_operations,
    neutrality_operations,
    declaration_operations,
    pack_lists,
)

OPERATIONS: dict[str, type[Operation]] = {one.name: one for one in _within(_DEEDS, Operation)}
"""Operations by name, such as "applications.accept"."""

RECORDS: dict[str, type[Record]] = {one.stream: one for one in _NOUNS}
"""Kinds of records by the name of their stream."""

EVENTS: dict[str, type[Event[Any]]] = {one.kind: one for one in _within(_EVENTS, Event) if one is not Beginning}
"""Kinds of events by name, such as "decision.taken"."""

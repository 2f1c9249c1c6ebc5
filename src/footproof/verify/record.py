"""Engagements as canonical records and back, for whoever keeps or sends them.

A noun becomes an object of its fields; decimals, fractions and dates become exact text. Fields that a record lacks, or
has too many, are refused, so that an older or newer form is never read by half.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from footproof.canonical import record_digest
from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.model.engagement import Engagement

FORMAT = "footproof-engagement/1"


def engagement_record(found: Engagement) -> dict[str, Any]:
    """Return an engagement as a record."""
    return {"engagement": FORMAT, "content": _record(found)}


def engagement_digest(found: Engagement) -> str:
    """Return the digest of an engagement as it stands."""
    return record_digest(engagement_record(found))


def read_engagement(record: object) -> Engagement:
    """Return the engagement of a record.

    Raises:
        FootproofError: E-VERIFY-RECORD for what `engagement_record` does not write.
    """
    if not isinstance(record, Mapping) or set(record) != {"engagement", "content"} or record["engagement"] != FORMAT:
        raise _wrong("engagement", FORMAT)
    found: Engagement = _read(Engagement, record["content"], "content")
    return found


def _record(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _record(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _record(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_record(item) for item in value]
    return _text(value)


def _text(value: Any) -> Any:
    """Return what stands for a single value: exact text for figures and days, itself for text and whole numbers."""
    if isinstance(value, Fraction):
        return exact.write((value.numerator, value.denominator))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _read(kind: Any, value: Any, at: str) -> Any:
    if isinstance(kind, UnionType):
        inner = next(item for item in get_args(kind) if item is not NoneType)
        return None if value is None else _read(inner, value, at)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], item, f"{at}/{n}") for n, item in enumerate(_checked(list, value, at)))
    if get_origin(kind) is Mapping:
        inner = get_args(kind)[1]
        return {key: _read(inner, item, f"{at}/{key}") for key, item in _checked(dict, value, at).items()}
    if is_dataclass(kind):
        return _noun(kind, _checked(dict, value, at), at)
    return _plain(kind, value, at)


def _noun(kind: Any, value: Mapping[str, Any], at: str) -> Any:
    hints = _hints(kind)
    if set(value) != set(hints):
        raise _wrong(at, ", ".join(sorted(set(value) ^ set(hints))))
    return kind(**{name: _read(hint, value[name], f"{at}/{name}") for name, hint in hints.items()})


def _plain(kind: Any, value: Any, at: str) -> Any:
    if kind in (bool, int, str):
        return _checked(kind, value, at)
    text = _checked(str, value, at)
    try:
        if kind is Fraction:
            found: Any = Fraction(*exact.read(text))
        else:
            found = date.fromisoformat(text) if kind is date else kind(text)
    except (FootproofError, ValueError, ArithmeticError) as problem:
        raise _wrong(at, text) from problem
    if _record(found) != text:
        raise _wrong(at, text)
    return found


def _checked(kind: type, value: Any, at: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise _wrong(at, str(value))
    return value


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _wrong(at: str, found: str) -> FootproofError:
    return FootproofError("E-VERIFY-RECORD", at=at, found=found[:80])

"""The nouns of the core as strict schemas: no member too many, none of another kind, none beyond its size.

A dataclass is the one definition; schema and description are made from it. Figures and days are texts, as in what is
stored; a number of JSON is no figure, because readers disagree about its digits.
"""

import re
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    create_model,
)

from footproof.certify.forms import Form, form_of

LONGEST_TEXT = 2000
MOST_ITEMS = 1000
LARGEST = 2**53 - 1
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_RATIO = r"-?[0-9]{1,200}(?:/[1-9][0-9]{0,199})?"
_FIGURE = r"-?(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,20})?"


def _plain(value: object) -> object:
    """Refuse texts that no column and no reader takes: with a null character, or with half of a pair."""
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise ValueError("a text without null characters and lone surrogates is needed")
    return value


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(_DAY, value, re.ASCII):
        raise ValueError("a day such as 2026-01-31 is needed")
    return date.fromisoformat(value)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("a moment such as 2026-01-31T08:00:00+00:00 is needed")
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a moment with its time zone is needed")
    if not 1900 < found.year < 9999:  # a database counts in UTC, which may be beyond the first or last year
        raise ValueError("a moment of our time is needed")
    return found


def _count(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        raise ValueError("a whole number as the name of a member is needed")
    return int(value)


def _figure(value: object) -> Decimal:
    if not isinstance(value, str) or not re.fullmatch(_FIGURE, value, re.ASCII):
        raise ValueError('a figure as text, such as "71.3", is needed')
    return Decimal(value)


def _ratio(value: object) -> Fraction:
    if not isinstance(value, str) or not re.fullmatch(_RATIO, value, re.ASCII):
        raise ValueError('a ratio of whole numbers as text, such as "713/10", is needed')
    return Fraction(value)


Text = Annotated[str, BeforeValidator(_plain), StringConstraints(strict=True, max_length=LONGEST_TEXT)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Figure = Annotated[Decimal, BeforeValidator(_figure), WithJsonSchema({"type": "string", "pattern": f"^{_FIGURE}$"})]
Ratio = Annotated[Fraction, BeforeValidator(_ratio), WithJsonSchema({"type": "string", "pattern": f"^{_RATIO}$"})]
Count = Annotated[int, BeforeValidator(_count)]
Whole = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
_SCALARS: dict[Any, Any] = {
    str: Text,
    bool: StrictBool,
    int: Whole,
    date: Day,
    datetime: Moment,
    Decimal: Figure,
    Fraction: Ratio,
    type(None): None,
}


@cache
def schema_of(noun: Any, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """Return the schema of a dataclass.

    Args:
        noun: A frozen dataclass of the core.
        without: Fields that come from the address.
    """
    hints = get_type_hints(noun, include_extras=True)
    said = _said(noun)
    members: dict[str, Any] = {}
    for one in fields(noun):
        if one.name in without:
            continue
        default = ... if one.default is MISSING else one.default
        members[one.name] = (_kind(hints[one.name]), Field(default, description=said.get(one.name)))
    name = f"{noun.__module__.rpartition('.')[2].title()}{noun.__name__}"
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid", title=noun.__name__),
        __doc__=(noun.__doc__ or "").partition("\n")[0],
        **members,
    )


def value_of(noun: type[Any], model: BaseModel, **given: object) -> Any:
    """Return the dataclass that a checked model describes.

    Args:
        noun: The dataclass.
        model: As `schema_of` made it.
        given: Fields that came from the address.
    """
    hints = get_type_hints(noun)
    values = {
        one.name: _value(hints[one.name], getattr(model, one.name)) for one in fields(noun) if one.name not in given
    }
    return noun(**values, **given)


def _kind(hint: Any) -> Any:  # noqa: PLR0911  # one for each form of hint
    if hint in _SCALARS:
        return _SCALARS[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        return schema_of(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        form = form_of(hint)
        return _formed(form) if form else _kind(inner[0])
    if origin in (Union, types.UnionType):
        kinds: Any = Union[tuple(_kind(one) for one in inner)]  # noqa: UP007  # of kinds known only now
        if len(inner) - (type(None) in inner) == 1:
            return kinds
        # A text that is a figure is taken for one.
        return Annotated[kinds, Field(union_mode="left_to_right")]
    if origin in (frozenset, tuple) and (origin is frozenset or inner[-1] is Ellipsis):
        return Annotated[list[_kind(inner[0])], Field(max_length=MOST_ITEMS)]  # type: ignore[misc]
    if origin is tuple:
        return tuple[tuple(_kind(one) for one in inner)]  # type: ignore[misc]
    if isinstance(hint, str) or origin is None:
        raise TypeError(f"no schema for {hint!r}")
    key: Any = Count if inner[0] is int else _kind(inner[0])
    return Annotated[dict[key, _kind(inner[1])], Field(max_length=MOST_ITEMS)]  # type: ignore[misc]


def _formed(form: Form) -> Any:
    """Return the kind of a text of a form; constraints first, for the description shows those of the text alone."""
    given = StringConstraints(strict=True, max_length=LONGEST_TEXT, pattern=pattern_of(form))
    return Annotated[str, given, BeforeValidator(_plain)]


def pattern_of(form: Form) -> str:
    """Return the regular expression of a whole text of a form."""
    return f"^(?:{form.pattern})$"


def _value(hint: Any, given: Any) -> Any:  # noqa: PLR0911  # one for each form of hint
    if is_dataclass(hint) and isinstance(hint, type):
        return value_of(hint, given)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if given is None:
            return None
        nouns = [one for one in inner if is_dataclass(one)]
        return _value(nouns[0] if isinstance(given, BaseModel) and nouns else type(given), given)
    if origin is frozenset:
        return frozenset(given)
    if origin is tuple and inner[-1] is Ellipsis:
        return tuple(_value(inner[0], one) for one in given)
    if origin is tuple:
        return tuple(_value(kind, one) for kind, one in zip(inner, given, strict=True))
    if isinstance(given, dict):
        return {key: _value(inner[1], one) for key, one in given.items()}
    return given


def _said(noun: type[Any]) -> dict[str, str]:
    """Return what the docstring of a dataclass says of its fields."""
    return dict(re.findall(r"^ {8}(\w+): (.+)$", noun.__doc__ or "", re.MULTILINE))

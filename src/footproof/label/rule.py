"""The rule of a label as data: how the value is rounded, what stands on the mark, in which words and colours.

A rule that is not a demonstration needs a licence, which this edition cannot hold yet; so it is refused, and
no mark of ours can be taken for an official one.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, cast

from footproof.errors import FootproofError, Where
from footproof.label.rounding import MODES, MOST_DIGITS, RoundingMode
from footproof.model.bilingual import Bilingual

FIELDS = ("unit_name", "boundary", "product_name", "product_model", "valid_until")
TEXTS = ("title", "demo", "notice", "number", "scan", "reduction", "against", "base")
COLOURS = ("main", "ink", "paper", "notice")

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class LabelRule:
    """What a mark shows and how.

    Args:
        id: Name of the rule.
        digits: Significant digits of the shown value.
        mode: How ties are rounded.
        fields: Items under the value, in order.
        texts: Fixed wording by key: title, demo, notice, number, scan; of a reduction its title, what stands under it,
            and the name of the base.
        colours: #rrggbb by use: main, ink, paper, notice.
        link_limit: Longest link in the code. [characters]
        minimum_width: Smallest printed width. [mm]
        clear_space: Free of other print on every side. [mm]
        surface: Where the mark may stand.
    """

    id: str
    digits: int
    mode: RoundingMode
    fields: tuple[str, ...]
    texts: Mapping[str, Bilingual]
    colours: Mapping[str, str]
    link_limit: int
    minimum_width: Decimal
    clear_space: Decimal
    surface: Bilingual


def read_label_rule(text: str, file: str) -> LabelRule:
    """Return the label rule in a TOML text.

    Args:
        text: Content of the file.
        file: Its name, for the reader of an error.

    Raises:
        FootproofError: E-LABEL-RULE where a key is missing, unknown or out of range; E-LABEL-LICENCE where
        the
            rule does not say that it is a demonstration.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
        if data["demonstration"] is not True:
            raise FootproofError("E-LABEL-LICENCE", Where(file), rule=data["id"])
        rule = _rule(data)
    except tomllib.TOMLDecodeError as problem:
        raise _refused(file, "—", str(problem), "TOML") from problem
    except KeyError as problem:
        raise _refused(file, str(problem.args[0]), "—", "a value") from problem
    except (TypeError, ValueError, ArithmeticError) as problem:
        raise _refused(file, "—", str(problem), "a value of the right kind") from problem
    _check(rule, file)
    return rule


@cache
def demo_rule() -> LabelRule:
    """Return the demonstration label that comes with footproof."""
    source = resources.files("footproof.label").joinpath("demo.toml").read_text("utf-8")
    return read_label_rule(source, "demo.toml")


def _rule(data: Mapping[str, Any]) -> LabelRule:
    return LabelRule(
        id=str(data["id"]),
        digits=int(data["rounding"]["digits"]),
        mode=cast(RoundingMode, data["rounding"]["mode"]),
        fields=tuple(data["fields"]),
        texts={key: Bilingual(**data["text"][key]) for key in TEXTS},
        colours={key: str(data["colour"][key]) for key in COLOURS},
        link_limit=int(data["link_limit"]),
        minimum_width=Decimal(data["placement"]["minimum_width"]),
        clear_space=Decimal(data["placement"]["clear_space"]),
        surface=Bilingual(**data["placement"]["surface"]),
    )


def _check(rule: LabelRule, file: str) -> None:
    if not 1 <= rule.digits <= MOST_DIGITS:
        raise _refused(file, "rounding.digits", rule.digits, f"1 … {MOST_DIGITS}")
    if rule.mode not in MODES:
        raise _refused(file, "rounding.mode", rule.mode, " | ".join(MODES))
    unknown = [field for field in rule.fields if field not in FIELDS]
    if unknown:
        raise _refused(file, "fields", unknown[0], " | ".join(FIELDS))
    for key, colour in rule.colours.items():
        if not _COLOUR.fullmatch(colour):
            raise _refused(file, f"colour.{key}", colour, "#rrggbb")


def _refused(file: str, field: str, found: object, needed: str) -> FootproofError:
    return FootproofError("E-LABEL-RULE", Where(file, field=field), field=field, found=found, needed=needed)

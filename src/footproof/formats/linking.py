"""Choices that steer the making of a system from a database: a TOML file (`docs/reference/linking.md`)."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from footproof.errors import FootproofError
from footproof.formats.toml import Table, read_toml
from footproof.model.dataset import DatasetKind
from footproof.model.linking import (
    AllocationChoice,
    AllocationMethod,
    Exclusion,
    Preference,
    Role,
    Settings,
    SupplierChoice,
)

FORMAT = "footproof-linking/1"
W = TypeVar("W", bound=StrEnum)


def read_settings(data: bytes, name: str, preset: Settings) -> Settings:
    """Read choices.

    Args:
        data: TOML.
        name: File, for errors.
        preset: What holds where the file says nothing.

    Raises:
        FootproofError: E-TOML-*, E-KEY-*, E-NUMBER.
    """
    values, lines = read_toml(data, name)
    head = Table(values, name, lines)
    head.refuse_unknown(("format", "suppliers", "allocation", "supplier", "allocate", "exclude", "role", "tag"))
    if head.text("format") != FORMAT:
        raise FootproofError(
            "E-KEY-CHOICE", head.where("format"), key="format", found=head.text("format")[:40], allowed=FORMAT
        )
    return Settings(
        several=_several(head, preset),
        match_names=_match_names(head, preset),
        allocation=_allocation(head, preset),
        suppliers=tuple(map(_supplier, _all(head, "supplier"))),
        allocations={choice.dataset: choice for choice in map(_allocate, _all(head, "allocate"))},
        exclusions=tuple(map(_exclusion, _all(head, "exclude"))),
        roles=dict(map(_role, _all(head, "role"))),
        tags=_tags(_all(head, "tag")),
    )


def write_settings(settings: Settings) -> bytes:
    """Return choices as a TOML file that `read_settings` reads to the same."""
    lines = [f'format = "{FORMAT}"', "", "[suppliers]", f"several = {_list(settings.several)}"]
    lines += [f"match_names = {str(settings.match_names).lower()}", "", "[allocation]"]
    lines += [f"default = {_list(settings.allocation)}"]
    for choice in settings.suppliers:
        lines += ["", "[[supplier]]", f"flow = {_quoted(choice.flow)}"]
        lines += [f"{key} = {_quoted(value)}" for key in ("user", "location") if (value := getattr(choice, key))]
        lines += [f"shares = {_inline(choice.shares)}"]
    for own in settings.allocations.values():
        lines += ["", "[[allocate]]", f"dataset = {_quoted(own.dataset)}", f"method = {_quoted(own.method.value)}"]
        lines += [f"weights = {_inline(own.weights)}"] if own.weights else []
    for item in settings.exclusions:
        lines += ["", "[[exclude]]"]
        lines += [f"{key} = {_quoted(value)}" for key in ("dataset", "kind", "reason") if (value := getattr(item, key))]
    for dataset, role in settings.roles.items():
        lines += ["", "[[role]]", f"dataset = {_quoted(dataset)}", f"role = {_quoted(role.value)}"]
    for tag, datasets in settings.tags.items():
        lines += ["", "[[tag]]", f"tag = {_quoted(tag)}", f"datasets = {_list(sorted(datasets))}"]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _all(head: Table, key: str) -> tuple[Table, ...]:
    return head.tables(key) if key in head.values else ()


def _several(head: Table, preset: Settings) -> tuple[Preference, ...]:
    if "suppliers" not in head.values:
        return preset.several
    table = head.table("suppliers")
    table.refuse_unknown(("several", "match_names"))
    return _words(table, "several", Preference) if "several" in table.values else preset.several


def _match_names(head: Table, preset: Settings) -> bool:
    if "suppliers" not in head.values or "match_names" not in head.values["suppliers"]:
        return preset.match_names
    return head.table("suppliers").flag("match_names")


def _allocation(head: Table, preset: Settings) -> tuple[AllocationMethod, ...]:
    if "allocation" not in head.values:
        return preset.allocation
    table = head.table("allocation")
    table.refuse_unknown(("default",))
    return _words(table, "default", AllocationMethod)


def _words(table: Table, key: str, options: type[W]) -> tuple[W, ...]:
    values = table.values.get(key)
    allowed = {option.value for option in options}
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v in allowed for v in values):
        raise FootproofError(
            "E-KEY-CHOICE", table.where(key), key=key, found=str(values)[:80], allowed=", ".join(sorted(allowed))
        )
    return tuple(options(value) for value in values)


def _supplier(table: Table) -> SupplierChoice:
    table.refuse_unknown(("flow", "shares", "user", "location"))
    return SupplierChoice(
        table.text("flow"), _numbers(table, "shares"), _optional(table, "user"), _optional(table, "location")
    )


def _allocate(table: Table) -> AllocationChoice:
    table.refuse_unknown(("dataset", "method", "weights"))
    weights = _numbers(table, "weights") if "weights" in table.values else {}
    return AllocationChoice(table.text("dataset"), table.choice("method", AllocationMethod), weights)


def _exclusion(table: Table) -> Exclusion:
    table.refuse_unknown(("dataset", "kind", "reason"))
    if ("dataset" in table.values) == ("kind" in table.values):
        raise FootproofError("E-KEY-MISSING", table.where(), key="dataset / kind")
    kind = table.choice("kind", DatasetKind).value if "kind" in table.values else ""
    return Exclusion(_optional(table, "dataset"), kind, _optional(table, "reason"))


def _role(table: Table) -> tuple[str, Role]:
    table.refuse_unknown(("dataset", "role"))
    return table.text("dataset"), table.choice("role", Role)


def _tags(tables: tuple[Table, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for table in tables:
        table.refuse_unknown(("tag", "datasets"))
        values = table.values.get("datasets")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise FootproofError(
                "E-KEY-TYPE", table.where("datasets"), key="datasets", found=str(values)[:40], needed="array of text"
            )
        found[table.text("tag")] = found.get(table.text("tag"), frozenset()) | frozenset(values)
    return found


def _optional(table: Table, key: str) -> str:
    return table.text(key) if key in table.values else ""


def _numbers(table: Table, key: str) -> Mapping[str, float]:
    inner = table.table(key)
    return {name: float(inner.number(name)) for name in inner.values}


def _list(values: Iterable[str]) -> str:
    return json.dumps([str(value) for value in values], ensure_ascii=False)


def _inline(numbers: Mapping[str, float]) -> str:
    parts = (f"{_quoted(name)} = {format(Decimal(repr(value)), 'f')}" for name, value in numbers.items())
    return "{ " + ", ".join(parts) + " }"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON escapes are a subset, but for DEL."""
    return re.sub("\x7f", "\\\\u007F", json.dumps(text, ensure_ascii=False))

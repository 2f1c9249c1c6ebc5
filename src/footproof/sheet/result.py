"""What an evaluation says, as the record that a package keeps and others compare. Specification, section 6."""

from collections.abc import Iterator, Mapping
from typing import Any

from footproof.errors import FootproofError
from footproof.expressions import exact
from footproof.expressions.evaluate import Value
from footproof.expressions.exact import ZERO, Exact
from footproof.sheet.evaluate import Evaluation, evaluate_sheet
from footproof.sheet.form import Sheet, read_sheet, sheet_of
from footproof.sheet.origins import ORIGINS


def result_record(sheet: Sheet, evaluation: Evaluation) -> dict[str, Any]:
    """Return the exact result as a JSON record."""
    totals = evaluation.totals
    low, high = _interval(sheet, evaluation)
    return {
        "value": exact.write(totals.value),
        "declared": exact.round_significant(totals.value, sheet.digits),
        "unit": sheet.unit,
        "interval": {"low": exact.write(low), "high": exact.write(high)},
        "stages": {stage: _stage(stage, evaluation) for stage in sheet.stages},
        "origins": {origin: exact.write(totals.origins[origin]) for origin in ORIGINS},
        "aircraft": exact.write(evaluation.aircraft),
        "nodes": {name: _write(value) for name, value in evaluation.nodes.items()},
        "terms": {name: exact.write(value) for name, value in evaluation.terms.items()},
        "beside": {name: exact.write(value) for name, value in evaluation.beside.items()},
        "alternatives": {name: exact.write(value) for name, value in evaluation.alternatives.items()},
    }


def evaluate_bytes(data: bytes) -> dict[str, Any]:
    """Return the result of a sheet, or `{"error": {code, at}}`, as every evaluator must."""
    try:
        return evaluate_document(read_sheet(data))
    except FootproofError as problem:
        return {"error": {"code": problem.code, "at": ""}}


def evaluate_document(document: Sheet | Mapping[str, Any]) -> dict[str, Any]:
    """Return the same for a sheet that was read already.

    Args:
        document: Checked, or as `read_canonical` gives it.
    """
    try:
        sheet = document if isinstance(document, Sheet) else sheet_of(document)
    except FootproofError as problem:
        return {"error": {"code": problem.code, "at": ""}}
    try:
        return result_record(sheet, evaluate_sheet(sheet))
    except FootproofError as problem:
        place = problem.where.field if problem.where else ""
        return {"error": {"code": problem.code, "at": place}}


def differences(claimed: object, computed: object, path: str = "") -> Iterator[str]:
    """Yield the paths at which two result records differ, such as `terms/cell.nickel`."""
    if isinstance(claimed, Mapping) and isinstance(computed, Mapping):
        for key in sorted(set(claimed) | set(computed)):
            place = f"{path}/{key}" if path else str(key)
            if key in claimed and key in computed:
                yield from differences(claimed[key], computed[key], place)
            else:
                yield place
    elif claimed != computed or type(claimed) is not type(computed):
        yield path


def _stage(stage: str, evaluation: Evaluation) -> dict[str, str]:
    cells = {origin: exact.write(evaluation.cells.get((stage, origin), ZERO)) for origin in ORIGINS}
    return {"total": exact.write(evaluation.totals.stages[stage]), **cells}


def _interval(sheet: Sheet, evaluation: Evaluation) -> tuple[Exact, Exact]:
    low = high = evaluation.totals.value
    for alternative in sheet.alternatives:
        if alternative.kind == "axis":
            value = evaluation.alternatives[alternative.id]
            low = value if exact.compare(value, low) < 0 else low
            high = value if exact.compare(value, high) > 0 else high
    return low, high


def _write(value: Value) -> str | bool:
    return exact.write(value) if isinstance(value, tuple) else value

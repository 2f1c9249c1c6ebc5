"""What a person needs to know of a database, as a record: health, unlinked inputs, choices made, findings.

Figures are short text; wording belongs to the texts, by code.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from footproof.background.gaps import Hidden
from footproof.background.health import HealthItem
from footproof.background.linked import Choice
from footproof.background.prepare import Prepared
from footproof.model.dataset import Finding
from footproof.model.linking import Exclusion

MOST_NAMED = 50
MOST_FINDINGS = 20_000


def report_record(prepared: Prepared) -> dict[str, Any]:
    """Return everything there is to say of a database."""
    background = prepared.background
    findings = (*background.source.findings, *background.findings)
    assumed = sorted(flow for flow, found in prepared.recognised.items() if found.assumed)
    return {
        "health": [_item(prepared, item) for item in prepared.health.items],
        "exclusions": [_exclusion(prepared, item) for item in prepared.health.exclusions],
        "unsound": len(prepared.health.unsound),
        "problem": _problem(prepared),
        "unlinked": [_hidden(prepared, item) for item in prepared.hidden],
        "choices": [_choice(item) for item in background.choices],
        "origin_assumed": [{"flow": flow, "name": background.source.flows[flow].name} for flow in assumed],
        "finding_counts": dict(sorted(Counter(item.code for item in findings).items())),
        "findings": [_finding(item) for item in findings[:MOST_FINDINGS]],
        "findings_left_off": max(len(findings) - MOST_FINDINGS, 0),
    }


def _problem(prepared: Prepared) -> dict[str, Any] | None:
    if prepared.problem is None:
        return None
    values = {key: str(value) for key, value in prepared.problem.values.items()}
    return {"code": prepared.problem.code, "values": values}


def _item(prepared: Prepared, item: HealthItem) -> dict[str, Any]:
    source = prepared.background.source
    return {
        "code": item.code,
        "severity": item.severity,
        "weight": f"{item.weight:.6g}",
        "values": dict(item.values),
        "datasets": [{"id": id_, "name": source.datasets[id_].name} for id_ in item.datasets[:MOST_NAMED]],
        "flows": [{"id": id_, "name": source.flows[id_].name} for id_ in item.flows[:MOST_NAMED]],
        "dataset_count": len(item.datasets),
        "flow_count": len(item.flows),
    }


def _exclusion(prepared: Prepared, item: Exclusion) -> dict[str, Any]:
    dataset = prepared.background.source.datasets.get(item.dataset)
    return {
        "dataset": item.dataset,
        "kind": item.kind,
        "name": dataset.name if dataset else "",
        "reason": item.reason,
    }


def _hidden(prepared: Prepared, item: Hidden) -> dict[str, Any]:
    source = prepared.background.source
    return {
        "flow": item.flow,
        "name": source.flows[item.flow].name,
        "unit": item.unit,
        "users": item.users,
        "reasons": list(item.reasons),
        "assumed": f"{item.assumed:.4g}" if item.assumed == item.assumed else None,
        "weight": f"{item.weight:.4g}",
        "largest": f"{item.largest:.4g}",
        "worst": prepared.background.activities[item.worst].id if item.worst >= 0 else None,
    }


def _choice(item: Choice) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": item.kind, "subject": item.subject, "method": item.method, "count": item.count}
    extra: Mapping[str, Any] = {"result": dict(item.result), "user": item.user}
    return record | {key: value for key, value in extra.items() if value}


def _finding(item: Finding) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity.value,
        "file": item.file,
        "place": item.place,
        "values": dict(item.values),
    }

"""What an assessment puts into a package: the same records for the same study, rule and dates, on any machine."""

from collections.abc import Callable, Mapping
from typing import Any

from footproof.assess.assess import Assessment
from footproof.assess.terms import both
from footproof.model.rulebook import Rulebook


def about(assessment: Assessment) -> dict[str, Any]:
    """Return what a reader of a package sees first: product, maker, site, unit, rule, dates."""
    study, rule = assessment.study, assessment.rule
    declared = rule.functional_unit or study.declared_unit
    return {
        "study": study.id,
        "title": both(study.title),
        "note": both(study.note),
        "product": {
            "name": both(study.product.name),
            "model": study.product.model,
            "description": both(study.product.description),
        },
        "producer": {"name": both(study.producer.name), "address": both(study.producer.address)},
        "site": {"name": both(study.site.name), "address": both(study.site.address), "region": study.region},
        "period": {"start": study.start.isoformat(), "end": study.end.isoformat()},
        "known_on": assessment.known_on.isoformat(),
        "rule": rule.name,
        "rule_digest": rule.digest,
        "rule_title": both(rule.title),
        "rule_status": rule.status.value,
        "rule_status_note": both(rule.status_note),
        "unit": assessment.result["unit"],
        "declared_unit": both(declared.name),
        "boundary": both(declared.boundary),
        "stages": {name: both(text) for name, text in rule.stages.items() if name not in rule.excluded_stages},
        "sheet_digest": assessment.sheet_digest,
        "term_count": str(len(assessment.sheet.terms)),
        "findings": [dict(finding) for finding in assessment.findings],
    }


def evidence(assessment: Assessment) -> dict[str, Any]:
    """Return the digest and name of every document by id."""
    return {
        item.id: {"file": item.file, "sha256": item.sha256, "name": both(item.name), "captured": item.captured}
        for item in assessment.study.evidence.values()
    }


def suppliers(assessment: Assessment) -> dict[str, Any]:
    """Return the certified footprints of suppliers that were used, by id."""
    return {name: found.record() for name, found in assessment.suppliers.items()}


def rule_files(rule: Rulebook, parents: Callable[[str], Rulebook]) -> dict[str, Mapping[str, bytes]]:
    """Return the files of an edition and of those it inherits from, by name."""
    files: dict[str, Mapping[str, bytes]] = {rule.name: rule.files}
    while rule.parent:
        rule = parents(rule.parent)
        files[rule.name] = rule.files
    return files

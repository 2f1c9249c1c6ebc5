"""Which stages of the life cycle lie inside the boundary of a result, and whether it ends at the gate."""

from footproof.interpret.clause_view import View

BEFORE_THE_GATE = ("raw_materials", "manufacturing", "distribution")


def stages_inside(view: View) -> tuple[str, ...] | None:
    """Return the stages inside the boundary: what the study lists, or what a rule with its own unit prescribes.

    Args:
        view: The assessment as facts read it.

    Returns:
        Stages in the order of the study or the rule; None where neither says.
    """
    listed = view.study.declared_unit.stages
    if listed and view.rule.functional_unit is None:
        return tuple(stage for stage in listed if stage in view.sheet.stages)
    return view.sheet.stages if view.rule.functional_unit else None


def stages_counted(view: View) -> set[str]:
    """Return the stages in which something is counted; a term of no amount counts nothing."""
    return {term.stage for term in view.terms if term.amount}


def ends_at_the_gate(view: View) -> bool:
    """Return whether the end of life lies outside: what carbon the product holds is then not seen to leave it.

    ISO 14067:2018 6.4.9.3 and 7.2 want the biogenic carbon of such a product stated.
    """
    inside = stages_inside(view)
    return "end_of_life" not in (stages_counted(view) if inside is None else inside)

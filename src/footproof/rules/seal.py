"""Seal an edition: nothing is wrong with it, its examples hold, and from now on it is what its lock says."""

from collections.abc import Callable, Mapping

from footproof.errors import FootproofError, Where
from footproof.model.rulebook import Rulebook
from footproof.rules.lint import lint
from footproof.rules.lock import lock_bytes
from footproof.rules.reading import LOCK
from footproof.rules.rulebook import read_rulebook


def sealed(
    files: Mapping[str, bytes], parents: Callable[[str], Rulebook], facts: Mapping[str, str] | None = None
) -> tuple[Rulebook, bytes]:
    """Return an edition that can be sealed, and its lock.

    Args:
        files: Content by path inside the folder of the edition.
        parents: Gives an edition by name, for the parent.
        facts: As for `lint`.

    Raises:
        FootproofError: E-RULE-LINT where something is wrong, E-RULE-LOCK where it is sealed with other content.
    """
    if LOCK in files:
        rule = read_rulebook(files, parents)
        return rule, files[LOCK]
    findings = lint(files, parents, facts)
    if findings:
        first = findings[0].problem.where
        raise FootproofError("E-RULE-LINT", first or Where("rule.toml"), count=len(findings))
    rule = read_rulebook(files, parents)
    return rule, lock_bytes(rule)

"""Scheme and rulebook editions that a register works by: what ships, and its own below `schemes/` and `rules/`.

Its own lie in the workspace as `<id>/<edition>/`, in the form of those that ship, and are read once while the process
runs. What `lint` finds in one is refused before anything is done under it: a case would be stuck, or end without work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from footproof.certify.checklist import shipped_rulebook
from footproof.certify.scheme import lint as lint_scheme
from footproof.certify.scheme import load_scheme, schemes_in, shipped_schemes
from footproof.errors import FootproofError, Where
from footproof.interpret.facts import FACTS
from footproof.model.rulebook import Rulebook
from footproof.model.scheme import Scheme
from footproof.rules.lint import lint as lint_rulebook
from footproof.rules.reading import RULE
from footproof.rules.rulebook import edition_files, is_path, load_rulebook, parents_of, shipped_editions

SCHEMES, RULES = "schemes", "rules"


@dataclass(frozen=True, slots=True)
class Editions:
    """What a register knows.

    Args:
        schemes: Its own scheme editions, by `id@edition`.
        rules: Its own rulebook editions, by `id@edition`.
    """

    schemes: Mapping[str, Scheme]
    rules: Mapping[str, Rulebook]

    @property
    def known(self) -> tuple[str, ...]:
        """Return the scheme editions there are, as `id@edition`: what ships, then its own."""
        return (*shipped_schemes(), *self.schemes)

    def scheme(self, key: str) -> Scheme:
        """Return a scheme edition; what strangers name is never taken for a path.

        Args:
            key: `id@edition`.

        Raises:
            FootproofError: E-SCHEME-UNKNOWN.
        """
        if key in shipped_schemes():
            return load_scheme(key)
        if key not in self.schemes:
            raise FootproofError("E-SCHEME-UNKNOWN", Where("scheme"), name=key[:120], known=", ".join(self.known))
        return self.schemes[key]

    def rulebook(self, name: str, edition: str) -> Rulebook | None:
        """Return a rulebook edition, or None where it is not at hand.

        Args:
            name: `id@edition`.
            edition: Its digest.
        """
        own = self.rules.get(name)
        return own if own is not None and own.digest == edition else shipped_rulebook(name, edition)

    def rulebook_named(self, name: str) -> Rulebook:
        """Return a rulebook edition by name alone; what strangers name is never taken for a path.

        Args:
            name: `id@edition`, or `id` for the newest that ships.

        Raises:
            FootproofError: E-RULE-UNKNOWN.
        """
        if is_path(name):
            raise FootproofError("E-RULE-UNKNOWN", name=name[:120], known=", ".join(self.rules))
        return self.rules.get(name) or load_rulebook(name)

    def digests_of(self, identity: str) -> set[str]:
        """Return the digests of the newest shipped edition of a rulebook and of each of one's own.

        Args:
            identity: Id of the rulebook.
        """
        newest = {load_rulebook(identity).digest} if identity in shipped_editions() else set()
        return newest | {one.digest for one in self.rules.values() if one.id == identity}


@cache
def editions(folder: Path) -> Editions:
    """Return the editions of a workspace.

    Args:
        folder: Of the workspace.

    Raises:
        FootproofError: What `lint` finds in one, at its file; E-SCHEME-NAME, E-SCHEME-SHADOW, E-RULE-NAME or
            E-RULE-SHADOW where one bears another name than its folder, or that of an edition that ships without being
            it.
    """
    schemes = schemes_in(folder / SCHEMES) if (folder / SCHEMES).is_dir() else {}
    for name, one in schemes.items():
        for problem in lint_scheme(one):
            raise _at(problem, SCHEMES, name)
    own = {name: one for name, one in schemes.items() if name not in shipped_schemes()}
    return Editions(own, dict(map(_rulebook, sorted((folder / RULES).resolve().glob(f"*/*/{RULE}")))))


def _rulebook(file: Path) -> tuple[str, Rulebook]:
    place, needed = str(file.parent), f"{file.parent.parent.name}@{file.parent.name}"
    for finding in lint_rulebook(
        edition_files(place), parents_of(place), {name: one.unit for name, one in FACTS.items()}
    ):
        raise _at(finding.problem, RULES, needed)
    rule = load_rulebook(place)
    at = Where(f"{RULES}/{needed.replace('@', '/')}/{RULE}", field="id")
    if rule.name != needed:
        raise FootproofError("E-RULE-NAME", at, found=rule.name, needed=needed)
    if rule.edition in shipped_editions().get(rule.id, ()) and rule.shipped_digest:
        raise FootproofError("E-RULE-SHADOW", at, name=rule.name)
    return needed, rule


def _at(problem: FootproofError, kind: str, name: str) -> FootproofError:
    """Return a problem with the file as it lies in the workspace."""
    found = problem.where or Where("")
    return problem.at(Where(f"{kind}/{name.replace('@', '/')}/{found.file}", found.line, found.field))

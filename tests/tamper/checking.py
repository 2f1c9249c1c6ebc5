"""Checks a tree as `footproof check` does, and keeps what failed."""

from dataclasses import dataclass
from datetime import datetime

from footproof.check import Outcome, attempt, check_certificate, key_finder, read_anchors, read_signed
from footproof.check.embedded import check_embedded
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate
from footproof.model.days import legal_day
from footproof.server.gather import gather
from tamper.world import NOW, Tree, World

FIRST = "c/DEMO-2026-000001/certificate.jwt"
CHECKS = ("signature", "validity", "status", "recognition", "log", "package", "recomputation")


@dataclass(frozen=True)
class Answer:
    """What checking gave.

    Args:
        certificate: Where its signature held.
        failed: Code by the name of the check; "anchors" and "gather" for what failed before any.
        facts: Figures by check.
        outcomes: As they are.
    """

    certificate: Certificate | None
    failed: dict[str, str]
    facts: dict[str, dict[str, str]]
    outcomes: tuple[Outcome, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that has to be checked was, and held."""
        return not self.failed and set(self.facts) == set(CHECKS)


def check_tree(
    tree: Tree,
    anchors: bytes,
    at: datetime = NOW,
    name: str = FIRST,
    *,
    jwt: bytes | None = None,
    document: bytes | None = None,
) -> Answer:
    """Return what a check of one certificate says; whatever is no FootproofError goes through and fails the test.

    Args:
        tree: Where everything lies.
        anchors: Whom to believe.
        at: The moment asked about.
        name: Of the token in the tree.
        jwt: The token, where it does not come from the tree.
        document: The certificate with an embedded proof, where one was handed over.
    """
    step = "anchors"
    try:
        believed = read_anchors(anchors)
        step = "gather"
        material = gather(tree.files.get(name, b"") if jwt is None else jwt, tree)
    except FootproofError as problem:
        return Answer(None, {step: problem.code}, {})
    found, outcomes = check_certificate(material, believed, legal_day(at), at)
    if document is not None and found is not None:
        keys = key_finder(believed, material.documents)
        signed = read_signed(material.jwt, keys)
        outcomes.append(attempt("embedded-proof", lambda: check_embedded(document, signed, keys, at)))
    failed = {one.name: one.problem.code for one in outcomes if one.problem is not None}
    return Answer(found, failed, {one.name: dict(one.facts) for one in outcomes}, tuple(outcomes))


def check_world(world: World) -> Answer:
    """Return what a check of the first certificate of the sound world says."""
    return check_tree(world.a.tree, world.anchors)

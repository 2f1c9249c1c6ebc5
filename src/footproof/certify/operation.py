"""An operation: one thing somebody may do, with what it needs, who may do it, and the events it leads to.

Operations are values; the interface over HTTP, the command line and the tests are all made from the same list.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from footproof.certify.forms import need_form
from footproof.certify.record import Actor, Steps, World
from footproof.certify.refusals import need_role
from footproof.errors import FootproofError


@dataclass(frozen=True, slots=True)
class Operation:
    """Base of all operations.

    Class attributes:
        name: Such as "applications.accept".
        path: Where it is found over HTTP; names in braces are fields.
        roles: Roles that may do it.
        clause: What it carries out, such as "ISO/IEC 17065, 7.3".
    """

    name: ClassVar[str]
    path: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    clause: ClassVar[str]

    def steps(self, world: World, by: Actor, at: datetime) -> Steps:
        """Return the events that the operation leads to.

        Args:
            world: What is known.
            by: Who acts; the role was checked.
            at: Now, with a time zone.

        Raises:
            FootproofError: What stands in the way, with the rule that says so.
        """
        raise NotImplementedError


def carry_out(world: World, operation: Operation, by: Actor, at: datetime) -> Steps:
    """Return the events of an operation by somebody who may do it.

    Args:
        world: What is known.
        operation: What is to be done.
        by: Who wants to.
        at: Now, with a time zone.

    Raises:
        FootproofError: E-ROLE-OPERATION, E-ROLE-NONE, what `need_form` raises, or what the operation refuses; a refusal
            that names no rule of its own rests on the clause of the operation.
    """
    need_role(world, by, operation.roles, at)
    need_form(operation)
    try:
        return operation.steps(world, by, at)
    except FootproofError as problem:
        if "rule" in problem.values:
            raise
        raise type(problem)(problem.code, problem.where, **problem.values, rule=operation.clause) from problem

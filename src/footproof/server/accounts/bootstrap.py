"""The first person of a workspace: an operator who registers everybody else.

There is nobody yet who could invite, so the first role is given by whoever holds the workspace's folder.
"""

from datetime import datetime

from footproof.certify.people import (
    Duty,
    Engagement,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    Staff,
    StaffJoined,
)
from footproof.certify.record import Actor, Step
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.days import legal_day
from footproof.server.accounts.here import journal, world
from footproof.server.accounts.invitations import invite
from footproof.server.accounts.models import Account


def first_invitation(organisation: str, title: Bilingual, person: str, email: str, at: datetime) -> str:
    """Return the secret of an invitation for the first registrar of a workspace.

    Args:
        organisation: Id of the operator.
        title: Its name.
        person: Pseudonym of the registrar.
        email: Of the registrar.
        at: Now.

    Raises:
        FootproofError: E-ACCOUNT-FIRST where somebody has an account already.
    """
    if Account.objects.exists():
        raise FootproofError("E-ACCOUNT-FIRST")
    by, day = Actor(person, "registrar", organisation), legal_day(at)
    if world().find(Person, person) is None:
        operator = OrganisationRegistered("registrar", title, "", "CN", demonstration=True, id=organisation)
        steps = (
            Step(Organisation, organisation, operator),
            Step(Person, person, PersonRegistered(person)),
            Step(Person, person, PersonEngaged(Engagement(organisation, "registrar", day))),
            Step(Organisation, organisation, StaffJoined(Staff(person, fulltime=True, field_since=None))),
            Step(Person, person, RoleAssigned(Duty(organisation, "registrar", day))),
        )
        journal().found(steps, by, at)
    return invite(by, person, email, organisation, ("registrar",), at)

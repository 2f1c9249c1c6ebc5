"""What a body signs when it grants: the public certificate of a footprint, or the record of what else it certified.

A certificate with a figure is the one that `check` verifies and anybody recomputes. One without (a management system, a
service, a grade) has no package; its body signs what it holds, with its place in the status lists.
"""

from decimal import Decimal

from footproof.certify.applications import ACTIVITIES
from footproof.certify.certificate import Held
from footproof.certify.codec import to_json
from footproof.certify.grading import stated_grade
from footproof.certify.people import Organisation
from footproof.certify.record import World, need
from footproof.credential.did_key import key_name
from footproof.credential.securing import sign_certificate
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate, CertificationScope, Party
from footproof.model.scheme import Scheme
from footproof.server.bodies import body_key
from footproof.server.figureless import sign_figureless
from footproof.server.stated import Granted, certificate_from
from footproof.server.status import place_named
from footproof.server.store.packages import look
from footproof.server.workspace import Workspace


def attest(workspace: Workspace, world: World, held: Held) -> bytes:
    """Return the signed certificate.

    Args:
        workspace: Where keys and packages are.
        world: What is known.
        held: What the body certified.

    Raises:
        FootproofError: E-BODY-KEY where the key of the body is not here; E-STORE-VALUE where the package states another
            value than was decided; what signing raises.
    """
    key = body_key(workspace, held.body)
    if held.value is None:
        place = place_named(workspace, held.place, held.body)
        return sign_figureless(_address(workspace, held), held.body, to_json(held), place, key)
    return sign_certificate(_certificate(workspace, world, held, held.value), key, key_name(key.public_key()))


def _certificate(workspace: Workspace, world: World, held: Held, value: Decimal) -> Certificate:
    scheme, found = world.scheme(held.scheme), look(workspace, held.package)
    if found is None or (found.recomputed.value, found.recomputed.unit) != (value, held.unit):
        raise FootproofError("E-STORE-VALUE", number=held.number, value=value, unit=held.unit)
    body = need(world, Organisation, held.body)
    granted = Granted(
        id=_address(workspace, held),
        number=held.number,
        body=Party(body.id, body.name),
        client=Party(held.client, need(world, Organisation, held.client).name),
        site=held.subject.site,
        product=held.subject.product,
        decided=held.decided,
        first=max(held.first, held.decided),  # what a restatement says holds from its decision on
        last=held.last,
        demonstration=body.demonstration,
        scheme_name=scheme.title,
        scope=_scope(held, scheme),
        status=place_named(workspace, held.place, held.body),
        grade=stated_grade(scheme, held.grade),
        reduction=held.reduction,
    )
    return certificate_from(found.stated, granted, stages=found.stated.open)


def _scope(held: Held, scheme: Scheme) -> CertificationScope:
    subject, activity = held.subject, ACTIVITIES[scheme.object]
    return CertificationScope(activity, scheme.id, scheme.edition, subject.category, subject.place, scheme.national)


def _address(workspace: Workspace, held: Held) -> str:
    return f"{workspace.base}/c/{held.number}/"

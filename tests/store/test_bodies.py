"""Several bodies in one workspace: whoever issued, a stranger's check holds, and nobody speaks for another body."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from footproof.certify.case import Outcome
from footproof.certify.decisions import Decide
from footproof.certify.orders import SuspendUrgently
from footproof.certify.people import (
    Competence,
    CompetenceGranted,
    Duty,
    Engagement,
    Grant,
    Organisation,
    OrganisationRegistered,
    Person,
    PersonEngaged,
    PersonRegistered,
    RoleAssigned,
    ScopeChanged,
    ScopeGranted,
)
from footproof.certify.record import Actor, Stamp, Step
from footproof.check import read_anchors
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.model.recognition import Change
from footproof.server.bodies import add_body
from footproof.server.publish import publish
from footproof.server.store.publication import decide_and_publish, left_since, publish_store
from page.node import NODE, ask, encoded, modules, states
from store.worlds import AT, DAY, LATER, MARKER, REGISTRAR, ROLES, Shop, everything
from tamper.checking import Answer, check_tree
from tamper.world import sealed, tree_of

NAME = Bilingual("第二示例机构（DEMO）", "Second example body (DEMO)")
OWN, OTHER = "DEMO-A-0001", "DEMO-B-0001"


def second_body(shop: Shop) -> Shop:
    """Return the shop as the second body of its workspace sees it."""
    body = add_body(shop.workspace, "body-02")
    steps = [
        Step(Organisation, body, OrganisationRegistered("body", NAME, "", "CN-FJ", True, body)),
        Step(Organisation, body, ScopeGranted(Grant("g-1", "approval", "DEMO-A-2", (everything(),)))),
    ]
    for role in ROLES:
        person = f"q-{role}"
        steps += [
            Step(Person, person, PersonRegistered(person)),
            Step(Person, person, PersonEngaged(Engagement(body, "body", DAY))),
            Step(Person, person, RoleAssigned(Duty(body, role, DAY))),
            Step(Person, person, CompetenceGranted(Competence(role, "*", "*", DAY, LATER))),
        ]
    with shop.journal._unit() as unit:
        unit.add(tuple(steps), Stamp(REGISTRAR, AT))
    return replace(shop, body=body)


def decider(shop: Shop) -> Actor:
    """Return who decides at the second body."""
    return Actor("q-decision-maker", "decision-maker", shop.body)


@pytest.fixture
def two(shop: Shop) -> tuple[Shop, Shop]:
    """The shop of each body, with one published certificate each."""
    other = second_body(shop)
    shop.ready("case-a")
    other.ready("case-b")
    decide_and_publish(shop.journal, shop.asked("case-a", OWN), shop.decider, AT)
    decide_and_publish(other.journal, other.asked("case-b", OTHER), decider(other), AT)
    publish(shop.workspace, AT)
    return shop, other


def checked(shop: Shop, number: str, after: int = 2) -> Answer:
    """Return what a stranger's check of the published tree says some minutes later."""
    anchors = (shop.workspace.public / "trust.json").read_bytes()
    place = f"c/{number}/certificate.jwt"
    tree = tree_of(shop.workspace)
    document = tree.files[f"c/{number}/certificate.json"]
    return check_tree(tree, anchors, AT + timedelta(minutes=after), place, document=document)


def suspend(shop: Shop, number: str, by: Actor, minutes: int = 1) -> None:
    """Have somebody suspend a certificate, and publish that."""
    at = AT + timedelta(minutes=minutes)
    until = (at + timedelta(days=30)).date()
    decide_and_publish(shop.journal, SuspendUrgently(number, "fees-unpaid", MARKER, until), by, at)


def test_certificates_of_both_bodies_check(two: tuple[Shop, Shop]) -> None:
    shop, other = two
    for number in (OWN, OTHER):
        answer = checked(shop, number)
        assert answer.failed == {}
        assert answer.certificate is not None
    anchors = read_anchors((shop.workspace.public / "trust.json").read_bytes())
    assert {key.partition("#")[0] for key in anchors.keys} == {shop.body, other.body}
    names = {path.name for path in (shop.workspace.public / "status").iterdir()}
    assert names > {"1-revocation.jwt", "1-suspension.jwt"}
    assert len(names) == 3


def test_each_body_sets_its_own_bit_only(two: tuple[Shop, Shop]) -> None:
    shop, other = two
    with pytest.raises(FootproofError) as refused:
        suspend(shop, OTHER, shop.decider)
    assert refused.value.code == "E-CASE-FOREIGN"
    suspend(other, OTHER, decider(other))
    assert checked(shop, OTHER).failed == {"status": "E-CHECK-SUSPENDED"}
    assert checked(shop, OWN).failed == {}
    publish_store(shop.journal, AT + timedelta(minutes=1))
    assert checked(shop, OTHER).failed == {"status": "E-CHECK-SUSPENDED"}
    suspend(shop, OWN, shop.decider, 3)
    assert checked(shop, OWN, 4).failed == {"status": "E-CHECK-SUSPENDED"}


def test_a_list_of_another_body_is_refused(two: tuple[Shop, Shop]) -> None:
    shop, other = two
    suspend(other, OTHER, decider(other))
    status = shop.workspace.public / "status"
    [folder] = (path for path in status.iterdir() if path.is_dir())
    for purpose in ("revocation", "suspension"):
        (folder / f"1-{purpose}.jwt").write_bytes((status / f"1-{purpose}.jwt").read_bytes())
    assert "status" in checked(shop, OTHER).failed


def test_what_an_authority_suspends_breaks_the_chain_of_that_body(two: tuple[Shop, Shop]) -> None:
    shop, other = two
    later = AT + timedelta(minutes=1)
    change = Change("suspended", later.date(), later.date())
    with shop.journal._unit() as unit:
        unit.add((Step(Organisation, other.body, ScopeChanged("g-1", change)),), Stamp(REGISTRAR, later))
    publish_store(shop.journal, later)
    assert set(checked(shop, OTHER).failed) == {"recognition"}
    assert checked(shop, OWN).failed == {}


def test_what_no_record_can_state_of_a_body_stops_nobody_else(
    two: tuple[Shop, Shop], caplog: pytest.LogCaptureFixture
) -> None:
    """Grants that were recorded before they were refused: for nothing, and for two scopes of one name."""
    shop, other = two
    bad = (Grant("g-2", "accreditation", "DEMO-A-3", ()), Grant("g-3", "approval", "DEMO-A-4", (everything(),) * 2))
    for grant in bad:
        with shop.journal._unit() as unit:
            unit.add((Step(Organisation, other.body, ScopeGranted(grant)),), Stamp(REGISTRAR, AT))
    shop.ready("case-c")
    later = AT + timedelta(minutes=1)
    decide_and_publish(shop.journal, shop.asked("case-c", "DEMO-A-0002"), shop.decider, later)
    publish_store(shop.journal, later)
    assert left_since(shop.workspace) is None
    for number in ("DEMO-A-0002", OWN, OTHER):
        assert checked(shop, number).failed == {}
    told = [one.getMessage() for one in caplog.records if one.name == "footproof.store"]
    assert told
    assert all(f"recognition of {other.body} is left out: E-RECOG-FIELD" in one for one in told)


def test_a_decision_alone_publishes_all_that_a_check_needs(two: tuple[Shop, Shop]) -> None:
    shop, other = two
    other.ready("case-c")
    asked = Decide("case-c", Outcome.GRANT, MARKER, other.package, "DEMO-B-0002")
    decide_and_publish(other.journal, asked, decider(other), AT)
    assert checked(shop, "DEMO-B-0002").failed == {}


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_page_says_the_same(two: tuple[Shop, Shop], tmp_path: Path) -> None:
    shop, other = two
    suspend(other, OTHER, decider(other))
    place = modules(tmp_path)
    verdicts = {}
    for number in (OWN, OTHER):
        [facts] = ask(place, [{"facts_of": encoded(token(shop, number))}])
        [answer] = ask(place, [request(shop, number, facts)])
        verdicts[number] = answer["verdict"]["id"], states(answer)
    assert verdicts[OWN][0] == "verified", verdicts[OWN]
    assert set(verdicts[OWN][1].values()) == {"passed"}
    assert verdicts[OTHER][0] == "suspended", verdicts[OTHER]


def token(shop: Shop, number: str) -> bytes:
    """Return a certificate as published."""
    return (shop.workspace.public / "c" / number / "certificate.jwt").read_bytes()


def request(shop: Shop, number: str, facts: object) -> dict[str, object]:
    """Return what the page of a certificate asks."""
    files = {name: encoded(data) for name, data in tree_of(shop.workspace).files.items()}
    own = {"token": "certificate.jwt", "event": "event.json", "proof": "proof.txt"}
    return {
        "files": {key: files[f"c/{number}/{name}"] for key, name in own.items()} | {"trust": files["trust.json"]},
        "log": {name.removeprefix("log/"): data for name, data in files.items() if name.startswith("log/")},
        "tree": {name: data for name, data in files.items() if name.startswith(("status/", "recognition/"))},
        "facts": facts,
        "today": AT.date().isoformat(),
        "package": encoded(sealed()),
    }

"""Families in a store: each further model comes with a real package, recomputed before anybody waits for it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from footproof.certify.case import ApplicationSubmitted, Case, Family, Member
from footproof.certify.certificate import Certified
from footproof.certify.record import Actor, Stamp, Step
from footproof.errors import FootproofError
from footproof.model.bilingual import Bilingual
from footproof.server.certify import keep_package
from footproof.server.store import beforehand
from footproof.server.store.packages import look
from footproof.server.store.publication import decide_and_publish
from store.worlds import AT, LABEL, Shop, reviewed, verified
from tamper.world import sealed

NUMBER = "DEMO-0001"


def ready(shop: Shop, *packages: str) -> None:
    """Bring a case about a family to where a decision can be taken."""
    members = (Member("K-1"), *(Member(f"K-1-{place}", package) for place, package in enumerate(packages)))
    steps = reviewed("case-1", shop.body, LABEL, shop.package)
    first = steps[0].event
    assert isinstance(first, ApplicationSubmitted)
    family = Family(Bilingual("同一平台（示例）", "one platform (DEMO)"), "worst-case", Decimal("0.02"), members)
    begun = Step(Case, "case-1", replace(first, subject=replace(first.subject, family=family)))
    with shop.journal._unit() as unit:
        for role, done in verified("case-1", shop.body, shop.package):
            unit.add(done, Stamp(Actor(f"p-{role}", role, shop.body), AT))
        unit.add((begun, *steps[1:]), Stamp(Actor("p-reviewer", "reviewer", shop.body), AT))


def test_a_family_is_certified_by_the_packages_of_its_models(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    other = keep_package(shop.workspace, sealed("K-1-0"))
    ready(shop, other)
    opened, checked = list[str](), list[str]()
    monkeypatch.setattr(beforehand, "look", lambda _, digest: opened.append(digest))
    monkeypatch.setattr(beforehand, "risks_in", lambda _, digest: checked.append(digest))
    decide_and_publish(shop.journal, shop.asked("case-1", NUMBER), shop.decider, AT)
    assert opened == [shop.package, other], "before it was our turn"
    assert checked == [other]
    found = shop.journal.find(Certified, NUMBER)
    assert found is not None
    assert found.held.subject.others == (Member("K-1-0", other),)
    own, came = look(shop.workspace, shop.package), look(shop.workspace, other)
    assert own is not None
    assert came is not None
    assert came.recomputed.value == own.recomputed.value == found.held.value


@pytest.mark.parametrize("sent", ["", "another model", "nowhere"])
def test_without_its_own_package_no_model_is_certified(shop: Shop, sent: str) -> None:
    kept = keep_package(shop.workspace, sealed("K-2")) if sent == "another model" else ""
    ready(shop, f"sha256:{'7' * 64}" if sent == "nowhere" else kept)
    with pytest.raises(FootproofError) as refusal:
        decide_and_publish(shop.journal, shop.asked("case-1", NUMBER), shop.decider, AT)
    expected = {"": "E-CASE-FAMILY-VALUE", "another model": "E-CASE-MEMBER", "nowhere": "E-CASE-PACKAGE"}
    assert refusal.value.code == expected[sent]
    assert shop.journal.find(Certified, NUMBER) is None

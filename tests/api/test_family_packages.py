"""Packages of the models of a family: sent by whoever names them, seen by the parties of the case."""

from typing import Any

from api.stores import on_both_stores
from api.worlds import RIVAL_CLIENT, Site, sent
from footproof.model.bilingual import Bilingual
from tamper.world import sealed

CRITERION = Bilingual("同一平台（示例）", "one platform (DEMO)")
FOREIGN = "E-CASE-PACKAGE"


def family(*packages: str) -> dict[str, Any]:
    """Return a family of the kettle and some further models."""
    members = [{"model": "K-1", "package": ""}]
    members += [{"model": f"K-1-{place}", "package": package} for place, package in enumerate(packages)]
    return {
        "criterion": {"zh": CRITERION.zh, "en": CRITERION.en},
        "basis": "representative",
        "spread": "0.02",
        "members": members,
    }


def test_a_client_sends_the_packages_of_its_models_and_both_sides_see_them(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    case = site.get("/cases/case-1", "p-client").json()
    answer = site.upload(sealed("K-1-0"), "p-client", kind="package", export="authorities")
    assert answer.status_code == 201, answer.content
    other = answer.json()["package"]
    sent(case["package"], site.shop.decider.organisation, "p-planner")
    sent(case["package"], "urn:footproof:demo:client", "p-client")
    body = {name: case[name] for name in ("body", "scheme", "package", "kind")}
    about = {**case["subject"], "family": family(other)}
    done = site.post("/cases", {**body, "case": "case-2", "subject": about}, "p-client")
    assert done.status_code == 201, done.content
    for person in ("p-client", "p-planner"):
        seen = site.get("/cases/case-2", person).json()
        assert seen["subject"]["family"]["members"][1] == {"model": "K-1-0", "package": other}
        fetched = site.get(f"/objects/{other}?record=case:case-2", person)
        assert b"".join(fetched.streaming_content) == sealed("K-1-0")
    assert site.get(f"/objects/{other}?record=case:case-2", "p-rival-client").status_code == 404


@on_both_stores
def test_the_package_of_a_model_that_another_organisation_sent_is_not_opened(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    case = site.get("/cases/case-1", "p-client").json()
    other = site.upload(sealed("K-1-0"), "p-client", kind="package", export="authorities").json()["package"]
    body = {name: case[name] for name in ("body", "scheme", "kind")} | {"case": "case-9", "package": ""}
    named = {**body, "subject": {**case["subject"], "family": family(other)}}
    assert site.post("/cases", named, "p-rival-client").json()["code"] == FOREIGN
    unnamed = {**body, "subject": {**case["subject"], "family": family("")}}
    assert site.post("/cases", unnamed, "p-rival-client").status_code == 201
    sent(case["package"], RIVAL_CLIENT, "p-rival-client")
    attached = {"package": case["package"], "members": [{"model": "K-1-0", "package": other}]}
    assert site.post("/cases/case-9/package", attached, "p-rival-client").json()["code"] == FOREIGN
    sent(other, RIVAL_CLIENT, "p-rival-client")
    done = site.post("/cases/case-9/package", attached, "p-rival-client")
    assert done.status_code == 201, done.content


def test_a_body_opens_a_case_only_on_packages_that_it_or_the_holder_sent(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    site.shop.grant("case-1", "DEMO-2026-000001")
    case = site.get("/cases/case-1", "p-client").json()
    other = site.upload(sealed("K-1-0"), "p-rival-client", kind="package", export="authorities").json()["package"]
    opened = {"case": "case-2", "kind": "special", "subject": {**case["subject"], "family": family(other)}}
    path = "/certificates/DEMO-2026-000001/cases"
    assert site.post(path, opened, "p-planner").json()["code"] == FOREIGN
    site.upload(sealed("K-1-0"), "p-client", kind="package", export="authorities")
    assert site.post(path, opened, "p-planner").json()["code"] == "E-CASE-CERTIFICATE", "whose models are others"

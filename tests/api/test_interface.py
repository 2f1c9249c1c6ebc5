"""How the interface is used: operations, readings, pages of lists, keys of idempotency, languages of refusals."""

import json
from datetime import timedelta

import pytest

from api.stores import on_both_stores
from api.worlds import RIVAL_CLIENT, Site
from footproof.server.accounts import clock
from footproof.server.api import answers
from footproof.server.api.models import Answer
from footproof.server.store.models import EventRow, IdempotencyRow
from store.worlds import CLIENT

NEW = {
    "id": "urn:footproof:demo:new",
    "kind": "client",
    "title": {"zh": "示例新厂（DEMO）", "en": "New maker (DEMO)"},
    "place": "CN-FJ",
    "demonstration": True,
}


@on_both_stores
def test_an_operation_is_done_recorded_and_answered(fresh_site: Site) -> None:
    answer = fresh_site.post("/organisations", NEW, "p-registrar")
    assert answer.status_code == 201
    done = answer.json()
    assert [(one["kind"], one["record"], one["version"]) for one in done["events"]] == [
        ("organisation.registered", NEW["id"], 1)
    ]
    row = EventRow.objects.get(stream="organisation", record=NEW["id"])
    assert (row.digest, row.person, row.role) == (done["events"][0]["digest"], "p-registrar", "registrar")
    read = fresh_site.get(f"/organisations/{NEW['id']}").json()
    assert (read["name"], read["version"]) == (NEW["title"], 1)
    assert "staff" not in read


@on_both_stores
def test_the_same_request_under_a_key_is_done_once(fresh_site: Site) -> None:
    first = fresh_site.post("/organisations", NEW, "p-registrar", Idempotency_Key="k1")
    again = fresh_site.post("/organisations", NEW, "p-registrar", Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = fresh_site.post("/organisations", NEW | {"place": "CN-ZJ"}, "p-registrar", Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "E-STORE-KEY")
    # Another caller has keys of its own: the same key there is another request, refused as such.
    assert fresh_site.post("/organisations", NEW, "p-client", Idempotency_Key="k1").status_code == 403
    without = fresh_site.post("/organisations", NEW, "p-registrar")
    assert (without.status_code, without.json()["code"]) == (409, "E-CASE-EXISTS")


def test_what_was_refused_may_be_tried_again_under_the_same_key(fresh_site: Site) -> None:
    refused = fresh_site.post("/organisations", NEW | {"kind": "cartel"}, "p-registrar", Idempotency_Key="k2")
    assert refused.status_code == 422
    assert fresh_site.post("/organisations", NEW, "p-registrar", Idempotency_Key="k2").status_code == 201


@on_both_stores
def test_a_key_is_forgotten_after_a_day(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = {"url": "https://hooks.footproof.example/in", "kinds": ["certificate.issued"]}
    first = fresh_site.post("/webhooks", hook, "p-client", Idempotency_Key="k3")
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=23))
    assert fresh_site.post("/webhooks", hook, "p-client", Idempotency_Key="k3").content == first.content
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=25))
    assert fresh_site.post("/webhooks", hook, "p-client", Idempotency_Key="k3").json()["id"] != first.json()["id"]


@on_both_stores
def test_a_key_of_an_operation_is_free_after_a_day(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal knows it too, and forgets it as the answers do."""
    first = fresh_site.post("/organisations", NEW, "p-registrar", Idempotency_Key="k5")
    assert first.status_code == 201, first.content
    other = NEW | {"id": "urn:footproof:demo:newer"}
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=23))
    answers.sweep()
    assert fresh_site.post("/organisations", other, "p-registrar", Idempotency_Key="k5").status_code == 422
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=25))
    assert fresh_site.post("/organisations", other, "p-registrar", Idempotency_Key="k5").status_code == 201
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=50))
    answers.sweep()
    assert not IdempotencyRow.objects.exists()


def test_a_key_used_at_the_same_time_for_something_else_has_the_same_answer(fresh_site: Site) -> None:
    """Before the answer to the first request is kept, only the journal knows its key."""
    assert fresh_site.post("/organisations", NEW, "p-registrar", Idempotency_Key="k6").status_code == 201
    late = fresh_site.post("/organisations", NEW | {"place": "CN-ZJ"}, "p-registrar", Idempotency_Key="k6")
    Answer.objects.all().delete()
    meanwhile = fresh_site.post("/organisations", NEW | {"place": "CN-ZJ"}, "p-registrar", Idempotency_Key="k6")
    assert (meanwhile.status_code, meanwhile.json()) == (late.status_code, late.json())


@pytest.mark.parametrize("key", ["x" * 201, "with space", "标"])
def test_a_key_of_another_form_is_refused(site: Site, key: str) -> None:
    answer = site.post("/organisations", NEW, "p-registrar", Idempotency_Key=key)
    assert answer.status_code in (400, 422)


def test_a_reading_is_not_sent_twice(site: Site) -> None:
    first = site.get(f"/organisations/{CLIENT}")
    again = site.get(f"/organisations/{CLIENT}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert site.get(f"/organisations/{CLIENT}", If_None_Match='"other"').status_code == 200
    # What a reader sees has a tag of its own: a shared cache never mixes readers up.
    own = site.get(f"/organisations/{CLIENT}", "p-client")
    assert own.headers["ETag"] != first.headers["ETag"]
    assert "Authorization" in own.headers["Vary"]


def test_a_head_is_answered_as_a_reading_without_its_body(site: Site) -> None:
    digest = site.upload(b"head", "p-client", kind="photo", export="site").json()["digest"]
    for path, person in (
        (f"/organisations/{CLIENT}", ""),
        ("/certificates?limit=1", ""),
        (f"/objects/{digest}", "p-client"),
        ("/cases/none", "p-client"),
        ("/cases", ""),
    ):
        read, head = site.get(path, person), site.call("HEAD", path, person)
        assert head.status_code == read.status_code, path
        sent = b"".join(read.streaming_content) if read.streaming else read.content
        assert dict(head.headers) == {**read.headers, "Content-Length": str(len(sent))}, path
        assert (b"".join(head.streaming_content) if head.streaming else head.content) == b""
    tag = site.get(f"/organisations/{CLIENT}").headers["ETag"]
    assert site.call("HEAD", f"/organisations/{CLIENT}", If_None_Match=tag).status_code == 304
    refused = site.call("HEAD", "/objects", "p-client")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert site.call("PUT", "/certificates").headers["Allow"] == "GET, HEAD"


def test_refusals_speak_the_language_of_the_reader(site: Site) -> None:
    chinese = site.get("/cases/none", "p-client", Accept_Language="zh-CN,zh;q=0.9")
    english = site.get("/cases/none", "p-client", Accept_Language="de, en;q=0.5")
    for answer, language in ((chinese, "zh-Hans"), (english, "en")):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Content-Language"] == language
        problem = answer.json()
        assert problem["code"] == "E-API-UNKNOWN"
        assert problem["status"] == answer.status_code == 404
        assert problem.keys() >= {"type", "title", "detail", "try"}
    assert "没有" in chinese.json()["detail"]
    assert "there is no" in english.json()["detail"]


def test_a_refusal_of_the_core_says_which_rule_stands_in_the_way(fresh_site: Site) -> None:
    body = {"organisation": RIVAL_CLIENT, "first": "2026-11-01"}
    answer = fresh_site.post("/people/p-client/engagements", body, "p-manager")
    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (403, "E-CASE-FOREIGN", "I15")


@on_both_stores
def test_lists_come_in_pages_that_skip_and_double_nothing(fresh_site: Site) -> None:
    names = [f"case-{number:02}" for number in range(7)]
    fresh_site.shop.ready(*names)
    for sort in ("case", "-case", "submitted", "-submitted"):
        found, cursor = [], ""
        for _ in range(10):
            page = fresh_site.get(f"/cases?sort={sort}&limit=3&cursor={cursor}", "p-client").json()
            assert len(page["items"]) <= 3
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = page["next"]
        assert found == (sorted(names) if not sort.startswith("-") else sorted(names, reverse=True))
    other = fresh_site.get(f"/cases?sort=-case&cursor={cursor}", "p-client")
    assert (other.status_code, other.json()["code"]) == (400, "E-API-CURSOR")


@on_both_stores
def test_lists_are_filtered(fresh_site: Site) -> None:
    fresh_site.shop.ready("case-1", "case-2")
    fresh_site.shop.grant("case-1", "DEMO-2026-000001")

    def listed(query: str) -> list[str]:
        return [one["id"] for one in fresh_site.get(f"/cases?{query}", "p-client").json()["items"]]

    assert listed("state=decided") == ["case-1"]
    assert listed("state=reviewed") == ["case-2"]
    assert listed("scheme=nothing") == []
    assert fresh_site.get("/cases?state=nonsense", "p-client").status_code == 422
    assert fresh_site.get("/cases?limit=1000", "p-client").status_code == 422
    found = fresh_site.get("/certificates?sort=-figure&province=CN-FJ").json()["items"]
    assert [(one["number"], one["value"], one["status"]) for one in found] == [("DEMO-2026-000001", "4.34507", "valid")]


def test_a_misspelt_filter_is_refused_and_lists_nothing(site: Site) -> None:
    for path, known in (("/certificates?bodi=x", "body"), ("/certificates?body=x&=1", "body"), ("/schemes?q=1", "")):
        answer = site.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "E-API-QUERY"), path
        assert known in answer.json()["try"], path
    assert site.get("/certificates?limit=1").status_code == 200


def test_more_parameters_than_are_read_are_refused(site: Site) -> None:
    answer = site.get("/schemes/demo.label@1/grade?" + "&".join(["fact=a:true"] * 101), "p-client")
    assert (answer.status_code, answer.json()["code"]) == (400, "E-API-PARAMETERS")


@on_both_stores
def test_the_public_reads_a_certificate_on_a_day(fresh_site: Site) -> None:
    fresh_site.shop.ready("case-1")
    fresh_site.shop.grant("case-1", "DEMO-2026-000001")
    for day, status in (("2026-11-21", "not-yet"), ("2026-11-22", "valid"), ("2028-11-22", "expired")):
        answer = fresh_site.get(f"/certificates/DEMO-2026-000001?on={day}").json()
        assert (answer["status"], answer["on"]) == (status, day)
    text = fresh_site.get("/certificates/DEMO-2026-000001").content.decode()
    assert "p-decision-maker" not in text, "no person stands in what is public"
    assert answer["demonstration"] is True


def test_events_say_to_strangers_only_that_they_happened(fresh_site: Site) -> None:
    fresh_site.shop.ready("case-1")
    client = fresh_site.get("/events?stream=case&record=case-1", "p-client").json()["items"]
    body = fresh_site.get("/events?stream=case&record=case-1", "p-reviewer").json()["items"]
    assert [one["kind"] for one in client] == [one["kind"] for one in body]
    assert all("data" in one for one in body)
    assert not any("data" in one for one in client if one["kind"] == "review.completed")
    assert fresh_site.get("/events?stream=case&record=case-1", "p-rival-manager").status_code == 404
    state = fresh_site.get("/cases/case-1", "p-client").json()
    assert (state["reviewer"], state["recommendation"]) == ("", None)
    assert fresh_site.get("/cases/case-1", "p-reviewer").json()["recommendation"] == "grant"


def test_the_role_can_be_named(fresh_site: Site) -> None:
    named = fresh_site.post("/organisations", NEW, "p-registrar", Footproof_Role="registrar")
    assert named.status_code == 201
    wrong = fresh_site.post("/organisations", NEW, "p-registrar", Footproof_Role="regulator")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "E-API-ROLE")


@on_both_stores
def test_a_decision_over_the_interface_publishes_a_certificate(fresh_site: Site) -> None:
    fresh_site.shop.ready("case-1")
    body = {
        "outcome": "grant",
        "reasons": "sha256:" + "0" * 64,
        "package": fresh_site.shop.package,
        "certificate": "DEMO-2026-000009",
    }
    answer = fresh_site.post("/cases/case-1/decision", body, "p-decision-maker")
    assert answer.status_code == 201, answer.content
    assert "certificate.issued" in [one["kind"] for one in answer.json()["events"]]
    assert fresh_site.get("/certificates/DEMO-2026-000009").json()["status"] == "valid"
    reviewer = fresh_site.post("/cases/case-1/decision", body, "p-reviewer")
    assert reviewer.status_code == 403


def test_figures_are_texts(site: Site) -> None:
    terms = {"fee": 12000.5, "currency": "CNY", "working_days": 60, "agreement": "sha256:" + "0" * 64}
    answer = site.post("/cases/case-1/acceptance", {"terms": terms}, "p-planner")
    assert answer.status_code == 422
    fields = [one["field"] for one in answer.json()["fields"]]
    assert any(one.endswith("terms.fee") for one in fields), json.dumps(answer.json())

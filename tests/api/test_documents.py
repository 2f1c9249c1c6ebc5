"""Documents that records name: who may fetch them, and that nobody names one that nobody concerned sent."""

from dataclasses import is_dataclass
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import quote

from api.stores import on_both_stores
from api.worlds import Site
from footproof.certify.case import ApplicationDeclined, Case, Evidence, Outcome, ReviewCompleted
from footproof.certify.complaints import Complaint, ComplaintResolved
from footproof.certify.evaluations import Conclude
from footproof.certify.forms import form_of, kinds_of
from footproof.certify.operations import OPERATIONS
from footproof.certify.record import Event, Stamp, Step
from footproof.server.accounts import clock
from footproof.server.api.documents import documents_in
from store.worlds import CLIENT

NUMBER = "DEMO-2026-000001"
EVERYBODY = ("p-client", "p-manager", "p-regulator", "p-rival-client", "p-rival-manager", "p-laboratory")
NOBODY = "sha256:" + "1" * 64


def send(site: Site, text: str, person: str, export: str = "authorities") -> str:
    """Send a document and return its digest."""
    return str(site.upload(text.encode(), person, kind="reasons", export=export).json()["digest"])


def granted(site: Site) -> None:
    site.shop.ready("case-1")
    site.shop.grant("case-1", NUMBER)


def tell(site: Site, record: type[Any], name: str, event: Event[Any]) -> None:
    """Let something happen in the name of the body, as if it had always been allowed."""
    with site.shop.journal._unit() as unit:
        unit.add((Step(record, name, event),), Stamp(site.shop.decider, clock.now()))


def readers(site: Site, digest: str, record: str) -> set[str]:
    """Return who gets a document through a record; to all others it is not there."""
    answers = {one: site.get(f"/objects/{digest}?record={quote(record)}", one).status_code for one in EVERYBODY}
    assert set(answers.values()) <= {200, 404}, answers
    return {one for one, status in answers.items() if status == 200}


@on_both_stores
def test_a_complaint_is_read_by_whom_it_is_brought_to_and_its_outcome_by_whom_brought_it(fresh_site: Site) -> None:
    site = fresh_site
    granted(site)
    text = send(site, "the mark is on another product", "p-rival-client")
    done = site.post("/complaints", {"complaint": "K-1", "certificate": NUMBER, "text": text}, "p-rival-client")
    assert done.status_code == 201, done.content
    assert site.get(f"/objects/{text}", "p-manager").status_code == 404, "only through the record"
    assert readers(site, text, "complaint:K-1") == {"p-rival-client", "p-manager", "p-regulator"}
    reasons = send(site, "it was another model", "p-manager")
    tell(site, Complaint, "K-1", ComplaintResolved("rejected", reasons))
    assert readers(site, reasons, "complaint:K-1") == {"p-rival-client", "p-manager", "p-regulator"}
    assert site.get(f"/objects/{text}?record=complaint:K-2", "p-manager").status_code == 404
    assert site.get(f"/objects/{text}?record=nothing:K-1", "p-manager").status_code == 404
    assert site.get(f"/objects/{text}?record=K-1", "p-manager").status_code == 422


@on_both_stores
def test_a_holder_reads_why_its_certificate_was_suspended_whoever_did_it(fresh_site: Site) -> None:
    site = fresh_site
    granted(site)
    why = send(site, "surveillance was refused", "p-manager")
    suspension = {"ground": "mark-misused", "reasons": why, "until": "2026-12-22"}
    done = site.post(f"/certificates/{NUMBER}/suspension", suspension, "p-decision-maker")
    assert done.status_code == 201, done.content
    order = send(site, "ordered by the authority", "p-regulator")
    done = site.post(f"/certificates/{NUMBER}/orders", {"turn": "suspended", "reasons": order}, "p-regulator")
    assert done.status_code == 201, done.content
    for digest in (why, order):
        assert readers(site, digest, f"certificate:{NUMBER}") == {"p-client", "p-manager", "p-regulator"}


@on_both_stores
def test_a_client_reads_why_its_application_was_declined(fresh_site: Site) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    why = send(site, "no auditor for this category until the autumn", "p-manager")
    tell(site, Case, "case-1", ApplicationDeclined(why))
    assert site.get("/cases/case-1", "p-client").json()["declined"] == why
    assert readers(site, why, "case:case-1") == {"p-client", "p-manager", "p-regulator"}


def test_what_a_declaration_binds_is_read_by_the_regulator(fresh_site: Site) -> None:
    pack = {"maker": CLIENT, "model": "DEMO-1", "chemistry": "lfp", "energy": "60", "market": "CN"}
    assert fresh_site.post("/pack-lists", {"packs": [pack]}, "p-client").status_code == 201
    plan = send(fresh_site, "quality plan", "p-client")
    done = fresh_site.post("/declarations", {"declaration": "D-1", "pack": pack, "quality_plan": plan}, "p-client")
    assert done.status_code == 201, done.content
    assert readers(fresh_site, plan, "declaration:D-1") == {"p-client", "p-regulator"}


@on_both_stores
def test_what_a_reader_does_not_see_of_a_record_opens_no_document(fresh_site: Site) -> None:
    """Reasons of a review stand in an event, which the body sees whole and the client does not."""
    site = fresh_site
    site.shop.ready("case-1")
    reasons = send(site, "all done", "p-reviewer", "public")
    tell(site, Case, "case-1", ReviewCompleted("p-reviewer", Outcome.GRANT, reasons))
    assert readers(site, reasons, "case:case-1") == {"p-manager", "p-regulator"}


@on_both_stores
def test_naming_the_document_of_a_stranger_does_not_open_it(fresh_site: Site) -> None:
    """Whoever knows a digest could else fetch anything through a record of its own."""
    site = fresh_site
    granted(site)
    secret = send(site, "a secret of somebody else", "p-rival-client", "public")
    tell(site, Case, "case-1", ReviewCompleted("p-reviewer", Outcome.GRANT, secret))
    assert readers(site, secret, "case:case-1") == set()
    mine = send(site, "mine alone", "p-client", "site")
    tell(site, Case, "case-1", ReviewCompleted("p-reviewer", Outcome.GRANT, mine))
    assert site.get(f"/objects/{mine}?record=case:case-1", "p-manager").json()["code"] == "E-API-EXPORT"


@on_both_stores
def test_a_document_that_nobody_concerned_sent_is_refused(fresh_site: Site) -> None:
    site = fresh_site
    granted(site)
    path = f"/certificates/{NUMBER}/suspension"
    suspension = {"ground": "mark-misused", "until": "2026-12-22"}
    stranger = send(site, "of somebody else", "p-rival-client", "public")
    refusals = []
    for digest in (NOBODY, stranger):  # alike: it is not told what others sent
        answer = site.post(path, {**suspension, "reasons": digest}, "p-decision-maker", Idempotency_Key=digest)
        assert (answer.status_code, answer.json()["code"]) == (422, "E-API-DOCUMENT"), answer.content
        assert answer.json()["where"]["field"] == "reasons"
        refusals.append(answer.json()["detail"].replace(digest, ""))
    assert refusals[0] == refusals[1]
    rule = {"scheme": "demo.label@1", "category": "demo", "rule": send(site, "of the client", "p-client")}
    assert site.post("/filings", rule, "p-rival-manager").json()["code"] == "E-API-DOCUMENT"
    # What the client sent may be named by the body of its certificate.
    theirs = send(site, "the client wrote", "p-client")
    done = site.post(path, {**suspension, "reasons": theirs}, "p-decision-maker")
    assert done.status_code == 201, done.content


def test_a_document_is_asked_for_before_it_is_sent_and_taken_after(fresh_site: Site) -> None:
    """What was refused may be tried again under the same key."""
    granted(fresh_site)
    text = "sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"  # of "1\n"
    body, key = {"complaint": "K-1", "certificate": NUMBER, "text": text}, "k-1"
    refused = fresh_site.post("/complaints", body, "p-rival-client", Idempotency_Key=key)
    assert refused.json()["code"] == "E-API-DOCUMENT"
    assert send(fresh_site, "1\n", "p-rival-client") == text
    assert fresh_site.post("/complaints", body, "p-rival-client", Idempotency_Key=key).status_code == 201
    assert fresh_site.post("/complaints", body, "p-rival-client", Idempotency_Key=key).status_code == 201


KINDS = ("package", "verification-statement", "photo")


def test_packages_and_statements_are_no_documents() -> None:
    some = tuple(Evidence(f"sha256:{'1' * 63}{number}", kind, "public") for number, kind in enumerate(KINDS))
    assert documents_in(Conclude("C-1", "number", True, some)) == {some[2].digest: "evidence.digest"}


def test_every_digest_that_is_no_document_is_a_package() -> None:
    """A field that is added has to be of one form or the other."""
    found = {path for noun in OPERATIONS.values() for path in _plain_digests(noun, "")}
    assert found == {
        "package",
        "base.package",
        "members.package",
        "subject.family.members.package",
        "claim.footprint.digest",
    }


def _plain_digests(hint: Any, path: str) -> set[str]:
    form = form_of(hint)
    if form is not None:
        return {path} if form.code == "E-FORM-DIGEST" and not form.document else set()
    if get_origin(hint) is not Annotated and is_dataclass(hint) and isinstance(hint, type):
        parts = [(inner, f"{path}.{name}".strip(".")) for name, inner in kinds_of(hint)]
    else:
        parts = [(inner, path) for inner in get_args(hint)]
    return {one for inner, where in parts for one in _plain_digests(inner, where)}

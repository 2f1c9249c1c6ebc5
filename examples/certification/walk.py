"""One certificate over HTTP, from an empty register to the mark: what each person sends, in order.

    python walk.py ADDRESS INVITATION PACKAGE BODY

ADDRESS is that of `footproof serve --platform`, INVITATION what `footproof account invite` printed, PACKAGE what
`footproof seal examples/nmc811-pack` wrote, BODY the DID that `footproof workspace show` prints. Everybody is invented
(示例 / DEMO) and certifies nothing. Only Python's own library and PyOTP are used; a client in another language sends
the same.
"""

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyotp

SCHEME, CATEGORY, PLACE = "cn.cfp.label@CNCA-CFP-00-2025", "cn.pcf:2", "CN-FJ"
NATION = "CN"
RULE = "cn.pcf.traction-battery@2026-provisional"  # by which declarations are verified
REGULATOR, MAKER = "urn:footproof:demo:regulator", "urn:footproof:demo:battery-maker"
PRODUCT = {"zh": "NMC811 动力电池包（示例）", "en": "NMC811 traction battery pack (DEMO)"}
CASE, VERIFICATION, NUMBER, DECLARATION = "case-1", "verification-1", "DEMO-2026-0001", "declaration-1"
PACK = {"maker": MAKER, "model": "DEMO-811-400", "chemistry": "nmc811", "energy": "79.52", "market": "CN"}
CHINA = timezone(timedelta(hours=8))
PASSWORD = "twelve signs at least, invented 示例"
EXPERTS = 5  # beside five who sign in: the scheme asks for ten full-time staff
LONG_AGO, FAR_OFF = "2020-01-01", "2036-01-01"
ASPECTS = ["activity", "system", "complexity", "product"]  # what a strategic analysis treats (ISO 14064-3, 6.1.1)


class Register:
    """Where everything is sent.

    Args:
        address: Such as http://127.0.0.1:8642.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def token(self, invitation: str) -> str:
        """Return a token of somebody who accepts an invitation in a browser: password, second factor, token."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

        def page(address: str, form: Mapping[str, Any] | None = None) -> str:
            data = None if form is None else urlencode(form, doseq=True).encode()
            request = urllib.request.Request(address, data, {"Referer": address})
            with browser.open(request, timeout=60) as answer:
                return str(answer.read(), "utf-8")

        def send(address: str, text: str, **fields: Any) -> str:
            return page(address, {"csrfmiddlewaretoken": one(r'csrfmiddlewaretoken" value="([^"]+)', text), **fields})

        accounts = f"{self.address}/accounts"
        asked = page(invitation)
        enrol = send(f"{accounts}/invitation", asked, password=PASSWORD, again=PASSWORD)
        code = pyotp.TOTP(one(r'class="secret">([A-Z2-7]+)<', enrol)).now()
        send(f"{accounts}/sign-in/enrol", enrol, code=code)
        home = page(f"{accounts}/")
        scopes = re.findall(r'name="scope" value="([^"]+)"', home)
        return one(r'class="secret">(fp_[^<]+)<', send(f"{accounts}/tokens", home, title="walk", days=7, scope=scopes))


def one(pattern: str, text: str) -> str:
    """Return what a pattern finds in a page."""
    found = re.search(pattern, text)
    if found is None:
        sys.exit(f"the page does not have {pattern}:\n{re.sub('<[^>]+>', ' ', text)[:1000]}")
    return found[1]


class Person:
    """Somebody with an account.

    Args:
        register: Where they work.
        invitation: The link they were sent.
    """

    def __init__(self, register: Register, invitation: str) -> None:
        self._register = register
        self._token = register.token(invitation)

    def do(self, path: str, **body: Any) -> Any:
        """Carry out an operation."""
        return self._send("POST", path, "application/json", json.dumps(body).encode())

    def read(self, path: str) -> Any:
        """Read something."""
        return self._send("GET", path, "application/json", None)

    def upload(self, data: bytes, kind: str) -> Any:
        """Send a package or a document; authorities may see it."""
        return self._send("POST", f"objects?kind={kind}&export=authorities", "application/octet-stream", data)

    def evidence(self, kind: str, text: str) -> dict[str, str]:
        """Send a document and return it as evidence."""
        return {"digest": self.upload(f"{text} (DEMO)".encode(), kind)["digest"], "kind": kind, "export": "authorities"}

    def reasons(self, text: str) -> str:
        """Send reasons and return their digest."""
        return str(self.evidence("reasons", text)["digest"])

    def _send(self, method: str, path: str, kind: str, data: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Accept-Language": "en"}
        request = urllib.request.Request(f"{self._register.address}/api/v1/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            sys.exit(f"{method} {path}: {problem.code}\n{problem.read().decode()}")


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


# ---- who is there


def found(register: Register, invitation: str, body: str) -> dict[str, Person]:
    """Register organisations and people, let them in, and return them by role."""
    registrar = Person(register, invitation)

    def organisation(name: str, kind: str, zh: str, en: str) -> None:
        title, place = {"zh": zh, "en": en}, NATION if kind == "regulator" else PLACE
        registrar.do("organisations", id=name, kind=kind, title=title, place=place, demonstration=True)

    def engage(person: str, home: str, by: Person) -> None:
        registrar.do("people", id=person)
        since = {"first": LONG_AGO, "field_since": LONG_AGO}
        by.do(f"people/{person}/engagements", organisation=home, fulltime=True, **since)

    def invite(role: str, home: str, by: Person = registrar) -> Person:
        person = f"p-{role}"
        engage(person, home, by)
        asked = {"person": person, "email": f"{role}@demo.example", "organisation": home, "roles": [role]}
        return Person(register, by.do("invitations", **asked)["link"])

    organisation(REGULATOR, "regulator", "示例监管部门（DEMO）", "Example authority (DEMO)")
    organisation(body, "body", "示例认证机构（DEMO）", "Example body (DEMO)")
    # The name of the client is the one that the package states as its producer.
    organisation(MAKER, "client", "示例动力电池有限公司（虚构）", "Demo Traction Battery Co., Ltd. (invented)")
    people = {
        "regulator": invite("regulator", REGULATOR),
        "manager": invite("manager", body),
        "representative": invite("representative", MAKER),
    }
    manager = people["manager"]
    for role in ("planner", "assessor", "verifier", "reviewer", "decision-maker"):
        people[role] = invite(role, body, manager)
    for role in ("planner", "assessor", "verifier", "reviewer", "decision-maker"):
        competent(manager, f"p-{role}", role)
    for number in range(EXPERTS):
        engage(f"p-expert-{number}", body, manager)
        competent(manager, f"p-expert-{number}", "assessor")
    say(f"let in: {', '.join(people)}")
    return people


def competent(manager: Person, person: str, role: str) -> None:
    """Record what somebody is competent for."""
    scheme = SCHEME.partition("@")[0]
    competence = {"role": role, "scheme": scheme, "category": CATEGORY, "first": LONG_AGO, "last": FAR_OFF}
    manager.do(f"people/{person}/competences", competence=competence)


def approve(regulator: Person, body: str) -> None:
    """Approve a body for scheme, rule, category and place."""
    today = datetime.now(CHINA).date().isoformat()  # the register counts days there
    scope = {
        "id": "1",
        "activities": ["product-certification", "verification", "pilot-certification"],
        "schemes": [SCHEME, RULE],
        "categories": [CATEGORY],
        "places": [f"place:{NATION}"],
        "first": today,
        "last": None,
        "known": today,
    }
    regulator.do(f"organisations/{body}/scopes", grant="approval-1", number="DEMO-APPROVAL-1", scopes=[scope])
    say("the body is approved")


# ---- the case


def apply(people: Mapping[str, Person], body: str, package: bytes) -> str:
    """Apply for a certificate and return the digest of the package."""
    client = people["representative"]
    client.do(f"organisations/{MAKER}/systems", standard="GB/T 24001", since="2024-01-01")
    digest = str(client.upload(package, "package")["package"])
    subject = {
        "product": "urn:footproof:demo:battery-maker:pack",
        "name": PRODUCT,
        "model": PACK["model"],
        "category": CATEGORY,
        "site": "urn:footproof:demo:battery-maker:plant-1",
        "place": PLACE,
        "first": "2025-01-01",
        "last": "2025-12-31",
    }
    client.do("cases", case=CASE, kind="initial", body=body, scheme=SCHEME, subject=subject, package=digest)
    planner = people["planner"]
    agreement = planner.evidence("agreement", "certification agreement")["digest"]
    terms = {"fee": "30000.00", "currency": "CNY", "working_days": 60, "agreement": agreement}
    planner.do(f"cases/{CASE}/acceptance", terms=terms, facts=[["pilot_body", "true"], ["legal_person", "true"]])
    team = [{"person": f"p-{role}", "role": role} for role in ("assessor", "verifier")]
    planner.do(f"cases/{CASE}/plan", plan={"team": team})
    say(f"applied, accepted and planned: {digest}")
    return digest


def carry_out(person: Person, activity: str, **more: Any) -> None:
    """Carry out an activity of the scheme: go through its checklist, and name what was seen."""
    questions = person.read(f"cases/{CASE}/activities/{activity}/checklist")["questions"]
    answers = [{"question": each["id"], "result": "met"} for each in questions]
    seen = [person.evidence("record", f"record of {activity}")]
    person.do(f"cases/{CASE}/activities", activity=activity, evidence=seen, answers=answers, **more)
    say(f"carried out: {activity}, {len(answers)} questions")


def verify(people: Mapping[str, Person]) -> str:
    """Verify the claim of the case as its checks propose, and return the digest of the statement."""
    planner, verifier, reviewer = (people[role] for role in ("planner", "verifier", "reviewer"))
    proposal = planner.read(f"cases/{CASE}/verification")
    agreed = {
        "claim": proposal["claim"],
        "objectives": {"zh": "核查产品碳足迹（示例）", "en": "verify the footprint (DEMO)"},
        "criteria": ["ISO 14067:2018", "GB/T 24067-2024"],
        "scope": PRODUCT,
        "assurance": "reasonable",
        "materiality": {"overall": "0.05", "categories": {}},
    }
    place = f"verifications/{VERIFICATION}"
    planner.do("verifications", verification=VERIFICATION, client=MAKER, case=CASE, agreed=agreed)
    document = verifier.evidence("strategic-analysis", "strategic analysis")["digest"]
    verifier.do(f"{place}/analysis", document=document, aspects=ASPECTS, export="authorities")
    planned = planner.do(
        f"{place}/plan",
        team={"leader": "p-verifier", "members": ["p-verifier"]},
        risks=proposal["risks"],
        evidence=proposal["evidence"],
        drawings=[{"size": 4}],
    )
    for item in sorted(items_of(planned["records"][0])):
        seen = verifier.evidence("document", f"document on {item}")["digest"]
        verifier.do(f"{place}/evidence", item=item, digest=seen, export="authorities")
    work = {"zh": "核查工作概述（示例）", "en": "what was done (DEMO)"}
    because = {"zh": "已核对原始凭证，见取证记录（示例）", "en": "seen in the original, see the evidence (DEMO)"}
    found = [one for one in proposal["risks"] if one["errors"] and one["effect"] is None]  # a figure, if it is another
    explained = [{"risk": one["id"], "text": because} for one in found]
    verifier.do(f"{place}/opinion", opinion={"kind": "unmodified"}, work=work, explained=explained)
    reviewer.do(f"{place}/review")
    reviewer.do(f"{place}/decision")
    statement = reviewer.do(f"{place}/statement")["records"][0]["statements"][-1]["digest"]
    say(f"verified: {statement}")
    return str(statement)


def items_of(verification: Mapping[str, Any]) -> set[str]:
    """Return the points on which evidence has to be gathered: those of the plan and those that were drawn."""
    engagement = verification["engagement"]
    planned = {item["id"] for item in engagement["plan"]["items"]}
    return planned | {name for sample in engagement["samples"] for name in sample["items"]}


def conclude(people: Mapping[str, Person], package: str, statement: str) -> None:
    """Reach the three conclusions of the scheme."""
    about = [(package, "package"), (statement, "verification-statement")]
    number = [{"digest": digest, "kind": kind, "export": "authorities"} for digest, kind in about]
    assessor = people["assessor"]
    rest = {
        "product-consistency": ("site-record", "bill-of-materials"),
        "continued-reduction": ("reduction-plan", "reduction-record"),
    }
    people["verifier"].do(f"cases/{CASE}/conclusions", conclusion="number", positive=True, evidence=number)
    for conclusion, kinds in rest.items():
        evidence = [assessor.evidence(kind, f"{kind} for {conclusion}") for kind in kinds]
        assessor.do(f"cases/{CASE}/conclusions", conclusion=conclusion, positive=True, evidence=evidence)
    say("concluded: number, product-consistency, continued-reduction")


def decide(people: Mapping[str, Person], package: str) -> None:
    """Review and decide: the certificate is issued, logged and published, or nothing is."""
    reviewer, decider = people["reviewer"], people["decision-maker"]
    reasons = reviewer.reasons("all activities done, no finding open")
    reviewer.do(f"cases/{CASE}/review", recommendation="grant", reasons=reasons)
    reasons = decider.reasons("as recommended")
    decider.do(f"cases/{CASE}/decision", outcome="grant", reasons=reasons, package=package, certificate=NUMBER)
    say(f"decided and published: {NUMBER}")


def declare(people: Mapping[str, Person], package: str) -> dict[str, Any]:
    """Declare the footprint of the pack (MIIT notice 551 of 2025), and return what binds its four parts."""
    client = people["representative"]
    client.do("pack-lists", packs=[PACK])
    place = f"declarations/{DECLARATION}"
    plan, data = (client.evidence(kind, kind)["digest"] for kind in ("quality-plan", "activity-data"))
    client.do("declarations", declaration=DECLARATION, pack=PACK, quality_plan=plan)
    client.do(f"{place}/activity-data", activity_data=data)
    client.do(f"{place}/calculation", package=package)
    client.do(f"{place}/statement", verification=VERIFICATION)
    client.do(f"{place}/declaration")
    bound: dict[str, Any] = client.read(f"{place}/package")
    say(f"declared: {bound['digest']}")
    return bound


def main(address: str, invitation: str, package: str, body: str) -> dict[str, Person]:
    """Walk through it all, and return who was there."""
    people = found(Register(address), invitation, body)
    approve(people["regulator"], body)
    digest = apply(people, body, Path(package).read_bytes())
    carry_out(people["assessor"], "document-review")
    statement = verify(people)
    carry_out(people["verifier"], "pcf-verification", verification=VERIFICATION)
    carry_out(people["assessor"], "site-inspection")
    conclude(people, digest, statement)
    decide(people, digest)
    declare(people, digest)
    return people


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])

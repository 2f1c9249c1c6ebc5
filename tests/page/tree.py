"""A small static tree as the publisher writes it, made of real parts from the study to the pages."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key

from footproof.assess import Assessment, assess
from footproof.canonical import canonical_bytes, digest
from footproof.credential.did_key import did_key, key_name
from footproof.credential.securing import sign_certificate
from footproof.formats.study import StudyFiles, read_study
from footproof.label.mark import render_mark
from footproof.label.rounding import round_significant
from footproof.label.rule import demo_rule
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, CertificationScope, Party, Stage, StatedGrade, StatusPlace
from footproof.package.archive import open_package
from footproof.package.seal import Contents, seal
from footproof.registry.render import assets, render_certificate_page, render_index
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.tlog import Log, prove
from page.entitlement import (
    BODY,
    INDEX,
    KEY,
    LISTING,
    LISTS,
    LOG_KEY,
    ORIGIN,
    anchors,
    entered,
    recognition_files,
    records,
    status_files,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OTHER_KEY = derive_private_key(0xBADBEE, SECP256R1())
NUMBER = "DEMO-CFP-2026-000123"
TODAY = "2026-12-01"
RULES = {"portland-cement": "cn.gbt.24067@2024", "nmc811-pack": "cn.pcf.traction-battery@2026-provisional"}


@dataclass(frozen=True, slots=True)
class Issued:
    """What a certificate is published with."""

    certificate: Certificate
    package: bytes
    token: bytes
    event: bytes
    assessment: Assessment
    about: Mapping[str, Any]


def build_tree(
    folder: Path,
    study: str = "portland-cement",
    *,
    valid_until: date = date(2028, 12, 31),
    key: EllipticCurvePrivateKey = KEY,
    before: int = 3,
    after: Sequence[str] = (),
    stage_credit: bool = False,
    grade: StatedGrade | None = None,
) -> Issued:
    """Write the tree and return what was issued.

    Args:
        folder: Where the tree goes; it exists.
        study: Folder under examples/.
        valid_until: Last day of the certificate.
        key: What signs; the trusted key is always `KEY`.
        before: How many other entries stand before the issue.
        after: Types of later events about the certificate; "foreign:" in front has another party enter it.
        stage_credit: Whether a page is drawn with a negative stage (the certificate then no longer recomputes).
        grade: What the certificate states as its grade.
    """
    issued = issue(study, valid_until, key, stage_credit, grade)
    entries = [_event("label.batch", f"OTHER-{number}", b"batch") for number in range(before)]
    later = [
        _event(kind.removeprefix("foreign:"), NUMBER, issued.token, index + 2, foreign=kind.startswith("foreign:"))
        for index, kind in enumerate(after)
    ]
    (folder / "log").mkdir()
    with Log.create(folder / "log", ORIGIN, LOG_KEY) as log:
        if entries:
            log.append(entries)
        index = log.append([issued.event])[0]
        proof = prove(log.read, index).to_bytes()
        found = issued.certificate
        around = recognition_files(records(found.rule_id, found.rule_edition).values())
        stated = dict(zip(around, records(found.rule_id, found.rule_edition).values(), strict=False))
        around[LISTING] = entered(log, stated)
        log.append([*later, _event("label.batch", "OTHER-LAST", b"last", day=20)])
        vkey = log.verifier.vkey
    for lock in (folder / "log" / ".writer").glob("*"):
        lock.unlink()
    place = folder / "c" / NUMBER
    (place / "en").mkdir(parents=True)
    result = issued.assessment.result
    files = {
        "certificate.jwt": issued.token,
        "package.footproof": issued.package,
        "event.json": issued.event,
        "proof.txt": proof,
        "mark.svg": render_mark(found, demo_rule(), found.id),
        "index.html": render_certificate_page(found, result, issued.about, "zh"),
        "en/index.html": render_certificate_page(found, result, issued.about, "en"),
    }
    for name, data in files.items():
        (place / name).write_bytes(data)
    (folder / "en").mkdir()
    (folder / "index.html").write_bytes(render_index([found], "zh"))
    (folder / "en/index.html").write_bytes(render_index([found], "en"))
    (folder / "trust.json").write_text(json.dumps(trust(vkey)), "utf-8")
    write_files(folder, status_files() | around)
    (folder / "assets").mkdir()
    for name, data in assets().items():
        (folder / name).write_bytes(data)
    return issued


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their path in the tree."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def trust(vkey: str) -> dict[str, Any]:
    """Return the trust list that stands beside the pages."""
    numbers = KEY.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}
    body = {
        "id": did_key(KEY.public_key()),
        "name": _both(BODY.name),
        "keys": {key_name(KEY.public_key()): jwk},
    }
    return {"demonstration": True, "bodies": [body], "logs": [{"origin": ORIGIN, "vkey": vkey}], **anchors()}


def issue(
    study: str,
    valid_until: date,
    key: EllipticCurvePrivateKey = KEY,
    stage_credit: bool = False,
    grade: StatedGrade | None = None,
) -> Issued:
    """Return a signed certificate of an example study with its package and log entry."""
    done = assessment(study)
    about = about_record(done)
    package = sealed(study)
    found = replace(_certificate(done, open_package(package).digest, valid_until), grade=grade)
    if stage_credit:
        credit = Stage("credit", Bilingual("回收抵扣", "Recycling credit"), -found.value / 8)
        found = replace(found, stages=(*found.stages, credit))
    token = sign_certificate(found, key, key_name(KEY.public_key()))
    return Issued(found, package, token, _event("certificate.issued", NUMBER, token), done, about)


@cache
def assessment(study: str) -> Assessment:
    """Return an example study, assessed under its rule."""
    folder = EXAMPLES / study
    tables = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in {".toml", ".csv"}}
    evidence = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (folder / "evidence").iterdir()}
    read = read_study(StudyFiles(tables, evidence))
    assert read.known_on is not None
    return assess(read, load_rulebook(RULES[study]), shipped(), read.known_on)


@cache
def sealed(study: str) -> bytes:
    """Return the package of an example study."""
    done = assessment(study)
    folder = EXAMPLES / study
    rule = resources.files("footproof") / "rulebooks" / RULES[study].replace("@", "/")
    rules = {file.name: file.read_bytes() for file in rule.iterdir() if file.is_file()}
    contents = Contents(
        about=about_record(done),
        tables={file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in {".toml", ".csv"}},
        sheet=done.sheet_bytes,
        result=done.result,
        parameters=done.parameters,
        rules={RULES[study]: rules},
        evidence={},
    )
    return seal(contents)


def about_record(done: Assessment) -> dict[str, Any]:
    """Return about.json."""
    study, rule = done.study, done.rule
    info = json.loads(done.sheet_bytes)["info"]
    return {
        "study": study.id,
        "title": info["title"],
        "product": {
            "name": _both(study.product.name),
            "model": study.product.model,
            "description": _both(study.product.description),
        },
        "producer": _both(study.producer.name),
        "site": _both(study.site.name),
        "period": info["period"],
        "known_on": info["known_on"],
        "rule": rule.name,
        "rule_digest": rule.digest,
        "rule_status": rule.status.value,
        "declared_unit": info["declared_unit"],
        "boundary": info["boundary"],
        "sheet_digest": done.sheet_digest,
        "term_count": len(done.sheet.terms),
    }


def _certificate(done: Assessment, package_digest: str, valid_until: date) -> Certificate:
    study, rule, result = done.study, done.rule, done.result
    info = json.loads(done.sheet_bytes)["info"]
    exact = result["interval"]
    bounds = None if exact["low"] == exact["high"] else (_rounded(exact["low"]), _rounded(exact["high"]))
    return Certificate(
        id=f"https://footproof.example/c/{NUMBER}/",
        number=NUMBER,
        body=BODY,
        client=Party("did:web:maker.footproof.example", study.producer.name),
        site=Party("https://footproof.example/sites/1", study.site.name),
        product_name=study.product.name,
        product_model=study.product.model,
        product_id="urn:footproof:product:demo-1",
        value=Decimal(result["declared"]),
        unit=result["unit"],
        unit_name=Bilingual(**info["declared_unit"]),
        boundary=Bilingual(**info["boundary"]),
        stages=tuple(
            Stage(name, Bilingual(**info["stages"][name]), _rounded(row["total"]))
            for name, row in result["stages"].items()
        ),
        interval=bounds,
        rule_id=rule.name,
        rule_edition=rule.digest,
        rule_title=rule.title,
        rule_status=rule.status.value,
        period_start=study.start,
        period_end=study.end,
        decided_on=date(2026, 1, 5),
        valid_from=date(2026, 1, 8),
        valid_until=valid_until,
        package_digest=package_digest,
        sheet_digest=done.sheet_digest,
        demonstration=True,
        scheme_name=Bilingual("示例产品碳足迹认证方案", "Demonstration scheme for carbon footprints"),
        scope=CertificationScope(
            "product-certification", "demo.pcf", "2026", "demo-pcf:general", "CN-FJ", False, "DEMO-A-1"
        ),
        status=StatusPlace(LISTS, INDEX),
    )


def _rounded(text: str) -> Decimal:
    """Return an exact figure in six digits, half to even."""
    top, _, bottom = text.partition("/")
    return round_significant(_ratio(Decimal(top), Decimal(bottom or 1)), 6)


def _ratio(top: Decimal, bottom: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return top / bottom


def _event(kind: str, subject: str, content: bytes, day: int = 1, *, foreign: bool = False) -> bytes:
    return canonical_bytes(
        {
            "v": 1,
            "id": hashlib.sha256(f"{kind} {subject} {day}".encode()).hexdigest()[:32],
            "type": kind,
            "at": f"2026-11-{day:02}T08:30:00Z",
            "actor": "did:web:stranger.example" if foreign else BODY.id,
            "subject": subject,
            "object": digest(content),
        }
    )


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()

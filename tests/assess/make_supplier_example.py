"""Write the supplier's certificate of `examples/demo-cell` anew: run by hand after the form of certificates has
changed.

    python tests/assess/make_supplier_example.py

The keys are known to everybody; what they sign attests nothing (示例 / DEMO).
"""

import hashlib
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from footproof.canonical import canonical_bytes, digest
from footproof.cli.chain import assess_folder, checked_supplier, seal_assessment
from footproof.credential.did_key import did_key, key_name
from footproof.credential.jwk import public_jwk
from footproof.credential.securing import sign_certificate
from footproof.expressions import exact
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party, Stage
from footproof.package import disclose, open_package
from footproof.tlog import Log, prove

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SUPPLIERS = EXAMPLES / "demo-cell" / "suppliers"
RULE = "cn.gbt.24067"
NUMBER = "DEMO-2026-000008"
SECRET = hashlib.sha256("示例 / DEMO: a secret that everybody knows".encode()).digest()
KEY = derive_private_key(0xDE30, SECP256R1())
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"DEMO" * 8)
ORIGIN = "log.footproof.example/demo-suppliers"
BODY = Bilingual("示例认证机构（DEMO）", "Demo Certification Body (DEMO)")
HEAD = "id,name_zh,name_en,folder,certificate,digest,product,unit,use,note_zh,note_en\n"


def sealed() -> bytes:
    """Return the whole package of the supplier, which it would keep to itself."""
    assessment, files = assess_folder(EXAMPLES / "demo-cathode", RULE, None, dated=True)
    return seal_assessment(assessment, files, RULE, SECRET)


def certificate_of(whole: bytes) -> Certificate:
    """Return the certificate that an invented body would issue on it."""
    package = open_package(whole)
    about, result = package.record("about.json"), package.record("result.json")
    digits = package.record("sheet.json")["rounding"]["digits"]
    stages = tuple(
        Stage(
            name, Bilingual(**about["stages"][name]), Decimal(exact.round_significant(exact.read(of["total"]), digits))
        )
        for name, of in result["stages"].items()
    )
    return Certificate(
        id=f"https://demo.footproof.example/c/{NUMBER}/",
        number=NUMBER,
        body=Party(did_key(KEY.public_key()), BODY),
        client=Party("urn:footproof:demo:demo-cathode:producer", Bilingual(**about["producer"]["name"])),
        site=Party("urn:footproof:demo:demo-cathode:site", Bilingual(**about["site"]["name"])),
        product_name=Bilingual(**about["product"]["name"]),
        product_model=about["product"]["model"],
        product_id="urn:footproof:demo:demo-cathode:product",
        value=Decimal(result["declared"]),
        unit=result["unit"],
        unit_name=Bilingual(**about["declared_unit"]),
        boundary=Bilingual(**about["boundary"]),
        stages=stages,
        interval=None,
        rule_id=about["rule"],
        rule_edition=about["rule_digest"],
        rule_title=Bilingual(**about["rule_title"]),
        rule_status=about["rule_status"],
        period_start=date.fromisoformat(about["period"]["start"]),
        period_end=date.fromisoformat(about["period"]["end"]),
        decided_on=date(2026, 4, 10),
        valid_from=date(2026, 4, 10),
        valid_until=date(2028, 4, 9),
        package_digest=package.digest,
        sheet_digest=about["sheet_digest"],
        demonstration=True,
        scheme_name=Bilingual("示例产品碳足迹认证方案", "Demonstration scheme for carbon footprints"),
    )


def write() -> None:
    """Write certificate, log entry, proof, disclosed package, trust anchors and the row that cites them."""
    whole = sealed()
    token = sign_certificate(certificate_of(whole), KEY, key_name(KEY.public_key()))
    event = canonical_bytes(
        {
            "v": 1,
            "id": "urn:uuid:00000000-0000-4000-8000-000000000008",
            "type": "certificate.issued",
            "at": "2026-04-10T08:30:00Z",
            "actor": did_key(KEY.public_key()),
            "subject": NUMBER,
            "object": digest(token),
        }
    )
    with tempfile.TemporaryDirectory() as folder, Log.create(Path(folder) / "log", ORIGIN, LOG_KEY) as log:
        proof = prove(log.read, log.append([event])[0]).to_bytes()
        vkey = log.verifier.vkey
    body = (
        did_key(KEY.public_key()),
        {"zh": BODY.zh, "en": BODY.en},
        {key_name(KEY.public_key()): public_jwk(KEY.public_key())},
    )
    trust = {
        "demonstration": True,
        "bodies": [dict(zip(("id", "name", "keys"), body, strict=True))],
        "logs": [{"origin": ORIGIN, "vkey": vkey}],
    }
    place = SUPPLIERS / "cathode"
    place.mkdir(parents=True, exist_ok=True)
    package = disclose(open_package(whole), ["stage-totals"], "示例电芯有限公司 / Example Cells (DEMO)")
    for name, data in (
        ("certificate.jwt", token),
        ("event.json", event),
        ("proof.txt", proof),
        ("package.footproof", package),
        ("../trust.json", canonical_bytes(trust)),
    ):
        (place / name).write_bytes(data)
    found = checked_supplier(place, date(2026, 6, 30))
    cells = ("cathode", "正极材料（示例）", "cathode material (DEMO)", "cathode", found.certificate, found.digest)
    row = ",".join((*cells, found.product, found.unit, "demonstration", "", ""))
    (EXAMPLES / "demo-cell" / "suppliers.csv").write_text(f"{HEAD}{row}\n", "utf-8")


if __name__ == "__main__":
    write()

"""Certificates per second and core: signed and verified whole, beside the bare signature and a JOSE library.

Targets: 5,000 signed and 3,000 verified a second (ES256, `vc+jwt`, 8.7 KB). A busy machine stretches all three alike,
so they are taken in turns in one run, and what is asserted is their ratio: how much the certificate costs beyond what
nobody can avoid. Every certificate differs; nothing is verified twice.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.canonical import canonical_bytes
from footproof.credential.conformity import credential_of
from footproof.credential.securing import sign_certificate, sign_certificates, verify_certificate
from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, CertificationScope, Party, Stage, StatusPlace

COUNT = 200
ROUNDS = 9
AT = date(2026, 12, 1)
BODY = "did:web:body.footproof.example"
KID = f"{BODY}#key-1"
KEY = derive_private_key(0xC0FFEE, SECP256R1())
SCHEME = ECDSA(SHA256())
HEADER = {"alg": "ES256", "cty": "vc", "kid": KID, "typ": "vc+jwt"}


def _certificate(number: int) -> Certificate:
    """Return one of many certificates of an invented body; no two share a digest, a figure or a name."""
    return Certificate(
        id=f"https://footproof.example/c/DEMO-{number}",
        number=f"DEMO-{number}",
        body=Party(BODY, Bilingual("示例认证机构", "Demo Body"), Bilingual("示例市一路 1 号", "1 First Road")),
        client=Party(f"did:web:maker-{number}.example", Bilingual(f"示例电池 {number}", f"Demo Battery {number}")),
        site=Party(f"https://footproof.example/sites/{number}", Bilingual(f"示例 {number} 厂", f"Plant {number}")),
        product_name=Bilingual("三元动力电池包", "NMC traction battery pack"),
        product_model=f"DM-{number}",
        product_id=f"urn:footproof:product:DM-{number}",
        value=Decimal(61234 + number) / 1000,
        unit="kg CO2e / kWh",
        unit_name=Bilingual("每千瓦时额定容量", "per kWh of rated capacity"),
        boundary=Bilingual("从摇篮到大门", "cradle to gate"),
        stages=(
            Stage("raw_materials", Bilingual("原材料获取与预处理", "Raw materials"), Decimal(50100 + number) / 1000),
            Stage("production", Bilingual("生产制造", "Production"), Decimal("13.634")),
            Stage("end_of_life", Bilingual("回收抵扣", "Recycling credit"), Decimal("-2.5")),
        ),
        interval=(Decimal(58900 + number) / 1000, Decimal(66020 + number) / 1000),
        rule_id="gbt-24067",
        rule_edition="sha256:" + "1a" * 32,
        rule_title=Bilingual("产品碳足迹量化示例规则", "Demonstration rule for product carbon footprints"),
        rule_status="provisional",
        period_start=date(2025, 1, 1),
        period_end=date(2025, 12, 31),
        decided_on=date(2026, 11, 20),
        valid_from=date(2026, 11, 22),
        valid_until=date(2028, 11, 21),
        package_digest=f"sha256:{number + 2**200:064x}",
        sheet_digest=f"sha256:{number + 2**210:064x}",
        demonstration=True,
        scheme_name=Bilingual("示例认证方案", "Demonstration scheme"),
        scope=CertificationScope("product-certification", "cn.pcf", "2026", "cpc:46420", "CN-FJ", True, "DEMO-A-1"),
        status=StatusPlace("https://footproof.example/status/1", number * 577),
    )


CERTIFICATES = [_certificate(number) for number in range(COUNT)]
TOKENS = list(sign_certificates(CERTIFICATES, KEY, KID))
PUBLIC = KEY.public_key()
SIGNED = [(token.rpartition(b".")[0], KEY.sign(token.rpartition(b".")[0], SCHEME)) for token in TOKENS]
JOSE_KEY = ECKey.import_key(KEY)


def _raw_sign() -> None:
    for data, _ in SIGNED:
        KEY.sign(data, SCHEME)


def _raw_verify() -> None:
    for data, signature in SIGNED:
        PUBLIC.verify(signature, data, SCHEME)


def _library_sign() -> None:
    """As little as a JOSE library can do: no canonical form, no certificate, the credential at hand."""
    for certificate in CREDENTIALS:
        jws.serialize_compact(HEADER, json.dumps(certificate).encode(), JOSE_KEY, algorithms=["ES256"])


def _library_verify() -> None:
    """As little as a JOSE library can do: duplicate keys, floats and the certificate's own words are not looked at."""
    for token in TOKENS:
        json.loads(jws.deserialize_compact(token, JOSE_KEY, algorithms=["ES256"]).payload)


CREDENTIALS = [credential_of(certificate) for certificate in CERTIFICATES]


def _issue() -> None:
    assert sum(map(len, sign_certificates(CERTIFICATES, KEY, KID))) > COUNT * 8000


def _verify() -> None:
    keys = {KID: PUBLIC}
    for token, certificate in zip(TOKENS, CERTIFICATES, strict=True):
        assert verify_certificate(token, keys, AT).number == certificate.number


def _in_turns(*runs: Callable[[], None]) -> Sequence[float]:
    """Return the least time of each run for one certificate, taken in turns so that a busy moment meets all. [s]"""
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, times in zip(runs, taken, strict=True):
            start = time.thread_time()
            run()
            times.append((time.thread_time() - start) / COUNT)
    return [statistics.median(sorted(times)[: ROUNDS // 2]) for times in taken]


@pytest.mark.parametrize(
    ("ours", "raw", "library", "most"),
    [(_issue, _raw_sign, _library_sign, 7.0), (_verify, _raw_verify, _library_verify, 5.0)],
    ids=["issue", "verify"],
)
def test_a_certificate_beside_its_bare_signature(
    benchmark: BenchmarkFixture,
    ours: Callable[[], None],
    raw: Callable[[], None],
    library: Callable[[], None],
    most: float,
) -> None:
    mine, floor, theirs = _in_turns(ours, raw, library)
    benchmark.extra_info |= {
        "per second": round(1 / mine),
        "bare signatures per second": round(1 / floor),
        "joserfc and json per second": round(1 / theirs),
        "share of the signature": round(floor / mine, 2),
        "beside joserfc and json": round(theirs / mine, 2),
    }
    benchmark(ours)
    assert mine / floor < most


def test_ed25519(benchmark: BenchmarkFixture) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"a key of the demonstration body.")
    token = sign_certificate(CERTIFICATES[0], key, KID)
    keys = {KID: key.public_key()}
    assert benchmark(verify_certificate, token, keys, AT) == CERTIFICATES[0]


def test_the_byte_form_of_a_certificate(benchmark: BenchmarkFixture) -> None:
    data = benchmark(canonical_bytes, CREDENTIALS[0])
    assert json.loads(data) == CREDENTIALS[0]
    assert replace(CERTIFICATES[0]) == CERTIFICATES[0]

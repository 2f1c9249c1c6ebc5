"""An invented body's demonstration certificate, and a key for it."""

from datetime import date
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate, Party, Stage, StatedGrade
from footproof.model.reduction import StatedReduction

BODY = "did:web:body.footproof.example"
KID = f"{BODY}#key-1"
KEY = derive_private_key(0xC0FFEE, SECP256R1())
OTHER_KEY = derive_private_key(0xBADBEE, SECP256R1())
KEYS = {KID: KEY.public_key()}
AT = date(2026, 12, 1)
LINK = "https://footproof.example/c/DEMO-CFP-2026-000123"
STARS = StatedGrade(3, Bilingual("三星级", "Three stars"))

CERTIFICATE = Certificate(
    id=LINK,
    number="DEMO-CFP-2026-000123",
    body=Party(
        BODY,
        Bilingual("示例认证机构", "Demo Certification Body"),
        Bilingual("示例市一路 1 号", "1 First Road, Demo City"),
    ),
    client=Party("did:web:maker.footproof.example", Bilingual("示例电池有限公司", "Demo Battery Co., Ltd.")),
    site=Party("https://footproof.example/sites/1", Bilingual("示例一厂", "Demo Plant No. 1")),
    product_name=Bilingual("三元动力电池包", "NMC traction battery pack"),
    product_model="DM-811-75",
    product_id="urn:footproof:product:DM-811-75",
    value=Decimal("61.234"),
    unit="kg CO2e / kWh",
    unit_name=Bilingual("每千瓦时额定容量", "per kWh of rated capacity"),
    boundary=Bilingual("从摇篮到大门", "cradle to gate"),
    stages=(
        Stage(
            "raw_materials",
            Bilingual("原材料获取与预处理", "Raw materials and pre-processing"),
            Decimal("50.1"),
        ),
        Stage("production", Bilingual("生产制造", "Production"), Decimal("13.634")),
        Stage("end_of_life", Bilingual("回收抵扣", "Recycling credit"), Decimal("-2.5")),
    ),
    interval=(Decimal("58.9"), Decimal("66.02")),
    rule_id="gbt-24067",
    rule_edition="sha256:" + "1a" * 32,
    rule_title=Bilingual("产品碳足迹量化示例规则", "Demonstration rule for product carbon footprints"),
    rule_status="provisional",
    period_start=date(2025, 1, 1),
    period_end=date(2025, 12, 31),
    decided_on=date(2026, 11, 20),
    valid_from=date(2026, 11, 22),
    valid_until=date(2028, 11, 21),
    package_digest="sha256:" + "2b" * 32,
    sheet_digest="sha256:" + "3c" * 32,
    demonstration=True,
    scheme_name=Bilingual("示例认证方案", "Demonstration scheme"),
)
REDUCTION = StatedReduction(
    "sha256:" + "4d" * 32, Decimal("66.83"), date(2024, 1, 1), date(2024, 12, 31), Decimal("0.0837")
)
"""By how much the value of the certificate lies below that of the year before: 8.37 %."""

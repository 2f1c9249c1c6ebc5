"""DER has one spelling of each value; every other is refused, and what parsers of others write passes."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from credential.sealing import ROOT, SEAL
from footproof.credential.der import der_length
from footproof.errors import ProofRejected


def test_a_certificate_is_der_and_its_length_is_found() -> None:
    for one in (ROOT, SEAL.certificate):
        data = one.public_bytes(Encoding.DER)
        assert der_length(data) == der_length(data + bytes(9)) == len(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "3001",
        "3080020101 0000",
        "308103020101",
        "30820003020101",
        "3082",
        "308500000000 03020101",
        "1f0101",
        "30030201",
        "3004 02020001",
        "3004 0202ff81",
        "3002 0200",
        "3005 0603802a03",
        "3004 06022a83",
        "3002 0600",
        "3005 06032a8003",
        "30" * 3,
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ProofRejected, match="E-DER-FORM"):
        der_length(bytes.fromhex(text))


def test_depth_and_number_are_limited() -> None:
    deep = b""
    for _ in range(60):
        deep = b"\x30" + bytes([len(deep)]) + deep
    many = b"\x05\x00" * 20_001
    wide = b"\x30\x83" + len(many).to_bytes(3, "big") + many
    for data in (deep, wide):
        with pytest.raises(ProofRejected, match="E-DER-FORM"):
            der_length(data)

"""Names of keys: published vectors, the way there and back, and every second spelling refused."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, SECP521R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from credential.sample import KEY
from footproof.credential.did_key import (
    base58btc,
    did_key,
    from_base58btc,
    from_did_key,
    from_multikey,
    key_name,
    multikey,
)
from footproof.errors import FootproofError

INTEROP = Path(__file__).resolve().parents[2] / "../shared/data/interop"
VECTORS = (
    INTEROP / "w3c-vc-di-ecdsa/TestVectors/p256KeyPair.json",
    INTEROP / "w3c-vc-di-ecdsa/TestVectors/p384KeyPair.json",
    INTEROP / "w3c-vc-di-eddsa/TestVectors/keyPair.json",
)
# RFC 8032 §7.1, test 1.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


@pytest.mark.parametrize(
    ("data", "text"),
    # draft-msporny-base58-03, section 5.
    [
        (b"Hello World!", "z2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "zUSm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "z11233QC4"),
    ],
)
def test_published_base58(data: bytes, text: str) -> None:
    assert base58btc(data) == text
    assert from_base58btc(text) == data


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_published_keys(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"needs the W3C vector {path.name}, kept beside the repository")
    text = json.loads(path.read_text("utf-8"))["publicKeyMultibase"]
    assert multikey(from_multikey(text)) == text
    assert from_did_key(f"did:key:{text}#{text}") == from_did_key(f"did:key:{text}")


def test_a_published_ed25519_key_is_read_as_its_bytes() -> None:
    # W3C CCG did:key method, section 1, example.
    key = from_did_key("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    assert isinstance(key, Ed25519PublicKey)
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert raw.hex() == "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"


@given(st.binary(max_size=60))
def test_base58_comes_back(data: bytes) -> None:
    assert from_base58btc(base58btc(data)) == data


@given(st.text(alphabet="123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=60))
def test_every_base58_text_is_the_only_spelling(text: str) -> None:
    assert base58btc(from_base58btc("z" + text)) == "z" + text


def test_own_keys_come_back() -> None:
    other = generate_private_key(SECP384R1()).public_key()
    for key in (KEY.public_key(), other, Ed25519PrivateKey.from_private_bytes(SECRET).public_key()):
        assert from_did_key(did_key(key)) == key
        assert from_did_key(key_name(key)) == key
    assert from_base58btc(multikey(Ed25519PrivateKey.from_private_bytes(SECRET).public_key()))[2:] == PUBLIC


GOOD = multikey(KEY.public_key())


@pytest.mark.parametrize(
    "did",
    [
        "did:key:",
        "did:web:example.com",
        f"did:key:{GOOD}#",
        f"did:key:{GOOD}#other",
        f"did:key:{GOOD} ",
        f"did:key:{GOOD[1:]}",
        f"did:key:z1{GOOD[1:]}",
        f"did:key:{GOOD[:-1]}",
        f"did:key:{GOOD}1",
        f"did:key:{GOOD[:-1]}0",
        f"did:key:{GOOD[:-1]}é",
        "did:key:z" + "2" * 200,
        "did:key:" + base58btc(bytes([0x81, 0x24]) + b"\2" * 33),
        "did:key:" + base58btc(bytes([0x80, 0x24]) + b"\2" * 49),
        "did:key:" + base58btc(bytes([0x80, 0x24, 0x02]) + b"\xff" * 32),
        "did:key:" + base58btc(bytes([0x80, 0x24, 0x04]) + b"\1" * 32),
    ],
)
def test_a_wrong_name_is_refused(did: str) -> None:
    with pytest.raises(FootproofError, match="E-CRED-KEY-NAME"):
        from_did_key(did)


def test_another_curve_has_no_name() -> None:
    with pytest.raises(FootproofError, match="E-CRED-KEY"):
        multikey(generate_private_key(SECP521R1()).public_key())

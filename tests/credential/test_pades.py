"""A sealed PDF says what its token says, or it is refused; every kind of change has its own code."""

# mypy: disallow-untyped-calls=False

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from pyhanko.sign.fields import MDPPerm

from credential.sample import BODY, CERTIFICATE, KEY, KEYS
from credential.sealing import (
    AT,
    JWT,
    ROOT,
    SEAL,
    Authority,
    certificate,
    chained,
    page,
    payload,
    plain,
    sealed,
    sealed_as,
)
from footproof.canonical import canonical_bytes
from footproof.credential.conformity import credential_of
from footproof.credential.pades import need_trusted, read_certificate_pdf, seal_pdf
from footproof.credential.seal import Seal, read_certificates, read_seal
from footproof.credential.securing import sign_certificate, verify_certificate
from footproof.errors import FootproofError, ProofRejected


def name(text: str) -> generic.NameObject:
    return generic.pdf_name(text)


def put(key: str, value: Any) -> Callable[[PdfFileWriter], None]:
    """Return a change that puts a member into the catalogue."""

    def change(writer: PdfFileWriter) -> None:
        writer.root[key] = value

    return change


def action(kind: str) -> generic.DictionaryObject:
    return generic.DictionaryObject({name("/S"): name(kind), name("/JS"): generic.pdf_string("app.alert(1)")})


def code_of(data: bytes, **options: Any) -> str:
    with pytest.raises(ProofRejected) as refused:
        read_certificate_pdf(data, at=AT, **({"roots": [ROOT]} | options))
    return refused.value.code


# What it says.


def test_a_sealed_page_gives_back_the_token_and_what_it_says() -> None:
    found = read_certificate_pdf(sealed(), [ROOT], AT)
    assert found.jwt == JWT
    assert found.credential == credential_of(CERTIFICATE)
    assert (found.trusted, found.signed_at, found.timestamp, found.stamped) == (True, AT, None, False)
    assert found.sealer.bodies == {BODY}
    assert "示例 DEMO" in found.sealer.subject
    assert verify_certificate(found.jwt, KEYS, AT.date()) == CERTIFICATE
    need_trusted(found)


def test_an_unknown_root_is_intact_and_not_known() -> None:
    other = certificate("other root", generate_private_key(SECP256R1()), authority=True)
    for roots in ([], [other]):
        found = read_certificate_pdf(sealed(), roots, AT)
        assert not found.trusted
        with pytest.raises(ProofRejected, match="E-PDF-SIGNER-UNKNOWN"):
            need_trusted(found)


def test_a_root_of_the_same_name_is_another_root() -> None:
    key = generate_private_key(SECP256R1())
    builder = x509.CertificateBuilder(
        ROOT.issuer, ROOT.subject, key.public_key(), 7, AT - timedelta(days=1), AT + timedelta(days=1)
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    assert code_of(sealed(), roots=[builder.sign(key, SHA256())]) == "E-PDF-SEAL"


def test_a_chain_leads_to_the_root() -> None:
    seal, root = chained()
    data = seal_pdf(page(), JWT, seal, AT)
    assert read_certificate_pdf(data, [root], AT).trusted
    assert not read_certificate_pdf(data, [ROOT], AT).trusted


def test_poppler_reads_the_seal_and_the_files(tmp_path: Path) -> None:
    if shutil.which("pdfsig") is None or shutil.which("pdfdetach") is None:
        pytest.skip("needs pdfsig and pdfdetach of poppler-utils")
    file = tmp_path / "certificate.pdf"
    file.write_bytes(sealed())
    said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, file], capture_output=True, check=True)
    assert (tmp_path / "certificate.jwt").read_bytes() == JWT
    assert (tmp_path / "certificate.json").read_bytes() == canonical_bytes(credential_of(CERTIFICATE))


def test_the_seal_must_be_of_the_body_that_the_token_names() -> None:
    seal, root = chained(body="did:web:other.example")
    with pytest.raises(FootproofError, match="E-PDF-SEAL-BODY") as refused:
        seal_pdf(page(), JWT, seal, AT)
    assert not isinstance(refused.value, ProofRejected)
    data = sealed_as(lambda writer: None, seal=seal)
    with pytest.raises(ProofRejected, match="E-PDF-SEAL-BODY"):
        read_certificate_pdf(data, [root], AT)


# Time.


def test_a_time_stamp_is_asked_for_once_and_read() -> None:
    authority = Authority(AT + timedelta(seconds=3))
    data = seal_pdf(page(), JWT, SEAL, AT, authority.answer)
    assert authority.asked == 1
    found = read_certificate_pdf(data, [ROOT], AT + timedelta(days=1), stamp_roots=[authority.root])
    assert (found.timestamp, found.signed_at, found.stamped) == (AT + timedelta(seconds=3),) * 2 + (True,)
    unknown = read_certificate_pdf(data, [ROOT], AT)
    assert (unknown.timestamp, unknown.signed_at, unknown.stamped, unknown.trusted) == (None, AT, True, True)


def test_a_seal_that_expired_holds_where_a_trusted_stamp_says_it_was_used_before() -> None:
    seal, root = chained(last=AT + timedelta(days=10))
    later = AT + timedelta(days=20)
    with pytest.raises(ProofRejected, match="E-PDF-SEAL"):
        read_certificate_pdf(seal_pdf(page(), JWT, seal, AT), [root], later)
    authority = Authority()
    data = seal_pdf(page(), JWT, seal, AT, authority.answer)
    assert read_certificate_pdf(data, [root], later, stamp_roots=[authority.root]).trusted
    with pytest.raises(ProofRejected, match="E-PDF-SEAL"):
        read_certificate_pdf(data, [root], later)


@pytest.mark.parametrize("moment", [AT - timedelta(days=400), AT + timedelta(days=4000)])
def test_a_seal_outside_its_validity_is_refused(moment: datetime) -> None:
    with pytest.raises(ProofRejected, match="E-PDF-SEAL"):
        read_certificate_pdf(sealed(), [ROOT], moment)


def test_an_authority_that_is_none_does_not_count() -> None:
    authority = Authority(stamps=False)
    data = seal_pdf(page(), JWT, SEAL, AT, authority.answer)
    found = read_certificate_pdf(data, [ROOT], AT, stamp_roots=[authority.root])
    assert (found.timestamp, found.stamped) == (None, True)


@pytest.mark.parametrize("answer", [b"", b"no DER", b"\x30\x03\x02\x01\x02", b"\x30\x80\x00\x00", b"x" * 20_000])
def test_an_authority_that_answers_nonsense_is_no_stamp(answer: bytes) -> None:
    with pytest.raises(FootproofError) as refused:
        seal_pdf(page(), JWT, SEAL, AT, lambda request: answer)
    assert refused.value.code in {"E-PDF-STAMP", "E-DER-FORM"}


def test_a_stamp_of_another_signature_is_refused() -> None:
    authority = Authority()
    kept: list[bytes] = []

    def stale(request: bytes) -> bytes:
        kept.append(authority.answer(request))
        return kept[0]

    seal_pdf(page(), JWT, SEAL, AT, stale)
    with pytest.raises(FootproofError, match="E-PDF-STAMP"):
        seal_pdf(page(), JWT, SEAL, AT, stale)


def test_a_revoked_seal_is_refused_where_the_list_is_at_hand() -> None:
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root = certificate("root", root_key, authority=True)
    leaf = certificate("body", key, (root, root_key), body=BODY, lists=True)
    revoked = x509.RevokedCertificateBuilder(leaf.serial_number, AT - timedelta(days=2)).build()
    crl = (
        x509.CertificateRevocationListBuilder(root.subject, AT - timedelta(days=1), AT + timedelta(days=9))
        .add_revoked_certificate(revoked)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(root_key, SHA256())
        .public_bytes(Encoding.DER)
    )
    data = seal_pdf(page(), JWT, Seal(key, leaf), AT)
    assert read_certificate_pdf(data, [root], AT).trusted
    with pytest.raises(ProofRejected, match=r"E-PDF-SEAL.*REVOKED"):
        read_certificate_pdf(data, [root], AT, crls=[crl])


# What was added.


def test_other_readers_are_told_that_nothing_may_be_added() -> None:
    (found,) = PdfFileReader(BytesIO(sealed())).embedded_signatures
    assert found.docmdp_level == MDPPerm.NO_CHANGES


def test_a_later_revision_is_refused_whatever_it_changes() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sealed()))
    writer.root["/Lang"] = generic.pdf_string("zh")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    assert code_of(out.getvalue()) == "E-PDF-REVISIONS"


@pytest.mark.parametrize("tail", [b" ", b"\n", b"%%EOF\n", b"\0", b"%PDF-1.7\n" * 9])
def test_bytes_after_the_end_are_refused(tail: bytes) -> None:
    assert code_of(sealed() + tail) in {"E-PDF-COVERAGE", "E-PDF-FORM", "E-PDF-REVISIONS"}


@pytest.mark.parametrize("head", [b"x", b"\n", b"%PDF-1.4\n"])
def test_bytes_before_the_beginning_are_refused(head: bytes) -> None:
    assert code_of(head + sealed()) in {"E-PDF-FORM", "E-PDF-COVERAGE"}


@pytest.mark.parametrize("size", [0, 1, 8, 9, 100, 20_000, -2, -1])
def test_a_file_cut_short_is_refused(size: int) -> None:
    assert code_of(sealed()[:size]) in {"E-PDF-FORM", "E-PDF-COVERAGE"}


# What may not be in it, even under a seal that holds.


@pytest.mark.parametrize(
    "change",
    [
        put("/OpenAction", action("/JavaScript")),
        put("/AA", generic.DictionaryObject({name("/WC"): action("/JavaScript")})),
        put("/X", action("/Launch")),
        put("/X", action("/SubmitForm")),
        put("/OCProperties", generic.DictionaryObject()),
        put("/X", generic.ArrayObject([generic.ArrayObject([name("/JavaScript")])])),
    ],
)
def test_what_acts_or_hides_is_refused_under_any_seal(change: Callable[[PdfFileWriter], None]) -> None:
    assert code_of(sealed_as(change)) == "E-PDF-ACTIVE"


def test_an_unreachable_script_is_refused() -> None:
    assert code_of(sealed_as(lambda writer: void(writer.add_object(action("/JavaScript"))))) == "E-PDF-ACTIVE"


def void(value: object) -> None:
    assert value is not None


def test_a_name_in_disguise_is_the_same_name() -> None:
    data = sealed_as(put("/X", name("/aaaaaaaaaaaaaaaa")))
    # The seal breaks too, but the form is looked at first.
    assert code_of(data.replace(b"/aaaaaaaaaaaaaaaa", b"/J#61v#61Scr#69pt", 1)) == "E-PDF-ACTIVE"


def _files() -> dict[str, bytes]:
    return {"certificate.jwt": JWT, "certificate.json": payload(JWT)}


def test_token_and_json_must_say_the_same() -> None:
    other = replace(CERTIFICATE, number="DEMO-CFP-2026-000124")
    files = _files() | {"certificate.json": canonical_bytes(credential_of(other))}
    assert code_of(sealed_as(lambda writer: None, files)) == "E-PDF-ATTACHMENT"
    spaced = _files() | {"certificate.json": payload(JWT) + b" "}
    assert code_of(sealed_as(lambda writer: None, spaced)) == "E-PDF-ATTACHMENT"


def test_the_jws_of_another_body_is_refused() -> None:
    body = replace(CERTIFICATE.body, id="did:web:other.example")
    jwt = sign_certificate(replace(CERTIFICATE, body=body), KEY, "did:web:other.example#key-1")
    files = {"certificate.jwt": jwt, "certificate.json": payload(jwt)}
    assert code_of(sealed_as(lambda writer: None, files)) == "E-PDF-SEAL-BODY"


def _names(writer: PdfFileWriter) -> Any:
    return writer.root["/Names"]["/EmbeddedFiles"]["/Names"]


def _again(writer: PdfFileWriter) -> None:
    names = _names(writer)
    names.append(names.raw_get(2))
    names.append(names.raw_get(3))


def _renamed(writer: PdfFileWriter) -> None:
    names = _names(writer)
    names[2] = names[0]


def _swapped(writer: PdfFileWriter) -> None:
    names = _names(writer)
    names[1], names[3] = names.raw_get(3), names.raw_get(1)


def _third(writer: PdfFileWriter) -> None:
    spec = generic.DictionaryObject({name("/Type"): name("/Filespec"), name("/F"): generic.pdf_string("x.exe")})
    void(writer.add_object(spec))


def _stream(writer: PdfFileWriter) -> None:
    stream = generic.StreamObject({name("/Type"): name("/EmbeddedFile")}, stream_data=b"x")
    void(writer.add_object(stream))


def _unassociated(writer: PdfFileWriter) -> None:
    writer.root["/AF"] = generic.ArrayObject()


def _two_streams(writer: PdfFileWriter) -> None:
    spec = _names(writer)[3]
    spec["/EF"]["/UF"] = _names(writer)[1]["/EF"].raw_get("/F")


def _packed(writer: PdfFileWriter) -> None:
    _names(writer)[3]["/EF"]["/F"].compress()


def _kids(writer: PdfFileWriter) -> None:
    writer.root["/Names"]["/EmbeddedFiles"]["/Kids"] = generic.ArrayObject()


def _typed(writer: PdfFileWriter) -> None:
    _names(writer)[3]["/EF"]["/F"]["/Subtype"] = name("/text#2Fplain")


@pytest.mark.parametrize(
    "change", [_again, _renamed, _swapped, _third, _stream, _unassociated, _two_streams, _packed, _kids, _typed]
)
def test_attachments_of_another_form_are_refused_under_any_seal(change: Callable[[PdfFileWriter], None]) -> None:
    assert code_of(sealed_as(change)) == "E-PDF-ATTACHMENT"


def _nested(depth: int) -> generic.ArrayObject:
    found = generic.ArrayObject()
    for _ in range(depth):
        found = generic.ArrayObject([found])
    return found


def _many_pages(writer: PdfFileWriter) -> None:
    for _ in range(6):
        void(writer.add_object(generic.DictionaryObject({name("/Type"): name("/Page")})))


def _many_objects(writer: PdfFileWriter) -> None:
    for _ in range(4001):
        void(writer.add_object(generic.NullObject()))


def _second_field(writer: PdfFileWriter) -> None:
    void(writer.add_object(generic.DictionaryObject({name("/FT"): name("/Tx")})))


def _second_range(writer: PdfFileWriter) -> None:
    void(writer.add_object(generic.DictionaryObject({name("/ByteRange"): generic.ArrayObject()})))


@pytest.mark.parametrize(
    "change",
    [put("/X", _nested(60)), _many_pages, _many_objects, _second_field, _second_range],
    ids=["nested", "pages", "objects", "fields", "ranges"],
)
def test_too_much_of_anything_is_refused(change: Callable[[PdfFileWriter], None]) -> None:
    assert code_of(sealed_as(change)) == "E-PDF-FORM"


def test_brackets_without_end_do_not_exhaust_the_stack() -> None:
    data = sealed_as(put("/X", generic.pdf_string("a" * 50_000)))
    assert code_of(data.replace(b"(" + b"a" * 50_000 + b")", b"[" * 50_002)) == "E-PDF-FORM"


@pytest.mark.parametrize(
    "value",
    [
        generic.ArrayObject(generic.NumberObject(7) for _ in range(100_000)),
        generic.ArrayObject(name("/Y") for _ in range(100_000)),
        generic.ByteStringObject(bytes(200_000)),
        generic.pdf_string("a" * 350_000),
    ],
    ids=["numbers", "names", "digits", "letters"],
)
def test_a_file_that_takes_long_to_read_is_given_up(value: Any) -> None:
    data = sealed_as(put("/X", value))
    begin = time.process_time()
    assert code_of(data) == "E-PDF-FORM"
    assert time.process_time() - begin < 10


def test_one_large_object_read_again_and_again_is_given_up() -> None:
    place: list[int] = []

    def change(writer: PdfFileWriter) -> None:
        for _ in range(1000):
            void(writer.add_object(generic.NullObject()))
        large = generic.ArrayObject(generic.NumberObject(number) for number in range(5000))
        place.append(writer.add_object(large).idnum)

    data = sealed_as(change)
    entry = b"%010d 00000 n" % (data.index(b"\n%d 0 obj" % place[0]) + 1)
    begin = time.process_time()
    assert code_of(re.sub(rb"\d{10} 00000 n", entry, data)) == "E-PDF-FORM"
    assert time.process_time() - begin < 10


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    assert code_of(b"%PDF-1.7\n" + bytes(11 * 1024 * 1024)) == "E-PDF-SIZE"


def test_a_page_without_a_seal_is_refused() -> None:
    assert code_of(page()) in {"E-PDF-UNSIGNED", "E-PDF-FORM"}
    writer = copy_into_new_writer(PdfFileReader(BytesIO(page())))
    out = BytesIO()
    writer.write(out)
    assert code_of(out.getvalue()) == "E-PDF-UNSIGNED"


def test_an_encrypted_file_is_refused() -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(page())))
    writer.output_version = (1, 7)
    writer.encrypt("owner", "")
    out = BytesIO()
    writer.write(out)
    data = re.sub(rb"^%PDF-2\.0", b"%PDF-1.7", out.getvalue())
    assert code_of(data) == "E-PDF-ENCRYPTED"


def test_a_page_that_acts_is_not_sealed() -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(page())))
    writer.root["/OpenAction"] = action("/JavaScript")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(FootproofError, match="E-PDF-ACTIVE"):
        seal_pdf(out.getvalue(), JWT, SEAL, AT)


@pytest.mark.parametrize("jwt", [b"", b"a.b", b"a.b.c", b"a.e30.c", JWT + b".x"])
def test_only_a_token_is_sealed(jwt: bytes) -> None:
    with pytest.raises(FootproofError, match="E-CRED"):
        seal_pdf(page(), jwt, SEAL, AT)


# Changed bytes.


def _places(data: bytes, step: int) -> list[int]:
    """Return every 500th byte of the file, every `step`-th of the signature's dictionary, some of the zeros in it."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+)", data)
    assert found is not None
    first, last = data.rindex(b" obj", 0, int(found[1])), data.index(b"endobj", int(found[2]))
    zeros = int(found[1]) + len(data[int(found[1]) : int(found[2]) - 1].rstrip(b"0"))
    places = {*range(0, len(data), 500), *range(first, zeros, step), *range(zeros, last, 31 * step)}
    return sorted(places | set(range(int(found[2]) - 3, last, step)))


def _undetected(data: bytes, places: list[int], flip: int, roots: dict[str, Any]) -> list[int]:
    """Return where a changed file still says all of it; one whose stamp or signer is no longer known says less."""
    whole = read_certificate_pdf(data, at=AT, **roots)
    passed = []
    for place in places:
        changed = bytearray(data)
        changed[place] ^= flip
        try:
            if read_certificate_pdf(bytes(changed), at=AT, **roots) == whole:
                passed.append(place)
        except ProofRejected:
            continue
    return passed


@pytest.mark.parametrize("flip", [0x01, 0x20])
def test_changed_bytes_are_found(flip: int) -> None:
    data = seal_pdf(plain(), JWT, SEAL, AT)
    assert _undetected(data, _places(data, 61), flip, {"roots": [ROOT]}) == []


@pytest.mark.slow
def test_every_hundredth_byte_of_a_real_page_is_found() -> None:
    assert _undetected(sealed(), list(range(0, len(sealed()), 100)), 0x01, {"roots": [ROOT]}) == []


@pytest.mark.slow
@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_changed_bytes_of_a_stamped_signature_are_found(flip: int) -> None:
    seal, root = chained()
    authority = Authority()
    data = seal_pdf(plain(), JWT, seal, AT, authority.answer)
    assert _undetected(data, _places(data, 3), flip, {"roots": [root], "stamp_roots": [authority.root]}) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_refused_with_a_code(data: st.DataObject) -> None:
    whole = sealed()
    first = data.draw(st.integers(0, len(whole) - 1))
    last = data.draw(st.integers(first, min(len(whole), first + 200)))
    changed = whole[:first] + data.draw(st.binary(max_size=40)) + whole[last:]
    if changed != whole:
        assert code_of(changed).startswith(("E-PDF-", "E-DER-", "E-CRED-"))


def test_digits_in_letters_of_another_size_are_found() -> None:
    data = sealed()
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+)", data)
    assert found is not None
    first, last = int(found[1]), int(found[2])
    gap = data[first:last]
    other = gap.lower() if gap != gap.lower() else gap.upper()
    changed = data[:first] + other + data[last:]
    # All of them in the other size: a rewriting that says the same, in the gap that no signature can cover.
    assert read_certificate_pdf(changed, [ROOT], AT).jwt == JWT
    mixed = data[:first] + gap[: len(gap) // 8] + other[len(gap) // 8 :] + data[last:]
    assert code_of(mixed) == "E-PDF-COVERAGE"


# The seal's files.


def test_a_seal_is_read_from_pem() -> None:
    seal, root = chained()
    pem = seal.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (seal.certificate, *seal.chain, root))
    found = read_seal(pem, chain)
    assert (found.certificate, found.chain) == (seal.certificate, seal.chain)
    assert read_certificates(root.public_bytes(Encoding.PEM)) == (root,)
    for key, certificates in ((pem, b""), (b"", chain), (pem, root.public_bytes(Encoding.PEM)), (pem, chain * 300)):
        with pytest.raises(FootproofError, match="E-PDF-SEAL-FILE"):
            read_seal(key, certificates)

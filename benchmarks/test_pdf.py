"""What a body and a stranger wait for with PDF certificates: set, seal, read; the answer is checked as well."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from credential.sample import CERTIFICATE
from credential.sealing import AT, JWT, ROOT, SEAL, Authority, page, sealed
from footproof.credential.pades import read_certificate_pdf, seal_pdf
from footproof.registry.certificate_pdf import render_certificate_pdf
from footproof.texts import LANGUAGES, Lang


@pytest.mark.parametrize("lang", LANGUAGES)
def test_set_a_page(benchmark: BenchmarkFixture, lang: Lang) -> None:
    assert benchmark(render_certificate_pdf, CERTIFICATE, lang).startswith(b"%PDF-1.7")


def test_seal_a_page(benchmark: BenchmarkFixture) -> None:
    assert benchmark(seal_pdf, page(), JWT, SEAL, AT).startswith(b"%PDF-1.7")


def test_seal_a_page_with_a_time_stamp(benchmark: BenchmarkFixture) -> None:
    authority = Authority()
    assert benchmark(seal_pdf, page(), JWT, SEAL, AT, authority.answer).startswith(b"%PDF-1.7")


def test_read_a_sealed_page(benchmark: BenchmarkFixture) -> None:
    assert benchmark(read_certificate_pdf, sealed(), [ROOT], AT).trusted


def test_read_a_sealed_page_with_a_time_stamp(benchmark: BenchmarkFixture) -> None:
    authority = Authority()
    data = seal_pdf(page(), JWT, SEAL, AT, authority.answer)
    found = benchmark(read_certificate_pdf, data, [ROOT], AT, stamp_roots=[authority.root])
    assert found.timestamp == AT

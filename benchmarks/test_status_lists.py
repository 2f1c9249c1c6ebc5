"""Status lists and histories: what a batch of certificates waits for when issued, and a check when it asks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from footproof.credential.did_webvh import History, read_history
from footproof.credential.status_book import StatusBook
from footproof.credential.status_list import Entry, list_credential, read_list, status_at

SEED = b"a seed of the benchmark"
URL = "https://body.example/status/1"
AT = datetime(2026, 11, 22, tzinfo=UTC)
VECTOR = Path(__file__).resolve().parents[1] / "../shared/data/interop/didwebvh-vectors/witness-threshold/ts"


def test_assign_100000_places(benchmark: BenchmarkFixture) -> None:
    def run() -> int:
        book = StatusBook(SEED, 1 << 20)
        return len({book.assign() for _ in range(100_000)})

    assert benchmark(run) == 100_000


def test_render_a_list_of_a_million(benchmark: BenchmarkFixture) -> None:
    book = StatusBook(SEED, 1 << 20)
    places = [book.assign() for _ in range(100_000)]
    for place in places[::20]:
        book.revoke(place)

    def run() -> int:
        found = list_credential(
            book.bits("revocation"),
            id=URL,
            issuer="did:web:body.example",
            purpose="revocation",
            valid_from=AT,
            valid_until=AT + timedelta(days=1),
        )
        return sum(map(int.bit_count, read_list(found).bits))

    assert benchmark(run) == 5_000


def test_look_up_100000(benchmark: BenchmarkFixture) -> None:
    book = StatusBook(SEED, 1 << 20)
    places = [book.assign() for _ in range(100_000)]
    for place in places[::20]:
        book.revoke(place)
    known = read_list(
        list_credential(
            book.bits("revocation"),
            id=URL,
            issuer="did:web:body.example",
            purpose="revocation",
            valid_from=AT,
            valid_until=AT + timedelta(days=1),
        )
    )

    def run() -> int:
        return sum(status_at(Entry("revocation", place, URL), known, AT).set for place in places)

    assert benchmark(run) == 5_000


@pytest.mark.skipif(not VECTOR.exists(), reason="needs the did:webvh vectors, kept beside the repository")
def test_read_a_witnessed_history(benchmark: BenchmarkFixture) -> None:
    log, witness = ((VECTOR / name).read_bytes() for name in ("did.jsonl", "did-witness.json"))
    did = log.partition(b'"state":')[2].partition(b'"id":"')[2].partition(b'"')[0].decode()

    def run() -> History:
        return read_history(did, log, witness, now=AT)

    assert benchmark(run).did == did

"""What a decision costs until it is public: singly and in batches, on both stores, waiting for the disk.

Targets: at least 20 a second singly, 200 a second in batches, on two cores. Each decision of the single kind names a
package of its own, which is opened and recomputed then; a batch is of one package, as that of a family.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.db import connections
from pytest_benchmark.fixture import BenchmarkFixture

import embedded_django  # noqa: F401  (tables need settings)
from footproof.certify.case import Outcome
from footproof.certify.decisions import Decide
from footproof.errors import FootproofError
from footproof.server.certify import keep_package
from footproof.server.publish import publish
from footproof.server.store.packages import KEPT
from footproof.server.store.publication import PAGES, decide_and_publish, decide_and_publish_many
from store.postgresql import WITHOUT, ask, programs, running
from store.worlds import AT, MARKER, Shop, make_shop
from tamper.world import sealed

SINGLY = 40
WORKERS = 2
CALLERS = 4
BATCH = 400
STORES = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server that waits for the disk."""
    if programs() is None:
        pytest.skip(WITHOUT)
    with running(durable=True) as address:
        yield address


@pytest.fixture(params=STORES)
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A store with a published tree and nothing decided."""
    monkeypatch.delenv("FOOTPROOF_DATABASE", raising=False)
    if request.param == "postgresql":
        address: str = request.getfixturevalue("server")
        name = f"store{abs(hash(tmp_path)) % 10**9}"
        ask(address, f"CREATE DATABASE {name}")
        monkeypatch.setenv("FOOTPROOF_DATABASE", address.format(name=name))
    found = make_shop(tmp_path / "workspace")
    publish(found.workspace, AT)
    yield found
    connections.close_all()


def _cases(shop: Shop) -> list[Decide]:
    """Make cases ready, each with a package of its own, and return what decides them."""
    packages = [keep_package(shop.workspace, sealed(f"M-{number}")) for number in range(SINGLY)]
    for number, package in enumerate(packages):
        shop.ready(f"case-{number}", package=package, model=f"M-{number}")
    return [
        Decide(f"case-{number}", Outcome.GRANT, MARKER, package, f"DEMO-{number:06d}")
        for number, package in enumerate(packages)
    ]


@pytest.mark.parametrize("pages", [PAGES, 0], ids=["with-pages", "checkable"])
def test_decide_and_publish_singly(
    benchmark: BenchmarkFixture, shop: Shop, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Target: at least 20 a second. All that a check needs: token, event, proof, package, lists, tiles, checkpoint; and
    with mark and pages in both languages."""
    assert SINGLY < KEPT
    monkeypatch.setattr("footproof.server.store.publication.PAGES", pages)
    asks = _cases(shop)
    numbers = count()

    def decide() -> None:
        decide_and_publish(shop.journal, asks[next(numbers)], shop.decider, AT)

    benchmark.pedantic(decide, rounds=SINGLY - 1, iterations=1, warmup_rounds=1)  # type: ignore[no-untyped-call]
    assert len(list((shop.workspace.public / "c").iterdir())) == SINGLY


def test_decide_and_publish_by_four_callers(benchmark: BenchmarkFixture, shop: Shop) -> None:
    """The same with pages, by the threads of one server: each decision is one call, answered when public."""
    asks = _cases(shop)

    def call(numbers: Iterable[int]) -> None:
        try:
            for number in numbers:
                decide_and_publish(shop.journal, asks[number], shop.decider, AT)
        finally:
            connections.close_all()

    def all_of_them() -> None:
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(call, [range(first, SINGLY, CALLERS) for first in range(CALLERS)]))

    benchmark.extra_info["certificates"] = SINGLY
    benchmark.pedantic(all_of_them, rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    assert len(list((shop.workspace.public / "c").iterdir())) == SINGLY


def test_decide_and_publish_by_two_processes(benchmark: BenchmarkFixture, shop: Shop) -> None:
    """The same with pages, as a server of two workers has it on two cores: each decision is one call.

    What one worker recomputes, the other need not wait for; they take turns at deciding.
    """
    asks = _cases(shop)
    connections.close_all()
    begun = get_context("fork").Barrier(WORKERS + 1)

    def work(numbers: Iterable[int]) -> None:
        begun.wait()
        for number in numbers:
            decide_and_publish(shop.journal, asks[number], shop.decider, AT)
        connections.close_all()

    workers = [
        get_context("fork").Process(target=work, args=(range(first, SINGLY, WORKERS),)) for first in range(WORKERS)
    ]
    for one in workers:
        one.start()

    def all_of_them() -> None:
        begun.wait()
        for one in workers:
            one.join()

    benchmark.extra_info["certificates"] = SINGLY
    benchmark.pedantic(all_of_them, rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    assert [one.exitcode for one in workers] == [0] * WORKERS
    assert len(list((shop.workspace.public / "c").iterdir())) == SINGLY


def test_decide_and_publish_in_batches(benchmark: BenchmarkFixture, shop: Shop) -> None:
    """Target: at least 200 a second. Token, event, proof, package, tiles, checkpoint; pages follow with `publish`."""
    rounds = 3
    shop.ready(*(f"case-{number}" for number in range(rounds * BATCH)))
    batches = count()

    def decide() -> None:
        first = next(batches) * BATCH
        asks = [shop.ask(f"case-{number}", f"DEMO-{number:06d}") for number in range(first, first + BATCH)]
        assert not [one for one in decide_and_publish_many(shop.journal, asks) if isinstance(one, FootproofError)]

    benchmark.extra_info["certificates"] = BATCH
    benchmark.pedantic(decide, rounds=rounds, iterations=1)  # type: ignore[no-untyped-call]
    assert benchmark.stats is None or benchmark.stats["mean"] > 0
    assert len(list((shop.workspace.public / "c").iterdir())) == rounds * BATCH

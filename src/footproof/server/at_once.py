"""Things done at once that each wait for the disk or for somebody else; the threads that wait are made once."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

THREADS = 8
_POOLS: list[ThreadPoolExecutor] = []
_BESIDE: list[ThreadPoolExecutor] = []


def at_once(work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """Return what a function gives for each of some things, in their order.

    Args:
        work: Waits more than it computes, and does nothing at once itself.
        items: One alone is done without a thread.

    Raises:
        Exception: The first one that the function raises; all the rest has ended then.
    """
    found = list(items)
    if len(found) < 2:
        return [work(one) for one in found]
    if not _POOLS:
        _POOLS.append(ThreadPoolExecutor(THREADS, "at-once"))
    futures = [_POOLS[0].submit(work, one) for one in found]
    problems = [future.exception() for future in futures]
    for problem in problems:
        if problem is not None:
            raise problem
    return [future.result() for future in futures]


@contextmanager
def meanwhile(work: Callable[[], A]) -> Iterator[Callable[[], A]]:
    """Do something in another thread while the body runs; it has ended when the body has, whatever came of either.

    Args:
        work: Waits more than it computes; may do things at once, but nothing meanwhile.

    Yields:
        What waits for it and returns what it gave, or raises what it raised; after the body that is done anyhow.

    Raises:
        Exception: Of the body, else of the work.
    """
    if not _BESIDE:
        _BESIDE.append(ThreadPoolExecutor(THREADS, "meanwhile"))
    future = _BESIDE[0].submit(work)
    try:
        yield future.result
    finally:
        wait([future])
    future.result()


def _forget() -> None:
    """Forget the threads: a child of this process has none of them."""
    _POOLS.clear()
    _BESIDE.clear()


os.register_at_fork(after_in_child=_forget)

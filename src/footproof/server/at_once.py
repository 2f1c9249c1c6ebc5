"""Things done at once that each wait for the disk or for somebody else; the threads that wait are made once."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

THREADS = 8
_POOLS: list[ThreadPoolExecutor] = []


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


os.register_at_fork(after_in_child=_POOLS.clear)  # a child has none of the threads

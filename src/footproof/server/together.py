"""What several callers ask for at the same time, done together by the first of them whose turn it is.

Each thing done alone pays for all that has to be done once each time. Where callers wait for one another anyhow, those
who came meanwhile share it, as databases have it for the transactions that wait for their log (group commit).
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from footproof.errors import FootproofError

A = TypeVar("A")
B = TypeVar("B")


class Together(Generic[A, B]):
    """Callers of one kind of work, in the order in which they came.

    Args:
        most: Items of one go, so that nobody waits for many who came later.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = Lock()
        self._waiting: deque[tuple[A, Future[B]]] = deque()

    def ask(self, work: Callable[[Sequence[A]], Sequence[B]], item: A) -> B:
        """Return what becomes of an item; another caller may have done the work for it.

        Args:
            work: Returns a result for each item, or raises and has then done nothing; the same for all callers.
            item: What it is done with.

        Raises:
            BaseException: As the work.
        """
        found: Future[B] = Future()
        self._waiting.append((item, found))
        with self._turn:
            while not found.done():  # before it there may be more than one go takes
                self._go(work)
        return found.result()

    def _go(self, work: Callable[[Sequence[A]], Sequence[B]]) -> None:
        """Do what came first."""
        taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            _do(work, taken)
        except FootproofError as refused:  # of all of them, such as a disk that is full
            _fail(taken, refused)
        except Exception:  # of one of them perhaps, for which the others should not pay
            for one in taken:
                _do_alone(work, one)
        except BaseException as stopped:
            _fail(taken, stopped)
            raise


def _do(work: Callable[[Sequence[A]], Sequence[B]], taken: Sequence[tuple[A, "Future[B]"]]) -> None:
    results = work([item for item, _ in taken])
    for (_, found), result in zip(taken, results, strict=True):
        found.set_result(result)


def _do_alone(work: Callable[[Sequence[A]], Sequence[B]], one: tuple[A, "Future[B]"]) -> None:
    try:
        _do(work, [one])
    except BaseException as problem:
        _fail([one], problem)


def _fail(taken: Sequence[tuple[A, "Future[B]"]], problem: BaseException) -> None:
    for _, found in taken:
        found.set_exception(problem)

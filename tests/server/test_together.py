"""Callers that wait for one another share the work; each has its own answer, and pays for nobody else's fault."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from footproof.errors import FootproofError
from footproof.server.together import Together


class Slow:
    """Work that begins with one caller and holds until the others have come."""

    def __init__(self, refuse: int | None = None, kind: type[Exception] = ZeroDivisionError) -> None:
        self.goes: list[list[int]] = []
        self.first = Event()
        self.open = Event()
        self.refuse = refuse
        self.kind = kind

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.goes.append(list(items))
        self.first.set()
        assert self.open.wait(10)
        if self.refuse in items:
            raise FootproofError("E-WORKSPACE-BUSY") if self.kind is FootproofError else self.kind()
        return [10 * item for item in items]


def ask_all(work: Slow, items: Sequence[int], most: int = 4) -> list[int | Exception]:
    """Ask for the first item, and while it is being done for all others at once."""
    together: Together[int, int] = Together(most)
    others = Barrier(len(items))

    def ask(item: int) -> int | Exception:
        if item != items[0]:
            assert work.first.wait(10)
        try:
            if item == items[0]:
                return together.ask(work, item)
            others.wait(10)
            return together.ask(work, item)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(len(items) + 1) as callers:
        found = [callers.submit(ask, item) for item in items]
        others.wait(10)
        while len(together._waiting) < len(items) - 1:
            pass
        work.open.set()
        return [one.result(10) for one in found]


def test_one_alone_is_done_at_once() -> None:
    work = Slow()
    work.open.set()
    assert Together[int, int](4).ask(work, 7) == 70
    assert work.goes == [[7]]


def test_who_came_meanwhile_is_done_together_and_gets_its_own_answer() -> None:
    work = Slow()
    assert ask_all(work, range(1, 5)) == [10, 20, 30, 40]
    assert work.goes[0] == [1]
    assert [sorted(one) for one in work.goes[1:]] == [[2, 3, 4]]


def test_more_than_one_go_takes_are_done_in_several() -> None:
    work = Slow()
    assert ask_all(work, range(1, 9), most=3) == [10 * item for item in range(1, 9)]
    assert [len(one) for one in work.goes] == [1, 3, 3, 1]


def test_the_fault_of_one_is_not_paid_by_the_others() -> None:
    work = Slow(refuse=3)
    found = ask_all(work, range(1, 5))
    assert [one for one in found if isinstance(one, int)] == [10, 20, 40]
    assert isinstance(found[2], ZeroDivisionError)


def test_what_refuses_all_is_asked_once() -> None:
    work = Slow(refuse=3, kind=FootproofError)
    found = ask_all(work, range(1, 5))
    assert found[0] == 10
    assert all(isinstance(one, FootproofError) for one in found[1:])
    assert len(work.goes) == 2


def test_whoever_is_stopped_leaves_nobody_waiting() -> None:
    def stopped(_: Sequence[int]) -> list[int]:
        raise KeyboardInterrupt

    together: Together[int, int] = Together(4)
    with pytest.raises(KeyboardInterrupt):
        together.ask(stopped, 1)
    assert together.ask(list, 2) == 2

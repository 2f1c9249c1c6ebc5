"""What one process makes at a time."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Job:
    """A part of the world.

    Args:
        number: Among all jobs.
        since: Day before which nothing happens in it.
        cast: Whether it is what authorities and bodies did.
        makers: Indices of makers.
        lives: Indices of lives.
        declarers: Places of makers that declare batteries.
    """

    number: int
    since: date
    cast: bool = False
    makers: range = range(0)
    lives: tuple[int, ...] = ()
    declarers: range = range(0)

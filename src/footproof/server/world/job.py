"""What one process makes at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A part of the world.

    Args:
        name: Of its files.
        cast: Whether it is what authorities and bodies did.
        makers: Indices of makers.
        lives: Indices of lives.
    """

    name: str
    cast: bool
    makers: range
    lives: range

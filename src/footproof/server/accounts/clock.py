"""The clock of accounts and interface, read in one place so that tests can move it."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the moment it is, in UTC."""
    return datetime.now(UTC)

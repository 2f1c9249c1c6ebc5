"""Errors with a stable code, a place and the figures found and needed.

An error carries no wording: `footproof.texts` renders it in Chinese or English from the record of its code,
so that a message cannot exist in one language only.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place in what somebody wrote or sent.

    Args:
        file: Name as the reader knows it, relative to the study, package or tree.
        line: First line is 1; absent where the format has no lines.
        field: Key, column, node or JSON path inside the file.
    """

    file: str
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line is not None else ""
        field = f", {self.field}" if self.field else ""
        return f"{self.file}{line}{field}"


class FootproofError(Exception):
    """Something a person can put right: what was found, what was needed, where, under a stable code.

    Args:
        code: Key of the record in `texts/errors.toml`, such as "E-UNIT-MISMATCH".
        where: The place to look at.
        values: What the wording of the record refers to in braces.
    """

    def __init__(self, code: str, where: Where | None = None, **values: object) -> None:
        self.code = code
        self.where = where
        self.values = values
        super().__init__(code, where, values)

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make the same error in another process, which gives values by name."""
        return _again, (type(self), self.code, self.where, self.values)

    def __str__(self) -> str:
        figures = ", ".join(f"{key}={value!r}" for key, value in self.values.items())
        return f"{self.code} at {self.where}: {figures}" if self.where else f"{self.code}: {figures}"

    def at(self, where: Where) -> "FootproofError":
        """Return the same error with a place, for callers that know the file where the callee could not."""
        return type(self)(self.code, where, **self.values)


class ProofRejected(FootproofError):
    """A signature, digest or inclusion proof that does not hold."""


def _again(kind: type[FootproofError], code: str, where: Where | None, values: dict[str, object]) -> FootproofError:
    return kind(code, where, **values)

"""What is wrong with a pack's text, each with its place. A reader collects them all before it refuses the pack."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_ERRORS = 100
"""Enough to mend a file by; a file with more is not a pack."""


@dataclass(frozen=True, slots=True)
class PackError:
    """`line` and `column` count from 1. `path` names the place in words: "item `obs-x`, criterion `fields`"."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.message}" if self.path else f"line {self.line}: {self.message}"


class PackErrors(Exception):  # noqa: N818 - it carries errors, it is not one
    """The pack is refused. `errors` is never empty and is in the order of the file."""

    def __init__(self, errors: Iterable[PackError]) -> None:
        self.errors = sorted(errors, key=lambda error: (error.line, error.column))
        super().__init__("\n".join(str(error) for error in self.errors))


@dataclass
class ErrorLog:
    """Keeps the first `MAX_ERRORS`."""

    errors: list[PackError] = field(default_factory=list)

    def add(self, line: int, column: int, path: str, message: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(PackError(line, column, path, message))

    def raise_if_any(self) -> None:
        if self.errors:
            raise PackErrors(self.errors)

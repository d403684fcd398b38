"""What is wrong with a piece of text, before anybody knows which file it is in and where it begins.

Lines are counted from the piece's own first line, 0-based: they stay right when lines are inserted above the piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.model.keys import file_key
from ambassador.model.problems import Problem, Reason, Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a text: why, a sentence that says what to change, the line in the piece."""

    reason: Reason
    message: str
    line: int = 0

    def in_file(self, path: str, first_line: int) -> Problem:
        """The fault as a problem on file `path`, whose line `first_line` (1-based) is the first of the piece."""
        return Problem(Severity.ERROR, self.reason, self.message, file_key(path), line=first_line + self.line)


class Refused(Exception):
    """A text cannot be taken; carries the fault. Never leaves this package: readers turn it into a value."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault

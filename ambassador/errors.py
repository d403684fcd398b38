"""Our own faults, never a user's mistake (those are `model.problems.Problem`).

AmbassadorError
├── UsageError        the command line or environment cannot work; one line, exit 2
├── StartError        something needed at start is not to be had (port, child, folder); one line, exit 1
├── CompileError      a bug found while compiling: two features set one field, a rule that depends on itself
└── EncodingError     a message that cannot be encoded
"""

from __future__ import annotations


class AmbassadorError(Exception):
    """Root of the tree."""


class UsageError(AmbassadorError):
    """The command line or environment cannot work."""


class StartError(AmbassadorError):
    """Something needed at start is not to be had."""


class CompileError(AmbassadorError):
    """A bug found while compiling."""


class EncodingError(AmbassadorError):
    """A message that cannot be encoded."""

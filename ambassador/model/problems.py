"""A user's mistake as a value. Status, page, metrics, logs and `check` are renderings of the same tuple of problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from ambassador.model.keys import ObjectKey

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

FieldPath = tuple[str | int, ...]


class Severity(Enum):
    """ERROR: the unit was dropped or rejected. WARNING: it is kept, but read this."""

    ERROR = "error"
    WARNING = "warning"


class Reason(Enum):
    """Why, as one CamelCase word: condition reason, metrics label and anchor in the docs."""

    INVALID_YAML = "InvalidYaml"
    INVALID_OBJECT = "InvalidObject"
    UNREADABLE = "Unreadable"
    TOO_LARGE = "TooLarge"
    SOURCE_GONE = "SourceGone"
    DUPLICATE_KEY = "DuplicateKey"
    DUPLICATE_OBJECT = "DuplicateObject"
    INVALID_TYPE = "InvalidType"
    INVALID_VALUE = "InvalidValue"
    MISSING_FIELD = "MissingField"
    UNKNOWN_FIELD = "UnknownField"
    UNKNOWN_KIND = "UnknownKind"
    NOT_SUPPORTED = "NotSupported"
    IGNORED_FIELD = "IgnoredField"
    INVALID_PATTERN = "InvalidPattern"
    CONFLICT = "Conflict"
    UNKNOWN_SERVICE = "UnknownService"
    NO_ENDPOINTS = "NoEndpoints"
    UNKNOWN_REFERENCE = "UnknownReference"
    FORBIDDEN_BACKEND = "ForbiddenBackend"
    INVALID_CERTIFICATE = "InvalidCertificate"
    CERTIFICATE_EXPIRED = "CertificateExpired"
    NO_CERTIFICATE = "NoCertificate"
    NO_ROUTES = "NoRoutes"
    NOT_BOUND = "NotBound"
    SHARED_GROUP = "SharedGroup"
    UNREACHABLE = "Unreachable"
    SURPRISING_REWRITE = "SurprisingRewrite"
    PORT_IN_USE = "PortInUse"
    REJECTED_BY_ENVOY = "RejectedByEnvoy"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake on one object.

    `message` is a sentence that says what to change. `path` leads to the field. `line` is set only by sources, for
    text that is no object (yet); for objects the line is joined from the origins when the problem is rendered.
    `fails_closed`: the unit protects something, so the route answers 500 instead of being served without it.
    """

    severity: Severity
    reason: Reason
    message: str
    source: ObjectKey
    path: FieldPath = ()
    line: int | None = None
    fails_closed: bool = False


@dataclass(frozen=True, slots=True)
class Checked(Generic[T_co]):
    """A value together with what was wrong on the way to it."""

    value: T_co
    problems: tuple[Problem, ...] = ()

    def map(self, change: Callable[[T_co], U]) -> Checked[U]:
        return Checked(change(self.value), self.problems)

    @property
    def fails_closed(self) -> bool:
        return any(problem.fails_closed for problem in self.problems)


def dotted(path: FieldPath) -> str:
    """`("spec", "cors", "origins", 2)` → `spec.cors.origins[2]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text

"""The parts of an Ingress: hosts, paths, backends and certificates, each read by itself so that a bad one costs only
itself.

A path whose backend can't be used is kept and answers for it, since without it a shorter path would take its requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ambassador.ir.route import PathKind, PathMatch
from ambassador.model.field_types import ANYTHING, TEXT, choice, integer, wrong_type
from ambassador.model.fields import Cursor, Field, Fields, FieldType, OnFault, Values, object_of, read_fields, shortened
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST, host_pattern, is_address, split_port

_SERVICE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")  # RFC 1123 section 2.1
_PATTERN = re.compile(r"[(\[*^|\\$]")
_UNSAFE = re.compile(r"//|/\.\.?(/|$)|%2f|%5c", re.IGNORECASE)
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """A Service's port, by number or name; `answer` is the status of a backend that can't be asked."""

    service: str = ""
    port: int | str = 0
    answer: int = 0


NOT_FOUND = BackendSpec(answer=404)
UNAVAILABLE = BackendSpec(answer=503)

Items = tuple[Cursor, ...]


def items_of(fields: Fields) -> FieldType[Items]:
    """A list whose items are read one by one."""

    def read(at: Cursor) -> Checked[Items | None]:
        if not isinstance(at.raw, list):
            return Checked(None, (wrong_type(at, "a list"),))
        return Checked(tuple(at.child(number, raw) for number, raw in enumerate(at.raw)))

    return FieldType("list of object", read, fields)


# A part that can't be read is not missing.
_REJECT = OnFault.REJECT_OBJECT
_NUMBER = Field("number", integer(1, 65535), "its number", on_fault=_REJECT)
_PORT_NAME = Field("name", TEXT, "its name", on_fault=_REJECT)
_PORT: FieldType[Values] = object_of((_NUMBER, _PORT_NAME), Checked)
_NAME = Field("name", TEXT, "its name, in the Ingress's namespace", required=True, on_fault=_REJECT)
_PORT_FIELD = Field("port", _PORT, "one of its ports, by number or name", required=True, on_fault=_REJECT)
_SERVICE: FieldType[Values] = object_of((_NAME, _PORT_FIELD), Checked)
SERVICE = Field("service", _SERVICE, "Service that gets the requests")
RESOURCE = Field("resource", ANYTHING, "not supported: its path answers 404")
_OLD_NAME = Field("serviceName", ANYTHING, "of v1beta1: write service.name")
_OLD_PORT = Field("servicePort", ANYTHING, "of v1beta1: write service.port")
_BACKEND_FIELDS = (SERVICE, RESOURCE, _OLD_NAME, _OLD_PORT)

PATH = Field("path", TEXT, "begins with /", default="/")
PATH_TYPE = Field(
    "pathType",
    choice("Exact", "Prefix", "ImplementationSpecific"),
    "Prefix is by whole elements, and so is ImplementationSpecific",
    default="Prefix",
)


def backend_of(at: Cursor) -> Checked[BackendSpec]:
    """Where requests go."""
    read = read_fields(at, _BACKEND_FIELDS)
    values = read.value
    if values.rejected:
        return Checked(UNAVAILABLE, read.problems)
    if values.get(_OLD_NAME) is not None or values.get(_OLD_PORT) is not None:
        return Checked(UNAVAILABLE, (*read.problems, _in_the_form_of_v1(values)))
    service = values.get(SERVICE)
    if values.get(RESOURCE) is not None:
        message = "backends other than Services are not supported: requests answer 404; name a service"
        found = values.on(RESOURCE).error(Reason.NOT_SUPPORTED, message)
        return Checked(NOT_FOUND if service is None else UNAVAILABLE, (*read.problems, found))
    if service is None:
        missing = () if read.problems else (at.error(Reason.MISSING_FIELD, "service is required: name and port"),)
        return Checked(UNAVAILABLE, read.problems + missing)
    named = _service(service)
    return Checked(named.value, read.problems + named.problems)


def _in_the_form_of_v1(values: Values) -> Problem:
    name, port = values.get(_OLD_NAME), values.get(_OLD_PORT)
    kind = "number" if isinstance(port, int) else "name"
    form = f"service: {{name: {name or '…'}, port: {{{kind}: {port or '…'}}}}}"
    message = f"serviceName and servicePort are of v1beta1, so requests answer 503: write {form}"
    return values.on(_OLD_NAME if name is not None else _OLD_PORT).error(Reason.NOT_SUPPORTED, message)


def _service(values: Values) -> Checked[BackendSpec]:
    name, port = values.or_else(_NAME, ""), values.get(_PORT_FIELD)
    if not _SERVICE_NAME.fullmatch(name):
        message = f"{shortened(name)!r} is no name of a Service (small letters, digits and -); requests answer 503"
        return Checked(UNAVAILABLE, (values.on(_NAME).error(Reason.INVALID_VALUE, message),))
    number, text = (port.get(_NUMBER), port.get(_PORT_NAME)) if port else (None, None)
    if (number is None) == (not text):
        message = "needs either a number or a name; requests answer 503"
        return Checked(UNAVAILABLE, (values.on(_PORT_FIELD).error(Reason.INVALID_VALUE, message),))
    return Checked(BackendSpec(name, number or text or 0))


BACKEND: FieldType[BackendSpec] = FieldType("object", lambda at: backend_of(at), _BACKEND_FIELDS)
_PATH_BACKEND = Field("backend", ANYTHING, "where its requests go, as defaultBackend", required=True)
PATH_FIELDS = (PATH, PATH_TYPE, _PATH_BACKEND)
PATHS = Field("paths", items_of(PATH_FIELDS), "paths of the host", required=True, on_fault=_REJECT)
_HTTP: FieldType[Values] = object_of((PATHS,), Checked)
HTTP = Field("http", _HTTP, "its paths; without them all requests go to defaultBackend")
HOST = Field("host", TEXT, "name, or *.example.com for names of one more label", default="any that no Ingress names")
RULE_FIELDS = (HOST, HTTP)

_HOSTS = Field("hosts", items_of(()), "names that it is for", default="those of the rules that the certificate has")
_SECRET_NAME = Field("secretName", TEXT, "Secret with the certificate, in the Ingress's namespace")
TLS_FIELDS = (_HOSTS, _SECRET_NAME)


def host_of(rule: Values) -> Checked[str | None]:
    """The host of a rule, `*` when it names none; None when it can't be used."""
    text = rule.get(HOST)
    if not text:
        unreadable = isinstance(rule.at.raw, Mapping) and rule.at.raw.get(HOST.name) not in (None, "")
        return Checked(None if unreadable else ANY_HOST)
    return _host(rule.on(HOST), text)


def _host(at: Cursor, text: str) -> Checked[str | None]:
    pattern = host_pattern(text) if text.isascii() else None
    usable = pattern is not None and pattern != ANY_HOST and not pattern.endswith("*") and not is_address(pattern)
    if pattern is not None and usable and not split_port(pattern)[1]:
        bare = pattern.removeprefix("*.")
        if "*" not in bare:
            return Checked(pattern)
    return Checked(None, (at.error(Reason.INVALID_VALUE, _why_no_host(text)),))


def _why_no_host(text: str) -> str:
    shown = repr(shortened(text))
    if not text.isascii():
        return f"{shown} must be written in ASCII letters, as names are on the wire (xn--…)"
    if text == ANY_HOST:
        return "leave the host out for all names that no Ingress names"
    return f"{shown} is no host: write a name, or *.example.com for names of one more label, without a port"


def path_of(item: Cursor) -> Checked[PathMatch | None]:
    """The match of a path; None when it can't be used."""
    read = read_fields(item, PATH_FIELDS)
    # What is wrong with the backend costs the path nothing but its answer.
    problems = tuple(one for one in read.problems if "backend" not in one.path[len(item.path) :])
    values = read.value
    unreadable = any(one.path[len(item.path) :] in (("path",), ("pathType",), ()) for one in problems)
    if unreadable:
        return Checked(None, problems)
    text = values.get(PATH) or "/"
    fault = _path_fault(text)
    if fault:
        message = f"{shortened(text)!r} {fault}; this path is left out"
        return Checked(None, (*problems, values.on(PATH).error(Reason.INVALID_VALUE, message)))
    kind = values.get(PATH_TYPE) or "ImplementationSpecific"
    if kind == "Exact":
        return Checked(PathMatch(PathKind.EXACT, text), problems)
    return Checked(_prefix(text), (*problems, *_no_pattern(values, kind, text)))


def _prefix(text: str) -> PathMatch:
    """By whole elements, where a slash at the end says nothing (Kubernetes' table of examples)."""
    bare = text.rstrip("/")
    return PathMatch(PathKind.SEGMENT_PREFIX, bare) if bare else PathMatch(PathKind.PREFIX, "/")


def _path_fault(text: str) -> str:
    if not text.startswith("/"):
        return "does not begin with /"
    if not text.isascii():
        return f"must be percent-encoded, as paths arrive: {shortened(quote(text))}"
    if any(char <= " " or char == "\x7f" for char in text):
        return "holds a space; write %20"
    if "?" in text or "#" in text:
        return "holds ? or #, which end a path"
    if len(text) > _LONGEST_PATH:
        return f"is longer than {_LONGEST_PATH} characters"
    return "holds //, /./, /../, %2f or %5c, which no request's path is compared with" if _UNSAFE.search(text) else ""


def _no_pattern(values: Values, kind: str, text: str) -> Iterable[Problem]:
    if kind == "ImplementationSpecific" and _PATTERN.search(text):
        message = f"{shortened(text)} is compared as plain text: regular expressions are not supported here yet"
        yield values.on(PATH).warning(Reason.NOT_SUPPORTED, message)


def secret_of(item: Cursor) -> Checked[tuple[tuple[str, ...], str] | None]:
    """Hosts and Secret of an entry of `tls`; None when it can't be read."""
    read = read_fields(item, TLS_FIELDS)
    problems = list(read.problems)
    hosts: list[str] = []
    listed = read.value.or_else(_HOSTS, ())
    for one in listed:
        found = _host(one, one.raw if isinstance(one.raw, str) else str(one.raw))
        problems += found.problems
        hosts += [found.value] if found.value else []
    unreadable = any(one.path == (*item.path, _HOSTS.name) for one in problems)
    if read.value.rejected or unreadable or (listed and not hosts):
        # Without its hosts it would be taken to be for all of the rules.
        return Checked(None, tuple(problems))
    return Checked((tuple(dict.fromkeys(hosts)), read.value.or_else(_SECRET_NAME, "")), tuple(problems))

"""Mapping: requests that match go to a service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from ambassador.features.patterns import fault_of
from ambassador.features.rewrite import REWRITE
from ambassador.ir.features import FeatureBag, bag
from ambassador.ir.route import PathKind, PathMatch, Redirect, RouteMatch
from ambassador.kinds import mapping_fields as fields
from ambassador.kinds.contract import KindSpec, parse_features, spec_of
from ambassador.kinds.mapping_match import conditions, host_of
from ambassador.kinds.mapping_redirect import redirect_of
from ambassador.model.fields import AnyField, Rule, Values, shortened
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ServiceName, service_name


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """One Mapping. `weight` None takes an even share; `closed`: it protects something that can't be, so it answers 500.

    `service` is None for redirects. `tls` is a TLSContext's name, True for any TLS, or None.
    """

    key: ObjectKey
    match: RouteMatch
    precedence: int
    service: ServiceName | None
    redirect: Redirect | None = None
    weight: int | None = None
    tls: str | bool | None = None
    resolver: str = ""
    features: FeatureBag = FeatureBag()
    labels: tuple[tuple[str, str], ...] = ()
    bypass_auth: bool = False
    closed: bool = False


def parse(source: SourceObject) -> Checked[MappingSpec | None]:
    read = spec_of(source, fields.FIELDS)
    values = read.value
    if values.rejected:
        return Checked(None, read.problems)
    features = parse_features(values, fields.FEATURE_INPUTS)
    problems = read.problems + features.problems
    match = _match(source, values)
    redirect = redirect_of(values)
    service = _service(values)
    problems += match.problems + redirect.problems + service.problems
    if match.value is None or service.value is None:
        return Checked(None, problems)
    if values.or_else(fields.SHADOW, False):
        message = "shadow is not supported yet: this Mapping gets no requests, and no copies of them"
        return Checked(None, (*problems, values.on(fields.SHADOW).warning(Reason.NOT_SUPPORTED, message)))
    spec = MappingSpec(
        source.key,
        match.value,
        values.or_else(fields.PRECEDENCE, 0),
        service.value,
        weight=values.get(fields.WEIGHT),
        tls=values.get(fields.TLS),
        resolver=values.or_else(fields.RESOLVER, ""),
        features=bag(features.value),
        labels=tuple(sorted(source.labels.items())),
        bypass_auth=values.or_else(fields.BYPASS_AUTH, False),
        closed=any(problem.fails_closed for problem in problems),
    )
    if redirect.value is not None:
        spec = replace(spec, redirect=redirect.value(service.value), service=None)
    return Checked(spec, problems)


def _match(source: SourceObject, values: Values) -> Checked[RouteMatch | None]:
    path = _path(values)
    host = host_of(source, values)
    found = conditions(values)
    problems = path.problems + host.problems + found.problems
    if path.value is None or host.value is None or found.value is None:
        return Checked(None, problems)
    match = RouteMatch(
        host.value.pattern,
        path.value,
        found.value.method,
        found.value.headers,
        found.value.query,
        host.value.authority,
    )
    return Checked(match, problems)


def _path(values: Values) -> Checked[PathMatch | None]:
    prefix = values.or_else(fields.PREFIX, "")
    regex, exact = values.or_else(fields.PREFIX_REGEX, False), values.or_else(fields.PREFIX_EXACT, False)
    at = values.on(fields.PREFIX)
    problems: list[Problem] = []
    if regex:
        fault = fault_of(prefix)
        if fault:
            return Checked(None, (at.error(Reason.INVALID_PATTERN, f"prefix {fault}"),))
        if exact:
            message = "prefix_exact has no effect beside prefix_regex; remove one of them"
            problems.append(values.on(fields.PREFIX_EXACT).warning(Reason.CONFLICT, message))
        return Checked(PathMatch(PathKind.REGEX, prefix), (*problems, *_idle_beside_regex(values)))
    message = _fault_of_path(prefix)
    if message:
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
    kind = PathKind.EXACT if exact else PathKind.PREFIX
    return Checked(PathMatch(kind, prefix, values.or_else(fields.CASE_SENSITIVE, True)))


def _fault_of_path(prefix: str) -> str:
    if not prefix.startswith("/"):
        return f"prefix must start with /, as every path does: write /{prefix}"
    if not prefix.isascii():
        return f"paths arrive percent-encoded: write {shortened(quote(prefix, safe=_VISIBLE))}"
    if "#" in prefix:
        return "what follows # never leaves the browser: write %23 for a # in a path"
    if "?" in prefix:
        return "prefix is compared with the path only; match what follows ? by query_parameters"
    return ""


def _idle_beside_regex(values: Values) -> Iterable[Problem]:
    found: list[tuple[AnyField, str]] = []
    if not values.or_else(fields.CASE_SENSITIVE, True):
        found.append((fields.CASE_SENSITIVE, "start the pattern with (?i) instead"))
    if values.or_else(REWRITE, "/") not in ("", "/"):
        found.append((REWRITE, "use regex_rewrite instead"))
    for field, instead in found:
        message = f"{field.name} has no effect beside prefix_regex; {instead}"
        yield values.on(field).warning(Reason.IGNORED_FIELD, message)


def _service(values: Values) -> Checked[ServiceName | None]:
    text = values.or_else(fields.SERVICE, "")
    service = service_name(text)
    if service is None:
        # Before an @ stand a user and a password, which must not get into logs and statuses.
        user, at, rest = text.rpartition("@")
        shown = f"…{at}{rest}" if user else text
        message = f"service must be [http:// or https://]name[.namespace][:port], not {shown!r}"
        return Checked(None, (values.on(fields.SERVICE).error(Reason.INVALID_VALUE, message),))
    return Checked(service)


_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
"""What stands in paths as it is; escapes that somebody wrote stay too."""

_REGEX = "(has(self.prefix_regex) && self.prefix_regex)"
_RULES = (
    Rule(f"{_REGEX} || self.prefix.startsWith('/')", "prefix must start with /, as every path does", "prefix"),
    Rule(
        f"{_REGEX} || !(self.prefix.contains('?') || self.prefix.contains('#'))",
        "prefix is compared with the path only; match what follows ? by query_parameters",
        "prefix",
    ),
)
KIND = KindSpec("Mapping", "requests that match go to a service", fields.FIELDS, parse, rules=_RULES)

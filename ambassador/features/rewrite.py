"""Path and host rewriting on the way upstream."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3

from ambassador.features.contract import Feature, Input, RouteFragment
from ambassador.features.patterns import PATTERN, regex_matcher, substitution_fault
from ambassador.ir.features import FeatureConfig
from ambassador.ir.route import PathKind, RouteMatch
from ambassador.model.field_types import BOOLEAN, TEXT
from ambassador.model.fields import Field, FieldType, OnFault, Values, object_of, shortened
from ambassador.model.problems import Checked, Problem, Reason


@dataclass(frozen=True, slots=True)
class RegexRewrite:
    """RE2 pattern on the path, and what replaces each match (`\\1` for groups)."""

    pattern: str
    substitution: str


@dataclass(frozen=True, slots=True)
class Rewrite(FeatureConfig):
    """`prefix` replaces the matched path part (None: path kept); `regex` wins over it."""

    prefix: str | None = None
    regex: RegexRewrite | None = None
    host: str = ""
    auto_host: bool = False


_PATTERN = Field("pattern", PATTERN, "RE2 pattern on the path", required=True, on_fault=OnFault.REJECT_OBJECT)
_SUBSTITUTION = Field("substitution", TEXT, "what replaces it", required=True, on_fault=OnFault.REJECT_OBJECT)


def _regex(values: Values) -> Checked[RegexRewrite | None]:
    pattern, substitution = values.or_else(_PATTERN, ""), values.or_else(_SUBSTITUTION, "")
    fault = substitution_fault(pattern, substitution)
    if fault:
        message = f"substitution {fault}; pattern is {shortened(pattern)}"
        return Checked(None, (values.on(_SUBSTITUTION).error(Reason.INVALID_VALUE, message),))
    return Checked(RegexRewrite(pattern, substitution))


REGEX_REWRITE: FieldType[RegexRewrite] = object_of((_PATTERN, _SUBSTITUTION), _regex)

REWRITE = Field("rewrite", TEXT, "replaces the matched prefix; an empty text keeps the path", default="/")
REGEX = Field("regex_rewrite", REGEX_REWRITE, "rewrites the path by an RE2 pattern; wins over rewrite")
HOST = Field("host_rewrite", TEXT, "Host header sent upstream")
AUTO_HOST = Field("auto_host_rewrite", BOOLEAN, "sends the upstream's DNS name as Host header", default="false")


def parse(values: Values) -> Checked[Rewrite | None]:
    prefix, regex = values.get(REWRITE), values.get(REGEX)
    problems: list[Problem] = []
    if regex and prefix not in (None, "/"):
        message = "rewrite has no effect beside regex_rewrite; remove one of them"
        problems.append(values.on(REWRITE).warning(Reason.CONFLICT, message))
    host, auto_host = values.or_else(HOST, ""), values.or_else(AUTO_HOST, False)
    if host and auto_host:
        message = "auto_host_rewrite has no effect beside host_rewrite; remove one of them"
        problems.append(values.on(AUTO_HOST).warning(Reason.CONFLICT, message))
    if prefix and not prefix.startswith("/"):
        message = f"rewrite must start with /, as every path does: write /{prefix}; / is used"
        problems.append(values.on(REWRITE).error(Reason.INVALID_VALUE, message))
        prefix = None
    rewrite = Rewrite("/" if prefix is None else prefix or None, regex, host, auto_host and not host)
    return Checked(rewrite, tuple(problems))


def adapt(rewrite: Rewrite, match: RouteMatch) -> Rewrite | None:
    """A pattern has no prefix that could be replaced; `/` for `/` changes nothing."""
    path = match.path
    nothing = path.kind is PathKind.REGEX or (path.kind is PathKind.PREFIX and path.value == rewrite.prefix)
    kept = replace(rewrite, prefix=None) if nothing or (rewrite.regex and rewrite.prefix is not None) else rewrite
    return kept if kept != Rewrite() else None


def on_route(rewrite: Rewrite) -> RouteFragment:
    action: dict[str, object] = {}
    if rewrite.regex:
        action["regex_rewrite"] = matcher_v3.RegexMatchAndSubstitute(
            pattern=regex_matcher(rewrite.regex.pattern), substitution=rewrite.regex.substitution
        )
    elif rewrite.prefix is not None:
        action["prefix_rewrite"] = rewrite.prefix
    if rewrite.host:
        action["host_rewrite_literal"] = rewrite.host
    elif rewrite.auto_host:
        action["auto_host_rewrite"] = True
    return RouteFragment(action=action)


def _summary(rewrite: Rewrite) -> str:
    path = f"path by {rewrite.regex.pattern}" if rewrite.regex else ""
    if rewrite.prefix is not None:
        path = f"prefix to {rewrite.prefix}"
    host = f"host to {rewrite.host}" if rewrite.host else "host to the upstream's name" if rewrite.auto_host else ""
    return ", ".join(part for part in (path, host) if part)


FEATURE = Feature(
    "rewrite",
    Rewrite,
    _summary,
    inputs={"Mapping": Input((REWRITE, REGEX, HOST, AUTO_HOST), parse)},
    defaults={"Mapping": Rewrite(prefix="/")},
    adapt=adapt,
    on_route=on_route,
    forwards=True,
)

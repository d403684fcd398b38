"""Routes, virtual hosts and route tables to bytes.

A route's bytes are three parts put together: what only this route has, what its features want (one encoding for all
routes with equal features), and its cluster. Protobuf merges fields of concatenated encodings.

IR and Envoy share words, so the IR is imported as modules: betterproto2 resolves the types of a message in the
namespace of whoever builds it first.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.type import v3 as type_v3
from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3

from ambassador.compile import assemble
from ambassador.compile.memo import Read, rule
from ambassador.features.patterns import exact_matcher, regex_matcher, regex_string_matcher
from ambassador.ir import features as ir_features
from ambassador.ir import route as ir
from ambassador.wire.encode import delimited, encode, field, pack, splice, string_field

# Field numbers of envoy/config/route/v3/route_components.proto and route.proto.
_ROUTE_NAME, _ROUTE_MATCH, _ROUTE_ROUTE = 14, 1, 2
_MATCH_PREFIX, _MATCH_PATH, _MATCH_SEGMENTS = 1, 2, 14
_PLAIN = {
    ir.PathKind.PREFIX: _MATCH_PREFIX,
    ir.PathKind.EXACT: _MATCH_PATH,
    ir.PathKind.SEGMENT_PREFIX: _MATCH_SEGMENTS,
}
_ACTION_CLUSTER = 1
_HOST_NAME, _HOST_DOMAINS = 1, 2
_CONFIG_HOSTS = 2

_CODES = {
    301: route_v3.RedirectActionRedirectResponseCode.MOVED_PERMANENTLY,
    302: route_v3.RedirectActionRedirectResponseCode.FOUND,
    303: route_v3.RedirectActionRedirectResponseCode.SEE_OTHER,
    307: route_v3.RedirectActionRedirectResponseCode.TEMPORARY_REDIRECT,
    308: route_v3.RedirectActionRedirectResponseCode.PERMANENT_REDIRECT,
}


@dataclass(frozen=True, slots=True)
class RouteParts:
    """Encodings that routes with equal features share: fields of Route, and of RouteAction."""

    route: bytes
    action: bytes


@rule
def route_parts(read: Read, place: tuple[ir_features.FeatureBag, ir_features.FeatureBag]) -> RouteParts:
    """What a bag of features adds to a route, without those that its virtual host says for all."""
    features, shared = place
    own = (
        features
        if shared is ir_features.EMPTY
        else ir_features.bag(one for one in features.items if one not in shared.items)
    )
    fields = assemble.route_fields(own)
    per_filter = {name: pack(message) for name, message in fields.per_filter.items()}
    route = route_v3.Route(typed_per_filter_config=per_filter, **fields.route)  # type: ignore[arg-type]
    return RouteParts(encode(route), encode(route_v3.RouteAction(**fields.action)))  # type: ignore[arg-type]


@rule
def virtual_host_parts(read: Read, shared: ir_features.FeatureBag) -> bytes:
    """What a virtual host says for all its routes."""
    fields = assemble.virtual_host_fields(shared)
    return encode(route_v3.VirtualHost(**fields))  # type: ignore[arg-type]


def encode_route(route: ir.Route, parts: RouteParts) -> bytes:
    """One route with its length in front, an element of a list."""
    name = string_field(_ROUTE_NAME, route.name)
    match = field(_ROUTE_MATCH, _match(route))
    body = b"".join((match, _action(route.action, parts), parts.route, name))
    return delimited(body)


def encode_virtual_host(name: str, domains: tuple[str, ...], routes: bytes, shared: bytes = b"") -> bytes:
    """A virtual host of encoded routes (see `layout.py`) and shared parts, framed as an element of its route
    configuration."""
    head = [string_field(_HOST_NAME, name), *(string_field(_HOST_DOMAINS, domain) for domain in domains)]
    return field(_CONFIG_HOSTS, splice(b"".join(head), [routes, shared]))


def encode_route_configuration(name: str, virtual_hosts: list[bytes], without: tuple[str, ...] = ()) -> bytes:
    """A route table of encoded virtual hosts. Domains match whatever port the Host header names. Requests go on
    `without` these headers."""
    head = route_v3.RouteConfiguration(
        name=name, request_headers_to_remove=list(without), ignore_port_in_host_matching=True
    )
    return splice(encode(head), virtual_hosts)


def _match(route: ir.Route) -> bytes:
    match, path = route.match, route.match.path
    headers = _header_matchers(route)
    bare = not (headers or match.query or route.share) and path.case_sensitive
    if bare and path.kind in _PLAIN:
        # Nearly every route is this; building the message costs ten times its encoding.
        return string_field(_PLAIN[path.kind], path.value)
    return encode(
        route_v3.RouteMatch(
            prefix=path.value if path.kind is ir.PathKind.PREFIX else None,
            path=path.value if path.kind is ir.PathKind.EXACT else None,
            safe_regex=regex_matcher(path.value) if path.kind is ir.PathKind.REGEX else None,
            path_separated_prefix=path.value if path.kind is ir.PathKind.SEGMENT_PREFIX else None,
            case_sensitive=None if path.case_sensitive else False,
            headers=headers,
            query_parameters=[_query_matcher(one) for one in match.query],
            runtime_fraction=_fraction(route.share.upto) if route.share else None,
        )
    )


def _header_matchers(route: ir.Route) -> list[route_v3.HeaderMatcher]:
    match = route.match
    matchers = [_header_matcher(one) for one in match.headers]
    if match.method:
        matchers.append(_header_matcher(match.method))
    if match.authority:
        matchers.append(route_v3.HeaderMatcher(name=":authority", string_match=regex_string_matcher(match.authority)))
    if match.excluded_prefix:
        prefix = matcher_v3.StringMatcher(prefix=match.excluded_prefix)
        matchers.append(route_v3.HeaderMatcher(name=":path", string_match=prefix, invert_match=True))
    if route.scheme is not ir.Scheme.ANY:
        # A request without the header is as little known to be secure as one that says http.
        matchers.append(
            route_v3.HeaderMatcher(
                name="x-forwarded-proto",
                string_match=exact_matcher("https"),
                invert_match=route.scheme is ir.Scheme.INSECURE,
                treat_missing_header_as_empty=True,
            )
        )
    return matchers


def _header_matcher(one: ir.ValueMatch) -> route_v3.HeaderMatcher:
    if one.kind is ir.ValueKind.PRESENT:
        return route_v3.HeaderMatcher(name=one.name, present_match=True)
    return route_v3.HeaderMatcher(name=one.name, string_match=_string_matcher(one))


def _query_matcher(one: ir.ValueMatch) -> route_v3.QueryParameterMatcher:
    if one.kind is ir.ValueKind.PRESENT:
        return route_v3.QueryParameterMatcher(name=one.name, present_match=True)
    return route_v3.QueryParameterMatcher(name=one.name, string_match=_string_matcher(one))


def _string_matcher(one: ir.ValueMatch) -> matcher_v3.StringMatcher:
    return regex_string_matcher(one.value) if one.kind is ir.ValueKind.REGEX else exact_matcher(one.value)


def _fraction(percent: int) -> core_v3.RuntimeFractionalPercent:
    return core_v3.RuntimeFractionalPercent(default_value=type_v3.FractionalPercent(numerator=percent))


def _action(action: ir.Action, parts: RouteParts) -> bytes:
    if isinstance(action, ir.Forward):
        return field(_ROUTE_ROUTE, string_field(_ACTION_CLUSTER, action.cluster) + parts.action)
    if isinstance(action, ir.Redirect):
        return encode(route_v3.Route(redirect=_redirect(action)))
    body = core_v3.DataSource(inline_string=action.body) if action.body else None
    return encode(route_v3.Route(direct_response=route_v3.DirectResponseAction(status=action.status, body=body)))


def _redirect(action: ir.Redirect) -> route_v3.RedirectAction:
    kind = action.path
    regex = None
    if kind is ir.RedirectPath.REGEX:
        regex = matcher_v3.RegexMatchAndSubstitute(
            pattern=regex_matcher(action.path_pattern), substitution=action.path_value
        )
    return route_v3.RedirectAction(
        https_redirect=True if action.https else None,
        host_redirect=action.host,
        port_redirect=action.port or 0,
        path_redirect=action.path_value if kind is ir.RedirectPath.REPLACE else None,
        prefix_rewrite=action.path_value if kind is ir.RedirectPath.REPLACE_PREFIX else None,
        regex_rewrite=regex,
        response_code=_CODES[action.code],
    )

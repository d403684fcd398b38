"""What parsing leaves of an object; what its problems say is in the golden cases."""

from collections.abc import Mapping

import pytest

from ambassador.ir.listener import SecurityModel
from ambassador.ir.route import PathKind, Redirect, RedirectPath, ValueKind, ValueMatch
from ambassador.kinds import KINDS, endpoints, host, later, listener, mapping, module, secret, service, tlscontext
from ambassador.kinds.contract import is_for
from ambassador.kinds.endpoints import AddressPort
from ambassador.kinds.host import HostSpec, Insecure
from ambassador.kinds.mapping import MappingSpec
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject

V3 = "getambassador.io/v3alpha1"


def given(kind: str, version: str = V3, labels: Mapping[str, str] | None = None, **content: object) -> SourceObject:
    name = "ambassador" if kind == "Module" else "one"
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels or {}}, **content}
    return SourceObject(ObjectKey(kind, "default", name), "digest", whole)


def mapped(version: str = V3, **spec: object) -> MappingSpec | None:
    return mapping.parse(given("Mapping", version, spec={"prefix": "/a/", "service": "web", **spec})).value


def hosted(**spec: object) -> HostSpec | None:
    return host.parse(given("Host", spec={"hostname": "a.test", **spec})).value


def test_each_kind_is_read_once() -> None:
    names = [(kind.kind, group) for kind in KINDS for group in kind.groups]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("named", "mine", "meant"),
    [
        (None, "default", True),
        (None, "other", False),
        ("", "default", True),
        ([], "default", True),
        ("other", "other", True),
        (["default", "other"], "other", True),
        (["_automatic_"], "other", True),
        ("other", "default", False),
        (5, "default", True),
    ],
)
def test_given_an_ambassador_id_then_the_object_is_for_these_instances(named: object, mine: str, meant: bool) -> None:
    for spelling in ("ambassador_id", "ambassadorId"):
        assert is_for(given("Mapping", spec={spelling: named}), mine) is meant
    assert is_for(given("Mapping", spec="text"), "default")


@pytest.mark.parametrize(
    ("version", "spec", "hostname"),
    [
        (V3, {}, ""),
        ("getambassador.io/v2", {}, "*"),
        ("ambassador/v1", {}, "*"),
        (V3, {"hostname": "A.test"}, "a.test"),
        (V3, {"host": "b.test"}, "b.test"),
        (V3, {"host": "b.test", "hostname": "a.test"}, "a.test"),
        (V3, {"host": "b.*", "host_regex": True}, "*"),
        (V3, {"headers": {"Host": "a.test"}}, "a.test"),
        (V3, {"headers": {":authority": True}}, "*"),
        (V3, {"regex_headers": {":authority": "a.*"}}, "*"),
    ],
)
def test_given_ways_to_name_a_host_then_the_mapping_is_for_it(
    version: str, spec: dict[str, object], hostname: str
) -> None:
    found = mapped(version, **spec)
    assert found is not None
    assert found.match.hostname == hostname
    assert found.match.headers == ()


@pytest.mark.parametrize(
    ("spec", "kind"),
    [({}, PathKind.PREFIX), ({"prefix_exact": True}, PathKind.EXACT), ({"prefix_regex": True}, PathKind.REGEX)],
)
def test_given_how_to_compare_the_path_then_it_is_compared_so(spec: dict[str, object], kind: PathKind) -> None:
    found = mapped(**spec)
    assert found is not None
    assert found.match.path.kind is kind


def test_given_conditions_in_any_order_then_they_are_sorted_and_header_names_lower_case() -> None:
    one = mapped(headers={"X-B": "1", "x-a": True}, query_parameters={"Q": "1"}, method="get")
    other = mapped(method="GET", query_parameters={"Q": "1"}, headers={"x-a": "*", "x-b": "1"})
    assert one is not None
    assert one == other
    assert one.match.headers == (ValueMatch("x-a", ValueKind.PRESENT), ValueMatch("x-b", ValueKind.EXACT, "1"))
    assert one.match.query == (ValueMatch("Q", ValueKind.EXACT, "1"),)
    assert one.match.method == ValueMatch(":method", ValueKind.EXACT, "GET")


@pytest.mark.parametrize(
    "spec",
    [
        {"prefix": "a"},
        {"prefix": 5},
        {"service": ""},
        {"method": "A B"},
        {"headers": {"x": False}},
        {"hostname": ""},
        {"shadow": True},
    ],
)
def test_given_a_condition_that_cannot_be_used_then_there_is_no_mapping_rather_than_a_wider_one(
    spec: dict[str, object],
) -> None:
    assert mapped(**spec) is None


@pytest.mark.parametrize(
    ("spec", "redirect"),
    [
        ({"service": "b.test"}, Redirect("b.test")),
        ({"service": "https://b.test:8443"}, Redirect("b.test", https=True, port=8443)),
        ({"service": "[::1]"}, Redirect("[::1]")),
        ({"path_redirect": "/x"}, Redirect("web", path=RedirectPath.REPLACE, path_value="/x")),
        ({"prefix_redirect": "/x"}, Redirect("web", path=RedirectPath.REPLACE_PREFIX, path_value="/x")),
        ({"path_redirect": "/x", "prefix_redirect": "/y"}, Redirect("web", path=RedirectPath.REPLACE, path_value="/x")),
        ({"path_redirect": "x"}, Redirect("web")),
        ({"redirect_response_code": 308}, Redirect("web", code=308)),
        ({"redirect_response_code": 304}, Redirect("web", code=301)),
    ],
)
def test_given_a_redirect_then_it_says_where_to(spec: dict[str, object], redirect: Redirect) -> None:
    found = mapped(host_redirect=True, **spec)
    assert found is not None
    assert found.redirect == redirect
    assert found.service is None


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({}, False),
        ({"tls": {"min_tls_version": "v9"}}, True),
        ({"tls": {"crl_secret": "x"}}, True),
        ({"tls": 5}, True),
        ({"requestPolicy": {"insecure": {"action": "Allow"}}}, True),
        ({"tlsSecret": {}}, True),
        ({"mappingSelector": 5}, True),
        ({"tls": {}, "tlsContext": {"name": "x"}}, True),
        ({"unknown": 5}, False),
    ],
)
def test_given_a_host_that_is_partly_unreadable_then_it_is_closed_rather_than_left_to_a_wider_one(
    spec: dict[str, object], closed: bool
) -> None:
    found = hosted(**spec)
    assert found is not None
    assert found.closed is closed


@pytest.mark.parametrize("hostname", [5, "*.a.*", "", ["a.test"]])
def test_given_a_host_whose_name_is_unreadable_then_there_is_none(hostname: object) -> None:
    assert hosted(hostname=hostname) is None


def test_given_a_host_without_a_name_then_it_is_for_all_and_redirects() -> None:
    found = host.parse(given("Host", spec={})).value
    assert found is not None
    assert (found.pattern, found.insecure, found.selector) == ("*", Insecure.REDIRECT, None)


def test_given_a_refused_host_then_what_is_left_is_closed_and_asks_for_no_certificate() -> None:
    found = hosted(tlsSecret={"name": "cert"}, tls={})
    assert found is not None
    left = host.closed(found)
    assert (left.closed, left.secret, left.tls, left.pattern) == (True, None, None, "a.test")


@pytest.mark.parametrize(
    ("spec", "tls", "proxy"),
    [
        ({"protocol": "HTTP"}, False, False),
        ({"protocol": "HTTPS"}, True, False),
        ({"protocol": "HTTPPROXY"}, False, True),
        ({"protocol": "HTTPSPROXY"}, True, True),
        ({"protocolStack": ["TLS", "PROXY", "HTTP", "TCP"]}, True, True),
        ({"protocolStack": ["HTTP", "TCP"], "protocol": "HTTPS"}, False, False),
    ],
)
def test_given_a_protocol_then_the_listener_speaks_it(spec: dict[str, object], tls: bool, proxy: bool) -> None:
    binding = {"namespace": {"from": "SELF"}, "selector": {"matchLabels": {"a": "b"}}}
    whole = {"port": 80, "securityModel": "XFP", "hostBinding": binding, **spec}
    found = listener.parse(given("Listener", spec=whole)).value
    assert found is not None
    assert (found.tls, found.proxy_protocol, found.security) == (tls, proxy, SecurityModel.XFP)
    assert (found.own_namespace, found.selector) == (True, (("a", "b"),))


@pytest.mark.parametrize("protocol", ["TCP", "TLS", "UDP", "QUIC"])
def test_given_a_protocol_that_is_not_served_then_there_is_no_listener(protocol: str) -> None:
    whole = {"port": 80, "securityModel": "XFP", "hostBinding": {"namespace": {"from": "ALL"}}, "protocol": protocol}
    assert listener.parse(given("Listener", spec=whole)).value is None


def test_given_a_module_that_protects_what_is_not_built_then_it_is_closed() -> None:
    for config, closed in ({"ip_allow": []}, True), ({"gzip": {}}, False), ({"server_name": 5}, False):
        found = module.parse(given("Module", spec={"config": config})).value
        assert found is not None
        assert found.closed is closed
    assert module.parse(given("Module")).value == module.ModuleSpec()


def test_given_a_tlscontext_with_a_crl_then_it_is_closed() -> None:
    found = tlscontext.parse(given("TLSContext", spec={"crl_secret": "x"})).value
    assert found is not None
    assert found.settings.closed
    assert tlscontext.parse(given("TLSContext", spec="text")).value is None


@pytest.mark.parametrize(
    ("kind", "spec", "guarded"),
    [
        ("AuthService", {}, True),
        ("RateLimitService", {"failure_mode_deny": True}, True),
        ("RateLimitService", None, False),
    ],
)
def test_services_that_fail_closed_guard(kind: str, spec: object, guarded: bool) -> None:
    parse = later.parse_auth if kind == "AuthService" else later.parse_ratelimit
    checked = parse(given(kind, spec=spec))
    assert (checked.value is not None) is checked.fails_closed is guarded


def test_given_endpoints_in_odd_forms_then_what_is_good_is_kept() -> None:
    subsets = [5, {"addresses": [{"ip": "10.0.0.1"}, {"ip": "x"}, 5], "ports": [{"port": 80}, {"port": "x"}, 5]}]
    checked = endpoints.parse_endpoints(given("Endpoints", "v1", subsets=subsets))
    assert checked.value is not None
    assert checked.value.ready == (AddressPort("10.0.0.1", "", 80),)
    assert len(checked.problems) == 1
    assert endpoints.parse_endpoints(given("Endpoints", "v1")).value == endpoints.EndpointsSpec(
        ObjectKey("Service", "default", "one"), ()
    )


def test_given_a_slice_in_an_odd_form_then_what_is_good_is_kept() -> None:
    labels = {endpoints.SERVICE_NAME_LABEL: "web"}
    odd = [5, {"addresses": "x"}, {"addresses": ["10.0.0.1"], "conditions": 5}]
    checked = endpoints.parse_slice(
        given("EndpointSlice", labels=labels, endpoints=odd, ports=[{"name": None, "port": 80}])
    )
    assert checked.value is not None
    assert checked.value.ready == (AddressPort("10.0.0.1", "", 80),)
    assert checked.value.terminating == ()


@pytest.mark.parametrize(
    ("spec", "ports"),
    [
        ({}, 0),
        ({"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}], "clusterIP": "None"}, 1),
        ({"ports": [{"port": 80, "targetPort": True}]}, 1),
    ],
)
def test_given_a_service_then_its_ports_of_tcp_are_read(spec: dict[str, object], ports: int) -> None:
    found = service.parse(given("Service", "v1", spec=spec)).value
    assert found is not None
    assert len(found.ports) == ports
    assert found.cluster_ip == ""


@pytest.mark.parametrize("port", [5, {"port": 0}, {"port": "80"}, {"port": True}])
def test_given_a_port_that_is_none_then_the_service_is_refused(port: object) -> None:
    assert service.parse(given("Service", "v1", spec={"ports": [port]})).value is None


def test_given_a_secret_of_something_else_then_it_is_none_of_our_business() -> None:
    checked = secret.parse(given("Secret", "v1", data={"password": "eA=="}, stringData=5))
    assert checked.value == secret.SecretSpec(ObjectKey("Secret", "default", "one"))
    assert checked.problems == ()

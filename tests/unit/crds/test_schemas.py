"""The CRDs accept what the parser accepts, and keep everything that it reads or warns about."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from structural_schema import faults, pruned, without_nulls

from ambassador.crds.definition import definition
from ambassador.crds.names import OUR_KINDS
from ambassador.kinds.contract import AnyKind
from ambassador.model.fields import AnyField
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Severity
from tests.golden.objects import golden_objects
from tests.properties.manifests import objects

BY_KIND = {kind.kind: kind for kind in OUR_KINDS}
# An object of each built kind that has nothing but what is required.
PLAINEST: dict[str, dict[str, Any]] = {
    "Mapping": {"prefix": "/", "service": "web"},
    "Host": {},
    "Listener": {
        "port": 80,
        "protocol": "HTTP",
        "securityModel": "XFP",
        "hostBinding": {"namespace": {"from": "ALL"}},
    },
    "TLSContext": {},
    "Module": {"config": {}},
    "KubernetesServiceResolver": {},
    "KubernetesEndpointResolver": {},
}
VALUES: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 7, 301, 2**40, 1.5, "", "text", "/path", "none", "v1.2", "h2,http/1.1", "1.5s"),
    *([], ["text"], [None], [7], ["h2", "http/1.1"], {}, {"text": "text"}, {"text": True}, {"name": "text"}),
    *({"matchLabels": {"a": "b"}}, {"insecure": {"action": "Route"}}, {"insecure": {"action": "Oops"}}),
    *({"a": {"value": "b", "append": False}}, {"policy": "round_robin"}, {"retry_on": "5xx", "num_retries": 1000}),
    *({"authority": "none"}, {"pattern": "/a", "substitution": "/b"}, {"namespace": {"from": "SELF"}}, {"unknown": 1}),
)


def schema_of(kind: AnyKind) -> dict[str, Any]:
    versions: list[Any] = definition(kind)["spec"]["versions"]  # type: ignore[index]
    return versions[0]["schema"]["openAPIV3Schema"]


SCHEMAS = {kind.kind: schema_of(kind) for kind in OUR_KINDS}


def accepted(source: SourceObject) -> bool:
    """Whether the parser has no ERROR for an object."""
    problems = BY_KIND[source.key.kind].parse(source).problems
    return all(problem.severity is not Severity.ERROR for problem in problems)


def refusals(source: SourceObject) -> list[str]:
    """Why the API server would refuse the object."""
    schema = SCHEMAS[source.key.kind]
    body = {name: value for name, value in source.content.items() if name in ("apiVersion", "kind", "spec")}
    return list(faults(schema, without_nulls(schema, body), source.key.kind))


def source(kind: AnyKind, spec: object) -> SourceObject:
    name = "ambassador" if kind.kind == "Module" else "one"
    content = {"apiVersion": "getambassador.io/v3alpha1", "kind": kind.kind, "metadata": {"name": name}, "spec": spec}
    return SourceObject(ObjectKey(kind.kind, "default", name), "digest", content)


def test_the_schema_accepts_every_golden_object_that_the_parser_accepts() -> None:
    ours = [(case, one) for case, one in golden_objects() if one.key.kind in BY_KIND]
    good = [(case, one) for case, one in ours if accepted(one)]
    assert len(good) > 200
    assert [f"{case}: {fault}" for case, one in good for fault in refusals(one)] == []


def test_nothing_in_a_golden_object_is_pruned() -> None:
    specs = [(one.key.kind, one.content.get("spec")) for _, one in golden_objects() if one.key.kind in BY_KIND]
    assert len(specs) > 300
    for kind, spec in specs:
        assert pruned(SCHEMAS[kind], {"spec": spec}) == {"spec": spec}


@given(objects)
def test_the_schema_accepts_whatever_random_object_the_parser_accepts(one: SourceObject) -> None:
    if one.key.kind in BY_KIND and accepted(one):
        assert refusals(one) == []


@pytest.mark.parametrize("kind", [kind for kind in OUR_KINDS if kind.built], ids=lambda kind: kind.kind)
def test_the_schema_accepts_every_value_of_a_field_that_the_parser_accepts(kind: AnyKind) -> None:
    assert refusals(source(kind, PLAINEST[kind.kind])) == []
    tried = [source(kind, spec) for field in kind.fields for spec in with_values(kind, field)]
    good = [one for one in tried if accepted(one)]
    assert len(good) >= len(kind.fields)
    assert [(one.content["spec"], fault) for one in good for fault in refusals(one)] == []


def with_values(kind: AnyKind, field: AnyField) -> Iterator[dict[str, Any]]:
    """Plain objects with one field set to each of many values."""
    for name in (field.name, *field.aliases):
        for value in VALUES:
            plainest = PLAINEST[kind.kind]
            yield {kind.within: {name: value}} if kind.within else {**plainest, name: value}


@pytest.mark.parametrize("kind", OUR_KINDS, ids=lambda kind: kind.kind)
def test_kubectl_explains_every_field_by_every_name_that_it_has(kind: AnyKind) -> None:
    spec = SCHEMAS[kind.kind]["properties"]["spec"]
    explained = (spec["properties"][kind.within] if kind.within else spec).get("properties", {})
    assert explained.keys() == {name for field in kind.fields for name in (field.name, *field.aliases)}
    assert all(len(one["description"]) > 5 for one in explained.values())
    assert all(
        explained[alias].get("type") == explained[f.name].get("type") for f in kind.fields for alias in f.aliases
    )


def test_a_module_of_another_name_may_hold_anything() -> None:
    for config in ({"server": {"enabled": True}}, {"cors": 7, "server_name": []}, "text", 5):
        assert refusals(source(BY_KIND["Module"], {"config": config})) == []


@pytest.mark.parametrize(
    ("kind", "spec", "wrong"),
    [
        ("Mapping", {"weight": 101}, "Mapping.spec.weight is out of bounds"),
        ("Mapping", {"weight": "5"}, "Mapping.spec.weight must be integer"),
        ("Mapping", {"prefix": None}, "Mapping.spec.prefix is required"),
        ("Mapping", {"prefix": "api/"}, "prefix must start with /, as every path does"),
        ("Host", {"tls": {}, "tlsContext": {"name": "x"}}, "tls and tlsContext both set TLS options; keep one of them"),
        ("Host", {"requestPolicy": {"insecure": {"action": "Oops"}}}, "must be one of ['Redirect', 'Route', 'Reject']"),
        ("Listener", {"protocol": None}, "protocol or protocolStack is required"),
        ("Listener", {"port": 70000}, "Listener.spec.port is out of bounds"),
        ("TLSContext", {"min_tls_version": "v1.3", "max_tls_version": "v1.0"}, "max_tls_version is below"),
    ],
)
def test_what_would_be_useless_or_closed_is_refused_at_once(kind: str, spec: dict[str, Any], wrong: str) -> None:
    one = source(BY_KIND[kind], {**PLAINEST[kind], **spec})
    assert not accepted(one)
    (fault,) = refusals(one)
    assert wrong in fault


def test_a_fault_that_costs_one_field_only_is_left_to_the_parser() -> None:
    for spec in ({"dns_type": "oops"}, {"timeout_ms": -1}, {"retry_policy": {}}, {"redirect_response_code": 400}):
        one = source(BY_KIND["Mapping"], {**PLAINEST["Mapping"], **spec})
        assert not accepted(one) or "redirect_response_code" in spec
        assert refusals(one) == []

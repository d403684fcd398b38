"""What parsing leaves of an Ingress; what its problems say is in the golden cases."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.ir.route import PathKind
from ambassador.kinds import ingress, ingressclass
from ambassador.kinds.ingress import IngressSpec, SslRedirect
from ambassador.kinds.ingress_parts import UNAVAILABLE, BackendSpec
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject

NGINX = "nginx.ingress.kubernetes.io/"
WEB = {"service": {"name": "web", "port": {"number": 80}}}


def source(kind: str = "Ingress", metadata: object = None, spec: object = None) -> SourceObject:
    content = {"apiVersion": "networking.k8s.io/v1", "kind": kind, "metadata": metadata or {}, "spec": spec}
    return SourceObject(ObjectKey(kind, "default", "one"), "digest", content)


def parsed(metadata: object = None, **spec: object) -> IngressSpec:
    found = ingress.parse(source(metadata=metadata, spec={"defaultBackend": WEB, **spec})).value
    assert found is not None
    return found


def paths(*written: object) -> list[tuple[PathKind, str, BackendSpec]]:
    rules = [{"host": "a.test", "http": {"paths": list(written)}}]
    return [(one.path.kind, one.path.value, one.backend) for one in parsed(rules=rules).paths]


@pytest.mark.parametrize(
    ("kind", "text", "match"),
    [
        ("Exact", "/foo/", (PathKind.EXACT, "/foo/")),
        ("Exact", "", (PathKind.EXACT, "/")),
        ("Prefix", "/foo/", (PathKind.SEGMENT_PREFIX, "/foo")),
        ("Prefix", "/foo", (PathKind.SEGMENT_PREFIX, "/foo")),
        ("Prefix", "/", (PathKind.PREFIX, "/")),
        ("ImplementationSpecific", "/foo/", (PathKind.SEGMENT_PREFIX, "/foo")),
        (None, None, (PathKind.PREFIX, "/")),
    ],
)
def test_given_a_path_then_a_slash_at_the_end_counts_for_exact_ones_only(
    kind: str | None, text: str | None, match: tuple[PathKind, str]
) -> None:
    assert paths({"path": text, "pathType": kind, "backend": WEB}) == [(*match, BackendSpec("web", 80))]


def test_given_a_backend_that_can_not_be_read_then_its_path_is_kept_and_answers_for_it() -> None:
    assert paths({"path": "/", "pathType": "Prefix"}) == [(PathKind.PREFIX, "/", UNAVAILABLE)]


def test_given_a_bad_path_or_host_then_the_others_are_kept() -> None:
    good = {"path": "/good", "backend": WEB}
    found = parsed(rules=[{"host": "*"}, {"http": {"paths": [{"path": "bad", "backend": WEB}, None, good]}}])
    assert (found.hosts, [one.path.value for one in found.paths]) == (("*",), ["/good"])


@pytest.mark.parametrize(
    ("stamp", "known"),
    [("2024-01-01T00:00:00Z", True), ("yesterday", False), (5, False), (None, False)],
)
def test_given_a_time_of_creation_then_unknown_ones_count_as_newest(stamp: object, known: bool) -> None:
    created = parsed({"creationTimestamp": stamp}).created
    assert (created == stamp) is known
    assert created < parsed({"creationTimestamp": "9999-12-31T23:59:59Z"}).created or not known


@pytest.mark.parametrize(
    ("annotations", "setting"),
    [
        ({}, SslRedirect.WITH_CERTIFICATE),
        ({"ssl-redirect": "false"}, SslRedirect.NEVER),
        ({"ssl-redirect": False}, SslRedirect.NEVER),
        ({"ssl-redirect": "nonsense"}, SslRedirect.WITH_CERTIFICATE),
        ({"ssl-redirect": "false", "force-ssl-redirect": "true"}, SslRedirect.ALWAYS),
    ],
)
def test_given_annotations_on_redirects_then_they_are_obeyed(
    annotations: dict[str, object], setting: SslRedirect
) -> None:
    given_ones = {NGINX + name: value for name, value in annotations.items()}
    assert parsed({"annotations": given_ones}).ssl_redirect is setting


@pytest.mark.parametrize(
    ("name", "value", "closed"),
    [
        ("auth-url", "x", True),
        ("auth-url", "", False),
        ("auth-anything-new", "x", True),
        ("limit-rps", "5", True),
        ("denylist-source-range", "0.0.0.0/0,::/0", True),
        ("whitelist-source-range", "0.0.0.0/0", True),
        ("whitelist-source-range", "::/0, 0.0.0.0/0", False),
        ("enable-modsecurity", "true", True),
        ("enable-modsecurity", "false", False),
        ("rewrite-target", "/", False),
    ],
)
def test_given_an_annotation_that_protects_then_the_ingress_is_closed(name: str, value: str, closed: bool) -> None:
    assert parsed({"annotations": {NGINX + name: value}}).closed is closed


def test_given_ids_then_they_are_read_as_a_list() -> None:
    assert parsed({"annotations": {"getambassador.io/ambassador-id": "one, two"}}).ids == ("one", "two")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(("/", "a.test", "Prefix", "web")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _shaped(keys: tuple[str, ...], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys), inner | _json, max_size=4) | _json


_backend = _shaped(
    ("service", "resource", "serviceName"), _shaped(("name", "port"), _shaped(("name", "number"), _json))
)
_path = _shaped(("path", "pathType", "backend"), _backend)
_rule = _shaped(("host", "http"), _shaped(("paths",), st.lists(_path, max_size=3)))
_spec = _shaped(
    ("ingressClassName", "rules", "tls", "defaultBackend"),
    st.lists(_rule | _shaped(("hosts", "secretName"), st.lists(_json, max_size=2)), max_size=3),
)
_metadata = _shaped(("annotations", "creationTimestamp", "labels"), _json)


@settings(max_examples=300, deadline=None)
@given(_metadata, _spec)
def test_given_anything_at_all_then_it_is_read_or_a_problem_says_where_it_is_wrong(meta: Any, spec: Any) -> None:
    for kind, parse in (("Ingress", ingress.parse), ("IngressClass", ingressclass.parse)):
        found = parse(source(kind, meta if isinstance(meta, dict) else {}, spec))
        assert found.value is not None or found.problems
        assert all(one.message and one.path for one in found.problems)


def test_given_thousands_of_paths_then_all_are_read() -> None:
    many = [{"path": f"/{number}", "pathType": "Exact", "backend": WEB} for number in range(5_000)]
    assert len(paths(*many)) == 5_000

"""What an encoding says in the cases that are easy to get wrong, and what is refused."""

from __future__ import annotations

import datetime
from hashlib import sha256

import pytest
from betterproto2 import Message
from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.filters.http.cors import v3 as cors_v3
from envoy_data_plane.google import protobuf
from messages_in_use import IN_USE, PREFIX

from ambassador.errors import EncodingError
from ambassador.wire.encode import digest, encode, field, pack, resource, splice, string_field, type_url
from ambassador.wire.resource import References


@pytest.mark.parametrize(
    ("message", "body"),
    [
        (route_v3.RouteMatch(), b""),
        (route_v3.RouteMatch(prefix=""), b"\x0a\x00"),
        (route_v3.RouteMatch(prefix="/"), b"\x0a\x01/"),
        (route_v3.Route(name="r", match=route_v3.RouteMatch(path="/")), b"\x0a\x03\x12\x01/\x72\x01r"),
        (route_v3.RedirectAction(prefix_rewrite=""), b"\x2a\x00"),
        (route_v3.RouteAction(prefix_rewrite=""), b""),
        (route_v3.RouteAction(timeout=datetime.timedelta()), b"\x42\x00"),
        (route_v3.RouteAction(timeout=datetime.timedelta(seconds=3)), b"\x42\x02\x08\x03"),
        (
            route_v3.RouteAction(timeout=datetime.timedelta(microseconds=-1)),
            b"\x42\x0b\x10" + b"\x98\xf8\xff\xff\xff\xff\xff\xff\xff\x01",
        ),
        (route_v3.RetryPolicy(num_retries=0), b"\x12\x00"),
        (route_v3.RetryPolicy(num_retries=300), b"\x12\x03\x08\xac\x02"),
        (route_v3.RetryPolicy(retriable_status_codes=[1, 200]), b"\x3a\x03\x01\xc8\x01"),
        (core_v3.HeaderValueOption(header=core_v3.HeaderValue()), b"\x0a\x00"),
        (
            endpoint_v3.ClusterLoadAssignment(
                endpoints=[endpoint_v3.LocalityLbEndpoints(), endpoint_v3.LocalityLbEndpoints()]
            ),
            b"\x12\x00\x12\x00",
        ),
        (route_v3.RouteAction(priority=core_v3.RoutingPriority(-1)), b"\x58" + b"\xff" * 9 + b"\x01"),
        (protobuf.Value(null_value=protobuf.NullValue.NULL_VALUE), b"\x08\x00"),
        (protobuf.Value(bool_value=False), b"\x20\x00"),
        (protobuf.ListValue(values=[protobuf.Value(string_value="")]), b"\x0a\x02\x1a\x00"),
    ],
    ids=repr,
)
def test_given_a_message_then_these_are_its_bytes(message: Message, body: bytes) -> None:
    assert encode(message) == body


def test_given_maps_filled_in_another_order_then_the_bytes_are_equal() -> None:
    names = ["b", "a", "", "é", "aa"]
    one = protobuf.Struct(fields={name: protobuf.Value(string_value=name) for name in names})
    other = protobuf.Struct(fields={name: protobuf.Value(string_value=name) for name in sorted(names)})
    assert encode(one) == encode(other)


def test_given_a_tree_of_a_hundred_levels_then_it_is_encoded() -> None:
    value = protobuf.Value(bool_value=True)
    for _ in range(100):
        value = protobuf.Value(list_value=protobuf.ListValue(values=[value]))
    assert protobuf.ListValue.parse(encode(value.list_value)) == value.list_value


def test_given_a_tree_without_end_then_it_is_refused() -> None:
    values = protobuf.ListValue()
    values.values = [protobuf.Value(list_value=values)]
    with pytest.raises(EncodingError, match="nested too deeply"):
        encode(values)


def test_given_a_parsed_message_with_unknown_fields_then_they_are_kept() -> None:
    body = b"\x0a\x01/" + field(5000, b"from a later version")
    assert encode(route_v3.RouteMatch.parse(body)) == body


@pytest.mark.parametrize(
    ("cls", "name", "value", "expected"),
    [
        (route_v3.RouteAction, "cluster", 3, r"RouteAction\.cluster"),
        (route_v3.RouteAction, "timeout", 3, r"RouteAction\.timeout"),
        (route_v3.RetryPolicy, "num_retries", -1, r"RetryPolicy\.num_retries: -1"),
        (route_v3.RetryPolicy, "num_retries", 1 << 32, r"RetryPolicy\.num_retries"),
        (route_v3.RetryPolicy, "retriable_status_codes", [None], r"RetryPolicy\.retriable_status_codes"),
        (
            cluster_v3.Cluster,
            "connect_timeout",
            datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
            r"Cluster\.connect_timeout",
        ),
        (route_v3.Route, "match", "text", r"no protobuf message"),
        (route_v3.Route, "name", "\ud800", r"Route\.name"),
    ],
)
def test_given_a_value_that_the_field_cannot_carry_then_class_and_field_are_named(
    cls: type[Message], name: str, value: object, expected: str
) -> None:
    message = cls()
    setattr(message, name, value)
    with pytest.raises(EncodingError, match=expected):
        encode(message)


def test_given_two_members_of_a_oneof_then_it_is_refused() -> None:
    match = route_v3.RouteMatch(prefix="/")
    match.path = "/"
    with pytest.raises(EncodingError, match=r"RouteMatch\.path: .* path_specifier"):
        encode(match)


def test_given_something_else_than_a_message_then_it_is_refused() -> None:
    with pytest.raises(EncodingError, match="dict is no protobuf message"):
        encode({})  # type: ignore[arg-type]
    with pytest.raises(EncodingError, match="Message is no registered protobuf message"):
        type_url(Message)


@pytest.mark.parametrize("cls", IN_USE, ids=lambda cls: cls.__name__)
def test_given_a_class_in_use_then_it_packs_under_the_name_that_envoy_knows(cls: type[Message]) -> None:
    packed = pack(cls())
    assert (packed.type_url, packed.value) == (PREFIX + IN_USE[cls], b"")


def test_given_children_spliced_into_a_head_then_the_whole_is_the_message() -> None:
    routes = [
        route_v3.Route(name=f"r{number}", match=route_v3.RouteMatch(prefix="/" * number)) for number in range(300)
    ]
    head = string_field(1, "host") + string_field(2, "*")
    whole = route_v3.VirtualHost(name="host", domains=["*"], routes=routes)
    assert splice(head, [field(3, encode(route)) for route in routes]) == encode(whole)
    assert splice(encode(route_v3.VirtualHost(name="host", domains=["*"])), ()) == head


def test_given_text_that_is_no_unicode_then_its_field_is_refused() -> None:
    with pytest.raises(EncodingError, match="field 1"):
        string_field(1, "\udfff")


def test_given_bytes_then_their_version_is_a_short_digest() -> None:
    body = encode(cors_v3.CorsPolicy(allow_methods="GET"))
    references = References(clusters=frozenset({"c"}))
    made = resource("name", body, references)
    assert (made.name, made.body, made.references) == ("name", body, references)
    assert made.version == digest(body) == sha256(body).hexdigest()[:24]
    assert resource("name", encode(cors_v3.Cors())).references == References()

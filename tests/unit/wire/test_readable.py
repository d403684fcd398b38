"""The form for people: protobuf's JSON with the names of the .proto files, secrets hidden when asked."""

from __future__ import annotations

import datetime
import json
from base64 import b64encode

import pytest
from betterproto2 import Message
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from envoy_data_plane.google import protobuf
from envoy_data_plane.validate import DurationRules, UInt64Rules
from gateway_in_use import bootstrap, certificate, secret

from ambassador.errors import EncodingError
from ambassador.wire.encode import encode, pack
from ambassador.wire.readable import parse, readable

PACKED = {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}


@pytest.mark.parametrize(
    ("message", "form"),
    [
        (route_v3.RouteMatch(), {}),
        (route_v3.RouteMatch(prefix=""), {"prefix": ""}),
        (route_v3.RouteAction(prefix_rewrite=""), {}),
        (route_v3.RouteAction(timeout=datetime.timedelta()), {"timeout": "0s"}),
        (route_v3.RouteAction(timeout=datetime.timedelta(milliseconds=1500)), {"timeout": "1.5s"}),
        (route_v3.RouteAction(timeout=datetime.timedelta(microseconds=-1)), {"timeout": "-0.000001s"}),
        (
            route_v3.RetryPolicy(num_retries=0, retriable_status_codes=[1]),
            {"num_retries": 0, "retriable_status_codes": [1]},
        ),
        (route_v3.RouteAction(priority=core_v3.RoutingPriority.HIGH), {"priority": "HIGH"}),
        (route_v3.RouteAction(priority=core_v3.RoutingPriority(7)), {"priority": 7}),
        (core_v3.DataSource(inline_bytes=b"\xff"), {"inline_bytes": "/w=="}),
        (DurationRules(in_=[datetime.timedelta(1)]), {"in": ["86400s"]}),
        (UInt64Rules(const=1 << 53, lt=1 << 63), {"const": 1 << 53, "lt": str(1 << 63)}),
        (core_v3.TypedExtensionConfig(typed_config=protobuf.Any()), {"typed_config": {}}),
        (core_v3.TypedExtensionConfig(typed_config=pack(protobuf.Duration(seconds=3))), {"typed_config": PACKED}),
    ],
    ids=repr,
)
def test_given_a_message_then_this_is_its_form(message: Message, form: dict[str, object]) -> None:
    assert readable(message) == form


def test_given_a_struct_then_it_is_plain_json() -> None:
    value = {"a": None, "b": [1.0, "x", False, {}], "c": {"d": 0.0}}
    metadata = core_v3.Metadata(filter_metadata={"k": protobuf.Struct.from_dict(value)})
    assert readable(metadata) == {"filter_metadata": {"k": value}}


def test_given_an_any_of_a_struct_then_its_fields_cannot_hide_the_type() -> None:
    packed = pack(protobuf.Struct.from_dict({"@type": "x"}))
    form = readable(core_v3.TypedExtensionConfig(typed_config=packed))
    assert form == {"typed_config": {"@type": packed.type_url, "value": {"@type": "x"}}}


def test_given_redact_then_no_private_key_appears_at_any_depth() -> None:
    chain, key = certificate()
    pair = tls_v3.TlsCertificate(
        certificate_chain=core_v3.DataSource(inline_bytes=chain),
        private_key=core_v3.DataSource(inline_bytes=key),
        password=core_v3.DataSource(inline_string="pass-word"),
    )
    context = tls_v3.DownstreamTlsContext(common_tls_context=tls_v3.CommonTlsContext(tls_certificates=[pair]))
    message = core_v3.TransportSocket(typed_config=pack(context))
    shown, hidden = (json.dumps(readable(message, redact=redact)) for redact in (False, True))
    for private in (b64encode(key).decode(), "pass-word"):
        assert private in shown
        assert private not in hidden
    assert b64encode(chain).decode() in hidden
    assert hidden.count("[redacted]") == 2


@pytest.mark.parametrize(
    ("message", "form"),
    [
        (
            tls_v3.Secret(tls_certificate=tls_v3.TlsCertificate(private_key=core_v3.DataSource(filename="/key"))),
            {"tls_certificate": {"private_key": {"filename": "/key"}}},
        ),
        (
            tls_v3.Secret(
                session_ticket_keys=tls_v3.TlsSessionTicketKeys(keys=[core_v3.DataSource(inline_string="k")])
            ),
            {"session_ticket_keys": {"keys": [{"inline_string": "[redacted]"}]}},
        ),
        (
            tls_v3.Secret(
                generic_secret=tls_v3.GenericSecret(secrets={"filename": core_v3.DataSource(inline_string="k")})
            ),
            {"generic_secret": {"secrets": {"filename": {"inline_string": "[redacted]"}}}},
        ),
    ],
)
def test_given_a_secret_then_only_what_is_inline_is_hidden(message: Message, form: dict[str, object]) -> None:
    assert readable(message, redact=True) == form


def test_given_the_whole_gateway_then_redacting_changes_its_key_only() -> None:
    gateway = bootstrap()
    shown, hidden = readable(gateway), readable(gateway, redact=True)
    private = shown["static_resources"]["secrets"][0]["tls_certificate"]["private_key"]["inline_bytes"]
    assert json.loads(json.dumps(shown).replace(private, "[redacted]")) == hidden


def test_given_an_unknown_type_or_broken_bytes_then_it_is_refused() -> None:
    with pytest.raises(EncodingError, match="nobody"):
        parse("type.googleapis.com/nobody.Knows", b"")
    packed = pack(secret())
    with pytest.raises(EncodingError, match="Secret"):
        parse(packed.type_url, b"\x0a\x02\xff\xff")
    with pytest.raises(EncodingError, match="Secret"):
        parse(packed.type_url, encode(secret())[:40])

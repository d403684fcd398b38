"""Every encoding is what protobuf itself would have written, byte for byte."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest
from betterproto2 import Message
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration
from envoy_data_plane.google.protobuf import Any, Struct
from envoy_data_plane.validate import DurationRules, FieldRules
from hypothesis import HealthCheck, given, settings
from messages_in_use import IN_USE
from protobuf_judge import Judge, field_types
from random_messages import messages, one_field_messages

from ambassador.wire.encode import encode

# The validation rules hold every scalar kind, also those that no Envoy message has.
ROOTS = (*IN_USE, Any, Struct, FieldRules, DurationRules)
JUDGE = Judge(ROOTS)
RANDOM = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def assert_right(message: Message) -> None:
    """The bytes hold what protobuf's own hold, are no longer than those, and say the same to its parser."""
    cls, body, opinion = type(message), encode(message), JUDGE.opinion(message)
    protobufs = opinion.SerializeToString(deterministic=True)
    assert JUDGE.canonical(cls, body) == protobufs
    assert len(body) == len(protobufs)
    assert JUDGE.read(cls, body) == opinion


def test_every_field_of_every_class_in_reach_is_written_as_protobuf_writes_it() -> None:
    seen = [assert_right(message) for cls in JUDGE.classes for message in one_field_messages(cls)]
    assert len(seen) > 3000


@pytest.mark.parametrize("cls", ROOTS, ids=lambda cls: cls.__name__)
def test_given_any_message_then_its_bytes_hold_what_protobufs_hold(cls: type[Message]) -> None:
    RANDOM(given(messages(cls))(assert_right))()


def test_given_one_set_field_then_the_library_writes_the_same_unless_it_is_wrong() -> None:
    for cls in JUDGE.classes:
        for message in filter(library_is_right, one_field_messages(cls)):
            body, stock = encode(message), stock_bytes(message)
            assert len(body) == len(stock), message
            assert JUDGE.canonical(cls, body) == JUDGE.canonical(cls, stock), message


def stock_bytes(message: Message) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return bytes(message)


def library_is_right(message: Message) -> bool:
    """It gives negative durations positive nanos and takes minus zero for zero."""
    values = [getattr(message, f.name) for f in field_types(type(message))]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return all(value >= timedelta() if isinstance(value, timedelta) else str(value) != "-0.0" for value in flat)


@RANDOM
@given(messages(RouteConfiguration, depth=5))
def test_encoding_is_repeatable_and_leaves_the_message_alone(message: Message) -> None:
    before = repr(message)
    assert encode(message) == encode(message)
    assert repr(message) == before

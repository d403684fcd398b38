"""Requests and responses, held against protobuf's own reader and writer."""

import pytest
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.service.discovery import v3 as discovery_v3
from envoy_data_plane.google.rpc import Status
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from ambassador.wire.resource import EncodedResource
from ambassador.xds.envelope import (
    DeltaResponse,
    ErrorDetail,
    MalformedRequestError,
    decode_request,
    encode_response,
)

FIELDS = {
    "Any": {"type_url": (1, "string"), "value": (2, "bytes")},
    "Resource": {"version": (1, "string"), "resource": (2, "Any"), "name": (3, "string")},
    "Response": {
        "system_version_info": (1, "string"),
        "resources": (2, "Resource*"),
        "type_url": (4, "string"),
        "nonce": (5, "string"),
        "removed_resources": (6, "string*"),
    },
}
NAMES = st.text(max_size=200)


def protobuf_class(name: str) -> type[Message]:
    """A message of the discovery service as protobuf itself reads it, from field numbers alone."""
    file = descriptor_pb2.FileDescriptorProto(name="judge.proto", package="judge", syntax="proto3")
    for message, fields in FIELDS.items():
        described = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            one = described.field.add(name=field, number=number, label=3 if kind.endswith("*") else 1)
            kind = kind.rstrip("*")
            one.type = {"string": 9, "bytes": 12}.get(kind, 11)
            if one.type == 11:
                one.type_name = f".judge.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"judge.{name}"))


RESPONSE = protobuf_class("Response")


@given(
    st.lists(st.tuples(NAMES, NAMES, st.binary(max_size=300))),
    st.lists(NAMES),
    st.tuples(st.text(min_size=1), st.text(min_size=1), NAMES),
)
def test_given_any_response_when_encoded_then_protobuf_reads_it_back(
    resources: list[tuple[str, str, bytes]], removed: list[str], texts: tuple[str, str, str]
) -> None:
    encoded = tuple(EncodedResource(*one) for one in resources)
    response = DeltaResponse(texts[0], texts[1], encoded, tuple(removed), texts[2])
    read = RESPONSE.FromString(encode_response(response))
    assert (read.type_url, read.nonce, read.system_version_info) == texts
    assert list(read.removed_resources) == removed
    assert [(one.name, one.version, one.resource.value) for one in read.resources] == resources
    assert all(one.resource.type_url == texts[0] for one in read.resources)


def test_given_a_large_body_when_encoded_then_envoys_own_message_type_reads_it_back() -> None:
    body = b"x" * 70_000
    data = encode_response(DeltaResponse("type/T", "n", (EncodedResource("r", "v", body),), ("gone",), "7"))
    read = discovery_v3.DeltaDiscoveryResponse.parse(data)
    assert read.resources[0].resource is not None
    assert (read.resources[0].name, read.resources[0].resource.value) == ("r", body)
    assert read.removed_resources == ["gone"]


@given(st.lists(NAMES), st.lists(NAMES), st.dictionaries(NAMES, NAMES), NAMES, st.integers(0, 2**31 - 1))
def test_given_any_request_when_decoded_then_every_field_is_there(
    subscribe: list[str], unsubscribe: list[str], versions: dict[str, str], text: str, code: int
) -> None:
    message = discovery_v3.DeltaDiscoveryRequest(
        node=core_v3.Node(id=text, cluster="c", user_agent_name="envoy"),
        type_url="type/T",
        resource_names_subscribe=subscribe,
        resource_names_unsubscribe=unsubscribe,
        initial_resource_versions=versions,
        response_nonce=text,
        error_detail=Status(code=code, message=text),
    )
    read = decode_request(bytes(message))
    assert (read.type_url, read.node, read.nonce) == ("type/T", text, text)
    assert (read.subscribe, read.unsubscribe) == (tuple(subscribe), tuple(unsubscribe))
    assert read.initial_versions == versions
    assert read.error == ErrorDetail(code, text)


def test_given_no_error_detail_when_decoded_then_it_is_no_nack() -> None:
    assert decode_request(bytes(discovery_v3.DeltaDiscoveryRequest(response_nonce="1"))).error is None
    assert decode_request(b"\x3a\x00").error == ErrorDetail()


def test_given_unknown_fields_of_each_wire_type_when_decoded_then_they_are_skipped() -> None:
    unknown = b"\xf8\x01\x05" + b"\xf1\x01" + bytes(8) + b"\xfd\x01" + bytes(4) + b"\xfa\x01\x02ab"
    assert decode_request(unknown + b"\x12\x01T" + unknown).type_url == "T"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x12",
        b"\x12\x05ab",
        b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x13",
        b"\x02\x00",
        b"\x12\x01\xff",
    ],
)
def test_given_garbage_when_decoded_then_it_is_refused(garbage: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        decode_request(garbage)


@given(st.binary(max_size=60))
def test_given_any_bytes_when_decoded_then_only_the_one_error_is_raised(data: bytes) -> None:
    try:
        decode_request(data)
    except MalformedRequestError as error:
        assert str(error)


def test_given_a_nack_with_bytes_that_are_no_text_when_decoded_then_it_still_is_a_nack() -> None:
    assert decode_request(b"\x3a\x03\x12\x01\xff").error == ErrorDetail(0, "\ufffd")

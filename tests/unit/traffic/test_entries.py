"""What is read of Envoy's messages."""

import dataclasses

import pytest
from envoy_data_plane.envoy.config.core.v3 import Address, Pipe, RequestMethod, SocketAddress
from envoy_data_plane.envoy.data.accesslog.v3 import (
    HttpAccessLogEntry,
    ResponseFlags,
    ResponseFlagsUnauthorized,
    ResponseFlagsUnauthorizedReason,
)
from envoy_data_plane.envoy.service.accesslog.v3 import (
    StreamAccessLogsMessage,
    StreamAccessLogsMessageTcpAccessLogEntries,
)
from logged import START, entry, message

from ambassador.traffic.wire import MalformedEntriesError, Request, entries, number_of_entries, request_of
from ambassador.wire.encode import encode


def read(one: HttpAccessLogEntry) -> Request:
    (found,) = entries(message(one))
    return request_of(found)


def test_given_an_entry_then_it_is_read_with_the_path_that_the_client_sent() -> None:
    assert read(entry(path="/cart?x=1", flags=ResponseFlags(upstream_connection_failure=True))) == Request(
        time=START.timestamp(),
        method="GET",
        authority="shop.example.com",
        path="/cart?x=1",
        status=200,
        flags=("UF",),
        details="via_upstream",
        milliseconds=12.3,
        backend="10.0.0.7:8080",
    )


def test_given_no_rewrite_then_the_path_is_the_one_there_is() -> None:
    assert read(entry(path="")).path == "/rewritten"


@pytest.mark.parametrize("method", list(RequestMethod))
def test_given_a_method_then_it_has_its_name_and_one_that_envoy_does_not_know_has_none(method: RequestMethod) -> None:
    name = (method.name or "").removeprefix("REQUEST_METHOD_")
    assert read(entry(method=method)).method == ("" if method.value == 0 else name)


def test_given_each_flag_then_it_has_an_abbreviation_of_its_own() -> None:
    names = {field.name: True for field in dataclasses.fields(ResponseFlags) if field.name != "unauthorized_details"}
    each = [read(entry(flags=ResponseFlags(**{name: True}))).flags for name in names]  # type: ignore[arg-type]
    assert len({flags for flags in each if len(flags) == 1}) == len(names) == 27
    reason = ResponseFlagsUnauthorizedReason(1)
    denied = ResponseFlags(no_route_found=True, unauthorized_details=ResponseFlagsUnauthorized(reason=reason))
    assert read(entry(flags=denied)).flags == ("NR", "UAEX")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address(socket_address=SocketAddress(address="2001:db8::1", port_value=80)), "[2001:db8::1]:80"),
        (Address(pipe=Pipe(path="/run/x")), "web.default.80-0123456789ab"),
        (None, "web.default.80-0123456789ab"),
    ],
)
def test_given_a_backend_then_its_address_is_shown_or_else_its_cluster(address: Address | None, shown: str) -> None:
    one = entry()
    assert one.common_properties is not None
    common = dataclasses.replace(one.common_properties, upstream_remote_address=address)
    assert read(dataclasses.replace(one, common_properties=common)).backend == shown


def test_given_no_answer_then_the_status_is_0() -> None:
    assert read(entry(status=None)).status == 0
    assert read(HttpAccessLogEntry()) == Request(0, "", "", "", 0, (), "", 0, "")


def test_given_texts_that_are_no_utf8_then_only_they_are_harmed() -> None:
    data = message(entry(path="/AAAA"), entry(path="/ok")).replace(b"/AAAA", b"/\xff\xfeAA")
    assert [request_of(one).path for one in entries(data)] == ["/\ufffd\ufffdAA", "/ok"]


def test_given_messages_then_entries_can_be_numbered_without_reading_them() -> None:
    for number in (0, 1, 57):
        data = message(*[entry()] * number)
        assert number_of_entries(data) == len(entries(data)) == number
    tcp = encode(StreamAccessLogsMessage(tcp_logs=StreamAccessLogsMessageTcpAccessLogEntries()))
    assert number_of_entries(tcp) == len(entries(tcp)) == 0


@pytest.mark.parametrize("data", [b"\xff", b"\x12\x05abc", message(entry())[:-3]])
def test_given_bytes_that_are_no_message_then_it_is_said(data: bytes) -> None:
    for reader in (entries, number_of_entries):
        with pytest.raises(MalformedEntriesError):
            reader(data)

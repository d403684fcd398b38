"""What is read of Envoy's messages."""

import pytest
from logged import START, entry, message

from ambassador.features.access_log import LIVE_FORMAT
from ambassador.traffic.wire import Logged, MalformedRecordsError, by_answer, logged, records


def read(text: bytes) -> Logged:
    (found,) = records(message(text))
    return logged(found)


def test_given_a_record_then_it_is_read() -> None:
    assert read(entry(path="/cart?x=1", flags="UF,URX", method="PROPFIND")) == Logged(
        time=START,
        method="PROPFIND",
        scheme="https",
        authority="shop.example.com",
        path="/cart?x=1",
        status=200,
        flags="UF,URX",
        details="via_upstream",
        milliseconds=12.345,
        backend="10.0.0.7:8080",
    )


def test_given_nothing_in_a_field_then_it_is_empty() -> None:
    assert read(entry(upstream_host="", flags="")).backend == ""
    nothing = {name: "" for name, _ in LIVE_FORMAT} | {"status": "0"}
    text = "\n".join(nothing[name] or "-" for name, _ in LIVE_FORMAT).encode()
    assert read(text) == Logged(START, "", "", "", "", 0, "", "", 0.0, "")
    assert list(by_answer(records(message(text)))) == [("", 0)]


def test_given_records_then_they_are_grouped_by_route_and_status() -> None:
    found = records(message(entry("a"), entry("b", 503), entry("a", path="/2"), entry("a", 503), entry("")))
    groups = {key: [logged(one).path for one in group] for key, group in by_answer(found).items()}
    assert groups == {("a", 200): ["/", "/2"], ("b", 503): ["/"], ("a", 503): ["/"], ("", 200): ["/"]}


def test_given_texts_that_are_no_utf8_then_only_they_are_harmed_and_no_shorter_than_their_bytes() -> None:
    data = message(entry(path="/AAAA"), entry(path="/ok")).replace(b"/AAAA", b"/\xff\xc3\xa4A")
    assert [logged(one).path for one in records(data)] == ["/\\xff\\xc3\\xa4A", "/ok"]


@pytest.mark.parametrize("number", [0, 1, 57])
def test_given_a_message_then_it_has_as_many_records_as_were_sent(number: int) -> None:
    assert len(records(message(*[entry()] * number))) == number


def test_given_several_messages_in_one_then_all_their_records_are_found() -> None:
    assert len(records(message(entry(), entry()) + message(entry()))) == 3
    assert records(b"") == ()


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x05abc", message(entry())[:-3]])
def test_given_bytes_that_are_no_message_then_it_is_said(data: bytes) -> None:
    with pytest.raises(MalformedRecordsError):
        records(data)


@pytest.mark.parametrize("text", [b"", b"a", b"a\n200", b"a\nx\nb", entry(status=200).replace(b"200", b"2x0")])
def test_given_a_text_in_another_format_then_it_is_said(text: bytes) -> None:
    with pytest.raises(MalformedRecordsError):
        by_answer(records(message(text)))


@pytest.mark.parametrize("text", [b"a\n200\nx", entry() + b"\nmore", entry(microseconds="1.5")])
def test_given_a_text_with_other_fields_then_it_is_said(text: bytes) -> None:
    found = records(message(text))
    assert by_answer(found)
    with pytest.raises(MalformedRecordsError):
        logged(found[0])

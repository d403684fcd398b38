import ipaddress
import re

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ambassador.model.values import (
    ServiceName,
    authority_pattern,
    authority_text,
    covers,
    glob_pattern,
    host_pattern,
    is_address,
    matches_host,
    overlaps,
    service_name,
    split_port,
)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a.test", "a.test"),
        (" A.Test. ", "a.test"),
        ("*", "*"),
        ("*.example.com", "*.example.com"),
        ("*-x.example.com", "*-x.example.com"),
        ("example.*", "example.*"),
        ("a.test:8080", "a.test:8080"),
        ("*.test:8080", "*.test:8080"),
        ("a_b.test", "a_b.test"),
        ("10.0.0.1", "10.0.0.1"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("[::1]:80", "[::1]:80"),
        ("", None),
        (".", None),
        ("*.a.*", None),
        ("a.*.test", None),
        ("*:8080", None),
        ("a..test", None),
        ("a b", None),
        ("-a.test", None),
        ("http://a.test", None),
        ("a.test/x", None),
    ],
)
def test_given_a_host_when_read_then_it_has_one_spelling_or_none(text: str, pattern: str | None) -> None:
    assert host_pattern(text) == pattern


@pytest.mark.parametrize(
    ("pattern", "other", "covered"),
    [
        ("*", "a.test", True),
        ("*", "*.test", True),
        ("*", "a.test:80", True),
        ("a.test", "a.test", True),
        ("a.test", "b.test", False),
        ("*.test", "a.test", True),
        ("*.test", "a.b.test", True),
        ("*.test", "*.b.test", True),
        ("*.test", ".test", False),
        ("*.test", "test", False),
        ("*.b.test", "*.test", False),
        ("a.*", "a.test", True),
        ("a.*", "a.b.*", True),
        ("a.*", "a.", False),
        ("a.*", "*.a.test", False),
        ("a.test", "a.test:80", True),
        ("a.test:80", "a.test", False),
        ("a.test:80", "a.test:81", False),
        ("*.test:80", "a.test:80", True),
        ("[::1]", "[::1]:80", True),
    ],
)
def test_given_two_patterns_then_one_covers_the_other_or_not(pattern: str, other: str, covered: bool) -> None:
    assert covers(pattern, other) is covered
    assert matches_host(pattern, other) is covered


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("*", "a.test", True),
        ("*.test", "a.test", True),
        ("*.test", "a.*", True),
        ("*.test", "b.*", True),
        ("*.a.test", "*.b.test", False),
        ("*.a.test", "*.test", True),
        ("a.*", "b.*", False),
        ("a.*", "a.b.*", True),
        ("a.test", "b.test", False),
        ("a.test:80", "a.test", True),
        ("a.test:80", "a.test:81", False),
        ("a.test:80", "*.test:80", True),
    ],
)
def test_given_two_patterns_then_they_have_hosts_in_common_or_not(one: str, other: str, common: bool) -> None:
    assert overlaps(one, other) is common
    assert overlaps(other, one) is common


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a.test", ("a.test", "")),
        ("a.test:80", ("a.test", "80")),
        ("[::1]", ("[::1]", "")),
        ("[::1]:80", ("[::1]", "80")),
    ],
)
def test_a_port_is_told_from_an_address(pattern: str, parts: tuple[str, str]) -> None:
    assert split_port(pattern) == parts


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("*.test", "a.test", True),
        ("*.test", "A.TEST:8080", True),
        ("*.test", ".test", False),
        ("*.test", "a-test", False),
        ("a.*", "a.test:1", True),
        ("a.test", "xa.test", False),
    ],
)
def test_given_a_glob_when_written_as_a_pattern_then_re2_agrees(pattern: str, host: str, matches: bool) -> None:
    found = re2.fullmatch(authority_pattern(glob_pattern(pattern)), host)
    assert bool(found) is matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (authority_pattern(re.escape("a-b.test")), ("a-b.test", True)),
        (authority_pattern("a[.]test|(b)"), ("a[.]test|(b)", False)),
        (authority_pattern(r"a\d"), (r"a\d", False)),
        (authority_pattern("a", ":80"), ("(?i:a):80", False)),
        ("a.*", ("a.*", False)),
    ],
)
def test_given_a_pattern_on_the_host_header_then_what_was_written_is_known_again(
    pattern: str, text: tuple[str, bool]
) -> None:
    assert authority_text(pattern) == text


def test_given_a_pattern_with_alternatives_when_the_port_is_added_then_it_belongs_to_all_of_them() -> None:
    pattern = authority_pattern("a|b", ":80")
    assert [bool(re2.fullmatch(pattern, host)) for host in ("a:80", "b:80", "a", "b:8")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("web", ServiceName("web")),
        ("web:80", ServiceName("web", 80)),
        ("Web.NS:80", ServiceName("web.ns", 80)),
        ("https://web.ns.svc.cluster.local:8443", ServiceName("web.ns.svc.cluster.local", 8443, "https")),
        ("HTTP://web/", ServiceName("web", None, "http")),
        ("127.0.0.1:9001", ServiceName("127.0.0.1", 9001)),
        ("[::1]:80", ServiceName("::1", 80)),
        ("example.com.", ServiceName("example.com.")),
        ("ftp://web", None),
        ("web:0", None),
        ("web:65536", None),
        ("web:http", None),
        ("web/path", None),
        ("", None),
        ("we b", None),
        ("user@web", None),
        ("127.1", None),
        ("0x7f.0.0.1", None),
        ("999.1.1.1", None),
    ],
)
def test_given_a_service_when_read_then_it_has_parts_or_is_malformed(text: str, service: ServiceName | None) -> None:
    assert service_name(text) == service


@pytest.mark.parametrize("text", ["web", "https://web.ns:8443", "[::1]:80", "http://[2001:db8::1]"])
def test_given_a_service_when_written_then_it_reads_the_same(text: str) -> None:
    assert str(service_name(text)) == text


@settings(deadline=None)
@given(
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){2,4}", fullmatch=True)
    | st.ip_addresses().map(str)
    | st.text(alphabet="0123456789abcdefg:.%-xé１", max_size=20)
)
@example("01.2.3.4")
@example("256.1.1.1")
@example("1.2.3.4\n")
@example("１.2.3.4")
@example("fe80::1%eth0")
@example("")
def test_given_any_text_then_it_is_an_address_exactly_when_python_reads_it_as_one(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not is_address(text)
    else:
        assert is_address(text)
        assert is_address(f"[{text}]")

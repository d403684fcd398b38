"""Which values are shown of a request or manifest, and which are not."""

from __future__ import annotations

import time

import pytest

from ambassador.model.sensitive import is_sensitive, shown, without_credentials


@pytest.mark.parametrize(
    "name",
    ["authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "x-api-key", "apiKey", "APIKEY", "x_api_keys"]
    + ["dbPassword", "DB_PASSWORD", "passwd", "pwd", "passwords", "passphrase", "accessToken", "tokens", "token2"]
    + ["secret", "x-shared-secret", "clientSecret", "secretKey", "SECRET_ACCESS_KEY", "private-key", "credentials"]
    + ["X-Amz-Signature", "sessionId", "JSESSIONID", "jwt"],
)
def test_given_a_telling_name_then_its_value_is_not_shown(name: str) -> None:
    assert is_sensitive(name)
    assert "hunter2" not in shown(name, "hunter2")
    assert "hunter2" not in without_credentials(f"/path?a=b&{name}=hunter2&c=d")


@pytest.mark.parametrize(
    "name", ["x-canary", "secretName", "token-url", "monkey", "x-key", "cookies-accepted", "password_file", "host", ""]
)
def test_given_any_other_name_then_its_value_is_shown(name: str) -> None:
    assert not is_sensitive(name)
    assert shown(name, "yes") == "yes"


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("cookie", "a=hunter2; b=hunter2", "a=[redacted]; b=[redacted]"),
        ("Cookie", ".*session=hunter2.*", "[redacted]"),
        ("cookie", "hunter2", "[redacted]"),
        ("authorization", "", ""),
        ("x-any", "Bearer hunter2", "Bearer [redacted]"),
        ("referer", "https://a.test/?token=hunter2&x=1", "https://a.test/?token=[redacted]&x=1"),
    ],
)
def test_given_a_header_then_as_much_of_it_is_shown_as_may_be(name: str, value: str, seen: str) -> None:
    assert shown(name, value) == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("redis://:pw@h", "redis://[redacted]@h"),
        ("https://ghp_abc@host/x", "https://[redacted]@host/x"),
        ("https://me:p@ss@host/", "https://[redacted]@host/"),
        ("https://host/me@home", "https://host/me@home"),
        ("http://h/?access_token=abc", "http://h/?access_token=[redacted]"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("ghp_0123456789abcdefghij", "[redacted]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[redacted]"),
        ("Basic auth", "Basic auth"),
    ],
)
def test_given_what_looks_like_a_credential_then_it_is_taken_out(text: str, seen: str) -> None:
    assert without_credentials(text) == seen
    assert without_credentials(seen) == seen


@pytest.mark.parametrize("part", ["token", "a-", "x://", "?a", "secret_", "1", "eyJ.", "&", "api-"])
def test_given_a_very_long_text_then_judging_it_costs_little(part: str) -> None:
    started = time.process_time()
    without_credentials(part * 20_000)
    is_sensitive(part * 20_000 + "!")
    assert time.process_time() - started < 5

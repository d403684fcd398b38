"""Of a path only what is no secret is shown."""

import base64
import json
import random
import re
import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.traffic.redact import HIDDEN, LONGEST, redacted_authority, redacted_path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "*",
        "/cart/items/12345",
        "/api/v1/namespaces/kube-system/pods",
        "/blog/2024/05/kubernetes-1-27-release-notes",
        "/my.package.AuthenticationService/GetUserByIdentifier",
        "/static/js/main.chunk.js",
        "/@scope/package",
        "/caf%C3%A9/men%C3%BC",
        "/token/refresh",
        "/a-very-long-title-of-an-article-about-something-else",
    ],
)
def test_given_an_ordinary_path_then_it_is_shown_as_it_is(path: str) -> None:
    assert redacted_path(path) == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/a?token=secret&x=1", "/a?token=…&x=…"),
        ("/a?flag&empty=&=v", "/a?…&empty=…&=…"),
        ("/a?abc123secret", "/a?…"),
        ("/a?&&x=1", "/a?&&x=…"),
        ("/a?x=a=b?c", "/a?x=…"),
        ("/a?deadbeefdeadbeef01", "/a?…"),
        ("/a?", "/a?"),
        ("/a;jsessionid=abc;v=1/b", "/a;jsessionid=…;v=…/b"),
        ("/user=bob/x", "/user=…/x"),
        ("/a#access", "/a#…"),
        ("/a%3Ftoken%3Dabc", "/…"),
        ("/reset/k3y9/done", "/reset/…/done"),
        ("/api-key/4711", "/api-key/…"),
        ("/users/bob@example.com/", "/users/…/"),
        ("/users/bob%40example.com", "/users/…"),
        ("/pay/4111-1111-1111-1111", "/pay/…"),
        ("/call/+49 170 1234567", "/call/…"),
    ],
)
def test_given_values_and_what_looks_like_a_secret_then_it_is_hidden(path: str, shown: str) -> None:
    assert redacted_path(path) == shown


def jwt(data: bytes) -> str:
    parts = [json.dumps({"alg": "HS256"}).encode(), json.dumps({"sub": data.hex()[:10]}).encode(), data]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


MAKERS: list[Callable[[bytes], str]] = [
    bytes.hex,
    lambda data: data.hex().upper(),
    lambda data: str(uuid.UUID(bytes=data[:16])),
    lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    lambda data: base64.b32encode(data).decode().rstrip("=").lower(),
    lambda data: f"ghp_{base64.b64encode(data, b'xy').decode().rstrip('=')}",
    jwt,
]
# Bytes as a generator of tokens gives them: all zeros are no secret.
RANDOM = st.integers(0, 2**32).map(lambda seed: random.Random(seed).randbytes(24))
# The rules are rules of thumb: one token in a hundred thousand looks like a name.
ALWAYS_THE_SAME = settings(derandomize=True, deadline=None)
WORDS = st.lists(st.sampled_from(["api", "v1", "users", "42", "a.b", "", "x-y"]), max_size=4)


@pytest.mark.parametrize("maker", MAKERS)
@ALWAYS_THE_SAME
@given(RANDOM, WORDS, WORDS, st.booleans())
def test_given_a_random_secret_as_an_element_then_it_is_never_shown(
    maker: Callable[[bytes], str], data: bytes, before: list[str], after: list[str], encoded: bool
) -> None:
    secret = maker(data)
    written = "".join(f"%{ord(letter):02x}" for letter in secret) if encoded else quote(secret)
    shown = redacted_path("/" + "/".join([*before, written, *after]))
    assert shown == "/" + "/".join([*before, HIDDEN, *after])


@ALWAYS_THE_SAME
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text("QXZ019%=?/", min_size=3), max_size=5))
def test_given_query_values_then_none_is_shown(values: dict[str, str]) -> None:
    query = "&".join(f"{name}={value}" for name, value in values.items())
    shown = redacted_path(f"/path?{query}")
    assert not re.search("[QXZ019%]", shown)
    assert all(f"{name}={HIDDEN}" in shown for name in list(values)[: 5 if len(query) < LONGEST - 10 else 0])


@ALWAYS_THE_SAME
@given(st.text(max_size=3 * LONGEST))
def test_given_any_text_then_what_is_shown_is_short_and_is_the_same_twice(text: str) -> None:
    shown = redacted_path(text)
    assert len(shown) <= 3 * LONGEST
    assert redacted_path(text) == shown


@pytest.mark.parametrize("lead", range(LONGEST - 60, LONGEST + 5))
@pytest.mark.parametrize("joint", ["/", "?a=1&token="])
def test_given_a_secret_at_the_place_where_a_path_is_cut_then_no_part_of_it_is_shown(lead: int, joint: str) -> None:
    secret = "0123456789abcdef" * 4
    shown = redacted_path("/" + "/word" * (lead // 5) + joint + secret)
    assert not re.search("[0-9]", shown)
    assert shown.endswith(HIDDEN)


def test_given_an_authority_then_credentials_in_it_are_hidden() -> None:
    assert redacted_authority("shop.example.com:8080") == "shop.example.com:8080"
    assert redacted_authority("bob:hunter2@shop.example.com") == "…@shop.example.com"
    assert redacted_authority("a" * 254) == "…"


@pytest.mark.parametrize("size", [16, 24, 32, 48])
@pytest.mark.parametrize("maker", MAKERS)
def test_given_many_tokens_as_programs_make_them_then_they_are_hidden(maker: Callable[[bytes], str], size: int) -> None:
    dice = random.Random(size)
    made = [maker(dice.randbytes(size)) for _ in range(1000)]
    assert [one for one in made if redacted_path(f"/x/{quote(one)}/y") != "/x/…/y"] == []

"""Questions with curl's semantics: what is sent, and one sentence for what cannot be."""

import pytest

from ambassador.errors import UsageError
from ambassador.explain.asking.understand import METHODS, BadRequest, Question, remarks, understand

CURL = (("user-agent", "curl/8.14.1"), ("accept", "*/*"))


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("http://shop.example.com", "http", "shop.example.com", None, "/"),
        ("https://Shop.Example.com:8443/Cart?x=1#top", "https", "shop.example.com", 8443, "/Cart?x=1"),
        ("HTTP://h/", "http", "h", None, "/"),
        ("shop.example.com/cart", "http", "shop.example.com", None, "/cart"),
        ("localhost:8080/x", "http", "localhost", 8080, "/x"),
        ("http:/h/x", "http", "h", None, "/x"),
        ("http:///h/x", "http", "h", None, "/x"),
        ("http://h?q=/../a", "http", "h", None, "/?q=/../a"),
        ("http://h:/x", "http", "h", None, "/x"),
        ("http://h:0080/x", "http", "h", 80, "/x"),
        ("  http://h/x \n", "http", "h", None, "/x"),
        ("http://bücher.example/", "http", "xn--bcher-kva.example", None, "/"),
        ("http://Straße.example/", "http", "xn--strae-oqa.example", None, "/"),
        ("http://ｈ。example/", "http", "h.example", None, "/"),
        ("http://💩.example/", "http", "xn--ls8h.example", None, "/"),
        ("http://h%2Eexample/", "http", "h.example", None, "/"),
        ("http://a_b.example./x", "http", "a_b.example.", None, "/x"),
        ("http://127.1/", "http", "127.0.0.1", None, "/"),
        ("http://0x7f.0.0.1/", "http", "127.0.0.1", None, "/"),
        ("http://１２７.1/", "http", "127.0.0.1", None, "/"),
        ("http://[2001:DB8:0::1]:80/x", "http", "[2001:db8::1]", 80, "/x"),
        ("http://[fe80::1%25eth0]/", "http", "[fe80::1]", None, "/"),
        ("http://h/a/./b/../c", "http", "h", None, "/a/c"),
        ("http://h/a/b/..", "http", "h", None, "/a/"),
        ("http://h/a/%2e%2E/b/%2e", "http", "h", None, "/b/"),
        ("http://h/../..//x", "http", "h", None, "//x"),
        ('http://h/"<>^`{|}\\', "http", "h", None, '/"<>^`{|}\\'),
    ],
)
def test_given_a_url_then_it_is_taken_apart_as_curl_does(
    url: str, scheme: str, host: str, port: int | None, path: str
) -> None:
    request = understand(Question(url))
    assert (request.scheme, request.host, request.port, request.path) == (scheme, host, port, path)
    assert remarks(Question(url)) == ()


@pytest.mark.parametrize(
    ("url", "authority", "server_name"),
    [
        ("http://h/", "h", ""),
        ("http://h:80/", "h", ""),
        ("http://h:443/", "h:443", ""),
        ("https://h/", "h", "h"),
        ("https://h:443/", "h", "h"),
        ("https://H.example.:8443/", "h.example.:8443", "h.example"),
        ("https://10.0.0.1:8443/", "10.0.0.1:8443", ""),
        ("https://[::1]/", "[::1]", ""),
    ],
)
def test_host_header_and_server_name_are_those_of_the_url(url: str, authority: str, server_name: str) -> None:
    request = understand(Question(url))
    assert (request.authority, request.server_name) == (authority, server_name)


def test_given_a_host_header_then_it_wins_over_the_url_but_not_for_the_server_name() -> None:
    request = understand(Question("https://h:8443/", headers=("Host: Shop.example:1", "host: other")))
    assert (request.authority, request.server_name, request.host) == ("Shop.example:1", "h", "h")
    assert request.headers == CURL


@pytest.mark.parametrize(
    ("lines", "headers"),
    [
        ((), CURL),
        (("X-Canary:  yes \t", "x-canary:no"), (*CURL, ("x-canary", "yes"), ("x-canary", "no"))),
        (("Accept: text/html",), (CURL[0], ("accept", "text/html"))),
        (("user-agent:", "accept:", "nothing:"), ()),
        (("x-empty;", "accept;"), (CURL[0], ("x-empty", ""), ("accept", ""))),
        (("x: a:b;c", "y:\tgrün\xa0"), (*CURL, ("x", "a:b;c"), ("y", "grün\xa0"))),
    ],
)
def test_headers_are_written_as_for_curl_which_adds_its_own(lines: tuple[str, ...], headers: tuple) -> None:
    assert understand(Question("http://h", headers=lines)).headers == headers


@pytest.mark.parametrize(
    ("url", "lines", "authorization"),
    [
        ("http://me:p%40ss@h/", (), ["Basic bWU6cEBzcw=="]),
        ("http://me@h/", (), ["Basic bWU6"]),
        ("http://me:pw@h/", ("Authorization: Bearer t",), ["Bearer t"]),
        ("http://@h/", (), []),
    ],
)
def test_given_a_user_in_the_url_then_it_is_a_header_unless_one_is_given(
    url: str, lines: tuple[str, ...], authorization: list[str]
) -> None:
    request = understand(Question(url, headers=lines))
    assert [value for name, value in request.headers if name == "authorization"] == authorization
    assert "@" not in request.url


def test_given_a_path_as_it_is_then_its_dots_stay() -> None:
    assert understand(Question("http://h/a/../b", path_as_is=True)).path == "/a/../b"
    assert understand(Question("http://h", path_as_is=True)).path == "/"


@pytest.mark.parametrize(
    ("url", "path", "note"),
    [
        ("http://h/ä?ö=💥", "/%C3%A4?%C3%B6=%F0%9F%92%A5", "percent-encoded as UTF-8"),
        ("http://h/%zz", "/%zz", "%25 stands for %"),
        ("http://h/100%", "/100%", "%25 stands for %"),
    ],
)
def test_given_a_path_that_is_sent_otherwise_or_oddly_then_a_note_says_so(url: str, path: str, note: str) -> None:
    assert understand(Question(url)).path == path
    (sentence,) = remarks(Question(url))
    assert note in sentence


@pytest.mark.parametrize(
    ("given", "client"), [("", "127.0.0.1"), ("10.0.0.7", "10.0.0.7"), ("[2001:DB8::1]", "2001:db8::1")]
)
def test_the_client_is_an_address(given: str, client: str) -> None:
    assert understand(Question("http://h", client=given)).client == client


def test_every_method_of_the_http_parser_is_understood_but_connect() -> None:
    for method in METHODS - {"CONNECT"}:
        assert understand(Question("http://h", method=method)).method == method
    assert understand(Question("http://h")).method == "GET"


def test_given_as_much_as_is_looked_at_then_it_is_understood_and_not_one_more() -> None:
    line, rest = len("GET /docs/x HTTP/1.1\r\n"), len("host: h\r\nx: \r\n")
    value = "y" * (1024 * 1024 - line - rest)
    bare = ("user-agent:", "accept:")
    assert understand(Question("http://h/docs/x", headers=(*bare, f"x: {value}"))).headers == (("x", value),)
    with pytest.raises(BadRequest, match="1048577 bytes"):
        understand(Question("http://h/docs/x", headers=(*bare, f"x: {value}y")))
    assert len(understand(Question("http://h", headers=(*bare, *("x: y",) * 200))).headers) == 200


WRONG = [
    (Question(""), "there is no URL"),
    (Question(" \n"), "there is no URL"),
    (Question("http://"), "no host"),
    (Question("https:////x"), "does not begin with"),
    (Question("://h"), "does not begin with"),
    (Question("/cart"), "no host: write http://HOST/PATH"),
    (Question("http://?x"), "no host"),
    (Question("http://:80/"), "no host"),
    (Question("ftp://h/"), 'the scheme "ftp" is not one of http and https'),
    (Question("wss://h/"), "write https:// and the header upgrade: websocket"),
    (Question("http://h/a b"), "write %20"),
    (Question("http://a b/"), "write %20"),
    (Question("http://h/a\tb"), "a tab as %09"),
    (Question("http://h/\x00"), "control character"),
    (Question("http://h/\udcff"), "no UTF-8"),
    (Question("http://h/" + "a" * 20_000), "longer than 16 KiB"),
    (Question("http://h/" + "x" * 100_000), "longer than 16 KiB"),
    (Question("http://h/" + "ä" * 8_000), "longer than 16 KiB once it is percent-encoded"),
    (Question("http://h:0/"), "no number from 1 to 65535"),
    (Question("http://h:65536/"), "no number from 1 to 65535"),
    (Question("http://h:٨٠/"), "no number from 1 to 65535"),
    (Question("http://h:" + "9" * 5000), "no number from 1 to 65535"),
    (Question("http://a,b/"), 'the host "a,b" holds a character'),
    (Question("http://<script>/"), 'the host "<script>" holds a character'),
    (Question("http://a..b/"), "nothing between two of its dots"),
    (Question("http://./"), "nothing between two of its dots"),
    (Question("http://" + "a" * 64 + ".example/"), "63 between dots"),
    (Question("http://" + "a.b" * 100), "at most 253 characters"),
    (Question("http://" + "ä" * 300), "longer than 253 characters"),
    (Question("http://ü-.example/"), "no international name"),
    (Question("http://\u202e.example/"), "no international name"),
    (Question("http://%FF/"), "no UTF-8"),
    (Question("http://1.2.3.999/"), "no IPv4 address"),
    (Question("http://[::g]/"), "no IPv6 address"),
    (Question("http://[::1/"), "no IPv6 address"),
    (Question("http://[::1]x/"), "no IPv6 address"),
    (Question("http://h", method="get"), "write GET"),
    (Question("http://h", method="FETCH"), "none that Envoy's HTTP/1 parser knows"),
    (Question("http://h", method="A B"), "write one word"),
    (Question("http://h", method="CONNECT"), "a tunnel"),
    (Question("http://h", headers=("x",)), "write name: value"),
    (Question("http://h", headers=("",)), "write name: value"),
    (Question("http://h", headers=("x y: z",)), 'the header name that begins with "x" is none'),
    (Question("http://h", headers=("ä: z",)), "the header name"),
    (Question("http://h", headers=("x : z",)), "the header name"),
    (Question("http://h", headers=("Authorization=Bearer s3cret",)), 'header "Authorization" has no colon'),
    (Question("http://h", headers=("Authorization=Bearer s3cret:0",)), 'that begins with "Authorization" is none'),
    (Question("http://h", headers=("Authorization Bearer s3cret",)), 'header "Authorization" has no colon'),
    (Question("http://h", headers=(":authority=s3cret: x",)), '":authority" is no header'),
    (Question("http://h", headers=("t" * 50,)), f'header "{"t" * 40}" has no colon'),
    (Question("http://h", headers=(":path: /",)), '":path" is no header that can be given'),
    (Question("http://h", headers=("x: a\r\ny: b",)), "line break"),
    (Question("http://h", headers=("x: a\x00",)), "control character"),
    (Question("http://h", headers=("x: a\n",)), "line break"),
    (Question("http://h", headers=("x: \udcff",)), "no UTF-8"),
    (Question("http://h", headers=("host:",)), "empty or left out"),
    (Question("http://h", headers=("host;",)), "empty or left out"),
    (Question("http://h", headers=("host: a b",)), 'the Host header "a b" is no host'),
    (Question("http://h", headers=("host: bücher",)), "xn--"),
    (Question("http://h", headers=("x: " + "y" * 1_048_560,)), "1 MiB is the most"),
    (Question("http://h", method="M-SEARCH"), "none that Envoy's HTTP/1 parser knows"),
    (Question("http://h", client="localhost"), '"localhost" is no IP address'),
    (Question("http://h", client="fe80::1%eth0"), "leave out what follows %"),
]


@pytest.mark.parametrize(("question", "says"), WRONG, ids=[says for _, says in WRONG])
def test_given_what_cannot_be_sent_then_one_sentence_says_what_to_write(question: Question, says: str) -> None:
    with pytest.raises(BadRequest) as raised:
        understand(question)
    sentence = str(raised.value)
    assert says in sentence
    assert "s3cret" not in sentence
    assert sentence.isprintable()
    assert len(sentence) < 250
    assert isinstance(raised.value, UsageError)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:s3cret@a@h/",
        "http://me:s3cret/x@h",
        "//me:s3cret@h",
        "https:////me:s3cret@h/",
        "http://me:s3cret@a b/",
    ],
)
def test_given_a_wrong_url_with_a_password_then_the_sentence_does_not_show_it(url: str) -> None:
    with pytest.raises(BadRequest) as raised:
        understand(Question(url))
    assert "s3cret" not in str(raised.value)

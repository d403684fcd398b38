"""Whatever is pasted: a request that can be sent, or one sentence that says why not; and curl lines lead back."""

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ambassador.explain.asking import shell_words
from ambassador.explain.asking.curl import asked, from_curl
from ambassador.explain.asking.curl_options import LETTERS, SWITCHES, WITH_VALUE
from ambassador.explain.asking.question import BadRequest, Question
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.asking.understand import METHODS, remarks, understand
from ambassador.explain.request import Request
from ambassador.model.sensitive import is_sensitive

TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
ODD = st.text(st.sampled_from("aZ09:/?#@%.[]\\'\"$^` \t\r\n-;,&|<>(){}=+~_éß\u202e\x00\x7f\ud800💥。１"), max_size=30)
PARTS = st.sampled_from(
    [
        "http://",
        "https://",
        "HTTP:/",
        "//",
        "/",
        "user:pass@",
        "shop.example",
        "xn--",
        "münchen",
        "127.1",
        "[::1]",
        "[",
        "%",
    ]
    + [":80", ":", ":99999", "/a/../b", "/./", "?x=1", "#f", "%zz", "%2e", "%C3%A4", "ä", " ", "\x00", ".", "@", "é"]
)
URLS = st.lists(PARTS | ODD, max_size=6).map("".join)
WORDS = st.sampled_from(
    [
        "curl",
        "-H",
        "x: y",
        "'x: y'",
        "-X",
        "POST",
        "-d",
        "@file",
        "-sSkv",
        "--",
        "-",
        "--next",
        "--fly",
        "$'\\x41",
        "$'\\ud800'",
    ]
    + [
        "http://h/x",
        "'http://h/[1-2]?a&b'",
        "|",
        ";",
        "&",
        ">",
        "2>&1",
        "\\\n",
        "\n",
        "^\n",
        '^"',
        "'",
        '"',
        "#",
        "$X",
        "`",
    ]
    + [f"--{name}" for name in sorted(WITH_VALUE | SWITCHES)]
    + [f"-{letter}" for letter in sorted(LETTERS)]
)
LINES = st.lists(WORDS | ODD, max_size=12).map(lambda words: "curl " + " ".join(words))
NAMES = st.from_regex(TOKEN, fullmatch=True).filter(lambda name: len(name) < 30 and not is_sensitive(name))
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30)
HEADERS = st.one_of(
    st.builds("{}: {}".format, NAMES | st.sampled_from(["accept", "user-agent", "x"]), VALUES),
    st.sampled_from(["accept:", "accept: */*", "user-agent;", "user-agent: curl/8.14.1", "host: b.example:81", "x;"]),
)
HOSTS = st.sampled_from(["shop.example", "Shop.Example.", "10.0.0.1", "[2001:db8::1]", "bücher.example", "a_b"])
PATHS = st.lists(
    st.sampled_from(["/", "/a", "/..", "/.", "/%2e", "/é", "//", "/{b}", "/[1-2]", "?c=d", "&e='f'", "$g", "!"])
)
QUESTIONS = st.builds(
    Question,
    url=st.builds(
        "{}://{}{}/{}".format,
        st.sampled_from(["http", "https"]),
        HOSTS,
        st.sampled_from(["", ":80", ":443", ":8080"]),
        PATHS.map("".join),
    ),
    method=st.sampled_from(["", *sorted(METHODS - {"CONNECT"})]),
    headers=st.lists(HEADERS, max_size=4).map(tuple),
    path_as_is=st.booleans(),
)


def assert_can_be_sent(request: Request) -> None:
    assert request.scheme in ("http", "https")
    assert re.fullmatch(r"[a-z0-9._~-]+|\[[0-9a-f:.]+\]", request.host), request.host
    assert request.port is None or 0 < request.port < 65536
    assert re.fullmatch(r"/[!-\"$-~]*", request.path), request.path
    assert request.method in METHODS
    assert re.fullmatch(r"[!-~]+", request.authority)
    assert re.fullmatch(r"[a-z0-9._~-]*", request.server_name)
    for name, value in request.headers:
        assert TOKEN.fullmatch(name)
        assert value == value.strip(" \t")
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]", value)


def answered(text: str, headers: tuple[str, ...] = ()) -> None:
    """Understands a text all the way, there and back."""
    try:
        question = asked(text, headers=headers).question
        request = understand(question)
    except BadRequest as error:
        assert str(error).isprintable()
        assert len(str(error)) < 300
        return
    assert_can_be_sent(request)
    assert all(note.isprintable() for note in remarks(question))
    line = to_curl(request)
    assert "\n" not in line
    assert_can_be_sent(understand(from_curl(line).question))


@given(URLS, st.lists(ODD, max_size=2).map(tuple))
def test_given_any_url_then_it_is_a_request_that_can_be_sent_or_refused_in_a_sentence(
    url: str, headers: tuple[str, ...]
) -> None:
    answered(url, headers)


@given(LINES | st.text(max_size=60).map("curl ".__add__))
def test_given_any_curl_line_then_it_is_a_request_that_can_be_sent_or_refused_in_a_sentence(line: str) -> None:
    answered(line)


@given(st.text())
def test_given_any_text_then_reading_it_as_a_curl_line_raises_nothing_but_a_bad_request(text: str) -> None:
    try:
        understood = from_curl(text)
    except BadRequest:
        return
    assert understood.question.url is not None


@given(QUESTIONS)
def test_given_a_request_then_its_curl_line_asks_for_that_very_request(question: Question) -> None:
    try:
        request = understand(question)
    except BadRequest:
        assume(False)
        return
    understood = from_curl(to_curl(request))
    assert understand(understood.question) == request
    assert understood.notes == ()


@given(QUESTIONS, st.sampled_from(["", "127.0.0.1:8443", "[::1]:8080"]))
def test_given_a_request_then_a_shell_reads_its_curl_line_as_words(question: Question, listener: str) -> None:
    try:
        request = understand(question)
    except BadRequest:
        assume(False)
        return
    split = shell_words.split(to_curl(request, listener))
    assert split.words[0] == "curl"
    assert split.words[-1] == request.url
    assert (f"::{listener}" in split.words) == bool(listener)
    assert split.notes == ()


@pytest.mark.parametrize("piece", ["\n", "-d a ", "--zz a ", "a;", "${", "\\ ", "$a ", "'a'", "\ncurl", "`"])
def test_given_a_long_hostile_line_then_reading_it_takes_no_more_than_time_in_proportion(piece: str) -> None:
    line = "curl http://h " + piece * (120_000 // len(piece))
    began = time.process_time()
    answered(line)
    assert time.process_time() - began < 8

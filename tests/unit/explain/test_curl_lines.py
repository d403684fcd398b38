"""Pasted curl lines: which request they send, what of them is not used, and a request written as a line of curl."""

import pytest

from ambassador.explain.asking import curl_options, shell_words
from ambassador.explain.asking.curl import asked, from_curl
from ambassador.explain.asking.question import BadRequest, Question
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.asking.understand import understand
from ambassador.explain.request import Request

CURL_HEADERS = (("user-agent", "curl/8.14.1"), ("accept", "*/*"))
FORM = "content-type: application/x-www-form-urlencoded"

CHROME = r"""curl 'https://shop.example.com/cart?x=1' \
  -X 'POST' \
  -H 'accept: application/json' \
  -H $'x-say: it\'s \u0021 \xc3\xa4' \
  -b 'session=abc; beta=1' \
  --data-raw $'{"a":"b\nc"}' \
  --compressed ;
curl 'https://cdn.example.com/app.js' -X DELETE"""

CMD = r"""curl ^"https://h/a?b=^%^7Bc^&d^" ^
  -H ^"x-json: ^{^\^"a^\^":1^}^" ^
  --insecure"""

OLD_CMD = 'curl "https://h/a?b=1&c=2" ^\r\n  -H "x: \\"y\\"" ^\r\n  --compressed'


def request_of(line: str) -> Request:
    return understand(from_curl(line).question)


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("curl http://h", Question("http://h")),
        ("$ curl http://h", Question("http://h")),
        ("user@host:~/x$ curl http://h", Question("http://h")),
        ("[root@host ~]# /usr/bin/curl http://h", Question("http://h")),
        (r"PS C:\> curl.exe http://h", Question("http://h")),
        ("curl \\\n  -H 'a: b' \\\n> http://h", Question("http://h", headers=("a: b",))),
        ("curl `\n  -H 'a: b' `\r\n  http://h", Question("http://h", headers=("a: b",))),
        ("curl -H 'a: b' \\  \n http://h", Question("http://h", headers=("a: b",))),
        ("curl -XPUT -sSkvL http://h", Question("http://h", "PUT")),
        ("curl -sSkvXPUT http://h", Question("http://h", "PUT")),
        ("curl --request PUT --request=PATCH http://h", Question("http://h", "PATCH")),
        ("curl -H'a: b' --header 'c;' --header=d: http://h", Question("http://h", headers=("a: b", "c;", "d:"))),
        ("curl -I http://h", Question("http://h", "HEAD")),
        ("curl -d a=b --data-raw @c http://h", Question("http://h", "POST", (FORM,))),
        ("curl -d a=b -X PUT -H 'Content-Type: x/y' http://h", Question("http://h", "PUT", ("Content-Type: x/y",))),
        ("curl -d '' http://h", Question("http://h", "POST", ("content-length: 0", FORM))),
        ("curl -d a=b -d c -G 'http://h/?x'", Question("http://h/?x&a=b&c")),
        ("curl -G --data-urlencode 'q=a b&c' http://h/#f", Question("http://h/?q=a+b%26c#f")),
        ("curl -G --data-urlencode '=a b' --data-urlencode ü http://h/", Question("http://h/?a+b&%C3%BC")),
        ("curl --url-query 'a=b c' --url-query '+d&e' http://h/", Question("http://h/?a=b+c&d&e")),
        ("curl --json '{}' h", Question("h", "POST", ("accept: application/json", "content-type: application/json"))),
        ("curl -u me:pw http://h", Question("http://h", headers=("authorization: Basic bWU6cHc=",))),
        ("curl -u me http://h", Question("http://h", headers=("authorization: Basic bWU6",))),
        ("curl --oauth2-bearer t -u me:pw h", Question("h", headers=("authorization: Bearer t",))),
        ("curl -A me -e 'http://r;auto' h", Question("h", headers=("user-agent: me", "referer: http://r"))),
        ("curl -A '' h", Question("h", headers=("user-agent: ",))),
        ("curl -A me -H 'User-Agent: you' h", Question("h", headers=("User-Agent: you",))),
        ("curl -b a=b -b c=d h", Question("h", headers=("cookie: a=b;c=d",))),
        ("curl -r 0-5 h", Question("h", headers=("range: bytes=0-5",))),
        ("curl -T some/file.txt http://h/dir/", Question("http://h/dir/file.txt", "PUT")),
        ("curl -T 'a b' http://h?x/#y", Question("http://h/a%20b?x/#y", "PUT")),
        ("curl -T file h/x?y", Question("h/x?y", "PUT")),
        ("curl -T - http://h", Question("http://h", "PUT")),
        ("curl --interface 10.0.0.7 h", Question("h", client="10.0.0.7")),
        ("curl --haproxy-clientip ::1 h", Question("h", client="::1")),
        ("curl --path-as-is http://h/..", Question("http://h/..", path_as_is=True)),
        ("curl --request-target /b http://h/a", Question("http://h/a", target="/b")),
        ("curl --http1.1 https://h", Question("https://h", http1=True)),
        ("curl -o -H -w '%{http_code}' -m 10 --max-time=3 --url h", Question("h")),
        ("curl -o out -- h", Question("h")),
        ("curl -sSo /dev/null -w '%{http_code}\\n' h 2>&1 >> log", Question("h")),
        ("curl 2>&1 h", Question("h")),
        ("curl h # -X PUT", Question("h")),
        ("curl --no-buffer --no-keepalive h", Question("h")),
        ("curl --retry-conn --connect-time 3 h", Question("h")),
        ("curl --expand-header 'a: b' h", Question("h", headers=("a: b",))),
        ('curl "http://h/\\"a\\$b\\c"', Question('http://h/"a$b\\c')),
        ("curl http://h/a'b'\"c\"\\d$'\\x65\\146'", Question("http://h/abcdef")),
        (CMD, Question("https://h/a?b=%7Bc&d", headers=('x-json: {"a":1}',))),
        (OLD_CMD, Question("https://h/a?b=1&c=2", headers=("accept-encoding: deflate, gzip, br, zstd", 'x: "y"'))),
    ],
)
def test_given_a_curl_line_then_it_is_the_question_that_curl_asks(line: str, question: Question) -> None:
    understood = from_curl(line)
    assert understood.question == question
    assert understood.notes == ()


def test_given_what_a_browser_copies_then_the_first_request_is_understood() -> None:
    request = request_of(CHROME)
    assert (request.method, request.url) == ("POST", "https://shop.example.com/cart?x=1")
    headers = dict(request.headers)
    assert headers["accept"] == "application/json"
    assert headers["x-say"] == "it's ! ä"
    assert headers["cookie"] == "session=abc; beta=1"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert from_curl(CHROME).notes == ()


def test_given_a_form_then_it_is_posted_as_one() -> None:
    request = request_of("curl -F a=b h")
    assert request.method == "POST"
    assert dict(request.headers)["content-type"].startswith("multipart/form-data; boundary=")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("curl --resolve h:443:127.0.0.1 https://h", "--resolve: the address does not count"),
        ("curl --connect-to ::127.0.0.1:80 https://h", "--connect-to: the address does not count"),
        ("curl -x http://proxy:3128 http://h", "-x is ignored"),
        ("curl --proxy=http://proxy:3128 http://h", "--proxy is ignored"),
        ("curl --digest -u me:pw http://h", "--digest is ignored"),
        ("curl --fly http://h", "--fly is no option of curl that is known here"),
        ("curl --fly away http://h", "--fly is no option of curl that is known here"),
        ("curl --fly=away http://h", "--fly is no option of curl that is known here"),
        ("curl -s? http://h", "-? is no option of curl that is known here"),
        ("curl --re PUT http://h", "--re is no option of curl that is known here"),
        ("curl http://h http://b", "of 2 URLs only the first"),
        ("curl http://h --next -X PUT http://b", "what follows --next"),
        ("curl 'http://h' | jq .", "what follows | is not looked at"),
        ("curl http://h && echo", "what follows && is not looked at"),
        ("curl http://h & b=2", "a shell ends the command at &"),
        ("curl http://h\ncurl -X PUT http://b", "only the first of several commands"),
        ("kubectl exec pod -- curl http://h", "what stands in front of curl is ignored"),
        ("curl -H \"x: $TOKEN\" -H 'x:' http://h", '"$TOKEN" is taken as it stands'),
        ("curl -H x:$(cat token) -H 'x:' http://h", '"$(cat token)" is taken as it stands'),
        ("curl -H @file http://h", '-H "@file" is ignored'),
        ("curl -H novalue http://h", '-H "novalue" is ignored'),
        ("curl -b jar.txt http://h", "-b: the cookies of a file are not read"),
        ("curl -H 'Authorization=Bearer s3cret' h", '-H "Authorization" is ignored: it is not written as name: value'),
        ("curl -G -d @file http://h", "-d: the query lacks what is in a file"),
        ("curl --interface eth0 http://h", '--interface "eth0" is ignored'),
        ("curl -g -K file http://h", "-K is ignored"),
    ],
)
def test_given_what_is_not_used_then_it_is_named_and_the_rest_is_understood(line: str, note: str) -> None:
    understood = from_curl(line)
    (sentence,) = understood.notes
    assert sentence.startswith(note)
    assert understand(understood.question).url in ("http://h/", "https://h/", "http://h/?")
    assert understand(understood.question).method == "GET"


def test_given_braces_or_ranges_then_they_are_taken_as_they_stand() -> None:
    for url in ("http://h/{a,b}", "http://h/[1-3]"):
        (note,) = from_curl(f"curl '{url}'").notes
        assert note.startswith("curl would ask several URLs")
        assert from_curl(f"curl -g '{url}'").notes == ()
    assert from_curl("curl 'http://[::1]/?a[]=1&b[0]=2'").notes == ()


def test_given_very_many_things_that_are_not_used_then_a_few_are_named() -> None:
    notes = from_curl("curl http://h " + " ".join(f"--fly{number}" for number in range(500))).notes
    assert len(notes) == 12
    assert notes[-1] == "489 more of that kind"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "no curl command line"),
        ("wget http://h", "no curl command line"),
        ("curl", "the curl line has no URL"),
        ("curl -v", "the curl line has no URL"),
        ("curl http://h -H", "-H stands at the end"),
        ("curl http://h --data", "--data stands at the end"),
        ("curl 'http://h", "the quote ' in the command line is not closed"),
        ('curl "http://h\\"', 'the quote " in the command line is not closed'),
        ("curl $'http://h", "the quote $' in the command line is not closed"),
        ("curl " + "x" * 200_000, "longer than 128 KiB"),
    ],
)
def test_given_a_line_that_asks_nothing_then_a_sentence_says_why(line: str, says: str) -> None:
    with pytest.raises(BadRequest) as raised:
        from_curl(line)
    assert says in str(raised.value)


def test_given_options_besides_a_curl_line_then_they_win_over_it() -> None:
    understood = asked("curl -X PUT -H 'a: b' -A me http://h", "PATCH", ("A: c", "user-agent: you"), "10.0.0.1")
    assert understood.question == Question("http://h", "PATCH", ("A: c", "user-agent: you"), "10.0.0.1")
    assert asked("http://h/curl", "PUT").question == Question("http://h/curl", "PUT")


def test_given_ansi_c_quotes_then_they_are_read_as_bash_does() -> None:
    line = r"""curl $'\a\b\e\f\n\r\t\v\\\'\"\?' $'\101\x41\u00e4\U0001f4a5\xc3\xa4' $'\777\xff\U00110000' $'\q'"""
    assert shell_words.split(line).words[1:] == (
        "\a\b\x1b\f\n\r\t\v\\'\"?",
        "AAä💥ä",
        "\udcff\udcff\ufffd",
        "q",
    )


def test_what_is_a_command_line_and_what_a_url() -> None:
    assert all(map(shell_words.is_command, ["curl h", " $ curl -v h", "sudo curl.exe h", "/usr/bin/curl h"]))
    assert not any(map(shell_words.is_command, ["curl", "http://h/curl", "curl.example/x", "http://h/curl "]))


def test_every_option_is_known_once() -> None:
    known = curl_options.WITH_VALUE | curl_options.SWITCHES
    assert len(known) > 250
    assert not curl_options.WITH_VALUE & curl_options.SWITCHES
    assert known >= curl_options.SILENT
    assert known >= set(curl_options.LETTERS.values())


@pytest.mark.parametrize("name", sorted(curl_options.WITH_VALUE - {"url", "json"}))
def test_the_value_of_an_option_is_never_taken_for_the_url(name: str) -> None:
    question = from_curl(f"curl --{name} http://value/ http://h").question
    assert understand(Question(question.url)).host == "h"


def test_given_http_1_0_then_envoys_refusal_is_told() -> None:
    with pytest.raises(BadRequest, match="Envoy answers 426"):
        from_curl("curl -0 http://h")


@pytest.mark.parametrize("name", sorted(curl_options.SWITCHES - {"next", "http1.0"}))
def test_a_switch_does_not_eat_the_url(name: str) -> None:
    assert from_curl(f"curl --{name} http://h").question.url == "http://h"


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Question("https://shop.example.com/cart?x=1&y=2"), "curl 'https://shop.example.com/cart?x=1&y=2'"),
        (Question("h:8080/x", "POST"), "curl -X POST http://h:8080/x"),
        (Question("h", "HEAD"), "curl -I http://h/"),
        (Question("h", headers=("host: b.example",)), "curl -H 'host: b.example' http://h/"),
        (Question("h", headers=("X-A: it's",)), """curl -H 'x-a: it'"'"'s' http://h/"""),
        (Question("h", headers=("accept: */*",) * 2), "curl -H 'accept: */*' -H 'accept: */*' http://h/"),
        (Question("h", headers=("x;", "accept:")), "curl -H accept: -H 'x;' http://h/"),
        (Question("http://me:s3cret@h/"), "curl -H 'authorization: [redacted]' http://h/"),
        (Question("http://h/a/../b", path_as_is=True), "curl --path-as-is http://h/a/../b"),
        (Question("http://h/{b}"), "curl -g 'http://h/{b}'"),
    ],
)
def test_given_a_request_then_one_line_of_curl_asks_the_same(request_: Question, line: str) -> None:
    assert to_curl(understand(request_)) == line


def test_given_a_listener_then_the_line_connects_there() -> None:
    line = to_curl(understand(Question("https://shop.example.com/")), "127.0.0.1:8443")
    assert line == "curl --connect-to ::127.0.0.1:8443 https://shop.example.com/"


def test_given_a_path_that_no_url_can_hold_then_it_is_encoded() -> None:
    assert (
        to_curl(Request("http", "h", "/a b#ü", authority="h", headers=CURL_HEADERS)) == "curl http://h/a%20b%23%C3%BC"
    )

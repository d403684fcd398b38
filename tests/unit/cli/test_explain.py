"""`ambassador explain`: whom it asks with what, and how each wrong input or silent server ends."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from explain_answers import forwarded, not_found

from ambassador.cli import commands
from ambassador.explain.asking.question import Question


def outcome(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    code = commands.outcome(["explain", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@contextmanager
def server(status: int, body: object) -> Iterator[tuple[str, list[str]]]:
    """A diagnostics app that always answers the same; its URL, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}", asked
        finally:
            listening.shutdown()
            thread.join()


def query(asked: list[str]) -> list[tuple[str, str]]:
    (target,) = asked
    assert urlsplit(target).path == "/ambassador/v0/api/explain"
    return parse_qsl(urlsplit(target).query, keep_blank_values=True)


def test_given_a_server_then_it_is_asked_and_its_answer_printed(capsys: pytest.CaptureFixture) -> None:
    with server(200, forwarded()) as (url, asked):
        code, out, err = outcome(
            capsys,
            "https://h/a?b=1&c",
            "--server",
            url,
            "--method",
            "PUT",
            "--header",
            "x: y",
            "-H",
            "z;",
            "--client-ip",
            "::1",
        )
    assert (code, err) == (0, "")
    assert out.startswith("GET http://h/shop/cart is taken by mapping/default/shop")
    assert query(asked) == [
        ("url", "https://h/a?b=1&c"),
        ("method", "PUT"),
        ("header", "x: y"),
        ("header", "z;"),
        ("client_ip", "::1"),
    ]


def test_given_a_curl_line_then_it_is_handed_on_as_one(capsys: pytest.CaptureFixture) -> None:
    with server(200, not_found(1)) as (url, asked):
        code, out, _ = outcome(capsys, "curl -X PUT 'http://h/a b' http://h", "--server", url + "/")
        assert (code, out) == (2, "")
        code, out, _ = outcome(capsys, "curl -X PUT 'http://h/a'", "--server", url + "/")
    assert (code, out.splitlines()[0]) == (0, "404: no route of * takes it.")
    assert query(asked) == [("curl", "curl -X PUT 'http://h/a'")]


def test_given_neither_files_nor_server_then_the_instance_of_this_machine_is_asked(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(200, forwarded()) as (url, _):
        monkeypatch.setenv("AMBASSADOR_DIAG_PORT", url.rpartition(":")[2])
        code, out, _ = outcome(capsys, "http://h", "--format", "json")
    assert (code, json.loads(out)) == (0, forwarded())


@pytest.mark.parametrize(
    ("status", "body", "code", "says"),
    [
        (400, {"error": "the host is odd"}, 2, "ambassador: the host is odd"),
        (400, b"<h1>Request Line is too large</h1>", 2, "refuses the question"),
        (414, b"", 2, "the question is longer than"),
        (403, {"error": "no"}, 1, "AMBASSADOR_DIAG_ALLOW_NON_LOCAL=true"),
        (404, b"nothing", 1, "has no /ambassador/v0/api/explain (404)"),
        (503, {"error": "the watcher does not answer"}, 1, "answers 503: the watcher does not answer"),
        (500, b"<html>", 1, "answers 500"),
        (200, b"<html>", 1, "answers something else than an explanation"),
        (200, [1], 1, "answers something else than an explanation"),
        (200, {"hello": "you"}, 1, "answers something else than an explanation"),
    ],
)
def test_given_a_server_that_does_not_explain_then_one_line_says_why(
    status: int, body: object, code: int, says: str, capsys: pytest.CaptureFixture
) -> None:
    with server(status, body) as (url, _):
        found, out, err = outcome(capsys, "http://h", "--server", url)
    (line,) = err.splitlines()
    assert (found, out) == (code, "")
    assert line.startswith("ambassador: ")
    assert says in line


def test_given_no_server_then_one_line_says_what_else_there_is(capsys: pytest.CaptureFixture) -> None:
    with server(200, {}) as (url, _):
        pass
    code, out, err = outcome(capsys, "http://h", "--server", url)
    assert (code, out) == (1, "")
    assert err.startswith(f"ambassador: {url} does not answer (")
    assert err.endswith("--config FOLDER answers from files\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing argument"),
        (["http://h", "--fly"], "'--fly'"),
        (["http://h", "--config", "/no/such/folder"], "'/no/such/folder'"),
        (["http://h", "--config", ".", "--server", "http://h"], "give one of them"),
        (["http://h", "--server", "h:8877"], "--server must be http://HOST:PORT"),
        (["http://h", "--server", "http://h:x"], "--server must be http://HOST:PORT"),
        (["http://h", "--server", "http://[h"], "--server must be http://HOST:PORT"),
        (["http://h", "--format", "xml"], "'xml'"),
        (["http://"], "no host"),
        (["http://h", "--header", "x"], "write name: value"),
        (["http://h", "--method", "get"], "write GET"),
        (["http://h", "--client-ip", "me"], "no IP address"),
        (["curl 'http://h"], "is not closed"),
        (["http://h", "--config", ".", "--client-ip", "me"], "no IP address"),
    ],
)
def test_given_wrong_input_then_one_line_says_what_and_the_exit_code_is_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture
) -> None:
    code, out, err = outcome(capsys, *arguments)
    (line,) = err.splitlines()
    assert (code, out) == (2, "")
    assert says in line


def test_given_files_then_they_are_compiled_and_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple] = []

    def answer(paths: tuple, settings: object, question: Question, notes: tuple) -> dict:
        calls.append((paths, question, notes))
        return not_found(20)

    monkeypatch.setitem(sys.modules, "ambassador.app.offline", SimpleNamespace(explain=answer))
    line = "curl --compressed -x p http://h/%zz"
    code, out, _ = outcome(capsys, line, "--config", str(tmp_path), "--config", __file__, "-H", "x: y")
    assert (code, "and 14 more (--all shows them)" in out) == (0, True)
    code, out, _ = outcome(capsys, line, "--config", str(tmp_path), "--all")
    assert (code, "r19" in out, "--all" in out) == (0, True, False)
    (paths, question, notes), _ = calls
    assert paths == (tmp_path, Path(__file__))
    assert question == Question("http://h/%zz", headers=("accept-encoding: deflate, gzip, br, zstd", "x: y"))
    assert notes == ("-x is ignored",)


def test_given_no_terminal_then_nothing_is_colored(capsys: pytest.CaptureFixture) -> None:
    with server(200, forwarded()) as (url, _):
        _, out, _ = outcome(capsys, "http://h", "--server", url)
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_asking_a_server_loads_no_compiler() -> None:
    code = "import sys, ambassador.cli.explain; sys.exit('ambassador.app' in sys.modules or 'grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

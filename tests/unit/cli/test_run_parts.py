"""The parts of `run` and `demo` that need no process: state folder, revivals, announcement, samples, children."""

import json
import os
import stat
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from ambassador.cli import announcement, child, demo, layout, log, old_variables, state_folder
from ambassador.cli.commands import CANNOT_START
from ambassador.cli.run import Revivals, readiness, why
from ambassador.cli.supervisor import Program
from ambassador.errors import StartError, UsageError
from ambassador.settings import Settings


def test_given_no_state_folder_then_a_private_one_lasts_as_long_as_the_run() -> None:
    with state_folder.opened(None) as folder:
        (folder / "file").write_text("x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_given_a_state_folder_then_it_stays_and_belongs_to_one_instance(tmp_path: Path) -> None:
    given = tmp_path / "deep" / "state"
    with state_folder.opened(given) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with pytest.raises(StartError, match="in use by another instance"), state_folder.opened(given):
            pass
    with state_folder.opened(given):
        assert given.is_dir()


def test_given_a_path_too_long_for_sockets_then_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="shorter path"), state_folder.opened(tmp_path / ("x" * 100)):
        pass


def test_given_a_folder_that_cannot_be_made_then_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be made"), state_folder.opened(tmp_path / "file" / "state"):
        pass


def test_given_a_program_that_was_given_up_then_it_is_started_again_ever_more_slowly() -> None:
    revivals, down = Revivals(), (Program("diag", "FATAL", 0, ""),)
    starts = [second for second in range(200) if revivals.due(down, float(second))]
    assert starts[:6] == [1, 3, 7, 15, 31, 61]
    assert {after - before for before, after in zip(starts[4:], starts[5:], strict=False)} == {30}
    assert revivals.due((), 300.0) == ()


def test_given_a_program_that_cannot_start_then_it_is_named_unless_it_has_told_so_itself() -> None:
    assert why(Program("envoy", "FATAL", 0, ""), "no such file") == "envoy cannot start: no such file"
    assert why(Program("envoy", "FATAL", 0, "can't find it"), "") == "envoy cannot start: can't find it"
    # On a busy machine it takes so long to fail that supervisord takes it for started.
    assert why(Program("envoy", "EXITED", 0, "", 1), "no such file") == "envoy cannot start: no such file"
    assert why(Program("watcher", "EXITED", 0, "", CANNOT_START), "no such file") == ""


def test_the_ready_line_has_urls_that_a_person_can_open() -> None:
    settings = Settings(bind="0.0.0.0", http_port=80, diag_port=81)
    line = announcement.ready_line(settings, {"revision": 3, "counts": {"routes": 5, "errors": 1, "warnings": 2}})
    assert line == (
        "ready: http://127.0.0.1:80 · http://127.0.0.1:81/ambassador/v0/diag/"
        " · revision 3 · 5 routes · 3 problems, 1 of them errors"
    )


def test_given_listeners_of_the_users_own_then_their_urls_are_shown() -> None:
    listeners = [
        {"name": "a", "address": "0.0.0.0", "port": 90, "protocol": "HTTP"},
        {"name": "b", "address": "::", "port": 91, "protocol": "HTTPS"},
        {"name": "c", "address": "::", "port": 92, "protocol": "TCP"},
    ]
    urls = announcement.listener_urls(Settings(), {"listeners": listeners})
    assert urls == ["http://127.0.0.1:90", "https://[::1]:91"]


def test_given_a_variable_of_an_earlier_ambassador_then_it_is_named() -> None:
    environ = {"AMBASSADOR_NO_KUBEWATCH": "true", "SCOUT_DISABLE": "", "AMBASSADOR_ID": "x"}
    assert old_variables.warnings(environ) == ("AMBASSADOR_NO_KUBEWATCH has no effect any more: remove it",)


@pytest.mark.parametrize("as_json", [True, False])
def test_an_event_is_one_line_for_people_or_for_programs(as_json: bool, capsys: pytest.CaptureFixture) -> None:
    log.say("it\nhappened", as_json=as_json, level="warning")
    printed = capsys.readouterr().err
    if as_json:
        (line,) = printed.splitlines()
        event = json.loads(line)
        assert (event["event"], event["level"], event["logger"]) == ("it\nhappened", "warning", "run")
    else:
        assert printed == "it happened\n"


@pytest.mark.parametrize(
    ("address", "host"), [("::", "[::1]"), ("::1", "[::1]"), ("0.0.0.0", "127.0.0.1"), ("10.0.0.1", "10.0.0.1")]
)
def test_an_address_becomes_the_host_of_a_url(address: str, host: str) -> None:
    assert announcement.host(address) == host


def test_the_samples_are_copied_once_and_edits_stay(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    demo.prepare(folder, {"quote": 1})
    copied = {path.name for path in folder.iterdir()}
    assert copied == {path.name for path in layout.DEMO_SAMPLES.glob("*.yaml")} | {"backends.yaml"}
    (folder / "quote.yaml").write_text("mine")
    (folder / "redirect.yaml").unlink()
    demo.prepare(folder, {"quote": 2})
    assert (folder / "quote.yaml").read_text() == "mine"
    assert not (folder / "redirect.yaml").exists()
    assert "port: 2}" in (folder / "backends.yaml").read_text()


def test_every_service_of_the_samples_has_a_backend_of_the_demo(tmp_path: Path) -> None:
    objects = [one for path in layout.DEMO_SAMPLES.glob("*.yaml") for one in yaml.safe_load_all(path.read_text())]
    services = {one["spec"]["service"] for one in objects if not one["spec"].get("host_redirect")}
    assert services == set(demo.BACKENDS)


def test_a_sample_backend_says_who_it_is_and_what_it_got() -> None:
    with demo.backends() as ports:
        request = urllib.request.Request(f"http://127.0.0.1:{ports['shop']}/a?b=c", b"body", {"x-beta": "yes"})
        with urllib.request.urlopen(request, timeout=5) as response:
            seen = json.load(response)
    assert (seen["backend"], seen["method"], seen["path"], seen["query"]) == ("shop", "POST", "/a", "b=c")
    assert seen["headers"]["x-beta"] == "yes"


def test_a_child_that_cannot_be_started_says_why() -> None:
    done = subprocess.run(child.command(["/no/such/program"]), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "cannot start /no/such/program: No such file or directory\n")


def test_given_a_parent_that_is_gone_already_then_a_child_does_not_start() -> None:
    environment = {**os.environ, child.PARENT_VARIABLE: "1"}
    done = subprocess.run(
        child.command([sys.executable, "-c", "print('started')"]), env=environment, capture_output=True
    )
    assert (done.returncode, done.stdout) == (-9, b"")


@pytest.mark.parametrize(
    ("answers", "status"),
    [({}, 503), ({"check_ready": 200}, 503), ({"check_ready": 200, "overview": 200}, 200)],
    ids=["no traffic", "traffic, but the watcher does not answer yet", "both"],
)
def test_it_is_ready_when_traffic_flows_and_the_watcher_answers(answers: dict[str, int], status: int) -> None:
    class Diag(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.get(self.path.rpartition("/")[2], 503))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Diag) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert readiness(server.server_port).status == status
        finally:
            server.shutdown()

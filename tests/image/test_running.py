"""The image at work: what README promises, under the restrictions that clusters put on it."""

import json
import re
import urllib.parse

import pytest
from container import HARDENED, ON_HOST, Container, demo, docker, get, started, until


def published(container: Container, port: int) -> str:
    """The address on this machine that leads to the container's port."""
    return docker("port", container.name, f"{port}/tcp").splitlines()[0]


def test_given_published_ports_when_the_demo_runs_then_every_printed_line_works_from_outside() -> None:
    publish = ("--publish", "127.0.0.1::8080", "--publish", "127.0.0.1::8877")
    with started(*publish, command=("demo",)) as container:
        container.becomes_ready()
        until(lambda: "Ctrl-C" in container.logs(), 10)
        lines = re.findall(r"^  curl (?:-H '(.*?): (.*?)' )?(\S+)$", container.logs(), re.MULTILINE)
        assert len(lines) == 3
        for name, value, url in lines:
            path = urllib.parse.urlsplit(url).path
            status, body = get(f"http://{published(container, 8080)}{path}", **({name: value} if name else {}))
            assert (status, json.loads(body)["method"]) == (200, "GET")
        assert "shop-beta" in body
        diag = f"http://{published(container, 8877)}/ambassador/v0"
        assert get(f"{diag}/diag/")[0] == 200
        assert json.loads(get(f"{diag}/api/overview")[1])["counts"]["routes"] > 0


RESTRICTED = {
    "as a cluster does": HARDENED,
    "as OpenShift does": (*HARDENED, "--user", "1000640000:0"),
    "user and group of its own": (
        *("--read-only", "--tmpfs", "/run/ambassador:uid=4321", "--cap-drop", "ALL"),
        *("--security-opt", "no-new-privileges", "--user", "4321:4321"),
    ),
}


@pytest.mark.parametrize("flags", RESTRICTED.values(), ids=RESTRICTED.keys())
def test_given_every_restriction_then_it_serves_and_no_process_has_a_privilege(flags: tuple[str, ...]) -> None:
    with demo(*flags) as container:
        assert get(container.url() + "/quote/")[0] == 200
        assert get(container.diag_url() + "/diag/")[0] == 200
        user = next((flag.partition(":")[0] for flag in flags if re.fullmatch(r"\d+:\d+", flag)), "8888")
        status = container.inside("sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null; true")
        for name, value in (("Uid", rf"{user}\t{user}\t{user}\t{user}"), ("CapEff", "0{16}"), ("NoNewPrivs", "1")):
            lines = re.findall(rf"^{name}:\t(.*)$", status, re.MULTILINE)
            # First process, supervisord, watcher, diag with its worker, Envoy with its wrapper.
            assert len(lines) >= 7
            assert [line for line in lines if not re.fullmatch(value, line)] == []
        # Whoever runs it, Envoy writes its access log straight into the container's stdout.
        streams = {container.inside("readlink", f"/proc/{pid}/fd/1") for pid in (1, container.program("/_bin/envoy"))}
        assert len(streams) == 1 and streams.pop().startswith("pipe:")


def test_given_a_writable_root_then_nothing_is_written_outside_the_state_folder() -> None:
    with demo("--tmpfs", "/run/ambassador") as container:
        until(lambda: get(container.url() + "/shop/")[0] == 200)
        container.inside("sh", "-c", f"kill -9 {container.program('gunicorn')}")
        until(lambda: get(container.diag_url() + "/check_ready")[0] == 200)
        changed = [line.split()[1] for line in docker("diff", container.name).splitlines()]
        # The mount points.
        assert [path for path in changed if path not in ("/run", "/run/ambassador")] == []
        assert container.inside("ls", "-A", "/dev/shm") == ""
        # Open files that have no name any more count too.
        opened = container.inside("sh", "-c", "ls -l /proc/[0-9]*/fd 2>/dev/null; true")
        files = {path for path in re.findall(r"-> (/\S+)", opened) if not path.startswith(("/proc/", "/dev/null"))}
        assert [path for path in files if not path.startswith(("/run/ambassador/", "/opt/", "/dev/pts"))] == []


def health(container: Container) -> object:
    found = container.state()["Health"]
    assert isinstance(found, dict)
    return found["Status"]


def test_the_health_check_follows_the_diagnostics_app_on_whatever_port() -> None:
    flags = ("--health-interval", "1s", "--health-retries", "1", "--health-start-period", "0s")
    with demo(*HARDENED, *flags) as container:
        until(lambda: health(container) == "healthy")
        # The master and its worker stop; nothing is restarted, because nothing has ended.
        stopped = [pid for pid, (_, _, command) in container.processes().items() if "gunicorn" in command]
        container.inside("sh", "-c", f"kill -STOP {' '.join(map(str, stopped))}")
        until(lambda: health(container) == "unhealthy")
        container.inside("sh", "-c", f"kill -CONT {' '.join(map(str, stopped))}")
        until(lambda: health(container) == "healthy")


def test_given_a_command_of_the_cli_then_the_image_runs_it() -> None:
    with started(*ON_HOST, *HARDENED, command=("check", "/opt/ambassador/examples/demo")) as container:
        assert container.exit_code() == 0, container.logs()

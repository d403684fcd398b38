"""The process tree as an operator meets it: starting, failing, being killed, stopping."""

import os
import signal
import socket
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from gateway_process import ANY_PORTS, SlowBackend, alive, descendants, running, started, until


def get(url: str) -> int:
    """The status; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def held_request(url: str, backend: SlowBackend, pool: ThreadPoolExecutor) -> Future[int]:
    """A request that hangs in the backend until it is released."""
    future = pool.submit(get, url + "/slow/")
    assert backend.arrived.wait(10)
    return future


def test_given_a_request_in_flight_when_told_to_stop_then_it_is_answered_before_all_ends(
    folder: Path, backend: SlowBackend
) -> None:
    with running(folder) as gateway, ThreadPoolExecutor() as pool:
        below = descendants(gateway.process.pid)
        request = held_request(gateway.url(), backend, pool)
        gateway.process.send_signal(signal.SIGTERM)
        until(lambda: "stopping" in gateway.errors.read_text())
        assert gateway.process.poll() is None
        backend.release.set()
        assert request.result(20) == 200
        assert gateway.process.wait(20) == 0
        assert not any(alive(pid) for pid in below)


def test_given_a_drain_when_a_second_signal_comes_then_all_ends_at_once(folder: Path, backend: SlowBackend) -> None:
    with running(folder) as gateway, ThreadPoolExecutor() as pool:
        below = descendants(gateway.process.pid)
        request = held_request(gateway.url(), backend, pool)
        gateway.process.send_signal(signal.SIGINT)
        until(lambda: "stopping" in gateway.errors.read_text())
        gateway.process.send_signal(signal.SIGINT)
        assert gateway.process.wait(5) == 128 + signal.SIGINT
        until(lambda: not any(alive(pid) for pid in below), 5)
        assert request.result(10) == 0


def test_given_a_drain_timeout_when_a_request_takes_longer_then_the_stop_does_not_wait_for_it(
    folder: Path, backend: SlowBackend
) -> None:
    with running(folder, "--drain-timeout=1") as gateway, ThreadPoolExecutor() as pool:
        request = held_request(gateway.url(), backend, pool)
        assert gateway.stop() == 0
        assert request.result(10) in (0, 503)


@pytest.mark.parametrize("victim", ["run", "supervisord"])
def test_given_a_kill_that_cannot_be_caught_then_nothing_is_left_running(folder: Path, victim: str) -> None:
    with running(folder, f"--state={folder / 'state'}") as gateway:
        below = descendants(gateway.process.pid)
        assert len(below) >= 5
        os.kill(gateway.process.pid if victim == "run" else gateway.program("supervisord"), signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in below), 5)
        assert gateway.process.wait(5) == (-signal.SIGKILL if victim == "run" else 1)
    if victim == "supervisord":
        assert "ambassador: supervisord ended with -9" in gateway.errors.read_text()


@pytest.mark.parametrize("victim", ["ambassador watch", "gunicorn"])
def test_given_traffic_when_watcher_or_diag_is_killed_then_no_request_fails_and_it_comes_back(
    folder: Path, backend: SlowBackend, victim: str
) -> None:
    backend.release.set()
    with running(folder) as gateway:
        url = gateway.url() + "/slow/"
        killed = gateway.program(victim)
        os.kill(killed, signal.SIGKILL)
        answers = []

        def back() -> bool:
            answers.append(get(url))
            return any(victim in line for pid, line in descendants(gateway.process.pid).items() if pid != killed)

        until(back)
        assert set(answers) == {200}
        until(lambda: "had ended and runs again" in gateway.errors.read_text())


def test_given_traffic_when_envoy_is_killed_then_it_is_back_and_configured(folder: Path, backend: SlowBackend) -> None:
    backend.release.set()
    with running(folder) as gateway:
        url = gateway.url() + "/slow/"
        os.kill(gateway.program("--disable-hot-restart"), signal.SIGKILL)
        until(lambda: get(url) == 0, 5)
        until(lambda: get(url) == 200, 10)
        assert gateway.stop() == 0


def test_given_a_pipe_as_stdout_then_envoy_writes_its_access_log_into_it_without_anybody_who_copies(
    folder: Path,
) -> None:
    with running(folder) as gateway:
        printing = os.readlink(f"/proc/{gateway.process.pid}/fd/1")
        assert printing.startswith("pipe:")
        assert os.readlink(f"/proc/{gateway.program('--disable-hot-restart')}/fd/1") == printing


def test_given_a_program_that_cannot_start_then_run_ends_with_its_name_and_reason(folder: Path) -> None:
    with started(folder, "run", f"--config={folder / 'config'}", *ANY_PORTS, ENVOY_CONCURRENCY="many") as gateway:
        assert gateway.process.wait(60) == 1
        last = gateway.errors.read_text().splitlines()[-1]
    assert last == "ambassador: envoy cannot start: ENVOY_CONCURRENCY must be a number of threads, not 'many'"


def test_given_a_kubeconfig_that_is_wrong_then_run_ends_with_one_line(folder: Path) -> None:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text("x: [")
    with started(folder, "run", "--kubernetes", *ANY_PORTS, KUBECONFIG=str(kubeconfig)) as gateway:
        assert gateway.process.wait(60) == 1
        lines = gateway.errors.read_text().splitlines()
    # What Envoy and diag may have begun to say in that moment is not the answer.
    told = [line for line in lines if line.startswith("ambassador: ")]
    assert told == [f"ambassador: KUBECONFIG {kubeconfig} is not valid YAML (line 1)"], lines


@pytest.mark.parametrize("shared", [False, True], ids=["plain", "with SO_REUSEPORT"])
def test_given_a_taken_port_then_one_line_names_it_and_its_flag(folder: Path, shared: bool) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        arguments = [f"--config={folder / 'config'}", *ANY_PORTS, f"--ready-port={port}"]
        with started(folder, "run", *arguments) as gateway:
            assert gateway.process.wait(20) == 1
            (line,) = gateway.errors.read_text().splitlines()
    assert line == f"ambassador: port {port} is taken: choose another with --ready-port, or 0 for any free one"


def test_given_a_state_folder_in_use_then_a_second_instance_says_so(folder: Path) -> None:
    state = f"--state={folder / 'state'}"
    with running(folder, state) as gateway:
        (folder / "second").mkdir()
        with started(folder / "second", "run", f"--config={folder / 'config'}", *ANY_PORTS, state) as second:
            assert second.process.wait(20) == 1
            assert "is in use by another instance" in second.errors.read_text()
        assert gateway.stop() == 0

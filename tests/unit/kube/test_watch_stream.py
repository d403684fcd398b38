"""A watch: events as they come, and an end for every way in which a stream can end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ambassador.kube.api import Api
from ambassador.kube.connect import connect
from ambassador.kube.errors import ApiError, Unreachable
from tests.fake_cluster.client import certificate, client, kubeconfig
from tests.fake_cluster.server import running
from tests.fake_cluster.state import State

MAPPINGS = "/apis/getambassador.io/v3alpha1/mappings"


@pytest.fixture
def state() -> State:
    state = State()
    state.serve(MAPPINGS, "Mapping")
    return state


@pytest.fixture
def api(state: State, tmp_path: Path) -> Iterator[Api]:
    with running(state) as url:
        api = client(tmp_path, url)
        yield api
        api.close()


def streaming(*chunks: bytes) -> Callable[[Any], None]:
    """A fault: these chunks, then the connection is cut."""

    def act(handler: Any) -> None:
        handler.start_stream()
        for chunk in chunks:
            handler.chunk(chunk)
        handler.cut()

    return act


def test_given_changes_then_events_come_and_the_stream_ends_in_good_order(state: State, api: Api) -> None:
    with api.watch(MAPPINGS, {"resourceVersion": "100"}) as watch:
        state.wait(lambda: state.watching(MAPPINGS))
        state.put(MAPPINGS, {"metadata": {"name": "a", "namespace": "x"}, "spec": {"text": "é" * 500_000}})
        state.bookmark(MAPPINGS)
        events = iter(watch)
        first, second = next(events), next(events)
        state.end_watches(MAPPINGS)
        assert list(events) == []
    assert (first["type"], len(first["object"]["spec"]["text"])) == ("ADDED", 500_000)
    assert second["type"] == "BOOKMARK"


def test_given_lines_cut_anywhere_then_events_are_whole_and_half_a_line_is_none(state: State, api: Api) -> None:
    raw = b"".join(json.dumps({"type": "ADDED", "object": {"n": n}}).encode() + b"\n" for n in range(3))
    state.fail(lambda asked: asked.watch, streaming(raw[:10], raw[10:60], raw[60:-5]))
    with api.watch(MAPPINGS) as watch:
        events = iter(watch)
        assert [next(events)["object"]["n"], next(events)["object"]["n"]] == [0, 1]
        with pytest.raises(Unreachable, match="cut"):
            next(events)


def test_given_a_version_that_is_too_old_then_the_error_says_410(state: State, api: Api) -> None:
    state.compact(MAPPINGS)
    with pytest.raises(ApiError) as caught:
        api.watch(MAPPINGS, {"resourceVersion": "1"})
    assert caught.value.status == 410
    expired = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}
    state.fail(lambda asked: asked.watch, streaming(json.dumps(expired).encode() + b"\n"))
    with api.watch(MAPPINGS) as watch, pytest.raises(ApiError) as caught:
        list(watch)
    assert (caught.value.status, caught.value.reason) == (410, "Expired")


@pytest.mark.parametrize("line", [b"{nonsense\n", b"[1]\n"])
def test_given_a_line_that_is_no_event_then_the_stream_is_of_no_use(state: State, api: Api, line: bytes) -> None:
    state.fail(lambda asked: asked.watch, streaming(line))
    with api.watch(MAPPINGS) as watch, pytest.raises(Unreachable, match="event"):
        list(watch)


def test_given_a_stream_that_falls_silent_then_the_read_timeout_ends_it(state: State, api: Api) -> None:
    with api.watch(MAPPINGS, read_timeout=0.05) as watch, pytest.raises(Unreachable, match="no answer in time"):
        list(watch)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_given_a_waiting_reader_when_it_is_closed_elsewhere_then_it_ends(
    state: State, tmp_path: Path, secure: bool
) -> None:
    tls = certificate(tmp_path) if secure else None
    with running(state, tls=tls) as url:
        ca = {"certificate-authority": str(tmp_path / "ca.crt")} if secure else {}
        api = connect({"KUBECONFIG": str(kubeconfig(tmp_path, url, **ca))})
        with api.watch(MAPPINGS, read_timeout=60) as watch:
            state.wait(lambda: state.watching(MAPPINGS))
            seen: list[object] = []
            reader = threading.Thread(target=lambda: seen.append(list(watch)), daemon=True)
            reader.start()
            watch.close()
            reader.join(10)
            assert seen == [[]]
        watch.close()
        api.close()

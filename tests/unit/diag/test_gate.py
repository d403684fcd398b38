from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from diag.gate import Gate

PAGE = "/ambassador/v0/diag/"
ROUTES = "/ambassador/v0/api/routes"


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ.get("fails"):
        raise RuntimeError("on purpose")
    start_response("200 OK", [])
    return [b"ok"]


def call(gate: Gate, path: str, **environ: Any) -> tuple[str, Any]:
    said: list[str] = []
    body = gate({"PATH_INFO": path, **environ}, lambda status, _headers: said.append(status))  # type: ignore[arg-type]
    return said[0], body


def test_given_all_slots_are_taken_then_503_until_a_body_is_closed() -> None:
    gate = Gate(app, api_slots=1)
    first, body = call(gate, ROUTES)
    assert first == "200 OK"
    assert call(gate, ROUTES)[0] == "503 Service Unavailable"
    body.close()
    assert call(gate, ROUTES)[0] == "200 OK"


@pytest.mark.parametrize("environ", [{"QUERY_STRING": "json=true"}, {"HTTP_ACCEPT": "application/json"}])
def test_given_the_whole_page_as_json_then_it_needs_a_slot(environ: dict[str, str]) -> None:
    gate = Gate(app, api_slots=1)
    _, _body = call(gate, ROUTES)
    assert call(gate, PAGE, **environ)[0].startswith("503")


def test_given_all_slots_are_taken_then_health_page_and_static_files_still_answer() -> None:
    gate = Gate(app, api_slots=0, metrics_slots=0)
    for path in ("/ambassador/v0/check_alive", "/ambassador/v0/check_ready", PAGE, f"{PAGE}static/main.js"):
        assert call(gate, path)[0] == "200 OK"


def test_given_open_pages_take_every_slot_then_a_scrape_has_its_own() -> None:
    gate = Gate(app, api_slots=0, metrics_slots=1)
    assert call(gate, "/metrics")[0] == "200 OK"


def test_given_the_app_fails_then_its_slot_is_free_again() -> None:
    gate = Gate(app, api_slots=1)
    with pytest.raises(RuntimeError):
        call(gate, ROUTES, fails=True)
    assert call(gate, ROUTES)[0] == "200 OK"

"""A secret that stands anywhere in a manifest or a question occurs in nothing that is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ambassador.app import offline
from ambassador.app.comparing import diff
from ambassador.compile.pipeline import Compiler
from ambassador.explain.asking.curl import asked
from ambassador.explain.evaluate import prepare
from ambassador.report.example_view import example_view
from ambassador.report.object_view import object_view
from ambassador.report.revision import Revision
from ambassador.report.route_view import route_view, window
from ambassador.settings import Settings
from ambassador.sources.folder import load

SECRET = "s3cretvalue99"
MANIFESTS = f"""\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata:
  name: NAME
  annotations:
    note: the word is {SECRET}
spec:
  hostname: "*"
  prefix: /cart/
  service: 10.0.0.1:80
  headers:
    authorization: "Bearer {SECRET}"
    x-api-key: {SECRET}
    cookie: id={SECRET}
  regex_headers:
    x-shared-secret: {SECRET}.*
  query_parameters:
    accessToken: {SECRET}
  add_request_headers:
    dbPassword: {SECRET}
  add_response_headers:
    set-cookie: {{value: "id={SECRET}"}}
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: moved}}
spec:
  hostname: "*"
  prefix: /moved/
  host_redirect: true
  service: other.test
  path_redirect: /new?token={SECRET}
"""
HEADERS = (
    f"authorization: Bearer {SECRET}",
    f"x-api-key: {SECRET}",
    f"cookie: id={SECRET}",
    f"x-shared-secret: {SECRET}1",
    f"referer: https://me:{SECRET}@a.test/?token={SECRET}",
)
URL = f"http://h/cart/?accessToken={SECRET}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "all"
    path.mkdir()
    (path / "all.yaml").write_text(MANIFESTS.replace("NAME", "cart"))
    return path


@pytest.fixture
def revision(folder: Path) -> Revision:
    config = load([folder])
    return Revision(1, config, Compiler().compile(config.objects))


def assert_untold(told: Any, *others: str) -> str:
    text = json.dumps(told, default=str)
    assert [text[max(0, at - 90) :][:200] for at in range(len(text)) if text.startswith(SECRET, at)] == []
    assert all(one in text for one in ("[redacted]", *others))
    return text


@pytest.mark.parametrize("wrong", [None, *range(len(HEADERS) - 1)])
def test_given_a_question_then_its_answer_tells_no_secret(folder: Path, wrong: int | None) -> None:
    others = [line for number, line in enumerate(HEADERS) if number != wrong]
    if wrong is not None:
        others.append(f"{HEADERS[wrong].partition(':')[0]}: not-{SECRET}")
    told = offline.explain((folder,), Settings(), asked(URL, headers=tuple(others)).question)
    assert_untold(told, "accessToken=[redacted]", "authorization: [redacted]")
    assert (told["outcome"] == "forward") is (wrong is None)


def test_given_a_question_without_what_is_asked_for_then_the_answer_does_not_say_it(folder: Path) -> None:
    for headers in (HEADERS[1:], HEADERS[:1], HEADERS[:2], HEADERS[:3], ()):
        question = asked(f"http://h/cart/?accessToken=not-{SECRET}", headers=headers).question
        told = offline.explain((folder,), Settings(), question)
        assert_untold(told)


def test_given_a_redirect_then_its_location_tells_no_secret(folder: Path) -> None:
    told = offline.explain((folder,), Settings(), asked("http://h/moved/").question)
    assert_untold(told, "/new?token=[redacted]")
    assert told["outcome"] == "redirect"


def test_given_an_object_then_neither_its_text_nor_its_routes_nor_examples_tell_a_secret(revision: Revision) -> None:
    prepared = prepare(revision.compiled.gateway)
    for key in revision.config.objects:
        assert_untold(object_view(revision, prepared, key))
    (cart,) = [key for key in revision.config.objects if key.name == "cart"]
    told = object_view(revision, prepared, cart)
    assert told is not None
    assert told["routes"][0]["example"] is not None
    assert_untold(told, "authorization: [redacted]", "id=[redacted]", "[25 characters]")


def test_given_the_table_then_it_tells_no_secret(revision: Revision) -> None:
    told = window(route_view(revision), "", "", None, 0)
    text = assert_untold(told, "id=[redacted]")
    assert text.count('"[redacted]"') >= 4


def test_given_examples_then_they_say_with_the_marker_what_has_to_be_filled_in(revision: Revision) -> None:
    name = next(route.name for route in _routes(revision) if "cart" in route.name)
    told = example_view(revision, prepare(revision.compiled.gateway), name)
    assert told is not None
    assert told["examples"]
    assert_untold(told, "-H 'authorization: [redacted]'", "accessToken=[redacted]")


def _routes(revision: Revision) -> list[Any]:
    tables = revision.compiled.gateway.route_tables.values()
    return [route for table in tables for host in table.virtual_hosts for route in host.routes]


@pytest.mark.parametrize(
    "new",
    [
        MANIFESTS.replace(f"Bearer {SECRET}", f"Bearer {SECRET}2"),
        MANIFESTS.replace("NAME", "other"),
        MANIFESTS.replace(SECRET, f"{SECRET}2"),
        MANIFESTS.replace("/cart/", "/carts/"),
        MANIFESTS.split("---")[0] + "---\n" + MANIFESTS.replace("NAME", "zz").replace("/cart/", "/cart/x/"),
    ],
)
def test_given_a_difference_then_it_tells_no_secret(folder: Path, tmp_path: Path, new: str) -> None:
    (tmp_path / "new.yaml").write_text(new.replace("NAME", "cart"))
    told = diff(folder, tmp_path / "new.yaml", Settings())
    assert told["changes"]
    assert_untold(told)


@pytest.mark.parametrize("field", ["regex_headers: {authorization", "regex_query_parameters: {token"])
def test_given_a_pattern_that_is_none_then_the_problem_does_not_quote_it(tmp_path: Path, field: str) -> None:
    head = "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: a}\nspec:\n  prefix: /\n"
    (tmp_path / "a.yaml").write_text(f"{head}  hostname: x.test\n  service: 10.0.0.1\n  {field}: {SECRET}(}}\n")
    (found,) = offline.check((tmp_path,), Settings(), envoy=False)
    assert "is not a pattern that RE2 accepts; Envoy" in found["message"]
    assert SECRET not in json.dumps(found)

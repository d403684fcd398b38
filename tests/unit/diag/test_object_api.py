"""The API's paths for one object and for examples of a route."""

from __future__ import annotations

import pytest
from fake_report import FakeWatcher
from flask.testing import FlaskClient

API = "/ambassador/v0/api"


def test_given_an_object_and_a_field_then_the_watcher_is_asked_for_them(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    query = "kind=Mapping&namespace=default&name=shop&field=spec.headers.x-a"
    answer = client.get(f"{API}/object?{query}&other=1")
    assert answer.status_code == 200
    assert watcher.asked == [f"/object?{query}"]


def test_given_a_route_then_the_watcher_is_asked_for_examples(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get(f"{API}/example?route=mapping/default/shop")
    assert answer.status_code == 200
    assert watcher.asked == ["/example?route=mapping%2Fdefault%2Fshop"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("object?kind=Mapping", "name"),
        ("object?name=shop", "kind"),
        ("object?kind=&name=shop", "kind"),
        ("object?kind=a&kind=b&name=shop", "kind"),
        ("object?kind=Mapping&name=%0A", "name"),
        ("example", "route"),
        ("example?route=a&route=b", "route"),
        (f"example?route={'x' * 4001}", "route"),
    ],
)
def test_given_wrong_input_then_400_names_the_parameter(
    client: FlaskClient, watcher: FakeWatcher, path: str, name: str
) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"].startswith(f"{name} ")
    assert watcher.asked == []


@pytest.mark.parametrize(
    ("path", "missing"),
    [("object?kind=a&name=b", "there is no such object"), ("example?route=a", "there is no such route")],
)
def test_given_nothing_of_that_name_then_404_says_so(
    client: FlaskClient, watcher: FakeWatcher, path: str, missing: str
) -> None:
    watcher.missing = ("/object", "/example")
    answer = client.get(f"{API}/{path}")
    assert (answer.status_code, answer.json) == (404, {"error": missing})

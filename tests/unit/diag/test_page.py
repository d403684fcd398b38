from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_report import FakeWatcher
from flask.testing import FlaskClient

PAGE = "/ambassador/v0/diag/"
STATIC = Path(__file__).parents[3] / "diag" / "static"


def test_given_a_browser_then_the_page_is_html_that_loads_only_its_own_files(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    answer = client.get(PAGE, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.mimetype == "text/html"
    files = re.findall(r'(?:src|href)="([^"#?]+)"', answer.text)
    assert len(files) >= 4
    for file in files:
        assert client.get(PAGE + file).status_code == 200


def test_given_the_page_then_nothing_in_it_is_inline(client: FlaskClient, watcher: FakeWatcher) -> None:
    text = client.get(PAGE).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", text)


@pytest.mark.parametrize(
    "path",
    [
        PAGE,
        f"{PAGE}static/main.js",
        "/ambassador/v0/api/overview",
        "/metrics",
        "/nothing",
        "/ambassador/v0/check_alive",
    ],
)
def test_given_any_answer_then_it_carries_the_security_headers(
    client: FlaskClient, watcher: FakeWatcher, path: str
) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_given_no_watcher_then_the_page_renders_and_says_so(client: FlaskClient) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "The watcher does not answer." in answer.text


def test_given_the_root_then_it_leads_to_the_page(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "localhost:9"})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)


def test_given_the_page_without_its_slash_then_it_leads_to_the_page(client: FlaskClient, watcher: FakeWatcher) -> None:
    assert client.get(PAGE.rstrip("/"), follow_redirects=True).status_code == 200


def test_given_markup_in_a_path_then_an_error_page_shows_it_as_text(client: FlaskClient) -> None:
    assert "<script>" not in client.get("/<script>alert(1)</script>").text


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.js")), ids=lambda file: file.name)
def test_given_a_script_then_it_is_short_and_makes_no_markup_from_text(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 300
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def themes() -> list[dict[str, str]]:
    """Colours by name, of the light theme and of the dark one."""
    blocks = re.findall(r":root \{(.*?)\}", (STATIC / "page.css").read_text(), re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks]


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("text", ["ink", "soft", "brand", "spark", "ok", "busy", "warn", "bad"])
@pytest.mark.parametrize("ground", ["ground", "raised", "tint", "bad-tint", "warn-tint"])
def test_given_either_theme_then_every_text_colour_has_the_contrast_of_wcag_aa(text: str, ground: str) -> None:
    found = themes()
    assert len(found) == 2
    for theme in found:
        dark, light = sorted((luminance(theme[text]), luminance(theme[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5

"""Hostile texts of manifests and requests in every part of the page, in a real browser: text, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_bench import Page, fake_explain
from selenium.webdriver.common.by import By

from ambassador.compile.pipeline import Compiler
from ambassador.explain.evaluate import prepare
from ambassador.model.keys import ObjectKey
from ambassador.report.object_view import object_view
from ambassador.report.revision import Revision
from ambassador.sources.folder import load

pytest_plugins = ["page_fixtures"]

MARKUP = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
HOSTILE = [
    MARKUP,
    "\"'`><svg onload=window.hacked=1>&lt;b&gt;${7*7}{{7*7}}",
    "\u202egnirts\u2066 \u200f\u0000\ud7ff\uffff",
    "javascript:window.hacked=1//" + "long" * 1250,
]
WORDS_OF_OURS = ("kind", "outcome", "state", "severity", "type", "url", "origin")
QUESTION = "?url=http://shop.example.com:8080/cart/items"
Json = dict[str, Any]
SCRIPT = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
ANNOTATED = f"""\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata:
  name: annotated
  annotations:
    getambassador.io/note: "{SCRIPT}"
    "example.com/{SCRIPT}": told by its length only
spec: {{hostname: "*", prefix: /, service: "10.0.0.1:80"}}
"""


def poisoned(text: str) -> Any:
    """Puts `text` in front of every text of an answer that a manifest or a request can choose."""

    def poison(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inner if key in WORDS_OF_OURS else poison(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [poison(inner) for inner in value]
        return text + value if isinstance(value, str) else value

    return poison


def assert_harmless(page: Page) -> None:
    assert page.run("window.hacked === undefined")
    assert page.run("document.querySelectorAll('img').length === 1 && document.querySelectorAll('script').length === 1")
    assert page.run("[...document.querySelectorAll('a')].every((link) => /^(#|[?]|$)/.test(link.getAttribute('href')))")
    assert page.run("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("text", HOSTILE, ids=["markup", "quotes", "directions", "long"])
def test_given_hostile_texts_in_an_answer_then_each_part_shows_them_as_text(page: Page, text: str) -> None:
    page.watcher.explain = poisoned(text)
    page.open(QUESTION)
    page.until(lambda: not page.run("document.getElementById('answer').hidden"))
    for part in ("summary", ".way > li", ".acts", ".gets", ".near", ".candidates", ".understood"):
        selector = part if part.startswith(".") else f"#{part}"
        assert text[:40] in page.run(f"document.querySelector('#answer {selector}').textContent"), part
    assert_harmless(page)
    page.run("location.hash = 'object=Mapping/default/cart-1'")
    page.until(lambda: "Manifest" in page.text("details"))
    for part in (".yaml", ".yaml .inline", ".rows", ".verdict-of"):
        assert text[:40] in page.run(f"document.querySelector('#details {part}').textContent"), part
    assert_harmless(page)


def as_told(manifests: str, folder: Path) -> Json:
    """What the watcher itself says of the Mapping `annotated`."""
    (folder / "all.yaml").write_text(manifests)
    config = load([folder])
    compiled = Compiler().compile(config.objects)
    told = object_view(
        Revision(1, config, compiled), prepare(compiled.gateway), ObjectKey("Mapping", "default", "annotated")
    )
    assert told is not None
    return told


def test_given_an_annotation_that_is_a_script_then_its_object_shows_it_as_text(page: Page, tmp_path: Path) -> None:
    told = as_told(ANNOTATED, tmp_path)
    page.watcher.explain = lambda _: told
    page.open("#object=Mapping/default/annotated")
    page.until(lambda: "Manifest" in page.text("details"))
    lines = page.run("[...document.querySelectorAll('#details .yaml code')].map((line) => line.textContent)")
    assert f'    getambassador.io/note: "{SCRIPT}"' in lines
    assert f'    "example.com/{SCRIPT}": [23 characters]' in lines
    assert page.run("document.querySelectorAll('#details script, #details img').length") == 0
    assert_harmless(page)


@pytest.mark.parametrize("text", HOSTILE, ids=["markup", "quotes", "directions", "long"])
def test_given_hostile_texts_in_examples_and_traffic_then_they_are_shown_as_text(page: Page, text: str) -> None:
    def poison(answer: Json) -> Json:
        mean: Json = poisoned(text)(answer)
        return {**mean, "routes": answer["routes"]} if "dropped" in answer else mean

    page.watcher.explain = poison
    page.watcher.traffic = {"default/cart-1": fake_explain.arrived()}
    page.open("#route=default%2Fcart-1")
    page.until(lambda: page.run("document.querySelectorAll('.samples li').length === 1"))
    page.until(lambda: page.run("document.querySelectorAll('.examples li').length === 1"))
    for part in (".samples", ".examples"):
        assert text[:40] in page.run(f"document.querySelector('{part}').textContent"), part
    assert_harmless(page)


@pytest.mark.parametrize("text", [MARKUP, "curl '" + MARKUP + "' -H 'x: </textarea><script>window.hacked=1</script>'"])
def test_given_a_hostile_question_in_the_address_then_it_is_text_in_the_bar(page: Page, text: str) -> None:
    page.open()
    name = "curl" if text.startswith("curl") else "url"
    page.run(f"history.replaceState(null, '', '?' + new URLSearchParams({{ {name}: {text!r} }}))")
    page.browser.refresh()
    page.until(lambda: page.run("document.getElementById('question').value") == text)
    page.until(lambda: page.text("ask-fault") or page.text("answer"))
    assert_harmless(page)


def test_given_names_that_are_properties_of_every_object_then_they_have_no_traffic(page: Page) -> None:
    page.open("#route=constructor")
    page.until(lambda: "No route has this name" in page.text("details"))
    page.open("#object=constructor/__proto__/toString")
    page.until(lambda: "constructor __proto__/toString" in page.text("details"))
    assert page.browser.find_elements(By.CSS_SELECTOR, ".yaml li")

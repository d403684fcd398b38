"""The request bar of the page, in a real browser: what is typed, what stands in the address, what is refused."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from page_bench import Page, fake_data
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytest_plugins = ["page_fixtures"]

URL = "http://shop.example.com:8080/cart/items"
CURL = "curl --compressed -X POST \\\n  -H 'x-canary: yes' \\\n  'https://shop.example.com/cart/?x=1&y=%20'"


def ask(page: Page, text: str) -> None:
    bar = page.browser.find_element(By.ID, "question")
    bar.clear()
    bar.send_keys(text)
    bar.send_keys(Keys.ENTER)


def paste(page: Page, text: str) -> None:
    """As the clipboard does it: the text comes at once, line ends and all."""
    page.browser.find_element(By.ID, "question").click()
    page.browser.execute_cdp_cmd("Input.insertText", {"text": text})


def asked(page: Page, path: str = "/explain") -> list[dict[str, list[str]]]:
    """What the watcher was asked, in order."""
    return [parse_qs(urlsplit(target).query) for target in page.watcher.asked if urlsplit(target).path == path]


def question(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.browser.current_url).query)


def answered(page: Page, text: str = "goes to cart.default:80") -> None:
    page.until(lambda: text in page.text("answer"), f"the answer never said {text}")


def test_given_a_url_typed_then_enter_asks_and_the_address_carries_the_question(page: Page) -> None:
    page.open()
    page.press("e")
    page.press(URL + Keys.ENTER)
    answered(page, "GET /cart/items goes to cart.default:80")
    assert question(page) == {"url": [URL]}
    assert page.run("document.activeElement.id") == "question"


def test_given_an_address_with_a_question_then_it_is_asked_at_once_with_all_its_parts(page: Page) -> None:
    page.open("?url=shop.example.com/cart/&method=PURGE&header=x-canary:%20yes&header=x-b:%20c&client_ip=10.1.2.3")
    answered(page)
    assert asked(page)[-1] == {
        "url": ["shop.example.com/cart/"],
        "method": ["PURGE"],
        "header": ["x-canary: yes", "x-b: c"],
        "client_ip": ["10.1.2.3"],
    }
    fields = "['question', 'method', 'headers', 'client'].map((id) => document.getElementById(id).value)"
    assert page.run(fields) == ["shop.example.com/cart/", "PURGE", "x-canary: yes\nx-b: c", "10.1.2.3"]
    assert page.browser.find_element(By.ID, "headers").is_displayed()


def test_given_a_curl_line_pasted_in_several_lines_then_it_is_asked_as_it_is(page: Page) -> None:
    page.open()
    paste(page, CURL)
    assert page.run("document.getElementById('question').value") == CURL
    assert page.run("document.getElementById('question').clientHeight") > 60
    assert not page.browser.find_element(By.ID, "more-fields").is_displayed()
    page.press(Keys.ENTER)
    answered(page, "POST /cart/ goes to")
    assert asked(page)[-1] == {"curl": [CURL]}
    assert question(page) == {"curl": [CURL]}
    assert "--compressed is ignored" in page.text("answer")


def test_given_a_question_with_a_secret_then_the_address_has_it_without(page: Page) -> None:
    shared = "curl -H 'authorization: [redacted]' http://shop.example.com/cart"
    page.watcher.explain = lambda answer: {**answer, "secret": True, "curl": shared}
    page.open()
    paste(page, "curl -H 'authorization: Bearer hunter2' http://shop.example.com/cart")
    page.press(Keys.ENTER)
    page.until(lambda: question(page) == {"curl": [shared]}, "the address never lost its secret")
    assert [one for one in asked(page) if one.get("curl") == [shared]] == [], "what is asked must stay what was typed"


def test_given_a_line_that_ends_with_a_backslash_then_enter_goes_on_with_the_next(page: Page) -> None:
    page.open()
    before = len(asked(page))
    page.press("e")
    page.press("curl \\" + Keys.ENTER + URL)
    assert page.run("document.getElementById('question').value") == f"curl \\\n{URL}"
    assert len(asked(page)) == before
    page.press(Keys.ENTER)
    answered(page)
    assert asked(page)[-1] == {"curl": [f"curl \\\n{URL}"]}


def test_given_method_headers_and_client_then_they_are_part_of_the_question(page: Page) -> None:
    page.open()
    page.browser.find_element(By.ID, "more-fields").click()
    assert page.run("document.activeElement.id") == "headers"
    page.press("x-canary: yes" + Keys.ENTER + " x-b: c ")
    page.browser.find_element(By.ID, "client").send_keys("10.9.8.7")
    page.browser.find_element(By.ID, "method").send_keys("DELETE")
    ask(page, URL)
    answered(page, "DELETE /cart/items goes to")
    expected = {"url": [URL], "method": ["DELETE"], "header": ["x-canary: yes", "x-b: c"], "client_ip": ["10.9.8.7"]}
    assert question(page) == expected and asked(page)[-1] == expected


def test_given_a_method_in_front_of_the_url_then_it_is_the_method(page: Page) -> None:
    page.open()
    ask(page, f"POST {URL}")
    answered(page, "POST /cart/items goes to")
    assert question(page) == {"url": [URL], "method": ["POST"]}


def test_given_two_questions_then_back_and_forward_go_between_their_answers_and_the_empty_bar(page: Page) -> None:
    page.open()
    ask(page, "http://a.example/first")
    answered(page, "GET /first goes to")
    ask(page, "http://a.example/second")
    answered(page, "GET /second goes to")
    page.browser.back()
    answered(page, "GET /first goes to")
    assert page.run("document.getElementById('question').value") == "http://a.example/first"
    page.browser.back()
    page.until(lambda: page.run("document.getElementById('answer').hidden"))
    assert page.run("document.getElementById('question').value") == ""
    page.browser.forward()
    page.browser.forward()
    answered(page, "GET /second goes to")


def test_given_a_wrong_question_then_the_watchers_sentence_stands_beside_the_bar_until_a_right_one(page: Page) -> None:
    page.open()
    ask(page, "http://a.example/a b")
    page.until(lambda: page.text("ask-fault").lower() == "a url has no spaces: write %20")
    assert page.run("document.getElementById('answer').hidden")
    assert page.run("document.getElementById('ask-fault').getAttribute('role')") == "alert"
    page.watcher.publish(fake_data.listeners(7))
    page.until(lambda: len(page.names()) == 7)
    assert [one.get("url") for one in asked(page)].count(["http://a.example/a b"]) == 1
    ask(page, URL)
    answered(page)
    assert page.text("ask-fault") == ""


def test_given_a_question_that_fits_no_address_then_it_is_not_sent_and_the_sentence_says_what_to_leave_out(
    page: Page,
) -> None:
    page.open()
    before = len(asked(page))
    paste(page, f"curl {URL} -H 'cookie: {'c' * 100_000}'")
    page.press(Keys.ENTER)
    page.until(lambda: "such as cookies" in page.text("ask-fault"))
    assert len(asked(page)) == before and question(page) == {}


def test_given_a_question_that_just_fits_then_it_is_asked_and_its_address_can_be_loaded(page: Page) -> None:
    page.open()
    text = f"curl {URL} -H 'cookie: {'c' * 7_800}'"
    paste(page, text)
    page.press(Keys.ENTER)
    answered(page)
    page.browser.refresh()
    page.until(lambda: page.run("document.getElementById('question').value") == text)
    answered(page)


def test_given_the_watcher_is_gone_then_the_bar_says_so_and_asks_again_when_it_is_back(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    page.stop_watcher()
    ask(page, URL)
    page.until(lambda: "the watcher does not answer" in page.text("ask-fault"))
    page.watcher.publish(fake_data.listeners(5))
    page.start_watcher()
    answered(page)
    assert page.text("ask-fault") == ""


def test_given_nothing_asked_yet_then_examples_of_real_routes_are_one_click_away(page: Page) -> None:
    page.open()
    page.until(lambda: "http://shop.example.com:8080/quote/" in page.text("suggestions"))
    page.browser.find_element(By.LINK_TEXT, "http://shop.example.com:8080/quote/").click()
    answered(page, "GET /quote/ goes to")
    assert question(page) == {"url": ["http://shop.example.com:8080/quote/"]}
    page.until(lambda: page.run("document.activeElement.id") == "summary")
    assert page.text("suggestions") == ""
    page.browser.find_element(By.LINK_TEXT, "Clear").click()
    page.until(lambda: "Try" in page.text("suggestions"))
    assert question(page) == {} and page.run("document.activeElement.id") == "question"


def test_given_an_answer_that_is_slow_to_come_then_a_question_that_is_left_meanwhile_does_not_show_it(
    page: Page,
) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    go_on = threading.Event()
    page.watcher.before = lambda path: go_on.wait(10) if path == "/explain" else None
    try:
        ask(page, URL)
        page.until(lambda: page.run("document.getElementById('answer').getAttribute('aria-busy')") == "true")
        page.browser.back()
        page.until(lambda: page.run("document.getElementById('answer').getAttribute('aria-busy')") == "false")
    finally:
        go_on.set()
        page.watcher.before = lambda _path: None
    ask(page, "http://a.example/other")
    answered(page, "GET /other goes to")
    page.browser.back()
    page.until(lambda: page.run("document.getElementById('answer').hidden"))


@pytest.mark.parametrize("key", ["e", "?"])
def test_given_a_key_then_it_leads_to_the_bar_and_escape_out_of_it(page: Page, key: str) -> None:
    page.open()
    page.press(key)
    assert page.run("document.activeElement.id") == "question"
    page.press("a?e/j")
    assert page.run("document.getElementById('question').value") == "a?e/j"
    page.press(Keys.ESCAPE)
    assert page.run("document.activeElement === document.body")

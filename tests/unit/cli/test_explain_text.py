"""The answer as text: what is shown in which order, in 80 columns, whatever the names are."""

import click
import pytest
from explain_answers import candidate, forwarded, not_found, source, step

from ambassador.cli.explain_text import in_encoding, lines

FORWARDED = """\
GET http://h/shop/cart is taken by mapping/default/shop and goes to shop:80 as
/cart.

● listener    0.0.0.0:8080
│             no listener has port 80; this one takes cleartext
● host        *
│             no other host is h
● route       mapping/default/shop
│             the path begins with /shop/
│             routes/shop.yaml:9  spec.prefix
◆ backend     shop:80
              100 % of them; 2 endpoints

What happens to it
  path: /shop/cart → /cart
  · times out after 3 s

Shares
   80 %  mapping/default/shop  routes/shop.yaml:6
   20 %  mapping/default/shop-canary  routes/shop-canary.yaml:5

Routes of the host, in the order in which they are asked
×    1  mapping/default/quote  routes/quote.yaml:6  spec.prefix
        the path does not begin with /quote/
×    2  mapping/default/shop-beta  routes/shop-beta.yaml:14  spec.headers.x-beta
        the header x-beta is missing; it must be "yes"
→    3  mapping/default/shop-canary  routes/shop-canary.yaml:8  spec.prefix
        it takes 20 % of what matches
→    4  mapping/default/shop  routes/shop.yaml:9  spec.prefix
        the path begins with /shop/

The same with curl
  curl http://h/shop/cart"""

LONG = "mapping/platform-team-production/checkout-service-eu-west-1-canary-rollout-experiment-b"
DEEP = "deploy/overlays/production/eu-west-1/checkout/mapping-canary.yaml"


def text(answer: dict, width: int = 80, *, everything: bool = False) -> str:
    return click.unstyle("\n".join(lines(answer, width, everything=everything)))


def orders(shown: str) -> list[int]:
    """The places in which the routes that are shown are asked; the text counts from 1."""
    return [int(line.split()[1]) - 1 for line in shown.splitlines() if line.startswith(("×", "~", "→"))]


def test_the_way_comes_first_then_what_happens_then_who_else_could_have_taken_it() -> None:
    assert text(forwarded()) == FORWARDED


def test_given_an_object_of_a_cluster_then_it_is_named_instead_of_a_file() -> None:
    route = step("route", "r", "it matches", source=source("shop"), path="spec.prefix")
    assert "\n              Mapping default/shop  spec.prefix" in text(forwarded(steps=[route]))


def test_given_a_redirect_then_its_location_is_shown() -> None:
    winner = forwarded()["winner"] | {"location": "https://h/shop/cart", "rewritten": None, "steps": []}
    shown = text(forwarded(outcome="redirect", winner=winner))
    assert "What happens to it\n  location: https://h/shop/cart\n\n" in shown


def test_given_a_way_that_ends_early_then_the_last_station_says_so() -> None:
    last = [line for line in lines(not_found(0), 80, everything=False) if "answer" in line]
    assert last == [f"{click.style('◆', fg='red', bold=True)} answer      {click.style('404', bold=True)}"]


@pytest.mark.parametrize(("endpoints", "color"), [(0, "red"), (2, "green"), (None, "green")])
def test_given_a_backend_without_endpoints_then_the_way_does_not_end_in_green(
    endpoints: int | None, color: str
) -> None:
    winner = forwarded()["winner"] | {"backends": [{"service": "shop", "weight": 80, "endpoints": endpoints}]}
    shown = list(lines(forwarded(winner=winner), 80, everything=False))
    assert any(line.startswith(click.style("◆", fg=color, bold=True)) for line in shown)


def test_given_many_routes_then_those_near_the_answer_are_shown_and_the_others_counted() -> None:
    late = [candidate(order, f"r{order}", "it is asked too late", matched=True) for order in range(40, 43)]
    answer = not_found(40, total=5000)
    answer["candidates"][30] |= {"path": "spec.headers[0].value", "because": "the header x is missing"}
    answer["candidates"] += late
    shown = text(answer)
    assert "(10 of 5000)" in shown
    assert "… and 4990 more (--all shows them)" in shown
    assert orders(shown) == [27, 28, 29, 30, 31, 32, 33, 40, 41, 42]
    everything = text(answer, everything=True)
    assert "(43 of 5000)" in everything
    assert "… and 4957 more\n" in everything


def test_given_a_winner_among_many_then_those_asked_just_before_are_shown() -> None:
    answer = not_found(100)
    winner = answer["candidates"][60] | {"matched": True, "because": "it matches"}
    answer["candidates"][60] = winner
    assert orders(text(answer | {"winner": winner})) == list(range(57, 64))


def test_given_more_near_ones_than_anybody_reads_then_the_winner_and_those_around_it_are_shown() -> None:
    answer = not_found(0, total=50)
    answer["candidates"] = [candidate(order, f"r{order}", "too late", matched=True) for order in range(50)]
    answer["alternatives"] = [{"route": "mapping/default/r49", "share": 20}]
    assert orders(text(answer | {"winner": answer["candidates"][30]})) == [*range(25, 36), 49]


def test_given_near_misses_and_notes_then_they_follow() -> None:
    miss = {"route": "mapping/a/b", "listener": "0.0.0.0:8443", "hostname": "api.example", "because": "it is there"}
    miss |= {"source": source("b", "b.yaml:7")}
    shown = text(not_found(0, near=[miss], notes=["--compressed is ignored"]))
    head = "It would be taken elsewhere\n  mapping/a/b  on 0.0.0.0:8443 api.example\n"
    assert f"{head}        b.yaml:7\n        it is there\n" in shown
    assert "Notes on the question\n  · --compressed is ignored\n" in shown


def test_given_long_names_then_they_stay_whole_and_the_reasons_aligned() -> None:
    because = "the header x-experiment is " + "very " * 30 + "long"
    far = candidate(0, "x", because, route=LONG, source=source("x", f"{DEEP}:133"), path="spec.headers.x-experiment")
    shown = text(not_found(0, candidates=[far], total=1, near=[{"route": LONG, "listener": LONG, "because": because}]))
    wide = [line.strip() for line in shown.splitlines() if len(line) > 80]
    assert wide == [f"×    1  {LONG}", f"{DEEP}:6  spec.headers.x-experiment", LONG, f"on {LONG}"]
    assert len([line for line in shown.splitlines() if line.startswith(" " * 8 + "very very")]) == 4


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb\rc", "\u202eevil", "\x00", "\x9b2J"])
def test_given_texts_that_a_terminal_would_obey_then_they_are_written_out(hostile: str) -> None:
    miss = {"route": hostile, "listener": hostile, "hostname": hostile, "because": hostile}
    winner = candidate(0, hostile, hostile, path=hostile, source=source(hostile, f"{hostile}:1"))
    winner |= {
        "rewritten": {"path": hostile, "host": hostile},
        "location": hostile,
        "steps": [hostile],
        "share": hostile,
    }
    steps = [step(hostile, hostile, hostile, source=source(hostile), path=hostile)]
    answer = forwarded(
        summary=hostile, winner=winner, steps=steps, near=[miss], notes=[hostile], curl=hostile, candidates=[winner]
    )
    shown = text(answer)
    assert shown.replace("\n", "").isprintable()
    assert repr(hostile)[1:-1] in shown


def test_given_an_answer_that_lacks_what_was_added_later_then_the_rest_is_shown() -> None:
    assert text({"outcome": "not_found"}) == ""
    assert "mapping/a" in text({"outcome": "forward", "candidates": [{"route": "mapping/a"}], "winner": {}})


def test_given_a_terminal_that_knows_no_more_than_ascii_then_the_text_is_still_readable() -> None:
    assert in_encoding("● a → b │ ü", "ascii") == "o a > b | \\xfc"
    assert in_encoding("● a → b │ ü", "utf-8") == "● a → b │ ü"

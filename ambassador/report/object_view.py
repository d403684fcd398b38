"""One input object: its YAML with problems on their lines, what became of it, its routes, and what Envoy said."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

from ambassador.explain.evaluate import Prepared
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.report.envoy_view import envoy_view
from ambassador.report.example_view import example_at
from ambassador.report.field_paths import field_path
from ambassador.report.places import Place, of_object
from ambassador.report.render import Json, listener, one_object
from ambassador.report.revision import Revision
from ambassador.report.sheet import Sheet, sheet

_MOST_LINES = 3_000
_BEFORE = 100
_MOST_ROUTES = 200
_MOST_EXAMPLES = 10
_NOWHERE = (0, -1)


def object_query(text: str) -> tuple[ObjectKey, str]:
    """The object and the field that the query of an address names."""
    given = {name: values[-1] for name, values in parse_qs(text).items()}
    key = ObjectKey(given.get("kind", ""), given.get("namespace", ""), given.get("name", ""))
    return key, given.get("field", "")


def object_view(revision: Revision, prepared: Prepared, key: ObjectKey, field: str = "") -> Json | None:
    """An object as contract JSON; None when there is no such object. `field`: the path of a field to mark."""
    source = revision.config.objects.get(key)
    if source is None:
        return None
    problems = revision.by_object().get(key, [])
    page = sheet(key.kind, source.content, revision.config.origins.excerpt(key))
    path = field_path(source.content, field) if field else None
    marked = page.span(path) if path else _NOWHERE
    places = tuple(of_object(revision.compiled.gateway, key))
    told = one_object(revision, key, problems)
    return {
        **told,
        "revision": revision.number,
        "yaml": _lines(page, problems, marked),
        "first_line": page.first,
        "of_file": page.of_file,
        "omitted_lines": max(0, len(page.lines) - _MOST_LINES),
        "routes": [
            {**_route(place), "example": example_at(prepared, place) if number < _MOST_EXAMPLES else None}
            for number, place in enumerate(places[:_MOST_ROUTES])
        ],
        "total_routes": len(places),
        "envoy": envoy_view(revision, source, places),
    }


def _lines(page: Sheet, problems: Iterable[Problem], marked: tuple[int, int]) -> list[Json]:
    """The first lines; those around the marked ones where these stand further down."""
    skipped = max(0, marked[0] - page.first - _BEFORE) if marked[1] - page.first >= _MOST_LINES else 0
    on_line: dict[int, list[int]] = {}
    for index, one in enumerate(problems):
        on_line.setdefault(page.span(one.path)[0], []).append(index)
    return [
        {
            "number": number,
            "text": text,
            "problems": on_line.get(number, []),
            "marked": marked[0] <= number <= marked[1],
        }
        for number, text in enumerate(page.lines[skipped : skipped + _MOST_LINES], page.first + skipped)
    ]


def _route(place: Place) -> Json:
    return {
        "name": place.route.name,
        "listener": listener(place.listener)["name"],
        "hostname": place.domain.pattern,
        "order": place.order,
    }

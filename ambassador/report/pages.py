"""The reports by path: what each question costs is decided here. Nothing is rendered that nobody asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from ambassador.explain.evaluate import Prepared, prepare
from ambassador.model.keys import ObjectKey
from ambassador.report import lists, render
from ambassador.report.example_view import example_view, route_query
from ambassador.report.explain_view import explain_query, explain_view
from ambassador.report.lists import Part
from ambassador.report.object_view import object_query, object_view
from ambassador.report.pieces import joined, listed
from ambassador.report.revision import Revision
from ambassador.report.route_view import RouteView, rendered, route_view, search, whole
from ambassador.report.traffic_view import traffic, traffic_query
from ambassador.traffic.book import Book

Current = Callable[[], Revision]
Body = bytes | Iterator[bytes]
_LISTS = ("/overview", "/routes", "/problems", "/objects")
"""Paths of which no question is wrong, so that it is known before it is read whether the answer has changed."""
_AT_ONCE = 1_000
"""More than this many of a list come in pieces."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks for. `limit` None: no limit; `text`: all of it, as it came."""

    q: str = ""
    host: str = ""
    limit: int | None = None
    offset: int = 0
    text: str = ""


@dataclass(slots=True)
class Pages:
    """Answers by path. Keeps of the latest revision what is dear to make, and only once somebody has asked for it.

    `book` is None where no traffic is counted.
    """

    current: Current
    metrics: Callable[[], bytes]
    version: str
    started: float
    boot: str = ""
    book: Book | None = None
    _view: RouteView | None = None
    _prepared: Prepared | None = None
    _amounts: render.Amounts | None = None
    _asked: bool = False

    def answer(self, path: str, query: Query) -> tuple[Body, str] | None:
        """Body and ETag of a path; None when there is no such path.

        Raises:
            BadRequest: what is asked about is no request.
        """
        if path == "/metrics":
            return self.metrics(), ""
        if path == "/traffic" and self.book is not None:
            return orjson.dumps(self._traffic(self.book, query)), ""
        revision = self.current()
        body = self._body(path, query, revision)
        if body is None:
            return None
        tag = "" if path == "/health" else _tag(path, revision)
        return body, f'"{tag}{self.boot}"' if tag else ""

    def unchanged(self, path: str, given: str) -> str:
        """The ETag of a path, if a client that has `given` has the newest answer; else nothing."""
        if path not in _LISTS:
            return ""
        tag = f'"{_tag(path, self.current())}{self.boot}"'
        return tag if given in (tag, self.revision_tag()) else ""

    def forget(self) -> None:
        """Drops what nobody has needed since the last call: it holds all that has been edited since it was made."""
        if not self._asked:
            self._view = self._prepared = None
        self._asked = False

    def revision_tag(self) -> str:
        """What a client may send that knows the revision of this process only; empty until all is settled."""
        revision = self.current()
        return f'"{revision.number}"' if revision.tag == str(revision.number) else ""

    def _body(self, path: str, query: Query, revision: Revision) -> Body | None:
        pages: dict[str, Callable[[], Part]] = {
            "/problems": lambda: lists.problems(revision, _object_of(query), query.limit, query.offset),
            "/objects": lambda: lists.objects(revision, query.q.lower(), query.limit, query.offset),
        }
        if path in pages:
            part = pages[path]()
            if part.size <= _AT_ONCE:
                return orjson.dumps(part.whole)
            return joined(listed(part.head, part.name, ((orjson.dumps(one),) for one in part.items)))
        if path == "/routes":
            return self._table(query, revision)
        one = self._rendered(path, query, revision)
        return None if one is None else orjson.dumps(one)

    def _table(self, query: Query, revision: Revision) -> Body:
        found = search(self._routes(revision), query.q, query.host, query.limit, query.offset)
        if found.size > _AT_ONCE:
            return joined(whole(found, revision))
        return orjson.dumps(rendered(found, revision))

    def _rendered(self, path: str, query: Query, revision: Revision) -> render.Json | None:
        pages: dict[str, Callable[[], render.Json | None]] = {
            "/health": lambda: _health(revision),
            "/overview": lambda: self._overview(revision),
            "/explain": lambda: explain_view(revision, self._index(revision), explain_query(query.text)),
            "/object": lambda: object_view(revision, self._index(revision), *object_query(query.text)),
            "/example": lambda: example_view(revision, self._index(revision), route_query(query.text)),
        }
        page = pages.get(path)
        return page() if page else None

    def _overview(self, revision: Revision) -> render.Json:
        return render.overview(revision, self.version, time.monotonic() - self.started, self._counted(revision))

    def _counted(self, revision: Revision) -> render.Amounts:
        found = self._amounts = render.amounts(revision, self._amounts)
        return found

    def _traffic(self, book: Book, query: Query) -> render.Json:
        """With a limit, that of the routes in a window of the table."""
        asked = traffic_query(query.text)
        if query.limit is None:
            return traffic(book, asked, time.time())
        shown = search(self._routes(self.current()), query.q, query.host, query.limit, query.offset)
        return traffic(book, asked, time.time(), frozenset(row.route.name for row in shown.rows()))

    def _index(self, revision: Revision) -> Prepared:
        """What the evaluator keeps of the latest revision."""
        self._asked = True
        found = prepare(revision.compiled.gateway, self._prepared)
        # Another thread may have put another revision's there meanwhile.
        self._prepared = found
        return found

    def _routes(self, revision: Revision) -> RouteView:
        self._asked = True
        view = self._view = route_view(revision, self._view)
        return view


def _tag(path: str, revision: Revision) -> str:
    return str(revision.number) if path == "/routes" else revision.tag


def _object_of(query: Query) -> ObjectKey | None:
    """The object whose problems are asked for; None: all."""
    key, _ = object_query(query.text)
    return key if key.kind else None


def _health(revision: Revision) -> render.Json:
    if revision.ready:
        message = "Envoy holds a complete configuration"
    elif not revision.connected:
        message = "Envoy is not connected"
    else:
        message = "Envoy has not acknowledged the first configuration yet"
    return {
        "alive": True,
        "ready": revision.ready,
        "message": message,
        "revision": revision.number,
        "connected": revision.connected,
        "diagnostics": render.diagnostics(revision),
    }

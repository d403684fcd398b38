"""Composes the app: paths, who may see them, security headers, errors. Whatever a path shows lies in its view."""

from __future__ import annotations

import json
from functools import partial

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from diag import services as parts
from diag.access import is_local
from diag.client import Unavailable
from diag.gate import Gate
from diag.services import Services
from diag.settings import Settings
from diag.views import example, explain, health, metrics, object, objects, overview, page, problems, routes, traffic

BASE = "/ambassador/v0"
API = f"{BASE}/api/"

OPEN_PATHS = (
    (f"{BASE}/check_alive", "check_alive", health.alive),
    (f"{BASE}/check_ready", "check_ready", health.ready),
    ("/metrics", "metrics", metrics.show),
)
GUARDED_PATHS = (
    ("/", "to_page", page.to_page),
    (f"{BASE}/diag/", "page", page.show),
    (f"{API}overview", "overview", overview.show),
    (f"{API}routes", "routes", routes.show),
    (f"{API}problems", "problems", problems.show),
    (f"{API}objects", "objects", objects.show),
    (f"{API}explain", "explain", explain.show),
    (f"{API}object", "object", object.show),
    (f"{API}example", "example", example.show),
    (f"{API}traffic", "traffic", traffic.show),
)
METHODS = ("GET", "HEAD")

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
REFUSED = (
    "this is shown only to callers on the same machine: use `kubectl port-forward` and open it as localhost, "
    "or set AMBASSADOR_DIAG_ALLOW_NON_LOCAL=true"
)


def create_app(settings: Settings) -> Flask:
    """The WSGI app. Opens nothing until a request comes."""
    app = Flask(__name__, static_url_path=f"{BASE}/diag/static")
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0
    services = parts.build(settings)
    for path, name, view in (*OPEN_PATHS, *GUARDED_PATHS):
        app.add_url_rule(path, endpoint=name, view_func=partial(view, services), methods=["GET"])
    app.before_request(_check_method)
    app.before_request(partial(_check_caller, services))
    app.after_request(_add_headers)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.wsgi_app = Gate(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _check_method() -> None:
    if request.method not in METHODS:
        abort(405, description="only GET and HEAD: nothing here changes anything")


def _check_caller(services: Services) -> None:
    """Every known path is guarded unless it is in `OPEN_PATHS`; an unknown one goes on to its 404."""
    is_open = request.endpoint is None or any(request.endpoint == name for _, name, _ in OPEN_PATHS)
    if not is_open and not _may_see(services):
        abort(403, description=REFUSED)


def _may_see(services: Services) -> bool:
    if is_local(request.remote_addr or "", request.headers.keys(), request.headers.get("Host", "")):
        return True
    if services.settings.demo:
        return True
    try:
        module = services.watcher_health.answer()
    except Unavailable:
        return services.settings.allow_non_local
    return module.diagnostics_enabled and (services.settings.allow_non_local or module.allow_non_local)


def _add_headers(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _http_error(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return Response(response=error.get_body(), status=error.code, headers=error.get_headers())
    allow = {"Allow": ", ".join(METHODS)} if error.code == 405 else {}
    text = "there is nothing at this path" if error.code == 404 else error.description or error.name
    return _error(error.code, text, allow)


def _unavailable(error: Unavailable) -> Response:
    return _error(503, str(error), {"Retry-After": "1"})


def _error(status: int, text: str, headers: dict[str, str]) -> Response:
    if _speaks_json():
        response = Response(
            json.dumps({"error": text}) + "\n", status=status, headers=headers, content_type="application/json"
        )
    else:
        body = render_template("error.html", status=status, text=text)
        response = Response(body, status=status, headers=headers, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _speaks_json() -> bool:
    return request.path.startswith(API) or "json" in request.args or "json" in request.headers.get("Accept", "")

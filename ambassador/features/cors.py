"""Cross-origin resource sharing."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.extensions.filters.http.cors import v3 as cors_v3

from ambassador.features.contract import Feature, HttpFilter, Input, RouteFragment
from ambassador.features.patterns import exact_matcher, full_match, regex_string_matcher
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, TEXT, list_or_one
from ambassador.model.fields import Field, FieldType, Values, object_of
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class CrossOrigin(FeatureConfig):
    """Origins may be `*` or hold one (`https://*.example.com`)."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    credentials: bool | None = None
    max_age: str = ""


_LIST = list_or_one(TEXT, separator=",")
_ORIGINS = Field("origins", _LIST, "origins that may ask, `*` for any")
_METHODS = Field("methods", _LIST, "methods they may use")
_HEADERS = Field("headers", _LIST, "request headers they may send")
_EXPOSED = Field("exposed_headers", _LIST, "response headers they may see")
_CREDENTIALS = Field("credentials", BOOLEAN, "whether cookies and authorization are sent", default="false")
_MAX_AGE = Field("max_age", TEXT, "seconds that a browser may remember the answer", default="none")


def _cors(values: Values) -> Checked[CrossOrigin | None]:
    return Checked(
        CrossOrigin(
            values.or_else(_ORIGINS, ()),
            values.or_else(_METHODS, ()),
            values.or_else(_HEADERS, ()),
            values.or_else(_EXPOSED, ()),
            values.get(_CREDENTIALS),
            values.or_else(_MAX_AGE, ""),
        )
    )


_CORS: FieldType[CrossOrigin] = object_of((_ORIGINS, _METHODS, _HEADERS, _EXPOSED, _CREDENTIALS, _MAX_AGE), _cors)
CORS = Field("cors", _CORS, "cross-origin resource sharing")


def parse(values: Values) -> Checked[CrossOrigin | None]:
    return Checked(values.get(CORS))


def http_filter() -> cors_v3.Cors:
    return cors_v3.Cors()


def on_route(cors: CrossOrigin) -> RouteFragment:
    return RouteFragment(
        per_filter=cors_v3.CorsPolicy(
            allow_origin_string_match=[
                regex_string_matcher(_wildcard(origin)) if "*" in origin else exact_matcher(origin)
                for origin in cors.origins
            ],
            allow_methods=", ".join(cors.methods),
            allow_headers=", ".join(cors.headers),
            expose_headers=", ".join(cors.exposed_headers),
            max_age=cors.max_age,
            allow_credentials=cors.credentials,
        )
    )


def allows(wanted: str, origin: str) -> bool:
    """Whether an origin that a browser sends is one that may ask."""
    return full_match(_wildcard(wanted), origin) if "*" in wanted else wanted == origin


def _wildcard(origin: str) -> str:
    # Only characters that mean something to RE2 are escaped; `*` stands for any text.
    return "".join(".*" if char == "*" else f"\\{char}" if char in r"\.+?()[]{}|^$" else char for char in origin)


def _summary(cors: CrossOrigin) -> str:
    return f"origins {', '.join(cors.origins) or 'none'}"


FEATURE = Feature(
    "cors",
    CrossOrigin,
    _summary,
    inputs={"Mapping": Input((CORS,), parse), "Module": Input((CORS,), parse)},
    http_filter=HttpFilter("envoy.filters.http.cors", http_filter),
    on_route=on_route,
)

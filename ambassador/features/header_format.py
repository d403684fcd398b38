"""How Envoy shows itself in headers, and how large a request's may be."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import TEXT, integer
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class HeaderFormat(FeatureConfig):
    """`max_request_kib`: all request headers together, in KiB."""

    server_name: str = "envoy"
    max_request_kib: int | None = None


SERVER_NAME = Field("server_name", TEXT, "value of the server response header", default="envoy")
MAX_REQUEST = Field(
    "max_request_headers_kb", integer(1, 8192), "limit of all request headers together, in KiB", default="60"
)


def parse(values: Values) -> Checked[HeaderFormat | None]:
    return Checked(HeaderFormat(values.get(SERVER_NAME) or "envoy", values.get(MAX_REQUEST)))


def on_listener(headers: HeaderFormat) -> ListenerFragment:
    limit = {} if headers.max_request_kib is None else {"max_request_headers_kb": headers.max_request_kib}
    return ListenerFragment(hcm={"server_name": headers.server_name, **limit})


FEATURE = Feature(
    "header format",
    HeaderFormat,
    lambda headers: f"server: {headers.server_name}",
    inputs={"Module": Input((SERVER_NAME, MAX_REQUEST), parse)},
    defaults={"Listener": HeaderFormat()},
    on_listener=on_listener,
)

"""What happens to a request's path before routes see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked

# What `normalize_path` and the escaped slashes action do, seen on Envoy 1.40.
ENCODED = '"<>^`{|}'
"""Characters that Envoy percent-encodes in paths."""

DECODED = re.compile(r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]|5[Ff]|6[1-9A-Fa-f]|7[0-9AaEe])")
"""Escapes that it decodes: those of letters, digits and - . _ ~ (RFC 3986 section 2.3)."""

ESCAPED_SLASH = re.compile(r"%(?:2[Ff]|5[Cc])")
"""What counts as an escaped slash, which it leaves or refuses."""


@dataclass(frozen=True, slots=True)
class PathNormalization(FeatureConfig):
    merge_slashes: bool = False
    reject_escaped_slashes: bool = False


MERGE = Field("merge_slashes", BOOLEAN, "several slashes in a row count as one", default="false")
REJECT = Field("reject_requests_with_escaped_slashes", BOOLEAN, "answers 400 to paths with %2F or %5C", default="false")


def parse(values: Values) -> Checked[PathNormalization | None]:
    return Checked(PathNormalization(values.or_else(MERGE, False), values.or_else(REJECT, False)))


def on_listener(paths: PathNormalization) -> ListenerFragment:
    action = hcm_v3.HttpConnectionManagerPathWithEscapedSlashesAction
    return ListenerFragment(
        hcm={
            "normalize_path": True,
            "merge_slashes": paths.merge_slashes,
            "path_with_escaped_slashes_action": (
                action.REJECT_REQUEST if paths.reject_escaped_slashes else action.KEEP_UNCHANGED
            ),
        }
    )


FEATURE = Feature(
    "path normalization",
    PathNormalization,
    lambda paths: "merges slashes" if paths.merge_slashes else "",
    inputs={"Module": Input((MERGE, REJECT), parse)},
    defaults={"Listener": PathNormalization()},
    on_listener=on_listener,
)

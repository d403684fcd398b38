"""What happens to the Host header before the upstream sees it. Matching ignores the port in any case."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class HostNormalization(FeatureConfig):
    strip_port: bool = False


STRIP = Field(
    "strip_matching_host_port", BOOLEAN, "removes the listener's own port from the Host header", default="false"
)


def parse(values: Values) -> Checked[HostNormalization | None]:
    return Checked(HostNormalization(values.or_else(STRIP, False)))


def on_listener(hosts: HostNormalization) -> ListenerFragment:
    return ListenerFragment(hcm={"strip_matching_host_port": True} if hosts.strip_port else {})


FEATURE = Feature(
    "host normalization",
    HostNormalization,
    lambda hosts: "strips the port" if hosts.strip_port else "",
    inputs={"Module": Input((STRIP,), parse)},
    on_listener=on_listener,
)

"""Who the client is: which forwarded addresses are believed."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, integer
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class ClientAddress(FeatureConfig):
    """`trusted_hops`: proxies in front whose X-Forwarded-For entry is believed."""

    use_remote_address: bool | None = None
    trusted_hops: int | None = None


USE_REMOTE = Field("use_remote_address", BOOLEAN, "takes the connection's peer as the client", default="true")
HOPS = Field("xff_num_trusted_hops", integer(0, 100), "default of a Listener's l7Depth", default="0")
DEPTH = Field("l7Depth", integer(0, 100), "proxies in front whose X-Forwarded-For entry is believed", default="0")


def parse_module(values: Values) -> Checked[ClientAddress | None]:
    return Checked(ClientAddress(values.get(USE_REMOTE), values.get(HOPS)))


def parse_listener(values: Values) -> Checked[ClientAddress | None]:
    return Checked(ClientAddress(trusted_hops=values.get(DEPTH)))


def inherit(specific: ClientAddress, default: ClientAddress) -> ClientAddress:
    return ClientAddress(
        default.use_remote_address if specific.use_remote_address is None else specific.use_remote_address,
        default.trusted_hops if specific.trusted_hops is None else specific.trusted_hops,
    )


def on_listener(client: ClientAddress) -> ListenerFragment:
    remote = client.use_remote_address is not False
    return ListenerFragment(hcm={"use_remote_address": remote, "xff_num_trusted_hops": client.trusted_hops or 0})


FEATURE = Feature(
    "client address",
    ClientAddress,
    lambda client: f"{client.trusted_hops or 0} trusted hops",
    inputs={"Module": Input((USE_REMOTE, HOPS), parse_module), "Listener": Input((DEPTH,), parse_listener)},
    defaults={"Listener": ClientAddress(use_remote_address=True, trusted_hops=0)},
    inherit=inherit,
    on_listener=on_listener,
)

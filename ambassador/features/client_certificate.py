"""Certificates of clients (mTLS): by whom they must be signed, and whether there must be one."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.features.tls_options import secret_config
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, TEXT
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked, Problem, Reason


@dataclass(frozen=True, slots=True)
class ClientCertificate(FeatureConfig):
    """`ca` is a Secret's name as written; after references are resolved, the name of the SDS secret."""

    ca: str
    required: bool = False


CA = Field("ca_secret", TEXT, "Secret with the CA that client certificates are judged by", ("caSecret",), protects=True)
REQUIRED = Field(
    "cert_required", BOOLEAN, "refuses clients without a certificate", ("certRequired",), default="false", protects=True
)
CRL = Field("crl_secret", TEXT, "Secret with revoked certificates", ("crlSecret",), protects=True, built=False)
CA_FILE = Field(
    "cacert_chain_file", TEXT, "CA file", ("cacertChainFile", "caCertChainFile"), protects=True, built=False
)
FIELDS = (CA, REQUIRED, CRL, CA_FILE)


def parse(values: Values) -> Checked[ClientCertificate | None]:
    ca, required = values.get(CA), values.or_else(REQUIRED, False)
    problems: tuple[Problem, ...] = ()
    if required and not ca:
        # Any certificate would do: that is what Envoy can check without a CA, and what the ancestor did.
        message = "cert_required without ca_secret accepts any certificate; name the CA's Secret in ca_secret"
        problems = (values.on(REQUIRED).warning(Reason.MISSING_FIELD, message),)
    if not ca and not required:
        return Checked(None)
    return Checked(ClientCertificate(ca or "", required), problems)


def on_listener(client: ClientCertificate) -> ListenerFragment:
    common = {"validation_context_sds_secret_config": secret_config(client.ca)} if client.ca else {}
    details = hcm_v3.HttpConnectionManagerForwardClientCertDetails.SANITIZE
    return ListenerFragment(
        hcm={"forward_client_cert_details": details},
        tls={"require_client_certificate": client.required},
        common_tls=common,
    )


FEATURE = Feature(
    "client certificate",
    ClientCertificate,
    lambda client: "required" if client.required else "optional",
    inputs={"TLSContext": Input(FIELDS, parse)},
    on_listener=on_listener,
)

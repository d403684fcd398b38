"""Which cluster to talk to, and as whom: a kubeconfig or the pod's service account.

Everything that can be wrong with a kubeconfig is told here in one line, before anything starts.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import urllib3
import yaml
from kubernetes.client.configuration import Configuration
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.config.incluster_config import InClusterConfigLoader

from ambassador.errors import StartError
from ambassador.kube.api import Api
from ambassador.kube.transport import Load, Transport, one_line

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HOST = "KUBERNETES_SERVICE_HOST"

# A peer that acknowledges nothing is given up after 10 + 3 × 5 s of silence, or 25 s after unacknowledged data.
_IDLE, _INTERVAL, _COUNT = 10, 5, 3
_KEPT_CONNECTIONS = 64


def connect(environ: Mapping[str, str], service_account: Path = SERVICE_ACCOUNT) -> Api:
    """The cluster that `KUBECONFIG` names, else the one this pod runs in, else that of ~/.kube/config.

    Nothing is sent yet, so an API server that is away is no error here.

    Raises:
        StartError: there is no configuration, or it cannot work; one line.
    """
    load = loader(environ, service_account)
    try:
        configuration = load()
        _check_tls(configuration)
    except (ConfigException, OSError, ValueError) as error:
        raise StartError(one_line(error)) from error
    return Api(Transport(configuration, load))


def loader(environ: Mapping[str, str], service_account: Path) -> Load:
    """What reads the configuration, now and again when credentials were rejected.

    Raises:
        StartError: there is nothing to read.
    """
    named = environ.get("KUBECONFIG", "")
    if named:
        return lambda: _from_kubeconfig(named, "KUBECONFIG")
    if environ.get(_HOST):
        return lambda: _in_cluster(environ, service_account)
    usual = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".kube", "config")
    if os.path.exists(usual):
        return lambda: _from_kubeconfig(usual, "the kubeconfig")
    raise StartError(
        "no cluster to watch: this is no pod, KUBECONFIG is not set and there is no ~/.kube/config; "
        "set KUBECONFIG, or give a folder of manifests with --config DIR"
    )


def _in_cluster(environ: Mapping[str, str], service_account: Path) -> Configuration:
    token, ca = service_account / "token", service_account / "ca.crt"
    configuration = _empty()
    try:
        loader = InClusterConfigLoader(str(token), str(ca), environ=environ)  # type: ignore[no-untyped-call]
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise ConfigException(f"the pod's service account in {service_account} cannot be used: {error}") from error
    return configuration


def _from_kubeconfig(paths: str, what: str) -> Configuration:
    files = [os.path.expanduser(path) for path in paths.split(os.pathsep) if path]
    present = [path for path in files if os.path.exists(path)]
    if not present:
        raise ConfigException(f"{what} names {' and '.join(files) or 'nothing'}, which does not exist")
    shown = os.pathsep.join(present)
    configuration = _empty()
    try:
        with _said() as said:
            load_kube_config(  # type: ignore[no-untyped-call]
                shown, client_configuration=configuration, persist_config=False
            )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise ConfigException(f"{what} {shown} is not valid YAML{where}") from error
    except (ConfigException, OSError, ValueError) as error:
        raise ConfigException(f"{what} {shown} cannot be used: {one_line(error)}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigException(f"{what} {shown} has not the form of a kubeconfig") from error
    if said:
        raise ConfigException(f"{what} {shown}: no credentials: {one_line(said[0])}")
    if not str(configuration.host).startswith(("https://", "http://")) or configuration.host == _empty().host:
        raise ConfigException(f"{what} {shown} names no server of the form https://HOST:PORT for its current context")
    return configuration


@contextmanager
def _said() -> Iterator[list[str]]:
    """What the package only logs and then goes on without: that a credential plugin failed, and how."""
    said: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        if record.module != "kube_config":
            return True
        said.append(record.getMessage())
        return False

    root = logging.getLogger()
    root.addFilter(note)
    try:
        yield said
    finally:
        root.removeFilter(note)


def _empty() -> Configuration:
    configuration = Configuration()
    configuration.connection_pool_maxsize = _KEPT_CONNECTIONS
    configuration.socket_options = [
        *urllib3.connection.HTTPConnection.default_socket_options,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *_tcp_options(),
    ]
    return configuration


def _tcp_options() -> Iterator[tuple[int, int, int]]:
    """Names that a platform lacks are left out."""
    wanted = {
        "TCP_KEEPIDLE": _IDLE,
        "TCP_KEEPINTVL": _INTERVAL,
        "TCP_KEEPCNT": _COUNT,
        "TCP_USER_TIMEOUT": (_IDLE + _COUNT * _INTERVAL) * 1000,
    }
    for name, value in wanted.items():
        option = getattr(socket, name, None)
        if option is not None:
            yield socket.IPPROTO_TCP, option, value


def _check_tls(configuration: Configuration) -> None:
    """Certificates that no connection could use are told now, not once a second later."""
    context = ssl.create_default_context()
    try:
        if configuration.ssl_ca_cert:
            context.load_verify_locations(configuration.ssl_ca_cert)
    except ssl.SSLError as error:
        raise ConfigException(f"the API server's CA ({configuration.ssl_ca_cert}) is no PEM certificate") from error
    try:
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except ssl.SSLError as error:
        raise ConfigException("the client certificate and key for the API server are no PEM pair") from error

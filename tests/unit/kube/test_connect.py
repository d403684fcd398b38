"""Which cluster and as whom: every way in works, and every mistake is told in one line."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from ambassador.errors import StartError
from ambassador.kube.api import Api
from ambassador.kube.connect import connect, loader
from ambassador.kube.errors import Unreachable
from ambassador.kube.transport import Transport
from tests.fake_cluster.client import certificate, kubeconfig
from tests.fake_cluster.server import running
from tests.fake_cluster.state import State


def told(environ: dict[str, str], service_account: Path = Path("nowhere")) -> str:
    with pytest.raises(StartError) as caught:
        connect(environ, service_account)
    message = str(caught.value)
    assert "\n" not in message
    return message


def plugin(folder: Path, *lines: str) -> dict[str, object]:
    """An exec plugin that runs Python."""
    path = folder / "plugin"
    path.write_text("\n".join((f"#!{sys.executable}", "import json, sys, pathlib", *lines)))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path)}}


CREDENTIAL = (
    "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',"
    " 'status': {'token': pathlib.Path(__file__).with_name('token').read_text()}}))"
)


def test_given_nothing_then_it_says_what_to_set(tmp_path: Path) -> None:
    assert "set KUBECONFIG" in told({"HOME": str(tmp_path)})


def test_given_a_kubeconfig_that_is_not_there_then_it_is_named() -> None:
    assert told({"KUBECONFIG": "/nix/x"}) == "KUBECONFIG names /nix/x, which does not exist"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not valid YAML (line"),
        ("- 1\n- 2\n", "has not the form of a kubeconfig"),
        ("", "is empty"),
        ("kind: Config\n", "cannot be used"),
        ("current-context: x\ncontexts: []\nclusters: []\n", "Expected object with name x"),
    ],
)
def test_given_a_kubeconfig_that_is_wrong_then_one_line_says_how(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    message = told({"KUBECONFIG": str(path)})
    assert words in message
    assert str(path) in message


def test_given_a_ca_that_is_no_certificate_then_it_is_told_before_anything_starts(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    ca.write_text("nonsense")
    path = kubeconfig(tmp_path, "https://127.0.0.1:1", **{"certificate-authority": str(ca)})
    assert "is no PEM certificate" in told({"KUBECONFIG": str(path)})


def test_given_a_server_without_a_scheme_then_it_is_told(tmp_path: Path) -> None:
    assert "names no server of the form" in told({"KUBECONFIG": str(kubeconfig(tmp_path, "10.0.0.1:6443"))})


def test_given_a_plugin_that_fails_then_its_words_are_told(tmp_path: Path) -> None:
    user = plugin(tmp_path, "sys.exit('log in first')")
    assert "log in first" in told({"KUBECONFIG": str(kubeconfig(tmp_path, "https://127.0.0.1:1", user))})


def test_given_a_plugin_that_is_not_installed_then_it_is_named(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}
    assert "no-such-plugin" in told({"KUBECONFIG": str(kubeconfig(tmp_path, "https://127.0.0.1:1", user))})


def test_given_a_pod_without_a_token_then_it_is_told(tmp_path: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    assert "service account" in told(environ, tmp_path)


def test_given_a_plugin_when_its_token_is_rejected_then_it_is_asked_again(tmp_path: Path) -> None:
    state = State()
    state.token = "first"
    (tmp_path / "token").write_text("first")
    with running(state) as url:
        environ = {"KUBECONFIG": str(kubeconfig(tmp_path, url, plugin(tmp_path, CREDENTIAL)))}
        load = loader(environ, tmp_path)
        api = Api(Transport(load(), load, reload_after=0))
        assert api.get("/version")
        state.token = "second"
        (tmp_path / "token").write_text("second")
        assert api.get("/version")
        api.close()


def test_given_a_pod_when_its_token_is_rotated_then_requests_go_on(tmp_path: Path) -> None:
    state, tls = State(), certificate(tmp_path)
    state.token = "first"
    (tmp_path / "token").write_text("first\n")
    with running(state, tls=tls) as url:
        environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": url.rpartition(":")[2]}
        load = loader(environ, tmp_path)
        api = Api(Transport(load(), load, reload_after=0))
        assert api.get("/version")
        state.token = "second"
        (tmp_path / "token").write_text("second")
        assert api.get("/version")
        api.close()


def test_given_a_server_whose_certificate_is_not_trusted_then_tls_is_to_blame(tmp_path: Path) -> None:
    tls = certificate(tmp_path)
    with running(State(), tls=tls) as url:
        api = connect({"KUBECONFIG": str(kubeconfig(tmp_path, url))})
        with pytest.raises(Unreachable, match="TLS: .*certificate"):
            api.get("/version")
        trusting = connect({"KUBECONFIG": str(kubeconfig(tmp_path, url, **{"insecure-skip-tls-verify": True}))})
        with pytest.warns(Warning, match="Unverified HTTPS request"):
            assert trusting.get("/version")
        api.close()
        trusting.close()


def test_given_kubeconfig_and_pod_then_the_kubeconfig_counts(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1")
    environ = {"KUBECONFIG": str(path), "KUBERNETES_SERVICE_HOST": "127.0.0.2", "KUBERNETES_SERVICE_PORT": "2"}
    assert connect(environ, tmp_path).host == "http://127.0.0.1:1"
    assert connect({"HOME": str(home(tmp_path))}, tmp_path).host == "http://127.0.0.1:1"


def home(folder: Path) -> Path:
    os.makedirs(folder / "home/.kube")
    kubeconfig(folder, "http://127.0.0.1:1").rename(folder / "home/.kube/config")
    return folder / "home"


def test_given_a_peer_that_is_gone_without_a_word_then_the_system_notices_within_half_a_minute(tmp_path: Path) -> None:
    environ = {"KUBECONFIG": str(kubeconfig(tmp_path, "https://127.0.0.1:1"))}
    options = {option: value for _, option, value in loader(environ, tmp_path)().socket_options}
    seconds = options[socket.TCP_KEEPIDLE] + options[socket.TCP_KEEPINTVL] * options[socket.TCP_KEEPCNT]
    assert options[socket.SO_KEEPALIVE] == 1
    assert options[socket.TCP_USER_TIMEOUT] == seconds * 1000
    assert seconds <= 30

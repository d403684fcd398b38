"""Secrets planted where users put them are found nowhere that people, or other programs, look."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from tests.cluster.harness import workloads
from tests.cluster.harness.asking import Ask, answers, ask
from tests.cluster.harness.certificates import tls_secret
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import Json, host, ingress, ingress_path, mapping, thing
from tests.cluster.harness.product import NAMESPACE, Product
from tests.cluster.harness.space import Space

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "canary-token-5e1f0a77c3"
COOKIE = "canary-cookie-1d9be2c04a"
HEADER = "canary-header-88aa41f6e0"
ANNOTATION = "canary-annotation-2c70d35b19"
PASSWORD = "canary-password-f4e6a0b9d2"

COLLECTIONS = ("mappings", "hosts", "ingresses", "events")
PATHS = (
    "/ambassador/v0/diag/",
    "/ambassador/v0/diag/?json=true",
    "/ambassador/v0/api/overview",
    "/ambassador/v0/api/routes",
    "/ambassador/v0/api/problems",
    "/ambassador/v0/api/objects",
    "/metrics",
)
_FILES = """
import os, sys
wanted = [one.encode() for one in sys.argv[1:]]
for folder in ('/run/ambassador', '/tmp', '/dev/shm', '/var', '/opt/ambassador', '/home'):
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if not os.path.isfile(path) or '/secrets/kubernetes.io/' in path:
                continue
            try:
                data = open(path, 'rb').read()
            except OSError:
                continue
            for number, one in enumerate(wanted):
                if one in data:
                    print(path, number)
"""


def pieces(secret: Json) -> list[str]:
    """A line from the middle of the private key, as PEM and as it stands in the Secret."""
    encoded = secret["data"]["tls.key"]
    line = base64.b64decode(encoded).decode().splitlines()[1]
    return [line[8:48], encoded[60:110]]


@pytest.fixture
def planted(product: Product, here: Space) -> Iterator[list[str]]:
    """Everything that must be found nowhere; all of it in use."""
    secret, pem = tls_secret("secure", "canary.test")
    broken = thing("Secret", "broken", type="kubernetes.io/tls", data={**secret["data"], "tls.crt": "bm9uZQ=="})
    here.create(workloads.client(here.image), secret, broken)
    here.backends("echo")
    annotated = ingress("annotated", [("canary-ingress.test", [ingress_path("/", "echo")])])
    annotated["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"password": ANNOTATION}),
        "nginx.ingress.kubernetes.io/auth-secret": ANNOTATION,
        "nginx.ingress.kubernetes.io/configuration-snippet": f"proxy_set_header Authorization {ANNOTATION};",
    }
    here.create(
        host("canary.test", tlsSecret={"name": "secure"}),
        host("broken.canary.test", tlsSecret={"name": "broken"}),
        mapping("plain", "canary.test", "/", "echo", add_request_headers={"Authorization": f"Basic {HEADER}"}),
        mapping("wrong", "canary.test", "/wrong/", f"http://user:{PASSWORD}@127.0.0.1:8001"),
        annotated,
    )
    sent = (("Authorization", f"Bearer {TOKEN}"), ("Cookie", f"session={COOKIE}"))
    answers(here, Ask("canary.test"))
    answers(here, Ask("canary.test", scheme="https", ca=pem))
    asked = [Ask("canary.test", path, headers=sent) for path in ("/", "/missing", "/wrong/")]
    assert ask(here, *asked, Ask("canary.test", scheme="https", ca=pem, headers=sent))[0].status == 200
    here.becomes("Mapping", "wrong", "Error")
    yield [TOKEN, COOKIE, HEADER, ANNOTATION, PASSWORD, *pieces(secret)]


def holders(places: dict[str, str], wanted: list[str]) -> list[str]:
    """Where any of it is."""
    return [f"{place}: {one}" for place, text in places.items() for one in wanted if one in text]


def test_given_secrets_in_use_then_no_log_page_json_metric_status_or_event_has_them(
    product: Product, here: Space, planted: list[str]
) -> None:
    places: dict[str, str] = {}
    for pod in product.names():
        places[f"log of {pod}"] = product.logs(pod)
        with product.page(pod) as page:
            places |= {f"{path} of {pod}": page.text(path)[1] for path in PATHS}
    statuses = {
        f"status of {item['kind']} {item['metadata']['name']}": json.dumps(item.get("status", item.get("message", "")))
        for kind in COLLECTIONS
        for item in json.loads(kubectl("-n", here.name, "get", kind, "-o", "json"))["items"]
    }
    assert len(places) == 2 * (1 + len(PATHS)) and all(places.values()) and len(statuses) > 5
    assert holders(places | statuses, planted) == []


def test_given_secrets_in_use_then_no_file_of_the_pods_has_keys_or_what_clients_sent(
    product: Product, planted: list[str]
) -> None:
    """What a Mapping itself says, its headers too, is kept for a restart: with mode 0600, as its own test says."""
    kept = {HEADER, PASSWORD, ANNOTATION}
    wanted = [one for one in planted if one not in kept]
    for pod in product.names():
        assert product.exec(pod, "python3", "-c", _FILES, *wanted) == ""
        modes = product.exec(pod, "sh", "-c", "stat -c '%a %n' /run/ambassador/*.sqlite /run/ambassador/*.json")
        assert {line.split()[0] for line in modes.splitlines()} == {"600"}


def test_given_the_pods_then_nothing_is_written_outside_of_the_state_folder(product: Product) -> None:
    script = "touch /opt/x 2>/dev/null || touch /tmp/x 2>/dev/null || touch /var/x 2>/dev/null || echo read-only"
    for pod in product.names():
        assert product.exec(pod, "sh", "-c", script).strip() == "read-only"
    assert kubectl("-n", NAMESPACE, "get", "pods", "-o", "name")

"""As a new user would: one `kubectl apply`, then kubectl and a browser."""

from __future__ import annotations

import re

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.cluster.harness.asking import Ask, answers
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import condition, host, ingress, ingress_path, mapping, thing
from tests.cluster.harness.product import NAMESPACE, PUBLIC_ADDRESS, Product, give_address
from tests.cluster.harness.space import Space
from tests.cluster.harness.waiting import until


def test_given_an_empty_cluster_when_the_manifest_is_applied_then_two_pods_serve_what_was_there_before(
    product: Product, early: Space, shared: Space
) -> None:
    assert len(product.pods()) == 2
    assert answers(shared, Ask("early.test", "/x")).service == "early"


def test_given_objects_made_after_the_install_then_they_are_served_and_their_statuses_are_true(
    product: Product, shared: Space
) -> None:
    give_address(product.api)
    shared.backends("later")
    shared.apply(
        host("later.test"),
        mapping("later", "later.test", "/mapped/", "later"),
        mapping("broken", "later.test", "/broken/", "127.0.0.1:8001"),
        ingress("later", [("later-ingress.test", [ingress_path("/", "later")])]),
    )
    assert answers(shared, Ask("later.test", "/mapped/x")).told["path"] == "/x"
    assert answers(shared, Ask("later-ingress.test", "/kept")).told["path"] == "/kept"
    found = shared.becomes("Mapping", "later", "Ready")
    assert {kind: condition(found, kind) for kind in ("Accepted", "ResolvedRefs", "Programmed")} == {
        "Accepted": "True",
        "ResolvedRefs": "True",
        "Programmed": "True",
    }
    wrong = shared.becomes("Mapping", "broken", "Error")
    assert "spec.service" in wrong["status"]["reason"]
    address = [{"ip": PUBLIC_ADDRESS}]
    until(
        lambda: shared.get("Ingress", "later")["status"]["loadBalancer"].get("ingress") == address,
        lambda: f"the Ingress gets no address: {shared.get('Ingress', 'later')['status']}",
    )


def test_given_a_service_whose_address_changes_then_every_ingress_says_so(product: Product, early: Space) -> None:
    give_address(product.api)
    status = f"{PUBLIC_ADDRESS}".replace(".", r"\.")
    until(
        lambda: re.search(status, kubectl("-n", early.name, "get", "ingress", "early")),
        lambda: kubectl("-n", early.name, "get", "ingress", "early", "-o", "yaml"),
    )


def test_given_mappings_and_hosts_when_kubectl_gets_them_then_the_columns_tell_what_matters(
    product: Product, shared: Space
) -> None:
    shared.backends("columns")
    shared.apply(
        mapping("columns", "columns.test", "/c/", "columns"),
        thing("Host", "columns", {"hostname": "columns.test"}),
    )
    shared.becomes("Mapping", "columns", "Ready")
    shared.becomes("Host", "columns", "Ready")
    printed = kubectl("-n", shared.name, "get", "mappings,hosts")
    print(printed)
    assert re.search(r"^NAME +SOURCE HOST +SOURCE PREFIX +DEST SERVICE +STATE +REASON", printed, re.MULTILINE)
    assert re.search(r"/columns +columns\.test +/c/ +columns +Ready", printed)
    assert re.search(r"^NAME +HOSTNAME +STATE", printed, re.MULTILINE)
    assert re.search(r"/columns +columns\.test +Ready", printed)


def test_given_a_port_forward_then_the_api_says_what_runs_and_where_it_came_from(
    product: Product, early: Space
) -> None:
    with product.page() as page:
        overview = page.api("overview")
        assert overview["version"]
        routes = page.api("routes?q=early.test")
        sources = {
            (route["source"]["kind"], route["source"]["namespace"], route["source"]["origin"])
            for listener in routes["listeners"]
            for host in listener["hosts"]
            for route in host["routes"]
        }
    assert ("Ingress", early.name, "cluster") in sources


def test_given_a_port_forward_then_a_browser_shows_the_page(product: Product, early: Space, browser: Chrome) -> None:
    with product.page() as page:
        browser.get(f"{page.url}/ambassador/v0/diag/?q=early.test")
        until(lambda: "early.test" in browser.find_element(By.TAG_NAME, "body").text, "the page shows no early.test")
        text = browser.find_element(By.TAG_NAME, "body").text
        severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert re.search(rf"^early\.test\n(.*\n)*?early\nIngress in {early.name}$", text, re.MULTILINE), text
    assert severe == []


def test_given_the_page_from_elsewhere_in_the_cluster_then_it_is_refused_and_metrics_are_not(
    product: Product, shared: Space
) -> None:
    script = (
        "import http.client, sys\n"
        f"c = http.client.HTTPConnection('ambassador-admin.{NAMESPACE}', 8877, timeout=10)\n"
        "for path in ('/ambassador/v0/diag/', '/metrics', '/ambassador/v0/check_ready'):\n"
        "    c.request('GET', path); a = c.getresponse(); a.read(); print(a.status)\n"
    )
    printed = kubectl("-n", shared.name, "exec", "client", "--", "python3", "-c", script)
    assert printed.split() == ["403", "200", "200"]

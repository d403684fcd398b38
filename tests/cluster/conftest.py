"""Tests of a real cluster. `make cluster-test` runs them; they need KUBECONFIG, so nobody else does."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from selenium.webdriver import Chrome

from ambassador.kube.api import Api
from ambassador.kube.connect import connect
from tests.browser import opened
from tests.cluster.harness import product as products
from tests.cluster.harness import workloads
from tests.cluster.harness.environment import Hooks, hooks, image
from tests.cluster.harness.product import Product
from tests.cluster.harness.space import Space, space

collect_ignore_glob = [] if "KUBECONFIG" in os.environ else ["test_*.py"]

# From the rehearsal of the simplest to what breaks things on purpose; files that are not named come first.
ORDER = ("test_install.py", "test_ingress.py", "test_rights.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("timeout") is None:
            # The first test waits for the whole install.
            item.add_marker(pytest.mark.timeout(600))
    places = {name: number for number, name in enumerate(ORDER)}
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None, places.get(item.path.name, -1)))


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    api = connect(os.environ)
    yield api
    api.close()


@pytest.fixture(scope="session")
def cluster() -> Hooks:
    """What can be done to the cluster itself."""
    return hooks()


@pytest.fixture(scope="session")
def early(api: Api) -> Iterator[Space]:
    """A namespace with a backend and an Ingress that were there before the product."""
    with space(api, image(), "early") as made:
        made.backends("early")
        made.create(workloads.early_ingress())
        yield made


@pytest.fixture(scope="session")
def installed(api: Api, early: Space) -> Product:
    """The product, from one file, on a cluster without it. CLUSTER_KEEP: the one that is there will do."""
    if not os.environ.get("CLUSTER_KEEP"):
        products.uninstall(api)
    return products.install(api)


@pytest.fixture
def product(installed: Product, request: pytest.FixtureRequest) -> Iterator[Product]:
    """The product, whole again after the test; when the test fails, its pods say why."""
    yield installed
    if failed(request):
        print(installed.told())
    installed.becomes_ready()


@pytest.fixture
def here(api: Api, request: pytest.FixtureRequest) -> Iterator[Space]:
    """The test's own namespace."""
    with space(api, image()) as made:
        yield made
        if failed(request):
            print(made.told())


@pytest.fixture(scope="module")
def shared(api: Api, installed: Product) -> Iterator[Space]:
    """A namespace for all tests of a file, with a client pod."""
    with space(api, image(), "shared") as made:
        made.create(workloads.client(made.image))
        yield made


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def failed(request: pytest.FixtureRequest) -> bool:
    """Whether the test went wrong so far."""
    return bool(request.node.stash.get(FAILED, False))


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    with opened() as chrome:
        yield chrome

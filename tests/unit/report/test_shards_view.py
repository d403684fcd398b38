"""With host shards an object is told the route configurations that its names are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ambassador.compile.host_shards import shard_of
from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiler
from ambassador.model.keys import ObjectKey
from ambassador.report.envoy_view import envoy_view
from ambassador.report.places import of_object
from ambassador.report.revision import Revision
from ambassador.sources.folder import load

_MAPPING = """---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: {name}}}
spec: {{hostname: "{host}", prefix: /, service: 127.0.0.1:9000}}
"""
TABLE = "ambassador-default"


@pytest.fixture(scope="module")
def revision(tmp_path_factory: pytest.TempPathFactory) -> Revision:
    folder = tmp_path_factory.mktemp("sharded")
    hosts = {f"m{number}": f"h{number}.test" for number in range(20)} | {"wild": "*.wild.test"}
    write(folder, hosts)
    config = load([folder])
    compiler = Compiler()
    compiler.set(OPTIONS, {None: Options(host_shards=4)})
    return Revision(1, config, compiler.compile(config.objects), connected=True)


def write(folder: Path, hosts: dict[str, str]) -> None:
    texts = [_MAPPING.format(name=name, host=host) for name, host in hosts.items()]
    (folder / "all.yaml").write_text("".join(texts))


def routes(revision: Revision, name: str) -> list[str]:
    key = ObjectKey("Mapping", "default", name)
    places = of_object(revision.compiled.gateway, key)
    rows = envoy_view(revision, revision.config.objects[key], places)
    return [row["name"] for row in rows if row["type"] == "route"]


def test_given_an_exact_name_then_it_is_in_one_part(revision: Revision) -> None:
    for number in range(20):
        assert routes(revision, f"m{number}") == [f"{TABLE}/4/{shard_of(f'h{number}.test', 4)}"]


def test_given_a_wildcard_then_it_is_in_all_parts(revision: Revision) -> None:
    assert routes(revision, "wild") == [f"{TABLE}/4/{part}" for part in range(4)]

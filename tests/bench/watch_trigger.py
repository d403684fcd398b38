"""One watch through the API server, for the floor: prints a line for every change of an Ingress. Run as a program.

`python -m tests.bench.watch_trigger NAMESPACE`
"""

from __future__ import annotations

import os
import sys

from ambassador.kube.connect import connect


def main(namespace: str) -> None:
    api = connect(os.environ)
    path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    version = api.get(path, {"limit": 1})["metadata"]["resourceVersion"]
    with api.watch(path, {"resourceVersion": version}, 600.0) as events:
        seen: dict[str, int] = {}
        for event in events:
            metadata = event["object"]["metadata"]
            # A status or a label that somebody writes is no edit.
            edited = metadata.get("generation", 0) != seen.get(metadata["name"], 1)
            seen[metadata["name"]] = metadata.get("generation", 0)
            if event["type"] == "MODIFIED" and edited:
                sys.stdout.write("\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

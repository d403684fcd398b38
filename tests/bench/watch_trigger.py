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
        for event in events:
            if event["type"] == "MODIFIED":
                sys.stdout.write("\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

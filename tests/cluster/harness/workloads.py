"""Backends and clients as pods of the product's own image, whose Python runs the scripts of `pods/`. Pure."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.harness.objects import Json, ingress, ingress_path, thing

SCRIPTS = Path(__file__).resolve().parents[1] / "pods"
PORT = 8080
LEAVES_AFTER = 3
"""Seconds for which a backend that is to end serves on, until nobody sends it anything any more (preStop)."""


def scripts() -> Json:
    """The scripts as a ConfigMap, which `_pod` mounts."""
    return thing("ConfigMap", "scripts", data={path.name: path.read_text() for path in sorted(SCRIPTS.glob("*.py"))})


def backends(name: str, image: str, replicas: int = 1, port_name: str = "http") -> list[Json]:
    """A Deployment of echo servers and its Service, on port 80 by number and by name."""
    labels = {"app": name}
    container = {
        **_container(image, "echo.py"),
        "env": [
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "SERVICE", "value": name},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": PORT}, "periodSeconds": 1},
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(LEAVES_AFTER)]}}},
    }
    template = {"metadata": {"labels": labels}, "spec": {**_pod(container), "terminationGracePeriodSeconds": 30}}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    deployment = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "strategy": strategy,
        "template": template,
    }
    ports = [{"name": port_name, "port": 80, "targetPort": PORT}]
    return [thing("Deployment", name, deployment), thing("Service", name, {"selector": labels, "ports": ports})]


def client(image: str) -> Json:
    """A pod in which tests run `ask.py`."""
    container = {**_container(image), "command": ["sleep", "infinity"]}
    return thing("Pod", "client", {**_pod(container), "terminationGracePeriodSeconds": 0})


def job(name: str, image: str, script: str, *arguments: str, given: str = "") -> Json:
    """A pod that runs one script once; a ConfigMap `given` is mounted at /given."""
    container = _container(image, script, *arguments)
    if given:
        container["volumeMounts"].append({"name": "given", "mountPath": "/given"})
        pod = _pod(container)
        pod["volumes"].append({"name": "given", "configMap": {"name": given}})
        return thing("Pod", name, {**pod, "restartPolicy": "Never"})
    return thing("Pod", name, {**_pod(container), "restartPolicy": "Never", "terminationGracePeriodSeconds": 30})


def _container(image: str, *command: str) -> Json:
    script = [f"/scripts/{command[0]}", *command[1:]] if command else []
    return {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-u", *script],
        "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def _pod(container: Json) -> Json:
    """Not bound to a node, and without a token: it needs nothing of the cluster."""
    volumes: list[Json] = [{"name": "scripts", "configMap": {"name": "scripts"}}]
    return {"automountServiceAccountToken": False, "containers": [container], "volumes": volumes}


def early_ingress() -> Json:
    """An Ingress that waits for a product to serve it."""
    return ingress("early", [("early.test", [ingress_path("/", "early")])])

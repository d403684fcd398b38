"""What the long run edits: one small world for each kind of edit, in which every request must always be answered.

Where an edit takes a route away, a shorter one stands behind it. So nothing here may ever answer anything but 200, at
whatever moment it is asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from tests.bench.certificates import Pair, new_pair

Files = dict[str, str | None]
"""Text by file name; None: the file is deleted."""

TLS_HOST = "tls.test"


@dataclass(frozen=True, slots=True)
class Question:
    """A request that goes on all the time, and the backends that may answer it at one moment or another."""

    path: str
    host: str
    allowed: tuple[str, ...]
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """How an edit shows: this path is answered by this backend, or (empty) by 404; or TLS shows a certificate."""

    path: str
    host: str = "any.test"
    backend: str = ""
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One edit. `expected` None: nothing of it can be seen from outside by one request."""

    what: str
    files: Files
    expected: Expected | None = None


def mapping(name: str, prefix: str, service: str, host: str = "*", more: str = "") -> str:
    return (
        "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\n"
        f"metadata: {{name: {name}}}\n"
        f'spec: {{hostname: "{host}", prefix: {prefix}, service: "{service}"{more}}}\n'
    )


class World:
    """The kinds of edits, each on several subjects. `ports`: of backends, by name."""

    def __init__(self, ports: dict[str, int], dice: random.Random, pairs: list[Pair]) -> None:
        self._ports = ports
        self._names = sorted(ports)
        self._dice = dice
        self._pairs = pairs
        self._state: dict[str, int] = {}
        self._made = 0

    @property
    def kinds(self) -> dict[str, Callable[[int], Change]]:
        """A function per kind of edit: subject number → the next change of it."""
        return {
            "service flip": self.flip,
            "port": self.port,
            "prefix": self.prefix,
            "weight": self.weight,
            "rename": self.rename,
            "delete and re-create": self.delete,
            "host move": self.move,
            "new DNS-named backend": self.dns,
            "certificate": self.certificate,
        }

    def _address(self, name: str) -> str:
        return f"127.0.0.1:{self._ports[name]}"

    def _turned(self, subject: str, states: int = 2) -> int:
        """The subject's next state; the first is 0."""
        self._state[subject] = (self._state.get(subject, -1) + 1) % states
        return self._state[subject]

    def _other(self, subject: str) -> str:
        """Another backend than the subject had before."""
        before = self._state.get(subject, 0)
        self._state[subject] = (before + self._dice.randrange(1, len(self._names))) % len(self._names)
        return self._names[self._state[subject]]

    def flip(self, number: int) -> Change:
        name = f"flip{number}"
        backend = self._other(name)
        text = mapping(name, f"/{name}/", self._address(backend))
        return Change(name, {f"{name}.yaml": text}, Expected(f"/{name}/x", backend=backend))

    def port(self, number: int) -> Change:
        """A Service with two ports that lead to two backends."""
        name = f"port{number}"
        state = self._turned(name)
        text = mapping(name, f"/{name}/", f"{name}:{8080 + state}")
        first, second = self._names[0], self._names[1]
        service = _SERVICE.format(name=name, first=self._ports[first], second=self._ports[second])
        expected = Expected(f"/{name}/x", backend=(first, second)[state])
        return Change(name, {f"{name}.yaml": text, f"service-{name}.yaml": service}, expected)

    def prefix(self, number: int) -> Change:
        name = f"prefix{number}"
        deep = self._turned(name)
        backend = self._names[0]
        text = mapping(name, f"/{name}/deep/" if deep else f"/{name}/", self._address(backend))
        return Change(name, {f"{name}.yaml": text}, Expected(f"/{name}/x", backend="" if deep else backend))

    def weight(self, number: int) -> Change:
        name = f"weight{number}"
        share = self._dice.randrange(0, 101)
        main = mapping(name, f"/{name}/", self._address(self._names[0]))
        canary = mapping(f"{name}-canary", f"/{name}/", self._address(self._names[1]), more=f", weight: {share}")
        return Change(name, {f"{name}.yaml": f"{main}---\n{canary}"})

    def rename(self, number: int) -> Change:
        name = f"rename{number}"
        self._made += 1
        text = mapping(f"{name}-{self._made}", f"/{name}/", self._address(self._names[0]))
        return Change(name, {f"{name}.yaml": text})

    def delete(self, number: int) -> Change:
        name = f"delete{number}"
        gone = self._turned(name)
        own, behind = self._names[0], self._names[2]
        text = None if gone else mapping(name, f"/{name}/", self._address(own))
        stays = mapping(f"{name}-behind", f"/{name}", self._address(behind))
        expected = Expected(f"/{name}/x", backend=behind if gone else own)
        return Change(name, {f"{name}.yaml": text, f"behind-{name}.yaml": stays}, expected)

    def move(self, number: int) -> Change:
        name = f"move{number}"
        host = f"{'ab'[self._turned(name)]}{number}.test"
        own, behind = self._names[0], self._names[2]
        text = mapping(name, f"/{name}/", self._address(own), host)
        stays = mapping(f"{name}-behind", f"/{name}", self._address(behind))
        expected = Expected(f"/{name}/x", host, own)
        return Change(name, {f"{name}.yaml": text, f"behind-{name}.yaml": stays}, expected)

    def dns(self, number: int) -> Change:
        """A name that nobody has asked for before (RFC 6761: names below localhost lead here), so a new cluster."""
        name = f"dns{number}"
        self._made += 1
        backend = self._other(name)
        service = f"n{self._made}.localhost.:{self._ports[backend]}"
        text = mapping(name, f"/{name}/", service)
        return Change(name, {f"{name}.yaml": text}, Expected(f"/{name}/x", backend=backend))

    def certificate(self, number: int) -> Change:
        """There is one host with TLS; its Secret gets another certificate."""
        pair = self._pairs[self._turned("certificate", len(self._pairs))]
        files: Files = {
            "secret.yaml": _SECRET.format(certificate=pair.certificate_data, key=pair.key_data),
            "host.yaml": _HOST,
            "tls.yaml": mapping("tls", "/tls/", self._address(self._names[0]), TLS_HOST),
        }
        return Change("certificate", files, Expected("/tls/x", TLS_HOST, self._names[0], pair.certificate))

    def questions(self, subjects: int) -> list[Question]:
        """What is asked all the time: of each subject what must be answered whatever its state is."""
        first, second, third = self._names[:3]
        everyone = tuple(self._names)
        asked = [Question("/tls/x", TLS_HOST, (first,), tls=True)]
        for number in range(subjects):
            asked += [
                Question(f"/flip{number}/x", "any.test", everyone),
                Question(f"/port{number}/x", "any.test", (first, second)),
                Question(f"/prefix{number}/deep/x", "any.test", (first,)),
                Question(f"/weight{number}/x", "any.test", (first, second)),
                Question(f"/rename{number}/x", "any.test", (first,)),
                Question(f"/delete{number}/x", "any.test", (first, third)),
                Question(f"/move{number}/x", f"a{number}.test", (first, third)),
                Question(f"/move{number}/x", f"b{number}.test", (first, third)),
                Question(f"/dns{number}/x", "any.test", everyone),
            ]
        return asked


_SERVICE = """apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{name: one, port: 8080}}, {{name: two, port: 8081}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: {name}}}
subsets:
- {{addresses: [{{ip: 127.0.0.1}}], ports: [{{name: one, port: {first}}}, {{name: two, port: {second}}}]}}
"""
_SECRET = """apiVersion: v1
kind: Secret
metadata: {{name: tls}}
type: kubernetes.io/tls
data: {{tls.crt: {certificate}, tls.key: {key}}}
"""
# With a Host for one name, all others need one too.
_HOST = f"""apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {{name: all}}
spec: {{hostname: "*", requestPolicy: {{insecure: {{action: Route}}}}}}
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {{name: tls}}
spec: {{hostname: {TLS_HOST}, tlsSecret: {{name: tls}}}}
"""


def pairs(count: int) -> list[Pair]:
    """Certificates of the TLS host."""
    return [new_pair(TLS_HOST, serial) for serial in range(1, count + 1)]

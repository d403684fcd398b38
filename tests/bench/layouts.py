"""What is served while it is measured: Mappings on hosts, their texts, and the two ways to keep them on a disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_MAPPING = """apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: {name}}}
spec:
  hostname: "{host}"
  prefix: {prefix}
  service: {service}
"""
_REDIRECT = "  host_redirect: true\n"
_HOST = """apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {{name: h{number:05d}}}
spec:
  hostname: {name}
  requestPolicy: {{insecure: {{action: Route}}}}
"""
_ONE_FILE = "mappings.yaml"

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class State:
    """A Mapping at one moment. `service`: which of the layout's; `added`: one that came later, beside that number."""

    number: int
    service: int = 0
    edition: int = 0
    added: bool = False

    @property
    def name(self) -> str:
        return f"{'a' if self.added else 'm'}{self.number:05d}"

    @property
    def prefix(self) -> str:
        """All prefixes are equally long, and none matches the path of another."""
        return f"/r{self.number:05d}/{'a' if self.added else 'e'}{self.edition:02d}/"

    @property
    def file(self) -> str:
        return f"{self.name}.yaml"

    def after(self, edition: int | None = None, service: int | None = None) -> State:
        """The same Mapping with another prefix or service."""
        changed = self.edition if edition is None else edition
        return State(self.number, self.service if service is None else service, changed, self.added)


@dataclass(frozen=True, slots=True)
class Layout:
    """`mappings` spread over `hosts` host names (0: all on `*`); `declared`: with a Host object for each of them.

    `services` are addresses of backends, given out in turn. `redirect`: Envoy itself answers, with a 301 to them.
    `host_shards`: into so many parts the product may cut a table by its hosts.
    """

    mappings: int
    hosts: int
    services: tuple[str, ...]
    declared: bool = False
    redirect: bool = False
    host_shards: int = 0

    @property
    def where(self) -> str:
        """In words."""
        shards = f", {self.host_shards} host shards" if self.host_shards else ""
        return f"{self.mappings} Mappings on {self.hosts or '*'}{shards}"

    def host(self, number: int) -> str:
        """Host name of a Mapping."""
        return f"h{number % self.hosts:05d}.test" if self.hosts else "*"

    def host_header(self, number: int) -> str:
        """A Host header that reaches a Mapping."""
        return self.host(number) if self.hosts else "any.test"

    def prefix(self, number: int, edition: int) -> str:
        """Prefix of a Mapping after so many edits. No edition's prefix matches the path of another's."""
        return State(number, edition=edition).prefix

    def text(self, number: int, edition: int = 0) -> str:
        """The manifest of a Mapping."""
        return self.manifest(self.first(number).after(edition=edition))

    def first(self, number: int) -> State:
        """A Mapping as it is in the beginning."""
        return State(number, number % len(self.services))

    def manifest(self, state: State) -> str:
        """The manifest of a Mapping as it is now."""
        text = _MAPPING.format(
            name=state.name,
            host=self.host(state.number),
            prefix=state.prefix,
            service=self.services[state.service],
        )
        return text + (_REDIRECT if self.redirect else "")

    def texts(self) -> dict[str, str]:
        """All manifests by file name, each in a file of its own."""
        hosts = range(self.hosts if self.declared else 0)
        declared = {f"host-{one:05d}.yaml": _HOST.format(number=one, name=f"h{one:05d}.test") for one in hosts}
        return declared | {file_name(number): self.text(number) for number in range(self.mappings)}

    def edited(self, count: int) -> list[int]:
        """The Mapping that each of `count` edits changes: spread over all, none twice if possible."""
        step = max(1, self.mappings // max(1, count))
        return [(edit * step + step // 2) % self.mappings for edit in range(count)]


def file_name(number: int) -> str:
    return f"m{number:05d}.yaml"


class ManyFiles:
    """One manifest a file."""

    name = "one file per Mapping"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            (self.folder / name).write_text(text)

    def edit(self, name: str, text: str) -> Save:
        """Prepares an edit; it happens when the result is called."""
        return Save(self.folder / name, text.encode())


class OneFile:
    """All manifests in one file."""

    name = "all in one file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}

    def fill(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)
        (self.folder / _ONE_FILE).write_text("---\n".join(texts.values()))

    def edit(self, name: str, text: str) -> Save:
        """Prepares an edit; it happens when the result is called."""
        self.texts[name] = text
        return Save(self.folder / _ONE_FILE, "---\n".join(self.texts.values()).encode())


@dataclass(frozen=True, slots=True)
class Save:
    """A file about to be saved as editors do; what is slow about it is done before the last step."""

    path: Path
    data: bytes

    def by_rename(self, clock: Clock) -> float:
        """A new file takes the place of the old one. Returns when that began."""
        temporary = self.path.with_name(f".{self.path.name}.new")
        temporary.write_bytes(self.data)
        began = clock()
        temporary.replace(self.path)
        return began

    def in_place(self, clock: Clock) -> float:
        """The file is written over. Returns when its closing began."""
        file = self.path.open("wb", buffering=0)
        file.write(self.data)
        began = clock()
        file.close()
        return began

"""What of a manifest must not be shown: keys, passwords and tokens, wherever people write them. Pure, on YAML nodes.

Values are judged by the names of their fields; comments and texts within values by what stands on their lines.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ambassador.model.sensitive import REDACTED, is_sensitive

SECRET_PARTS = ("data", "stringData", "sealedBy")
"""Fields of a Secret below which everything is secret."""

_CONFIG_PARTS = ("data", "binaryData")
_ANNOTATIONS = ("metadata", "annotations")
_OURS = re.compile(
    r"(?:getambassador\.io|nginx\.ingress\.kubernetes\.io|ingressclass\.kubernetes\.io)/.*|"
    r"kubernetes\.io/ingress\.class"
)
# kubectl's copy of the whole object, of a Secret too.
_COPY = "kubectl.kubernetes.io/last-applied-configuration"
_KEY = re.compile(r"PRIVATE KEY-----|PGP PRIVATE KEY")
# "-----BEGIN" in base64, at the start of a text.
_ENCODED = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]*")
_VALUES = ("value", "values")
_NAMES = ("name", "key", "header")
# What only asks for something to be there.
_OPEN = frozenset({"", "true", "false", "*", "null", "~"})
# Fields that name a Secret, and where they stand: in `spec`, and at the top of an object in an annotation.
_REFERENCES = frozenset({"secret", "ca_secret", "caSecret", "crl_secret", "crlSecret", "tlsSecret", "privateKeySecret"})
_PLACES = (("spec",), ("spec", "tls"), ("spec", "acmeProvider"), (), ("tls",), ("acmeProvider",))
# Fields below a telling name that say which secret is meant or how long it lasts: `cookie: {name: sticky, ttl: 60s}`.
_SETTINGS = ("name", "namespace", "ttl", "path", "append")


class _Cover(Enum):
    NONE = 0
    CLOSED = 1
    COUNTED = 2


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that is not shown, and what stands in its place."""

    node: ScalarNode
    text: str


@dataclass(frozen=True, slots=True)
class _At:
    """Where a node stands: the kind of its object, names of fields from there on, and what covers all of it."""

    kind: str
    path: tuple[str, ...] = ()
    cover: _Cover = _Cover.NONE


def is_private(text: str) -> bool:
    """Whether a text holds a private key, as it is or in base64."""
    if _KEY.search(text):
        return True
    return any(_KEY.search(_decoded(found.group())) for found in _ENCODED.finditer(text))


def hidden(root: Node, kind: str) -> tuple[Hidden, ...]:
    """The scalars of an object of some kind, or of a list of objects, that must not be shown."""
    return tuple(_below(root, _At(kind)))


def settled(root: Node) -> tuple[ScalarNode, ...]:
    """Scalars that are no text to search for secrets: names of fields, and services, which may look like `token:80`."""
    return tuple(_settled(root))


def _settled(node: Node) -> Iterator[ScalarNode]:
    for item in node.value if isinstance(node, SequenceNode) else ():
        yield from _settled(item)
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode):
            yield key
        if isinstance(value, ScalarNode) and str(key.value) == "service":
            yield value
        yield from _settled(value)


def _below(node: Node, at: _At) -> Iterator[Hidden]:
    if isinstance(node, ScalarNode):
        if at.cover is _Cover.COUNTED:
            yield Hidden(node, f"[{len(node.value)} characters]")
        elif (at.cover is _Cover.CLOSED and node.value not in _OPEN) or is_private(node.value):
            yield Hidden(node, REDACTED)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _below(item, at)
    elif isinstance(node, MappingNode):
        here = _of_object(node, at)
        telling = _is_telling(node)
        for key, value in node.value:
            name = str(key.value)
            cover = _Cover.CLOSED if telling and name in _VALUES else _cover(name, value, here)
            yield from _below(value, replace(here, path=(*here.path, name), cover=cover))


def _of_object(node: MappingNode, at: _At) -> _At:
    """An item of a List is an object of its own."""
    kinds = [str(value.value) for key, value in node.value if key.value == "kind" and isinstance(value, ScalarNode)]
    return _At(kinds[0]) if kinds and at.path == ("items",) and at.cover is _Cover.NONE else at


def _cover(name: str, value: Node, at: _At) -> _Cover:
    """What covers the value of a field. It covers all below, but for settings below a telling name."""
    if at.cover is not _Cover.NONE:
        settings = at.cover is _Cover.CLOSED and name in _SETTINGS and is_sensitive(at.path[-1])
        return _Cover.NONE if settings and isinstance(value, ScalarNode) else at.cover
    if not at.path and at.kind == "ConfigMap" and name in _CONFIG_PARTS:
        return _Cover.COUNTED
    if name == _COPY or (not at.path and at.kind == "Secret" and name in SECRET_PARTS):
        return _Cover.CLOSED
    if at.path == _ANNOTATIONS:
        return _of_annotation(name)
    if not is_sensitive(name) or (name in _REFERENCES and at.path in _PLACES):
        return _Cover.NONE
    return _Cover.CLOSED


def _of_annotation(name: str) -> _Cover:
    if not _OURS.fullmatch(name):
        return _Cover.COUNTED
    # `auth-tls-secret` and the like name a Secret.
    return _Cover.CLOSED if is_sensitive(name) and not name.endswith("-secret") else _Cover.NONE


def _is_telling(node: MappingNode) -> bool:
    """`{name: authorization, value: ...}` is a header, too."""
    return any(str(key.value) in _NAMES and is_sensitive(str(value.value)) for key, value in node.value)


def _decoded(text: str) -> str:
    whole = "".join(text.split())
    try:
        return base64.b64decode(whole[: len(whole) // 4 * 4]).decode("latin-1")
    except binascii.Error:
        return ""

"""What of a manifest must not be shown: keys, passwords and tokens, wherever people write them. Pure, on YAML nodes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ambassador.model.sensitive import REDACTED, WORDS, is_sensitive

SECRET_PARTS = ("data", "stringData", "sealedBy")
"""Fields of a Secret below which everything is secret."""

# kubectl's copy of the whole object, of a Secret too.
_COPY = "kubectl.kubernetes.io/last-applied-configuration"
_WORDS = (
    r"authorization|cookie|api[-_]?key|passw(?:or)?d|passphrase|token|private[-_]?key|client[-_]?secret|credentials?"
)
_TELLING_LINE = re.compile(
    rf"^(?P<key>[\s#-]*+[\"']?(?:[\w.-]*[-_.])?(?:{WORDS})[\"']?\s*:\s+)(?!\[redacted\]|[|>&*{{\[]|true\b|$).+",
    re.IGNORECASE,
)
_KEY = re.compile(r"PRIVATE KEY-----|PGP PRIVATE KEY")
# "-----BEGIN" in base64, at the start of a text.
_ENCODED = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]*")
_CREDENTIALS = re.compile(
    r"\b((?:Bearer|Basic)\s+)(?=\S*[0-9=])[A-Za-z0-9._~+/=-]{6,}|(?<=://)[^/@\s\"']+:[^/@\s\"']+(?=@)", re.IGNORECASE
)
_VALUES = ("value", "values")
# What only asks for something to be there.
_OPEN = frozenset({"", "true", "false", "*", "null", "~"})


def is_private(text: str) -> bool:
    """Whether a text holds a private key, as it is or in base64."""
    if _KEY.search(text):
        return True
    return any(_KEY.search(_decoded(found.group())) for found in _ENCODED.finditer(text))


def without_credentials(line: str) -> str:
    """One line without what stands beside a telling word, or looks like a credential anywhere."""
    line = _TELLING_LINE.sub(rf"\g<key>{REDACTED}", line)
    return _CREDENTIALS.sub(lambda found: f"{found.group(1) or ''}{REDACTED}", line)


def hidden(root: Node, kind: str) -> tuple[ScalarNode, ...]:
    """The scalars of an object of some kind that must not be shown."""
    return tuple(_below(root, SECRET_PARTS if kind == "Secret" else (), closed=False))


def _below(node: Node, parts: Iterable[str], *, closed: bool) -> Iterator[ScalarNode]:
    """`parts`: keys of this mapping below which everything is secret; `closed`: all of this node is."""
    if isinstance(node, ScalarNode):
        if (closed and node.value not in _OPEN) or is_private(node.value):
            yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _below(item, (), closed=closed)
    elif isinstance(node, MappingNode):
        names = _telling_pairs(node)
        for key, value in node.value:
            name = str(key.value)
            # What stands below a telling name may be settings (of a cookie, say), of which only the value is secret.
            inner = _VALUES if is_sensitive(name) and isinstance(value, MappingNode) else ()
            secret = closed or name in parts or name in names or name == _COPY
            yield from _below(value, inner, closed=secret or (is_sensitive(name) and not inner))


def _telling_pairs(node: MappingNode) -> tuple[str, ...]:
    """`{name: authorization, value: ...}` is a header, too."""
    named = any(str(key.value) == "name" and is_sensitive(str(value.value)) for key, value in node.value)
    return _VALUES if named else ()


def _decoded(text: str) -> str:
    whole = "".join(text.split())
    try:
        return base64.b64decode(whole[: len(whole) // 4 * 4]).decode("latin-1")
    except binascii.Error:
        return ""

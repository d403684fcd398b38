"""Two offline revisions side by side, as JSON-able values: what changes for requests, which problems are new or gone.

Keys of certificates are compared by digests that the compile made; they do not get here.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.explain.asking.header_lines import DEFAULTS as CURLS_OWN
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.difference.changes import Certificate, Change, Detail, Difference, OtherAnswer, Part, Sign
from ambassador.explain.difference.compare import World, difference
from ambassador.explain.evaluate import prepare
from ambassador.explain.request import DEFAULT_PORTS, Headers, Request
from ambassador.kinds.secret import described
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.model.sensitive import shown, without_credentials
from ambassador.report.render import Json, source
from ambassador.report.render import problem as render_problem
from ambassador.report.revision import Revision
from ambassador.wire.readable import parse, readable
from ambassador.wire.resource import EncodedResource
from ambassador.xds.types import ResourceType

_LINES = re.compile(r"(?<=:)\d+\b|(?<=^line )\d+")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two configurations. `root` is what the names of its files begin with, which is no difference."""

    revision: Revision
    root: str


def difference_view(old: Side, new: Side) -> Json:
    """Everything that `ambassador diff` tells."""
    differing = _differing(old.revision, new.revision)
    found = difference(_world(old.revision, differing), _world(new.revision, differing))
    gone, come = _problems(old, new)
    return {
        "same": found.same,
        "summary": summary(found),
        "changes": [_change(one, old.revision, new.revision) for one in found.changes],
        "answers": [_answer(one, old.revision, new.revision) for one in found.answers],
        "harmless": [{"routes": list(one.routes), "hosts": list(one.hosts)} for one in found.harmless],
        "unasked": found.unasked,
        "problems": {"new": come, "gone": gone},
    }


def summary(found: Difference) -> str:
    """The whole difference as one sentence."""
    if found.same:
        return "every request is answered as before"
    counts = Counter((one.part, one.sign) for one in found.changes)
    texts = [_counted(counts, part) for part in Part]
    if found.answers:
        number = len(found.answers)
        texts.append(f"requests are answered otherwise in {number} case{'s' * (number != 1)}")
    if found.unasked:
        number = found.unasked
        texts.append(f"{number} moved route{'s were' if number != 1 else ' was'} not asked about, being too many")
    return "; ".join(text for text in texts if text)


def _counted(counts: Mapping[tuple[Part, Sign], int], part: Part) -> str:
    """`2 routes added, 1 changed`"""
    found = [(counts[part, sign], sign.value) for sign in Sign if counts.get((part, sign))]
    if not found:
        return ""
    (first, verb), *others = found
    start = f"{first} {part.value}{'s' * (first != 1)} {verb}"
    return ", ".join([start, *(f"{number} {word}" for number, word in others)])


def _change(one: Change, old: Revision, new: Revision) -> Json:
    side = old if one.sign is Sign.REMOVED or one.source not in new.config.objects else new
    return {
        "part": one.part.value,
        "sign": one.sign.value,
        "name": one.name,
        "hosts": list(one.hosts),
        "details": [_detail(detail) for detail in one.details],
        "source": _source(one.source, side),
    }


def _source(key: ObjectKey | None, side: Revision) -> Json | None:
    return source(key, side.config.origins) if key is not None and key in side.config.objects else None


def _detail(detail: Detail) -> Json:
    return {"what": detail.what, "old": detail.old, "new": detail.new}


def _answer(one: OtherAnswer, old: Revision, new: Revision) -> Json:
    request = one.request
    return {
        "request": {
            "method": request.method,
            "url": without_credentials(request.url),
            "authority": request.authority,
            "headers": [[name, shown(name, value)] for name, value in _said(request)],
            "text": _line(request),
        },
        "curl": to_curl(request),
        "old": one.old.words,
        "new": one.new.words,
        "old_source": _source(one.old.source, old),
        "new_source": _source(one.new.source, new),
        "count": one.count,
    }


def _line(request: Request) -> str:
    """`GET http://a.test/x with x-canary: yes`"""
    headers = [f"{name}: {shown(name, value)}" for name, value in _said(request)]
    port = "" if request.port in (None, DEFAULT_PORTS[request.scheme]) else f":{request.port}"
    if request.authority != request.host + port:
        headers.insert(0, f"host: {request.authority}")
    return f"{request.method} {without_credentials(request.url)}{' with ' if headers else ''}{', '.join(headers)}"


def _said(request: Request) -> Headers:
    """Headers other than those that every curl sends."""
    return tuple(header for header in request.headers if header not in CURLS_OWN)


def _world(revision: Revision, differing: Iterable[str]) -> World:
    secrets = revision.compiled.resources.secrets
    found = {name: _certificate(secrets[name]) for name in differing if name in secrets}
    known = {name: one for name, one in found.items() if one is not None}
    return World(revision.compiled.gateway, prepare(revision.compiled.gateway), known)


def _differing(old: Revision, new: Revision) -> list[str]:
    """Names of certificates and CAs that are not the same on both sides."""
    before, after = old.compiled.resources.secrets, new.compiled.resources.secrets
    return [name for name in sorted({*before, *after}) if _version(before.get(name)) != _version(after.get(name))]


def _version(resource: EncodedResource | None) -> str:
    return resource.version if resource else ""


def _certificate(resource: EncodedResource) -> Certificate | None:
    held: Any = readable(parse(ResourceType.SECRET.type_url, resource.body), redact=True)
    certificate = held.get("tls_certificate", {}).get("certificate_chain", {})
    authority = held.get("validation_context", {}).get("trusted_ca", {})
    pem = base64.b64decode({**certificate, **authority}.get("inline_bytes", ""))
    found = described(pem)
    if found is None:
        return None
    info, fingerprint = found
    names = info.names or (info.subject,)
    return Certificate(tuple(names), info.not_after.date().isoformat(), fingerprint, resource.version)


def _problems(old: Side, new: Side) -> tuple[list[Json], list[Json]]:
    """Problems that are gone, and those that are new; where a file lies is no difference."""
    before, after = ({_essence(one, side.root): one for one in side.revision.problems()} for side in (old, new))
    gone = [render_problem(before[one], old.revision.config.origins) for one in sorted(before.keys() - after.keys())]
    come = [render_problem(after[one], new.revision.config.origins) for one in sorted(after.keys() - before.keys())]
    return gone, come


def _essence(one: Problem, root: str) -> tuple[str, ...]:
    """What makes a problem the same one on both sides, wherever its lines have moved to."""
    name = one.source.name.replace(root, "")
    message = _LINES.sub("", one.message.replace(root, ""))
    return (one.source.kind, one.source.namespace, name, repr(one.path), one.reason.value, message)

"""An explanation as contract JSON. Sources and lines are joined only here; what authorizes a client is never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ambassador.explain.asking.curl import asked
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.asking.understand import BadRequest, Understood, remarks, understand
from ambassador.explain.evaluate import Prepared, explain
from ambassador.explain.explanation import (
    Alternative,
    Candidate,
    Condition,
    ConditionKind,
    Explanation,
    NearMiss,
    Step,
    StepKind,
)
from ambassador.explain.request import Request
from ambassador.explain.words import endpoints_of
from ambassador.ir.route import Forward, Route
from ambassador.ir.virtual_host import Domain
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import FieldPath, Severity, dotted
from ambassador.model.sensitive import shown, without_credentials
from ambassador.report.condition_fields import Written, backend_field, condition_field, hostname_field
from ambassador.report.render import DEFAULT_HOST, Json, problem, source
from ambassador.report.revision import Revision

_PATH = Condition(ConditionKind.PATH)


def explain_query(text: str) -> Understood:
    """The question in the query of an address: `url` or `curl`, `method`, `header` (repeatable), `client_ip`.

    Raises:
        BadRequest: it is none, or one parameter is given twice.
    """
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    for name in ("url", "curl", "method", "client_ip"):
        if len(given.get(name, ())) > 1:
            raise BadRequest(f"{name} is given {len(given[name])} times; give it once")
    question = "".join(given.get("url", ()) or given.get("curl", ()))
    if not question.strip():
        raise BadRequest("url is missing: give the URL of a request, or a curl command line as curl")
    method, client = ("".join(given.get(name, ())) for name in ("method", "client_ip"))
    return asked(question, method, tuple(given.get("header", ())), client)


def explain_view(revision: Revision, prepared: Prepared, understood: Understood) -> Json:
    """The answer to a question.

    Raises:
        BadRequest: what is asked about is no request.
    """
    request = understand(understood.question)
    told = explain(prepared, request)
    joined = _Joined(revision, told)
    return {
        "request": _request(request),
        "revision": revision.number,
        "listener": told.listener.label if told.listener else None,
        "hostname": told.domain.pattern if told.domain else None,
        "outcome": told.outcome.value,
        "status": told.status,
        "summary": told.summary,
        "steps": [joined.step(one) for one in told.steps],
        "winner": joined.winner(told.winner) if told.winner else None,
        "alternatives": [joined.alternative(one) for one in told.alternatives],
        "candidates": [joined.candidate(one) for one in told.candidates],
        "total": told.total,
        "omitted": told.total - len(told.candidates),
        "near": [joined.near(one) for one in told.near],
        "problems": joined.problems(),
        "notes": [*understood.notes, *remarks(understood.question), *_unread(revision)],
        "secret": any(shown(name, value) != value for name, value in request.headers),
        "curl": to_curl(request),
    }


def _unread(revision: Revision) -> list[str]:
    """What may be missing, since nobody knows what stood there."""
    texts = [one for one in revision.config.problems if one.severity is Severity.ERROR]
    if not texts:
        return []
    place = problem(texts[0], revision.config.origins)["source"]["origin"]
    more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
    return [f"Not all manifests can be read ({place}{more}): routes may be missing. See `ambassador check`."]


def _request(request: Request) -> Json:
    return {
        "url": without_credentials(request.url),
        "scheme": request.scheme,
        "host": request.host,
        "port": request.port,
        "authority": request.authority,
        "path": without_credentials(request.path),
        "method": request.method,
        "headers": [[name, shown(name, value)] for name, value in request.headers],
        "client_ip": request.client,
        "server_name": request.server_name,
    }


@dataclass(frozen=True, slots=True)
class _Joined:
    """An explanation with the revision whose objects it is about."""

    revision: Revision
    told: Explanation
    known: dict[ObjectKey, Written] = field(default_factory=dict)

    def step(self, step: Step) -> Json:
        key, path = self._place(step.kind)
        return {
            "kind": step.kind.value,
            "name": step.name,
            "because": without_credentials(step.because),
            **self._at(key, path),
        }

    def candidate(self, one: Candidate) -> Json:
        key = self._key(one.route, self.told.domain)
        path = self._condition(key, one)
        return {
            "route": one.route.name,
            "order": one.order,
            "matched": one.matched,
            "because": one.because,
            **self._at(key, path),
        }

    def winner(self, one: Candidate) -> Json:
        after = self.told.after
        return {
            **self.candidate(one),
            "backends": self._backends(one.route, after.share),
            "share": after.share,
            "rewritten": {"path": without_credentials(after.path), "host": after.host},
            "location": without_credentials(after.location),
            "steps": list(after.acts),
        }

    def alternative(self, one: Alternative) -> Json:
        return {
            "route": one.route.name,
            "share": one.share,
            "source": self._source(self._key(one.route, self.told.domain)),
            "backends": self._backends(one.route, one.share),
        }

    def problems(self) -> list[Json]:
        """Problems of the object whose route takes the request: they may be why it is answered as it is."""
        winner = self.told.winner
        key = self._key(winner.route, self.told.domain) if winner else None
        found = self.revision.report(key).problems if key else ()
        return [problem(one, self.revision.config.origins) for one in found]

    def near(self, one: NearMiss) -> Json:
        return {
            "route": one.route.name,
            "source": self._source(self._key(one.route, one.domain)),
            "listener": one.listener.label,
            "hostname": one.domain.pattern,
            "because": one.because,
        }

    def _backends(self, route: Route, share: int) -> list[Json]:
        """Where a route sends its share of the requests; nowhere when Envoy answers by itself."""
        if not isinstance(route.action, Forward):
            return []
        gateway = self.revision.compiled.gateway
        name = route.action.cluster
        endpoints = endpoints_of(gateway, gateway.clusters.get(name))
        return [{"service": route.action.service, "weight": share, "cluster": name, "endpoints": endpoints}]

    def _place(self, kind: StepKind) -> tuple[ObjectKey | None, FieldPath]:
        """The object and field that a station is about."""
        told, domain, winner = self.told, self.told.domain, self.told.winner
        if kind is StepKind.LISTENER:
            return (told.listener.source if told.listener else None), ("spec", "port")
        if kind is StepKind.CERTIFICATE:
            return self._secret(), ("metadata", "name")
        if kind is StepKind.HOST:
            host = domain.host if domain else None
            return host, hostname_field(self._written(host), domain.pattern if domain else "")
        if winner is None:
            return None, ()
        key = self._key(winner.route, domain)
        if kind is StepKind.ROUTE:
            return key, self._condition(key, winner)
        return key, backend_field(self._written(key), winner.route, domain.pattern if domain else "")

    def _condition(self, key: ObjectKey | None, one: Candidate) -> FieldPath:
        pattern = self.told.domain.pattern if self.told.domain else ""
        return condition_field(self._written(key), one.route, one.condition or _PATH, pattern)

    def _secret(self) -> ObjectKey | None:
        chain = self.told.chain
        namespace, _, name = (chain.certificates[0] if chain and chain.certificates else "").partition("/")
        key = ObjectKey("Secret", namespace, name)
        return key if key in self.revision.config.objects else None

    def _key(self, route: Route, domain: Domain | None) -> ObjectKey | None:
        return route.source or (domain.host if domain else None)

    def _written(self, key: ObjectKey | None) -> Written:
        if key is None:
            return Written()
        if key not in self.known:
            found = self.revision.config.objects.get(key)
            places = dict(self.revision.report(key).places)
            self.known[key] = Written(key.kind, found.content if found else {}, places)
        return self.known[key]

    def _source(self, key: ObjectKey | None) -> Json:
        return source(key, self.revision.config.origins) if key else DEFAULT_HOST

    def _at(self, key: ObjectKey | None, path: FieldPath) -> Json:
        if key is None:
            return {"source": None, "path": "", "line": None}
        origins = self.revision.config.origins
        return {"source": source(key, origins), "path": dotted(path), "line": origins.line(key, path)}

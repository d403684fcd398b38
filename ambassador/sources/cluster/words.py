"""What users are told about a kind that cannot be read, with the way out. Pure."""

from __future__ import annotations

from ambassador.kinds.contract import OUR_GROUP
from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.sources.cluster.resources import Resource, Wanted


def resource_key(name: str) -> ObjectKey:
    """The key under which problems of a whole resource are told."""
    return ObjectKey("APIResource", "", name)


def missing(kind: Wanted) -> Problem | None:
    """The cluster does not know the kind. Nobody misses what would have no effect anyway."""
    if not kind.expected:
        return None
    name = f"{kind.plural}.{kind.group}"
    ours = kind.group == OUR_GROUP
    out = "apply the CRDs, `ambassador crds | kubectl apply -f -`" if ours else f"it must serve {kind.versions[0]}"
    message = f"the cluster has no {kind.kind} ({name}): {out}"
    return Problem(Severity.WARNING, Reason.UNREADABLE, message, resource_key(name))


def refused(resource: Resource, error: ApiError, listed: bool) -> Problem:
    """The API server will not let us read the kind, now and until somebody changes something."""
    kept = "; what was read before is still served" if listed else ""
    if error.status == 403:
        verbs = "get, list and watch" if resource.kind == "Secret" else "list and watch"
        out = f"allow {verbs} on {resource.plural} of the API group {resource.group or '(core)'} in the (Cluster)Role"
    elif error.status == 400:
        out = "check AMBASSADOR_LABEL_SELECTOR and AMBASSADOR_FIELD_SELECTOR"
    else:
        out = "see the API server's log"
    message = f"{resource.name} cannot be read{kept}: {out}. The API server says: {error.message}"
    return Problem(Severity.ERROR, Reason.UNREADABLE, message, resource_key(resource.name))


def failing(resource: Resource, error: ApiError, listed: bool) -> Problem:
    """The API server fails to read the kind, and has done so for a while."""
    kept = "what was read before is still served" if listed else "its objects have no effect"
    message = (
        f"{resource.name} cannot be read since some time ({kept}); it is tried again. "
        f"The API server says: {error.status} {error.message}"
    )
    return Problem(Severity.ERROR, Reason.UNREADABLE, message, resource_key(resource.name))

"""A Mapping that answers with a redirect instead of forwarding."""

from __future__ import annotations

from collections.abc import Callable

from ambassador.features import FEATURES
from ambassador.ir.route import Redirect, RedirectPath
from ambassador.kinds import mapping_fields as fields
from ambassador.model.fields import AnyField, Values
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ServiceName

_CODES = (301, 302, 303, 307, 308)
# The first of these that is given is used.
_PATHS = (fields.PATH_REDIRECT, fields.PREFIX_REDIRECT, fields.REGEX_REDIRECT)

RedirectTo = Callable[[ServiceName], Redirect]

_FORWARDING = (
    *(
        field
        for feature in FEATURES
        if "Mapping" in feature.inputs and (feature.forwards or feature.on_cluster)
        for field in feature.inputs["Mapping"].fields
    ),
    fields.TLS,
    fields.RESOLVER,
)

_FIELDS = frozenset(field.name for field in (*_PATHS, fields.HOST_REDIRECT, fields.REDIRECT_CODE))
_FORWARDS: Checked[RedirectTo | None] = Checked(None)


def redirect_of(values: Values) -> Checked[RedirectTo | None]:
    """How to redirect, as a function of the service that names the host; None when the Mapping forwards."""
    if _FIELDS.isdisjoint(values.items):
        return _FORWARDS
    given = [field for field in _PATHS if values.get(field) is not None]
    if not values.or_else(fields.HOST_REDIRECT, False):
        alone = [fields.REDIRECT_CODE] if values.get(fields.REDIRECT_CODE) is not None else []
        return Checked(
            None, tuple(_ignored(values, field, "without host_redirect: true") for field in (*given, *alone))
        )
    problems = [_dropped(values, field, given[0]) for field in given[1:]]
    problems += [_ignored(values, field, "on a redirect") for field in _FORWARDING if field.name in values.items]
    code = values.or_else(fields.REDIRECT_CODE, 301)
    if code not in _CODES:
        message = f"redirect_response_code must be one of {', '.join(map(str, _CODES))}, not {code}; 301 is used"
        problems.append(values.on(fields.REDIRECT_CODE).error(Reason.INVALID_VALUE, message))
        code = 301
    kind, value, pattern = _path(values, given[0] if given else None)
    if kind in (RedirectPath.REPLACE, RedirectPath.REPLACE_PREFIX) and not value.startswith("/"):
        message = f"{given[0].name} must start with /, as every path does: write /{value}; the path is kept"
        problems.append(values.on(given[0]).error(Reason.INVALID_VALUE, message))
        kind, value = RedirectPath.KEEP, ""

    def redirect(service: ServiceName) -> Redirect:
        host = f"[{service.host}]" if ":" in service.host else service.host
        return Redirect(host, service.scheme == "https", service.port, kind, value, pattern, code)

    return Checked(redirect, tuple(problems))


def _path(values: Values, field: AnyField | None) -> tuple[RedirectPath, str, str]:
    if field is fields.PATH_REDIRECT:
        return RedirectPath.REPLACE, values.or_else(fields.PATH_REDIRECT, ""), ""
    if field is fields.PREFIX_REDIRECT:
        return RedirectPath.REPLACE_PREFIX, values.or_else(fields.PREFIX_REDIRECT, ""), ""
    regex = values.get(fields.REGEX_REDIRECT)
    return (RedirectPath.REGEX, regex.substitution, regex.pattern) if regex else (RedirectPath.KEEP, "", "")


def _ignored(values: Values, field: AnyField, why: str) -> Problem:
    return values.on(field).warning(Reason.IGNORED_FIELD, f"{field.name} has no effect {why}")


def _dropped(values: Values, field: AnyField, winner: AnyField) -> Problem:
    message = f"{field.name} has no effect beside {winner.name}; remove one of them"
    return values.on(field).error(Reason.CONFLICT, message)

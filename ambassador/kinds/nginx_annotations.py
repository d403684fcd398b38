"""Annotations of ingress-nginx: which there are, and what becomes of an Ingress that carries one.

None is obeyed but ssl-redirect and force-ssl-redirect. Those that protect close the routes of their Ingress, since
serving them without would open what was meant to be shut; the others are a WARNING. Other values are never looked at,
but for those that say that nothing is protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ambassador.model.fields import Cursor, suggestion
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason

PREFIX = "nginx.ingress.kubernetes.io/"
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
"""Texts that ingress-nginx takes for yes (Go's strconv.ParseBool)."""
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})

SSL_REDIRECT = PREFIX + "ssl-redirect"
FORCE_SSL_REDIRECT = PREFIX + "force-ssl-redirect"
CANARY = PREFIX + "canary"
_OBEYED = frozenset({SSL_REDIRECT, FORCE_SSL_REDIRECT})

_PROTECTING = ("auth-", "limit-")
_PROTECTING_NAMES = """whitelist-source-range allowlist-source-range denylist-source-range satisfy enable-modsecurity
    enable-owasp-core-rules modsecurity-snippet modsecurity-transaction-id"""
_PROTECTS = frozenset(_PROTECTING_NAMES.split())
_OTHER_NAMES = """rewrite-target use-regex app-root permanent-redirect permanent-redirect-code temporal-redirect
    temporal-redirect-code relative-redirects ssl-redirect force-ssl-redirect preserve-trailing-slash
    from-to-www-redirect server-alias use-port-in-redirects upstream-vhost x-forwarded-prefix default-backend
    custom-http-errors disable-proxy-intercept-errors custom-headers mirror-target mirror-host mirror-request-body
    connection-proxy-header enable-global-auth canary canary-by-header canary-by-header-value
    canary-by-header-pattern canary-by-cookie canary-weight canary-weight-total affinity affinity-mode
    affinity-canary-behavior session-cookie-name session-cookie-path session-cookie-domain session-cookie-samesite
    session-cookie-secure session-cookie-max-age session-cookie-expires session-cookie-conditional-samesite-none
    session-cookie-change-on-failure load-balance upstream-hash-by upstream-hash-by-subset
    upstream-hash-by-subset-size service-upstream enable-cors cors-allow-origin cors-allow-methods
    cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age backend-protocol proxy-ssl-secret
    proxy-ssl-verify proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name proxy-ssl-protocols
    proxy-ssl-ciphers proxy-http-version fastcgi-index fastcgi-params-configmap ssl-passthrough ssl-ciphers
    ssl-prefer-server-ciphers proxy-connect-timeout proxy-read-timeout proxy-send-timeout proxy-body-size
    client-body-buffer-size proxy-request-buffering proxy-buffering proxy-buffers-number proxy-buffer-size
    proxy-busy-buffers-size proxy-max-temp-file-size proxy-next-upstream proxy-next-upstream-tries
    proxy-next-upstream-timeout proxy-redirect-from proxy-redirect-to proxy-cookie-domain proxy-cookie-path
    enable-access-log enable-rewrite-log enable-opentelemetry opentelemetry-trust-incoming-span
    opentelemetry-operation-name http2-push-preload configuration-snippet server-snippet stream-snippet"""
_KNOWN = frozenset(_OTHER_NAMES.split())
_ANYBODY = frozenset({"0.0.0.0/0", "::/0"})


def problems_of(key: ObjectKey, annotations: Mapping[str, str]) -> Iterable[Problem]:
    """One problem for each annotation of ingress-nginx that is not obeyed."""
    for name in sorted(annotations):
        if name.startswith(PREFIX) and name not in _OBEYED and annotations[name]:
            yield _problem(Cursor(key, None, ("metadata", "annotations", name)), name, annotations[name])
    for name in sorted(_OBEYED & annotations.keys()):
        if annotations[name] and annotations[name] not in TRUE | FALSE:
            at = Cursor(key, None, ("metadata", "annotations", name))
            yield at.warning(Reason.INVALID_VALUE, f"{name} must be true or false; its default is used")


def _problem(at: Cursor, name: str, value: str) -> Problem:
    bare = name.removeprefix(PREFIX)
    if _protects(bare) and not _is_open(bare, value):
        message = f"{name} is not supported yet; what it protects answers 500 until it is removed"
        return replace(at.error(Reason.NOT_SUPPORTED, message), fails_closed=True)
    if name == CANARY and value in TRUE:
        message = f"{name} is not supported yet: this Ingress gets no requests; a canary is made by weights of Mappings"
        return at.warning(Reason.NOT_SUPPORTED, message)
    if _protects(bare) or bare in _KNOWN:
        return at.warning(Reason.NOT_SUPPORTED, f"{name} is not supported yet and has no effect")
    near = suggestion(bare, tuple(_KNOWN | _PROTECTS)) or " Remove it."
    return at.warning(Reason.UNKNOWN_FIELD, f"{name} is an unknown annotation, so it has no effect.{near}")


def _protects(bare: str) -> bool:
    return bare in _PROTECTS or bare.startswith(_PROTECTING)


def _is_open(bare: str, value: str) -> bool:
    """Values that leave everything open. cert-manager's challenges come with a list that allows every address."""
    if bare in ("whitelist-source-range", "allowlist-source-range"):
        return {one.strip() for one in value.split(",")} == _ANYBODY
    return bare.startswith("enable-") and value in FALSE

"""What changes before a request is read: listeners, and the certificates that they show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ambassador.explain.changes import Certificate, Change, Detail, Part, Sign
from ambassador.explain.details import feature_details, text_of
from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import Listener
from ambassador.model.keys import ObjectKey
from ambassador.model.values import ANY_HOST


def listener_changes(old: Gateway, new: Gateway) -> Iterator[Change]:
    """Listeners that came, went or changed; by address, as clients see them."""
    before, after = ({one.name: one for one in side.listeners} for side in (old, new))
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Change(Part.LISTENER, Sign.ADDED, name, now.source, (Detail("", "", now.protocol),))
        elif now is None and was is not None:
            yield Change(Part.LISTENER, Sign.REMOVED, name, was.source, (Detail("", was.protocol, ""),))
        elif was is not None and now is not None and (details := tuple(_listener(was, now))):
            yield Change(Part.LISTENER, Sign.CHANGED, name, now.source, details)


def _listener(old: Listener, new: Listener) -> Iterator[Detail]:
    pairs = (
        ("protocol", old.protocol, new.protocol),
        ("PROXY protocol", text_of(old.proxy_protocol), text_of(new.proxy_protocol)),
    )
    yield from (Detail(what, was, now) for what, was, now in pairs if was != now)
    yield from feature_details(old.features, new.features)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What TLS connections for a name get."""

    certificates: tuple[str, ...]
    features: FeatureBag = EMPTY


def certificate_changes(
    old: Gateway, new: Gateway, before: Mapping[str, Certificate], after: Mapping[str, Certificate]
) -> Iterator[Change]:
    """By server name: another Secret, other settings, or other contents of the same Secret."""
    was, now = _by_name(old), _by_name(new)
    for name in sorted({*was, *now}):
        yield from _of_name(name, was.get(name), now.get(name))
    for secret in sorted({*before, *after}):
        details = tuple(_contents(before.get(secret), after.get(secret)))
        if details and secret in before and secret in after:
            yield Change(Part.CERTIFICATE, Sign.CHANGED, secret, _key(secret), details)


def _by_name(gateway: Gateway) -> Mapping[str, _Shown]:
    """Listeners that have a name differ in nothing that the name's TLS consists of."""
    return {
        name: _Shown(chain.certificates, chain.tls)
        for listener in gateway.listeners
        for chain in listener.chains
        if chain.certificates
        for name in chain.server_names or (ANY_HOST,)
    }


def _of_name(name: str, old: _Shown | None, new: _Shown | None) -> Iterator[Change]:
    label = f"TLS for {name}"
    if old is None and new is not None:
        yield Change(Part.CERTIFICATE, Sign.ADDED, label, _first(new), (Detail("Secret", "", _names(new)),))
    elif new is None and old is not None:
        yield Change(Part.CERTIFICATE, Sign.REMOVED, label, _first(old), (Detail("Secret", _names(old), ""),))
    elif old is not None and new is not None and old != new:
        secrets = [Detail("Secret", _names(old), _names(new))] if old.certificates != new.certificates else []
        details = (*secrets, *feature_details(old.features, new.features))
        yield Change(Part.CERTIFICATE, Sign.CHANGED, label, _first(new), details)


def _contents(old: Certificate | None, new: Certificate | None) -> Iterator[Detail]:
    if old is None or new is None or old.version == new.version:
        return
    pairs = (
        ("names", ", ".join(old.names), ", ".join(new.names)),
        ("expires", old.expires, new.expires),
        ("SHA-256 fingerprint", old.fingerprint, new.fingerprint),
    )
    found = [Detail(what, was, now) for what, was, now in pairs if was != now]
    yield from found or [Detail("private key or chain", "", "another one for the same certificate")]


def _names(shown: _Shown) -> str:
    return ", ".join(shown.certificates)


def _first(shown: _Shown) -> ObjectKey | None:
    return _key(shown.certificates[0]) if shown.certificates else None


def _key(secret: str) -> ObjectKey:
    """The Secret of an SDS name."""
    namespace, _, name = secret.removeprefix("ca/").partition("/")
    return ObjectKey("Secret", namespace, name)

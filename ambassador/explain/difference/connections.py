"""What changes before a request is read: listeners, and the certificates that they show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ambassador.explain.difference.changes import Certificate, Change, Detail, Part, Sign
from ambassador.explain.difference.details import feature_details, text_of
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


Certificates = Mapping[str, Certificate]


def certificate_changes(old: Gateway, new: Gateway, before: Certificates, after: Certificates) -> Iterator[Change]:
    """By server name: another Secret, other settings; and other contents of the same Secret."""
    was, now = _by_name(old), _by_name(new)
    for name in sorted({*was, *now}):
        details = tuple(_of_name(was.get(name), now.get(name), before, after))
        if details:
            sign = Sign.ADDED if name not in was else Sign.REMOVED if name not in now else Sign.CHANGED
            yield Change(Part.CERTIFICATE, sign, f"TLS for {name}", _first(now.get(name) or was.get(name)), details)
    for secret in sorted(before.keys() & after.keys()):
        if before[secret].version != after[secret].version:
            found = tuple(_contents(before[secret], after[secret]))
            same = (Detail("private key or chain", "", "another one for the same certificate"),)
            yield Change(Part.CERTIFICATE, Sign.CHANGED, secret, _key(secret), found or same)


def _by_name(gateway: Gateway) -> Mapping[str, _Shown]:
    """Listeners that have a name differ in nothing that the name's TLS consists of."""
    return {
        name: _Shown(chain.certificates, chain.tls)
        for listener in gateway.listeners
        for chain in listener.chains
        if chain.certificates
        for name in chain.server_names or (ANY_HOST,)
    }


def _of_name(old: _Shown | None, new: _Shown | None, before: Certificates, after: Certificates) -> Iterator[Detail]:
    """What differs for a server name; nothing where only the contents of its Secret do."""
    if _names(old) != _names(new):
        yield Detail("Secret", _names(old), _names(new))
        yield from _contents(_certificate(old, before), _certificate(new, after))
    if old is not None and new is not None:
        yield from feature_details(old.features, new.features)


def _certificate(shown: _Shown | None, known: Certificates) -> Certificate | None:
    return known.get(shown.certificates[0]) if shown and shown.certificates else None


def _contents(old: Certificate | None, new: Certificate | None) -> Iterator[Detail]:
    rows = [_rows(one) if one else ("", "", "") for one in (old, new)]
    for what, was, now in zip(("names", "expires", "SHA-256 fingerprint"), *rows, strict=True):
        if was != now:
            yield Detail(what, was, now)


def _rows(one: Certificate) -> tuple[str, str, str]:
    return ", ".join(one.names), one.expires, one.fingerprint


def _names(shown: _Shown | None) -> str:
    return ", ".join(shown.certificates) if shown else ""


def _first(shown: _Shown | None) -> ObjectKey | None:
    return _key(shown.certificates[0]) if shown and shown.certificates else None


def _key(secret: str) -> ObjectKey:
    """The Secret of an SDS name."""
    namespace, _, name = secret.removeprefix("ca/").partition("/")
    return ObjectKey("Secret", namespace, name)

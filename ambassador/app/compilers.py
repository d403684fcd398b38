"""A compiler that knows this instance's settings."""

from __future__ import annotations

from ambassador.compile.inputs import NOW, OPTIONS, Options
from ambassador.compile.pipeline import Compiler
from ambassador.ops.hours import hour
from ambassador.ops.own_addresses import own_addresses
from ambassador.settings import Settings


def compiler_for(settings: Settings) -> Compiler:
    """A compiler that knows the settings and the time."""
    compiler = Compiler()
    compiler.set(OPTIONS, {None: options(settings)})
    compiler.set(NOW, {None: hour()})
    return compiler


def options(settings: Settings) -> Options:
    """What of the settings shapes the configuration."""
    return Options(
        settings.ambassador_id,
        settings.namespace,
        settings.bind,
        settings.http_port,
        settings.https_port,
        settings.own_ports,
        settings.allow_loopback_backends or not settings.kubernetes,
        own_addresses(),
        cluster=settings.kubernetes,
        live_traffic=settings.live_traffic,
        bucket_size=settings.bucket_size,
        host_shards=settings.host_shards,
    )

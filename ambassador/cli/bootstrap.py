"""Fills in Envoy's bootstrap. Everything that can change at run time comes over ADS and must not be added here."""

from __future__ import annotations

import json
from string import Template

from ambassador.settings import Settings

MOST_CONNECTIONS = 50_000


def render(template: str, settings: Settings, open_files: int) -> str:
    """The bootstrap as YAML text.

    Args:
        template: the text of envoy/bootstrap.yaml.
        settings: ports and the state folder that holds the ADS socket.
        open_files: how many file descriptors Envoy may have; each proxied connection takes two.
    """
    return Template(template).substitute(
        admin_port=settings.admin_port,
        ready_port=settings.ready_port,
        ads_socket=json.dumps(str(settings.ads_socket)),
        max_connections=max(100, min(MOST_CONNECTIONS, open_files // 2 - 200)),
    )

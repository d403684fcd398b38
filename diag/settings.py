"""What an operator sets for the diagnostics app, read once from the environment and passed as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
HIGHEST_PORT = 65535


class SettingsError(ValueError):
    """A variable holds something that cannot be used. Its text is one line for a person."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Ports are TCP ports. `allow_non_local` opens page and API to other hosts; `demo` does the same for `demo`."""

    state: Path = Path("/run/ambassador")
    diag_port: int = 8877
    admin_port: int = 8001
    ready_port: int = 8006
    allow_non_local: bool = False
    demo: bool = False

    @property
    def report_socket(self) -> Path:
        return self.state / "report.sock"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from `AMBASSADOR_*` variables, with the defaults of the contract's table of ports.

    Raises:
        SettingsError: a port is not a port.
    """
    old_name = _port(environ, "AMBASSADOR_HEALTHCHECK_BIND_PORT", 8877)
    return Settings(
        state=Path(environ.get("AMBASSADOR_STATE_DIR") or "/run/ambassador"),
        diag_port=_port(environ, "AMBASSADOR_DIAG_PORT", old_name),
        admin_port=_port(environ, "AMBASSADOR_ADMIN_PORT", 8001),
        ready_port=_port(environ, "AMBASSADOR_READY_PORT", 8006),
        allow_non_local=_flag(environ, "AMBASSADOR_DIAG_ALLOW_NON_LOCAL"),
        demo=_flag(environ, "AMBASSADOR_DEMO"),
    )


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().lower() in TRUE_WORDS


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and int(text) <= HIGHEST_PORT):
        raise SettingsError(f"{name} must be a port from 0 to {HIGHEST_PORT}, not {text!r}")
    return int(text)

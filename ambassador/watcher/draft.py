"""What a config snapshot compiles to while the hold-off of its change still lasts."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.compile.pipeline import Compiled


@dataclass(frozen=True, slots=True)
class Draft:
    """Ready to be published. `compiled` is None where it does not compile; `seconds`: how long that took."""

    compiled: Compiled | None
    seconds: float

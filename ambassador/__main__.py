"""The `ambassador` command; also `python -m ambassador`."""

from __future__ import annotations

import os
import signal
import sys

if os.getpid() == 1:
    # The kernel drops signals that the first process of a container does not handle; a stop may come while we import.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

from ambassador.cli.commands import main  # noqa: E402

if __name__ == "__main__":
    main()

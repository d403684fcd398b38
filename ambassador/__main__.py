"""The `ambassador` command; also `python -m ambassador`."""

from __future__ import annotations

import os
import signal
import sys

_LAST_STREAM = 2

# A stream that was closed for us would else be the next file that somebody opens, and get what is printed.
while (_opened := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
    pass
os.close(_opened)
# A stop may come while we import. Ctrl-C shall end that without a traceback; the first process of a container gets no
# signal at all that it does not handle.
signal.signal(signal.SIGINT, signal.SIG_DFL)
if os.getpid() == 1:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

from ambassador.cli.commands import main  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()

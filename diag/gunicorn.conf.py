"""How the app is served: one process, a pool of threads, nothing opened outside the state folder.

Threads beyond the slots of `diag.gate` and `diag.worker` are left for health. The socket options keep slow peers from
holding threads: the kernel hands a connection over once its first bytes are there, and no read or write waits for ever.
"""

import gc
import os
import socket
import struct
import sys

from gunicorn.arbiter import Arbiter

from diag.logs import logging_config
from diag.settings import SettingsError, from_environment

READ_SECONDS = 5
WRITE_SECONDS = 20

try:
    settings = from_environment(os.environ)
except SettingsError as error:
    sys.exit(f"diag: {error}")

bind = [f"0.0.0.0:{settings.diag_port}"]
worker_class = "diag.worker.DiagWorker"
workers = 1
# Arbiter and worker share the memory of what is imported before the fork, and a worker that was killed is back at once.
preload_app = True
threads = 16
keepalive = 5
timeout = 30
graceful_timeout = 5

# The most that gunicorn has. A question may be a whole curl line: diag/static/question.js says how much of it fits.
limit_request_line = 8190

accesslog = None
logconfig_dict = logging_config(os.environ, sys.stderr.isatty())
control_socket_disable = True
worker_tmp_dir = str(settings.state) if settings.state.is_dir() else None

# No header changes what we know about a peer: see diag/access.py.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}


def pre_fork(server: Arbiter, worker: object) -> None:
    """Collecting writes into all that it looks at, and a page that is written to is shared no more."""
    gc.collect()
    gc.freeze()


def when_ready(server: Arbiter) -> None:
    """Accepted connections inherit these options from the listening socket (Linux)."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", READ_SECONDS, 0))
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", WRITE_SECONDS, 0))
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, READ_SECONDS)

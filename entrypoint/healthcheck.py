"""The image's HEALTHCHECK: is the instance that uses the state folder alive? Exit code 0: yes, 1: no, with a line.

Runs every few seconds, so it is one small script on two modules instead of a command of the product.
"""

import os
import socket
import sys

SECONDS = 2.0
PATH = "/ambassador/v0/check_alive"
MOST_BYTES = 4096


def alive(port: int) -> str:
    """Empty when diag on loopback answers 200, else what it answered."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head = connection.recv(MOST_BYTES).decode("latin-1").partition("\r\n")[0]
    return "" if head.split()[1:2] == ["200"] else head or "no answer"


def main() -> int:
    """Exit code."""
    try:
        with open(os.path.join(os.environ.get("AMBASSADOR_STATE_DIR", "/run/ambassador"), "diag.port")) as file:
            reason = alive(int(file.read()))
    except (OSError, ValueError) as error:
        reason = str(error)
    if reason:
        print(reason)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())

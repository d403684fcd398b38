"""Asks what stands on stdin, a JSON list of requests, and prints the answers as a JSON list. Runs in a pod.

A request: {address, port, method, host, path, headers, body, tls: null | {sni, ca}}; an answer: {status, version,
headers, body, error}, `status` 0 when there was none. Redirects are not followed, certificates are checked when `ca`
is given.
"""

import http.client
import json
import socket
import ssl
import sys
from typing import Any

SECONDS = 15.0


def asked(request: dict[str, Any]) -> dict[str, Any]:
    host, port = request["address"], request["port"]
    try:
        with socket.create_connection((host, port), SECONDS) as plain:
            tls = request.get("tls")
            stream = plain if tls is None else wrapped(plain, tls)
            return exchanged(stream, request)
    except (OSError, http.client.HTTPException) as error:
        return {"status": 0, "version": 0, "headers": {}, "body": "", "error": f"{type(error).__name__}: {error}"}


def wrapped(plain: socket.socket, tls: dict[str, Any]) -> ssl.SSLSocket:
    context = ssl.create_default_context(cadata=tls.get("ca"))
    if not tls.get("ca"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=tls.get("sni") or None)


def exchanged(stream: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection(request["address"], request["port"], timeout=SECONDS)
    connection.sock = stream
    connection.putrequest(request["method"], request["path"], skip_host=True, skip_accept_encoding=True)
    body = (request.get("body") or "").encode()
    headers = {"Host": request["host"], **(request.get("headers") or {})}
    if body:
        headers["Content-Length"] = str(len(body))
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    with connection.getresponse() as response:
        text = response.read().decode(errors="replace")
        found = {name.lower(): value for name, value in response.getheaders()}
        return {"status": response.status, "version": response.version, "headers": found, "body": text, "error": ""}


if __name__ == "__main__":
    print(json.dumps([asked(request) for request in json.load(sys.stdin)]))

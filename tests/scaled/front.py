"""A tiny balancer for this machine: each request goes to the next web instance that is there."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60
PIECE = 64 * 1024
# Of the connection, not of the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
OF_THE_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
BROKEN = b"<!doctype html><title>502</title><h1>No web instance answered</h1>"


class Front(ThreadingHTTPServer):
    """Listens on a port of its own; `drained` instances get nothing new."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, backends: Sequence[int]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.backends = list(backends)
        self.drained: set[int] = set()
        self._turns = itertools.count()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def next_ones(self) -> list[int]:
        """All instances, beginning with the one whose turn it is."""
        turn = next(self._turns)
        ones = [port for port in self.backends if port not in self.drained] or self.backends
        return [ones[(turn + offset) % len(ones)] for offset in range(len(ones))]

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # a connection a request, so that each has its turn
    server: Front

    def _pass_on(self) -> None:
        for port in self.server.next_ones():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                continue  # nothing was sent yet, so the next one may have it
            try:
                self._ask(connection, port)
            except (OSError, http.client.HTTPException):
                break  # whether it was done nobody knows: it is not sent twice
            finally:
                connection.close()
            return
        self._say_broken()

    def _ask(self, connection: http.client.HTTPConnection, port: int) -> None:
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in OF_THE_HOP:
                connection.putheader(name, value)
        connection.putheader("X-Forwarded-For", self.client_address[0])
        connection.putheader("Connection", "close")
        connection.endheaders()
        left = int(self.headers.get("Content-Length") or 0)
        while left and (piece := self.rfile.read1(min(left, PIECE))):
            connection.send(piece)
            left -= len(piece)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_HOP:
                self.send_header(name, value)
        self.send_header("X-Served-By", str(port))
        self.end_headers()
        self.wfile.write(body)

    def _say_broken(self) -> None:
        self.send_response_only(502)
        self.send_header("Content-Type", "text/html")
        self.send_header("X-Served-By", "front")
        self.end_headers()
        self.wfile.write(BROKEN)

    do_GET = do_POST = do_HEAD = do_PATCH = do_DELETE = do_OPTIONS = _pass_on

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the instances write their own logs."""

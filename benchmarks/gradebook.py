"""A gradebook in a process of its own that answers each call after 50 ms, and keeps count.

`POST /<cell>/scores` takes a score, `GET /<cell>/results` shows it, `GET /count` tells how many
scores were read back, and when the first call came and the last answer went.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

WAIT = 0.05


class Gradebook(ThreadingHTTPServer):
    """What all connections share."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.scores: dict[str, dict[str, Any]] = {}
        self.posts = self.read = 0
        self.first = self.last = 0.0


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open."""

    protocol_version = "HTTP/1.1"
    server: Gradebook

    def do_POST(self) -> None:
        book, cell = self.server, urlsplit(self.path).path.removesuffix("/scores")
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/forget":
            book.forget()
            self._answer({})
            return
        with book.lock:
            book.first = book.first or time.monotonic()
            book.posts += 1
            book.scores[cell] = json.loads(body)
        time.sleep(WAIT)
        self._answer({})

    def do_GET(self) -> None:
        book, cell = self.server, urlsplit(self.path).path.removesuffix("/results")
        if self.path == "/count":
            told = {"posts": book.posts, "read": book.read, "seconds": book.last - book.first}
            self._answer(told)
            return
        time.sleep(WAIT)
        score = book.scores[cell]
        shown = {
            "userId": score["userId"],
            "resultScore": score["scoreGiven"],
            "resultMaximum": score["scoreMaximum"],
            "timestamp": score["timestamp"],
        }
        with book.lock:
            book.read += 1
            book.last = time.monotonic()
        self._answer([shown])

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _answer(self, body: Any) -> None:
        content = json.dumps(body).encode()
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        # In one piece: two would wait for each other's acknowledgement.
        self.wfile.write(head.encode() + content)


def main() -> None:
    """Tell the port, and answer until killed."""
    book = Gradebook()
    sys.stdout.write(f"{book.server_port}\n")
    sys.stdout.flush()
    book.serve_forever(0.05)


if __name__ == "__main__":
    main()

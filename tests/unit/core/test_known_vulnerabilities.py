"""The locked packages are looked up; a service that is away is told and never a failure."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from lti_tool.settings import ROOT
from tests.known_vulnerabilities import LOCKS, pins, report

LOCK = """\
flask==3.1.3 \\
    --hash=sha256:00
psycopg[binary]==3.3.9 ; sys_platform != 'win32' \\
    --hash=sha256:11
"""
FLASK, PSYCOPG = ("flask", "3.1.3"), ("psycopg", "3.3.9")


class Service(HTTPServer):
    """Stands for the database of vulnerabilities: answers with `results`."""

    results: Any = None
    asked: Any = None


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked = json.loads(self.rfile.read(length))
        self.send_response(200 if self.server.results is not None else 500)
        self.end_headers()
        self.wfile.write(json.dumps({"results": self.server.results}).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def url(service: Service) -> str:
    return f"http://127.0.0.1:{service.server_port}/v1/querybatch"


def test_every_pin_of_a_lock_file_is_asked_about() -> None:
    assert pins([LOCK, LOCK]) == [FLASK, PSYCOPG]
    for lock in LOCKS:
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert len(pins([text])) == len([line for line in text.splitlines() if "==" in line[:60]])


def test_what_is_known_is_told_with_its_number_unless_it_was_accepted(service: Service) -> None:
    service.results = [{}, {"vulns": [{"id": "GHSA-1"}]}]
    assert report([FLASK, PSYCOPG], url(service)) == [
        "FOUND known vulnerabilities:", "  psycopg 3.3.9: GHSA-1",
    ]  # fmt: skip
    flask = {"package": {"name": "flask", "ecosystem": "PyPI"}, "version": "3.1.3"}
    assert service.asked["queries"][0] == flask
    (fine,) = report([FLASK, PSYCOPG], url(service), accepted={"GHSA-1"})
    assert fine == "No vulnerability is known of the 2 locked packages."


@pytest.mark.parametrize("results", [None, [], [{}, {}]])
def test_where_nobody_can_be_asked_that_is_what_is_told(service: Service, results: Any) -> None:
    service.results = results
    (line,) = report([FLASK], url(service))
    assert line.startswith("NOT CHECKED")


def test_a_service_that_is_not_there_fails_nothing() -> None:
    (line,) = report([FLASK], "http://127.0.0.1:9/")
    assert line.startswith("NOT CHECKED")

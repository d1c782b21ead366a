"""An S3 service for the tests: moto's, as a process of its own, started once a run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from itertools import count
from typing import Any

import pytest
import requests

WHERE = "MTL_TEST_S3"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "of-no-use-elsewhere",
    "AWS_REGION": "us-east-1",
}
_numbers = count(1)
_server: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Start it in the process that hands out the tests; who needs it waits until it answers."""
    os.environ.update(CREDENTIALS)
    if hasattr(config, "workerinput") or WHERE in os.environ:
        return
    port = free_port()
    _server["process"] = start_server(port)
    os.environ[WHERE] = f"http://127.0.0.1:{port}"


def pytest_unconfigure() -> None:
    if "process" in _server:
        end_server(_server.pop("process"))


def start_server(port: int) -> subprocess.Popen[bytes]:
    """A new S3 service, which knows nothing yet."""
    words = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "moto.server",
        "-H",
        "127.0.0.1",
        "-p",
        f"{port}",
    ]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end_server(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=10)


def new_bucket(endpoint: str | None = None) -> dict[str, str]:
    """The settings of a tool that keeps its files in an empty bucket."""
    address = endpoint or os.environ[WHERE]
    name = f"files-{os.getpid()}-{next(_numbers)}"
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.put(f"{address}/{name}", timeout=10).raise_for_status()
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return {"STORAGE_URL": f"s3://{name}/tool", "S3_ENDPOINT_URL": address}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

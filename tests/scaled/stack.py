"""The processes: started as an operator starts them, and ended together."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import requests

from demo_vle.local_servers import LocalServers
from lti_tool.app import create_app
from lti_tool.settings import ROOT, load_settings
from tests.buckets import CREDENTIALS, end_server, free_port, new_bucket, start_server
from tests.scaled.front import Front
from tests.tool_server import RunningTool

FLASK = (sys.executable, "-m", "flask", "--app", "lti_tool")
WORKER = (*FLASK, "worker", "--lease-seconds", "5")
PATIENCE = 120


class Service:
    """A process of the tool with its children; can be ended, well or badly, and begun again."""

    def __init__(self, name: str, words: list[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._words = words
        self._environ = {**os.environ, **environ}
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._words, cwd=ROOT, env=self._environ, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """As by `kill -9`, all at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Well if it can, badly if it must."""
        if self.process.poll() is None:
            self.ask_to_stop()
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()


class ScaledTool(RunningTool):
    """What `World` needs of a tool: its address, and an application on the same rows."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.store = "postgres"
        self.environ = dict(environ)
        self.url = environ["PUBLIC_URL"]
        self.app = create_app(load_settings(environ))


class Stack:
    """Two web instances behind a balancer, two workers, PostgreSQL, Redis and an S3 API."""

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        self.folder = folder
        self.servers = LocalServers(folder / "servers")
        s3 = free_port()
        self._s3 = start_server(s3)
        os.environ.update(CREDENTIALS)
        ports = [free_port(), free_port()]
        self.front = Front(port or free_port(), ports)
        self.environ = {
            **CREDENTIALS,
            **new_bucket(f"http://127.0.0.1:{s3}"),
            "DATABASE_URL": self.servers.database("mtl"),
            "REDIS_URL": self.servers.redis_url,
            "SECRET_KEY": secrets.token_urlsafe(32),
            "PUBLIC_URL": f"http://localhost:{self.front.server_port}",
            "MAIL_URL": str(folder / "mail"),
            "TRUSTED_PROXIES": "1",
            "METRICS": "on",
            "DEVELOPMENT": "1",  # the platform is on loopback
            **settings,
        }
        command = [*FLASK, "db", "upgrade"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environ}, check=True)
        self.web: list[Service] = []
        self.workers: list[Service] = []
        try:
            self._start(ports)
        except BaseException:
            self.stop()
            raise

    def _start(self, ports: list[int]) -> None:
        for number, port in enumerate(ports, 1):
            # The first of two processes, as in production: what they count has to be added up.
            self.web.append(self._service(f"web-{number}", self._gunicorn(port, 3 - number)))
        for number in (1, 2):
            self.workers.append(self._service(f"worker-{number}", list(WORKER)))
        for port in ports:
            self.wait_for(lambda port=port: answers(f"http://localhost:{port}/health/ready"))
        self.wait_for(lambda: health(self.url)["worker"] is True)

    @property
    def url(self) -> str:
        return self.environ["PUBLIC_URL"]

    def tool(self) -> ScaledTool:
        return ScaledTool(self.environ)

    def wait_for(self, what: Callable[[], object], seconds: float = PATIENCE) -> None:
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                raise TimeoutError(f"Waited in vain; the logs are in {self.folder}.")
            time.sleep(0.1)

    def stop(self) -> None:
        for service in (*self.web, *self.workers):
            if service.process.poll() is None:
                service.ask_to_stop()
        for service in (*self.web, *self.workers):
            service.end()
        self.front.close()
        end_server(self._s3)
        self.servers.stop()

    def _service(self, name: str, words: list[str]) -> Service:
        return Service(name, words, self.environ, self.folder / f"{name}.log")

    def _gunicorn(self, port: int, processes: int) -> list[str]:
        gunicorn = [sys.executable, "-m", "gunicorn", "lti_tool.wsgi:app"]
        return [*gunicorn, "--bind", f"127.0.0.1:{port}", "--workers", str(processes)]

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def health(url: str) -> dict[str, object]:
    """What `/health/ready` says; nothing well where nobody answers."""
    try:
        told: dict[str, object] = requests.get(f"{url}/health/ready", timeout=10).json()
    except (requests.RequestException, ValueError):
        return {"worker": False}
    return told

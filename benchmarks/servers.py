"""The two tools as they run in production: gunicorn, processes of eight threads each."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.platform import CLIENT_ID, DEPLOYMENT_ID, Platform
from demo_vle.local_servers import LocalServers

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
START_LIMIT = 60  # seconds until a server answers, also on a machine that is busy
RUN_LIMIT = 600  # seconds for a process that does some work and ends
TOOL = "lti_tool.wsgi:app"


@dataclass(frozen=True)
class Server:
    """A tool that answers on a port of this machine."""

    name: str
    port: int
    pid: int  # of the process that does the work; where there are several, of one of them

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def cpu_ns(self) -> int:
        """Time on the processor so far, of all threads."""
        return cpu_ns_of(self.pid)


def cpu_ns_of(pid: int) -> int:
    """Time on the processor of a process; the clock's id is made as clock_getcpuclockid(3) does."""
    return time.clock_gettime_ns((~pid << 3) | 2)


@contextmanager
def both_tools(
    store: str, platform: Platform, processes: int = 1
) -> Iterator[tuple[Server, Server]]:
    """The bare tool and ours on empty databases of the same kind, ended with the block."""
    with _prepared(store, platform) as (bare_url, port, environ):
        given = (bare_url, platform.url, CLIENT_ID, platform.auth_url, platform.jwks_url)
        bare = f"benchmarks.bare_tool:create_app{given!r}"
        with (
            _gunicorn("bare", bare, _free_port(), {}, processes) as first,
            _gunicorn("tool", TOOL, port, environ, processes) as second,
        ):
            yield first, second


@contextmanager
def tool_alone(store: str, platform: Platform) -> Iterator[tuple[Server, dict[str, str]]]:
    """Our tool on an empty database, and the settings for a further process of it."""
    with (
        _prepared(store, platform) as (_, port, environ),
        _gunicorn("tool", TOOL, port, environ) as server,
    ):
        yield server, environ


def run_beside(environ: Mapping[str, str], module: str, *words: str) -> str:
    """What a process of its own with the tool's settings prints."""
    return _finished([sys.executable, "-m", module, *words], environ, limit=RUN_LIMIT)


@contextmanager
def _prepared(store: str, platform: Platform) -> Iterator[tuple[str, int, dict[str, str]]]:
    """The bare tool's database; the port and the settings of ours, which knows the platform."""
    with TemporaryDirectory(prefix="mtl-bench-") as name, _data(store, Path(name)) as data:
        bare_url, environ = data
        port = _free_port()
        environ |= {
            "SECRET_KEY": "only for measuring, and long enough",
            "PUBLIC_URL": f"http://localhost:{port}",
            "STORAGE_URL": f"{name}/files",
            "MAIL_URL": f"{name}/mail",
            "DEVELOPMENT": "1",  # the platform is on loopback
            "RATE_LIMITS": "off",
        }
        _register(platform, environ)
        yield bare_url, port, environ


@contextmanager
def _data(store: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The bare tool's database, and the settings that name the tool's."""
    if store == "sqlite":
        yield f"sqlite:///{folder}/bare.sqlite", {"DATABASE_URL": f"sqlite:///{folder}/tool.sqlite"}
        return
    servers = LocalServers(folder / "servers")
    try:
        tools = {"DATABASE_URL": servers.database("tool"), "REDIS_URL": servers.redis_url}
        yield servers.database("bare"), tools
    finally:
        servers.stop()


def _register(platform: Platform, environ: Mapping[str, str]) -> None:
    """Let the platform in, as an operator does."""
    if "REDIS_URL" in environ:  # a SQLite file is migrated when it is first used
        _flask(environ, "db", "upgrade")
    _flask(
        environ, "platforms", "add",
        "--issuer", platform.url,
        "--client-id", CLIENT_ID,
        "--auth-login-url", platform.auth_url,
        "--auth-token-url", f"{platform.url}/mod/lti/token.php",
        "--jwks-url", platform.jwks_url,
        "--deployment-id", DEPLOYMENT_ID,
        "--product", "moodle",
    )  # fmt: skip


def _flask(environ: Mapping[str, str], *words: str) -> None:
    _finished([BIN / "flask", "--app", "lti_tool", *words], environ, limit=START_LIMIT)


def _finished(command: Sequence[str | Path], environ: Mapping[str, str], *, limit: int) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_clean_environ(environ),
        capture_output=True,
        text=True,
        timeout=limit,
    )
    if done.returncode:
        asked = " ".join(str(word) for word in command[:5])
        raise RuntimeError(f"{asked} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _gunicorn(
    name: str, app: str, port: int, environ: Mapping[str, str], processes: int = 1
) -> Iterator[Server]:
    # Threads and server as `make run` has them; the time of one process alone can be read.
    options = (
        f"--bind=127.0.0.1:{port} --worker-class=gthread --workers={processes} --threads=8 "
        "--keep-alive=75 --log-level=warning --no-control-socket"
    )
    with TemporaryDirectory(prefix="mtl-bench-log-") as folder:
        file = Path(folder, name)
        with file.open("w") as log:
            process = subprocess.Popen(
                [BIN / "gunicorn", app, *options.split()],
                cwd=ROOT,
                env=_clean_environ(environ),
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_open(process, port, file)
            yield Server(name, port, _worker_of(process))
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the application is loaded: gunicorn takes connections before it can answer them."""
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=START_LIMIT) as connection:
                connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"A server did not start:\n{log.read_text()[-2000:]}")


def _worker_of(process: subprocess.Popen[bytes]) -> int:
    """gunicorn's first process only watches; its child does the work."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0])


def _clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What the process needs, without settings of a tool that somebody runs by hand."""
    settings = ("DATABASE_URL", "REDIS_URL", "TRUSTED_PROXIES", "PROGRAMME", "ENCRYPTION_KEYS")
    kept = {key: value for key, value in os.environ.items() if key not in settings}
    return {**kept, **environ}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

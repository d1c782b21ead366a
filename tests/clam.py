"""A real ClamAV daemon that knows one thing: the harmless test file that every scanner knows."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.smtp_sink import free_port

# Written in two halves, or scanners would remove this file.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
LIMIT = 60  # seconds for a daemon to start on a busy machine
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
SKIPPED = "ClamAV's daemon is not installed (Debian: clamav-daemon): scanning was not tried."


class Daemon:
    """clamd on a port of its own; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"tcp://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "known").mkdir(parents=True)
        (folder / "known" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
        (folder / "clamd.conf").write_text(
            f"DatabaseDirectory {folder}/known\nTCPAddr 127.0.0.1\nTCPSocket {self.port}\n"
            f"TemporaryDirectory {folder}\nForeground yes\nUser {_user()}\nMaxThreads 2\n"
            "StreamMaxLength 100M\nMaxFileSize 100M\nMaxScanSize 200M\n"
        )

    def start(self) -> None:
        assert CLAMD
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [CLAMD, "-c", str(self.folder / "clamd.conf")], stdout=log, stderr=log
            )
        end = time.monotonic() + LIMIT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"nPING\n")
                return connection.recv(10) == b"PONG\n"
        except OSError:
            return False


@pytest.fixture(scope="session")
def clamd_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    if CLAMD is None:
        pytest.skip(SKIPPED)
    daemon = Daemon(tmp_path_factory.mktemp("clam"))
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def clamd(clamd_process: Daemon) -> Daemon:
    """The daemon, running: an earlier test may have stopped it."""
    if not clamd_process._answers():
        clamd_process.start()
    return clamd_process


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name

"""A large file in pieces, into a folder: memory of the web process, and time beside `cp`."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import requests

from benchmarks.launch import Browser
from benchmarks.platform import Learner, Platform
from benchmarks.servers import Server, tool_alone
from benchmarks.tables import Figures

MEGABYTE = 1024 * 1024
PIECE = 4 * MEGABYTE
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
STATUS = re.compile(r"^(VmHWM|VmRSS):\s*(\d+) kB", re.MULTILINE)


class Sender:
    """A browser that has launched and sends pieces as the page's script does."""

    def __init__(self, server: Server, platform: Platform) -> None:
        browser = Browser(server, platform, Learner(1))
        browser.launch()
        browser.close()
        self.session = requests.Session()
        self.session.headers["Cookie"] = browser.cookies
        self.course = f"{server.url}/courses/1"
        page = self._ask("GET", f"{self.course}/evidence/new").text
        found = TOKEN.search(page)
        if found is None:
            raise RuntimeError(f"No form to begin with: {page[:500]}")
        self.session.headers.update({"Tus-Resumable": "1.0.0", "X-CSRFToken": found[1]})

    def send(self, path: Path) -> str:
        """The id of an upload, all of whose pieces have arrived."""
        name = base64.b64encode(path.name.encode()).decode()
        said = {"Upload-Length": f"{path.stat().st_size}", "Upload-Metadata": f"filename {name}"}
        begun = self._ask("POST", f"{self.course}/uploads", headers=said)
        file_id = begun.headers["Location"].rsplit("/", 1)[1]
        offset, kind = 0, "application/offset+octet-stream"
        with path.open("rb") as stream:
            while content := stream.read(PIECE):
                said = {"Upload-Offset": f"{offset}", "Content-Type": kind}
                self._ask("PATCH", f"{self.course}/uploads/{file_id}", content, said)
                offset += len(content)
        return file_id

    def save(self, file_id: str) -> None:
        """Save evidence with it: what has arrived is looked at and stored as one before."""
        values = [("title", "A film"), ("strands", "1.1"), ("uploads", file_id)]
        values += [("csrf_token", str(self.session.headers["X-CSRFToken"]))]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(values).encode()
        self._ask("POST", f"{self.course}/evidence/new", body, kind)

    def _ask(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> requests.Response:
        answer = self.session.request(
            method, url, data=body, headers=headers, timeout=600, allow_redirects=False
        )
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text[:1000]}")
        return answer


def run(stores: list[str], size_mb: int = 500) -> Iterator[Figures]:
    """One table a store."""
    for store in stores:
        with Platform() as platform, tool_alone(store, platform) as (server, _):
            yield _measure(store, server, platform, size_mb)


def _measure(store: str, server: Server, platform: Platform, size_mb: int) -> Figures:
    sender = Sender(server, platform)
    with TemporaryDirectory(prefix="mtl-bench-file-") as name:
        film = _film(Path(name) / "film.mp4", size_mb)
        small = _film(Path(name) / "small.mp4", 8)
        sender.save(sender.send(small))  # what is loaded once is loaded
        before = memory_kb(server.pid)["VmRSS"]
        began = time.perf_counter()
        file_id = sender.send(film)
        arrived = time.perf_counter()
        peak_sent = memory_kb(server.pid)["VmHWM"]
        sender.save(file_id)
        saved = time.perf_counter()
        peak = memory_kb(server.pid)["VmHWM"]
        subprocess.run(["cp", film, f"{film}.copy"], check=True)
        copied = time.perf_counter()
    rows = [
        _row("all pieces have arrived", size_mb, arrived - began, peak_sent - before),
        _row("looked at, stored and saved", size_mb, saved - arrived, peak - before),
        _row("`cp` of the same file", size_mb, copied - saved, None),
    ]
    return Figures(
        f"{store}, a film of {size_mb} MB",
        ("step", "seconds", "MB/s", "growth, MB"),
        rows,
        "Growth is the highest mark of the web process (VmHWM) over what it held before.",
    )


def memory_kb(pid: int) -> dict[str, int]:
    """What a process holds, and the most that it ever held; see proc(5)."""
    found = STATUS.findall(Path(f"/proc/{pid}/status").read_text())
    return {name: int(number) for name, number in found}


def _film(path: Path, size_mb: int) -> Path:
    """Bytes that begin as a film does; nothing in them is alike."""
    with path.open("wb") as stream:
        stream.write(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
        stream.write(
            (1).to_bytes(4, "big") + b"mdat" + (size_mb * MEGABYTE - 24).to_bytes(8, "big")
        )
        stream.write(os.urandom(MEGABYTE - stream.tell()))
        for _ in range(size_mb - 1):
            stream.write(os.urandom(MEGABYTE))
    return path


def _row(step: str, size_mb: int, seconds: float, growth_kb: int | None) -> tuple[str, ...]:
    growth = f"{growth_kb / 1024:.1f}" if growth_kb is not None else ""
    return step, f"{seconds:.1f}", f"{size_mb / seconds:.0f}", growth

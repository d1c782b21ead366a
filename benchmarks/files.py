"""One large file through the plain form and back by ranges, beside `cp` of the same file.

The tool does more: it takes the form apart, looks at the content, hashes it, and stores it under
its digest. What must not grow with the file is the memory of its process.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests
from bs4 import BeautifulSoup

from benchmarks.launch import STORES, Browser
from benchmarks.platform import Learner, Platform
from benchmarks.servers import Server, tool_alone
from benchmarks.tables import Figures, ratio

MEGABYTE = 1024 * 1024
SIZE = 500 * MEGABYTE
RANGE = 8 * MEGABYTE
COPIES = 3
FILM = b"\0\0\0\x18ftypisom\0\0\2\0isommp41"  # what a film begins with
BOUNDARY = "benchmark"
LIMIT = 600  # seconds for one answer


def run(stores: Sequence[str], size: int = SIZE) -> Iterator[Figures]:
    """One table a store, as each is done."""
    for store in stores:
        with TemporaryDirectory(prefix="mtl-bench-film-") as name:
            film = _film(Path(name, "film"), size)
            with Platform() as platform, tool_alone(store, platform) as (server, _):
                yield _measure(STORES[store], Visitor(server, platform), film)


class Body:
    """A form with one file, read as it is sent."""

    def __init__(self, fields: list[tuple[str, str]], film: Path) -> None:
        said = "Content-Disposition: form-data; name="
        parts = "".join(
            f'--{BOUNDARY}\r\n{said}"{name}"\r\n\r\n{text}\r\n' for name, text in fields
        )
        start = f'--{BOUNDARY}\r\n{said}"files"; filename="film.mp4"\r\n\r\n'
        self._before, self._film = (parts + start).encode(), film
        self._after = f"\r\n--{BOUNDARY}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._before) + self._film.stat().st_size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        with self._film.open("rb") as source:
            while piece := source.read(MEGABYTE):
                yield piece
        yield self._after


class Visitor:
    """A participant whose browser is let in once, and what the server's process holds."""

    def __init__(self, server: Server, platform: Platform) -> None:
        browser = Browser(server, platform, Learner(1))
        try:
            browser.launch()
            self._headers = {"Cookie": browser.cookies}
        finally:
            browser.close()
        self._server, self._http = server, requests.Session()

    def send(self, film: Path) -> str:
        """Post the form as a browser without script does; the address of the stored file."""
        url = f"{self._server.url}/courses/1/evidence/new"
        form = BeautifulSoup(self._get(url).text, "html.parser").select_one("main form")
        hidden = form.select("input[type=hidden][name]") if form else []
        fields = [(str(each["name"]), str(each.get("value", ""))) for each in hidden]
        fields += [("title", "A film"), ("strands", "1.1"), ("action", "save")]
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Referer": url}
        answer = self._http.post(
            url, data=Body(fields, film), headers=self._headers | kind, timeout=LIMIT,
            allow_redirects=False,
        )  # fmt: skip
        if answer.status_code != 303:
            raise RuntimeError(
                f"The film was not taken: {answer.status_code}\n{answer.text[:3000]}"
            )
        page = self._get(requests.compat.urljoin(url, answer.headers["Location"])).text
        found = re.search(r'href="(/courses/1/evidence/\d+/files/\d+)"', page)
        if found is None:
            raise RuntimeError("The page of the evidence has no address of the film.")
        return self._server.url + found[1]

    def read(self, address: str, size: int) -> None:
        """All of it, in parts, as a player asks for them."""
        for first in range(0, size, RANGE):
            last = min(first + RANGE, size) - 1
            part = self._get(address, {"Range": f"bytes={first}-{last}"})
            if (part.status_code, len(part.content)) != (206, last - first + 1):
                raise RuntimeError(f"Bytes from {first} were answered by {part.status_code}.")

    def forget_peak(self) -> int:
        """Measure the most that is held from now on; what is held now."""
        Path(f"/proc/{self._server.pid}/clear_refs").write_text("5")  # proc(5)
        return self.peak()

    def peak(self) -> int:
        """The most memory that the process has held since, in bytes."""
        status = Path(f"/proc/{self._server.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def _get(self, url: str, headers: dict[str, str] | None = None) -> requests.Response:
        return self._http.get(url, headers=self._headers | (headers or {}), timeout=LIMIT)


def _film(file: Path, size: int) -> Path:
    block = bytes(range(256)) * 4096
    with file.open("wb") as target:
        target.write(FILM)
        while (left := size - target.tell()) > 0:
            target.write(block[:left])
    return file


def _measure(title: str, visitor: Visitor, film: Path) -> Figures:
    size = film.stat().st_size
    small = _film(film.with_name("small"), min(size, MEGABYTE))
    visitor.read(visitor.send(small), small.stat().st_size)  # everything is loaded then
    before = visitor.forget_peak()
    began = time.perf_counter()
    address = visitor.send(film)
    sent, sent_peak = time.perf_counter() - began, visitor.peak()
    resting = visitor.forget_peak()
    began = time.perf_counter()
    visitor.read(address, size)
    read, read_peak = time.perf_counter() - began, visitor.peak()
    copied = median(_seconds_of_cp(film) for _ in range(COPIES))
    megabytes = size / MEGABYTE
    return Figures(
        title=title,
        columns=(f"{megabytes:,.0f} MiB", "seconds", "MiB a second", "times cp", "MiB of growth"),
        rows=[
            ["sent by the form", *_line(sent, megabytes, copied, sent_peak - before)],
            ["read by ranges", *_line(read, megabytes, copied, read_peak - resting)],
            ["cp", f"{copied:.2f}", f"{megabytes / copied:,.0f}", "", ""],
        ],
        note=f"{RANGE // MEGABYTE} MiB a range; cp is the median of {COPIES} on the same disk. "
        f"The process held {before / MEGABYTE:.0f} MiB before.",
    )


def _line(seconds: float, megabytes: float, copied: float, growth: int) -> list[str]:
    return [
        f"{seconds:.2f}", f"{megabytes / seconds:,.0f}", ratio(copied, seconds),
        f"{growth / MEGABYTE:.1f}",
    ]  # fmt: skip


def _seconds_of_cp(film: Path) -> float:
    copy = film.with_name("copy")
    began = time.perf_counter()
    subprocess.run(["cp", str(film), str(copy)], check=True)
    seconds = time.perf_counter() - began
    copy.unlink()
    return seconds

"""A record as a ZIP file that is made while it is sent.

Words are written to a file on disk first, so that no transaction is open while somebody downloads;
files go piece by piece from the store to the reader.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from lti_tool.clock import LONDON, now
from lti_tool.cohort.my_record import FORMAT, Record, RecordFile
from lti_tool.errors import NotFound
from lti_tool.storage import CHUNK

IN_MEMORY = 256 * 1024
BIG = 2**31 - 1
Page = Callable[[Record], Iterable[str]]
Chunks = Callable[[str], Iterator[bytes]]
MISSING = "This file could not be read when the record was made. Ask whoever runs the tool.\n"


@dataclass(frozen=True)
class Archive:
    """What is ready to be sent: words on disk by their path, and files by their digest."""

    words: list[tuple[str, IO[bytes]]]
    files: list[RecordFile]
    made_at: datetime

    def close(self) -> None:
        """Give the disk back."""
        for _, words in self.words:
            words.close()

    def send(self, chunks: Chunks) -> Iterator[bytes]:
        """The bytes of the ZIP file, piece by piece."""
        sink = _Sink()
        try:
            with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it asks for no more than write and flush
                for path, words in self.words:
                    words.seek(0)
                    yield from self._entry(archive, sink, path, _pieces(words))
                for file in self.files:
                    yield from self._file(archive, sink, file, chunks)
            yield sink.take()
        finally:
            self.close()

    def _file(
        self, archive: zipfile.ZipFile, sink: _Sink, file: RecordFile, chunks: Chunks
    ) -> Iterator[bytes]:
        try:
            pieces = chunks(file.sha256)
        except NotFound:
            path, pieces = f"{file.path}.missing.txt", iter([MISSING.encode()])
            yield from self._entry(archive, sink, path, pieces)
            return
        yield from self._entry(archive, sink, file.path, pieces, size=file.size)

    def _entry(
        self,
        archive: zipfile.ZipFile,
        sink: _Sink,
        path: str,
        pieces: Iterator[bytes],
        *,
        size: int = 0,
    ) -> Iterator[bytes]:
        about = zipfile.ZipInfo(path, self.made_at.astimezone(LONDON).timetuple()[:6])
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o600 << 16
        with archive.open(about, "w", force_zip64=size > BIG) as entry:
            for piece in pieces:
                entry.write(piece)
                yield sink.take()
        yield sink.take()


def prepare(record: Record, page: Page, extras: dict[str, bytes]) -> Archive:
    """Read a record and write its words down; afterwards the database is not needed any more."""
    made_at = now()
    words: list[tuple[str, IO[bytes]]] = []
    try:
        _write(words, "record.html", page(record))
        _write(words, "record.json", _as_json(record, made_at))
        for path, manifest in record.manifests():
            _write(words, path, [manifest])
        for path, content in extras.items():
            _write(words, path, [content.decode()])
    except BaseException:
        for _, each in words:
            each.close()
        raise
    return Archive(words, list(record.files.values()), made_at)


def _write(words: list[tuple[str, IO[bytes]]], path: str, pieces: Iterable[str]) -> None:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed once sent
    words.append((path, file))
    for piece in pieces:
        file.write(piece.encode())


def _as_json(record: Record, made_at: datetime) -> Iterator[str]:
    head = {"format": FORMAT, "made_at": made_at.isoformat(), "participant": record.about()}
    yield _dumped(head).rstrip().removesuffix("}").rstrip()
    for name, entries in record.parts():
        yield f",\n{json.dumps(name)}: ["
        for number, entry in enumerate(entries):
            yield (",\n" if number else "\n") + _dumped(entry)
        yield "\n]"
    yield "\n}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


class _Sink:
    """What the ZIP file is written to: it keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        """Keep some bytes."""
        self._kept += data
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush."""

    def take(self) -> bytes:
        """What was written since the last time."""
        found = bytes(self._kept)
        self._kept.clear()
        return found

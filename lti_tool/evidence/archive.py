"""A ZIP file that is made while it is sent.

Words are written to a file on disk first, so that no transaction is open while somebody downloads;
files go piece by piece from the store to the reader.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from lti_tool.clock import LONDON
from lti_tool.errors import NotFound
from lti_tool.storage import CHUNK

IN_MEMORY = 256 * 1024
BIG = 2**31 - 1
Chunks = Callable[[str], Iterator[bytes]]
MISSING = "This file could not be read when this was made. Ask whoever runs the tool.\n"


class ArchivedFile(Protocol):
    """A file of an archive: where it stands in it, and the bytes by their digest."""

    @property
    def path(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...


class Words(Protocol):
    """A text of an archive, kept somewhere until it is sent."""

    def seek(self, offset: int, /) -> object: ...
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> object: ...


@dataclass(frozen=True)
class Archive:
    """What is ready to be sent: words on disk by their path, and files by their digest."""

    words: Sequence[tuple[str, Words]]
    files: Sequence[ArchivedFile]
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
        self, archive: zipfile.ZipFile, sink: _Sink, file: ArchivedFile, chunks: Chunks
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


def write_words(words: list[tuple[str, IO[bytes]]], path: str, pieces: Iterable[str]) -> None:
    """Write a text of the archive down on disk."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed once sent
    words.append((path, file))
    for piece in pieces:
        file.write(piece.encode())


class Shelf:
    """Many texts in one file on disk, however many there are: none of them is kept in memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed once sent
        self.words: list[tuple[str, _Part]] = []

    def add(self, path: str, pieces: Iterable[str]) -> None:
        """Put a further text down."""
        self._file.seek(0, 2)
        start = self._file.tell()
        for piece in pieces:
            self._file.write(piece.encode())
        self.words.append((path, _Part(self._file, start, self._file.tell())))

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()


class _Part:
    """One text of a shelf, read as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        self._file, self._start, self._end = file, start, end
        self._at = start

    def seek(self, offset: int, /) -> object:
        """Go to a place in it."""
        self._at = self._start + offset
        return offset

    def read(self, size: int, /) -> bytes:
        """The next bytes of it."""
        self._file.seek(self._at)
        found = self._file.read(min(size, self._end - self._at))
        self._at += len(found)
        return found

    def close(self) -> object:
        """The shelf goes as a whole; to say so several times does no harm."""
        return self._file.close()


def _pieces(file: Words) -> Iterator[bytes]:
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

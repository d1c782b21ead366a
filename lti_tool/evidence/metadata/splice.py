"""A file with parts left out or replaced, without a copy of it."""

from __future__ import annotations

import bisect
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes of the file as they were."""

    start: int
    size: int


Piece = Kept | bytes


class Spliced(io.RawIOBase):
    """The pieces one after another, to be read and sought like a file."""

    def __init__(self, source: IO[bytes], pieces: Sequence[Piece]) -> None:
        self._source = source
        self._pieces = [piece for piece in pieces if _length(piece)]
        self._starts: list[int] = []
        self._size = 0
        for piece in self._pieces:
            self._starts.append(self._size)
            self._size += _length(piece)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = self._size - self._at
        if size is not None and size >= 0:
            left = min(left, size)
        found = []
        while left > 0:
            part = self._part(left)
            if not part:
                break
            found.append(part)
            left -= len(part)
        return b"".join(found)

    def _part(self, size: int) -> bytes:
        number = bisect.bisect_right(self._starts, self._at) - 1
        piece, inside = self._pieces[number], self._at - self._starts[number]
        size = min(size, _length(piece) - inside)
        if isinstance(piece, Kept):
            self._source.seek(piece.start + inside)
            part = self._source.read(size)
        else:
            part = piece[inside : inside + size]
        self._at += len(part)
        return part


def without(size: int, blanks: Sequence[tuple[int, bytes]]) -> list[Piece]:
    """The pieces of a file of this size with some places written over, for formats that count."""
    pieces: list[Piece] = []
    at = 0
    for start, over in sorted(blanks):
        if start < at:
            continue
        pieces += [Kept(at, start - at), over]
        at = start + len(over)
    return [*pieces, Kept(at, size - at)]


def _length(piece: Piece) -> int:
    return piece.size if isinstance(piece, Kept) else len(piece)

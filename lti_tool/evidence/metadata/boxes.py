"""MP4, QuickTime and HEIF: blank the boxes that tell of place and people, at their own length.

These formats point at places in themselves by number, so nothing may move (ISO/IEC 14496-12).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO

from lti_tool.evidence.metadata.pictures import Unreadable

TELLING = {b"udta", b"meta", b"uuid", b"XMP_"}
EMPTY_EXIF = bytes(4) + b"MM\0*\0\0\0\x08\0\0"
LARGEST = 16 * 1024 * 1024
Blank = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies; `body` is where its content begins."""

    kind: bytes
    start: int
    body: int
    end: int


def film_blanks(stream: IO[bytes], size: int) -> list[Blank]:
    """What to write over in a film or a recording."""
    found: list[Blank] = []
    for box in _boxes(stream, 0, size):
        if box.kind in TELLING:
            found += _blank(box)
        elif box.kind == b"moov":
            for inner in _boxes(stream, box.body, box.end):
                if inner.kind in TELLING:
                    found += _blank(inner)
                elif inner.kind == b"trak":
                    found += [
                        one
                        for part in _boxes(stream, inner.body, inner.end)
                        if part.kind in TELLING
                        for one in _blank(part)
                    ]
    return found


def picture_blanks(stream: IO[bytes], size: int) -> list[Blank]:
    """What to write over in a HEIF or AVIF picture: its items of Exif and XMP."""
    found: list[Blank] = []
    for box in _boxes(stream, 0, size):
        if box.kind == b"uuid":
            found += _blank(box)
        if box.kind != b"meta":
            continue
        parts = {part.kind: part for part in _boxes(stream, box.body + 4, box.end)}
        if b"iinf" not in parts or b"iloc" not in parts:
            continue
        items = _telling_items(stream, parts[b"iinf"])
        data = parts[b"idat"].body if b"idat" in parts else 0
        for item, start, length in _places(stream, parts[b"iloc"], items.keys(), data):
            if length > LARGEST or start + length > size:
                raise Unreadable
            found.append((start, items[item].ljust(length, b"\0")[:length]))
    return found


def _blank(box: Box) -> list[Blank]:
    if box.end - box.body > LARGEST:
        raise Unreadable
    return [(box.start + 4, b"free"), (box.body, bytes(box.end - box.body))]


def _boxes(stream: IO[bytes], at: int, end: int) -> Iterator[Box]:
    while at + 8 <= end:
        stream.seek(at)
        size, kind = struct.unpack(">L4s", stream.read(8))
        body = at + 8
        if size == 1:
            size, body = int.from_bytes(stream.read(8), "big"), at + 16
        elif size == 0:
            # To the end of the file; or, in QuickTime's lists, the end of the list.
            if at + 8 < end and kind == b"\0\0\0\0":
                return
            size = end - at
        if size < body - at or at + size > end:
            raise Unreadable
        yield Box(kind, at, body, at + size)
        at += size


def _telling_items(stream: IO[bytes], iinf: Box) -> dict[int, bytes]:
    """The items of Exif and XMP, with how to begin what takes their place."""
    stream.seek(iinf.body)
    head = stream.read(8)
    first = iinf.body + (6 if head[0] == 0 else 8)
    found = {}
    for entry in _boxes(stream, first, iinf.end):
        stream.seek(entry.body)
        text = stream.read(min(entry.end - entry.body, 200))
        wide = 4 if text[:1] == b"\3" else 2
        kind = text[6 + wide : 10 + wide]
        if kind == b"Exif" or (kind == b"mime" and b"xml" in text):
            item = int.from_bytes(text[4 : 4 + wide], "big")
            found[item] = EMPTY_EXIF if kind == b"Exif" else b""
    return found


def _places(
    stream: IO[bytes], iloc: Box, items: Collection[int], data: int
) -> Iterator[tuple[int, int, int]]:
    """Where the content of these items lies in the file (8.11.3)."""
    stream.seek(iloc.body)
    numbers = _Numbers(stream.read(min(iloc.end - iloc.body, LARGEST)))
    version = numbers.take(4) >> 24
    sizes = numbers.take(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(numbers.take(4 if version == 2 else 2)):
        item = numbers.take(4 if version == 2 else 2)
        method = numbers.take(2) & 15 if version else 0
        numbers.take(2)
        base = numbers.take(base_size)
        for _ in range(numbers.take(2)):
            numbers.take(index_size)
            start, length = base + numbers.take(offset_size), numbers.take(length_size)
            if item in items:
                yield item, start + (data if method == 1 else 0), length


class _Numbers:
    """Numbers one after another, each of its own width."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, width: int) -> int:
        if self._at + width > len(self._content):
            raise Unreadable
        self._at += width
        return int.from_bytes(self._content[self._at - width : self._at], "big")

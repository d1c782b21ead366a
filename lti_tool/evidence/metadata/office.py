"""Office files: put properties without names in the place of those with the author's.

Word, Excel, PowerPoint and OpenDocument are zip files; all other parts are kept as they are packed.
Comments and tracked changes inside the text keep their writers' names: the form says so.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

from lti_tool.evidence.metadata.pictures import Unreadable
from lti_tool.evidence.metadata.splice import Kept, Piece

LARGEST_PART = 1024 * 1024
MOST_PARTS = 20_000
PARTS = {"docProps/core.xml", "docProps/app.xml", "meta.xml"}
NAMES = re.compile(
    rb"(<(dc:creator|cp:lastModifiedBy|Manager|Company|meta:initial-creator|meta:printed-by)"
    rb"(?:\s[^>]*)?>)[^<]+(</\2>)"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part as the list of contents names it, and where its bytes go."""

    info: zipfile.ZipInfo
    content: bytes | None  # instead of the old
    start: int


def office_pieces(stream: IO[bytes], size: int) -> list[Piece] | None:
    """What an office file consists of without names; None where it has none."""
    try:
        with zipfile.ZipFile(stream) as container:
            infos = sorted(container.infolist(), key=lambda one: one.header_offset)
            changed = {
                info.filename: new
                for info in infos
                if info.filename in PARTS and (new := _nameless(container, info)) is not None
            }
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise Unreadable from error
    if not changed or len(infos) > MOST_PARTS:
        return None
    pieces: list[Piece] = []
    parts, at = [], 0
    ends = [*(info.header_offset for info in infos[1:]), _directory(stream, infos, size)]
    for info, end in zip(infos, ends, strict=True):
        new = changed.get(info.filename)
        kept: Piece = (
            Kept(info.header_offset, end - info.header_offset) if new is None else _local(info, new)
        )
        pieces.append(kept)
        parts.append(_Part(info, new, at))
        at += kept.size if isinstance(kept, Kept) else len(kept)
    return [*pieces, _contents(parts, at)]


def _nameless(container: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    if info.file_size > LARGEST_PART:
        raise Unreadable
    old = container.read(info)
    new = NAMES.sub(rb"\1\3", old)
    return new if new != old else None


def _directory(stream: IO[bytes], infos: list[zipfile.ZipInfo], size: int) -> int:
    """Where the list of contents begins (APPNOTE 4.3.16); large files have another form of it."""
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    number, start = struct.unpack_from("<H4xL", tail, place + 10)
    if number != len(infos) or start >= 0xFFFFFFFF or start < infos[-1].header_offset:
        raise Unreadable
    return int(start)


def _local(info: zipfile.ZipInfo, content: bytes) -> bytes:
    name = info.filename.encode()
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0x800, 0, 0, 0x21, zlib.crc32(content),
        len(content), len(content), len(name), 0,
    )  # fmt: skip
    return head + name + content


def _contents(parts: list[_Part], start: int) -> bytes:
    listed = b"".join(_entry(part) for part in parts)
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, len(parts), len(parts), len(listed), start, 0
    )
    return listed + end


def _entry(part: _Part) -> bytes:
    info, new = part.info, part.content
    name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
    year, month, day, hour, minute, second = info.date_time
    facts = (
        (20, 0x800, 0, 0, 0x21, zlib.crc32(new), len(new), len(new))
        if new is not None
        else (
            info.extract_version, info.flag_bits, info.compress_type,
            hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day,
            info.CRC, info.compress_size, info.file_size,
        )
    )  # fmt: skip
    return (
        struct.pack(
            "<4s2B5H3L5H2L", b"PK\x01\x02", 20, info.create_system, *facts, len(name), 0, 0, 0, 0,
            info.external_attr, part.start,
        )
        + name
    )  # fmt: skip

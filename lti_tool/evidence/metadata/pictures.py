"""JPEG, PNG and WebP: keep the parts that make the picture, leave out those that tell of it."""

from __future__ import annotations

import re
import struct
import zlib
from typing import IO

from PIL import Image

from lti_tool.evidence.metadata.splice import Kept, Piece

ORIENTATION = 0x0112
LARGEST_EXIF = 1024 * 1024
LENGTH_OF_OURS = 26  # Exif with nothing but which side is up
# Segments that tell of a JPEG, or hold a second one: Exif and XMP (APP1), vendors' own (APP3 to
# APP12, APP15), Photoshop with IPTC (APP13), a comment. What decoders need stays: JFIF, colour
# profile (APP2) and Adobe's colour transform (APP14).
TELLING = {0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE}
PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"bKGD", b"pHYs", b"hIST", b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip


PIECE = 1024 * 1024
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class Unreadable(Exception):
    """The parts of the file do not follow one another as they should."""


def jpeg_pieces(stream: IO[bytes], size: int) -> list[Piece] | None:
    """What to keep of a JPEG; None where it tells nothing."""
    pieces: list[Piece] = []
    exif, dropped, at = b"", False, 2
    while True:
        stream.seek(at)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            raise Unreadable
        if head[1] == 0xFF:  # a marker may be padded
            at += 1
            continue
        length = 2 + int.from_bytes(head[2:], "big")
        if head[1] == 0xDA:
            break
        body = stream.read(min(length - 4, 6))
        if head[1] == 0xE1 and body == b"Exif\0\0" and not exif:
            exif = stream.read(max(0, min(length - 10, LARGEST_EXIF)))
            dropped = dropped or len(exif) > LENGTH_OF_OURS
        elif head[1] in TELLING or (head[1] == 0xE2 and not body.startswith(b"ICC_PR")):
            dropped = True
        else:
            pieces.append(Kept(at, length))
        at += length
        if at >= size:
            raise Unreadable
    end = _end_of_jpeg(stream, at, size)
    if not dropped and end == size:
        return None
    return [Kept(0, 2), *_upright(exif), *pieces, Kept(at, end - at)]


def _upright(exif: bytes) -> list[Piece]:
    """Only which side is up, of all that Exif says."""
    try:
        found = Image.Exif()
        found.load(exif)
        turned = found.get(ORIENTATION, 1)
    except Exception:  # a decoder of what anybody may have written
        turned = 1
    if turned not in range(2, 9):
        return []
    entry = struct.pack(">2sHLH HHLHH L", b"MM", 42, 8, 1, ORIENTATION, 3, 1, turned, 0, 0)
    return [b"\xff\xe1" + struct.pack(">H", len(entry) + 8) + b"Exif\0\0" + entry]


def _end_of_jpeg(stream: IO[bytes], at: int, size: int) -> int:
    """Where the picture ends: phones put a film, and strangers an archive, behind it."""
    while at < size:
        stream.seek(at)
        head = stream.read(4)
        if head[:2] == b"\xff\xd9":
            return at + 2
        if len(head) < 4 or head[0] != 0xFF:
            raise Unreadable
        at = _next_marker(stream, at + 2 + int.from_bytes(head[2:], "big"))
    return size  # cut off, which decoders put up with


def _next_marker(stream: IO[bytes], at: int) -> int:
    """The first marker behind the data of a scan, where FF is FF 00 and restarts are numbered."""
    stream.seek(at)
    while piece := stream.read(PIECE):
        if found := MARKER.search(piece):
            return at + found.start()
        if len(piece) < PIECE:
            return at + len(piece)
        at += len(piece) - 1  # a marker may lie across two pieces
        stream.seek(at)
    return at


def png_pieces(stream: IO[bytes], size: int) -> list[Piece] | None:
    """What to keep of a PNG; None where it tells nothing."""
    pieces: list[Piece] = [Kept(0, 8)]
    at, kind = 8, b""
    while kind != b"IEND":
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            raise Unreadable
        length, kind = struct.unpack(">L4s", head)
        if kind in PNG_KEPT:
            pieces.append(Kept(at, length + 12))
        elif kind == b"eXIf":
            pieces.append(_png_upright(stream.read(min(length, LARGEST_EXIF))))
        at += length + 12
        if at > size:
            raise Unreadable
    kept = sum(len(one) if isinstance(one, bytes) else one.size for one in pieces)
    return None if kept == size else pieces


def _png_upright(exif: bytes) -> bytes:
    segment = _upright(exif)
    if not segment or not isinstance(segment[0], bytes):
        return b""
    body = b"eXIf" + segment[0][10:]
    return struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))


def webp_pieces(stream: IO[bytes], size: int) -> list[Piece] | None:
    """What to keep of a WebP; None where it tells nothing."""
    stream.seek(4)
    end = min(size, 8 + int.from_bytes(stream.read(4), "little"))
    pieces: list[Piece] = []
    at, dropped = 12, end != size
    while at + 8 <= end:
        stream.seek(at)
        kind, length = struct.unpack("<4sL", stream.read(8))
        whole = 8 + length + length % 2
        if at + whole > end:
            raise Unreadable
        if kind in {b"EXIF", b"XMP "}:
            dropped = True
        elif kind == b"VP8X":
            body = bytearray(stream.read(length))
            body[0] &= ~0b1100  # it says that Exif and XMP follow
            pieces.append(struct.pack("<4sL", kind, length) + bytes(body) + b"\0" * (length % 2))
        else:
            pieces.append(Kept(at, whole))
        at += whole
    if not dropped:
        return None
    total = 4 + sum(len(one) if isinstance(one, bytes) else one.size for one in pieces)
    return [b"RIFF" + struct.pack("<L", total) + b"WEBP", *pieces]

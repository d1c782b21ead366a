"""Made-up files for the demo: a table, a picture, a document."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SampleFile:
    """A made-up file, as a form would bring it."""

    filename: str
    stream: io.BytesIO


def sample(name: str, title: str) -> SampleFile:
    """A file of the kind that its name says, with the title in it."""
    make = {".csv": _table, ".png": _picture, ".pdf": _document}[Path(name).suffix]
    return SampleFile(name, io.BytesIO(make(title)))


def _table(title: str) -> bytes:
    rows = [f"pupil,before,after\n# {title}\n"]
    rows += [f"pupil {number},{number % 7 + 2},{number % 5 + 5}\n" for number in range(1, 29)]
    return "".join(rows).encode()


def _picture(title: str) -> bytes:
    """A small drawing in place of a photograph: bands of colour that depend on the title."""
    width, height, seed = 320, 200, sum(title.encode())
    line = b"".join(
        b"\x00" + bytes([(seed + row) % 200 + 40, (seed * 3 + row) % 180 + 60, 190]) * width
        for row in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(line))
        + chunk(b"IEND", b"")
    )


def _document(title: str) -> bytes:
    """One page of PDF with the title on it."""
    words = title.encode("latin-1", "replace").replace(b"(", b"[").replace(b")", b"]")
    text = b"BT /F1 16 Tf 60 760 Td (" + words + b") Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(text)).encode() + b" >>\nstream\n" + text + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, part in enumerate(parts, start=1):
        offsets.append(out.tell())
        out.write(str(number).encode() + b" 0 obj\n" + part + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n")
    out.write(b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets))
    out.write(
        b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + str(start).encode() + b"\n%%EOF\n"
    )
    return out.getvalue()

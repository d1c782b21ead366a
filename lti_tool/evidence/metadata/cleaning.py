"""Which way of cleaning a kind of file has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, cast

from lti_tool.errors import Invalid
from lti_tool.evidence.metadata.boxes import film_blanks, picture_blanks
from lti_tool.evidence.metadata.office import office_pieces
from lti_tool.evidence.metadata.pictures import Unreadable, jpeg_pieces, png_pieces, webp_pieces
from lti_tool.evidence.metadata.splice import Piece, Spliced, without
from lti_tool.logs import get_logger

log = get_logger(__name__)

OF_PICTURES = "what it said about place, time and camera"
OF_FILMS = "what it said about place and device"
OF_DOCUMENTS = "the author’s name among its properties"
Cutter = Callable[[IO[bytes], int], list[Piece] | None]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file to be stored, and what is no longer in it."""

    stream: IO[bytes]
    removed: tuple[str, ...] = ()


def cleaned(stream: IO[bytes], media_type: str, filename: str) -> Cleaned:
    """The same picture, film or document, telling less about those who made it."""
    way = WAYS.get(media_type)
    if way is None:
        return Cleaned(stream)
    cut, what = way
    size = stream.seek(0, 2)
    try:
        pieces = cut(stream, size)
    except (Unreadable, OSError, ValueError, IndexError, ArithmeticError, MemoryError) as error:
        return _as_it_is(stream, media_type, filename, error)
    return Cleaned(cast(IO[bytes], Spliced(stream, pieces)), (what,)) if pieces else Cleaned(stream)


def _as_it_is(stream: IO[bytes], media_type: str, filename: str, error: Exception) -> Cleaned:
    """What is damaged is taken unless something in it looks like a note of where it was made."""
    log.info("metadata_not_read", kind=type(error).__name__, media_type=media_type)
    stream.seek(0)
    head = stream.read(256 * 1024)
    if any(mark in head for mark in (b"Exif\0\0", b"eXIf", b"http://ns.adobe.com/xap")):
        raise Invalid(
            f"“{filename}” is damaged, so what it says about the place where it was made cannot be "
            "taken out. Save it again in a program for pictures, then choose it again.",
            field="files",
        )
    return Cleaned(stream)


def _blanked(find: Callable[[IO[bytes], int], list[tuple[int, bytes]]]) -> Cutter:
    def cut(stream: IO[bytes], size: int) -> list[Piece] | None:
        blanks = [one for one in find(stream, size) if _differs(stream, one)]
        return without(size, blanks) if blanks else None

    return cut


def _differs(stream: IO[bytes], blank: tuple[int, bytes]) -> bool:
    start, over = blank
    stream.seek(start)
    return stream.read(len(over)) != over


OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
WAYS: dict[str, tuple[Cutter, str]] = {
    "image/jpeg": (jpeg_pieces, OF_PICTURES),
    "image/png": (png_pieces, OF_PICTURES),
    "image/webp": (webp_pieces, OF_PICTURES),
    **dict.fromkeys(
        ("image/heic", "image/heif", "image/avif"), (_blanked(picture_blanks), OF_PICTURES)
    ),
    **dict.fromkeys(
        ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"),
        (_blanked(film_blanks), OF_FILMS),
    ),
    **dict.fromkeys(
        (
            f"{OPEN_XML}.wordprocessingml.document",
            f"{OPEN_XML}.presentationml.presentation",
            f"{OPEN_XML}.spreadsheetml.sheet",
            *(f"{OPEN_DOCUMENT}.{kind}" for kind in ("text", "presentation", "spreadsheet")),
        ),
        (office_pieces, OF_DOCUMENTS),
    ),
}

"""Look past the first bytes of a file: for what runs when it is opened, and for a second file."""

from __future__ import annotations

import re
import zipfile
from typing import IO

from lti_tool.errors import Invalid

PIECE = 1024 * 1024
OVERLAP = 64
# What makes a kind of file run something, and what to do about it. Each is long enough not to stand
# in compressed data by chance.
ACTIVE = {
    "application/pdf": (
        re.compile(rb"/(JavaScript|Launch)\b"),
        "PDFs with scripts in them: print it to a new PDF, and choose that",
    ),
    "application/rtf": (
        re.compile(rb"\\objdata|\\objupdate"),
        "documents with other files inside: save it as a PDF, and choose that",
    ),
    **dict.fromkeys(
        ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        (
            re.compile(re.escape("_VBA_PROJECT".encode("utf-16-le"))),
            "office files with macros: save it without them",
        ),
    ),
}
# What is behind the end of other pictures is left out when they are stored.
MAY_HIDE_AN_ARCHIVE = {"application/pdf", "application/rtf", "image/gif", "image/bmp", "image/tiff"}


def check_inside(stream: IO[bytes], media_type: str, filename: str) -> None:
    """Refuse active content, and a file that is two things at once."""
    if media_type in MAY_HIDE_AN_ARCHIVE and zipfile.is_zipfile(stream):
        raise refusal(filename, "files with an archive hidden in them: save it again without it")
    if media_type in ACTIVE:
        pattern, what = ACTIVE[media_type]
        if _holds(stream, pattern):
            raise refusal(filename, what)


def refusal(filename: str, what: str) -> Invalid:
    """Why a file is not taken, in the words of the form."""
    return Invalid(f"“{filename}” cannot be taken. The tool does not take {what}.", field="files")


def _holds(stream: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    stream.seek(0)
    before = b""
    while piece := stream.read(PIECE):
        if pattern.search(before + piece):
            return True
        before = piece[-OVERLAP:]
    return False

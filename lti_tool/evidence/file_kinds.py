"""What a file may be. The content decides; the name is a hint that must not contradict it."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
from pathlib import PurePosixPath
from typing import IO

import puremagic

from lti_tool.errors import Invalid
from lti_tool.evidence.file_insides import check_inside, refusal

HEAD = 8192
LONGEST_NAME = 150
LARGEST_UNPACKED = 1024 * 1024 * 1024
LONGEST_DIRECTORY = 4 * 1024 * 1024  # a zip file's list of contents is read into memory
TAKEN = "Word, PowerPoint, Excel and OpenDocument files, PDF, pictures, sound, video and plain text"

# Each kind that content is told by, with the suffix for a file whose own says nothing of it.
KINDS = {
    "application/pdf": ".pdf", "application/rtf": ".rtf", "text/plain": ".txt", "text/csv": ".csv",
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp",
    "image/heif": ".heif", "image/heic": ".heic", "image/tiff": ".tiff", "image/avif": ".avif",
    "image/bmp": ".bmp", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/flac": ".flac",
    "audio/aac": ".aac", "audio/amr": ".amr", "audio/ogg": ".ogg", "audio/wav": ".wav",
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "video/mpeg": ".mpeg",
    "video/3gpp": ".3gp", "video/x-msvideo": ".avi", "video/x-matroska": ".mkv",
}  # fmt: skip
# The spelling that puremagic may give -> the one that is kept.
BY_CONTENT = {
    "application/ogg": "audio/ogg",
    "application/x-matroska": "video/x-matroska",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/x-ms-bmp": "image/bmp",
    **{kind: kind for kind in KINDS if not kind.startswith("text/")},
}
OFFICE = {
    "word/": (
        ".docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "ppt/": (
        ".pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "xl/": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
OPEN_DOCUMENT = {
    f"application/vnd.oasis.opendocument.{kind}": suffix
    for kind, suffix in (("text", ".odt"), ("presentation", ".odp"), ("spreadsheet", ".ods"))
}
OLD_OFFICE = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
# Shows and templates hold the same content under another name.
OTHER_OFFICE = {".dotx": ".docx", ".ppsx": ".pptx", ".potx": ".pptx", ".xltx": ".xlsx"}
SUFFIX_OF = {
    **KINDS,
    **{kind: suffix for suffix, kind in OFFICE.values()},
    **OPEN_DOCUMENT,
    **{kind: suffix for suffix, kind in OLD_OFFICE.items()},
}
# Which content a name may stand for; a file with any other suffix is given one more.
BY_SUFFIX = {
    **{suffix: (kind,) for suffix, kind in OFFICE.values()},
    **{suffix: (kind,) for kind, suffix in OPEN_DOCUMENT.items()},
    **{suffix: (kind,) for suffix, kind in OLD_OFFICE.items()},
    **{other: (dict(OFFICE.values())[suffix],) for other, suffix in OTHER_OFFICE.items()},
    ".pdf": ("application/pdf",),
    ".rtf": ("application/rtf",),
    **dict.fromkeys((".txt", ".csv", ".tsv", ".md", ".log", ".vtt", ".srt"), ("text/",)),
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp", ".heic", ".heif", ".avif", ".tif",
         ".tiff", ".bmp"),
        ("image/",),
    ),
    # Recorders name the same container by its sound or by its picture.
    **dict.fromkeys(
        (".mp3", ".m4a", ".wav", ".ogg", ".oga", ".opus", ".flac", ".aac", ".amr", ".mp4", ".m4v",
         ".mov", ".webm", ".avi", ".mkv", ".mpg", ".mpeg", ".3gp", ".ogv"),
        ("audio/", "video/"),
    ),
}  # fmt: skip

PROGRAMS = (
    ".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".mjs",
    ".jar", ".sh", ".py", ".rb", ".pl", ".php", ".app", ".apk", ".dmg", ".lnk", ".url", ".hta",
    ".reg", ".iso", ".wsf", ".html", ".htm", ".xhtml", ".xht", ".mht", ".svg", ".xml", ".docm",
    ".xlsm", ".pptm",
)  # fmt: skip
ARCHIVE_HEADS = (
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
PROGRAM_HEADS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
)
OLD_OFFICE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(
    rb"<\s*(!doctype|html|svg|script|iframe|body|\?xml|\?php|head|img)", re.IGNORECASE
)


def display_name(given: str) -> str:
    """A name that is safe to show and to save under: no path, nothing hidden, not too long."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", last)
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    # A browser on Windows drops trailing dots, and then another suffix than the shown one counts.
    name = re.sub(r'[<>:"|?*]', "_", " ".join(seen.split())).strip(". ")
    suffix = _suffix(name)
    stem = name.removesuffix(name[len(name) - len(suffix) :]) if suffix else name
    return f"{stem[: LONGEST_NAME - len(suffix)]}{suffix}" if stem else f"file{suffix}"


def name_for(filename: str, media_type: str) -> str:
    """The name under which a file is kept: with a suffix that says what the file holds.

    A computer goes by the suffix, and there are more that it would run or follow than a list of
    them could hold.
    """
    if _suffix(filename) in BY_SUFFIX:
        return filename
    return f"{filename}{SUFFIX_OF[media_type]}"


def media_type_of(stream: IO[bytes], filename: str) -> str:
    """What a file holds, told from its content. Refuses what the tool does not take, with a reason.

    `filename` is a display name; `stream` can be sought.
    """
    suffix = _suffix(filename)
    if suffix in PROGRAMS:
        raise _refused(filename, "files that a computer could run or open as a web page")
    stream.seek(0)
    head = stream.read(HEAD)
    kind = _kind(stream, head, filename, suffix)
    check_inside(stream, kind, filename)
    expected = BY_SUFFIX.get(suffix)
    if expected and not kind.startswith(expected):
        raise Invalid(
            f"“{filename}” does not hold what its name says ({suffix}). "
            "Save it again in the program that it comes from, then choose it again.",
            field="files",
        )
    return kind


def _kind(stream: IO[bytes], head: bytes, filename: str, suffix: str) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(stream, filename)
    if head.startswith(ARCHIVE_HEADS):
        raise _refused(filename, "archives such as zip files: choose the files in it one by one")
    if head.startswith(PROGRAM_HEADS):
        raise _refused(filename, "programs")
    if head.startswith(OLD_OFFICE_HEAD) and suffix in OLD_OFFICE:
        return OLD_OFFICE[suffix]
    if found := _by_signature(head):
        return found
    if _is_text(head):
        if MARKUP.search(head):
            raise _refused(filename, "web pages, SVG pictures and scripts: save it as a PDF")
        return "text/csv" if suffix == ".csv" else "text/plain"
    raise _refused(filename, "files of this kind")


def _by_signature(head: bytes) -> str | None:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    return next((BY_CONTENT[one.mime_type] for one in matches if one.mime_type in BY_CONTENT), None)


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "cp1252"):
        try:
            # The head may end within a character.
            head[: max(len(head) - 3, 1)].decode(encoding)
        except UnicodeDecodeError:
            continue
        return not re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head)
    return False


def _office_kind(stream: IO[bytes], filename: str) -> str:
    """Which office program a zip container belongs to; any other zip file is an archive."""
    archive = _refused(filename, "archives such as zip files: choose the files in it one by one")
    if not _has_short_directory(stream):
        raise archive
    try:
        with zipfile.ZipFile(stream) as container:
            names = container.namelist()
            if sum(one.file_size for one in container.infolist()) > LARGEST_UNPACKED:
                raise _refused(filename, "files that unpack to more than a computer can hold")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise _refused(filename, "office files with macros: save it without them")
            if "[Content_Types].xml" in names:
                for folder, (_, kind) in OFFICE.items():
                    if any(name.startswith(folder) for name in names):
                        return kind
            if names[:1] == ["mimetype"] and container.getinfo("mimetype").file_size < 100:
                kind = container.read("mimetype").decode("ascii", "replace").strip()
                if kind in OPEN_DOCUMENT:
                    return kind
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        raise Invalid(
            f"“{filename}” cannot be read: it seems to be damaged.", field="files"
        ) from None
    raise archive


def _has_short_directory(stream: IO[bytes]) -> bool:
    """Whether a zip file's list of contents fits in memory, by its last record (APPNOTE 4.3.16)."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        return False
    length: int = struct.unpack_from("<L", tail, place + 12)[0]
    return length <= LONGEST_DIRECTORY


def _suffix(filename: str) -> str:
    return PurePosixPath(filename).suffix.lower()


def _refused(filename: str, what: str) -> Invalid:
    return refusal(filename, f"{what}. It takes {TAKEN}")

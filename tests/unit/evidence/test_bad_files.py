"""Files that nobody should have sent: each is refused with its own sentence, none is stored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from obstore.store import LocalStore

from lti_tool.errors import Invalid
from lti_tool.evidence.uploads import accept_stream
from lti_tool.storage import Storage

LIMIT = 500 * 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog"
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}"


def zipped(**parts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def bomb() -> bytes:
    """A Word file of a few kilobytes that says that it unpacks to more than a gigabyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("[Content_Types].xml", "<Types/>")
        container.writestr("word/document.xml", b" " * 100_000)
    content = packed.getvalue()
    told = (100_000).to_bytes(4, "little")
    return content.replace(told, (2_000_000_000).to_bytes(4, "little"))


CORPUS: dict[str, tuple[str, bytes | Callable[[Path], IO[bytes]], str]] = {
    "an archive": ("work.zip", zipped(a=b"b"), "archives such as zip files"),
    "an archive called a picture": ("photo.jpg", zipped(a=b"b"), "archives such as zip files"),
    "a zip bomb": ("plan.docx", bomb(), "unpack to more than a computer can hold"),
    "a program": ("plan.pdf", b"MZ" + bytes(200), "programs"),
    "a program by its name": ("plan.exe", b"text", "could run"),
    "a page called a picture": ("photo.png", b"<!DOCTYPE html><script>1</script>", "web pages"),
    "a picture with a script": ("drawing.svg", b"<svg><script>1</script></svg>", "could run"),
    "the same under another name": ("drawing.txt", b"<svg onload='1'/>", "SVG pictures"),
    "a PDF that begins as a page": ("a.pdf", b"<script>1</script>\n" + PDF, "web pages"),
    "a PDF behind other bytes": ("a.pdf", b"\x01\x02\x03" * 9 + PDF, "files of this kind"),
    "a PDF with an archive behind it": ("a.pdf", PDF + zipped(a=b"b"), "archive hidden in them"),
    "a PDF that runs a script": ("a.pdf", PDF + b"/OpenAction <</S /JavaScript", "scripts in them"),
    "a PDF that starts a program": ("a.pdf", PDF + bytes(2_000_000) + b"/Launch ", "scripts in"),
    "a GIF with an archive behind it": ("a.gif", b"GIF89a" + zipped(a=b"b"), "archive hidden"),
    "a Word file with macros": (
        "plan.docx",
        zipped(**{"[Content_Types].xml": b"<Types/>", "word__vbaProject.bin": b"1"}),
        "office files with macros",
    ),
    "an old Word file with macros": (
        "plan.doc",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "_VBA_PROJECT".encode("utf-16-le"),
        "office files with macros",
    ),
    "a rich text with a file in it": ("a.rtf", rb"{\rtf1 {\object{\*\objdata 01}}}", "other files"),
    "nothing": ("empty.pdf", b"", "is empty"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "store"
    place.mkdir()
    return place


@pytest.mark.parametrize(("name", "content", "sentence"), CORPUS.values(), ids=list(CORPUS))
def test_it_is_refused_with_its_sentence_and_not_stored(
    folder: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accept_stream(Storage(LocalStore(folder)), io.BytesIO(content), name, limit=LIMIT)
    assert sentence in refused.value.sentence
    assert name in refused.value.sentence
    assert list(folder.rglob("*")) == []


def test_501_megabytes_are_refused_without_being_read(folder: Path, tmp_path: Path) -> None:
    large = tmp_path / "lesson.mp4"
    with large.open("wb") as file:
        file.truncate(501 * 1024 * 1024)
    with large.open("rb") as file, pytest.raises(Invalid, match=r"501\.0 MB.*500 MB"):
        accept_stream(Storage(LocalStore(folder)), file, "lesson.mp4", limit=LIMIT)
    assert list(folder.rglob("*")) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\amira\\plan.txt", "plan.txt"),
        ("lesson\x00\x1b[31m.txt", "lesson[31m.txt"),
        (f"lesson{RIGHT_TO_LEFT}gpj.txt", "lessongpj.txt"),
        ("..", "file.txt"),
    ],
)
def test_a_name_is_shown_without_path_and_tricks_and_is_no_name_in_the_store(
    folder: Path, given: str, kept: str
) -> None:
    storage = Storage(LocalStore(folder))
    file = accept_stream(storage, io.BytesIO(b"Group work, second try."), given, limit=LIMIT)
    assert file.filename == kept
    stored = [one for one in folder.rglob("*") if one.is_file()]
    assert [one.name for one in stored] == [file.sha256]

"""What a file may be, told from its content."""

from __future__ import annotations

import io
import zipfile

import pytest

from lti_tool.errors import Invalid
from lti_tool.evidence.file_kinds import (
    BY_SUFFIX,
    SUFFIX_OF,
    display_name,
    media_type_of,
    name_for,
)

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 30
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60


def zip_of(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, text in files.items():
            container.writestr(name, text)
    return out.getvalue()


WORD = zip_of(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
SLIDES = zip_of(**{"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"})
SHEET = zip_of(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"})
MACROS = zip_of(
    **{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>", "word/vbaProject.bin": "x"}
)
WRITER = zip_of(mimetype="application/vnd.oasis.opendocument.text", content="x")
# Names of which a computer makes a program, a shortcut or a search.
FOLLOWED = (".jse", ".vbe", ".wsh", ".scf", ".library-ms", ".search-ms", ".desktop", ".slk", ".iqy")
ARCHIVE = zip_of(**{"word/document.xml": "an archive with a promising folder"})


@pytest.mark.parametrize(
    ("filename", "content", "media_type"),
    [
        ("plan.pdf", PDF, "application/pdf"),
        ("board.png", PNG, "image/png"),
        ("photo.JPG", b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + b"\0" * 40, "image/jpeg"),
        ("photo.heic", b"\0\0\0\x18ftypheic" + b"\0" * 30, "image/heif"),
        ("lesson.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2" + b"\0" * 20, "video/mp4"),
        ("lesson.mov", b"\0\0\0\x14ftypqt  " + b"\0" * 30, "video/quicktime"),
        ("talk.mp3", b"ID3\x03\0\0\0" + b"\0" * 50, "audio/mpeg"),
        ("talk.wav", b"RIFF\x10\0\0\0WAVEfmt " + b"\0" * 20, "audio/wav"),
        ("notes.txt", "Größe: 1 < 2\n".encode(), "text/plain"),
        ("notes.txt", "café".encode("cp1252"), "text/plain"),
        ("marks.csv", b"a,b\n1,2\n", "text/csv"),
        ("old.doc", OLD_WORD, "application/msword"),
        ("no suffix", PDF, "application/pdf"),
    ],
)
def test_what_teachers_use_is_taken(filename: str, content: bytes, media_type: str) -> None:
    assert media_type_of(io.BytesIO(content), filename) == media_type


@pytest.mark.parametrize(
    ("filename", "content", "kind"),
    [
        ("essay.docx", WORD, "wordprocessingml.document"),
        ("talk.pptx", SLIDES, "presentationml.presentation"),
        ("marks.xlsx", SHEET, "spreadsheetml.sheet"),
        ("essay.odt", WRITER, "opendocument.text"),
    ],
)
def test_office_files_are_told_from_archives(filename: str, content: bytes, kind: str) -> None:
    assert media_type_of(io.BytesIO(content), filename).endswith(kind)


@pytest.mark.parametrize(
    ("filename", "content", "reason"),
    [
        ("all.zip", ARCHIVE, "archives"),
        ("all.docx", ARCHIVE, "archives"),
        ("all.rar", b"Rar!\x1a\x07\0" + b"\0" * 20, "archives"),
        ("essay.docx", MACROS, "macros"),
        ("photo.jpg", b"MZ\x90\0" + b"\0" * 60, "programs"),
        ("tool.exe", b"MZ\x90\0" + b"\0" * 60, "could run"),
        ("notes.txt", b"#!/bin/sh\nrm -rf ~\n", "programs"),
        ("page.html", b"<p>Hello</p>", "could run"),
        ("notes.txt", b"\n <!DOCTYPE html><p>Hello", "web pages"),
        ("notes.txt", b"<SCRIPT>alert(1)</SCRIPT>", "web pages"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "could run"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "web pages"),
        ("script.js", b"alert(1)", "could run"),
        ("noise.bin", b"\0" * 100, "this kind"),
        ("mail.msg", OLD_WORD, "this kind"),
    ],
)
def test_what_could_do_harm_is_refused_with_the_reason(
    filename: str, content: bytes, reason: str
) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        media_type_of(io.BytesIO(content), filename)
    assert refused.value.field == "files"
    assert f"“{filename}”" in refused.value.sentence


@pytest.mark.parametrize(
    ("filename", "content"),
    [("photo.jpg", PDF), ("plan.pdf", b"only words"), ("talk.mp3", PNG), ("essay.docx", SLIDES)],
)
def test_a_name_that_contradicts_the_content_is_refused(filename: str, content: bytes) -> None:
    with pytest.raises(Invalid, match="does not hold what its name says"):
        media_type_of(io.BytesIO(content), filename)


def test_a_damaged_office_file_is_told_as_damaged() -> None:
    broken = bytearray(WORD)
    directory = WORD.index(b"PK\x01\x02")
    broken[directory : directory + 4] = b"XXXX"
    with pytest.raises(Invalid, match="damaged"):
        media_type_of(io.BytesIO(bytes(broken)), "essay.docx")


def test_a_zip_file_with_a_huge_list_of_contents_is_not_read() -> None:
    end = WORD.rindex(b"PK\x05\x06")
    huge = bytearray(WORD)
    huge[end + 12 : end + 16] = (500_000_000).to_bytes(4, "little")
    with pytest.raises(Invalid, match="archives"):
        media_type_of(io.BytesIO(bytes(huge)), "essay.docx")


@pytest.mark.parametrize(
    ("filename", "content", "kept"),
    [
        ("plan.pdf", PDF, "plan.pdf"),
        ("photo.JFIF", b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + b"\0" * 40, "photo.JFIF"),
        ("show.ppsx", SLIDES, "show.ppsx"),
        ("marks.tsv", b"a\tb\n", "marks.tsv"),
        ("notes.md", b"# Notes\n", "notes.md"),
        ("notes", b"plain words", "notes.txt"),
        ("notes of 3.11", b"plain words", "notes of 3.11.txt"),
        ("no suffix", PDF, "no suffix.pdf"),
        ("essay.dat", WORD, "essay.dat.docx"),
        *((f"a{suffix}", b"plain words", f"a{suffix}.txt") for suffix in FOLLOWED),
        *((f"a{suffix}", b"GIF89a=1;run()", f"a{suffix}.gif") for suffix in FOLLOWED),
    ],
)
def test_a_file_is_kept_under_a_name_that_says_what_it_holds(
    filename: str, content: bytes, kept: str
) -> None:
    assert name_for(filename, media_type_of(io.BytesIO(content), filename)) == kept


def test_each_suffix_that_a_file_is_given_may_stand_for_its_kind() -> None:
    for media_type, suffix in SUFFIX_OF.items():
        assert media_type.startswith(BY_SUFFIX[suffix])


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\amira\\plan b.pdf", "plan b.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\x00b\nc.txt", "ab c.txt"),
        ("what?*.pdf", "what__.pdf"),
        ("plan.exe. . ", "plan.exe"),
        ("...", "file"),
        ("", "file"),
        ("Übung é.pdf", "Übung é.pdf"),
    ],
)
def test_a_name_is_made_safe_to_show(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_a_long_name_keeps_its_suffix() -> None:
    name = display_name("x" * 400 + ".pdf")
    assert len(name) == 150
    assert name.endswith("x.pdf")

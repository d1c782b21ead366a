"""What pictures, films and documents say about place and people does not reach the store."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from obstore.store import LocalStore
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from lti_tool.errors import Invalid
from lti_tool.evidence.metadata.boxes import picture_blanks
from lti_tool.evidence.metadata.splice import Kept, Spliced, without
from lti_tool.evidence.uploads import AcceptedFile, accept_stream
from lti_tool.storage import Storage

PLACE = b"Elm Road Primary, 51.5007 N"
SIDEWAYS = 6
LIMIT = 50 * 1024 * 1024


each_picture = pytest.mark.parametrize(
    ("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")]
)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(LocalStore(tmp_path))


def told() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = SIDEWAYS
    exif[0x013B] = PLACE.decode()  # the artist
    exif.get_ifd(0x8825)[29] = PLACE.decode()  # the date of the place
    return exif


def picture(form: str) -> bytes:
    made = io.BytesIO()
    image = Image.linear_gradient("L").convert("RGB").resize((64, 32))
    options: dict[str, object] = {"exif": told(), "xmp": b"<x>" + PLACE + b"</x>"}
    if form == "PNG":
        note = PngInfo()
        note.add_text("Author", PLACE.decode())
        note.add_itxt("XML:com.adobe.xmp", PLACE.decode())
        options = {"exif": told(), "pnginfo": note}
    if form == "JPEG":
        options |= {"comment": PLACE, "progressive": True}
    image.save(made, form, **options)
    return made.getvalue()


def stored(storage: Storage, content: bytes, name: str) -> tuple[AcceptedFile, bytes]:
    file = accept_stream(storage, io.BytesIO(content), name, limit=LIMIT)
    kept = b"".join(storage.chunks(file.sha256))
    assert len(kept) == file.size
    assert storage.matches(file.sha256)
    return file, kept


@pytest.mark.parametrize(
    ("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")]
)
def test_a_picture_keeps_its_pixels_and_its_right_side_up_alone(
    storage: Storage, form: str, name: str
) -> None:
    before = picture(form)
    assert PLACE in before
    file, after = stored(storage, before, name)
    assert PLACE not in after
    assert file.removed == ("what it said about place, time and camera",)
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        assert new.tobytes() == old.tobytes()
        assert dict(new.getexif()) == ({0x0112: SIDEWAYS} if form != "WEBP" else {})
        if form != "WEBP":
            assert ImageOps.exif_transpose(new).size == (32, 64)


@pytest.mark.parametrize(
    ("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")]
)
def test_a_picture_that_tells_nothing_stays_byte_for_byte(
    storage: Storage, form: str, name: str
) -> None:
    _, once = stored(storage, picture(form), name)
    again, twice = stored(storage, once, name)
    assert (again.removed, twice) == ((), once)


@pytest.mark.parametrize(
    ("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")]
)
def test_what_hides_behind_a_picture_is_left_out(storage: Storage, form: str, name: str) -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as container:
        container.writestr("page.html", PLACE)
    _, after = stored(storage, picture(form) + hidden.getvalue(), name)
    assert PLACE not in after
    assert not zipfile.is_zipfile(io.BytesIO(after))


def test_a_broken_picture_that_may_tell_a_place_is_refused(storage: Storage) -> None:
    broken = picture("JPEG")[:80]
    with pytest.raises(Invalid, match="damaged"):
        accept_stream(storage, io.BytesIO(broken), "a.jpg", limit=LIMIT)


def test_a_heif_picture_has_its_notes_blanked_where_they_stand() -> None:
    made = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(made, "AVIF", exif=told(), xmp=b"<x>" + PLACE + b"</x>")
    content = made.getvalue()
    assert PLACE in content
    source = io.BytesIO(content)
    blanks = picture_blanks(source, len(content))
    kept = Spliced(source, without(len(content), blanks)).read()
    assert PLACE not in kept
    assert len(kept) == len(content)
    with Image.open(io.BytesIO(kept)) as new, Image.open(io.BytesIO(content)) as old:
        assert new.tobytes() == old.tobytes()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", len(content) + 8, kind) + content


def film() -> bytes:
    place = box(b"udta", box(b"\xa9xyz", PLACE))
    track = box(b"trak", box(b"tkhd", bytes(20)) + place)
    return (
        box(b"ftyp", b"isom\0\0\2\0isommp41")
        + box(b"moov", box(b"mvhd", bytes(30)) + track + place + box(b"meta", PLACE))
        + box(b"mdat", b"the film itself" * 1000)
    )


def test_a_film_keeps_its_length_and_says_no_place(storage: Storage) -> None:
    file, after = stored(storage, film(), "lesson.mp4")
    assert PLACE not in after
    assert len(after) == len(film())
    assert after.endswith(b"the film itself" * 1000)
    assert file.removed == ("what it said about place and device",)
    again, _ = stored(storage, after, "lesson.mp4")
    assert again.removed == ()


def document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("[Content_Types].xml", "<Types/>")
        container.writestr("word/document.xml", "<w>Group work</w>" * 500)
        container.writestr(
            "docProps/core.xml",
            "<cp><dc:creator>Amira Khan</dc:creator><dc:title>Plan</dc:title>"
            "<cp:lastModifiedBy>Colin</cp:lastModifiedBy></cp>",
        )
        container.writestr(
            "docProps/app.xml", "<Properties><Company>Elm Road</Company></Properties>"
        )
        container.writestr("word/bild – größe.xml", "<w/>")
    return made.getvalue()


def test_a_document_keeps_its_text_and_loses_its_author(storage: Storage) -> None:
    file, after = stored(storage, document(), "plan.docx")
    assert file.removed == ("the author’s name among its properties",)
    with (
        zipfile.ZipFile(io.BytesIO(document())) as old,
        zipfile.ZipFile(io.BytesIO(after)) as new,
    ):
        assert new.testzip() is None
        assert new.namelist() == old.namelist()
        for name in old.namelist():
            if not name.startswith("docProps/"):
                assert new.read(name) == old.read(name)
        assert new.read("docProps/core.xml").decode() == (
            "<cp><dc:creator></dc:creator><dc:title>Plan</dc:title>"
            "<cp:lastModifiedBy></cp:lastModifiedBy></cp>"
        )
        assert b"Elm Road" not in new.read("docProps/app.xml")
    again, _ = stored(storage, after, "plan.docx")
    assert again.removed == ()


def test_pieces_read_as_one_file_from_anywhere() -> None:
    whole = Spliced(io.BytesIO(b"0123456789"), [Kept(0, 3), b"abc", Kept(8, 2), b""])
    assert whole.read() == b"012abc89"
    for start in range(9):
        for size in range(9):
            whole.seek(start)
            assert whole.read(size) == b"012abc89"[start : start + size]
    assert whole.seek(-2, 2) == 6

"""A file is stored, or refused by name; either way it is never held in memory as a whole."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from obstore.store import LocalStore

from lti_tool.errors import Invalid
from lti_tool.evidence.uploads import accept_file
from lti_tool.storage import Storage

MEGABYTE = 1024 * 1024


@dataclass
class Sent:
    filename: str | None
    stream: IO[bytes]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(LocalStore(tmp_path))


def test_a_file_is_stored_under_its_digest(storage: Storage) -> None:
    content = b"%PDF-1.7 a plan"
    file = accept_file(storage, Sent("C:\\plan.pdf", io.BytesIO(content)), limit=MEGABYTE)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.size, file.media_type, file.filename) == (15, "application/pdf", "plan.pdf")
    assert b"".join(storage.chunks(file.sha256)) == content


def test_a_file_whose_name_a_computer_would_follow_is_kept_as_the_text_that_it_is(
    storage: Storage,
) -> None:
    file = accept_file(storage, Sent("a.desktop", io.BytesIO(b"plain words")), limit=MEGABYTE)
    assert (file.media_type, file.filename) == ("text/plain", "a.desktop.txt")


def test_an_empty_file_is_refused(storage: Storage) -> None:
    with pytest.raises(Invalid, match=r"“plan.pdf” is empty"):
        accept_file(storage, Sent("plan.pdf", io.BytesIO(b"")), limit=MEGABYTE)


def test_a_file_of_the_limit_is_taken_and_a_byte_more_refused(
    storage: Storage, tmp_path: Path
) -> None:
    content = b"%PDF-1.7" + b" " * (MEGABYTE - 8)
    assert accept_file(storage, Sent("a.pdf", io.BytesIO(content)), limit=MEGABYTE).size == MEGABYTE
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Invalid, match=r"“b.pdf” is 1.0 MB. A file can have 1 MB"):
        accept_file(storage, Sent("b.pdf", io.BytesIO(content + b" ")), limit=MEGABYTE)
    assert sorted(tmp_path.rglob("*")) == before

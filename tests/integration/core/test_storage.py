"""Bytes are kept under their digest, and can be checked against it."""

import hashlib
import io
from pathlib import Path

import pytest

from lti_tool.errors import NotFound
from lti_tool.settings import load_settings
from lti_tool.storage import Storage, open_storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(
        load_settings({"SECRET_KEY": "long enough for a test", "STORAGE_URL": str(tmp_path / "f")})
    )


def test_bytes_come_back_as_they_went_in(storage: Storage) -> None:
    content = b"lesson plan " * 500_000
    digest, size = storage.put(io.BytesIO(content))
    assert (digest, size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert b"".join(storage.chunks(digest)) == content
    assert storage.matches(digest)


def test_the_same_bytes_are_stored_once(storage: Storage, tmp_path: Path) -> None:
    for _ in range(2):
        storage.put(io.BytesIO(b"twice"))
    assert len([one for one in (tmp_path / "f").rglob("*") if one.is_file()]) == 1


def test_a_changed_byte_is_found(storage: Storage, tmp_path: Path) -> None:
    digest, _ = storage.put(io.BytesIO(b"as it was"))
    next(one for one in (tmp_path / "f").rglob(digest)).write_bytes(b"as it is!")
    assert not storage.matches(digest)


def test_missing_bytes_are_told_in_a_sentence(storage: Storage) -> None:
    with pytest.raises(NotFound, match="missing from the file store"):
        storage.chunks("0" * 64)
    assert not storage.matches("0" * 64)

"""Bytes are kept under their digest, and can be checked against it: in a folder or a bucket."""

import hashlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest

from lti_tool.errors import NoRoom, NotFound, Unavailable
from lti_tool.settings import SettingsInvalid, load_settings
from lti_tool.storage import Storage, open_storage
from tests import buckets


def opened(**settings: str) -> Storage:
    return open_storage(load_settings({"SECRET_KEY": "long enough for a test", **settings}))


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "bucket":
        return opened(**buckets.new_bucket())
    return opened(STORAGE_URL=str(tmp_path / "f"))


@pytest.fixture
def away() -> Storage:
    """A bucket at an address where nobody listens."""
    address = f"http://127.0.0.1:{buckets.free_port()}"
    return opened(STORAGE_URL="s3://files/tool", S3_ENDPOINT_URL=address)


def key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def everything_in(storage: Storage) -> list[str]:
    return [one["path"] for page in obstore.list(storage._store) for one in page]


def test_a_folder_that_cannot_be_made_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    with pytest.raises(SettingsInvalid, match=r"STORAGE_URL.*Is the volume there"):
        opened(STORAGE_URL=str(tmp_path / "taken" / "files"))


def test_bytes_come_back_as_they_went_in(storage: Storage) -> None:
    content = b"lesson plan " * 1_000_000
    digest, size = storage.put(io.BytesIO(content))
    assert (digest, size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert b"".join(storage.chunks(digest)) == content
    assert b"".join(storage.chunks(digest, (7, 11))) == b"plan"
    assert storage.matches(digest)


def test_the_same_bytes_are_stored_once(storage: Storage) -> None:
    for _ in range(2):
        storage.put(io.BytesIO(b"twice"))
    assert len(everything_in(storage)) == 1


def test_a_changed_byte_is_found(storage: Storage) -> None:
    digest, _ = storage.put(io.BytesIO(b"as it was"))
    obstore.put(storage._store, key(digest), b"as it is!")
    assert not storage.matches(digest)


def test_missing_bytes_are_told_in_a_sentence(storage: Storage) -> None:
    with pytest.raises(NotFound, match="missing from the file store"):
        storage.chunks("0" * 64)
    assert not storage.matches("0" * 64)


def test_the_store_tells_what_it_holds(storage: Storage) -> None:
    digest, _ = storage.put(io.BytesIO(b"held"))
    storage.put_derived(digest, "1.webp", b"small")
    (one,) = storage.stored(digest[:2])
    assert (one.digest, one.size) == (digest, 4)
    assert list(storage.with_derived(digest[:2])) == [digest]
    storage.remove(digest)
    assert everything_in(storage) == []


ASKED: dict[str, Any] = {
    "put": lambda storage: storage.put(io.BytesIO(b"new")),
    "read": lambda storage: storage.chunks("0" * 64),
    "compare": lambda storage: storage.matches("0" * 64),
    "list": lambda storage: storage.stored("00"),
    "remove": lambda storage: storage.remove("0" * 64),
    "preview": lambda storage: storage.derived("0" * 64, "1.webp"),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_bucket_that_is_away_is_not_taken_for_lost_bytes(away: Storage, asked: str) -> None:
    with pytest.raises(Unavailable, match=r"does not answer just now\. Nothing was lost"):
        ASKED[asked](away)


def test_a_full_or_locked_folder_takes_nothing_and_says_so(tmp_path: Path) -> None:
    storage = opened(STORAGE_URL=str(tmp_path / "f"))
    kept, _ = storage.put(io.BytesIO(b"before"))
    (tmp_path / "f" / "sha256" / "x").mkdir()
    digest = hashlib.sha256(b"after").hexdigest()
    # A file where the folder has to be: it is refused for root, too.
    (tmp_path / "f" / "sha256" / digest[:2]).write_bytes(b"")
    with pytest.raises(Unavailable, match="Nothing was lost"):
        storage.put(io.BytesIO(b"after"))
    assert storage.matches(kept)


def test_half_of_an_object_is_never_seen(tmp_path: Path) -> None:
    """The process dies between two pieces; what is left behind is no object."""
    content = b"lesson plan " * 1_000_000
    (tmp_path / "content").write_bytes(content)
    words = [sys.executable, "-c", DYING, str(tmp_path / "f"), str(tmp_path / "content")]
    assert subprocess.run(words, timeout=60, check=False).returncode == -signal.SIGKILL
    left = [one for one in (tmp_path / "f").rglob("*") if one.is_file()]
    assert left, "The process died before it had begun to write."
    digest = hashlib.sha256(content).hexdigest()
    storage = opened(STORAGE_URL=str(tmp_path / "f"))
    assert everything_in(storage) == []
    assert storage.stored(digest[:2]) == []
    assert not storage.matches(digest)
    storage.put(io.BytesIO(content))
    assert storage.matches(digest)


# Stores a file, and is killed when the second reading of it has come to two thirds.
DYING = """
import os, signal, sys, time
from io import FileIO
from lti_tool.settings import SettingsInvalid, load_settings
from lti_tool.storage import open_storage

class Dying(FileIO):
    times = 0

    def seek(self, offset, whence=0):
        self.times += offset == 0
        return super().seek(offset, whence)

    def read(self, size=-1):
        if self.times > 1 and self.tell() > 8_000_000:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

settings = load_settings({"SECRET_KEY": "long enough for a test", "STORAGE_URL": sys.argv[1]})
open_storage(settings).put(Dying(sys.argv[2]))
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("No disk was filled: only root may mount one here.")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_really_full_keeps_what_it_has_and_takes_more_when_there_is_room(
    small_disk: Path,
) -> None:
    storage = opened(STORAGE_URL=str(small_disk / "f"))
    kept, _ = storage.put(io.BytesIO(b"before"))
    large = io.BytesIO(b"lesson plan " * 300_000)
    with pytest.raises(NoRoom, match="There is no room left"):
        storage.put(large)
    digest = hashlib.sha256(large.getvalue()).hexdigest()
    assert everything_in(storage) == [key(kept)]
    assert storage.matches(kept)
    with pytest.raises(NotFound):
        storage.chunks(digest)
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert storage.put(large)[0] == digest
    assert storage.matches(digest)


def test_a_disk_that_may_only_be_read_is_read_and_takes_nothing(small_disk: Path) -> None:
    storage = opened(STORAGE_URL=str(small_disk / "f"))
    kept, _ = storage.put(io.BytesIO(b"before"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Unavailable, match="Nothing was lost"):
        storage.put(io.BytesIO(b"after"))
    assert b"".join(storage.chunks(kept)) == b"before"

"""Bytes of files, stored under their SHA-256: in a folder, or in an S3 bucket.

The same bytes are stored once; a stored object is never changed, so a digest in a snapshot is a
promise that can be checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from lti_tool.errors import NoRoom, NotFound, Unavailable
from lti_tool.settings import Settings, SettingsInvalid

CHUNK = 1024 * 1024
DOWN = "The file store does not answer just now. Nothing was lost; try again in a minute."
FULL = (
    "There is no room left in the file store. What has arrived is kept. "
    "Tell whoever runs the tool, and go on when they have made room."
)
NO_FOLDER = (
    "STORAGE_URL: {} cannot be made or opened ({}). Is the volume there, and may the tool write?"
)
# For whoever asks only whether the store is there, every few seconds.
IN_HASTE = dict.fromkeys(("connect_timeout", "read_timeout", "timeout"), timedelta(seconds=2))
# How the operating system says it, in the words that obstore passes on (ENOSPC, EDQUOT).
NO_SPACE = ("(os error 28)", "(os error 122)")
# Names in the store begin with two digits of their digest; by these it is gone through in parts.
SHARDS = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the store says of bytes that it holds."""

    digest: str
    size: int
    stored_at: datetime


class Storage:
    """Put, open and check bytes. Nothing is ever held in memory as a whole."""

    def __init__(self, store: Any, probe: Any = None) -> None:
        self._store = store
        self._probe = probe or store

    def answers(self) -> bool:
        """Whether the store answers just now; whoever asks does not wait for long."""
        try:
            obstore.head(self._probe, "health")
        except FileNotFoundError:
            return True
        except (BaseError, OSError):
            return False
        return True

    def put(self, stream: IO[bytes]) -> tuple[str, int]:
        """Store a seekable stream from its start; returns its digest and its size in bytes."""
        digest, size = digest_of(stream)
        stream.seek(0)
        try:
            if not (self._exists(digest) and self.matches(digest)):
                # By itself obstore holds a dozen pieces at once; two are enough and stay small.
                obstore.put(
                    self._store, _key(digest), stream, chunk_size=CHUNK * 5, max_concurrency=2
                )
        except (BaseError, OSError) as error:
            raise _not_stored(error) from error
        return digest, size

    def chunks(self, digest: str, span: tuple[int, int] | None = None) -> Iterator[bytes]:
        """The bytes of a stored object, piece by piece. Raises NotFound when it is not there.

        `span` asks for a part: from its first byte up to, and without, its last one. A store that
        does not answer is Unavailable: nobody is told that bytes are gone which are not.
        """
        try:
            options: Any = {"range": span} if span else {}
            result = obstore.get(self._store, _key(digest), options=options)
        except FileNotFoundError as error:
            raise NotFound("The file's bytes are missing from the file store.") from error
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error
        return _pieces(result)

    def matches(self, digest: str) -> bool:
        """Whether the stored bytes still hash to the name they are stored under.

        Raises Unavailable where that cannot be told just now.
        """
        found = hashlib.sha256()
        try:
            for piece in self.chunks(digest):
                found.update(piece)
        except NotFound:
            return False
        return found.hexdigest() == digest

    def stored(self, shard: str) -> list[StoredObject]:
        """All whose digest begins with these two digits, by digest; bytes under way are not."""
        return sorted(
            (
                StoredObject(name[-1], one["size"], one["last_modified"])
                for name, one in self._listed(f"sha256/{shard}")
                if len(name) == 3
            ),
            key=lambda one: one.digest,
        )

    def with_derived(self, shard: str) -> dict[str, datetime]:
        """Digests beginning so that something was made from, and when its latest part was."""
        found: dict[str, datetime] = {}
        for name, one in self._listed(f"derived/{shard}"):
            made_at = found.get(name[2], one["last_modified"])
            found[name[2]] = max(made_at, one["last_modified"])
        return found

    def derived_in(self, shard: str) -> list[tuple[str, str]]:
        """What was made from bytes whose digest begins so: the digest, and its name."""
        listed = (name for name, _ in self._listed(f"derived/{shard}"))
        return sorted((name[2], name[3]) for name in listed if len(name) == 4)

    def remove(self, digest: str) -> None:
        """Forget bytes that must not be kept, and what was made from them."""
        try:
            with suppress(FileNotFoundError):
                obstore.delete(self._store, _key(digest))
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error
        self.remove_derived(digest)

    def remove_derived(self, digest: str) -> None:
        """Forget what was made from bytes."""
        try:
            for name in self._derived(digest):
                with suppress(FileNotFoundError):
                    obstore.delete(self._store, name)
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def put_derived(self, digest: str, name: str, content: bytes) -> None:
        """Keep something small that was made from stored bytes and can be made again."""
        try:
            obstore.put(self._store, f"{_derived_folder(digest)}/{name}", content)
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def derived(self, digest: str, name: str) -> bytes:
        """What was made from stored bytes. Raises NotFound when it is not there."""
        try:
            return bytes(obstore.get(self._store, f"{_derived_folder(digest)}/{name}").bytes())
        except FileNotFoundError as error:
            raise NotFound("There is no preview of this file.") from error
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def put_note(self, name: str, content: bytes) -> None:
        """Keep something small beside the files, in the place of what had this name before."""
        try:
            obstore.put(self._store, f"notes/{name}", content)
        except (BaseError, OSError) as error:
            raise _not_stored(error) from error

    def note(self, name: str) -> bytes | None:
        """What is kept under this name, if anything."""
        try:
            return bytes(obstore.get(self._store, f"notes/{name}").bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def put_piece(self, file_id: str, start: int, writer: str, content: bytes) -> str:
        """Keep a piece of a file that is on its way; returns the name by which it is read."""
        name = f"{_piece_folder(file_id)}/{file_id}-{start}-{writer}"
        try:
            obstore.put(self._store, name, content)
        except (BaseError, OSError) as error:
            raise _not_stored(error) from error
        return name

    def read_piece(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of a piece. Raises NotFound when it is not there."""
        try:
            return bytes(obstore.get_range(self._store, name, start=start, length=length))
        except FileNotFoundError as error:
            raise NotFound("A piece of the file is missing from the file store.") from error
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def remove_pieces(self, file_id: str) -> None:
        """Forget the pieces of one file, those that were never noted among them."""
        folder = _piece_folder(file_id)
        try:
            for name, _ in self._listed(folder):
                if name[-1].startswith(f"{file_id}-"):
                    with suppress(FileNotFoundError):
                        obstore.delete(self._store, "/".join(name))
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def _derived(self, digest: str) -> list[str]:
        return ["/".join(name) for name, _ in self._listed(_derived_folder(digest))]

    def _listed(self, prefix: str) -> Iterator[tuple[list[str], Any]]:
        try:
            for page in obstore.list(self._store, prefix=prefix):
                for one in page:
                    yield one["path"].split("/"), one
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error

    def _exists(self, digest: str) -> bool:
        try:
            obstore.head(self._store, _key(digest))
        except (FileNotFoundError, BaseError):
            return False
        return True


def digest_of(stream: IO[bytes]) -> tuple[str, int]:
    """SHA-256 in hex, and the size, of a stream read from its start."""
    found, size = hashlib.sha256(), 0
    stream.seek(0)
    while piece := stream.read(CHUNK):
        found.update(piece)
        size += len(piece)
    return found.hexdigest(), size


def open_storage(settings: Settings) -> Storage:
    """The store that STORAGE_URL names."""
    if settings.storage_url.startswith("s3://"):
        parts = urlsplit(settings.storage_url)
        options: dict[str, Any] = {
            "prefix": parts.path.strip("/") or None,
            # By themselves they would be half a minute for the whole of a film, and three minutes
            # of trying while somebody waits.
            "client_options": {
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=30),
                "timeout": timedelta(hours=1),
                "allow_http": bool(settings.s3_endpoint_url),
            },
            "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
        }
        if settings.s3_endpoint_url:
            options["endpoint"] = settings.s3_endpoint_url
        in_haste = {
            **options,
            "client_options": {**options["client_options"], **IN_HASTE},
            "retry_config": {"max_retries": 0},
        }
        bucket = cast(Any, S3Store)
        return Storage(bucket(parts.netloc, **options), bucket(parts.netloc, **in_haste))
    try:
        return Storage(LocalStore(Path(settings.storage_url), mkdir=True))
    except OSError as error:
        raise SettingsInvalid(NO_FOLDER.format(settings.storage_url, error)) from error


def _pieces(result: Any) -> Iterator[bytes]:
    try:
        for piece in result.stream(min_chunk_size=CHUNK):
            yield bytes(piece)
    except (BaseError, OSError) as error:
        raise Unavailable(DOWN) from error


def _not_stored(error: Exception) -> Unavailable:
    is_full = any(words in str(error) for words in NO_SPACE)
    return NoRoom(FULL) if is_full else Unavailable(DOWN)


def _piece_folder(file_id: str) -> str:
    """256 folders at most: a folder of its own for each file would stay behind empty."""
    return f"uploads/{file_id[:2]}"


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def _derived_folder(digest: str) -> str:
    return f"derived/{digest[:2]}/{digest}"

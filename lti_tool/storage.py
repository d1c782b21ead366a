"""Bytes of files, stored under their SHA-256: in a folder, or in an S3 bucket.

The same bytes are stored once; a stored object is never changed, so a digest in a snapshot is a
promise that can be checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from lti_tool.errors import NotFound, Unavailable
from lti_tool.settings import Settings

CHUNK = 1024 * 1024
DOWN = "The file store does not answer just now. Nothing was lost; try again in a minute."


class Storage:
    """Put, open and check bytes. Nothing is ever held in memory as a whole."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, stream: IO[bytes]) -> tuple[str, int]:
        """Store a seekable stream from its start; returns its digest and its size in bytes."""
        digest, size = digest_of(stream)
        stream.seek(0)
        try:
            if not self._exists(digest):
                # By itself obstore holds a dozen pieces at once; two are enough and stay small.
                obstore.put(
                    self._store, _key(digest), stream, chunk_size=CHUNK * 5, max_concurrency=2
                )
        except (BaseError, OSError) as error:
            raise Unavailable(DOWN) from error
        return digest, size

    def chunks(self, digest: str, span: tuple[int, int] | None = None) -> Iterator[bytes]:
        """The bytes of a stored object, piece by piece. Raises NotFound when it is not there.

        `span` asks for a part: from its first byte up to, and without, its last one.
        """
        try:
            options: Any = {"range": span} if span else {}
            result = obstore.get(self._store, _key(digest), options=options)
        except (BaseError, OSError) as error:
            raise NotFound("The file's bytes are missing from the file store.") from error
        return (bytes(piece) for piece in result.stream(min_chunk_size=CHUNK))

    def matches(self, digest: str) -> bool:
        """Whether the stored bytes still hash to the name they are stored under."""
        found = hashlib.sha256()
        try:
            for piece in self.chunks(digest):
                found.update(piece)
        except NotFound:
            return False
        return found.hexdigest() == digest

    def remove(self, digest: str) -> None:
        """Forget bytes that must not be kept, and what was made from them."""
        try:
            names = [_key(digest), *self._derived(digest)]
            for name in names:
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
        except (BaseError, OSError) as error:
            raise NotFound("There is no preview of this file.") from error

    def _derived(self, digest: str) -> list[str]:
        pages = obstore.list(self._store, prefix=_derived_folder(digest))
        return [str(one["path"]) for page in pages for one in page]

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
        options: dict[str, Any] = {"prefix": parts.path.strip("/") or None}
        if settings.s3_endpoint_url:
            options["endpoint"] = settings.s3_endpoint_url
            options["client_options"] = {"allow_http": True}
        return Storage(cast(Any, S3Store)(parts.netloc, **options))
    return Storage(LocalStore(Path(settings.storage_url), mkdir=True))


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def _derived_folder(digest: str) -> str:
    return f"derived/{digest[:2]}/{digest}"

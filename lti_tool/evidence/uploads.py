"""Accept a file: look at what it is, store its bytes, and keep a note of it.

Nothing here touches the database: bytes are stored before the transaction that names them begins,
since the store may be another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Protocol

from lti_tool.errors import Invalid
from lti_tool.evidence.file_kinds import display_name, media_type_of, name_for
from lti_tool.storage import Storage

MEGABYTE = 1024 * 1024


class SentFile(Protocol):
    """A file as a form brings it; werkzeug keeps its bytes on disk."""

    @property
    def filename(self) -> str | None: ...
    @property
    def stream(self) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file whose bytes are in the store."""

    sha256: str
    size: int
    media_type: str
    filename: str


def accept_file(storage: Storage, sent: SentFile, *, limit: int) -> AcceptedFile:
    """Store one file, or refuse it with a sentence that names it."""
    name = display_name(sent.filename or "")
    size = sent.stream.seek(0, 2)
    if size == 0:
        raise Invalid(f"“{name}” is empty: there is nothing in the file.", field="files")
    if size > limit:
        raise Invalid(
            f"“{name}” is {size / MEGABYTE:.1f} MB. A file can have {limit // MEGABYTE} MB. "
            "Make it smaller, or share a part of it.",
            field="files",
        )
    media_type = media_type_of(sent.stream, name)
    sha256, stored = storage.put(sent.stream)
    return AcceptedFile(sha256, stored, media_type, name_for(name, media_type))

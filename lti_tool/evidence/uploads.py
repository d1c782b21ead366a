"""Accept a file: look at what it is, store its bytes, and keep a note of it.

Nothing here touches the database: bytes are stored before the transaction that names them begins,
since the store may be another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Protocol

from lti_tool.errors import Invalid
from lti_tool.evidence.file_kinds import display_name, media_type_of, name_for
from lti_tool.evidence.metadata import cleaned
from lti_tool.storage import Storage

MEGABYTE = 1024 * 1024


class SentFile(Protocol):
    """A file as a form brings it; werkzeug keeps its bytes on disk."""

    @property
    def filename(self) -> str | None: ...
    @property
    def stream(self) -> IO[bytes]: ...


class Scanner(Protocol):
    """Whatever looks for malware; `scanning` has the one that asks ClamAV."""

    def is_clean(self, stream: IO[bytes], filename: str) -> bool:
        """False: it cannot be told now. Raises Invalid for what must not be taken."""
        ...


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file whose bytes are in the store. They are those without what was taken out of them."""

    sha256: str
    size: int
    media_type: str
    filename: str
    alt_text: str | None = None
    is_clean: bool = False  # a scanner has looked at these bytes
    removed: tuple[str, ...] = ()  # what the bytes as they came said about place and people


def accept_file(
    storage: Storage, sent: SentFile, *, limit: int, scanner: Scanner | None = None
) -> AcceptedFile:
    """Store one file of a form, or refuse it with a sentence that names it."""
    return accept_stream(storage, sent.stream, sent.filename or "", limit=limit, scanner=scanner)


def accept_stream(
    storage: Storage,
    stream: IO[bytes],
    filename: str,
    *,
    limit: int,
    scanner: Scanner | None = None,
) -> AcceptedFile:
    """Store a file that can be sought, however it came, or refuse it with a sentence.

    It takes as long as reading the file a few times, and memory for a piece of it.
    """
    name = display_name(filename)
    _check_size(name, stream.seek(0, 2), limit)
    media_type = media_type_of(stream, name)
    kept = cleaned(stream, media_type, name)
    is_clean = scanner.is_clean(kept.stream, name) if scanner else False
    sha256, stored = storage.put(kept.stream)
    return AcceptedFile(
        sha256, stored, media_type, name_for(name, media_type), None, is_clean, kept.removed
    )


def _check_size(name: str, size: int, limit: int) -> None:
    if size == 0:
        raise Invalid(f"“{name}” is empty: there is nothing in the file.", field="files")
    if size > limit:
        raise Invalid(
            f"“{name}” is {size / MEGABYTE:.1f} MB. A file can have {limit // MEGABYTE} MB. "
            "Make it smaller, or share a part of it.",
            field="files",
        )

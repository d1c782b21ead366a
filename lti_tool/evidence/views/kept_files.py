"""Files that a refused form has already brought, so that nobody uploads them twice.

The form carries a signed note of each: a browser cannot keep a chosen file, and a plain digest
would let anybody who knows one claim a file that they have never seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import current_app, flash, g
from itsdangerous import BadSignature, URLSafeSerializer

from lti_tool.errors import Invalid
from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.uploads import AcceptedFile

LONGEST_WORDS = 20_000
ASKS = {
    "image": "What does it show? For those who cannot see it.",
    "audio": "What is said in it? For those who cannot hear it.",
    "video": "What is said and shown in it? For those who cannot hear or see it.",
}


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as a checkbox of the form: its note, its name, its size; and the words it asks for."""

    note: str
    filename: str
    size: int
    field: str
    asks: str | None
    alt_text: str | None


def keep_files(files: Iterable[StoredFile]) -> list[KeptFile]:
    """A note for each file, good for this viewer alone."""
    return [
        KeptFile(
            _notes().dumps(
                [
                    g.viewer.user_id, file.sha256, file.size, file.media_type, file.filename,
                    file.alt_text, getattr(file, "is_clean", False),
                ]
            ),
            file.filename,
            file.size,
            _field(file.sha256),
            ASKS.get(file.media_type.split("/")[0]),
            file.alt_text,
        )
        for file in files
    ]  # fmt: skip


def read_kept_file(note: str, typed: Mapping[str, str]) -> AcceptedFile:
    """The file that a note of ours speaks of, with the words that were typed for it."""
    try:
        user_id, sha256, size, media_type, filename, alt_text, is_clean = _notes().loads(note)
    except (BadSignature, ValueError):
        user_id = None
    if user_id != g.viewer.user_id:
        raise Invalid("A file of this form is not known any more: choose it again.", field="files")
    given = typed.get(_field(sha256), alt_text or "")
    words = given.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(words) > LONGEST_WORDS:
        raise Invalid(
            f"The words for “{filename}” must be {LONGEST_WORDS:,} characters or fewer.",
            field="files",
        )
    return AcceptedFile(sha256, size, media_type, filename, words or None, is_clean)


def tell_what_was_removed(file: AcceptedFile) -> None:
    """Say it when a file is stored with less in it than it came with."""
    for what in file.removed:
        flash(f"“{file.filename}” is stored without {what}.")


def _field(sha256: str) -> str:
    return f"words-{sha256[:16]}"


def _notes() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kept evidence file")

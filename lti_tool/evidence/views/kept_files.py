"""Files that a refused form has already brought, so that nobody uploads them twice.

The form carries a signed note of each: a browser cannot keep a chosen file, and a plain digest
would let anybody who knows one claim a file that they have never seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, g
from itsdangerous import BadSignature, URLSafeSerializer

from lti_tool.errors import Invalid
from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.uploads import AcceptedFile


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as a checkbox of the form: its note, its name, and its size."""

    note: str
    filename: str
    size: int


def keep_files(files: Iterable[StoredFile]) -> list[KeptFile]:
    """A note for each file, good for this viewer alone."""
    return [
        KeptFile(
            _notes().dumps(
                [g.viewer.user_id, file.sha256, file.size, file.media_type, file.filename]
            ),
            file.filename,
            file.size,
        )
        for file in files
    ]


def read_kept_file(note: str) -> AcceptedFile:
    """The file that a note of ours speaks of."""
    try:
        user_id, sha256, size, media_type, filename = _notes().loads(note)
    except (BadSignature, ValueError):
        user_id = None
    if user_id != g.viewer.user_id:
        raise Invalid("A file of this form is not known any more: choose it again.", field="files")
    return AcceptedFile(sha256, size, media_type, filename)


def _notes() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kept evidence file")

"""What a page shows of files: whether they may be opened, a look at them, words instead of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import g

from lti_tool.evidence.rules import StoredFile
from lti_tool.evidence.scanning import Known, known
from lti_tool.evidence.views.blueprint import bp

KINDS = ("image", "audio", "video")


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file, and what is known of its bytes. `kind`: image, audio, video or document."""

    file: StoredFile
    known: Known
    kind: str

    @property
    def lacks_words(self) -> bool:
        """Whether somebody who cannot see or hear it learns nothing of it."""
        return self.kind in KINDS and not self.file.alt_text


@bp.app_template_global("shown_files")
def shown_files(files: Sequence[StoredFile]) -> list[ShownFile]:
    """Files as a page shows them."""
    look_at_files(files)
    kinds = [file.media_type.split("/")[0] for file in files]
    return [
        ShownFile(file, g.known_files[file.sha256], kind if kind in KINDS else "document")
        for file, kind in zip(files, kinds, strict=True)
    ]


@bp.app_template_global("look_at_files")
def look_at_files(files: Iterable[StoredFile]) -> str:
    """Ask at once about all the files of a page; a list of many calls it first."""
    before = g.setdefault("known_files", {})
    before.update(known({file.sha256 for file in files} - before.keys()))
    return ""

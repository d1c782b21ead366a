"""A participant's whole record: what it says, and which files belong to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import func, select

from lti_tool.audit.record import record
from lti_tool.cohort import history
from lti_tool.cohort.record_contents import PARTS, Entry, entries, name_of, plain, told
from lti_tool.cohort.results import decisions_told
from lti_tool.db import db
from lti_tool.evidence.items import get_item, shown_versions, visible_items
from lti_tool.evidence.models import Attempt, EvidenceItem, EvidenceVersion, Upload
from lti_tool.evidence.snapshot import holds_hidden
from lti_tool.evidence.threads import comments_on
from lti_tool.grades.models import Grade
from lti_tool.grades.released import still_stands
from lti_tool.identity import Viewer
from lti_tool.people.models import Course, CourseMember, Participant
from lti_tool.people.programmes import programme_of

FORMAT = "mtl-record/1"
LONGEST = 40
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of the record: where it stands in it, and the bytes by their digest."""

    path: str
    sha256: str
    size: int
    media_type: str


@dataclass
class Record:
    """One reading of a record. `files` and `manifests` are complete once the parts were read."""

    viewer: Viewer
    participant: Participant
    files: dict[tuple[int, str], RecordFile] = field(default_factory=dict)

    def about(self) -> Entry:
        """The participant's own facts."""
        person = self.participant
        programme = programme_of(person)
        found = told(person)
        return {
            "name": person.user.name,
            "email": person.user.email,
            "programme": f"{programme.award} ({person.programme_version.version})",
            **{name: value for name, value in found.items() if name not in ("number_here", "user")},
        }

    def parts(self) -> Iterator[tuple[str, Iterator[Entry]]]:
        """Every part with its entries; an entry is made when it is asked for."""
        yield "courses", self._courses()
        for part in PARTS:
            yield part.name, entries(self.viewer, self.participant, part)
        yield "evidence", self._evidence()
        yield "handed_in", self._handed_in()
        yield "marks", self._marks()
        yield "boards", iter(decisions_told(self.participant))
        yield "history", self._history()

    def manifests(self) -> Iterator[tuple[str, str]]:
        """What was handed in, as it was signed: its digest is the one on the receipt.

        One with evidence that is out of sight after a report is left out: nothing can be taken
        from it without breaking its digest.
        """
        for attempt in self._attempts():
            if not holds_hidden(attempt):
                yield manifest_path(attempt), attempt.manifest

    def _courses(self) -> Iterator[Entry]:
        for member, title in db.session.execute(
            select(CourseMember, Course.title)
            .join(Course, Course.id == CourseMember.course_id)
            .where(CourseMember.user_id == self.participant.user_id)
            .order_by(CourseMember.id)
        ):
            yield {
                "course": title,
                "role": member.role,
                "last_opened_at": plain(member.last_launch_at),
                "left_at": plain(member.left_at),
            }

    def _evidence(self) -> Iterator[Entry]:
        mine = visible_items(self.viewer).where(EvidenceItem.participant_id == self.participant.id)
        numbers = mine.with_only_columns(EvidenceItem.id).order_by(EvidenceItem.id)
        for number in db.session.scalars(numbers).all():
            item = get_item(self.viewer, number)
            yield {
                "evidence": item.id,
                "state": str(item.state),
                "author": name_of(item.author_id),
                "versions": [
                    self._version(item, version) for version in shown_versions(self.viewer, item)
                ],
                "comments": [
                    {
                        "author": each.author.name,
                        "said_as": each.acted_as,
                        "said_at": plain(each.written_at),
                        "words": None if each.withdrawal else each.words,
                        "taken_back_at": each.withdrawal and plain(each.withdrawal.withdrawn_at),
                    }
                    for each in comments_on(item)
                ],
            }

    def _version(self, item: EvidenceItem, version: EvidenceVersion) -> Entry:
        return {
            **told(version),
            "strands": [claim.strand for claim in version.claims],
            "attestations": [
                {**told(each), "taken_back": told(each.revocation) if each.revocation else None}
                for each in version.attestations
            ],
            "files": [
                {"name": upload.filename, "file": self._file(item, version, upload)}
                for upload in version.files
            ],
        }

    def _file(self, item: EvidenceItem, version: EvidenceVersion, upload: Upload) -> str:
        """The place of a file; what a later version has kept is not put there twice."""
        key = (item.id, upload.sha256)
        if key not in self.files:
            folder = f"evidence/{item.id:05d}-{safe(item.current.title, 'evidence')}"
            number = sum(item.id == each for each, _ in self.files) + 1
            path = f"{folder}/v{version.number}-{number:02d}-{safe_file(upload.filename)}"
            self.files[key] = RecordFile(path, upload.sha256, upload.size, upload.media_type)
        return self.files[key].path

    def _attempts(self) -> Iterator[Attempt]:
        query = select(Attempt.id).where(Attempt.participant_id == self.participant.id)
        for number in db.session.scalars(query.order_by(Attempt.id)).all():
            yield db.session.get_one(Attempt, number)

    def _handed_in(self) -> Iterator[Entry]:
        for attempt in self._attempts():
            yield {
                "module": attempt.module_code,
                "attempt": attempt.number,
                "submitted_at": plain(attempt.submitted_at),
                "receipt": attempt.receipt,
                "sha256": attempt.root_hash,
                "file": None if holds_hidden(attempt) else manifest_path(attempt),
            }

    def _marks(self) -> Iterator[Entry]:
        """Marks as they were released, earlier ones too; a marker's draft is none."""
        query = (
            select(Grade, Attempt)
            .join(Attempt, Attempt.id == Grade.attempt_id)
            .where(Attempt.participant_id == self.participant.id, still_stands())
            .order_by(Grade.id)
        )
        for grade, attempt in db.session.execute(query):
            yield {
                "module": attempt.module_code,
                "attempt": attempt.number,
                "release": grade.revision,
                "mark": grade.mark,
                "status": grade.status,
                "feedback": grade.feedback,
                "criteria": grade.criteria,
                "released_by": name_of(grade.released_by_id),
                "released_at": plain(grade.released_at),
            }

    def _history(self) -> Iterator[Entry]:
        query = history.events(self.viewer, self.participant.id)
        start = 0
        while rows := db.session.scalars(query.limit(AT_ONCE).offset(start)).all():
            for one in history.told(self.viewer, rows):
                yield {
                    "at": plain(one.at),
                    "who": one.who,
                    "as": one.acted_as,
                    "what": one.sentence,
                    "details": list(one.details),
                }
            start += AT_ONCE


@dataclass(frozen=True)
class Extent:
    """How much a record holds, for the page before it."""

    items: int
    files: int
    size: int


def extent(viewer: Viewer, participant: Participant) -> Extent:
    """Counted in the database; a file that two versions share counts once."""
    mine = visible_items(viewer).where(EvidenceItem.participant_id == participant.id)
    ids = mine.with_only_columns(EvidenceItem.id)
    uploads = (
        select(EvidenceVersion.item_id, Upload.sha256, Upload.size)
        .join(EvidenceVersion, EvidenceVersion.id == Upload.version_id)
        .where(EvidenceVersion.item_id.in_(ids))
        .distinct()
        .subquery()
    )
    items = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    files, size = db.session.execute(
        select(func.count(), func.coalesce(func.sum(uploads.c.size), 0)).select_from(uploads)
    ).one()
    return Extent(items, files, int(size))


def note_download(viewer: Viewer, participant_id: int) -> None:
    """Write down that a record left the tool."""
    participant = db.session.get_one(Participant, participant_id)
    record(viewer, "participant.downloaded", participant, participant_id=participant.id)


def manifest_path(attempt: Attempt) -> str:
    """Where a submission stands in the record."""
    name = (
        f"{safe(attempt.module_code, 'module')}-{attempt.number}-{safe(attempt.receipt, 'receipt')}"
    )
    return f"handed-in/{name}.json"


def safe(text: Any, otherwise: str) -> str:
    """Letters, digits and hyphens that every computer takes for a name."""
    plain_text = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain_text.lower()).strip("-")[:LONGEST].strip("-")
    return found or otherwise


def safe_file(filename: str) -> str:
    """The same with the suffix that says what the file holds."""
    name = PurePosixPath(filename)
    suffix = re.sub(r"[^a-z0-9]", "", name.suffix.lower())[:8]
    return f"{safe(name.stem, 'file')}.{suffix}" if suffix else safe(name.stem, "file")

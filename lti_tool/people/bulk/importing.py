"""A spreadsheet is checked, shown, and applied as it was shown: all of it, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.people.bulk import allocations, applications, participants, schools, training
from lti_tool.people.bulk.columns import Column, Sheet, read_sheet
from lti_tool.people.bulk.outcome import Importer, Outcome
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.bulk.tables import LARGEST, read_table
from lti_tool.people.models import Course, ImportBatch, Provider
from lti_tool.people.participation import check_is_lead

MOST_ROWS = 1_000  # on a page; whoever runs the tool may import more by the command
KEPT = timedelta(days=1)
CHANGED = "Something has changed since this was checked. Look at it again, then confirm."


@dataclass(frozen=True)
class Kind:
    """One sort of spreadsheet."""

    label: str
    columns: Sequence[Column]
    shown_only: Sequence[str]
    exported: Sequence[str]
    check: Callable[[Importer, Sheet], Outcome]
    export: Callable[[Importer], Iterator[dict[str, Any]]]


def _kind(label: str, module: Any) -> Kind:
    return Kind(
        label, module.COLUMNS, module.SHOWN_ONLY, module.EXPORTED, module.check, module.export
    )


KINDS = {
    "participants": _kind("Participants", participants),
    "schools": _kind("Schools", schools),
    "allocations": _kind("Coaches and tutors", allocations),
    "training": _kind("Training of coaches", training),
    "applications": _kind("Applications", applications),
}


def check_file(importer: Importer, kind: str, data: bytes, most_rows: int = MOST_ROWS) -> Outcome:
    """What a file would come to. A file that cannot be read at all is refused."""
    found = KINDS[kind]
    known = {name for each in found.columns for name in (each.name, *each.also)}
    table = read_table(data, known, most_rows)
    sheet = read_sheet(table, found.columns, found.shown_only)
    outcome = found.check(importer, sheet) if sheet.rows else Outcome(sheet.problems)
    outcome.problems.sort(key=lambda each: each.row)
    return outcome


def apply(importer: Importer, kind: str, data: bytes, most_rows: int = MOST_ROWS) -> Outcome:
    """Check the file once more and do what it says, while no other import of the provider runs."""
    hold_imports(importer.provider_id)
    outcome = check_file(importer, kind, data, most_rows)
    if outcome.problems:
        raise Refused(f"{len(outcome.problems)} problems were found. Nothing was stored.")
    _write(outcome)
    return outcome


def hold_imports(provider_id: int) -> None:
    """One import at a time, so that what is checked stays so until it is committed."""
    db.session.execute(select(Provider.id).where(Provider.id == provider_id).with_for_update())


def _write(outcome: Outcome) -> None:
    for write in outcome.writes:
        write()
    db.session.flush()


def digest_of(data: bytes) -> str:
    """Names a file by its bytes."""
    return hashlib.sha256(data).hexdigest()


def importer_of(viewer: Viewer) -> Importer:
    """A lead imports for their provider, with the ids of the VLE they came from."""
    check_is_lead(viewer)
    return Importer(viewer.provider_id, viewer.registration_id, viewer)


def operators_importer(provider: Provider, course_id: int | None = None) -> Importer:
    """The operator names the course whose VLE gave the ids, unless there is only one VLE."""
    query = select(Course.registration_id).where(Course.provider_id == provider.id).distinct()
    if course_id is not None:
        query = query.where(Course.id == course_id)
    found = list(db.session.scalars(query))
    if course_id is not None and not found:
        raise NotFound(f"There is no course {course_id} of {provider.name}.")
    return Importer(provider.id, found[0] if len(found) == 1 else None)


def add_batch(viewer: Viewer, kind: str, filename: str, data: bytes) -> ImportBatch:
    """Keep an uploaded file while it is looked at. Raises Invalid where it cannot be read."""
    importer = importer_of(viewer)
    if kind not in KINDS:
        raise Invalid("Choose what the file holds.", field="kind")
    if len(data) > LARGEST:
        raise Invalid(f"The file is larger than {LARGEST // 1_000_000} MB. Split it.", field="file")
    check_file(importer, kind, data)
    old = now() - KEPT
    db.session.execute(
        delete(ImportBatch).where(
            ImportBatch.provider_id == viewer.provider_id,
            ImportBatch.done_at.is_(None),
            ImportBatch.uploaded_at < old,
        )
    )
    batch = ImportBatch(
        provider_id=viewer.provider_id, user_id=viewer.user_id, kind=kind,
        filename="".join(each for each in filename if each.isprintable())[-200:],
        content=data, digest=digest_of(data), uploaded_at=now(),
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    return batch


def get_batch(viewer: Viewer, batch_id: int) -> ImportBatch:
    """One's own upload; nobody else sees what is not applied yet."""
    check_is_lead(viewer)
    found = db.session.get(ImportBatch, batch_id)
    if found is None or (found.provider_id, found.user_id) != (viewer.provider_id, viewer.user_id):
        raise NotFound("There is no such import. One that is not confirmed is kept for a day.")
    return found


def check_batch(viewer: Viewer, batch: ImportBatch) -> Outcome:
    """What an upload would come to now."""
    return check_file(importer_of(viewer), batch.kind, batch.content or b"")


def confirm(viewer: Viewer, batch: ImportBatch, seen: str) -> dict[Verdict, int]:
    """Apply an upload as it was seen; `seen` is the digest of the outcome on the page."""
    hold_imports(viewer.provider_id)
    db.session.refresh(batch, with_for_update=True)
    if batch.done_at is not None:
        raise Refused("This import is done already.")
    outcome = check_batch(viewer, batch)
    if outcome.digest(batch.digest) != seen or not outcome.is_ready:
        raise Invalid(CHANGED)
    _write(outcome)
    counts = outcome.counts
    batch.added, batch.changed = counts[Verdict.ADDED], counts[Verdict.CHANGED]
    batch.same, batch.content, batch.done_at = counts[Verdict.SAME], None, now()
    record(
        viewer, "import_batch.done", batch, kind=batch.kind, digest=batch.digest,
        added=batch.added, changed=batch.changed,
    )  # fmt: skip
    return counts

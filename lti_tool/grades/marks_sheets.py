"""Marks that were given away from the tool: a sheet out, and back in as it was looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain

from sqlalchemy import delete, select
from sqlalchemy.orm import defer

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades import marking
from lti_tool.grades.models import Mark
from lti_tool.grades.sheet_models import MarksSheet
from lti_tool.grades.sheet_reading import Checked, check_sheet, own_mark
from lti_tool.identity import Viewer
from lti_tool.people.bulk.lines import csv_lines
from lti_tool.people.bulk.tables import LARGEST
from lti_tool.people.programmes import programme_of

MOST = 300  # rows of a sheet
KEPT = timedelta(days=1)
CHANGED = "Something has changed since this was checked. Look at it again, then confirm."


def modules_to_mark(viewer: Viewer) -> list[str]:
    """The modules of which something was handed in, among what the viewer may see."""
    _check_is_staff(viewer)
    found = visible_attempts(viewer).with_only_columns(Attempt.module_code).distinct()
    return sorted(db.session.scalars(found))


def sheet_lines(viewer: Viewer, module_code: str) -> Iterator[str]:
    """The sheet of a module: what the viewer may mark and has not made final. No name is in it."""
    rows = list(_to_mark(viewer, module_code))
    codes = dict.fromkeys(
        criterion.id
        for attempt, _ in rows
        for criterion in programme_of(attempt.participant).criteria
    )
    header = ["receipt", "candidate", "module", "attempt", "revision", "mark", "feedback"]
    header += [f"criterion_{code}" for code in codes]
    return csv_lines(chain([header], (_line(attempt, mark, codes) for attempt, mark in rows)))


def _line(attempt: Attempt, mark: Mark | None, codes: Iterable[str]) -> list[object]:
    given = mark.criteria if mark else {}
    return [
        attempt.receipt,
        attempt.participant.candidate_number,
        attempt.module_code,
        attempt.number,
        mark.revision if mark else 0,
        mark.mark if mark else None,
        mark.feedback if mark else "",
        *(given.get(code, "") for code in codes),
    ]


def _to_mark(viewer: Viewer, module_code: str) -> Iterator[tuple[Attempt, Mark | None]]:
    _check_is_staff(viewer)
    query = (
        visible_attempts(viewer)
        .where(Attempt.module_code == module_code)
        .options(defer(Attempt.manifest))
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    count = 0
    for attempt in db.session.scalars(query):
        mark = own_mark(viewer, attempt)
        if (mark and mark.state == "final") or marking.refusal_to_mark(viewer, attempt):
            continue
        yield attempt, mark
        count += 1
        if count == MOST:
            return


def add_sheet(viewer: Viewer, filename: str, data: bytes, *, are_final: bool) -> MarksSheet:
    """Keep an uploaded sheet while it is looked at. Raises Invalid where it cannot be read."""
    _check_is_staff(viewer)
    if len(data) > LARGEST:
        raise Invalid(f"The file is larger than {LARGEST // 1_000_000} MB. Split it.", field="file")
    check_sheet(viewer, data, are_final=are_final)
    db.session.execute(
        delete(MarksSheet).where(
            MarksSheet.user_id == viewer.user_id,
            MarksSheet.done_at.is_(None),
            MarksSheet.uploaded_at < now() - KEPT,
        )
    )
    sheet = MarksSheet(
        provider_id=viewer.provider_id, user_id=viewer.user_id,
        filename="".join(each for each in filename if each.isprintable())[-200:],
        are_final=are_final, content=data, digest=hashlib.sha256(data).hexdigest(),
        uploaded_at=now(),
    )  # fmt: skip
    db.session.add(sheet)
    db.session.flush()
    return sheet


def get_sheet(viewer: Viewer, sheet_id: int) -> MarksSheet:
    """One's own upload; nobody else sees marks that are not confirmed yet."""
    _check_is_staff(viewer)
    found = db.session.get(MarksSheet, sheet_id)
    if found is None or (found.provider_id, found.user_id) != (viewer.provider_id, viewer.user_id):
        raise NotFound("There is no such sheet. One that is not confirmed is kept for a day.")
    return found


def check_kept(viewer: Viewer, sheet: MarksSheet) -> Checked:
    """What an upload would come to now."""
    return check_sheet(viewer, sheet.content or b"", are_final=sheet.are_final)


def confirm(viewer: Viewer, sheet: MarksSheet, seen: str) -> int:
    """Store all marks of a sheet as they were seen, or none; `seen` is the digest on the page."""
    db.session.execute(select(MarksSheet.id).where(MarksSheet.id == sheet.id).with_for_update())
    db.session.refresh(sheet)
    if sheet.done_at is not None:
        raise Refused("This sheet is done already.")
    checked = check_kept(viewer, sheet)
    if checked.digest != seen or not checked.is_ready:
        raise Invalid(CHANGED)
    store(checked)
    sheet.stored, sheet.content, sheet.done_at = len(checked.plans), None, now()
    record(viewer, "marks_sheet.confirmed", sheet, digest=sheet.digest, stored=sheet.stored)
    return sheet.stored


def store(checked: Checked) -> None:
    """Save what a checked sheet comes to, each row as its marker would on the page."""
    if checked.refused:
        raise Refused(f"{len(checked.refused)} rows cannot be used. Nothing was stored.")
    save = marking.finalise if checked.are_final else marking.save_draft
    for plan in checked.plans:
        save(plan.viewer, plan.attempt, plan.draft)


def _check_is_staff(viewer: Viewer) -> None:
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads mark.")

"""What to mark next, and by when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, case, exists, select
from sqlalchemy.orm import defer, joinedload

from lti_tool.clock import LONDON, now
from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.hand_ins import troubles_of
from lti_tool.grades.marking import FIRST, marking_states
from lti_tool.grades.models import Grade, HandIn, Mark
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.paging import Page, list_page
from lti_tool.people.programmes import programme_of
from lti_tool.programme.definition import Module

TURNAROUND = 20  # working days, where the programme names none


@dataclass(frozen=True)
class QueueRow:
    """One attempt in the marking queue."""

    attempt: Attempt
    module: Module
    state: str  # allocated | in_marking | final | released
    due_on: date
    waiting_days: int
    marker: str | None
    trouble: str | None  # why the gradebook does not know that it was handed in


def queue(viewer: Viewer, *, module_code: str | None = None, page: int = 1) -> Page[QueueRow]:
    """The attempts that this viewer may mark or follow: unmarked ones first, the oldest on top."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads mark.")
    query = visible_attempts(viewer).options(
        defer(Attempt.manifest),  # as long as the whole submission
        joinedload(Attempt.participant).joinedload(Participant.user),
        joinedload(Attempt.participant).joinedload(Participant.programme_version),
    )
    if module_code:
        query = query.where(Attempt.module_code == module_code)
    # The same order as the states of `marking_states`, for the database to page by.
    is_released = exists().where(Grade.attempt_id == Attempt.id)
    rank = case((Mark.state == "draft", 1), (is_released, 3), (Mark.state == "final", 2), else_=0)
    first = and_(Mark.attempt_id == Attempt.id, Mark.marking_role == FIRST)
    ordered = query.outerjoin(Mark, first).order_by(rank, Attempt.submitted_at, Attempt.id)
    found = list_page(ordered, page)
    ids = [attempt.id for attempt in found.rows]
    states, markers, troubles = marking_states(ids), _markers(ids), troubles_of(ids)
    rows = [
        _row(each, states[each.id], markers.get(each.id), troubles.get(each.id))
        for each in found.rows
    ]
    return Page(rows, found.number, found.total, found.size)


def working_days_after(moment: datetime, days: int) -> date:
    """The date this many weekdays on, in London; bank holidays are not known to the tool."""
    found = moment.astimezone(LONDON).date()
    while days > 0:
        found += timedelta(days=1)
        days -= found.weekday() < 5
    return found


def _markers(attempt_ids: Collection[int]) -> dict[int, str]:
    query = (
        select(Mark.attempt_id, User.name)
        .join(User, User.id == Mark.marker_id)
        .where(Mark.attempt_id.in_(attempt_ids), Mark.marking_role == FIRST)
    )
    return {row.attempt_id: row.name for row in db.session.execute(query)}


def _row(attempt: Attempt, state: str, marker: str | None, trouble: HandIn | None) -> QueueRow:
    programme = programme_of(attempt.participant)
    days = programme.policies.get("feedback", {}).get("working_days", TURNAROUND)
    return QueueRow(
        attempt=attempt,
        module=programme.module(attempt.module_code),
        state=state,
        due_on=working_days_after(attempt.submitted_at, days),
        waiting_days=(now() - attempt.submitted_at).days,
        marker=marker,
        trouble=trouble.reason if trouble else None,
    )

"""What to mark next, and by when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import defer, joinedload

from lti_tool.clock import LONDON, now, today
from lti_tool.db import db
from lti_tool.errors import NotAllowed
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.hand_ins import troubles_of
from lti_tool.grades.markers import Panel, panels_of
from lti_tool.grades.models import HandIn, Mark
from lti_tool.grades.released import is_released
from lti_tool.grades.rules.chain import FIRST, ORDINALS, State
from lti_tool.grades.rules.telling import Told
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant
from lti_tool.people.paging import Page, list_page
from lti_tool.people.programmes import programme_of
from lti_tool.programme.definition import Module

TURNAROUND = 20  # working days, where the programme names none


@dataclass(frozen=True)
class QueueRow:
    """One attempt in the marking queue."""

    attempt: Attempt
    module: Module
    state: str  # of one's own mark, while another's is hidden; else of the whole
    due_on: date
    waiting_days: int
    days_left: int
    called: str  # the participant's name, or their number
    role: str | None  # in which the viewer marks
    marker: str | None  # whom the viewer may know of
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
    found = list_page(_ordered(viewer, query), page)
    ids = [attempt.id for attempt in found.rows]
    panels, released = panels_of(found.rows), _released(ids)
    troubles = troubles_of(ids)
    rows = [
        _row(viewer, panels[each.id], each.id in released, troubles.get(each.id))
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


def _ordered(viewer: Viewer, query: Select[Attempt]) -> Select[Attempt]:
    """By what the viewer's own part asks of them; without one, by the first marker's."""
    mine = and_(
        MarkerAllocation.attempt_id == Attempt.id,
        MarkerAllocation.marker_id == viewer.user_id,
        MarkerAllocation.ended_at.is_(None),
    )
    role = func.coalesce(MarkerAllocation.marking_role, FIRST)
    rank = case((Mark.state == "draft", 1), (is_released(), 3), (Mark.state == "final", 2), else_=0)
    return (
        query.outerjoin(MarkerAllocation, mine)
        .outerjoin(Mark, and_(Mark.attempt_id == Attempt.id, Mark.marking_role == role))
        .order_by(rank, Attempt.submitted_at, Attempt.id)
    )


def _released(attempt_ids: Collection[int]) -> set[int]:
    """Those of which a grade is out."""
    return set(
        db.session.scalars(select(Attempt.id).where(Attempt.id.in_(attempt_ids), is_released()))
    )


def _state(viewer: Viewer, panel: Panel, *, is_out: bool) -> str:
    """What the viewer is told: of a blind pair no more than their own part before both are done."""
    state = panel.told(viewer)
    if is_out and state in {State.AGREED, Told.FINAL}:
        return "released"
    return state.value


def _marker(viewer: Viewer, panel: Panel) -> str | None:
    """Who marks it, as far as the viewer may know; the first marker's name goes first."""
    if not panel.knows_markers(viewer):
        return None
    return ", ".join(panel.marker_of(role).name for role in panel.taken) or None


def _row(viewer: Viewer, panel: Panel, is_out: bool, trouble: HandIn | None) -> QueueRow:
    attempt, role = panel.attempt, panel.role_of(viewer.user_id)
    programme = programme_of(attempt.participant)
    days = programme.policies.get("feedback", {}).get("working_days", TURNAROUND)
    due_on = working_days_after(attempt.submitted_at, days)
    return QueueRow(
        attempt=attempt,
        module=programme.module(attempt.module_code),
        state=_state(viewer, panel, is_out=is_out),
        due_on=due_on,
        waiting_days=(now() - attempt.submitted_at).days,
        days_left=(due_on - today()).days,
        called=panel.participant_for(viewer),
        role=ORDINALS[role] if role and panel.is_double else None,
        marker=_marker(viewer, panel),
        trouble=trouble.reason if trouble else None,
    )

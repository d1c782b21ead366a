"""What staff answer where a gradebook no longer shows what was released: send again, or accept."""

from __future__ import annotations

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import contains_eager, joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.redelivery import visible_deliveries
from lti_tool.grades.release_models import GradebookDifference
from lti_tool.identity import Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.people.erased import hold_unless_erased
from lti_tool.people.models import Participant
from lti_tool.people.paging import Page, list_page

NO_REASON = "Say why the gradebook may differ from what was released."
ANSWERED = "This was answered already, or the delivery was replaced meanwhile."


def list_open(viewer: Viewer, *, number: int = 1) -> Page[GradebookDifference]:
    """The differences that nobody has answered, the oldest first."""
    query = _open(viewer).options(
        contains_eager(GradebookDifference.delivery).joinedload(Delivery.line_item),
        contains_eager(GradebookDifference.delivery)
        .joinedload(Delivery.grade)
        .joinedload(Grade.attempt),
        contains_eager(GradebookDifference.delivery)
        .joinedload(Delivery.participant)
        .options(joinedload(Participant.user), joinedload(Participant.programme_version)),
    )
    return list_page(query.order_by(GradebookDifference.id), number)


def count_open(viewer: Viewer) -> int:
    """How many cells wait for an answer."""
    found = _open(viewer).with_only_columns(GradebookDifference.id).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def accept(viewer: Viewer, difference_id: int, reason: str) -> None:
    """Leave the gradebook as it is. The same difference is not told again."""
    difference = _get(viewer, difference_id)
    if not reason.strip():
        raise Invalid(NO_REASON, field="reason")
    _answer(viewer, difference, "accepted", reason.strip())


def send_again(viewer: Viewer, difference_id: int) -> None:
    """Put what was released, or the empty cell of a recall, into the gradebook once more."""
    difference = _get(viewer, difference_id)
    hold_unless_erased(difference.delivery.participant_id)
    queued = db.session.execute(
        update(Delivery)
        .where(Delivery.id == difference.delivery_id, Delivery.state == "confirmed")
        .values(
            state="queued",
            due_at=now(),
            tries=0,
            stamp=None,
            reason=None,
            settled_at=None,
            check_at=None,
        )
        .execution_options(synchronize_session="fetch")
    )
    if queued.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused(ANSWERED)
    _answer(viewer, difference, "sent_again", "")
    wake_after_commit(JOB)


def _answer(viewer: Viewer, difference: GradebookDifference, state: str, reason: str) -> None:
    difference.state = state
    difference.reason = reason
    difference.answered_by_id = viewer.user_id
    difference.answered_at = now()
    event = {
        "accepted": "gradebook_difference.accepted",
        "sent_again": "gradebook_difference.sent_again",
    }[state]
    participant_id = difference.delivery.participant_id
    record(
        viewer, event, difference, participant_id=participant_id, delivery=difference.delivery_id
    )


def _get(viewer: Viewer, difference_id: int) -> GradebookDifference:
    found = db.session.scalars(
        _visible(viewer)
        .where(GradebookDifference.id == difference_id)
        .with_for_update(of=GradebookDifference)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such difference among those you may see.")
    if found.state != "open" or found.delivery.state != "confirmed":
        raise Refused(ANSWERED)
    return found


def _visible(viewer: Viewer) -> Select[GradebookDifference]:
    seen = visible_deliveries(viewer).with_only_columns(Delivery.id)
    return (
        select(GradebookDifference)
        .join(Delivery, Delivery.id == GradebookDifference.delivery_id)
        .where(Delivery.id.in_(seen))
    )


def _open(viewer: Viewer) -> Select[GradebookDifference]:
    return _visible(viewer).where(
        GradebookDifference.state == "open", Delivery.state == "confirmed"
    )

"""Take a released mark back: never silently, with a reason, and out of the gradebook as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import DomainError, Invalid, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import chain, holds
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.release import CONFIRMED, called, check_may_release, refuse_erased
from lti_tool.grades.release_models import Recall
from lti_tool.grades.released import newest_grade
from lti_tool.grades.tries import LEASE_LIFE
from lti_tool.identity import Viewer
from lti_tool.jobs import wake_after_commit

NOTHING = "There is no released mark to take back."
NO_REASON = "Say why the mark is taken back."
NOT_SENT = "The gradebook was not sent this mark, so nothing changes there."
EMPTIED = (
    "The gradebook is asked to empty the cell. If somebody has put another mark there by hand, "
    "that mark is left alone, and the deliveries page says so."
)


@dataclass(frozen=True)
class RecallPreview:
    """What taking a mark back will do, or why it cannot be."""

    who: str
    mark: int | None
    released_at: datetime | None
    gradebook: str
    refusal: str | None


def look_at(viewer: Viewer, attempt: Attempt) -> RecallPreview:
    """What is shown before a recall."""
    who = called(attempt, viewer)
    try:
        grade = _recallable(viewer, attempt)
    except DomainError as error:
        return RecallPreview(who, None, None, "", error.sentence)
    gradebook = EMPTIED if _was_posted(grade) else NOT_SENT
    return RecallPreview(who, grade.mark, grade.released_at, gradebook, None)


def recall(viewer: Viewer, attempt: Attempt, reason: str) -> Recall:
    """The participant sees the mark no more, and the gradebook is to be emptied; in one commit."""
    holds.settle_before_release(attempt)
    chain.hold(attempt)
    grade = _recallable(viewer, attempt)
    if not reason.strip():
        raise Invalid(NO_REASON, field="reason")
    made = Recall(
        provider_id=attempt.provider_id,
        attempt_id=attempt.id,
        revision=grade.revision,
        reason=reason.strip(),
        recalled_by_id=viewer.user_id,
        recalled_at=now(),
    )
    db.session.add(made)
    _take_out(grade)
    record(
        viewer, "grade.recalled", grade, participant_id=attempt.participant_id,
        attempt=attempt.id, revision=grade.revision,
    )  # fmt: skip
    db.session.flush()
    return made


def last_recall(attempt: Attempt) -> Recall | None:
    """The recall that the newest revision fell to, or None where a grade is out or none ever was.

    For staff: it has the reason.
    """
    if newest_grade(attempt.id) is not None:
        return None
    return db.session.scalars(
        select(Recall)
        .where(Recall.attempt_id == attempt.id)
        .order_by(Recall.revision.desc())
        .limit(1)
    ).first()


def _recallable(viewer: Viewer, attempt: Attempt) -> Grade:
    check_may_release(viewer, attempt)
    refuse_erased(attempt)
    grade = newest_grade(attempt.id)
    if grade is None:
        raise Refused(NOTHING)
    if grade.status == "ratified":
        raise Refused(CONFIRMED)
    return grade


def _take_out(grade: Grade) -> None:
    """The row of the last score that may be in the gradebook becomes the one that empties it."""
    current = grade.delivery
    if current is None:
        return
    cell = (
        Delivery.line_item_id == current.line_item_id,
        Delivery.participant_id == current.participant_id,
    )
    rows = db.session.scalars(
        select(Delivery)
        .where(*cell)
        .order_by(Delivery.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    in_hand = any(row.state == "sending" for row in rows)
    posted = next((row for row in rows if row.posted_at is not None), None)
    for row in rows:
        row.lease = row.lease_until = row.lane = None
        row.state = "superseded"
    db.session.flush()
    if posted is None:
        return
    posted.state, posted.takes_back = "queued", True
    posted.tries, posted.posted_at, posted.settled_at, posted.reason = 0, None, None, None
    # A post that a worker has in hand lands first, or never.
    posted.due_at = now() + LEASE_LIFE if in_hand else now()
    wake_after_commit(JOB)


def _was_posted(grade: Grade) -> bool:
    current = grade.delivery
    if current is None:
        return False
    return any(
        db.session.scalars(
            select(Delivery.posted_at).where(
                Delivery.line_item_id == current.line_item_id,
                Delivery.participant_id == current.participant_id,
                Delivery.posted_at.is_not(None),
            )
        )
    )

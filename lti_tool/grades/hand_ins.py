"""What became of telling a gradebook that work was handed in, and whom a hand-in leads where."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, exists, select, update
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.line_items import ensure_line_item
from lti_tool.grades.marking import module_of
from lti_tool.grades.models import HandIn
from lti_tool.identity import Role, Viewer
from lti_tool.jobs import HAND_INS, wake_after_commit
from lti_tool.launch.hand_ins import new_reference
from lti_tool.launch.models import Registration
from lti_tool.people.erased import hold_unless_erased, is_of_erased
from lti_tool.people.models import Course
from lti_tool.people.users import subject_on_platform

MOST_AT_ONCE = 500
NOT_ON_PLATFORM = (
    "This person has never opened the tool from the platform of this course, so its gradebook has "
    "no place for what they handed in. Ask them to open the course's link once."
)


def write_down() -> None:
    """Make the rows that are missing: a submission on Canvas whose row was never made is found."""
    begin_as_writer()
    missing = (
        select(Attempt.id)
        .join(Course, Course.id == Attempt.course_id)
        .join(Registration, Registration.id == Course.registration_id)
        .where(
            Registration.product == "canvas",
            ~exists().where(HandIn.attempt_id == Attempt.id),
            ~is_of_erased(Attempt.participant_id),
        )
        .order_by(Attempt.id)
        .limit(MOST_AT_ONCE)
    )
    found = db.session.scalars(missing).all()
    db.session.rollback()
    for attempt_id in found:
        try:
            db.session.add(_row_for(db.session.get_one(Attempt, attempt_id)))
            db.session.commit()
        except IntegrityError:  # another worker wrote it down at this moment
            db.session.rollback()


def _row_for(attempt: Attempt) -> HandIn:
    course = db.session.get_one(Course, attempt.course_id)
    subject = subject_on_platform(attempt.participant.user_id, course.registration_id)
    return HandIn(
        provider_id=attempt.provider_id,
        attempt_id=attempt.id,
        line_item_id=ensure_line_item(attempt, module_of(attempt)).id,
        participant_id=attempt.participant_id,
        registration_id=course.registration_id,
        subject=subject or "",
        reference=new_reference(),
        state="queued" if subject else "failed",
        reason=None if subject else NOT_ON_PLATFORM,
        due_at=now(),
    )


def find_attempt_by_reference(viewer: Viewer, reference: str) -> Attempt:
    """The submission that a gradebook opens: for staff and for the participant themself.

    The reference only names it; whether this viewer may see it, their role decides.
    """
    found = None
    if viewer.is_staff or viewer.role is Role.PARTICIPANT:
        found = db.session.scalars(
            visible_attempts(viewer)
            .join(HandIn, HandIn.attempt_id == Attempt.id)
            .where(HandIn.reference == reference)
        ).one_or_none()
    if found is None:
        raise NotFound("There is no such submission among those you may see.")
    return found


def troubles_of(attempt_ids: Collection[int]) -> dict[int, HandIn]:
    """The hand-ins among these that the gradebook does not know of, where a reason is known."""
    query = select(HandIn).where(
        HandIn.attempt_id.in_(attempt_ids), HandIn.state != "sent", HandIn.reason.is_not(None)
    )
    return {hand_in.attempt_id: hand_in for hand_in in db.session.scalars(query)}


def announce_again(viewer: Viewer, attempt: Attempt) -> None:
    """Queue a hand-in again that could not be announced."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads follow what the gradebook is told.")
    hold_unless_erased(attempt.participant_id)
    course = db.session.get_one(Course, attempt.course_id)
    subject = subject_on_platform(attempt.participant.user_id, course.registration_id)
    if subject is None:
        raise Refused(NOT_ON_PLATFORM)
    queued = db.session.scalars(
        update(HandIn)
        .where(HandIn.attempt_id == attempt.id, HandIn.state == "failed")
        .values(
            state="queued",
            subject=subject,
            due_at=now(),
            tries=0,
            reason=None,
            settled_at=None,
            # What may have arrived is looked for; where that tells nothing, a person has looked.
            posted_at=case((HandIn.was_empty, HandIn.posted_at), else_=None),
        )
        .returning(HandIn)
        .execution_options(synchronize_session="fetch")
    ).one_or_none()
    if queued is None:
        raise Refused("The gradebook knows of this hand-in, or will be told by itself.")
    record(viewer, "hand_in.retried", queued, participant_id=attempt.participant_id)
    wake_after_commit(HAND_INS)

"""Let a final mark go: to the participant, and by a delivery row to the gradebook."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import DomainError, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades import chain, holds, line_items, moderation
from lti_tool.grades.adjusting import Step, adjusted
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.marking import find_mark, judge_of, module_of
from lti_tool.grades.models import Delivery, Grade, LineItem, Mark
from lti_tool.grades.released import newest_grade
from lti_tool.grades.rules.judging import why_not_release
from lti_tool.identity import STAFF, Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.launch.models import Registration
from lti_tool.people.models import Course
from lti_tool.people.programmes import programme_of
from lti_tool.people.users import subject_on_platform

LABEL = "Provisional until confirmed by the board"
FINAL_LABEL = "Final: confirmed by the board"
CONFIRMED = "The board has confirmed this mark. Only a new decision of a board changes it."
MOST_SHOWN = 100


@dataclass(frozen=True)
class Preview:
    """What a release will do, shown before it is done."""

    to: str
    module_title: str
    column: str
    course: str
    platform: str
    mark: int
    comment: str
    replaces: int | None  # the mark released earlier
    steps: tuple[Step, ...]  # how the mark is formed


def preview(viewer: Viewer, attempt: Attempt) -> Preview:
    """To whom, to which column of which course, and in which words. Raises why it cannot be."""
    mark = _releasable(viewer, attempt)
    course = db.session.get_one(Course, attempt.course_id)
    _subject(attempt, course)
    earlier = newest_grade(attempt.id)
    title = module_of(attempt).title
    again = "" if attempt.number == 1 else f" (attempt {attempt.number})"
    assert mark.mark is not None
    outcome = adjusted(attempt, mark.mark)
    return Preview(
        to=attempt.participant.user.name,
        module_title=title,
        column=f"{title}{again}",
        course=course.title,
        platform=db.session.get_one(Registration, course.registration_id).name,
        mark=outcome.mark,
        comment=comment_for(attempt, mark.feedback),
        replaces=earlier.mark if earlier else None,
        steps=outcome.steps,
    )


def release(viewer: Viewer, attempt: Attempt) -> Grade:
    """Make the mark a released grade and queue its delivery, in one commit."""
    holds.settle_before_release(attempt)
    mark = _releasable(viewer, attempt)
    earlier = newest_grade(attempt.id)
    if earlier is not None and earlier.status == "ratified":
        raise Refused(CONFIRMED)
    if earlier is not None and is_same(earlier, mark):
        raise Refused("This mark is released already, with these words.")
    assert mark.mark is not None
    outcome = adjusted(attempt, mark.mark)
    grade = Grade(
        provider_id=attempt.provider_id,
        attempt_id=attempt.id,
        revision=earlier.revision + 1 if earlier else 1,
        judged=mark.mark,
        mark=outcome.mark,
        steps=outcome.stored(),
        feedback=mark.feedback,
        criteria=mark.criteria,
        status="provisional",
        released_by_id=viewer.user_id,
        released_at=now(),
    )
    db.session.add(grade)
    db.session.flush()
    queue(attempt, grade)
    record(
        viewer, "grade.released", grade, participant_id=attempt.participant_id,
        attempt=attempt.id, revision=grade.revision,
    )  # fmt: skip
    wake_after_commit(JOB)
    return grade


@dataclass(frozen=True)
class Finished:
    """A final mark, with what its release would do or why it cannot be released."""

    attempt: Attempt
    revision: int
    preview: Preview | None
    reason: str | None


def finished(viewer: Viewer) -> list[Finished]:
    """The final marks that are not released yet, among those this viewer may see."""
    query = _unreleased(viewer).order_by(Mark.finalised_at, Mark.id).limit(MOST_SHOWN)
    return [_finished(viewer, mark) for mark in db.session.scalars(query)]


def count_finished(viewer: Viewer) -> int:
    """How many final marks wait to be released."""
    return db.session.scalar(select(func.count()).select_from(_unreleased(viewer).subquery())) or 0


def _unreleased(viewer: Viewer) -> Select[Mark]:
    newest = (
        select(func.max(Grade.released_at))
        .where(Grade.attempt_id == Mark.attempt_id)
        .scalar_subquery()
    )
    return select(Mark).where(
        Mark.attempt_id.in_(visible_attempts(viewer).with_only_columns(Attempt.id)),
        Mark.state == "final",
        or_(newest.is_(None), newest < Mark.finalised_at),
    )


def _finished(viewer: Viewer, mark: Mark) -> Finished:
    try:
        return Finished(mark.attempt, mark.revision, preview(viewer, mark.attempt), None)
    except DomainError as error:
        return Finished(mark.attempt, mark.revision, None, error.sentence)


def comment_for(attempt: Attempt, feedback: str, *, is_final: bool = False) -> str:
    """What the gradebook's comment says: the feedback and the label; nobody's name."""
    policy = programme_of(attempt.participant).policies.get("gradebook", {})
    label = FINAL_LABEL if is_final else str(policy.get("comment", LABEL)).rstrip(".")
    return f"{feedback}\n\n{label}."


def queue(attempt: Attempt, grade: Grade) -> None:
    """The delivery of this grade; a current one for the same cell is superseded first."""
    course = db.session.get_one(Course, attempt.course_id)
    line_item = line_items.ensure_line_item(attempt, module_of(attempt))
    _supersede(line_item, attempt.participant_id)
    db.session.add(
        Delivery(
            provider_id=attempt.provider_id,
            grade_id=grade.id,
            line_item_id=line_item.id,
            participant_id=attempt.participant_id,
            registration_id=course.registration_id,
            subject=_subject(attempt, course),
            score=grade.mark,
            comment=comment_for(attempt, grade.feedback, is_final=grade.status == "ratified"),
            state="queued",
            due_at=now(),
        )
    )


def _supersede(line_item: LineItem, participant_id: int) -> None:
    current = db.session.scalars(
        select(Delivery)
        .where(
            Delivery.line_item_id == line_item.id,
            Delivery.participant_id == participant_id,
            Delivery.state != "superseded",
        )
        .with_for_update()
    ).one_or_none()
    if current is not None:
        current.state = "superseded"
        # Whoever is sending it finds the lease gone and writes nothing more.
        current.lease = current.lease_until = current.lane = None
        record(
            None, "delivery.superseded", current, participant_id=participant_id,
            grade=current.grade_id,
        )  # fmt: skip


def _subject(attempt: Attempt, course: Course) -> str:
    found = subject_on_platform(attempt.participant.user_id, course.registration_id)
    if found is None:
        name = attempt.participant.user.name
        raise Refused(
            f"{name} has never opened the tool from the platform of {course.title}, so its "
            "gradebook has no place for this mark. Ask them to open the course's link once."
        )
    return found


def _releasable(viewer: Viewer, attempt: Attempt) -> Mark:
    if viewer.role not in STAFF:
        raise NotAllowed("Only tutors and programme leads release marks.")
    mark = find_mark(attempt, to_change=True)
    judge = judge_of(viewer, attempt, mark)
    reason = (
        why_not_release(judge)
        or chain.why_not_settled(attempt)
        or moderation.why_not_yet(attempt)
        or holds.why_held(attempt)
    )
    if reason or mark is None:
        raise Refused(reason or "There is no mark yet.")
    if mark.root_hash != attempt.root_hash:
        raise Refused("This mark was given for other work than what is submitted here.")
    return mark


def is_same(grade: Grade, mark: Mark) -> bool:
    """Whether a release of this mark would say what was released already.

    The rules are asked again: circumstances accepted since then can change what counts.
    """
    given = (mark.mark, mark.feedback, mark.criteria)
    if mark.mark is None or (grade.judged, grade.feedback, grade.criteria) != given:
        return False
    outcome = adjusted(grade.attempt, mark.mark)
    return (grade.mark, grade.steps) == (outcome.mark, outcome.stored())

"""Let a mark go: to the participant, and by a delivery row to the gradebook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import chain, holds, line_items, moderation
from lti_tool.grades.adjusting import Step, adjusted
from lti_tool.grades.by_number import moderated_by
from lti_tool.grades.chain import Outcome
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.markers import find_mark, is_double, module_of
from lti_tool.grades.models import Delivery, Grade, LineItem, Mark
from lti_tool.grades.moderation_models import ModerationMember
from lti_tool.grades.parts import has_moderated, judge_of
from lti_tool.grades.release_models import BatchGrade, ReleaseBatch
from lti_tool.grades.released import newest_grade
from lti_tool.grades.rules.judging import why_not_release
from lti_tool.identity import STAFF, Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.launch.models import Registration
from lti_tool.people.erased import NOTHING_SENT
from lti_tool.people.models import Course
from lti_tool.people.programmes import programme_of
from lti_tool.people.users import subject_on_platform

LABEL = "Provisional until confirmed by the board"
FINAL_LABEL = "Final: confirmed by the board"
CONFIRMED = "The board has confirmed this mark. Only a new decision of a board changes it."
NO_REASON = "Say why the mark that was released is corrected."
UNCHANGED = "This mark is released already, with these words."


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
    criteria: Mapping[str, str]
    root_hash: str  # of the work that was judged
    is_sent: bool  # whether the gradebook is told before the board has met

    @property
    def fingerprint(self) -> str:
        """Equal where two previews say the same; a release compares it with what was shown."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def preview(viewer: Viewer, attempt: Attempt) -> Preview:
    """To whom, to which column of which course, and in which words. Raises why it cannot be."""
    outcome = _releasable(viewer, attempt)
    course = db.session.get_one(Course, attempt.course_id)
    _subject(attempt, course)
    earlier = newest_grade(attempt.id)
    title = module_of(attempt).title
    again = "" if attempt.number == 1 else f" (attempt {attempt.number})"
    counted = adjusted(attempt, outcome.mark)
    return Preview(
        to=called(attempt, viewer),
        module_title=title,
        column=f"{title}{again}",
        course=course.title,
        platform=db.session.get_one(Registration, course.registration_id).name,
        mark=counted.mark,
        comment=comment_for(attempt, outcome.feedback),
        replaces=earlier.mark if earlier else None,
        steps=counted.steps,
        criteria=dict(outcome.criteria),
        root_hash=outcome.root_hash,
        is_sent=_is_sent(attempt),
    )


def called(attempt: Attempt, viewer: Viewer | None = None) -> str:
    """What a list calls the participant: by number where a module is marked without names, and to
    a viewer who moderates the mark."""
    return _called(attempt, moderates=viewer is not None and has_moderated(viewer, attempt))


def called_to(viewer: Viewer, attempt_ids: Collection[int]) -> Callable[[Attempt], str]:
    """The same for the rows of a page, in one query."""
    sets = moderated_by(viewer).where(ModerationMember.attempt_id.in_(attempt_ids))
    moderated = set(db.session.scalars(sets))
    return lambda attempt: _called(attempt, moderates=attempt.id in moderated)


def _called(attempt: Attempt, *, moderates: bool) -> str:
    participant = attempt.participant
    if is_double(attempt) or (moderates and moderation.is_sampled(attempt)):
        return f"Candidate {participant.candidate_number}"
    name: str = participant.user.name
    return name


def release(
    viewer: Viewer, attempt: Attempt, *, reason: str = "", batch: ReleaseBatch | None = None
) -> Grade:
    """Make the mark a released grade and queue its delivery, in one commit.

    A correction of what was released needs a reason. `batch`: several released by one act.
    """
    holds.settle_before_release(attempt)
    chain.hold(attempt)
    outcome = _releasable(viewer, attempt)
    earlier = newest_grade(attempt.id)
    if earlier is not None and is_same(earlier, outcome):
        raise Refused(UNCHANGED)
    if earlier is not None and not reason.strip():
        raise Invalid(NO_REASON, field="reason")
    _subject(attempt, db.session.get_one(Course, attempt.course_id))
    grade = _write(viewer, attempt, outcome)
    batch = batch or new_batch(viewer, attempt.provider_id)
    said = reason.strip() if earlier is not None else ""
    db.session.add(BatchGrade(batch_id=batch.id, grade_id=grade.id, reason=said))
    record(
        viewer, "grade.released", grade, participant_id=attempt.participant_id,
        attempt=attempt.id, revision=grade.revision, batch=batch.id,
    )  # fmt: skip
    return grade


def new_batch(viewer: Viewer, provider_id: int) -> ReleaseBatch:
    """The record of one act of releasing."""
    batch = ReleaseBatch(provider_id=provider_id, released_by_id=viewer.user_id, released_at=now())
    db.session.add(batch)
    db.session.flush()
    return batch


def _write(viewer: Viewer, attempt: Attempt, outcome: Outcome) -> Grade:
    counted = adjusted(attempt, outcome.mark)
    # Recalled revisions count on: a number is never given twice.
    last = select(func.max(Grade.revision)).where(Grade.attempt_id == attempt.id)
    grade = Grade(
        provider_id=attempt.provider_id,
        attempt_id=attempt.id,
        revision=(db.session.scalar(last) or 0) + 1,
        judged=outcome.mark,
        mark=counted.mark,
        steps=counted.stored(),
        feedback=outcome.feedback,
        criteria=dict(outcome.criteria),
        status="provisional",
        released_by_id=viewer.user_id,
        released_at=now(),
    )
    db.session.add(grade)
    db.session.flush()
    if _is_sent(attempt):
        queue(attempt, grade)
        wake_after_commit(JOB)
    return grade


def comment_for(attempt: Attempt, feedback: str, *, is_final: bool = False) -> str:
    """What the gradebook's comment says: the feedback and the label; nobody's name."""
    label = FINAL_LABEL if is_final else str(_policy(attempt).get("comment", LABEL)).rstrip(".")
    return f"{feedback}\n\n{label}."


def _policy(attempt: Attempt) -> Mapping[str, object]:
    found: Mapping[str, object] = programme_of(attempt.participant).policies.get("gradebook", {})
    return found


def _is_sent(attempt: Attempt) -> bool:
    """A provider may keep marks out of the gradebook until the board has confirmed them."""
    return _policy(attempt).get("send_at") != "ratified"


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
        raise Refused(
            f"{called(attempt)} has never opened the tool from the platform of {course.title}, so "
            "its gradebook has no place for this mark. Ask them to open the course's link once."
        )
    return found


def _releasable(viewer: Viewer, attempt: Attempt) -> Outcome:
    """What the markers came to, where nothing is in the way. Raises what is."""
    check_may_release(viewer, attempt)
    refuse_erased(attempt)
    reason = (
        chain.why_not_settled(attempt) or moderation.why_not_yet(attempt) or holds.why_held(attempt)
    )
    outcome = chain.outcome_of(attempt)
    if reason or outcome is None:
        raise Refused(reason or "There is no mark yet.")
    if outcome.root_hash != attempt.root_hash:
        raise Refused("This mark was given for other work than what is submitted here.")
    earlier = newest_grade(attempt.id)
    if earlier is not None and earlier.status == "ratified":
        raise Refused(CONFIRMED)
    return outcome


def check_may_release(viewer: Viewer, attempt: Attempt) -> None:
    """Raises why this person neither releases nor recalls the mark of this attempt."""
    if viewer.role not in STAFF:
        raise NotAllowed("Only tutors and programme leads release marks.")
    if reason := why_not_release(judge_of(viewer, attempt, find_mark(attempt))):
        raise Refused(reason)


def refuse_erased(attempt: Attempt) -> None:
    """Raises that nothing more is said of a person who was forgotten, on a page before the deed."""
    if attempt.participant.user.erased_at is not None:
        raise Refused(NOTHING_SENT)


def is_same(grade: Grade, given: Mark | Outcome) -> bool:
    """Whether a release of this would say what was released already.

    The rules are asked again: circumstances accepted since then can change what counts.
    """
    said = (given.mark, given.feedback, given.criteria)
    if given.mark is None or (grade.judged, grade.feedback, grade.criteria) != said:
        return False
    counted = adjusted(grade.attempt, given.mark)
    return (grade.mark, grade.steps) == (counted.mark, counted.stored())

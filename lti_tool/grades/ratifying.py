"""Make the final grade of what a board decided, and tell the gradebook."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades import holds
from lti_tool.grades.adjusting import Step
from lti_tool.grades.deliveries import JOB
from lti_tool.grades.models import Grade
from lti_tool.grades.release import queue
from lti_tool.grades.released import newest_grade
from lti_tool.identity import Role, Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.people.erased import NOTHING_SENT

NOT_RELEASED = "This mark is not released, so the board has nothing to confirm."
CHANGED_SINCE = "This mark was released anew since the board looked at it."


@dataclass(frozen=True)
class Decision:
    """What a board said of a result: the grade that it looked at, and the mark from now on."""

    grade_id: int
    mark: int


def ratify(viewer: Viewer, attempt: Attempt, decision: Decision) -> Grade:
    """The final grade as a new revision, with its delivery in the same commit.

    The gradebook is always told, also of the same mark: its label changes.
    """
    earlier = _confirmable(viewer, attempt, decision)
    steps = list(earlier.steps)
    if decision.mark != earlier.mark:
        says = f"The board changed the mark from {earlier.mark} to {decision.mark}."
        steps.append(asdict(Step("board", decision.mark, says)))
    grade = Grade(
        provider_id=attempt.provider_id,
        attempt_id=attempt.id,
        revision=earlier.revision + 1,
        judged=earlier.judged,
        mark=decision.mark,
        steps=steps,
        feedback=earlier.feedback,
        criteria=earlier.criteria,
        status="ratified",
        released_by_id=viewer.user_id,
        released_at=now(),
    )
    db.session.add(grade)
    db.session.flush()
    queue(attempt, grade)
    record(
        viewer, "grade.ratified", grade, participant_id=attempt.participant_id,
        attempt=attempt.id, revision=grade.revision,
    )  # fmt: skip
    wake_after_commit(JOB)
    return grade


def why_not_ratify(attempt: Attempt, grade_id: int) -> str | None:
    """What stands against confirming the grade that lay on the table, in a sentence."""
    newest = newest_grade(attempt.id)
    if newest is None:
        return NOT_RELEASED
    if newest.id != grade_id:
        return CHANGED_SINCE
    if attempt.participant.user.erased_at is not None:
        return NOTHING_SENT
    return holds.why_held(attempt)


def _confirmable(viewer: Viewer, attempt: Attempt, decision: Decision) -> Grade:
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead enters what a board decided.")
    if attempt.participant.user_id == viewer.user_id:
        raise NotAllowed("Nobody confirms their own marks.")
    holds.settle_before_release(attempt)
    reason = why_not_ratify(attempt, decision.grade_id)
    if reason:
        raise Refused(reason)
    earlier = newest_grade(attempt.id)
    assert earlier is not None
    return earlier

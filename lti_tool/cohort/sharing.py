"""A participant shows one mark to somebody at school, and takes that back.

Nobody at school learns of a mark in any other way. What is shown is the grade as it is now: one
that replaces it is shown only when the participant says so again.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.cohort.share_models import GradeShare
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Grade
from lti_tool.grades.released import newest_grade
from lti_tool.identity import LinkHolder, Viewer
from lti_tool.people.models import Participant
from lti_tool.people.visibility import get_own_participant, participants_of_school

AUDIENCES = {"coach": "your coach", "head": "your head teacher"}


def share(viewer: Viewer, grade_id: int, audience: str) -> Grade:
    """Show a mark of one's own to the coach or to the head teacher, whoever they are then."""
    grade, participant = _own_grade(viewer, grade_id, audience)
    if _find(grade.id, audience) is None:
        made = GradeShare(
            participant_id=participant.id, grade_id=grade.id, audience=audience, shared_at=now()
        )
        db.session.add(made)
        record(
            viewer, "grade.shared", grade, participant_id=participant.id, audience=audience
        )  # fmt: skip
    return grade


def stop(viewer: Viewer, grade_id: int, audience: str) -> Grade:
    """Show it no more, from this moment."""
    grade, participant = _own_grade(viewer, grade_id, audience)
    found = _find(grade.id, audience)
    if found is not None:
        found.ended_at = now()
        record(
            viewer, "grade.unshared", grade, participant_id=participant.id, audience=audience
        )  # fmt: skip
    return grade


def audiences_of(grade_ids: Collection[int]) -> dict[int, set[str]]:
    """grade id → to whom it is shown now."""
    found: dict[int, set[str]] = {each: set() for each in grade_ids}
    query = select(GradeShare).where(
        GradeShare.grade_id.in_(grade_ids), GradeShare.ended_at.is_(None)
    )
    for each in db.session.scalars(query):
        found[each.grade_id].add(each.audience)
    return found


def shown_to_head(holder: LinkHolder) -> list[tuple[Participant, Attempt, Grade]]:
    """What teachers of the school show to its head teacher now."""
    people = {person.id: person for person, _ in db.session.execute(participants_of_school(holder))}
    query = (
        select(Grade, Attempt)
        .join(GradeShare, GradeShare.grade_id == Grade.id)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(
            GradeShare.participant_id.in_(people),
            GradeShare.audience == "head",
            GradeShare.ended_at.is_(None),
        )
        .order_by(Attempt.module_code, Attempt.participant_id)
    )
    return [
        (people[attempt.participant_id], attempt, grade)
        for grade, attempt in db.session.execute(query)
        if is_current(grade)
    ]


def is_current(grade: Grade) -> bool:
    """Whether nothing took this grade's place, and nobody took it back."""
    newest = newest_grade(grade.attempt_id)
    return newest is not None and newest.id == grade.id


def _own_grade(viewer: Viewer, grade_id: int, audience: str) -> tuple[Grade, Participant]:
    participant = get_own_participant(viewer)
    if audience not in AUDIENCES:
        raise Invalid("Choose whether the coach or the head teacher sees it.")
    grade = db.session.get(Grade, grade_id)
    if grade is None or grade.attempt.participant_id != participant.id or not is_current(grade):
        raise NotFound("There is no such mark of yours.")
    return grade, participant


def _find(grade_id: int, audience: str) -> GradeShare | None:
    return db.session.scalars(
        select(GradeShare)
        .where(
            GradeShare.grade_id == grade_id,
            GradeShare.audience == audience,
            GradeShare.ended_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()

"""Released grades, for whoever may see them: the only way a mark is read outside marking."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.release_models import Recall
from lti_tool.identity import Role, Viewer


def still_stands() -> ColumnElement[bool]:
    """Of a grade: nobody has recalled it, or a later revision of it."""
    recalled = exists().where(
        Recall.attempt_id == Grade.attempt_id, Recall.revision >= Grade.revision
    )
    return ~recalled.correlate(Grade)


def is_released() -> ColumnElement[bool]:
    """Of an attempt: its mark is out, and not recalled."""
    return exists().where(Grade.attempt_id == Attempt.id, still_stands()).correlate(Attempt)


def released_grade(viewer: Viewer, attempt: Attempt) -> Grade | None:
    """The grade of an attempt as last released, with its delivery.

    For the participant it is about and for staff; a coach sees no mark.
    """
    if viewer.role is Role.COACH:
        return None
    if viewer.role is Role.PARTICIPANT and attempt.participant.user_id != viewer.user_id:
        return None
    return newest_grade(attempt.id)


def newest_grade(attempt_id: int) -> Grade | None:
    """The last revision, whoever asks; for activities that have checked who may read it.

    None where it was recalled.
    """
    return db.session.scalars(
        select(Grade)
        .where(Grade.attempt_id == attempt_id, still_stands())
        .order_by(Grade.revision.desc())
        .limit(1)
        .options(joinedload(Grade.delivery))
    ).first()


def current_grades(participant_ids: Collection[int]) -> dict[tuple[int, str], Grade]:
    """(participant, module code) → the grade that counts: last attempt, last revision. One query.

    The caller has checked that its viewer may see these participants' grades.
    """
    ranked = ranked_grades(participant_ids)
    rows = db.session.execute(
        select(ranked.c.participant_id, ranked.c.module_code, Grade).join(
            ranked, and_(ranked.c.id == Grade.id, ranked.c.rank == 1)
        )
    )
    return {(participant_id, code): grade for participant_id, code, grade in rows}


def ranked_grades(people: Collection[int] | Select[int]) -> Subquery:
    """Of these ids, or of those whom a query finds: every grade, the one that counts ranked 1."""
    rank = (
        func.row_number()
        .over(
            partition_by=(Attempt.participant_id, Attempt.module_code),
            order_by=(Attempt.number.desc(), Grade.revision.desc()),
        )
        .label("rank")
    )
    return (
        select(
            Grade.id,
            Grade.attempt_id,
            Grade.mark,
            Grade.status,
            Attempt.participant_id,
            Attempt.module_code,
            Attempt.number,
            rank,
        )
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .where(Attempt.participant_id.in_(people), still_stands())
        .subquery()
    )


def deliveries_of(grade_ids: Collection[int]) -> dict[int, Delivery]:
    """grade id → its delivery."""
    found = db.session.scalars(select(Delivery).where(Delivery.grade_id.in_(grade_ids)))
    return {delivery.grade_id: delivery for delivery in found}

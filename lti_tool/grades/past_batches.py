"""What was released together: who did it, when, and what became of it on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound
from lti_tool.evidence.models import Attempt
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.grades.models import Delivery, Grade
from lti_tool.grades.release_models import BatchGrade, ReleaseBatch
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant
from lti_tool.people.paging import Page, list_page


@dataclass
class PastBatch:
    """One act of releasing, as far as the viewer may see whom it was about."""

    batch: ReleaseBatch
    modules: Counter[str] = field(default_factory=Counter)
    corrected: int = 0
    states: Counter[str] = field(default_factory=Counter)  # of the deliveries

    @property
    def count(self) -> int:
        """How many marks went out."""
        return self.modules.total()


def list_batches(viewer: Viewer, *, number: int = 1) -> Page[PastBatch]:
    """Acts of releasing, the newest first. Three queries a page."""
    page = list_page(_visible(viewer).order_by(ReleaseBatch.id.desc()), number)
    found = {batch.id: PastBatch(batch) for batch in page.rows}
    _count(viewer, found)
    return Page(list(found.values()), page.number, page.total, page.size)


def get_batch(viewer: Viewer, batch_id: int, *, number: int = 1) -> tuple[PastBatch, Page[Grade]]:
    """One of them, with a page of its grades in the order of their release."""
    batch = db.session.scalars(_visible(viewer).where(ReleaseBatch.id == batch_id)).one_or_none()
    if batch is None:
        raise NotFound("There is no such release among those you may see.")
    found = PastBatch(batch)
    _count(viewer, {batch.id: found})
    grades = (
        select(Grade)
        .join(BatchGrade, BatchGrade.grade_id == Grade.id)
        .where(BatchGrade.batch_id == batch.id, _may_see(viewer))
        .options(
            joinedload(Grade.delivery),
            joinedload(Grade.attempt).options(
                joinedload(Attempt.participant).options(
                    joinedload(Participant.user), joinedload(Participant.programme_version)
                )
            ),
        )
        .order_by(Grade.id)
    )
    return found, list_page(grades, number)


def reasons_of(grade_ids: Collection[int]) -> dict[int, str]:
    """grade id → why it took the place of an earlier one, where it did."""
    rows = db.session.execute(
        select(BatchGrade.grade_id, BatchGrade.reason).where(BatchGrade.grade_id.in_(grade_ids))
    )
    return {row[0]: row[1] for row in rows}


def _visible(viewer: Viewer) -> Select[ReleaseBatch]:
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads follow releases.")
    seen = (
        select(BatchGrade.batch_id)
        .join(Grade, Grade.id == BatchGrade.grade_id)
        .where(_may_see(viewer))
    )
    return (
        select(ReleaseBatch)
        .where(ReleaseBatch.provider_id == viewer.provider_id, ReleaseBatch.id.in_(seen))
        .options(joinedload(ReleaseBatch.released_by))
    )


def _may_see(viewer: Viewer) -> ColumnElement[bool]:
    return Grade.attempt_id.in_(visible_attempts(viewer).with_only_columns(Attempt.id))


def _count(viewer: Viewer, found: dict[int, PastBatch]) -> None:
    rows = db.session.execute(
        select(
            BatchGrade.batch_id, Attempt.module_code, Delivery.state,
            func.count(), func.sum(case((BatchGrade.reason != "", 1), else_=0)),
        )
        .join(Grade, Grade.id == BatchGrade.grade_id)
        .join(Attempt, Attempt.id == Grade.attempt_id)
        .outerjoin(Delivery, Delivery.grade_id == Grade.id)
        .where(BatchGrade.batch_id.in_(found), _may_see(viewer))
        .group_by(BatchGrade.batch_id, Attempt.module_code, Delivery.state)
        .order_by(BatchGrade.batch_id, Attempt.module_code, Delivery.state)
    )  # fmt: skip
    for batch_id, module_code, state, count, corrected in rows:
        past = found[batch_id]
        past.modules[module_code] += count
        past.corrected += corrected
        if state:
            past.states[state] += count

"""A module past its day as a condition of the database: `programme.due_dates.due_date` for many."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lti_tool.evidence.models import Attempt
from lti_tool.learning.models import ModuleDate, ModuleEnrolment, PriorLearningModule
from lti_tool.people.models import Participant


def module_is_overdue(day: date) -> ColumnElement[bool]:
    """A module that is neither handed in nor put off was due before this day.

    A personal date goes before that of the cohort, and that before the module's.
    """
    own = aliased(ModuleEnrolment)
    personal = exists(
        select(own.id).where(
            own.participant_id == Participant.id,
            own.due_on < day,
            own.state.in_(("enrolled", "open")),
            _attempts(own.module_code) < own.attempts_allowed,
            ~_recognised(own.module_code),
        )
    )
    common = exists(
        select(ModuleDate.id).where(
            ModuleDate.programme_version_id == Participant.programme_version_id,
            ModuleDate.due_on < day,
            _is_the_one_for_them(),
            ~_arranged_otherwise(),
            _attempts(ModuleDate.module_code) == 0,
            ~_recognised(ModuleDate.module_code),
        )
    )
    return or_(personal, common)


def _is_the_one_for_them() -> ColumnElement[bool]:
    """The date of their cohort, or the module's where their cohort has none."""
    of_cohort = aliased(ModuleDate)
    has_own = exists(
        select(of_cohort.id)
        .where(
            of_cohort.programme_version_id == ModuleDate.programme_version_id,
            of_cohort.module_code == ModuleDate.module_code,
            of_cohort.cohort == Participant.cohort,
            of_cohort.cohort != "",
        )
        .correlate_except(of_cohort)
    )
    return or_(
        and_(ModuleDate.cohort != "", ModuleDate.cohort == Participant.cohort),
        and_(ModuleDate.cohort == "", ~has_own),
    )


def _arranged_otherwise() -> ColumnElement[bool]:
    """They have a date of their own for it, or it is closed or deferred for them."""
    own = aliased(ModuleEnrolment)
    return exists(
        select(own.id)
        .where(
            own.participant_id == Participant.id,
            own.module_code == ModuleDate.module_code,
            or_(own.due_on.is_not(None), own.state.in_(("closed", "deferred"))),
        )
        .correlate_except(own)
    )


def _attempts(module_code: Any) -> ColumnElement[int]:
    return (
        select(func.count(Attempt.id))
        .where(Attempt.participant_id == Participant.id, Attempt.module_code == module_code)
        .correlate_except(Attempt)
        .scalar_subquery()
    )


def _recognised(module_code: Any) -> ColumnElement[bool]:
    """Earlier study is claimed for it, or counts for it."""
    return exists(
        select(PriorLearningModule.module_code)
        .where(
            PriorLearningModule.participant_id == Participant.id,
            PriorLearningModule.module_code == module_code,
            PriorLearningModule.state.in_(("claimed", "recognised")),
        )
        .correlate_except(PriorLearningModule)
    )

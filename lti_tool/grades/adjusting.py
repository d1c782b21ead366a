"""What the rules for a mark ask about one attempt: its deadline, what was granted, its place.

The rules themselves are in `rules/adjusting.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.adjustment_models import AdjustmentDecision, AdjustmentRequest
from lti_tool.grades.moderation import scaling_of
from lti_tool.grades.rules.adjusting import Adjusted, Case, LateRule, Step, adjust
from lti_tool.people.programmes import programme_of

__all__ = ["Adjusted", "Step", "adjusted", "due_on", "granted_since", "set_aside"]


def adjusted(attempt: Attempt, judged: int) -> Adjusted:
    """Apply the rules of the participant's programme, in their order."""
    programme = programme_of(attempt.participant)
    granted = list(db.session.execute(_decided(attempt)))
    own = [row for row in granted if row.attempt_number == attempt.number]
    case = Case(
        judged,
        attempt.submitted_at,
        _latest(attempt.due_on, own),
        scaling=scaling_of(attempt),
        is_excused=any(row.outcome == "penalty_removed" for row in own),
        cap=_cap(attempt, granted),
        pass_mark=programme.pass_mark,
    )
    return adjust(case, LateRule.of(programme.policies["late"]))


def due_on(attempt: Attempt) -> date | None:
    """Until when an attempt could come, with what was granted since; None: no date was kept."""
    rows = db.session.execute(_decided(attempt))
    return _latest(attempt.due_on, [row for row in rows if row.attempt_number == attempt.number])


def set_aside(participant_ids: Collection[int]) -> dict[int, dict[str, set[int]]]:
    """For each participant and module: which attempts no longer count, as they were deferred."""
    found: dict[int, dict[str, set[int]]] = {}
    rows = db.session.execute(
        _newest().where(
            AdjustmentRequest.participant_id.in_(participant_ids), AdjustmentDecision.sets_aside
        )
    )
    for row in rows:
        found.setdefault(row.participant_id, {}).setdefault(row.module_code, set()).add(
            row.attempt_number
        )
    return found


def granted_since(moment: Any) -> ColumnElement[bool]:
    """Whether something was granted about the attempt of the surrounding query after a moment:
    then its next release may say something else."""
    return exists(
        select(AdjustmentDecision.id)
        .join(AdjustmentRequest, AdjustmentRequest.id == AdjustmentDecision.request_id)
        .where(
            AdjustmentRequest.participant_id == Attempt.participant_id,
            AdjustmentRequest.module_code == Attempt.module_code,
            or_(
                AdjustmentRequest.attempt_number == Attempt.number,
                and_(
                    AdjustmentDecision.sets_aside,
                    AdjustmentRequest.attempt_number < Attempt.number,
                ),
            ),
            AdjustmentDecision.outcome.in_(("extension", "penalty_removed", "deferral")),
            AdjustmentDecision.decided_at > moment,
        )
        .correlate(Attempt)
    )


def _decided(attempt: Attempt) -> Select[*tuple[object, ...]]:
    return _newest().where(
        AdjustmentRequest.participant_id == attempt.participant_id,
        AdjustmentRequest.module_code == attempt.module_code,
    )


def _newest() -> Select[*tuple[object, ...]]:
    """The decisions that count: of each request the last."""
    last = (
        select(func.max(AdjustmentDecision.number))
        .where(AdjustmentDecision.request_id == AdjustmentRequest.id)
        .correlate(AdjustmentRequest)
        .scalar_subquery()
    )
    return select(
        AdjustmentRequest.participant_id,
        AdjustmentRequest.module_code,
        AdjustmentRequest.attempt_number,
        AdjustmentDecision.outcome,
        AdjustmentDecision.due_on,
        AdjustmentDecision.sets_aside,
    ).join(
        AdjustmentDecision,
        (AdjustmentDecision.request_id == AdjustmentRequest.id)
        & (AdjustmentDecision.number == last),
    )


def _latest(kept: date | None, own: Collection[Row[*tuple[object, ...]]]) -> date | None:
    """What was granted never brings the deadline forward."""
    if kept is None:
        return None
    granted = [row.due_on for row in own if row.outcome == "extension"]
    return max([kept, *granted])


def _cap(attempt: Attempt, granted: Collection[Row[*tuple[object, ...]]]) -> int | None:
    """What a further attempt counts at most; a first sit that was put off is none."""
    policy = programme_of(attempt.participant).policies["reassessment"]
    deferred = {row.attempt_number for row in granted if row.sets_aside}
    before = set(range(1, attempt.number))
    if policy["deferral_uncapped"]:
        before -= deferred
    cap: int = policy["cap"]
    return cap if before else None

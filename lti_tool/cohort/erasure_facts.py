"""What stands in the way of a disposal, as the database has it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, exists, func, or_, select, union

from lti_tool.board.board_models import AwardDecision
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.clock import today
from lti_tool.cohort.erasure_rules import Standing
from lti_tool.cohort.privacy_models import LegalHold
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades.adjustment_models import (
    AdjustmentDecision,
    AdjustmentRequest,
    RequestTakenBack,
    ResultHold,
)
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.models import Delivery, Grade, HandIn
from lti_tool.grades.released import is_released, still_stands
from lti_tool.people.models import Allocation, Participant, User

ENDED = ("withdrawn", "awarded")
UNSETTLED = ("queued", "sending")


def find_participant(user_id: int) -> Participant | None:
    """The participant that a person is, if they are one."""
    return db.session.scalars(select(Participant).where(Participant.user_id == user_id)).first()


def standing_of(user: User, participant: Participant | None) -> Standing:
    """Everything that may stand in the way, of a person as staff and as participant."""
    held = LegalHold.user_id == user.id, LegalHold.lifted_at.is_(None)
    day = today()
    ahead = or_(Allocation.ended_on.is_(None), Allocation.ended_on > day)
    marks = select(MarkerAllocation.id).join(Attempt).where(
        MarkerAllocation.marker_id == user.id, MarkerAllocation.ended_at.is_(None), ~is_released()
    )  # fmt: skip
    examines = exists().where(
        ExaminerAppointment.user_id == user.id,
        ExaminerAppointment.ended_at.is_(None),
        ExaminerAppointment.last_on >= day,
    )
    beside = LegalHold.user_id.in_(_beside(user, participant)), LegalHold.lifted_at.is_(None)
    facts: dict[str, Any] = {
        "legal_holds": _number(select(LegalHold.id).where(*held)),
        "holds_beside": _number(select(LegalHold.id).where(*beside)),
        "current_periods": _number(
            select(Allocation.id).where(Allocation.user_id == user.id, ahead)
        ),
        "unfinished_marking": _number(marks),
        "is_lead": user.lead_since is not None,
        "is_examiner": bool(db.session.scalar(select(examines))),
    }
    return Standing(**facts, **(_of_participant(participant) if participant else {}))


def _beside(user: User, participant: Participant | None) -> CompoundSelect[Any]:
    """The accounts of those between whom and this person there was a period."""
    learners = select(Participant.user_id).join(Allocation).where(Allocation.user_id == user.id)
    number = participant.id if participant else None
    return union(learners, select(Allocation.user_id).where(Allocation.participant_id == number))


def _of_participant(participant: Participant) -> dict[str, Any]:
    mine = AdjustmentRequest.participant_id == participant.id
    decided = exists().where(AdjustmentDecision.request_id == AdjustmentRequest.id)
    taken = exists().where(RequestTakenBack.request_id == AdjustmentRequest.id)
    holds = ResultHold.participant_id == participant.id, ResultHold.closed_at.is_(None)
    sent = [
        select(model.id).where(model.participant_id == participant.id, model.state.in_(UNSETTLED))
        for model in (Delivery, HandIn)
    ]
    return {
        "is_on_programme": participant.origin != "mistaken" and participant.state not in ENDED,
        "open_requests": _number(select(AdjustmentRequest.id).where(mine, ~decided, ~taken)),
        "open_holds": _number(select(ResultHold.id).where(*holds)),
        "unconfirmed": _unconfirmed(participant),
        "on_their_way": sum(map(_number, sent)),
    }


def _unconfirmed(participant: Participant) -> tuple[str, ...]:
    """Modules handed in without a confirmed result; an award or exit award settles them all."""
    settled = exists().where(
        AwardDecision.participant_id == participant.id, AwardDecision.outcome != "not_yet"
    )
    if db.session.scalar(select(settled)):
        return ()
    confirmed = select(Attempt.module_code).join(Grade, Grade.attempt_id == Attempt.id).where(
        Attempt.participant_id == participant.id, Grade.status == "ratified", still_stands()
    )  # fmt: skip
    open_ones = (
        select(Attempt.module_code)
        .where(Attempt.participant_id == participant.id, Attempt.module_code.not_in(confirmed))
        .distinct()
        .order_by(Attempt.module_code)
    )
    return tuple(db.session.scalars(open_ones))


def _number(query: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0

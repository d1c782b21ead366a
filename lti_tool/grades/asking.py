"""A participant asks for more time, or tells of circumstances; and who reads of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import selectinload

from lti_tool.audit.record import note_look, record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.evidence.models import Attempt
from lti_tool.grades.adjustment_models import (
    AdjustmentReason,
    AdjustmentRequest,
    RequestTakenBack,
    waits,
)
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.models import Mark
from lti_tool.grades.rules.asking import (
    CIRCUMSTANCES,
    EXTENSION,
    Reader,
    may_read_reason,
    may_see,
    why_not_take_back,
)
from lti_tool.identity import Role, Viewer
from lti_tool.learning.enrolments import LATEST_YEARS
from lti_tool.learning.models import ModuleEnrolment
from lti_tool.learning.records import due_of
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import COACHED, State
from lti_tool.people.visibility import (
    get_own_participant,
    get_participant,
    visible_participants,
)

MOST_SHOWN = 200
REASONS = {
    EXTENSION: {
        "illness": "Illness or injury",
        "caring": "Caring for somebody",
        "school": "Duties at school",
        "technical": "Something technical",
        "other": "Something else",
    },
    CIRCUMSTANCES: {
        "illness": "Illness or injury",
        "bereavement": "A death",
        "caring": "Caring for somebody",
        "sudden": "A sudden event",
        "disability": "A disability or a long illness",
        "other": "Something else",
    },
}


@dataclass(frozen=True)
class Sit:
    """One attempt that can be asked about: handed in, or still to come."""

    number: int
    submitted_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """What a participant asks, as they typed it."""

    kind: str
    module_code: str
    attempt_number: int
    reason: str
    words: str
    wished_on: date | None = None


def sits(participant: Participant, code: str) -> list[Sit]:
    """The attempts at a module, the newest first; one that is still open comes before them."""
    rows = db.session.execute(
        select(Attempt.number, Attempt.submitted_at)
        .where(Attempt.participant_id == participant.id, Attempt.module_code == code)
        .order_by(Attempt.number.desc())
    )
    made = [Sit(row.number, row.submitted_at) for row in rows]
    allowed = db.session.scalar(
        select(ModuleEnrolment.attempts_allowed).where(
            ModuleEnrolment.participant_id == participant.id, ModuleEnrolment.module_code == code
        )
    )
    if not made or len(made) < (allowed or 1):
        made.insert(0, Sit(len(made) + 1, None))
    return made


def ask(viewer: Viewer, asked: Asked) -> AdjustmentRequest:
    """Put a request before whoever decides. One at a time waits about a module."""
    if viewer.role is not Role.PARTICIPANT:
        raise NotAllowed("Only the participant asks for this.")
    participant = get_own_participant(viewer)
    hold(participant)
    _check(participant, asked)
    made = AdjustmentRequest(
        provider_id=participant.provider_id,
        participant_id=participant.id,
        kind=asked.kind,
        module_code=asked.module_code,
        attempt_number=asked.attempt_number,
        wished_on=asked.wished_on,
        made_at=now(),
        reason=AdjustmentReason(reason=asked.reason, words=asked.words),
    )
    db.session.add(made)
    verb = "extension.asked" if asked.kind == EXTENSION else "circumstances.told"
    record(
        viewer, verb, made, participant_id=participant.id, module=asked.module_code,
        attempt=asked.attempt_number,
    )  # fmt: skip
    return made


def take_back(viewer: Viewer, participant_id: int, request_id: int) -> AdjustmentRequest:
    """End one's own request before anybody has decided about it. It stays on record."""
    request = get_request(viewer, participant_id, request_id)
    hold(request.participant)
    db.session.refresh(request, ["decisions", "taken_back"])
    if reason := why_not_take_back_now(viewer, request):
        raise Refused(reason)
    request.taken_back = RequestTakenBack(taken_back_at=now())
    verb = "extension.taken_back" if request.kind == EXTENSION else "circumstances.taken_back"
    record(
        viewer, verb, request, participant_id=participant_id, module=request.module_code,
        attempt=request.attempt_number,
    )  # fmt: skip
    return request


def why_not_take_back_now(viewer: Viewer, request: AdjustmentRequest) -> str | None:
    """Why the viewer does not take this request back, or None."""
    return why_not_take_back(
        reader_of(viewer, request),
        is_decided=request.decision is not None,
        is_taken_back=request.taken_back is not None,
    )


def get_request(viewer: Viewer, participant_id: int, request_id: int) -> AdjustmentRequest:
    """One request; what the viewer may not see does not exist."""
    get_participant(viewer, participant_id)
    found = db.session.get(AdjustmentRequest, request_id)
    if (
        found is None
        or found.participant_id != participant_id
        or not may_see(found.kind, reader_of(viewer, found))
    ):
        raise NotFound("There is no such request among those you may see.")
    return found


def list_requests(viewer: Viewer, participant_id: int) -> list[AdjustmentRequest]:
    """What a participant has asked, the newest first, as far as the viewer may know of it."""
    get_participant(viewer, participant_id)
    return list(
        db.session.scalars(
            select(AdjustmentRequest)
            .where(
                AdjustmentRequest.participant_id == participant_id,
                AdjustmentRequest.kind.in_(_kinds(viewer)),
            )
            .options(
                selectinload(AdjustmentRequest.decisions),
                selectinload(AdjustmentRequest.taken_back),
            )
            .order_by(AdjustmentRequest.id.desc())
        )
    )


def waiting(viewer: Viewer) -> list[AdjustmentRequest]:
    """What nobody has decided yet, the oldest first, for those who may."""
    people = visible_participants(viewer).with_only_columns(Participant.id)
    query = _undecided(_kinds(viewer)).where(AdjustmentRequest.participant_id.in_(people))
    return list(db.session.scalars(query.order_by(AdjustmentRequest.id).limit(MOST_SHOWN)))


def count_waiting(viewer: Viewer, participant_ids: Collection[int]) -> dict[int, int]:
    """How many of these people's requests wait for the viewer. The caller may see them."""
    query = (
        _undecided(_kinds(viewer))
        .with_only_columns(AdjustmentRequest.participant_id, func.count())
        .where(AdjustmentRequest.participant_id.in_(participant_ids))
        .group_by(AdjustmentRequest.participant_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def note_opened(viewer: Viewer, request: AdjustmentRequest) -> None:
    """Keep who was shown the circumstances that somebody told of."""
    is_own = request.participant.user_id == viewer.user_id
    if request.kind == CIRCUMSTANCES and not is_own and find_reason(viewer, request):
        subject = (request.__tablename__, request.id)
        note_look(viewer, "circumstances.opened", subject, participant_id=request.participant_id)


def find_reason(viewer: Viewer, request: AdjustmentRequest) -> AdjustmentReason | None:
    """Why it is asked for, where the viewer may read that."""
    may_read = may_read_reason(
        request.kind,
        reader_of(viewer, request),
        is_decided=request.decision is not None,
        is_taken_back=request.taken_back is not None,
    )
    return request.reason if may_read else None


def reader_of(viewer: Viewer, request: AdjustmentRequest) -> Reader:
    """What the viewer is to a request."""
    return Reader(
        viewer.role,
        is_own=request.participant.user_id == viewer.user_id,
        is_marker=bool(db.session.scalar(select(_marks(viewer, request)))),
        has_decided=any(each.decided_by_id == viewer.user_id for each in request.decisions),
    )


def attempt_of(request: AdjustmentRequest) -> Attempt | None:
    """The attempt that a request is about, once it is handed in."""
    return db.session.scalars(
        select(Attempt).where(
            Attempt.participant_id == request.participant_id,
            Attempt.module_code == request.module_code,
            Attempt.number == request.attempt_number,
        )
    ).one_or_none()


def _check(participant: Participant, asked: Asked) -> None:
    programme_of(participant).module(asked.module_code)
    if State(participant.state) not in (*COACHED, State.PAUSED):
        raise Refused("You are not on the programme now.")
    if asked.reason not in REASONS[asked.kind]:
        raise Invalid("Choose what it is about.", field="reason")
    known = {each.number: each for each in sits(participant, asked.module_code)}
    if asked.attempt_number not in known:
        raise Invalid("Choose an attempt from the list.", field="attempt")
    if _waits(participant, asked):
        raise Refused("You have asked this already, and it waits for an answer.")
    if asked.kind == EXTENSION:
        if known[asked.attempt_number].submitted_at is not None:
            raise Refused("This is handed in. If you could not help being late, tell of that.")
        _check_wish(participant, asked)


def _check_wish(participant: Participant, asked: Asked) -> None:
    due = due_of(participant.id, asked.module_code, asked.attempt_number)
    if due is None:
        raise Refused(f"{asked.module_code} has no due date, so there is nothing to extend.")
    if asked.wished_on is None or asked.wished_on <= max(due, today()):
        raise Invalid("Choose a day that is after the due date and after today.", field="wished_on")
    if asked.wished_on.year - today().year > LATEST_YEARS:
        raise Invalid("Choose a day within ten years.", field="wished_on")


def _waits(participant: Participant, asked: Asked) -> bool:
    query = _undecided([asked.kind]).where(
        AdjustmentRequest.participant_id == participant.id,
        AdjustmentRequest.module_code == asked.module_code,
    )
    return db.session.scalars(query).first() is not None


def _kinds(viewer: Viewer) -> list[str]:
    every = (EXTENSION, CIRCUMSTANCES)
    own = viewer.role is Role.PARTICIPANT
    return [kind for kind in every if may_see(kind, Reader(viewer.role, is_own=own))]


def _undecided(kinds: Collection[str]) -> Select[AdjustmentRequest]:
    return select(AdjustmentRequest).where(AdjustmentRequest.kind.in_(kinds), waits())


def _marks(viewer: Viewer, request: AdjustmentRequest) -> ColumnElement[bool]:
    """Whether the viewer marks the attempt in any role, or has marked it."""
    about = select(Attempt.id).where(
        Attempt.participant_id == request.participant_id,
        Attempt.module_code == request.module_code,
        Attempt.number == request.attempt_number,
    )
    return or_(
        exists().where(Mark.attempt_id.in_(about), Mark.marker_id == viewer.user_id),
        exists().where(
            MarkerAllocation.attempt_id.in_(about),
            MarkerAllocation.marker_id == viewer.user_id,
            MarkerAllocation.ended_at.is_(None),
        ),
    )

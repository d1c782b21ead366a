"""Who coaches and who tutors whom, as dated periods."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.people.holding import hold
from lti_tool.people.models import Allocation, Participant, User

BASES = {
    "own_school": "The participant's own school",
    "partner_school": "A partner school",
    "other_setting": "Another setting",
}


def allocate(
    viewer: Viewer,
    participant: Participant,
    user_id: int,
    kind: str,
    *,
    on: date | None = None,
    basis: str | None = None,
    handover: str | None = None,
) -> Allocation:
    """Make a user the coach or tutor of a participant from a day on (default today, or ahead).

    A coach takes over from the one before, whose period ends that day: there is one at a time. A
    coach who is planned for a later day still begins then. `handover` is what the new one should
    know; it is kept with the period that ends, or with the new one where there is none before.
    """
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads allocate coaches and tutors.")
    return begin_allocation(
        viewer, participant, user_id, kind, on=on, basis=basis, handover=handover
    )


def begin_allocation(
    viewer: Viewer,
    participant: Participant,
    user_id: int,
    kind: str,
    *,
    on: date | None = None,
    basis: str | None = None,
    handover: str | None = None,
) -> Allocation:
    """The same as part of another act, such as a coach's accepting an invitation."""
    user = db.session.get(User, user_id)
    if user is None or user.provider_id != participant.provider_id:
        raise NotFound("There is no such person.")
    if user.id == participant.user_id:
        raise Invalid("Nobody can be their own coach or tutor.", field="user")
    hold(participant)
    started_on = on or today()
    check_registered(participant, started_on)
    rivals = _rivals(participant, kind, user.id)
    for earlier in rivals:
        if earlier.user_id == user.id and covers(earlier, started_on):
            return earlier
    allocation = Allocation(
        participant_id=participant.id, user_id=user.id, kind=kind, started_on=started_on,
        ended_on=_make_room(viewer, rivals, started_on, handover),
        basis=basis if kind == "coach" else None,
    )  # fmt: skip
    if handover and not rivals:
        allocation.handover = handover
    db.session.add(allocation)
    record(
        viewer, "allocation.started", allocation, participant_id=participant.id,
        kind=kind, allocated_user=user.id, on=started_on.isoformat(),
    )  # fmt: skip
    return allocation


def check_registered(participant: Participant, day: date) -> None:
    """Refuse a day on which the participant was not, or is no more, on the programme."""
    if participant.left_on is not None:
        raise Refused(f"{participant.user.name} has left the programme, so nothing begins.")
    if day < participant.enrolled_on:
        raise Invalid(
            f"{participant.user.name} enrolled on {participant.enrolled_on:%-d %B %Y}. "
            "Give that day or a later one.",
            field="on",
        )


def _rivals(participant: Participant, kind: str, user_id: int) -> list[Allocation]:
    """The periods that a new one could overlap: for a coach any, for a tutor one's own."""
    query = select(Allocation).where(
        Allocation.participant_id == participant.id,
        Allocation.kind == kind,
        or_(Allocation.ended_on.is_(None), Allocation.ended_on > Allocation.started_on),
    )
    if kind == "tutor":
        query = query.where(Allocation.user_id == user_id)
    return list(db.session.scalars(query.order_by(Allocation.started_on)))


def _make_room(
    viewer: Viewer, rivals: list[Allocation], day: date, handover: str | None
) -> date | None:
    """End what goes on on that day; answers when the next one begins, if one is planned."""
    for earlier in rivals:
        if covers(earlier, day):
            earlier.handover = handover or earlier.handover
            close_allocation(viewer, earlier, day)
    later = [each.started_on for each in rivals if each.started_on > day]
    past = [each for each in later if each <= today()]
    if past:
        raise Invalid(
            f"Somebody else began on {past[0]:%-d %B %Y}. Give that day or a later one.", field="on"
        )
    return later[0] if later else None


def covers(allocation: Allocation, day: date) -> bool:
    """Whether a period counts on a day."""
    ended_on = allocation.ended_on
    return allocation.started_on <= day and (ended_on is None or day < ended_on)


def end_allocation(viewer: Viewer, allocation: Allocation, *, on: date | None = None) -> None:
    """End a period, today or on a day ahead; what was attested in it stays attested."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads end an allocation.")
    # The participant before the period, as everybody does: else two would wait for each other.
    hold(allocation.participant)
    db.session.refresh(allocation, ("ended_on",))
    day = on or today()
    if allocation.ended_on is None or allocation.ended_on > day:
        close_allocation(viewer, allocation, day)


def close_allocation(viewer: Viewer | None, allocation: Allocation, day: date) -> None:
    """End a period as part of another act, such as its participant's leaving."""
    allocation.ended_on = max(day, allocation.started_on)
    record(
        viewer, "allocation.ended", allocation, participant_id=allocation.participant_id,
        on=allocation.ended_on.isoformat(),
    )  # fmt: skip


def current_allocations(participant: Participant, kind: str) -> list[Allocation]:
    """The periods that have not ended, with those that begin later."""
    return list(
        db.session.scalars(
            select(Allocation)
            .where(
                Allocation.participant_id == participant.id,
                Allocation.kind == kind,
                or_(Allocation.ended_on.is_(None), Allocation.ended_on > today()),
            )
            .order_by(Allocation.started_on, Allocation.id)
        )
    )


def current_coach(participant: Participant) -> User | None:
    """The one coach of today, or None: a gap that must be visible at once."""
    return coach_on(participant, today())


def coach_on(participant: Participant, day: date) -> User | None:
    """Who coached a participant on a day: evidence keeps the coach of its date."""
    found = db.session.scalars(
        select(Allocation)
        .where(
            Allocation.participant_id == participant.id,
            Allocation.kind == "coach",
            Allocation.started_on <= day,
            or_(Allocation.ended_on.is_(None), Allocation.ended_on > day),
        )
        .options(joinedload(Allocation.user))
    ).one_or_none()
    return found.user if found else None

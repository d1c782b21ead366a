"""Who coaches and who tutors whom, as dated periods."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.identity import Viewer
from lti_tool.people.models import Allocation, Participant, User


def allocate(
    viewer: Viewer, participant: Participant, user_id: int, kind: str, *, on: date | None = None
) -> Allocation:
    """Make a user the coach or tutor of a participant from a day on (default today).

    A coach takes over from the one before, whose period ends that day: there is one at a time.
    """
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads allocate coaches and tutors.")
    user = db.session.get(User, user_id)
    if user is None or user.provider_id != participant.provider_id:
        raise NotFound("There is no such person.")
    if user.id == participant.user_id:
        raise Invalid("Nobody can be their own coach or tutor.", field="user")
    _hold(participant)
    started_on = on or today()
    for earlier in current_allocations(participant, kind):
        if earlier.user_id == user.id:
            return earlier
        if kind == "coach":
            end_allocation(viewer, earlier, on=started_on)
    allocation = Allocation(
        participant_id=participant.id, user_id=user.id, kind=kind, started_on=started_on
    )
    db.session.add(allocation)
    record(
        viewer, "allocation.started", allocation, participant_id=participant.id,
        kind=kind, allocated_user=user.id,
    )  # fmt: skip
    return allocation


def _hold(participant: Participant) -> None:
    """Keep other allocations of this participant waiting until this one is committed."""
    db.session.execute(
        select(Participant.id).where(Participant.id == participant.id).with_for_update()
    )


def end_allocation(viewer: Viewer, allocation: Allocation, *, on: date | None = None) -> None:
    """End a period; what was attested in it stays attested."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads end an allocation.")
    allocation.ended_on = max(on or today(), allocation.started_on)
    record(viewer, "allocation.ended", allocation, participant_id=allocation.participant_id)


def current_allocations(participant: Participant, kind: str) -> list[Allocation]:
    """The periods that have not ended."""
    return list(
        db.session.scalars(
            select(Allocation)
            .where(
                Allocation.participant_id == participant.id,
                Allocation.kind == kind,
                Allocation.ended_on.is_(None),
            )
            .order_by(Allocation.id)
        )
    )


def current_coach(participant: Participant) -> User | None:
    """The one coach of today, or None: a gap that must be visible at once."""
    found = current_allocations(participant, "coach")
    return found[0].user if found else None

"""A module opened for somebody whose time to begin has not come: only with a reason, on record.

The reason is a code, as it stands in the trail; the page tells it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from lti_tool.audit.models import AuditEvent
from lti_tool.clock import LONDON, today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.people.models import Participant, User
from lti_tool.people.participation import career_of, pauses_of
from lti_tool.people.programmes import programme_of
from lti_tool.people.starting import start_rule
from lti_tool.programme.definition import ProgressionMode
from lti_tool.programme.progression import Decision
from lti_tool.programme.timing import reasons_against_start, window

OPENED = "enrolment.opened"
REASONS = {
    "agreed": "School, coach and tutor have agreed to begin now",
    "facts": "The dates on record are not right yet",
    "elsewhere": "They began in another partnership",
    "exception": "The university has made an exception",
}
CHOOSE = "Choose why it is opened all the same."


@dataclass(frozen=True, slots=True)
class EarlyOpening:
    """That a module was opened out of time: by whom, when, and why."""

    by: str
    on: date
    why: str


def against_beginning(participant: Participant) -> tuple[str, ...]:
    """What speaks against beginning today; nothing for whoever has begun, which was looked at."""
    if participant.started_on is not None:
        return ()
    pauses = pauses_of([participant.id])[participant.id]
    found = window(programme_of(participant), career_of(participant), pauses, today=today())
    return tuple(reasons_against_start(found, start_rule(participant), today()))


def decided(participant: Participant, opening: Decision) -> Decision:
    """The decision about an opening with what the dates say: a no where the programme blocks."""
    against = against_beginning(participant)
    if not opening.allowed or not against:
        return opening
    blocks = programme_of(participant).mode is ProgressionMode.BLOCK
    return Decision(not blocks, (*opening.reasons, *against))


def checked_reason(participant: Participant, reason: str | None) -> str | None:
    """The reason where one is needed. Raises Invalid where it is not given."""
    if not against_beginning(participant):
        return None
    if reason not in REASONS:
        raise Invalid(CHOOSE, field="reason")
    return reason


def early_openings(participant_id: int) -> Mapping[str, EarlyOpening]:
    """The modules whose newest opening was out of time, by code."""
    rows = db.session.execute(
        select(AuditEvent.details, AuditEvent.at, User.name)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.participant_id == participant_id, AuditEvent.event == OPENED)
        .order_by(AuditEvent.id)
    )
    found = {}
    for details, at, name in rows:
        why = REASONS.get(str(details.get("reason")))
        opening = EarlyOpening(name or "Somebody", at.astimezone(LONDON).date(), why or "")
        found[str(details["module"])] = opening
    return {code: opening for code, opening in found.items() if opening.why}

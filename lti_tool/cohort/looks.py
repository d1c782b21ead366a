"""Who was shown what about one participant: for the lead, and for the participant themself.

A participant is told of those at school by name, and of the university by what they are there:
who marks, moderates or examines is not theirs to know before a release, and some of it never.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from lti_tool.audit.models import AuditEvent
from lti_tool.audit.sentences import LOOKS
from lti_tool.clock import LONDON
from lti_tool.cohort.history import ROLES
from lti_tool.db import db
from lti_tool.evidence.guard_models import EvidenceRead
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant, User
from lti_tool.people.visibility import get_participant

READERS = (Role.PARTICIPANT, Role.LEAD)
AT_SCHOOL = ("coach", ROLES["head"])
EVIDENCE = "Evidence"
GONE = "A person whose data was erased"


@dataclass(frozen=True)
class Look:
    """Somebody who was shown something, and on which days."""

    name: str | None  # None: told only as what they are
    acted_as: str
    what: str
    first_on: date
    last_on: date


def looks(viewer: Viewer, participant_id: int) -> list[Look]:
    """Everybody else who was shown something, those who saw it last first."""
    participant = get_participant(viewer, participant_id)
    found = [*_of_evidence(participant), *_of_the_rest(participant)]
    return gathered(found, names_all=viewer.role is Role.LEAD)


def gathered(found: Iterable[Look], *, names_all: bool) -> list[Look]:
    """Looks as somebody may know of them: those that read alike are one."""
    made: dict[tuple[str, str, str], Look] = {}
    for each in found:
        name = each.name if names_all or each.acted_as in AT_SCHOOL else None
        key = (name or "", each.acted_as, each.what)
        one = made.get(key, each)
        made[key] = Look(
            name, each.acted_as, each.what,
            min(one.first_on, each.first_on), max(one.last_on, each.last_on),
        )  # fmt: skip
    return [
        made[key] for key in sorted(made, key=lambda key: (-made[key].last_on.toordinal(), key))
    ]


def _of_evidence(participant: Participant) -> list[Look]:
    read_on = EvidenceRead.read_on
    rows = db.session.execute(
        select(User.name, EvidenceRead.read_as, func.min(read_on), func.max(read_on))
        .join(EvidenceVersion, EvidenceVersion.id == EvidenceRead.version_id)
        .join(EvidenceItem, EvidenceItem.id == EvidenceVersion.item_id)
        .join(User, User.id == EvidenceRead.reader_id)
        .where(
            EvidenceItem.participant_id == participant.id,
            EvidenceRead.reader_id != participant.user_id,
        )
        .group_by(User.id, User.name, EvidenceRead.read_as)
    )
    return [
        Look(name or GONE, ROLES.get(role, role), EVIDENCE, first, last)
        for name, role, first, last in rows
    ]


def _of_the_rest(participant: Participant) -> list[Look]:
    at = AuditEvent.at
    rows = db.session.execute(
        select(User.name, AuditEvent.acted_as, AuditEvent.event, func.min(at), func.max(at))
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.participant_id == participant.id,
            AuditEvent.event.in_(LOOKS),
            AuditEvent.user_id != participant.user_id,
        )
        .group_by(User.id, User.name, AuditEvent.acted_as, AuditEvent.event)
    )
    return [
        Look(
            name or GONE, ROLES.get(role, role), LOOKS[event],
            first.astimezone(LONDON).date(), last.astimezone(LONDON).date(),
        )
        for name, role, event, first, last in rows
    ]  # fmt: skip

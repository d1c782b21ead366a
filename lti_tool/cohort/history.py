"""What happened about one participant, in sentences, as far as the viewer may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select

from lti_tool.audit.models import AuditEvent
from lti_tool.audit.sentences import OFFICE, OWN, RESTRICTED, SENTENCES, SHARED
from lti_tool.clock import LONDON
from lti_tool.db import db
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import Attestation, EvidenceItem, EvidenceVersion
from lti_tool.grades.markers import hidden_events
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.learning import early_opening
from lti_tool.people.models import Participant, User
from lti_tool.people.visibility import get_participant
from lti_tool.programme.timing import spoken

ROLES = {
    "lead": "programme lead",
    "head": "head teacher",
    "system": "",
    "operator": "",
}
NOBODY = {"operator": "The operator"}
# Codes of the trail that a reader understands.
DETAILS = {
    "module": "Module {}",
    "strand": "Strand {}",
    "version": "Version {}",
    "number": "Version {}",
}
DAYS = {"on": "As of {}", "due_on": "Due {}"}
READERS = (Role.PARTICIPANT, *STAFF)


@dataclass(frozen=True)
class Happening:
    """One event as a page tells it."""

    at: datetime
    day: date
    who: str
    acted_as: str
    sentence: str
    details: tuple[str, ...]
    kind: str
    subject_id: int | None


def events(viewer: Viewer, participant_id: int) -> Select[AuditEvent]:
    """The events about a participant that this viewer may know of, the newest first.

    What is still a draft is its author's alone; marking before a release is the university's.
    """
    participant = get_participant(viewer, participant_id)
    shown = {*SHARED, *OFFICE} if viewer.is_staff else set(SHARED)
    if viewer.role in (Role.LEAD, Role.PARTICIPANT):
        shown |= RESTRICTED.keys()
    return (
        select(AuditEvent)
        .where(
            or_(
                AuditEvent.participant_id == participant_id,
                and_(
                    AuditEvent.subject_kind == Participant.__tablename__,
                    AuditEvent.subject_id == participant_id,
                ),
            ),
            or_(
                AuditEvent.event.in_(shown),
                and_(AuditEvent.event.in_(OWN), AuditEvent.user_id == viewer.user_id),
            ),
            _about_what_is_seen(viewer, participant_id),
            *_besides_blind_marking(viewer, participant),
        )
        .order_by(AuditEvent.id.desc())
    )


def told(viewer: Viewer, rows: Sequence[AuditEvent]) -> list[Happening]:
    """Some events in words, with the names of those who did it."""
    people = {row.user_id for row in rows} | {row.details.get("allocated_user") for row in rows}
    names = _names({each for each in people if each is not None})
    return [_told(viewer, row, names) for row in rows]


def _told(viewer: Viewer, row: AuditEvent, names: dict[int, str]) -> Happening:
    if row.user_id == viewer.user_id:
        who = "You"
    elif row.user_id is None:
        who = NOBODY.get(row.acted_as, "The tool")
    else:
        who = names.get(row.user_id, "Somebody")
    return Happening(
        at=row.at,
        day=row.at.astimezone(LONDON).date(),
        who=who,
        acted_as=ROLES.get(row.acted_as, row.acted_as),
        sentence=SENTENCES[row.event],
        details=(*_whom(row, names), *_details(row)),
        kind=row.subject_kind,
        subject_id=row.subject_id,
    )


def _whom(row: AuditEvent, names: dict[int, str]) -> list[str]:
    """Whom somebody was given as coach or tutor."""
    given = row.details.get("allocated_user")
    return [f"{names.get(given, 'Somebody')} as {row.details['kind']}"] if given else []


def _details(row: AuditEvent) -> tuple[str, ...]:
    codes = [
        words.format(row.details[name]) for name, words in DETAILS.items() if row.details.get(name)
    ]
    days = [
        words.format(spoken(date.fromisoformat(row.details[name])))
        for name, words in DAYS.items()
        if row.details.get(name)
    ]
    why = early_opening.REASONS.get(row.details.get("reason", ""))
    if row.event == early_opening.OPENED and why:
        codes.append(f"Before it was time to begin: {why}")
    return (*codes, *days)


def _about_what_is_seen(viewer: Viewer, participant_id: int) -> ColumnElement[bool]:
    """Nobody learns of evidence that they could not open, nor of what was said about it."""
    items = (
        visible_items(viewer)
        .where(EvidenceItem.participant_id == participant_id)
        .with_only_columns(EvidenceItem.id)
    )
    attestations = (
        select(Attestation.id)
        .join(EvidenceVersion, EvidenceVersion.id == Attestation.version_id)
        .where(EvidenceVersion.item_id.in_(items))
    )
    return and_(
        or_(
            AuditEvent.subject_kind != EvidenceItem.__tablename__,
            AuditEvent.subject_id.in_(items),
        ),
        or_(
            AuditEvent.subject_kind != Attestation.__tablename__,
            AuditEvent.subject_id.in_(attestations),
        ),
    )


def _besides_blind_marking(viewer: Viewer, participant: Participant) -> list[ColumnElement[bool]]:
    """Of two markers neither learns of the other's deeds before both marks are final."""
    hidden = hidden_events(viewer, participant) if viewer.is_staff else {}
    return [
        or_(AuditEvent.subject_kind != kind, AuditEvent.subject_id.not_in(ids))
        for kind, ids in hidden.items()
        if ids
    ]


def _names(user_ids: set[int]) -> dict[int, str]:
    if not user_ids:
        return {}
    found = db.session.scalars(select(User).where(User.id.in_(user_ids)))
    return {user.id: user.name for user in found}

"""What participants learned together, read by one who takes part, their coach or their tutor.

Of another's part nothing is read but their name and what they share: `learned` of others is never
asked of the database here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotAllowed, NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.learning.models import Collaboration, CollaborationPart
from lti_tool.people.models import Participant, User
from lti_tool.people.visibility import get_own_participant, get_participant

READERS = (Role.PARTICIPANT, Role.COACH, Role.TUTOR)


@dataclass(frozen=True, slots=True)
class Words:
    """One's own part: what one learned, what the others may read, and who made it possible."""

    learned: str
    shared: str
    by_coach: bool


@dataclass(frozen=True, slots=True)
class Fellow:
    """Another participant, as those who take part see them."""

    participant_id: int
    name: str
    state: str
    shared: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as one of those who take part knows it, and nothing more of the others."""

    id: int
    state: str
    since: datetime
    starter: str
    is_starter: bool
    title: str
    held_on: date
    others: str
    strands: tuple[str, ...]
    revision: int
    words: Words
    words_revision: int
    fellows: tuple[Fellow, ...]
    asked: tuple[Fellow, ...]
    """Whom the starter has invited and who does not take part; for the starter alone."""
    code: str | None
    code_expires_at: datetime | None


def list_entries(viewer: Viewer, participant_id: int) -> list[Entry]:
    """What a participant takes part in, the latest first; to themself also what waits for them."""
    participant = get_participant(viewer, participant_id)
    if viewer.role not in READERS:
        raise NotAllowed("This is between the participants, their coaches and their tutors.")
    is_own = participant.user_id == viewer.user_id
    states = ("invited", "taking_part", "left") if is_own else ("taking_part", "left")
    return _entries(participant.id, states)


def get_entry(viewer: Viewer, entry_id: int) -> Entry:
    """One entry that the viewer takes part in, has left, or is invited to."""
    own = get_own_participant(viewer)
    found = _entries(own.id, ("invited", "taking_part", "left"), only=entry_id)
    if not found:
        raise NotFound("There is no such entry.")
    return found[0]


def count_invitations(viewer: Viewer, participant_id: int) -> int:
    """How many invitations wait for the viewer; none on the page of somebody else."""
    query = (
        select(func.count())
        .select_from(CollaborationPart)
        .join(Participant, Participant.id == CollaborationPart.participant_id)
        .where(
            CollaborationPart.participant_id == participant_id,
            CollaborationPart.state == "invited",
            Participant.user_id == viewer.user_id,
        )
    )
    return db.session.scalar(query) or 0


def is_good(entry: Collaboration) -> bool:
    """Whether the entry's code works now."""
    return entry.code_expires_at is not None and entry.code_expires_at > now()


def _entries(participant_id: int, states: Collection[str], only: int | None = None) -> list[Entry]:
    query = (
        select(CollaborationPart, User.name)
        .join(Collaboration, Collaboration.id == CollaborationPart.collaboration_id)
        .join(Participant, Participant.id == Collaboration.starter_id)
        .join(User, User.id == Participant.user_id)
        .where(
            CollaborationPart.participant_id == participant_id, CollaborationPart.state.in_(states)
        )
        .order_by(Collaboration.held_on.desc(), Collaboration.id.desc())
        .options(joinedload(CollaborationPart.collaboration).selectinload(Collaboration.strands))
    )
    if only is not None:
        query = query.where(Collaboration.id == only)
    rows = db.session.execute(query).all()
    open_ids = [part.collaboration_id for part, _ in rows if part.state == "taking_part"]
    fellows = _fellows(open_ids, besides=participant_id)
    return [_entry(part, starter, fellows[part.collaboration_id]) for part, starter in rows]


def _fellows(entry_ids: Sequence[int], *, besides: int) -> dict[int, list[Fellow]]:
    found: dict[int, list[Fellow]] = defaultdict(list)
    if not entry_ids:
        return found
    query = (
        select(
            CollaborationPart.collaboration_id,
            CollaborationPart.participant_id,
            User.name,
            CollaborationPart.state,
            CollaborationPart.shared,
        )
        .join(Participant, Participant.id == CollaborationPart.participant_id)
        .join(User, User.id == Participant.user_id)
        .where(
            CollaborationPart.collaboration_id.in_(entry_ids),
            CollaborationPart.participant_id != besides,
        )
        .order_by(User.name, CollaborationPart.id)
    )
    for entry_id, participant_id, name, state, shared in db.session.execute(query):
        found[entry_id].append(Fellow(participant_id, name, state, shared))
    return found


def _entry(part: CollaborationPart, starter: str, fellows: Sequence[Fellow]) -> Entry:
    entry = part.collaboration
    is_starter = entry.starter_id == part.participant_id
    takes_part = part.state == "taking_part"
    knows = part.state != "invited"
    code = entry.code if is_starter and takes_part and is_good(entry) else None
    return Entry(
        id=entry.id,
        state=part.state,
        since=part.since,
        starter=starter,
        is_starter=is_starter,
        title=entry.title,
        held_on=entry.held_on,
        others=entry.others if knows else "",
        strands=tuple(each.strand for each in entry.strands) if knows else (),
        revision=entry.revision,
        words=Words(part.learned, part.shared, part.duty is not None),
        words_revision=part.revision,
        fellows=tuple(each for each in fellows if each.state == "taking_part"),
        asked=tuple(each for each in fellows if each.state != "taking_part") if is_starter else (),
        code=code,
        code_expires_at=entry.code_expires_at if code else None,
    )

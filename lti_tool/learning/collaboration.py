"""Write down what was learned together: what was done, and each one's own part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.learning.collaboration_entries import Words
from lti_tool.learning.models import Collaboration, CollaborationPart, CollaborationStrand
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant

# The duty that a coach serves who opens up learning with others (R20 c of the programme).
DUTY = "c"
MEANWHILE = "This was changed in another window. Saving again puts your words in its place."


@dataclass(frozen=True, slots=True)
class Facts:
    """What was done, when, and who else was there."""

    title: str
    held_on: date
    others: str
    strands: tuple[str, ...]


def start(viewer: Viewer, facts: Facts, words: Words) -> Collaboration:
    """Write down what was done together; whoever else was there is invited afterwards."""
    own = get_own_participant(viewer)
    _check(own, facts)
    entry = Collaboration(
        starter_id=own.id,
        title=facts.title,
        held_on=facts.held_on,
        others=facts.others,
        started_at=now(),
        strands=[CollaborationStrand(strand=each) for each in facts.strands],
    )
    db.session.add(entry)
    record(viewer, "collaboration.started", entry, participant_id=own.id)
    part = CollaborationPart(
        collaboration_id=entry.id, participant_id=own.id, state="taking_part", since=now()
    )
    _put(part, words)
    db.session.add(part)
    return entry


def change(viewer: Viewer, entry_id: int, facts: Facts, *, revision: int) -> Collaboration:
    """Say anew what was done; only the starter does."""
    part = own_part(viewer, entry_id, "taking_part")
    entry = part.collaboration
    check_starter(part)
    _check(get_own_participant(viewer), facts)
    if entry.revision != revision:
        raise Refused(MEANWHILE)
    entry.title, entry.held_on, entry.others = facts.title, facts.held_on, facts.others
    kept = {each.strand: each for each in entry.strands}
    entry.strands = [kept.get(each, CollaborationStrand(strand=each)) for each in facts.strands]
    entry.revision += 1
    record(viewer, "collaboration.changed", entry, participant_id=part.participant_id)
    return entry


def write(viewer: Viewer, entry_id: int, words: Words, *, revision: int) -> CollaborationPart:
    """Say anew what one learned oneself and what one shares."""
    part = own_part(viewer, entry_id, "taking_part")
    if part.revision != revision:
        raise Refused(MEANWHILE)
    _put(part, words)
    part.revision += 1
    record(viewer, "collaboration.written", part.collaboration, participant_id=part.participant_id)
    return part


def own_part(viewer: Viewer, entry_id: int, *states: str) -> CollaborationPart:
    """The viewer's own part, in one of these states, with the entry held until the commit."""
    own = get_own_participant(viewer)
    hold(entry_id)
    part = db.session.scalars(
        select(CollaborationPart)
        .where(
            CollaborationPart.collaboration_id == entry_id,
            CollaborationPart.participant_id == own.id,
            CollaborationPart.state.not_in(("declined", "taken_back")),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if part is None:
        raise NotFound("There is no such entry.")
    if part.state not in states:
        raise Refused(
            {
                "invited": "You have not accepted this invitation.",
                "taking_part": "You have accepted this invitation already.",
                "left": "You have left this entry.",
            }[part.state]
        )
    return part


def hold(entry_id: int) -> Collaboration | None:
    """Keep others who change this entry waiting until this is committed."""
    return db.session.scalars(
        select(Collaboration)
        .where(Collaboration.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def check_starter(part: CollaborationPart) -> None:
    """Refuse what only the one who wrote the entry down does."""
    if part.collaboration.starter_id != part.participant_id:
        raise NotAllowed("Only the participant who wrote this entry down can do that.")


def _put(part: CollaborationPart, words: Words) -> None:
    part.learned, part.shared = words.learned, words.shared
    part.duty = DUTY if words.by_coach else None


def _check(own: Participant, facts: Facts) -> None:
    if facts.held_on > today():
        raise Invalid("The date must not be in the future.", field="held_on")
    if not set(facts.strands) <= {strand.id for strand in programme_of(own).strands}:
        raise Invalid("Choose strands from the list only.", field="strands")

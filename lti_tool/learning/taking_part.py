"""Who takes part in an entry: invited by name or let in by a code, and free to say no or to leave.

Nobody takes part before they have accepted. A name is offered to the starter only where the two
meet anyway; to anybody else the starter gives a code, so that nothing tells who is on the
programme.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, select, update

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.learning.collaboration import check_starter, hold, own_part
from lti_tool.learning.collaboration_entries import is_good
from lti_tool.learning.models import Collaboration, CollaborationPart
from lti_tool.people.colleagues import colleagues
from lti_tool.people.models import Participant
from lti_tool.people.visibility import get_own_participant

# Without letters and digits that are taken for one another.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
CODE_LIFE = timedelta(days=14)
SHORTEST_SEARCH = 2
MOST_FOUND = 20
MOST_PEOPLE = 30
NO_CODE = "No entry has this code, or it does not work any more. Ask whoever gave it to you."


def find_colleagues(viewer: Viewer, entry_id: int, search: str) -> list[tuple[int, str]]:
    """Colleagues with this in their name whom one can still invite: id and name."""
    check_starter(own_part(viewer, entry_id, "taking_part"))
    if len(search) < SHORTEST_SEARCH:
        return []
    there = select(CollaborationPart.participant_id).where(
        CollaborationPart.collaboration_id == entry_id, CollaborationPart.state != "taken_back"
    )
    query = colleagues(viewer).where(Participant.id.not_in(there))
    name = query.selected_columns.name
    rows = db.session.execute(
        query.where(name.icontains(search, autoescape=True)).limit(MOST_FOUND)
    )
    return [(participant.id, found) for participant, found in rows]


def invite(viewer: Viewer, entry_id: int, participant_id: int) -> None:
    """Ask a colleague to take part; whoever has said no is not asked again."""
    part = own_part(viewer, entry_id, "taking_part")
    check_starter(part)
    earlier = _part_of(entry_id, participant_id)
    if earlier is None:
        query = colleagues(viewer).where(Participant.id == participant_id)
        if db.session.execute(query).one_or_none() is None:
            raise NotFound("There is no such colleague among those you can invite.")
    elif earlier.state != "taken_back":
        raise Refused("They have been invited already.")
    _ask(entry_id, participant_id, earlier)
    record(
        viewer, "collaboration.invited", part.collaboration,
        participant_id=part.participant_id, colleague_id=participant_id,
    )  # fmt: skip


def take_back(viewer: Viewer, entry_id: int, participant_id: int) -> None:
    """Take an invitation back that has not been answered."""
    part = own_part(viewer, entry_id, "taking_part")
    check_starter(part)
    asked = _part_of(entry_id, participant_id)
    if asked is None:
        raise NotFound("There is no such invitation.")
    if asked.state != "invited":
        raise Refused("They have answered already, so the invitation cannot be taken back.")
    _become(asked, "taken_back")
    record(
        viewer, "collaboration.taken_back", part.collaboration,
        participant_id=part.participant_id, colleague_id=participant_id,
    )  # fmt: skip


def accept(viewer: Viewer, entry_id: int) -> None:
    """Take part from now on."""
    _answer(viewer, entry_id, "taking_part", "collaboration.accepted")


def decline(viewer: Viewer, entry_id: int) -> None:
    """Say no; the entry is then as if it were not there."""
    _answer(viewer, entry_id, "declined", "collaboration.declined")


def leave(viewer: Viewer, entry_id: int) -> None:
    """Take part no longer: the others read nothing of one's words any more, nor one of theirs.

    What the starter leaves stays for those who take part; nobody joins it any more.
    """
    part = own_part(viewer, entry_id, "taking_part")
    entry = part.collaboration
    if entry.starter_id == part.participant_id:
        entry.code = entry.code_expires_at = None
        db.session.execute(
            update(CollaborationPart)
            .where(
                CollaborationPart.collaboration_id == entry.id,
                CollaborationPart.state == "invited",
            )
            .values(state="taken_back", since=now())
        )
    _become(part, "left")
    record(viewer, "collaboration.left", entry, participant_id=part.participant_id)


def make_code(viewer: Viewer, entry_id: int) -> str:
    """A new code for whoever cannot be found by name; the earlier one works no longer."""
    part = own_part(viewer, entry_id, "taking_part")
    check_starter(part)
    entry = part.collaboration
    entry.code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    entry.code_expires_at = now() + CODE_LIFE
    record(viewer, "collaboration.code_made", entry, participant_id=part.participant_id)
    return entry.code


def end_code(viewer: Viewer, entry_id: int) -> None:
    """Let nobody else in by the code."""
    part = own_part(viewer, entry_id, "taking_part")
    check_starter(part)
    part.collaboration.code = part.collaboration.code_expires_at = None
    record(
        viewer, "collaboration.code_ended", part.collaboration, participant_id=part.participant_id
    )


def use_code(viewer: Viewer, typed: str) -> int:
    """The entry that a code is for. Whoever is new to it is invited, and answers next.

    Whoever had left is back at once, with the words they had written.
    """
    own = get_own_participant(viewer)
    entry = _entry_of_code(viewer, typed)
    part = _part_of(entry.id, own.id)
    if part is not None and part.state == "taken_back":
        raise Invalid(NO_CODE, field="code")
    if part is not None and part.state == "left":
        _become(part, "taking_part")
        record(viewer, "collaboration.rejoined", entry, participant_id=own.id)
    elif part is None or part.state == "declined":
        _ask(entry.id, own.id, part)
        record(viewer, "collaboration.code_used", entry, participant_id=own.id)
    return entry.id


def _entry_of_code(viewer: Viewer, typed: str) -> Collaboration:
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    query = (
        select(Collaboration.id)
        .join(Participant, Participant.id == Collaboration.starter_id)
        .where(Collaboration.code == code, Participant.provider_id == viewer.provider_id)
    )
    entry_id = db.session.scalars(query).one_or_none() if len(code) == CODE_LENGTH else None
    entry = hold(entry_id) if entry_id is not None else None
    # Asked again: it may have been ended while this waited.
    if entry is None or entry.code != code or not is_good(entry):
        raise Invalid(NO_CODE, field="code")
    return entry


def _answer(viewer: Viewer, entry_id: int, state: str, event: str) -> None:
    part = own_part(viewer, entry_id, "invited")
    _become(part, state)
    record(viewer, event, part.collaboration, participant_id=part.participant_id)


def _part_of(entry_id: int, participant_id: int) -> CollaborationPart | None:
    return db.session.scalars(
        select(CollaborationPart).where(
            CollaborationPart.collaboration_id == entry_id,
            CollaborationPart.participant_id == participant_id,
        )
    ).one_or_none()


def _ask(entry_id: int, participant_id: int, part: CollaborationPart | None) -> None:
    if part is not None:
        _become(part, "invited")
        return
    query = select(func.count()).where(CollaborationPart.collaboration_id == entry_id)
    if (db.session.scalar(query) or 0) >= MOST_PEOPLE:
        raise Refused(f"An entry is for {MOST_PEOPLE} people at most.")
    db.session.add(
        CollaborationPart(
            collaboration_id=entry_id, participant_id=participant_id, state="invited", since=now()
        )
    )


def _become(part: CollaborationPart, state: str) -> None:
    part.state, part.since = state, now()

"""One coach or tutor for many participants, from one day on: seen first, then confirmed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager

from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import Viewer
from lti_tool.people import roster
from lti_tool.people.bulk import allocations
from lti_tool.people.bulk.importing import CHANGED, hold_imports, importer_of
from lti_tool.people.bulk.outcome import Outcome
from lti_tool.people.bulk.periods import Verdict
from lti_tool.people.holding import hold_all
from lti_tool.people.models import CourseMember, Participant, User
from lti_tool.people.participation import check_is_lead, lacks_coach
from lti_tool.people.visibility import visible_participants

MOST = 200


@dataclass(frozen=True)
class Choice:
    """Whom the lead chose, and what comes of it."""

    participants: Sequence[Participant]
    person: User
    kind: str
    on: date
    outcome: Outcome


def offered(viewer: Viewer, search: str = "", *, uncoached: bool = False) -> Select[Participant]:
    """The participants to choose from, by name."""
    check_is_lead(viewer)
    query = (
        visible_participants(viewer)
        .join(Participant.user)
        .options(contains_eager(Participant.user))
        .where(Participant.left_on.is_(None))
        .order_by(User.name, Participant.id)
    )
    if search:
        named = User.name.icontains(search, autoescape=True)
        query = query.where(or_(named, Participant.candidate_number == search.upper()))
    return query.where(lacks_coach()) if uncoached else query


def candidates(viewer: Viewer) -> list[CourseMember]:
    """The people of the course who could be coach or tutor."""
    query = roster.members(viewer).where(CourseMember.is_test_user.is_(False)).order_by(None)
    query = query.order_by(roster.USUAL_FIRST, User.name, User.id).limit(roster.OFFERED)
    return list(db.session.scalars(query))


def choose(
    viewer: Viewer,
    participant_ids: Collection[int],
    user_id: int,
    kind: str,
    on: date,
    *,
    hold: bool = False,
) -> Choice:
    """What would come of a choice; `hold` keeps everything as it is until the commit."""
    importer = importer_of(viewer)
    if kind not in allocations.KINDS or not 0 < len(participant_ids) <= MOST:
        raise NotFound("There is no such choice.")
    if hold:
        hold_imports(viewer.provider_id)
    query = offered(viewer).where(Participant.id.in_(participant_ids))
    people = list(db.session.scalars(query))
    person = _person(viewer, user_id)
    if len(people) != len(set(participant_ids)):
        raise NotFound("There is no such participant among those you may see.")
    if hold:
        hold_all([each.id for each in people])
    return Choice(people, person, kind, on, allocations.choose(importer, people, person, kind, on))


def _person(viewer: Viewer, user_id: int) -> User:
    found = db.session.scalars(
        select(User)
        .join(CourseMember, CourseMember.user_id == User.id)
        .where(
            User.id == user_id,
            CourseMember.course_id == viewer.course_id,
            CourseMember.left_at.is_(None),
            CourseMember.is_test_user.is_(False),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such person in this course.")
    return found


def confirm(choice: Choice, seen: str) -> dict[Verdict, int]:
    """Do it as it was seen; `seen` is the digest of the outcome on the page."""
    outcome = choice.outcome
    if outcome.digest("") != seen or not outcome.is_ready:
        raise Invalid(CHANGED)
    for write in outcome.writes:
        write()
    return outcome.counts

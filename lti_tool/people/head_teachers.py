"""What a head teacher sees and says: who of the school is on the programme, and with which coach.

Never a mark, never evidence: nothing here reads either. What is said is agreement, and a teacher
who has joined.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import moves, personal_links, roster
from lti_tool.people.allocations import BASES
from lti_tool.people.models import (
    Allocation,
    Participant,
    PersonalLink,
    School,
    SchoolAgreement,
    SchoolPeriod,
    User,
)
from lti_tool.people.states import State
from lti_tool.people.visibility import participants_of_school

NOT_HERE = "There is no such teacher at your school now."
FUNDING = {
    "nqt": "Newly qualified teacher",
    "none": "Not as a newly qualified teacher",
    None: "Not on record",
}


@dataclass(frozen=True)
class Teacher:
    """One line of a head teacher's page."""

    participant_id: int
    name: str
    state: str
    since: date
    funding: str
    coach: Allocation | None
    coach_is_from: str
    coach_agreed: SchoolAgreement | None
    release_agreed: SchoolAgreement | None


def teachers(holder: LinkHolder) -> list[Teacher]:
    """The school's teachers on the programme today, by name."""
    query = (
        participants_of_school(holder)
        .join(User, User.id == Participant.user_id)
        .options(joinedload(Participant.user))
        .order_by(User.name, Participant.id)
    )
    rows = db.session.execute(query).all()
    ids = [participant.id for participant, _ in rows]
    coaches = roster.allocated_now(ids)
    said = _agreements(ids, holder.school_id)
    return [_line(participant, post, coaches[participant.id].coach, said)
            for participant, post in rows]  # fmt: skip


def school_of(holder: LinkHolder) -> School:
    """The school that this page is about."""
    found = db.session.get(School, holder.school_id) if holder.school_id else None
    if found is None:
        raise NotFound("There is no such school.")
    return found


def agree_coach(holder: LinkHolder, participant_id: int, allocation_id: int) -> Allocation:
    """Say yes to the coach of today. It is asked again for another coach."""
    participant = _get_teacher(holder, participant_id)
    coach = roster.allocated_now([participant.id])[participant.id].coach
    if coach is None or coach.id != allocation_id:
        raise Refused("The coach has changed since you opened the page. Look at it again.")
    if _agreements([participant.id], holder.school_id).of_coach(coach) is None:
        said = _say(holder, participant, allocation_id=coach.id)
        record(
            holder, "school_agreement.coach_agreed", said, participant_id=participant.id,
            allocation=coach.id,
        )  # fmt: skip
    return coach


def confirm_release(holder: LinkHolder, participant_id: int) -> Participant:
    """Say that teacher and coach have time for the programme in this academic year."""
    participant = _get_teacher(holder, participant_id)
    if _agreements([participant.id], holder.school_id).of_release(participant.id) is None:
        said = _say(holder, participant, academic_year=academic_year(today()))
        record(
            holder, "school_agreement.release_confirmed", said, participant_id=participant.id,
            academic_year=academic_year(today()),
        )  # fmt: skip
    return participant


def tell_of_joining(
    holder: LinkHolder, candidate_number: str, family_name: str, on: date
) -> Participant:
    """A teacher who is on the programme has joined this school; the old one need do nothing.

    Raises NotFound, alike for all that does not match.
    """
    period = moves.complete_move(school_of(holder), candidate_number, family_name, on)
    db.session.flush()
    record(holder, "school_period.told_by_head", period, participant_id=period.participant_id)
    return db.session.get_one(Participant, period.participant_id)


def academic_year(day: date) -> int:
    """The year in which the academic year of a day began, on 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def agreed_coaches(allocation_ids: Collection[int]) -> dict[int, SchoolAgreement]:
    """Which coaches' periods a head teacher has agreed to, for tutors and leads."""
    query = select(SchoolAgreement).where(SchoolAgreement.allocation_id.in_(allocation_ids))
    return {each.allocation_id: each for each in db.session.scalars(query) if each.allocation_id}


def agreed_release(participant_ids: Collection[int]) -> dict[int, SchoolAgreement]:
    """Whose release time a head teacher has confirmed for this academic year."""
    query = select(SchoolAgreement).where(
        SchoolAgreement.participant_id.in_(participant_ids),
        SchoolAgreement.academic_year == academic_year(today()),
    )
    return {each.participant_id: each for each in db.session.scalars(query)}


@dataclass(frozen=True)
class Agreements:
    """What the school of today has agreed to about one participant; `coach` is of today's coach."""

    school: School | None
    coach: SchoolAgreement | None = None
    release: SchoolAgreement | None = None


def agreements(now: Mapping[int, roster.Allocated]) -> dict[int, Agreements]:
    """The same for many with those who support them today, for tutors and leads; an earlier
    school's yes is not this one's."""
    participant_ids = list(now)
    places = moves.schools_now(participant_ids)
    query = select(SchoolAgreement).where(SchoolAgreement.participant_id.in_(participant_ids))
    rows = list(db.session.scalars(query)) if places else []
    found = {}
    for participant_id in participant_ids:
        school, coach = places.get(participant_id), now[participant_id].coach
        said = _Said([row for row in rows if school and row.school_id == school.id])
        found[participant_id] = Agreements(
            school, said.of_coach(coach) if coach else None, said.of_release(participant_id)
        )
    return found


def invite_head(viewer: Viewer, school: School, name: str, address: str) -> PersonalLink:
    """Give the head teacher of a school a page of their own. Only the lead does."""
    _check_lead(viewer)
    address = parse_address(address)
    user = personal_links.find_link_user(viewer, "head", address, school)
    if user is None:
        user = personal_links.new_user(viewer, name, address)
    return personal_links.invite(viewer, user, "head", address, school=school)


def links_of(viewer: Viewer, school: School) -> list[PersonalLink]:
    """The head teachers' links of a school that were not revoked."""
    _check_lead(viewer)
    query = (
        select(PersonalLink)
        .where(
            PersonalLink.provider_id == viewer.provider_id,
            PersonalLink.school_id == school.id,
            PersonalLink.revoked_at.is_(None),
        )
        .options(joinedload(PersonalLink.user))
        .order_by(PersonalLink.id)
    )
    return list(db.session.scalars(query))


def get_link(viewer: Viewer, school: School, link_id: int | None) -> PersonalLink:
    """One of them."""
    for link in links_of(viewer, school):
        if link.id == link_id:
            return link
    raise NotFound("There is no such link.")


@dataclass(frozen=True)
class _Said:
    """What a school's head teachers have agreed to."""

    rows: list[SchoolAgreement]

    def of_coach(self, coach: Allocation) -> SchoolAgreement | None:
        return next((each for each in self.rows if each.allocation_id == coach.id), None)

    def of_release(self, participant_id: int) -> SchoolAgreement | None:
        year = academic_year(today())
        theirs = [each for each in self.rows if each.participant_id == participant_id]
        return next((each for each in theirs if each.academic_year == year), None)


def _agreements(participant_ids: Collection[int], school_id: int | None) -> _Said:
    query = select(SchoolAgreement).where(
        SchoolAgreement.school_id == school_id, SchoolAgreement.participant_id.in_(participant_ids)
    )
    return _Said(list(db.session.scalars(query)))


def _line(
    participant: Participant, post: SchoolPeriod, coach: Allocation | None, said: _Said
) -> Teacher:
    return Teacher(
        participant_id=participant.id,
        name=participant.user.name,
        state=State(participant.state).label,
        since=post.started_on,
        funding=FUNDING.get(participant.window_rule, FUNDING[None]),
        coach=coach,
        coach_is_from=BASES.get(coach.basis or "", "") if coach else "",
        coach_agreed=said.of_coach(coach) if coach else None,
        release_agreed=said.of_release(participant.id),
    )


def _get_teacher(holder: LinkHolder, participant_id: int) -> Participant:
    query = participants_of_school(holder).where(Participant.id == participant_id)
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(NOT_HERE)
    return found[0]


def _say(
    holder: LinkHolder,
    participant: Participant,
    *,
    allocation_id: int | None = None,
    academic_year: int | None = None,
) -> SchoolAgreement:
    if holder.school_id is None:
        raise Invalid("This link belongs to no school.")
    said = SchoolAgreement(
        school_id=holder.school_id,
        participant_id=participant.id,
        allocation_id=allocation_id,
        academic_year=academic_year,
        agreed_by=holder.user_id,
        agreed_at=now(),
    )
    db.session.add(said)
    return said


def _check_lead(viewer: Viewer) -> None:
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only programme leads give head teachers a link.")

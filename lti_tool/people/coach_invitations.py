"""A participant invites a coach: at once on trust, and for good once staff confirm the address.

Nobody vouches for themselves. What a participant types is where no sign-in code ever goes; whoever
comes in by the code on their screen may look, comment and upload, but not attest.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import allocations, letters, personal_links
from lti_tool.people.holding import hold
from lti_tool.people.link_sign_in import CODE_LENGTH, CODE_LIFE, LETTERS
from lti_tool.people.models import CoachInvitation, Course, CourseMember, Participant, User
from lti_tool.people.visibility import current_allocation, visible_participants
from lti_tool.people.vouching import check_address

SCREEN = "screen"
MOST_INVITATIONS = 5  # by one participant within a day: each is a mail to somebody
WRONG = "That code does not work, or not any more. Ask your teacher to show you a new one."
OPEN_ALREADY = "You have invited somebody already. Take that invitation back first."
TOO_MANY = f"You have sent {MOST_INVITATIONS} invitations within a day. Try again tomorrow."
NOT_NOW = "Somebody coaches you today. Who replaces them comes in once staff have confirmed them."
TAKEN_UP = "Your coach has come in already. A tutor or programme lead can end their time."
SETTLED = "This invitation is settled already."


def find_open(participant: Participant) -> CoachInvitation | None:
    """The invitation that staff have not settled yet."""
    return db.session.scalars(
        select(CoachInvitation).where(
            CoachInvitation.participant_id == participant.id, CoachInvitation.settled_at.is_(None)
        )
    ).one_or_none()


def invite(
    viewer: Viewer, participant: Participant, name: str, address: str, basis: str
) -> CoachInvitation:
    """Tell the university, and the coach by mail, whom the participant wants. Raises Invalid."""
    _check_own(viewer, participant)
    name, address = " ".join(name.split()), parse_address(address).lower()
    if not name or len(name) > personal_links.LONGEST_NAME:
        raise Invalid("Enter the name of your coach.", field="name")
    if basis not in allocations.BASES:
        raise Invalid("Choose where your coach works.", field="basis")
    check_address(participant, address)
    hold(participant)
    if participant.left_on is not None:
        raise Refused("You have left the programme, so nobody new can be invited.")
    if find_open(participant) is not None:
        raise Refused(OPEN_ALREADY)
    if _sent_today(participant) >= MOST_INVITATIONS:
        raise Refused(TOO_MANY)
    made = CoachInvitation(
        provider_id=participant.provider_id, participant_id=participant.id,
        name=name, address=address, basis=basis, made_at=now(),
    )  # fmt: skip
    db.session.add(made)
    record(viewer, "coach_invitation.made", made, participant_id=participant.id)
    letters.write(
        "coach_invited", provider_id=made.provider_id, address=address, coach_invitation=made.id
    )
    return made


def withdraw(viewer: Viewer, participant: Participant) -> None:
    """Take an invitation back that nobody has come by yet."""
    _check_own(viewer, participant)
    found = _held(participant)
    if found.accepted_at is not None:
        raise Refused(TAKEN_UP)
    _settle(viewer, found, "withdrawn")


def show_code(viewer: Viewer, participant: Participant) -> None:
    """Make a code for the participant's screen; an earlier one works no more."""
    _check_own(viewer, participant)
    found = _held(participant)
    coach = allocations.current_coach(participant)
    if coach is not None and coach.id != found.user_id:
        raise Refused(NOT_NOW)
    found.code_expires_at = now() + CODE_LIFE
    found.code_hash = _hash(_code(found.id, found.code_expires_at))
    record(viewer, "coach_invitation.code_shown", found, participant_id=participant.id)


def code_on_screen(found: CoachInvitation) -> str | None:
    """The code to show, while it works. It is worked out anew: only its digest is stored."""
    if found.code_hash is None or found.code_expires_at is None or found.code_expires_at <= now():
        return None
    code = _code(found.id, found.code_expires_at)
    return code if hmac.compare_digest(_hash(code), found.code_hash) else None


def sign_in(typed: str) -> Viewer:
    """Let in whoever has the code of a screen; the first time makes them the coach.

    They see nobody but that participant. Raises Invalid.
    """
    code = "".join(each for each in typed.upper() if each.isalnum())
    found = db.session.scalars(
        select(CoachInvitation)
        .where(
            CoachInvitation.code_hash == _hash(code),
            CoachInvitation.code_expires_at > now(),
            CoachInvitation.settled_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    course = _course_of(found.participant) if found else None
    if found is None or course is None:
        raise Invalid(WRONG, field="code")
    found.code_hash = found.code_expires_at = None
    user = found.user or _new_coach(found)
    viewer = Viewer(
        user.id, Role.COACH, found.provider_id, course.id, course.registration_id,
        scope=(found.participant.user_id,), authenticated_by=SCREEN,
    )  # fmt: skip
    if found.accepted_at is None:
        _accept(viewer, found, user)
    record(viewer, "coach_invitation.signed_in", found, participant_id=found.participant_id)
    return viewer


def may_stay(viewer: Viewer) -> bool:
    """Whether what a screen opened stays open: until staff say yes or no to the address."""
    query = select(CoachInvitation.id).where(
        CoachInvitation.user_id == viewer.user_id, CoachInvitation.settled_at.is_(None)
    )
    return db.session.scalars(query).first() is not None


def waiting(viewer: Viewer) -> list[CoachInvitation]:
    """Whose address staff have yet to confirm, the oldest first."""
    _check_staff(viewer)
    theirs = visible_participants(viewer).with_only_columns(Participant.id)
    return list(
        db.session.scalars(
            select(CoachInvitation)
            .where(CoachInvitation.settled_at.is_(None), CoachInvitation.participant_id.in_(theirs))
            .options(joinedload(CoachInvitation.participant).joinedload(Participant.user))
            .order_by(CoachInvitation.made_at, CoachInvitation.id)
        )
    )


def confirm(viewer: Viewer, invitation_id: int, address: str) -> User:
    """Vouch for the address, as it is or put right: the coach gets a personal link by mail.

    They are the coach from today on, in the place of whoever coached before. Somebody who has a
    coach's link to this address already is the same person.
    """
    found = _visible(viewer, invitation_id)
    address = parse_address(address).lower()
    participant = found.participant
    check_address(participant, address)
    user = personal_links.find_link_user(viewer, "coach", address, None) or found.user
    if user is None:
        user = personal_links.new_user(viewer, found.name, address)
    user.email = user.email or address
    allocations.allocate(viewer, participant, user.id, "coach", basis=found.basis)
    link = personal_links.find_open_link(user.id, "coach")
    if link is None or link.accepted_at is None:
        personal_links.invite(viewer, user, "coach", address)
    else:
        letters.write(
            "coach_confirmed", provider_id=found.provider_id, address=address, user_id=user.id,
            coach_invitation=found.id,
        )  # fmt: skip
    _settle(viewer, found, "confirmed")
    return user


def refuse(viewer: Viewer, invitation_id: int) -> CoachInvitation:
    """Say no: whoever came in by the screen is out at once, and the coach no more."""
    found = _visible(viewer, invitation_id)
    if found.user_id is not None:
        allocation = current_allocation(found.participant_id, found.user_id, "coach")
        if allocation is not None:
            allocations.end_allocation(viewer, allocation)
    _settle(viewer, found, "refused")
    return found


def _check_own(viewer: Viewer, participant: Participant) -> None:
    if viewer.role is not Role.PARTICIPANT or participant.user_id != viewer.user_id:
        raise NotAllowed(
            "Only the participant does this. Staff invite a coach on a page of theirs."
        )


def _check_staff(viewer: Viewer) -> None:
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads confirm addresses.")


def _held(participant: Participant) -> CoachInvitation:
    """The open invitation, while others who would change it wait."""
    hold(participant)
    found = find_open(participant)
    if found is None:
        raise Refused(SETTLED)
    return found


def _visible(viewer: Viewer, invitation_id: int) -> CoachInvitation:
    _check_staff(viewer)
    found = db.session.get(
        CoachInvitation, invitation_id, with_for_update=True, populate_existing=True
    )
    theirs = visible_participants(viewer)
    if found is None or not db.session.scalar(
        theirs.with_only_columns(func.count()).where(Participant.id == found.participant_id)
    ):
        raise NotFound("There is no such invitation.")
    if found.settled_at is not None:
        raise Refused(SETTLED)
    return found


def _settle(viewer: Viewer, found: CoachInvitation, outcome: str) -> None:
    found.outcome, found.settled_at, found.settled_by = outcome, now(), viewer.user_id
    found.code_hash = found.code_expires_at = None
    record(viewer, f"coach_invitation.{outcome}", found, participant_id=found.participant_id)


def _new_coach(found: CoachInvitation) -> User:
    user = User(provider_id=found.provider_id, name=found.name, created_at=now())
    db.session.add(user)
    db.session.flush()
    return user


def _accept(viewer: Viewer, found: CoachInvitation, user: User) -> None:
    if allocations.current_coach(found.participant) is not None:
        raise Refused("This teacher has a coach by now. Ask them to speak with their tutor.")
    found.user_id, found.accepted_at = user.id, now()
    record(viewer, "coach_invitation.accepted", found, participant_id=found.participant_id)
    allocations.begin_allocation(viewer, found.participant, user.id, "coach", basis=found.basis)


def _course_of(participant: Participant) -> Course | None:
    """The course that the participant was in last."""
    query = (
        select(Course)
        .join(CourseMember, CourseMember.course_id == Course.id)
        .where(CourseMember.user_id == participant.user_id)
        .order_by(CourseMember.last_launch_at.is_(None), CourseMember.last_launch_at.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


def _sent_today(participant: Participant) -> int:
    query = select(func.count(CoachInvitation.id)).where(
        CoachInvitation.participant_id == participant.id,
        CoachInvitation.made_at > now() - timedelta(days=1),
    )
    return db.session.scalar(query) or 0


def _code(invitation_id: int, expires_at: datetime) -> str:
    """Nobody can work it out who has not the tool's key."""
    number = int(_keyed(f"screen code {invitation_id} {expires_at.isoformat()}"), 16)
    letters_of = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters_of.append(LETTERS[place])
    return "".join(letters_of)


def _hash(code: str) -> str:
    return _keyed(f"screen code digest {code}")


def _keyed(text: str) -> str:
    key = letters.office().settings.secret_key.encode()
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _about(about: Mapping[str, int]) -> dict[str, Any]:
    found = db.session.get_one(CoachInvitation, about["coach_invitation"])
    return {"name": found.name, "inviter": found.participant.user.name}


letters.add_letter("coach_invited", _about)
letters.add_letter("coach_confirmed", _about)

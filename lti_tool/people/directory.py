"""Find people for the operator, who knows them by name or address and not by our ids."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select

from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.people.models import CourseMember, Origin, Participant, Provider, User


@dataclass(frozen=True)
class Entry:
    """One person, and what they have been met as."""

    user: User
    roles: tuple[str, ...]


def list_people(provider: Provider) -> list[Entry]:
    """Everybody of a provider, by name."""
    met: dict[int, list[str]] = {}
    for user_id, role in db.session.execute(
        select(CourseMember.user_id, CourseMember.role)
        .join(CourseMember.user)
        .where(User.provider_id == provider.id)
        .distinct()
        .order_by(CourseMember.role)
    ):
        met.setdefault(user_id, []).append(role)
    users = db.session.scalars(
        select(User).where(User.provider_id == provider.id).order_by(User.name, User.id)
    )
    return [Entry(user, tuple(met.get(user.id, ()))) for user in users]


def get_user(provider: Provider, wanted: str) -> User:
    """The one person with this id, e-mail address or whole name."""
    is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 10
    found = db.session.scalars(
        select(User)
        .where(
            User.provider_id == provider.id,
            or_(
                User.id == (int(wanted) if is_number else None),
                func.lower(User.email) == wanted.lower(),
                func.lower(User.name) == wanted.lower(),
            ),
        )
        .order_by(User.id)
    ).all()
    if not found:
        raise NotFound(
            f"Nobody is known as {wanted}. People are known once they have opened the tool; "
            "see: people list"
        )
    if len(found) > 1:
        ids = ", ".join(str(user.id) for user in found)
        raise Invalid(f"Several people are called {wanted}. Give the id instead, one of {ids}.")
    return found[0]


def get_lead(provider: Provider, wanted: str | None = None) -> User:
    """The programme lead with this id, e-mail address or name; without one, the only lead."""
    if wanted is not None:
        found = get_user(provider, wanted)
        if found.lead_since is None:
            raise Invalid(f"{found.name} is not programme lead. See: people list")
        return found
    leads = db.session.scalars(
        select(User)
        .where(User.provider_id == provider.id, User.lead_since.is_not(None))
        .order_by(User.name, User.id)
    ).all()
    if not leads:
        raise NotFound("Nobody is programme lead yet. Appoint somebody with: people appoint")
    if len(leads) > 1:
        names = ", ".join(each.name for each in leads)
        raise Invalid(f"There are several programme leads. Say whom with --as: {names}.")
    return leads[0]


def check_is_staff(user: User) -> None:
    """Refuse to appoint somebody whom no course calls a tutor."""
    is_staff = exists().where(
        CourseMember.user_id == user.id, CourseMember.role.in_(["tutor", "lead"])
    )
    if not db.session.scalar(select(is_staff)):
        raise Invalid(
            f"{user.name} has never opened the tool as a tutor. Enrol them in the VLE course with "
            "a teaching role, let them open the tool once, then repeat this."
        )
    is_participant = exists().where(
        Participant.user_id == user.id, Participant.origin == Origin.LAUNCH.value
    )
    if db.session.scalar(select(is_participant)):
        raise Invalid(f"{user.name} is a participant, and a lead would mark fellow participants.")

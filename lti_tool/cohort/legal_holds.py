"""Legal holds: nothing about a person goes while one stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.cohort.erasure_facts import find_participant
from lti_tool.cohort.privacy_models import LegalHold
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.people import directory
from lti_tool.people.models import Provider, User


def get_person(viewer: Viewer, wanted: str) -> User:
    """The one person whom a lead names by address, whole name or number."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead decides about legal holds.")
    try:
        return directory.get_user(db.session.get_one(Provider, viewer.provider_id), wanted)
    except NotFound as error:
        raise Invalid("Nobody here has this address or name.", field="person") from error
    except Invalid as error:
        raise Invalid(error.sentence, field="person") from error


def place(viewer: Viewer | None, user: User, reason: str) -> LegalHold:
    """Place a hold on a person; several may stand, each with its own reason."""
    db.session.refresh(user, with_for_update=True)
    made = LegalHold(
        provider_id=user.provider_id,
        user_id=user.id,
        reason=reason,
        placed_at=now(),
        placed_by_id=viewer.user_id if viewer else None,
    )
    db.session.add(made)
    _record(viewer, "legal_hold.placed", made)
    return made


def lift(viewer: Viewer | None, held: LegalHold) -> None:
    """Lift a hold. Lifting it twice changes nothing."""
    db.session.refresh(held, with_for_update=True)
    if held.lifted_at is None:
        held.lifted_at, held.lifted_by_id = now(), viewer.user_id if viewer else None
        _record(viewer, "legal_hold.lifted", held)


def get_hold(viewer: Viewer, hold_id: int) -> LegalHold:
    """One hold of the provider's people."""
    found = db.session.get(LegalHold, hold_id)
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only the programme lead decides about legal holds.")
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such legal hold.")
    return found


def standing(provider_id: int, user_id: int | None = None) -> Sequence[LegalHold]:
    """The holds that stand, the oldest first; of one person where one is named."""
    mine = [LegalHold.user_id == user_id] if user_id is not None else []
    return db.session.scalars(
        select(LegalHold)
        .where(LegalHold.provider_id == provider_id, LegalHold.lifted_at.is_(None), *mine)
        .options(joinedload(LegalHold.user))
        .order_by(LegalHold.placed_at, LegalHold.id)
    ).all()


def _record(viewer: Viewer | None, verb: str, held: LegalHold) -> None:
    participant = find_participant(held.user_id)
    about = participant.id if participant else None
    record(viewer, verb, held, participant_id=about, acted_as="operator")

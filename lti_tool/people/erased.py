"""People whose data was erased: what they are called since, how a roster knows them again, and that
nothing is sent about them any more."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Refused
from lti_tool.people.models import Participant, User
from lti_tool.people.models.erased import ErasedSubject

# Whoever is shown by name is shown so afterwards.
ERASED = "A person whose data was erased"
NOTHING_SENT = "This person's data was erased. Nothing is stored or sent about them any more."


def subject_digest(registration_id: int, subject: str) -> str:
    """How an erased person of a platform is remembered.

    It can be found again by whoever has the platform's ids, and is meant to be: it is all that
    keeps the next roster from bringing the name back.
    """
    return hashlib.sha256(f"{registration_id}:{subject}".encode()).hexdigest()


def remember(registration_id: int, subject: str) -> None:
    """Leave a digest in the place of an identity. Somebody may be erased twice."""
    digest = subject_digest(registration_id, subject)
    db.session.merge(ErasedSubject(registration_id=registration_id, digest=digest, erased_at=now()))


def erased_among(registration_id: int, subjects: Collection[str]) -> set[str]:
    """Those of a platform's subjects whose data was erased."""
    by_digest = {subject_digest(registration_id, one): one for one in subjects}
    found = db.session.scalars(
        select(ErasedSubject.digest).where(
            ErasedSubject.registration_id == registration_id, ErasedSubject.digest.in_(by_digest)
        )
    )
    return {by_digest[digest] for digest in found}


def is_of_erased(participant_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Of rows that point at a participant: their data was erased."""
    return exists().where(
        Participant.id == participant_id,
        User.id == Participant.user_id,
        User.erased_at.is_not(None),
    )


def hold_unless_erased(participant_id: int) -> None:
    """For whoever is about to release or send something: nobody erases them before it is committed.

    Raises Refused where that has happened.
    """
    mine = Participant.id == participant_id
    db.session.execute(select(Participant.id).where(mine).with_for_update(read=True))
    refuse_erased(participant_id)


def refuse_erased(participant_id: int) -> None:
    """For what was begun before an erasure and ends after it, such as a large file in a form."""
    # A statement of its own: it sees what was committed while a lock was waited for.
    erased_at = select(User.erased_at).join(Participant, Participant.user_id == User.id)
    if db.session.scalar(erased_at.where(Participant.id == participant_id)) is not None:
        raise Refused(NOTHING_SENT)

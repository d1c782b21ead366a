"""People whose data was erased: what they are called since, and how a roster knows them again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.people.models.erased import ErasedSubject

# Whoever is shown by name is shown so afterwards.
ERASED = "A person whose data was erased"


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

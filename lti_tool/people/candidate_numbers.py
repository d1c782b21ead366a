"""The numbers that stand for names where work is marked, moderated and examined."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.people.models import Participant

DIGITS = 8


def new_number(provider_id: int) -> str:
    """A number for one more participant."""
    return new_numbers(provider_id, 1)[0]


def new_numbers(provider_id: int, count: int) -> list[str]:
    """So many numbers that nobody of this provider has.

    They are drawn: one made from an account's id would tell whoever sees that id beside a name.
    """
    found: set[str] = set()
    while len(found) < count:
        drawn = {f"C{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(count - len(found))}
        taken = select(Participant.candidate_number).where(
            Participant.provider_id == provider_id, Participant.candidate_number.in_(drawn)
        )
        found |= drawn - set(db.session.scalars(taken))
    return list(found)

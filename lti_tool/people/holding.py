"""One lock for all that is changed about a participant, so that nobody counts what another changes.

Whoever locks more than one thing does it in this order, and so never waits for somebody who waits
for them: the imports of a provider, then an application, then participants in the order of their
ids, and only then what belongs to a participant (periods, invitations, links, claims, items). On
SQLite, with its one writer, the lock is the transaction itself.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from lti_tool.db import db
from lti_tool.people.models import Participant

# What the rules on dates and states read, and another transaction may just have changed.
REGISTRATION = ("enrolled_on", "started_on", "left_on", "left_reason", "state")
CHUNK = 500


def hold(participant: Participant) -> None:
    """Keep other changes of this participant waiting until this one is committed."""
    db.session.refresh(participant, REGISTRATION, with_for_update=True)


def hold_all(participant_ids: Collection[int]) -> None:
    """The same for some known by their ids; always in one order."""
    ordered = sorted(set(participant_ids))
    for start in range(0, len(ordered), CHUNK):
        db.session.execute(
            select(Participant.id)
            .where(Participant.id.in_(ordered[start : start + CHUNK]))
            .order_by(Participant.id)
            .with_for_update()
        )

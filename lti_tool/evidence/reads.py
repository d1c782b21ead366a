"""Who was shown evidence that somebody else wrote: kept so that a mishap can be followed up.

Kept once for each viewer, version and day, and only for pages and files that show what it says. The
row is written in a transaction of its own, after the page was made: nobody waits for it, and a
page that only reads stays a reader.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.clock import now, today
from lti_tool.db import db, own_transaction
from lti_tool.evidence.guard_models import EvidenceRead
from lti_tool.evidence.models import Attempt, AttemptItem, EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import HELD
from lti_tool.identity import LinkHolder, Viewer
from lti_tool.people.models import User

ONCE = ["reader_id", "version_id", "read_on"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who was shown a version, and on which days."""

    name: str
    read_as: str
    version: int
    first_on: date
    last_on: date


def note_read(viewer: Viewer | LinkHolder, version_ids: Collection[int]) -> None:
    """Keep that this viewer was shown these versions today, unless they wrote them.

    For a request that only reads: it must hold no lock that the row would wait for.
    """
    new = _not_noted(viewer, version_ids)
    if not new:
        return
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = {
        "reader_id": viewer.user_id, "read_as": viewer.acted_as, "read_on": today(),
        "read_at": now(),
    }  # fmt: skip
    insert = dialect.insert(EvidenceRead).values([{**row, "version_id": one} for one in new])
    with own_transaction(of_one=True) as connection:
        connection.execute(insert.on_conflict_do_nothing(index_elements=ONCE))


def note_bundle_read(viewer: Viewer | LinkHolder, attempt: Attempt) -> None:
    """The same of all that a submission holds and shows."""
    shown = (
        select(AttemptItem.version_id)
        .join(EvidenceVersion, EvidenceVersion.id == AttemptItem.version_id)
        .join(EvidenceItem, EvidenceItem.id == EvidenceVersion.item_id)
        .where(AttemptItem.attempt_id == attempt.id, EvidenceItem.state.not_in(HELD))
    )
    note_read(viewer, db.session.scalars(shown).all())


def readers_of(item_id: int) -> list[Reader]:
    """Who was shown which version of an item, those who saw it last first."""
    first, last = func.min(EvidenceRead.read_on), func.max(EvidenceRead.read_on)
    rows = db.session.execute(
        select(User.name, EvidenceRead.read_as, EvidenceVersion.number, first, last)
        .join(EvidenceVersion, EvidenceVersion.id == EvidenceRead.version_id)
        .join(User, User.id == EvidenceRead.reader_id)
        .where(EvidenceVersion.item_id == item_id)
        .group_by(User.id, User.name, EvidenceRead.read_as, EvidenceVersion.number)
        .order_by(last.desc(), User.name, EvidenceVersion.number)
    )
    return [Reader(*row) for row in rows]


def _not_noted(viewer: Viewer | LinkHolder, version_ids: Collection[int]) -> list[int]:
    if not version_ids:
        return []
    noted = select(EvidenceRead.version_id).where(
        EvidenceRead.reader_id == viewer.user_id,
        EvidenceRead.read_on == today(),
        EvidenceRead.version_id.in_(version_ids),
    )
    by_others = select(EvidenceVersion.id).where(
        EvidenceVersion.id.in_(version_ids),
        EvidenceVersion.author_id != viewer.user_id,
        EvidenceVersion.id.not_in(noted),
    )
    return sorted(db.session.scalars(by_others))

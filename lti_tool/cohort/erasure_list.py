"""Who was erased, by number, kept in the file store: it outlives the database that is restored.

A backup knows nothing of what was erased after it. The list holds numbers, codes and moments, and
no name; it is only ever added to, so that an older database cannot shorten it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from lti_tool.cohort import erasing
from lti_tool.cohort.privacy_models import Erasure
from lti_tool.db import begin_as_reader, db
from lti_tool.errors import Invalid, Unavailable
from lti_tool.logs import get_logger
from lti_tool.people.models import User
from lti_tool.storage import Storage

log = get_logger(__name__)

JOB = "erasure-list"
NAME = "erasures.json"
NOT_A_LIST = "This is no list of erasures, as `people erasures --json` writes it."
Row = dict[str, Any]


class Keeper:
    """Brings the list up to date; looks into the store only where something was erased."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.kept: int | None = None

    def keep_due(self) -> datetime | None:
        """The handler of the job. A store that does not answer is asked again within the minute."""
        begin_as_reader()
        number = db.session.scalar(select(func.count(Erasure.id))) or 0
        rows = listed() if number and number != self.kept else []
        db.session.rollback()
        try:
            if rows:
                keep(self.storage, rows)
        except Unavailable as error:
            log.warning("erasure_list_waits_for_store", reason=error.sentence)
        else:
            self.kept = number
        return None


def listed() -> list[Row]:
    """The erasures of this database."""
    found = db.session.execute(
        select(Erasure, User.created_at).join(User, User.id == Erasure.user_id).order_by(Erasure.id)
    )
    return [
        {
            "person": one.user_id,
            "known since": since.isoformat(),
            "reason": one.reason,
            "erased at": one.erased_at.isoformat(),
        }
        for one, since in found
    ]


def keep(storage: Storage, rows: Iterable[Row]) -> None:
    """Add to the list in the store."""
    known = kept(storage)
    together = merged([known, rows])
    if together != known:
        storage.put_note(NAME, json.dumps(together, indent=1).encode())


def kept(storage: Storage) -> list[Row]:
    """The list in the store."""
    content = storage.note(NAME)
    return [] if content is None else read(content)


def read(content: str | bytes) -> list[Row]:
    """A list as it was written. Raises Invalid for anything else."""
    try:
        rows = [
            {
                "person": int(row["person"]),
                **{name: _moment(row[name]) for name in ("known since",) if name in row},
                "reason": str(row["reason"]),
                "erased at": _moment(row["erased at"]),
            }
            for row in json.loads(content)
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(NOT_A_LIST) from error
    if any(row["reason"] not in erasing.REASONS for row in rows):
        raise Invalid(NOT_A_LIST)
    return rows


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def merged(lists: Iterable[Iterable[Row]]) -> list[Row]:
    """Each erasure once, the oldest first."""
    found: dict[tuple[str, int], Row] = {}
    for row in (row for rows in lists for row in rows):
        key = row["erased at"], row["person"]
        found[key] = {**found.get(key, {}), **row}
    return [found[key] for key in sorted(found)]


def erase_again(row: Row) -> bool:
    """Erase whom a list names where they are back; whether that was so.

    A number that was given anew after the restore, or in another database, is somebody else's: they
    are not known since the same moment.
    """
    user = db.session.get(User, row["person"])
    if user is None or erasing.is_erased(user):
        return False
    erased_at = datetime.fromisoformat(row["erased at"])
    since = datetime.fromisoformat(row.get("known since", user.created_at.isoformat()))
    if user.created_at != since or user.created_at > erased_at:
        return False
    erasing.erase(None, user, row["reason"])
    return True

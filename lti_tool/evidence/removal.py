"""Remove stored bytes that nothing names any more, without taking them from somebody.

The store may be another machine, so bytes go after the commit that left them without a row, by the
worker, and as often as it takes. Meanwhile somebody may add the same file: until the worker begins,
that takes the removal back; from then on it is refused for a quarter of an hour, by which time
whoever stored the file before it began has been told to store it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import Refused, Unavailable
from lti_tool.evidence.file_models import FileCheck
from lti_tool.evidence.models import Upload
from lti_tool.evidence.removal_models import FileRemoval
from lti_tool.evidence.resumable_models import ArrivingFile
from lti_tool.jobs import wake_after_commit
from lti_tool.logs import get_logger
from lti_tool.storage import Storage

log = get_logger(__name__)

JOB = "file-removals"
GRACE = timedelta(minutes=15)  # longer than any request that has stored bytes and not named them
PAUSE = timedelta(minutes=1)
AT_ONCE = 200
GOING = "The same file is just being removed from the store. Add it again in a quarter of an hour."


def let_go(digests: Collection[str]) -> int:
    """Note which of these bytes no row names any more; returns how many go."""
    named = set(db.session.scalars(select(Upload.sha256).where(Upload.sha256.in_(digests))))
    noted = set(
        db.session.scalars(select(FileRemoval.sha256).where(FileRemoval.sha256.in_(digests)))
    )
    going = sorted(set(digests) - named)
    db.session.execute(
        update(FileRemoval)
        .where(FileRemoval.sha256.in_(going))
        .values(state="waiting", due_at=now())
    )
    db.session.add_all(FileRemoval(sha256=one, due_at=now()) for one in going if one not in noted)
    if going:
        wake_after_commit(JOB)
    return len(going)


def let_go_beside(connection: Connection, digests: Collection[str]) -> None:
    """The same in a transaction that is no request's; what a row names stays, as the worker looks.

    Nobody is woken for it: the worker comes by within the minute.
    """
    named = set(connection.scalars(select(Upload.sha256).where(Upload.sha256.in_(digests))))
    for digest in sorted(set(digests) - named):
        waits = {"state": "waiting", "due_at": now()}
        again = update(FileRemoval).where(FileRemoval.sha256 == digest).values(**waits)
        if not connection.execute(again).rowcount:
            connection.execute(insert(FileRemoval).values(sha256=digest, **waits))


def left_to_remove() -> int:
    """How many files wait for the worker to remove their bytes."""
    query = select(func.count()).where(FileRemoval.state != "removed")
    return db.session.scalar(query) or 0


def keep(digests: Collection[str]) -> None:
    """Somebody names these bytes: take back that they go, or refuse where it is too late."""
    if not digests:
        return
    mine = FileRemoval.sha256.in_(set(digests))
    db.session.execute(delete(FileRemoval).where(mine, FileRemoval.state == "waiting"))
    over = FileRemoval.due_at <= now()
    db.session.execute(delete(FileRemoval).where(mine, FileRemoval.state == "removed", over))
    if db.session.scalar(select(func.count()).select_from(FileRemoval).where(mine)):
        raise Refused(GOING)


def remove_due(
    storage: Storage, *, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """The handler of the job: remove what is due, and forget what was removed a while ago."""
    for digest in _due():
        if stopping():
            break
        if not _claim(digest):
            continue
        try:
            storage.remove(digest)
        except Unavailable as error:
            log.warning("bytes_not_removed", digest=digest, reason=error.sentence)
            _settle(digest, "removing", PAUSE)
        else:
            _settle(digest, "removed", GRACE)
    begin_as_writer()
    gone = FileRemoval.state == "removed", FileRemoval.due_at <= now()
    db.session.execute(delete(FileRemoval).where(*gone))
    due: datetime | None = db.session.scalar(select(func.min(FileRemoval.due_at)))
    db.session.commit()
    return due


def _due() -> list[str]:
    found = db.session.scalars(
        select(FileRemoval.sha256)
        .where(FileRemoval.state != "removed", FileRemoval.due_at <= now())
        .order_by(FileRemoval.due_at, FileRemoval.sha256)
        .limit(AT_ONCE)
    ).all()
    db.session.rollback()
    return list(found)


def _claim(digest: str) -> bool:
    """Whether bytes are ours to remove; what a row names again, or will, stays."""
    begin_as_writer()
    row = db.session.get(FileRemoval, digest, with_for_update=True, populate_existing=True)
    is_named = db.session.scalar(select(_is_named(digest)))
    if row is None or row.state == "removed":
        db.session.rollback()
        return False
    if is_named:
        db.session.delete(row)
    else:
        row.state, row.due_at = "removing", now() + PAUSE
        # Whoever is drawing a preview now finds this gone when it is done, and removes it again.
        db.session.execute(delete(FileCheck).where(FileCheck.sha256 == digest))
    db.session.commit()
    return not is_named


def _is_named(digest: str) -> ColumnElement[bool]:
    arriving = exists().where(ArrivingFile.sha256 == digest)
    return exists().where(Upload.sha256 == digest) | arriving


def _settle(digest: str, state: str, pause: timedelta) -> None:
    begin_as_writer()
    mine = FileRemoval.sha256 == digest
    db.session.execute(update(FileRemoval).where(mine).values(state=state, due_at=now() + pause))
    db.session.commit()

"""Who may write about a row that was claimed: given back with the outcome, or lost.

Whoever holds the lease may write; a worker that slept past its lease writes nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.grades.claiming import Claimed, Parcel, Sent, table_of
from lti_tool.launch.alarms import Alarms
from lti_tool.logs import get_logger

log = get_logger(__name__)

SETTLED = ("confirmed", "kept", "conflict", "failed", "sent")
_beats = Alarms("leases")


class LeaseLost(Exception):
    """The row is somebody else's now, or was replaced; nothing more may be written."""


@contextmanager
def heartbeat(claimed: Claimed, life: timedelta) -> Iterator[None]:
    """Hold the lease for as long as this process lives, however slowly the gradebook answers."""
    engine = db.engine  # the thread has no application context

    def beat() -> None:
        try:
            with engine.begin() as connection:
                connection.execute(_held(claimed).values(lease_until=now() + life))
        except SQLAlchemyError as error:
            log.warning("heartbeat_missed", reason=type(error).__name__)

    with _beats.every(life.total_seconds() / 3, beat):
        yield


def keep(claimed: Claimed, life: timedelta, **changes: Any) -> None:
    """Write something down and hold the lease for longer. Raises LeaseLost."""
    _write(claimed, lease_until=now() + life, **changes)
    db.session.commit()


def give_back(claimed: Claimed, state: str, **changes: Any) -> None:
    """Write the outcome and end the lease. Raises LeaseLost."""
    ends: dict[str, Any] = {"lease": None, "lease_until": None, "lane": None}
    if state in SETTLED:
        ends["settled_at"] = now()
    _write(claimed, state=state, **ends, **changes)
    if state in SETTLED:
        event = f"{claimed.row.__tablename__}.{state}"
        if state == "confirmed" and isinstance(claimed, Parcel) and claimed.takes_back:
            event = "delivery.taken_back"
        record(None, event, claimed, participant_id=claimed.participant_id)
    db.session.commit()


def next_due(row: Sent, after: datetime) -> datetime | None:
    """When something becomes due later than this instant, a lease that runs out included."""
    begin_as_writer()
    waiting = select(func.min(row.due_at)).where(row.state == "queued", row.due_at > after)
    leased = select(func.min(row.lease_until)).where(row.state == "sending")
    moments = [db.session.scalar(waiting), db.session.scalar(leased)]
    db.session.rollback()
    return min((moment for moment in moments if moment is not None), default=None)


def _write(claimed: Claimed, **changes: Any) -> None:
    begin_as_writer()
    held = db.session.execute(_held(claimed).values(**changes))
    if held.rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        raise LeaseLost


def _held(claimed: Claimed) -> Update:
    table = table_of(claimed.row)
    row = table.c
    return update(table).where(
        row.id == claimed.id, row.lease == claimed.lease, row.state == "sending"
    )

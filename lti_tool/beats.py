"""Signs of life of the workers, so that somebody notices when none is left."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.clock import now
from lti_tool.db import Base, Instant, db, own_transaction

EVERY = timedelta(seconds=15)
# Several beats may be missed, by a machine that is busy or a database that restarts.
SILENT = timedelta(minutes=2)
# What a killed worker leaves behind is of no interest the day after.
KEPT = timedelta(days=1)


class WorkerBeat(Base):
    """When a worker was last seen; its row is gone once it has stopped as it was told to."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)


def worker_name() -> str:
    """A name that no other worker has, on whichever machine."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def beat(name: str) -> None:
    """This worker lives. Needs an application context."""
    moment = now()
    with own_transaction() as connection:
        again = update(WorkerBeat).where(WorkerBeat.name == name).values(seen_at=moment)
        if connection.execute(again).rowcount == 0:
            connection.execute(
                insert(WorkerBeat).values(name=name, started_at=moment, seen_at=moment)
            )
            connection.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < moment - KEPT))


def stop_beating(name: str) -> None:
    """This worker ends as it was told to."""
    with own_transaction() as connection:
        connection.execute(delete(WorkerBeat).where(WorkerBeat.name == name))


def living_workers() -> int:
    """How many workers were seen lately."""
    seen = select(func.count()).where(WorkerBeat.seen_at > now() - SILENT)
    return db.session.scalar(seen) or 0


def last_seen() -> datetime | None:
    """When any worker was last seen."""
    return db.session.scalar(select(func.max(WorkerBeat.seen_at)))

"""What waits for the workers, counted for whoever watches over the tool. Numbers, of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.file_models import FileCheck
from lti_tool.evidence.resumable_models import Arrival, ArrivingFile
from lti_tool.grades.models import Delivery, Grade, HandIn
from lti_tool.people.models import Mail

OPEN = ("queued", "sending")
DELIVERY_STATES = ("queued", "sending", "confirmed", "kept", "conflict", "failed", "superseded")


@dataclass(frozen=True)
class Queue:
    """How many rows wait, how many were given up, and for how long the first is overdue."""

    name: str
    waiting: int
    overdue_seconds: float
    failed: int = 0


def read_queues() -> list[Queue]:
    """Every queue, those with nothing in them too."""
    return [
        _of_states("deliveries", Delivery),
        _of_states("hand_ins", HandIn),
        _of_states("mail", Mail),
        _of_dates("scans", FileCheck.scan_due_at),
        _of_dates("previews", FileCheck.preview_due_at),
        _arriving(),
    ]


def count_deliveries() -> dict[str, int]:
    """How many deliveries are in each state."""
    counts = dict.fromkeys(DELIVERY_STATES, 0)
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    for state, count in db.session.execute(query):
        counts[state] = count
    return counts


def oldest_delivery_seconds() -> float:
    """How long ago the mark was released that has waited longest for its gradebook."""
    first = (
        select(func.min(Grade.released_at))
        .join(Delivery, Delivery.grade_id == Grade.id)
        .where(Delivery.state.in_(OPEN))
    )
    return _overdue(db.session.scalar(first))


def _of_states(name: str, model: Any) -> Queue:
    waits = model.state.in_(OPEN)
    row = db.session.execute(
        select(
            func.count().filter(waits),
            func.min(model.due_at).filter(waits),
            func.count().filter(model.state == "failed"),
        )
    ).one()
    return Queue(name, row[0], _overdue(row[1]), row[2])


def _of_dates(name: str, due: Any) -> Queue:
    row = db.session.execute(select(func.count(due), func.min(due))).one()
    return Queue(name, row[0], _overdue(row[1]))


def _arriving() -> Queue:
    """Files that have come whole, and are not looked at yet."""
    waits = ArrivingFile.state == Arrival.RECEIVED
    count = db.session.scalar(select(func.count()).where(waits)) or 0
    return Queue("uploads", count, 0)


def _overdue(due: datetime | None) -> float:
    return max(0.0, (now() - due).total_seconds()) if due else 0.0

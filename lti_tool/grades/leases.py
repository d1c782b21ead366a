"""Which worker sends which row: claimed by a lease, given back with the outcome.

Whoever holds the lease may write; a worker that slept past its lease writes nothing any more.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import aliased

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.grades.cells import Cell, cell_of
from lti_tool.grades.models import Delivery, HandIn
from lti_tool.launch.models import Registration
from lti_tool.launch.platform import Peer, peer_of
from lti_tool.logs import get_logger

log = get_logger(__name__)

CLAIM_ROUNDS = 5
SETTLED = ("confirmed", "kept", "conflict", "failed", "sent")
Row = type[Delivery] | type[HandIn]


class LeaseLost(Exception):
    """The row is somebody else's now, or was replaced; nothing more may be written."""


@dataclass(frozen=True)
class Claimed:
    """A claimed row in plain values: no transaction is open while the gradebook is asked."""

    row: ClassVar[Row]

    id: int
    lease: str
    peer: Peer | None  # None: the platform is disabled
    cell: Cell
    subject: str
    last_stamp: datetime | None  # of whatever was sent to this cell, hand-ins and marks alike
    was_posted: bool
    tries: int


AnyClaimed = TypeVar("AnyClaimed", bound=Claimed)


@dataclass(frozen=True)
class Parcel(Claimed):
    """A claimed delivery."""

    row = Delivery

    mark: int
    comment: str
    was_commented: bool
    stamp: datetime | None
    takes_back: bool
    repeats_mark: bool  # an earlier delivery to this cell had the same mark


def claim(life: timedelta) -> Parcel | None:
    """Take one delivery that is due, or None when none is (that nobody else may take either)."""
    return claim_in_rounds(lambda: _take(life), is_any_due)


def claim_in_rounds(
    take_one: Callable[[], AnyClaimed | None], is_another_due: Callable[[], bool]
) -> AnyClaimed | None:
    """Take one row, though others take theirs at the same moment."""
    begin_as_writer()
    for _ in range(CLAIM_ROUNDS):
        try:
            found = take_one()
        except IntegrityError:  # the lane was taken at this moment
            db.session.rollback()
            continue
        # PostgreSQL may skip the one row it chose, when it changed meanwhile, and find none though
        # others are due.
        if found is not None or not is_another_due():
            return found
    return None


@contextmanager
def heartbeat(claimed: Claimed, life: timedelta) -> Iterator[None]:
    """Hold the lease for as long as this process lives, however slowly the gradebook answers."""
    done = threading.Event()
    engine = db.engine  # the thread has no application context

    def beat() -> None:
        while not done.wait(life.total_seconds() / 3):
            try:
                with engine.begin() as connection:
                    connection.execute(_held(claimed).values(lease_until=now() + life))
            except SQLAlchemyError as error:
                log.warning("heartbeat_missed", reason=type(error).__name__)

    thread = threading.Thread(target=beat, name=f"lease-{claimed.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


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
        row: Any = db.session.get_one(claimed.row, claimed.id, populate_existing=True)
        event = f"{claimed.row.__tablename__}.{state}"
        if state == "confirmed" and row.takes_back:
            event = "delivery.taken_back"
        record(None, event, row, participant_id=row.participant_id)
    db.session.commit()


def next_due(row: Row, after: datetime) -> datetime | None:
    """When something becomes due later than this instant, a lease that runs out included."""
    begin_as_writer()
    waiting = select(func.min(row.due_at)).where(row.state == "queued", row.due_at > after)
    leased = select(func.min(row.lease_until)).where(row.state == "sending")
    moments = [db.session.scalar(waiting), db.session.scalar(leased)]
    db.session.rollback()
    return min((moment for moment in moments if moment is not None), default=None)


def last_stamp(found: Delivery | HandIn) -> datetime | None:
    """The latest time that the cell was sent by another row: what comes next has to be later."""
    stamps: list[datetime | None] = []
    for row in (Delivery, HandIn):
        query = select(func.max(row.stamp)).where(
            row.line_item_id == found.line_item_id, row.participant_id == found.participant_id
        )
        if isinstance(found, row):
            query = query.where(row.id != found.id)
        stamps.append(db.session.scalar(query))
    if found.stamp is None:
        # Sent before, and to be sent with a new time: the former one was not later than its post.
        stamps.append(found.posted_at)
    return max((stamp for stamp in stamps if stamp is not None), default=None)


def is_due(row: Row) -> ColumnElement[bool]:
    """What may be claimed: waiting long enough or left behind, and no other of its lane in hand."""
    moment = now()
    busy = aliased(row)
    return and_(
        or_(
            and_(row.state == "queued", row.due_at <= moment),
            and_(row.state == "sending", row.lease_until <= moment),
        ),
        ~exists().where(busy.lane == row.registration_id, busy.id != row.id),
    )


def take(found: Delivery | HandIn, life: timedelta) -> Registration:
    """Put a locked row under a lease; tells the platform that it goes to."""
    registration = db.session.get_one(Registration, found.registration_id)
    found.state = "sending"
    found.lease = secrets.token_hex(16)
    found.lease_until = now() + life
    found.tries += 1
    # https://canvas.instructure.com/doc/api/file.throttling.html
    found.lane = registration.id if registration.product == "canvas" else None
    db.session.flush()
    return registration


def packed(found: Delivery | HandIn, registration: Registration) -> dict[str, Any]:
    """The plain values of a row that was taken."""
    return {
        "id": found.id,
        "lease": found.lease,
        "peer": None if registration.disabled_at else peer_of(registration),
        "cell": cell_of(found.line_item),
        "subject": found.subject,
        "last_stamp": last_stamp(found),
        "was_posted": found.posted_at is not None,
        "tries": found.tries,
    }


def _take(life: timedelta) -> Parcel | None:
    # The row lock keeps others off on PostgreSQL; on SQLite the transaction itself does.
    delivery = db.session.scalars(
        select(Delivery)
        .where(_is_due_delivery())
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        db.session.rollback()
        return None
    parcel = _parcel(delivery, take(delivery, life))
    db.session.commit()
    return parcel


def _parcel(delivery: Delivery, registration: Registration) -> Parcel:
    same = exists().where(
        Delivery.line_item_id == delivery.line_item_id,
        Delivery.participant_id == delivery.participant_id,
        Delivery.id != delivery.id,
        Delivery.posted_at.is_not(None),
        Delivery.score == delivery.score,
    )
    return Parcel(
        **packed(delivery, registration),
        mark=delivery.score,
        comment=delivery.comment,
        was_commented=delivery.commented_at is not None,
        stamp=delivery.stamp,
        takes_back=delivery.takes_back,
        repeats_mark=bool(db.session.scalar(select(same))),
    )


def is_any_due() -> bool:
    """Whether a delivery could be claimed at this moment."""
    found = bool(db.session.scalar(select(exists().where(_is_due_delivery()))))
    db.session.rollback()
    return found


def _is_due_delivery() -> ColumnElement[bool]:
    """A mark waits while the hand-in of the same cell is on its way: they would overtake.

    A mark that a crash left in hand goes first, as its hand-in waits for it.
    """
    is_next = and_(HandIn.state == "queued", HandIn.due_at <= now(), Delivery.state == "queued")
    announced = exists().where(
        HandIn.line_item_id == Delivery.line_item_id,
        HandIn.participant_id == Delivery.participant_id,
        or_(HandIn.state == "sending", is_next),
    )
    return and_(is_due(Delivery), ~announced)


def _write(claimed: Claimed, **changes: Any) -> None:
    begin_as_writer()
    held = db.session.execute(
        _held(claimed).values(**changes).execution_options(synchronize_session=False)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        raise LeaseLost


def _held(claimed: Claimed) -> Update:
    row = claimed.row
    return update(row).where(
        row.id == claimed.id, row.lease == claimed.lease, row.state == "sending"
    )

"""Which worker sends which delivery: claimed by a lease, given back with the outcome.

Whoever holds the lease may write; a worker that slept past its lease writes nothing any more.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import aliased

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import NotFound
from lti_tool.grades.models import Delivery, LineItem
from lti_tool.launch.courses import find_module_link, get_services
from lti_tool.launch.models import CourseServices, Registration
from lti_tool.launch.platform import Peer, peer_of
from lti_tool.logs import get_logger

log = get_logger(__name__)

CLAIM_ROUNDS = 5
SETTLED = ("confirmed", "kept", "conflict", "failed")


class LeaseLost(Exception):
    """The row is somebody else's now, or was replaced; nothing more may be written."""


@dataclass(frozen=True)
class Cell:
    """One column and where it may be found: what binding needs."""

    line_item_id: int
    url: str | None
    label: str
    resource_id: str
    tag: str
    link_url: str | None
    line_items_url: str | None
    scopes: Collection[str]


@dataclass(frozen=True)
class Parcel:
    """A claimed delivery in plain values: no transaction is open while the gradebook is asked."""

    id: int
    lease: str
    peer: Peer | None  # None: the platform is disabled
    cell: Cell
    subject: str
    mark: int
    comment: str
    was_commented: bool
    stamp: datetime | None
    last_stamp: datetime | None
    was_posted: bool
    repeats_mark: bool  # an earlier delivery to this cell had the same mark
    tries: int


def claim(life: timedelta) -> Parcel | None:
    """Take one row that is due, or None when none is (that nobody else may take either)."""
    begin_as_writer()
    for _ in range(CLAIM_ROUNDS):
        try:
            found = _take(life)
        except IntegrityError:  # the lane was taken at this moment
            db.session.rollback()
            continue
        # PostgreSQL may skip the one row it chose, when it changed meanwhile, and find none though
        # others are due.
        if found is not None or not is_any_due():
            return found
    return None


@contextmanager
def heartbeat(parcel: Parcel, life: timedelta) -> Iterator[None]:
    """Hold the lease for as long as this process lives, however slowly the gradebook answers."""
    done = threading.Event()
    engine = db.engine  # the thread has no application context

    def beat() -> None:
        while not done.wait(life.total_seconds() / 3):
            try:
                with engine.begin() as connection:
                    connection.execute(_held(parcel).values(lease_until=now() + life))
            except SQLAlchemyError as error:
                log.warning("heartbeat_missed", reason=type(error).__name__)

    thread = threading.Thread(target=beat, name=f"lease-{parcel.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def keep(parcel: Parcel, life: timedelta, **changes: Any) -> None:
    """Write something down and hold the lease for longer. Raises LeaseLost."""
    _write(parcel, lease_until=now() + life, **changes)
    db.session.commit()


def give_back(parcel: Parcel, state: str, **changes: Any) -> None:
    """Write the outcome and end the lease. Raises LeaseLost."""
    ends: dict[str, Any] = {"lease": None, "lease_until": None, "lane": None}
    if state in SETTLED:
        ends["settled_at"] = now()
    _write(parcel, state=state, **ends, **changes)
    if state in SETTLED:
        delivery = db.session.get_one(Delivery, parcel.id, populate_existing=True)
        record(None, f"delivery.{state}", delivery, participant_id=delivery.participant_id)
    db.session.commit()


def next_due(after: datetime) -> datetime | None:
    """When something becomes due later than this instant, a lease that runs out included."""
    begin_as_writer()
    waiting = select(func.min(Delivery.due_at)).where(
        Delivery.state == "queued", Delivery.due_at > after
    )
    leased = select(func.min(Delivery.lease_until)).where(Delivery.state == "sending")
    moments = [db.session.scalar(waiting), db.session.scalar(leased)]
    db.session.rollback()
    return min((moment for moment in moments if moment is not None), default=None)


def _take(life: timedelta) -> Parcel | None:
    # The row lock keeps others off on PostgreSQL; on SQLite the transaction itself does.
    delivery = db.session.scalars(
        select(Delivery)
        .where(_is_due())
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        db.session.rollback()
        return None
    registration = db.session.get_one(Registration, delivery.registration_id)
    delivery.state = "sending"
    delivery.lease = secrets.token_hex(16)
    delivery.lease_until = now() + life
    delivery.tries += 1
    # https://canvas.instructure.com/doc/api/file.throttling.html
    delivery.lane = registration.id if registration.product == "canvas" else None
    db.session.flush()
    parcel = _packed(delivery, registration)
    db.session.commit()
    return parcel


def _packed(delivery: Delivery, registration: Registration) -> Parcel:
    in_cell = and_(
        Delivery.line_item_id == delivery.line_item_id,
        Delivery.participant_id == delivery.participant_id,
    )
    last = db.session.scalar(select(func.max(Delivery.stamp)).where(in_cell))
    same = exists().where(
        in_cell,
        Delivery.id != delivery.id,
        Delivery.posted_at.is_not(None),
        Delivery.score == delivery.score,
    )
    assert delivery.lease is not None
    return Parcel(
        id=delivery.id,
        lease=delivery.lease,
        peer=None if registration.disabled_at else peer_of(registration),
        cell=cell_of(delivery.line_item),
        subject=delivery.subject,
        mark=delivery.score,
        comment=delivery.comment,
        was_commented=delivery.commented_at is not None,
        stamp=delivery.stamp,
        last_stamp=last,
        was_posted=delivery.posted_at is not None,
        repeats_mark=bool(db.session.scalar(select(same))),
        tries=delivery.tries,
    )


def cell_of(line_item: LineItem) -> Cell:
    """The column in plain values, with what its course's launches have told."""
    services = _services_of(line_item.course_id)
    link = find_module_link(line_item.course_id, line_item.module_code)
    # The activity's own column is for the first attempt; a further one has a column of its own.
    is_first = line_item.attempt_number == 1
    return Cell(
        line_item_id=line_item.id,
        url=line_item.url,
        label=line_item.label,
        resource_id=line_item.resource_id,
        tag=line_item.tag,
        link_url=link.lineitem_url if link and is_first else None,
        line_items_url=services.lineitems_url if services else None,
        scopes=tuple(services.scopes) if services else (),
    )


def _services_of(course_id: int) -> CourseServices | None:
    try:
        return get_services(course_id)
    except NotFound:  # no launch has told of any yet
        return None


def _write(parcel: Parcel, **changes: Any) -> None:
    begin_as_writer()
    held = db.session.execute(
        _held(parcel).values(**changes).execution_options(synchronize_session=False)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        db.session.rollback()
        raise LeaseLost


def _held(parcel: Parcel) -> Update:
    return update(Delivery).where(
        Delivery.id == parcel.id, Delivery.lease == parcel.lease, Delivery.state == "sending"
    )


def _is_due() -> ColumnElement[bool]:
    moment = now()
    busy = aliased(Delivery)
    return and_(
        or_(
            and_(Delivery.state == "queued", Delivery.due_at <= moment),
            and_(Delivery.state == "sending", Delivery.lease_until <= moment),
        ),
        ~exists().where(busy.lane == Delivery.registration_id, busy.id != Delivery.id),
    )


def is_any_due() -> bool:
    """Whether a row could be claimed at this moment."""
    found = bool(db.session.scalar(select(exists().where(_is_due()))))
    db.session.rollback()
    return found

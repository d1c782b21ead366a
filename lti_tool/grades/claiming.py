"""Which row is next: found by the index, read with all that its sending needs, and taken.

The statements are built once: building one takes longer than the database needs to answer it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from lti_tool.clock import now
from lti_tool.db import Instant, begin_as_writer, db
from lti_tool.grades import ags
from lti_tool.grades.cells import Cell, known_cell, read_cell
from lti_tool.grades.models import Delivery, HandIn, LineItem
from lti_tool.grades.rules.sending import next_stamp
from lti_tool.launch.models import CourseServices, Registration
from lti_tool.launch.platform import Peer
from lti_tool.people.models import Participant, User

CLAIM_ROUNDS = 5
MOMENT = bindparam("moment", type_=Instant)
Sent = type[Delivery] | type[HandIn]


@dataclass(frozen=True)
class Claimed:
    """A claimed row in plain values: no transaction is open while the gradebook is asked."""

    row: ClassVar[Sent]

    id: int
    provider_id: int
    participant_id: int
    lease: str
    peer: Peer | None  # None: the platform is disabled
    cell: Cell
    subject: str
    last_stamp: datetime | None  # of whatever was sent to this cell, hand-ins and marks alike
    was_posted: bool
    tries: int
    is_of_erased: bool

    @property
    def __tablename__(self) -> str:
        """The trail notes by it what became of which row."""
        return self.row.__tablename__


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
    # The claim wrote down the stamp and that the score is about to be posted.
    is_written_down: bool = False


def claim(life: timedelta, *, after_crash: bool = True) -> Parcel | None:
    """Take one delivery that is due, or None when none is (that nobody else may take either).

    What a crash left behind comes first, or last where that was looked for a moment ago.
    """
    return claim_in_rounds(lambda: _take(life, after_crash), is_any_due)


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


def is_any_due() -> bool:
    """Whether a delivery could be claimed at this moment."""
    return is_there(_any_due())


def is_there(query: Select[bool]) -> bool:
    """What a question of yes or no answers at this moment; nothing stays open."""
    found = bool(db.session.scalar(query, {"moment": now()}))
    db.session.rollback()
    return found


def waits(row: Sent) -> ColumnElement[bool]:
    """Whether its turn has come."""
    return and_(row.state == "queued", row.due_at <= MOMENT)


def is_left_behind(row: Sent) -> ColumnElement[bool]:
    """Whether the lease ran out on whoever had it in hand."""
    return and_(row.state == "sending", row.lease_until <= MOMENT)


def lane_is_free(row: Sent) -> ColumnElement[bool]:
    """Whether no other row of its lane is in hand."""
    busy = aliased(row)
    return ~exists().where(busy.lane == row.registration_id, busy.id != row.id)


def first_of(row: Sent, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The row whose turn it is, locked, by one step along the index: thousands may wait behind it.

    The row lock keeps others off on PostgreSQL; on SQLite the transaction itself does.
    """
    return (
        select(row.id)
        .where(*conditions, lane_is_free(row))
        .order_by(row.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def all_about(row: Sent, *more: Any) -> Select[Any]:
    """One row, with where it goes to and when its cell was last sent."""
    columns: list[Any] = [
        row.id, row.provider_id, row.participant_id, row.line_item_id, row.subject,
        row.tries, row.stamp, row.posted_at,
        row.registration_id, Registration.client_id, Registration.auth_token_url,
        Registration.product, Registration.disabled_at, User.erased_at,
        LineItem.url, LineItem.label, LineItem.resource_id, LineItem.tag,
        CourseServices.lineitems_url, CourseServices.scopes,
        _last_stamp(Delivery, row).label("last_mark"),
        _last_stamp(HandIn, row).label("last_hand_in"),
    ]  # fmt: skip
    return (
        select(*columns, *more)
        .join(Registration, Registration.id == row.registration_id)
        .join(LineItem, LineItem.id == row.line_item_id)
        .join(Participant, Participant.id == row.participant_id)
        .join(User, User.id == Participant.user_id)
        .outerjoin(CourseServices, CourseServices.course_id == LineItem.course_id)
        .where(row.id == bindparam("row_id"))
    )


def read_first(queries: Sequence[Select[Any]], about: Select[Any]) -> Row[Any] | None:
    """All about the row that the first of these finds, or the next of them."""
    for query in queries:
        row_id = db.session.scalar(query, {"moment": now()})
        if row_id is not None:
            return db.session.execute(about, {"row_id": row_id}).one()
    return None


def packed(found: Row[Any]) -> dict[str, Any]:
    """The plain values of a row that is about to be taken."""
    peer = Peer(found.registration_id, found.client_id, found.auth_token_url, found.product)
    # The activity's links are looked at only where the column is not known yet.
    cell = known_cell(found) if found.url else read_cell(found.line_item_id)
    return {
        "id": found.id,
        "provider_id": found.provider_id,
        "participant_id": found.participant_id,
        "lease": secrets.token_hex(16),
        "peer": None if found.disabled_at else peer,
        "cell": cell,
        "subject": found.subject,
        "last_stamp": latest_of(found),
        "was_posted": found.posted_at is not None,
        "tries": found.tries + 1,
        "is_of_erased": found.erased_at is not None,
    }


def latest_of(found: Row[Any]) -> datetime | None:
    """The latest time that the cell was sent by another row: what comes next has to be later."""
    stamps = [found.last_mark, found.last_hand_in]
    if found.stamp is None:
        # Sent before, and to be sent with a new time: the former one was not later than its post.
        stamps.append(found.posted_at)
    return max((stamp for stamp in stamps if stamp is not None), default=None)


def take(claimed: Claimed, life: timedelta, **changes: Any) -> None:
    """Put the locked row under the lease, and write down what else is known by then."""
    peer = claimed.peer
    # https://canvas.instructure.com/doc/api/file.throttling.html
    lane = peer.registration_id if peer is not None and peer.product == "canvas" else None
    ends = {"lease": claimed.lease, "lease_until": now() + life, "tries": claimed.tries}
    table = table_of(claimed.row)
    db.session.execute(
        update(table)
        .where(table.c.id == claimed.id)
        .values(state="sending", lane=lane, **ends, **changes)
    )
    db.session.commit()


def table_of(row: Sent) -> Table:
    """The table itself, for statements that need no objects."""
    return cast("Table", row.__table__)


def _take(life: timedelta, after_crash: bool) -> Parcel | None:
    queries = _first_delivery() if after_crash else tuple(reversed(_first_delivery()))
    found = read_first(queries, _all_about_delivery())
    if found is None:
        db.session.rollback()
        return None
    parcel = _parcel(found)
    stamp = _stamp_to_write_down(parcel)
    if stamp is None:
        take(parcel, life)
        return parcel
    take(parcel, life, stamp=stamp, posted_at=now())
    return replace(parcel, stamp=stamp, is_written_down=True)


def _stamp_to_write_down(parcel: Parcel) -> datetime | None:
    """The time with which the score is posted at once, where nothing has to be looked at before.

    What else goes before the post (docs/decisions/0007) is then one commit with the claim.
    """
    is_first = not parcel.was_posted and not parcel.takes_back
    is_open = {ags.SCORE_SCOPE, ags.RESULT_SCOPE} <= set(parcel.cell.scopes)
    if parcel.is_of_erased or parcel.peer is None or not parcel.cell.url:
        return None
    if not is_first or not is_open:
        return None
    stamp = parcel.stamp or next_stamp(now(), parcel.last_stamp)
    return stamp if stamp <= now() else None


def _parcel(found: Row[Any]) -> Parcel:
    return Parcel(
        **packed(found),
        mark=found.score,
        comment=found.comment,
        was_commented=found.commented_at is not None,
        stamp=found.stamp,
        takes_back=found.takes_back,
        repeats_mark=found.repeats_mark,
    )


@cache
def _first_delivery() -> tuple[Select[Any], Select[Any]]:
    return first_of(Delivery, *_left_behind()), first_of(Delivery, *_in_turn())


@cache
def _all_about_delivery() -> Select[Any]:
    other = aliased(Delivery)
    same = exists().where(
        *_of_the_cell(other, Delivery), other.posted_at.is_not(None), other.score == Delivery.score
    )
    return all_about(
        Delivery,
        Delivery.score,
        Delivery.comment,
        Delivery.commented_at,
        Delivery.takes_back,
        same.label("repeats_mark"),
    )


@cache
def _any_due() -> Select[bool]:
    is_due = or_(and_(*_left_behind()), and_(*_in_turn()))
    return select(exists().where(is_due, lane_is_free(Delivery)))


def _in_turn() -> tuple[ColumnElement[bool], ...]:
    """A mark waits while the hand-in of the same cell is on its way: they would overtake."""
    is_next = and_(HandIn.state == "queued", HandIn.due_at <= MOMENT)
    return waits(Delivery), ~_is_announced(or_(HandIn.state == "sending", is_next))


def _left_behind() -> tuple[ColumnElement[bool], ...]:
    """A mark that a crash left in hand goes before its hand-in, which waits for it."""
    return is_left_behind(Delivery), ~_is_announced(HandIn.state == "sending")


def _is_announced(state: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        HandIn.line_item_id == Delivery.line_item_id,
        HandIn.participant_id == Delivery.participant_id,
        state,
    )


def _last_stamp(sent: Sent, row: Sent) -> ScalarSelect[datetime | None]:
    other = aliased(sent)
    return select(func.max(other.stamp)).where(*_of_the_cell(other, row)).scalar_subquery()


def _of_the_cell(other: Any, row: Sent) -> list[ColumnElement[bool]]:
    """Whatever else was ever sent to the same cell."""
    same = [other.line_item_id == row.line_item_id, other.participant_id == row.participant_id]
    if inspect(other).mapper.class_ is row:
        same.append(other.id != row.id)
    if inspect(other).mapper.class_ is row is Delivery:
        # One delivery of a cell is current; an index finds the few that were replaced.
        same.append(other.state == "superseded")
    return same

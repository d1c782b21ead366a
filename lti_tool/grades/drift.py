"""Compare the gradebooks with what was confirmed: nothing is sent, differences are kept and told.

The worker looks at each confirmed cell again every few days, as the programme says; an operator or
`reconcile` looks at all of them now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select, update

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.grades import ags
from lti_tool.grades.models import Delivery
from lti_tool.grades.release_models import GradebookDifference
from lti_tool.grades.rules.drifting import what_differs
from lti_tool.launch.models import Registration
from lti_tool.launch.platform import Peer, PlatformUnreachable, TokenRefused, peer_of
from lti_tool.logs import get_logger
from lti_tool.people.erased import is_of_erased
from lti_tool.people.models import Participant, ProgrammeVersion
from lti_tool.people.programmes import parsed

log = get_logger(__name__)

JOB = "gradebook-checks"
RECHECK_DAYS = 7  # where the programme names none
AT_ONCE = 200
TROUBLE_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Difference:
    """A cell that does not show what was confirmed, or that could not be read."""

    delivery_id: int
    sentence: str


@dataclass(frozen=True)
class _Cell:
    delivery_id: int
    registration_id: int
    peer: Peer
    url: str
    subject: str
    mark: int
    takes_back: bool
    days: int


class _Trouble(Exception):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def reconcile() -> tuple[int, list[Difference]]:
    """How many confirmed cells were read now, and which of them differ. Differences are kept."""
    cells = _cells(Delivery.state == "confirmed")
    found = []
    for cell in cells:
        try:
            says = _look(cell)
        except _Trouble as trouble:
            found.append(Difference(cell.delivery_id, trouble.sentence))
            continue
        _note(cell, says)
        if says:
            found.append(Difference(cell.delivery_id, says))
    return len(cells), found


def check_due(*, stopping: Callable[[], bool] = lambda: False) -> None:
    """The handler of the job: look at what has not been looked at for its number of days.

    A platform that does not answer is left for an hour; nothing is said of its cells meanwhile.
    """
    silent: set[int] = set()
    for cell in _cells(and_(Delivery.state == "confirmed", _is_due()), most=AT_ONCE):
        if stopping():
            return
        if cell.registration_id in silent:
            _look_later([cell])
            continue
        try:
            _note(cell, _look(cell))
        except _Trouble as trouble:
            log.info("gradebook_unread", delivery=cell.delivery_id, reason=trouble.sentence)
            silent.add(cell.registration_id)
            _look_later([cell])


def _cells(condition: ColumnElement[bool], most: int | None = None) -> list[_Cell]:
    begin_as_writer()
    rows = db.session.execute(
        select(Delivery, Registration, Participant.programme_version_id)
        .join(Registration, Registration.id == Delivery.registration_id)
        .join(Participant, Participant.id == Delivery.participant_id)
        .where(
            condition,
            Registration.disabled_at.is_(None),
            ~is_of_erased(Delivery.participant_id),  # nobody knows whose cell it was
        )
        .order_by(Delivery.id)
        .limit(most)
    ).all()
    days = _days()
    cells = [
        _Cell(
            delivery.id,
            registration.id,
            peer_of(registration),
            delivery.line_item.url,
            delivery.subject,
            delivery.score,
            delivery.takes_back,
            days.get(version_id, RECHECK_DAYS),
        )
        for delivery, registration, version_id in rows
        if delivery.line_item.url
    ]
    db.session.rollback()  # nothing stays open while the gradebooks are asked
    return cells


def _days() -> dict[int, int]:
    """Programme version → after how many days a cell is looked at again."""
    versions = db.session.scalars(select(ProgrammeVersion))
    policies = {each.id: parsed(each.definition).policies for each in versions}
    return {
        number: int(policy.get("gradebook", {}).get("recheck_days", RECHECK_DAYS))
        for number, policy in policies.items()
    }


def _is_due() -> ColumnElement[bool]:
    moment = now()
    by_version = [
        and_(
            Participant.programme_version_id == number,
            Delivery.check_at.is_(None),
            Delivery.settled_at <= moment - timedelta(days=days),
        )
        for number, days in _days().items()
    ]
    return or_(Delivery.check_at <= moment, *by_version, false())


def _look(cell: _Cell) -> str | None:
    try:
        seen = ags.fetch_result(cell.peer, cell.url, cell.subject)
    except (PlatformUnreachable, TokenRefused) as error:
        raise _Trouble(error.sentence) from error
    except ags.Refusal as refusal:
        status = refusal.answer.status
        raise _Trouble(f"The gradebook could not be read (status {status}).") from refusal
    except ags.Unreadable as error:
        raise _Trouble("The gradebook's answer could not be understood.") from error
    return what_differs(cell.mark, seen, is_recalled=cell.takes_back)


def _note(cell: _Cell, says: str | None) -> None:
    """Keep what was seen, unless the delivery was replaced, sent again or emptied meanwhile."""
    begin_as_writer()
    delivery = db.session.scalars(
        select(Delivery)
        .where(
            Delivery.id == cell.delivery_id,
            Delivery.state == "confirmed",
            Delivery.takes_back == cell.takes_back,
            Delivery.subject == cell.subject,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is not None:
        delivery.check_at = now() + timedelta(days=cell.days)
        _write_down(delivery, says)
    db.session.commit()


def _write_down(delivery: Delivery, says: str | None) -> None:
    rows = db.session.scalars(
        select(GradebookDifference)
        .where(GradebookDifference.delivery_id == delivery.id)
        .order_by(GradebookDifference.id.desc())
    ).all()
    newest = rows[0] if rows and rows[0].state in {"open", "accepted"} else None
    if says is None:
        if newest is not None:  # an accepted one too: if it comes back, it is told anew
            newest.state = "gone"
    elif newest is not None and newest.state == "open":
        newest.says = says
    elif newest is None or newest.says != says:
        _add(delivery, says, now())


def _add(delivery: Delivery, says: str, moment: datetime) -> None:
    difference = GradebookDifference(
        provider_id=delivery.provider_id,
        delivery_id=delivery.id,
        says=says,
        found_at=moment,
        state="open",
        reason="",
    )
    db.session.add(difference)
    db.session.flush()
    record(
        None, "gradebook_difference.found", difference, participant_id=delivery.participant_id,
        delivery=delivery.id,
    )  # fmt: skip


def _look_later(cells: Iterable[_Cell]) -> None:
    begin_as_writer()
    ids = [cell.delivery_id for cell in cells]
    later = update(Delivery).where(Delivery.id.in_(ids)).values(check_at=now() + TROUBLE_PAUSE)
    db.session.execute(later.execution_options(synchronize_session=False))
    db.session.commit()

"""Tell Canvas what was handed in, so that its SpeedGrader opens the work in the tool.

A hand-in opens a new attempt in the gradebook, which cannot be taken back: so it is looked up
before it is sent a second time, and where that tells nothing it is not sent again.
https://canvas.instructure.com/doc/api/score.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, or_, select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import ags, claiming, deliveries, hand_ins, leases
from lti_tool.grades.claiming import Claimed
from lti_tool.grades.models import Delivery, HandIn
from lti_tool.grades.rules.sending import Outcome, meaning_of, next_stamp
from lti_tool.grades.tries import (
    LEASE_LIFE,
    ColumnGone,
    at_column,
    attempting,
    refused,
    try_later,
    why_not_write,
)
from lti_tool.jobs import wake_after_commit
from lti_tool.launch.hand_ins import url_of
from lti_tool.launch.platform import Peer
from lti_tool.launch.runtime import runtime

NO_ADDRESS_PAUSE = timedelta(hours=1)
NO_ADDRESS = (
    "The operator needs to set PUBLIC_URL to the address of this tool. Until then the tool cannot "
    "tell the gradebook where the work is."
)
LATER_ENTRY = "The gradebook has a later entry for this person."
UNSURE = (
    "The connection broke while the gradebook was told of this hand-in. Look in SpeedGrader "
    "whether it is there: telling the gradebook again could count as another attempt."
)


@dataclass(frozen=True)
class Announcement(Claimed):
    """A claimed hand-in."""

    row = HandIn

    handed_in_at: datetime
    reference: str
    was_empty: bool


def announce_due(
    *, life: timedelta = LEASE_LIFE, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Tell what is due to be told; tells when something becomes due next.

    The handler of the "hand-ins" job. Several may run at once, in threads and processes.
    """
    hand_ins.write_down()
    while True:
        looked_at = now()
        announcement = None if stopping() else claim(life)
        if announcement is None:
            return leases.next_due(HandIn, looked_at)
        attempting(announcement, life, _announce)
        # A mark for the same cell has waited for this.
        wake_after_commit(deliveries.JOB)
        db.session.commit()


def claim(life: timedelta) -> Announcement | None:
    """Take one hand-in that is due, or None when none is."""
    return claiming.claim_in_rounds(lambda: _take(life), _is_any_due)


def _take(life: timedelta) -> Announcement | None:
    found = claiming.read_first(_first_hand_in(), _all_about_hand_in())
    if found is None or _is_mark_in_hand(found):
        db.session.rollback()
        return None
    announcement = Announcement(
        **claiming.packed(found),
        handed_in_at=found.submitted_at,
        reference=found.reference,
        was_empty=found.was_empty,
    )
    claiming.take(announcement, life)
    return announcement


@cache
def _first_hand_in() -> tuple[Select[Any], Select[Any]]:
    free = ~_mark_in_hand()
    return (
        claiming.first_of(HandIn, claiming.is_left_behind(HandIn), free),
        claiming.first_of(HandIn, claiming.waits(HandIn), free),
    )


@cache
def _all_about_hand_in() -> Select[Any]:
    columns = (HandIn.reference, HandIn.was_empty, Attempt.submitted_at)
    return claiming.all_about(HandIn, *columns).join(Attempt, Attempt.id == HandIn.attempt_id)


@cache
def _any_due() -> Select[bool]:
    is_due = or_(claiming.is_left_behind(HandIn), claiming.waits(HandIn))
    return select(exists().where(is_due, claiming.lane_is_free(HandIn), ~_mark_in_hand()))


def _mark_in_hand() -> ColumnElement[bool]:
    return exists().where(
        Delivery.line_item_id == HandIn.line_item_id,
        Delivery.participant_id == HandIn.participant_id,
        Delivery.state == "sending",
    )


def _is_any_due() -> bool:
    return claiming.is_there(_any_due())


def _is_mark_in_hand(hand_in: Row[Any]) -> bool:
    """Whether a worker has taken a mark of this cell, if only a moment ago."""
    states = db.session.scalars(
        select(Delivery.state)
        .where(
            Delivery.line_item_id == hand_in.line_item_id,
            Delivery.participant_id == hand_in.participant_id,
        )
        .with_for_update()
    )
    return "sending" in states.all()


def _announce(announcement: Announcement, life: timedelta) -> None:
    peer, problem = announcement.peer, why_not_write(announcement)
    if problem or peer is None:
        leases.give_back(announcement, "failed", reason=problem)
        return
    base = runtime().settings.public_url
    if base is None:
        later, tries = now() + NO_ADDRESS_PAUSE, announcement.tries - 1
        leases.give_back(announcement, "queued", reason=NO_ADDRESS, due_at=later, tries=tries)
        return
    work_url = url_of(base, announcement.reference)
    at_column(announcement, peer, lambda url: _announce_to(url, work_url, announcement, peer, life))


def _announce_to(
    url: str, work_url: str, announcement: Announcement, peer: Peer, life: timedelta
) -> None:
    is_there = _look(url, announcement, peer)
    if announcement.was_posted:
        if is_there is None or not announcement.was_empty:
            leases.give_back(announcement, "failed", reason=UNSURE)
            return
        if is_there:
            leases.give_back(announcement, "sent", reason=None)
            return
    stamp = next_stamp(now(), announcement.last_stamp)
    if stamp > now():
        tries = announcement.tries - 1
        leases.give_back(announcement, "queued", due_at=stamp, tries=tries)
        return
    leases.keep(announcement, life, stamp=stamp, posted_at=now(), was_empty=is_there is False)
    told = ags.HandedIn(announcement.subject, work_url, announcement.handed_in_at, stamp)
    answer = ags.post_hand_in(peer, url, told)
    meaning = meaning_of(answer.status, peer.product, ags.message_of(answer))
    if meaning.outcome is Outcome.CHECK:
        leases.give_back(announcement, "sent", reason=None, last_status=answer.status)
    elif meaning.outcome is Outcome.REFUSED_AS_OLD:
        try_later(announcement, LATER_ENTRY, posted_at=None, last_status=answer.status)
    else:
        refused(announcement, answer, meaning)


def _look(url: str, announcement: Announcement, peer: Peer) -> bool | None:
    """Whether the gradebook holds anything in this cell; None where it does not say."""
    if ags.RESULT_SCOPE not in announcement.cell.scopes:
        return None
    try:
        return ags.fetch_result(peer, url, announcement.subject) is not None
    except ags.Refusal as refusal:
        status, said = refusal.answer.status, ags.message_of(refusal.answer)
        if status in {404, 410}:
            raise ColumnGone from refusal
        if meaning_of(status, peer.product, said).outcome is Outcome.RETRY:
            raise
        return None

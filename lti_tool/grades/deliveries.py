"""Send what is due to the gradebooks, and believe only what they show afterwards.

A score's time and the fact that it is about to be posted are committed before the post; no
transaction is open while the gradebook is asked. After a crash anywhere in between the lease runs
out, and the next try first looks whether the score has arrived.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.grades import ags, leases, line_items
from lti_tool.grades.leases import LeaseLost, Parcel
from lti_tool.grades.rules.reading import Seen, has_arrived, verdict_on
from lti_tool.grades.rules.sending import (
    MOST_TRIES,
    NO_ACCESS,
    Meaning,
    Outcome,
    asked_pause,
    meaning_of,
    next_stamp,
    pause_before,
    was_surely_not_stored,
)
from lti_tool.jobs import wake_after_commit
from lti_tool.launch.platform import Answer, Peer, PlatformUnreachable, TokenRefused
from lti_tool.logs import get_logger

log = get_logger(__name__)

JOB = "deliveries"
# After a crash a delivery waits this long: a call lasts 20 seconds at most, so that by then a post
# in hand has landed or is lost. A living worker keeps renewing its lease.
LEASE_LIFE = timedelta(seconds=25)
BUSY_PAUSE = timedelta(seconds=2)
DISABLED = "This platform is disabled in the tool, so nothing is sent to it."
UNREADABLE = "The gradebook's answer could not be understood."
MISTAKE = "The tool made a mistake while sending this mark. It will try again."
NOT_SEEN = (
    "The gradebook shows this mark. The connection broke while it was sent, so whether the new "
    "comment is there too has to be looked up in the gradebook."
)
NO_READING = (
    "The platform does not let the tool read results, so the tool cannot see whether a mark "
    "arrives. Its administrator can allow grade services for the tool."
)


class ColumnGone(Exception):
    """The platform does not know the column's address any more."""


def send_due(
    *, life: timedelta = LEASE_LIFE, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Work off what is due; tells when something becomes due next.

    The handler of the "deliveries" job. Several may run at once, in threads and processes.
    """
    is_first = True
    while True:
        looked_at = now()
        parcel = None if stopping() else leases.claim(life)
        if parcel is None:
            return leases.next_due(looked_at)
        if is_first and leases.is_any_due():
            wake_after_commit(JOB)  # a second pair of hands, where a worker has one free
        is_first = False
        _send(parcel, life)


def _send(parcel: Parcel, life: timedelta) -> None:
    """One try. Whatever happens, the row is given back with a sentence or left to its lease."""
    try:
        try:
            with leases.heartbeat(parcel, life):
                _deliver(parcel, life)
        except LeaseLost:
            raise
        except Exception as trouble:
            _give_back_after(parcel, trouble)
    except LeaseLost:
        log.info("lease_lost", delivery=parcel.id)


def _deliver(parcel: Parcel, life: timedelta) -> None:
    problem = _why_not_send(parcel)
    if problem or parcel.peer is None:
        leases.give_back(parcel, "failed", reason=problem)
        return
    url = _bind(parcel, parcel.peer)
    try:
        _deliver_to(url, parcel, parcel.peer, life)
    except ColumnGone:
        _deliver_to(_bind(parcel, parcel.peer, gone=url), parcel, parcel.peer, life)


def _bind(parcel: Parcel, peer: Peer, *, gone: str | None = None) -> str:
    try:
        return line_items.ensure_bound(parcel.cell, peer, gone=gone)
    except ags.Refusal as refusal:
        status, said = refusal.answer.status, ags.message_of(refusal.answer)
        if meaning_of(status, peer.product, said).outcome is Outcome.RETRY and status != 401:
            raise
        raise line_items.NoColumn(line_items.NO_COLUMN) from refusal


def _deliver_to(url: str, parcel: Parcel, peer: Peer, life: timedelta) -> None:
    if parcel.was_posted:
        leases.keep(parcel, life)
        seen = _read(url, parcel, peer)
        if has_arrived(parcel.mark, seen, parcel.stamp):
            unsure = peer.product == "canvas" and parcel.repeats_mark
            _confirm(parcel, seen, reason=NOT_SEEN if unsure else None)
            return
    stamp = parcel.stamp or next_stamp(now(), parcel.last_stamp)
    if stamp > now():
        leases.give_back(parcel, "queued", due_at=stamp, tries=parcel.tries - 1)
        return
    leases.keep(parcel, life, stamp=stamp, posted_at=now())
    answer = ags.post_score(peer, url, _score(parcel, peer, stamp))
    meaning = meaning_of(answer.status, peer.product, ags.message_of(answer))
    if meaning.outcome not in {Outcome.CHECK, Outcome.REFUSED_AS_OLD}:
        _refused(parcel, answer, meaning)
        return
    was_taken = meaning.outcome is Outcome.CHECK
    taken = {"commented_at": now()} if was_taken and peer.product == "canvas" else {}
    leases.keep(parcel, life, last_status=answer.status, **taken)
    _judge(parcel, _read(url, parcel, peer), was_taken=was_taken)


def _why_not_send(parcel: Parcel) -> str | None:
    if parcel.peer is None:
        return DISABLED
    if not parcel.cell.scopes:
        return line_items.NO_SERVICES
    if ags.SCORE_SCOPE not in parcel.cell.scopes:
        return NO_ACCESS
    # A mark that could never be read back could never be confirmed; it is not sent blindly.
    return None if ags.RESULT_SCOPE in parcel.cell.scopes else NO_READING


def _score(parcel: Parcel, peer: Peer, stamp: datetime) -> ags.Score:
    # Moodle takes a missing comment for an order to remove it; Canvas adds each one it is sent.
    is_there = peer.product == "canvas" and parcel.was_commented
    return ags.Score(parcel.subject, parcel.mark, stamp, None if is_there else parcel.comment)


def _read(url: str, parcel: Parcel, peer: Peer) -> Seen | None:
    try:
        return ags.fetch_result(peer, url, parcel.subject)
    except ags.Refusal as refusal:
        if refusal.answer.status in {404, 410}:
            raise ColumnGone from refusal
        raise


def _judge(parcel: Parcel, seen: Seen | None, *, was_taken: bool) -> None:
    verdict = verdict_on(parcel.mark, seen, was_taken=was_taken)
    if verdict.state == "confirmed":
        _confirm(parcel, seen)
    else:
        leases.give_back(parcel, verdict.state, reason=verdict.sentence, seen=_as_json(seen))


def _confirm(parcel: Parcel, seen: Seen | None, *, reason: str | None = None) -> None:
    leases.give_back(parcel, "confirmed", reason=reason, seen=_as_json(seen))


def _refused(parcel: Parcel, answer: Answer, meaning: Meaning) -> None:
    changes: dict[str, Any] = {"last_status": answer.status}
    if was_surely_not_stored(answer.status):
        changes["posted_at"] = None
    if meaning.outcome is Outcome.REBIND:
        raise ColumnGone
    if meaning.outcome is Outcome.FAILED:
        leases.give_back(parcel, "failed", reason=meaning.sentence, **changes)
    else:
        _try_later(parcel, meaning.sentence, asked=asked_pause(answer.headers, now()), **changes)


def _give_back_after(parcel: Parcel, trouble: Exception) -> None:
    """What to do after each kind of trouble on the way."""
    db.session.rollback()
    match trouble:
        case PlatformUnreachable():
            _try_later(parcel, trouble.sentence)
        case TokenRefused(permanent=True) | line_items.NoColumn():
            leases.give_back(parcel, "failed", reason=trouble.sentence)
        case TokenRefused():
            _try_later(parcel, trouble.sentence)
        case line_items.BindingBusy():
            due_at = now() + BUSY_PAUSE
            leases.give_back(parcel, "queued", due_at=due_at, tries=parcel.tries - 1)
        case ags.Refusal():
            _refused_reading(parcel, trouble.answer)
        case ags.Unreadable():
            _try_later(parcel, UNREADABLE)
        case ColumnGone():
            leases.give_back(parcel, "failed", reason=line_items.NO_COLUMN, posted_at=None)
        case _:
            log.error("delivery_failed", delivery=parcel.id, exc_info=trouble)
            _try_later(parcel, MISTAKE)


def _refused_reading(parcel: Parcel, answer: Answer) -> None:
    assert parcel.peer is not None
    meaning = meaning_of(answer.status, parcel.peer.product, ags.message_of(answer))
    if meaning.outcome is Outcome.RETRY and answer.status != 401:
        pause = asked_pause(answer.headers, now())
        _try_later(parcel, meaning.sentence, asked=pause, last_status=answer.status)
    else:
        leases.give_back(parcel, "failed", reason=NO_READING, last_status=answer.status)


def _try_later(
    parcel: Parcel, sentence: str, *, asked: float | None = None, **changes: Any
) -> None:
    if parcel.tries >= MOST_TRIES:
        given_up = f"{sentence} The tool has tried {parcel.tries} times and has stopped."
        leases.give_back(parcel, "failed", reason=given_up, **changes)
        return
    jitter = random.uniform(0.75, 1.25)
    pause = asked if asked is not None else pause_before(parcel.tries, jitter)
    due_at = now() + timedelta(seconds=pause)
    leases.give_back(parcel, "queued", due_at=due_at, reason=sentence, **changes)


def _as_json(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    at = seen.at.isoformat() if seen.at else None
    return {"score": seen.score, "maximum": seen.maximum, "at": at}

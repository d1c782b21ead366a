"""One try at the gradebook: what is the same for marks and for hand-ins, above all its troubles."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.grades import ags, leases, line_items
from lti_tool.grades.cells import read_cell
from lti_tool.grades.claiming import AnyClaimed, Claimed
from lti_tool.grades.leases import LeaseLost
from lti_tool.grades.rules.sending import (
    MOST_TRIES,
    NO_ACCESS,
    Meaning,
    Outcome,
    asked_pause,
    meaning_of,
    pause_before,
    was_surely_not_stored,
)
from lti_tool.launch.platform import Answer, Peer, PlatformUnreachable, TokenRefused
from lti_tool.logs import get_logger
from lti_tool.people.erased import NOTHING_SENT

log = get_logger(__name__)

# After a crash a row waits this long: a call lasts 20 seconds at most, so that by then a post in
# hand has landed or is lost. A living worker keeps renewing its lease.
LEASE_LIFE = timedelta(seconds=25)
BUSY_PAUSE = timedelta(seconds=2)
TUTOR_PAUSE = timedelta(minutes=5)
# A platform also refuses while it cannot fetch the tool's key set: in the minute in which a web
# process is replaced, or while a university's proxy is down. Pauses double, so this is a quarter of
# an hour; what is to blame then does not mend itself.
TOKEN_TRIES = 10
DISABLED = "This platform is disabled in the tool, so nothing is sent to it."
UNREADABLE = "The gradebook's answer could not be understood."
MISTAKE = "The tool made a mistake while sending this. It will try again."
NO_READING = (
    "The platform does not let the tool read results, so the tool cannot see whether a mark "
    "arrives. Its administrator can allow grade services for the tool."
)


class ColumnGone(Exception):
    """The platform does not know the column's address any more."""


def attempting(
    claimed: AnyClaimed, life: timedelta, work: Callable[[AnyClaimed, timedelta], None]
) -> None:
    """One try. Whatever happens, the row is given back with a sentence or left to its lease."""
    try:
        try:
            with leases.heartbeat(claimed, life):
                work(claimed, life)
        except LeaseLost:
            raise
        except Exception as trouble:
            _give_back_after(claimed, trouble)
    except LeaseLost:
        log.info("lease_lost", table=claimed.row.__tablename__, row=claimed.id)


def why_not_write(claimed: Claimed) -> str | None:
    """Why nothing can be sent to this column, as far as it is known without asking."""
    if claimed.is_of_erased:
        return NOTHING_SENT
    if claimed.peer is None:
        return DISABLED
    if not claimed.cell.scopes:
        return line_items.NO_SERVICES
    return None if ags.SCORE_SCOPE in claimed.cell.scopes else NO_ACCESS


def at_column(claimed: Claimed, peer: Peer, send: Callable[[str], None]) -> None:
    """Send to the column's address; where it is gone, look for the column again, once."""
    url = _bind(claimed, peer)
    try:
        send(url)
    except ColumnGone:
        send(_bind(claimed, peer, gone=url))


def _bind(claimed: Claimed, peer: Peer, *, gone: str | None = None) -> str:
    cell = claimed.cell
    if gone is not None:
        cell = read_cell(cell.line_item_id)
        db.session.rollback()  # nothing stays open while the gradebook is asked
    try:
        return line_items.ensure_bound(cell, peer, gone=gone)
    except ags.Refusal as refusal:
        status, said = refusal.answer.status, ags.message_of(refusal.answer)
        if meaning_of(status, peer.product, said).outcome is Outcome.RETRY and status != 401:
            raise
        raise line_items.NoColumn(line_items.NO_COLUMN) from refusal


def refused(claimed: Claimed, answer: Answer, meaning: Meaning) -> None:
    """The gradebook did not take it: give up, try later, or look for the column again."""
    changes: dict[str, Any] = {"last_status": answer.status}
    if was_surely_not_stored(answer.status):
        changes["posted_at"] = None
    if meaning.outcome is Outcome.REBIND:
        raise ColumnGone
    if meaning.outcome is Outcome.FAILED:
        leases.give_back(claimed, "failed", reason=meaning.sentence, **changes)
    else:
        try_later(claimed, meaning.sentence, asked=asked_pause(answer.headers, now()), **changes)


def _give_back_after(claimed: Claimed, trouble: Exception) -> None:
    """What to do after each kind of trouble on the way."""
    db.session.rollback()
    match trouble:
        case PlatformUnreachable():
            try_later(claimed, trouble.sentence)
        case TokenRefused(permanent=True) if claimed.tries < TOKEN_TRIES:
            try_later(claimed, trouble.sentence)
        case TokenRefused(permanent=True) | line_items.NoColumn():
            leases.give_back(claimed, "failed", reason=trouble.sentence)
        case TokenRefused():
            try_later(claimed, trouble.sentence)
        case line_items.LinkWaits():
            later, tries = now() + TUTOR_PAUSE, claimed.tries - 1
            leases.give_back(claimed, "queued", reason=line_items.WAITS, due_at=later, tries=tries)
        case line_items.BindingBusy():
            due_at = now() + BUSY_PAUSE
            leases.give_back(claimed, "queued", due_at=due_at, tries=claimed.tries - 1)
        case ags.Refusal():
            _refused_reading(claimed, trouble.answer)
        case ags.Unreadable():
            try_later(claimed, UNREADABLE)
        case ColumnGone():
            leases.give_back(claimed, "failed", reason=line_items.NO_COLUMN, posted_at=None)
        case _:
            log.error(
                "try_failed", table=claimed.row.__tablename__, row=claimed.id, exc_info=trouble
            )
            try_later(claimed, MISTAKE)


def _refused_reading(claimed: Claimed, answer: Answer) -> None:
    assert claimed.peer is not None
    meaning = meaning_of(answer.status, claimed.peer.product, ags.message_of(answer))
    if meaning.outcome is Outcome.RETRY and answer.status != 401:
        pause = asked_pause(answer.headers, now())
        try_later(claimed, meaning.sentence, asked=pause, last_status=answer.status)
    else:
        leases.give_back(claimed, "failed", reason=NO_READING, last_status=answer.status)


def try_later(
    claimed: Claimed, sentence: str, *, asked: float | None = None, **changes: Any
) -> None:
    """Queue it again after a pause that grows, or give up at last."""
    if claimed.tries >= MOST_TRIES:
        given_up = f"{sentence} The tool has tried {claimed.tries} times and has stopped."
        leases.give_back(claimed, "failed", reason=given_up, **changes)
        return
    jitter = random.uniform(0.75, 1.25)
    pause = asked if asked is not None else pause_before(claimed.tries, jitter)
    due_at = now() + timedelta(seconds=pause)
    leases.give_back(claimed, "queued", due_at=due_at, reason=sentence, **changes)

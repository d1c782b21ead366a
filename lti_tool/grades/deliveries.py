"""Send what is due to the gradebooks, and believe only what they show afterwards.

A score's time and the fact that it is about to be posted are committed before the post; no
transaction is open while the gradebook is asked. After a crash anywhere in between the lease runs
out, and the next try first looks whether the score has arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lti_tool.clock import now
from lti_tool.grades import ags, claiming, leases
from lti_tool.grades.claiming import Parcel
from lti_tool.grades.models import Delivery
from lti_tool.grades.rules.reading import (
    Seen,
    has_arrived,
    is_empty,
    shows,
    verdict_on,
    verdict_on_recall,
)
from lti_tool.grades.rules.sending import Outcome, meaning_of, next_stamp
from lti_tool.grades.tries import (
    LEASE_LIFE,
    NO_READING,
    ColumnGone,
    at_column,
    attempting,
    refused,
    why_not_write,
)
from lti_tool.jobs import DELIVERIES, wake_after_commit
from lti_tool.launch.platform import Peer
from lti_tool.people.erased import NOTHING_SENT

JOB = DELIVERIES
NOT_SEEN = (
    "The gradebook shows this mark. The connection broke while it was sent, so whether the new "
    "comment is there too has to be looked up in the gradebook."
)
COMMENT_STAYS = (
    "The mark is out of the gradebook. Canvas keeps the comment that came with it: delete it in "
    "SpeedGrader if it should go, too."
)


def send_due(
    *, life: timedelta = LEASE_LIFE, stopping: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Work off what is due; tells when something becomes due next.

    The handler of the "deliveries" job. Several may run at once, in threads and processes.
    """
    is_first = True
    while True:
        looked_at = now()
        parcel = None if stopping() else claiming.claim(life, after_crash=is_first)
        if parcel is None:
            return leases.next_due(Delivery, looked_at)
        if is_first and claiming.is_any_due():
            wake_after_commit(JOB)  # a second pair of hands, where a worker has one free
        is_first = False
        attempting(parcel, life, _deliver)


def _deliver(parcel: Parcel, life: timedelta) -> None:
    if parcel.is_of_erased:
        leases.give_back(parcel, "superseded", reason=NOTHING_SENT)
        return
    problem = _why_not_send(parcel)
    if problem or parcel.peer is None:
        leases.give_back(parcel, "failed", reason=problem)
        return
    peer = parcel.peer
    work = _take_back if parcel.takes_back else _deliver_to
    at_column(parcel, peer, lambda url: work(url, parcel, peer, life))


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
    if not parcel.is_written_down:
        leases.keep(parcel, life, stamp=stamp, posted_at=now())
    answer = ags.post_score(peer, url, _score(parcel, peer, stamp))
    meaning = meaning_of(answer.status, peer.product, ags.message_of(answer))
    if meaning.outcome not in {Outcome.CHECK, Outcome.REFUSED_AS_OLD}:
        refused(parcel, answer, meaning)
        return
    was_taken = meaning.outcome is Outcome.CHECK
    if was_taken and peer.product == "canvas":
        leases.keep(parcel, life, last_status=answer.status, commented_at=now())
    verdict = verdict_on(parcel.mark, seen := _read(url, parcel, peer), was_taken=was_taken)
    told = {"seen": _as_json(seen), "last_status": answer.status}
    leases.give_back(parcel, verdict.state, reason=verdict.sentence, **told)


def _take_back(url: str, parcel: Parcel, peer: Peer, life: timedelta) -> None:
    """Empty the cell of a recalled mark, unless somebody has put another mark there."""
    leases.keep(parcel, life)
    seen = _read(url, parcel, peer)
    if is_empty(seen) and parcel.was_posted:
        _confirm(parcel, seen, reason=_what_stays(parcel, peer))
        return
    if not is_empty(seen) and not shows(parcel.mark, seen):
        verdict = verdict_on_recall(seen, was_ours=False)
        leases.give_back(parcel, verdict.state, reason=verdict.sentence, seen=_as_json(seen))
        return
    earlier = [moment for moment in (parcel.last_stamp, parcel.stamp) if moment is not None]
    stamp = next_stamp(now(), max(earlier, default=None))
    if stamp > now():
        leases.give_back(parcel, "queued", due_at=stamp, tries=parcel.tries - 1)
        return
    leases.keep(parcel, life, stamp=stamp, posted_at=now())
    answer = ags.post_withdrawal(peer, url, parcel.subject, stamp)
    meaning = meaning_of(answer.status, peer.product, ags.message_of(answer))
    if meaning.outcome not in {Outcome.CHECK, Outcome.REFUSED_AS_OLD}:
        refused(parcel, answer, meaning)
        return
    leases.keep(parcel, life, last_status=answer.status)
    seen = _read(url, parcel, peer)
    verdict = verdict_on_recall(seen, was_ours=True)
    reason = verdict.sentence or _what_stays(parcel, peer)
    leases.give_back(parcel, verdict.state, reason=reason, seen=_as_json(seen))


def _what_stays(parcel: Parcel, peer: Peer) -> str | None:
    return COMMENT_STAYS if peer.product == "canvas" and parcel.was_commented else None


def _why_not_send(parcel: Parcel) -> str | None:
    problem = why_not_write(parcel)
    # A mark that could never be read back could never be confirmed; it is not sent blindly.
    return problem or (None if ags.RESULT_SCOPE in parcel.cell.scopes else NO_READING)


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


def _confirm(parcel: Parcel, seen: Seen | None, *, reason: str | None = None) -> None:
    leases.give_back(parcel, "confirmed", reason=reason, seen=_as_json(seen))


def _as_json(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    at = seen.at.isoformat() if seen.at else None
    return {"score": seen.score, "maximum": seen.maximum, "at": at}

"""Pauses and leavings that are noted ahead: shown until their day, and done when it has come.

Nothing about a participant changes before the day, so that every rule and list goes on asking what
is so today. The worker carries out what is due; each act counts from the day that was told, even if
the worker looks later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import DomainError, Invalid, NotAllowed, NotFound
from lti_tool.identity import Viewer
from lti_tool.logs import get_logger
from lti_tool.people import moves, participation
from lti_tool.people.holding import hold
from lti_tool.people.models import Participant, PlannedAct
from lti_tool.people.states import LIVE, Act, after, may
from lti_tool.programme.timing import spoken

log = get_logger(__name__)

JOB = "dates-ahead"
YEAR = timedelta(days=366)
WORDS = {
    Act.PAUSE: "Paused from {}",
    Act.WITHDRAW: "Leaving the programme from {}",
    Act.LEAVE_SCHOOL: "Leaving the school from {}",
}


def pause(viewer: Viewer, participant: Participant, reason: str, on: date) -> None:
    """Rest from the programme from a day on, which may be ahead."""
    if on <= today():
        participation.pause(viewer, participant, reason, on)
        return
    participation.check_may_tell(viewer, participant)
    hold(participant)
    participation.check_pause_reason(participant, reason)
    _note(viewer, participant, Act.PAUSE, on, reason)


def withdraw(viewer: Viewer, participant: Participant, reason: str, on: date) -> None:
    """Leave the programme from a day on, which may be ahead."""
    if on <= today():
        participation.withdraw(viewer, participant, reason, on)
        for each in of([participant.id]).get(participant.id, []):
            _settle(each, "overtaken")
        return
    participation.check_may_leave(viewer, participant)
    hold(participant)
    participation.check_leaving_reason(reason)
    _note(viewer, participant, Act.WITHDRAW, on, reason)


def leave_school(viewer: Viewer, participant: Participant, on: date) -> None:
    """Leave a school from a day on, which may be ahead. The post has its last day at once."""
    if on <= today():
        moves.leave_school(viewer, participant, on)
        return
    participation.check_may_tell(viewer, participant)
    hold(participant)
    after(Act.LEAVE_SCHOOL, participant.state)
    moves.end_post(viewer, participant, on)
    _note(viewer, participant, Act.LEAVE_SCHOOL, on, None)


def _note(viewer: Viewer, participant: Participant, act: Act, on: date, reason: str | None) -> None:
    after(act, participant.state)
    if on > today() + YEAR:
        raise Invalid("Give a day within a year of today.", field="on")
    for each in of([participant.id]).get(participant.id, []):
        if each.act == act:
            raise Invalid(
                f"This is noted already, from {spoken(each.starts_on)}. Call that off first.",
                field="on",
            )
    planned = PlannedAct(
        participant_id=participant.id, act=act.value, reason=reason, starts_on=on,
        noted_by_id=viewer.user_id, noted_at=now(),
    )  # fmt: skip
    db.session.add(planned)
    record(
        viewer, "planned_act.noted", planned, participant_id=participant.id,
        act=act.value, on=on.isoformat(),
    )  # fmt: skip


def call_off(viewer: Viewer, participant: Participant, planned_id: int) -> PlannedAct:
    """Take back what was noted ahead, before its day."""
    hold(participant)
    found = next(
        (each for each in of([participant.id]).get(participant.id, []) if each.id == planned_id),
        None,
    )
    if found is None:
        raise NotFound("There is nothing ahead that could be called off.")
    _check_may_note(viewer, participant, found)
    if found.act == Act.LEAVE_SCHOOL:
        moves.reopen_post(participant, found.starts_on)
    _settle(found, "called_off")
    record(
        viewer, "planned_act.called_off", found, participant_id=participant.id,
        act=found.act, on=found.starts_on.isoformat(),
    )  # fmt: skip
    return found


def of(participant_ids: Collection[int]) -> dict[int, list[PlannedAct]]:
    """What is ahead for many participants, the soonest first, in one query; nothing, no entry."""
    query = (
        select(PlannedAct)
        .join(PlannedAct.participant)
        .where(
            PlannedAct.participant_id.in_(participant_ids),
            PlannedAct.state == "ahead",
            Participant.state.in_(LIVE),
        )
        .order_by(PlannedAct.starts_on, PlannedAct.id)
    )
    found: dict[int, list[PlannedAct]] = defaultdict(list)
    for each in db.session.scalars(query):
        found[each.participant_id].append(each)
    return dict(found)


def sentences(participant_ids: Collection[int]) -> dict[int, list[str]]:
    """The same in words; nothing ahead, no entry."""
    found = of(participant_ids)
    return {
        participant_id: [told(each) for each in found[participant_id]] for participant_id in found
    }


def told(planned: PlannedAct) -> str:
    """What is ahead, in words for everybody who sees the participant: without the reason."""
    return WORDS[Act(planned.act)].format(spoken(planned.starts_on))


def may_call_off(viewer: Viewer, participant: Participant, planned: PlannedAct) -> bool:
    """Whether the viewer could have noted it, and so may call it off."""
    try:
        _check_may_note(viewer, participant, planned)
    except NotAllowed:
        return False
    return True


def _check_may_note(viewer: Viewer, participant: Participant, planned: PlannedAct) -> None:
    if planned.act == Act.WITHDRAW:
        participation.check_may_leave(viewer, participant)
    else:
        participation.check_may_tell(viewer, participant)


def carry_out_due() -> None:
    """The handler of the job: do, one by one, what was noted for today or earlier."""
    begin_as_writer()
    due = select(PlannedAct.id).where(PlannedAct.state == "ahead", PlannedAct.starts_on <= today())
    ids = db.session.scalars(due.order_by(PlannedAct.starts_on, PlannedAct.id)).all()
    db.session.rollback()
    for planned_id in ids:
        begin_as_writer()
        planned = db.session.get_one(PlannedAct, planned_id)
        hold(planned.participant)
        db.session.refresh(planned)
        if planned.state == "ahead":
            _carry_out(planned)
        db.session.commit()


def _carry_out(planned: PlannedAct) -> None:
    is_done = any(_tried(planned, day) for day in dict.fromkeys((planned.starts_on, today())))
    _settle(planned, "done" if is_done else "overtaken")
    log.info("planned_act", planned=planned.id, act=planned.act, done=is_done)


def _tried(planned: PlannedAct, day: date) -> bool:
    """Whether it can be done as from this day: what was told since may stand against the first."""
    try:
        with db.session.begin_nested():
            return _done(planned, day)
    except DomainError:
        return False


def _done(planned: PlannedAct, day: date) -> bool:
    participant, reason = planned.participant, planned.reason or ""
    if planned.act == Act.PAUSE:
        participation.begin_pause(None, participant, reason, day)
    elif planned.act == Act.WITHDRAW:
        participation.end_registration(None, participant, reason, day)
    elif may(Act.LEAVE_SCHOOL, participant.state) and not moves.next_post_is_known(
        participant, day
    ):
        participant.state = after(Act.LEAVE_SCHOOL, participant.state)
    else:
        return False
    return True


def _settle(planned: PlannedAct, state: str) -> None:
    planned.state, planned.settled_at = state, now()

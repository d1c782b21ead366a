"""A participant starts, pauses, comes back, leaves: with a reason, and without losing anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed
from lti_tool.identity import Role, Viewer
from lti_tool.people.allocations import close_allocation
from lti_tool.people.holding import hold
from lti_tool.people.models import Allocation, InstitutionPeriod, Participant, Pause
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import COACHED, Act, after
from lti_tool.people.visibility import is_current, visible_participants
from lti_tool.programme.definition import Programme
from lti_tool.programme.timing import Break, Career

PAUSES = {
    "parental_leave": "Parental leave",
    "long_sickness": "A long illness",
    "career_break": "A career break",
    "bereavement": "A bereavement",
    "other": "Another reason",
}
LEAVING = {
    "left_teaching": "Leaving teaching",
    "other_programme": "Another programme or another plan",
    "time": "Not enough time",
    "personal": "Personal circumstances",
    "not_said": "I would rather not say",
}
TEACHING = ("subject_taught", "school_phase")
CAREER = (
    "trn", "cohort", "qts_on", "teaching_from", "induction_from", "induction_to", "window_rule",
)  # fmt: skip


def check_may_tell(viewer: Viewer, participant: Participant) -> None:
    """Refuse whoever is neither the participant nor of the university: a coach only reads."""
    if not (viewer.is_staff or is_own(viewer, participant)):
        raise NotAllowed("The participant, their tutor or the programme lead does this.")


def is_own(viewer: Viewer, participant: Participant) -> bool:
    """Whether the viewer is the participant, as a participant."""
    return viewer.role is Role.PARTICIPANT and participant.user_id == viewer.user_id


def check_is_lead(viewer: Viewer) -> None:
    """Refuse whoever is not a programme lead."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("Only a programme lead does this.")


def check_past(day: date, participant: Participant) -> None:
    """Refuse a day that is still to come, or from before the participant enrolled."""
    if day > today():
        raise Invalid("Give a day up to today; come back when the day is there.", field="on")
    if day < participant.enrolled_on:
        raise Invalid(
            f"Give a day from {participant.enrolled_on:%-d %B %Y} on, the day of enrolment.",
            field="on",
        )


def pause(viewer: Viewer, participant: Participant, reason: str, on: date | None = None) -> Pause:
    """Begin a rest from the programme. Coach, tutor and all work stay as they are."""
    check_may_tell(viewer, participant)
    hold(participant)
    check_pause_reason(participant, reason)
    return begin_pause(viewer, participant, reason, on or today())


def check_pause_reason(participant: Participant, reason: str) -> None:
    """Refuse what is not one of the programme's reasons."""
    if reason not in pause_reasons(programme_of(participant)):
        raise Invalid("Choose one of the reasons.", field="reason")


def begin_pause(viewer: Viewer | None, participant: Participant, reason: str, day: date) -> Pause:
    """The same for a participant who is held; `viewer` is None where it was noted ahead."""
    state = after(Act.PAUSE, participant.state)
    check_past(day, participant)
    for earlier in _pauses([participant.id]):
        if (earlier.ended_on or day) > day:
            raise Invalid(
                f"A pause lasted until {earlier.ended_on:%-d %B %Y}. Give that day or a later one.",
                field="on",
            )
    found = Pause(participant_id=participant.id, reason=reason, started_on=day)
    participant.state = state
    db.session.add(found)
    record(
        viewer, "participant.paused", participant, participant_id=participant.id,
        reason=reason, on=day.isoformat(),
    )  # fmt: skip
    return found


def resume(viewer: Viewer, participant: Participant, on: date | None = None) -> None:
    """Come back from a pause."""
    check_may_tell(viewer, participant)
    day = on or today()
    hold(participant)
    state = after(Act.RESUME, participant.state)
    found = _open_pause(participant)
    if found is not None:
        if day < found.started_on:
            raise Invalid(
                f"The pause began on {found.started_on:%-d %B %Y}. Give a later day.", field="on"
            )
        check_past(day, participant)
        found.ended_on = day
    participant.state = state
    record(
        viewer, "participant.resumed", participant, participant_id=participant.id,
        on=day.isoformat(),
    )  # fmt: skip


def withdraw(viewer: Viewer, participant: Participant, reason: str, on: date | None = None) -> None:
    """Leave the programme. The work, the credits and the way back in stay."""
    check_may_leave(viewer, participant)
    hold(participant)
    check_leaving_reason(reason)
    end_registration(viewer, participant, reason, on or today())


def check_may_leave(viewer: Viewer, participant: Participant) -> None:
    """Refuse whoever is neither the participant nor a programme lead."""
    if not is_own(viewer, participant):
        check_is_lead(viewer)


def check_leaving_reason(reason: str) -> None:
    """Refuse what is not one of the reasons."""
    if reason not in LEAVING:
        raise Invalid("Choose one of the reasons.", field="reason")


def end_registration(
    viewer: Viewer | None, participant: Participant, reason: str, day: date
) -> None:
    """The same for a participant who is held; `viewer` is None where it was noted ahead."""
    state = after(Act.WITHDRAW, participant.state)
    check_past(day, participant)
    _end_all(viewer, participant, day)
    participant.state, participant.left_on, participant.left_reason = state, day, reason
    record(
        viewer, "participant.withdrawn", participant, participant_id=participant.id,
        reason=reason, on=day.isoformat(),
    )  # fmt: skip


def _end_all(viewer: Viewer | None, participant: Participant, day: date) -> None:
    """Nothing goes on past the end of a registration; a place of work is no part of it."""
    mine = select(Allocation).where(Allocation.participant_id == participant.id)
    for found in db.session.scalars(mine):
        ended_on = found.ended_on
        if ended_on == found.started_on or (ended_on is not None and ended_on <= day):
            continue
        if day < found.started_on <= today():
            raise Invalid(
                f"{found.user.name} became {found.kind} on {found.started_on:%-d %B %Y}. "
                "Give that day or a later one.",
                field="on",
            )
        close_allocation(viewer, found, day)
    if (resting := _open_pause(participant)) is not None:
        resting.ended_on = max(day, resting.started_on)
    assessed = select(InstitutionPeriod).where(
        InstitutionPeriod.participant_id == participant.id,
        or_(InstitutionPeriod.ended_on.is_(None), InstitutionPeriod.ended_on > day),
    )
    for one in db.session.scalars(assessed):
        one.ended_on = max(day, one.started_on)


def reinstate(viewer: Viewer, participant: Participant) -> None:
    """Bring somebody back who had left. Coach and tutor are allocated anew."""
    check_is_lead(viewer)
    hold(participant)
    participant.state = after(Act.REINSTATE, participant.state)
    participant.left_on = participant.left_reason = None
    record(viewer, "participant.reinstated", participant, participant_id=participant.id)


def change_facts(viewer: Viewer, participant: Participant, facts: Mapping[str, Any]) -> None:
    """Set what is known of a career. A participant tells what they teach; a lead all of it."""
    check_may_tell(viewer, participant)
    may_set = (*TEACHING, *CAREER) if viewer.role is Role.LEAD else TEACHING
    if unknown := facts.keys() - set(may_set):
        raise NotAllowed(f"Only a programme lead sets {', '.join(sorted(unknown))}.")
    if (facts.get("induction_to") or date.max) < (facts.get("induction_from") or date.min):
        raise Invalid("Induction cannot end before it begins.", field="induction_to")
    hold(participant)
    changed = [name for name in facts if getattr(participant, name) != facts[name]]
    for name in changed:
        setattr(participant, name, facts[name])
    if changed:
        record(
            viewer, "participant.facts_changed", participant, participant_id=participant.id,
            fields=" ".join(changed),
        )  # fmt: skip


def pause_reasons(programme: Programme) -> dict[str, str]:
    """The reasons to choose from, with any that this programme adds."""
    own = programme.policies["time"]["clock_stops_for"]
    added = {code: code.replace("_", " ").capitalize() for code in own if code not in PAUSES}
    return {**PAUSES, **added}


def career_of(participant: Participant) -> Career:
    """The facts from which the dates of a participant follow."""
    return Career(
        window_rule=participant.window_rule,
        teaching_from=participant.teaching_from,
        induction_from=participant.induction_from,
        started_on=participant.started_on,
    )


def pauses_of(participant_ids: Collection[int]) -> dict[int, tuple[Break, ...]]:
    """The pauses of many participants, oldest first, in one query."""
    found: dict[int, list[Break]] = {each: [] for each in participant_ids}
    for each in _pauses(participant_ids):
        found[each.participant_id].append(Break(each.reason, each.started_on, each.ended_on))
    return {participant_id: tuple(each) for participant_id, each in found.items()}


def _pauses(participant_ids: Collection[int]) -> list[Pause]:
    query = select(Pause).where(Pause.participant_id.in_(participant_ids))
    return list(db.session.scalars(query.order_by(Pause.started_on, Pause.id)))


def _open_pause(participant: Participant) -> Pause | None:
    return next((each for each in _pauses([participant.id]) if each.ended_on is None), None)


def lacks_coach() -> ColumnElement[bool]:
    """Nobody coaches them today, and they are not resting or gone."""
    coached = exists().where(
        Allocation.participant_id == Participant.id, Allocation.kind == "coach", is_current()
    )
    return Participant.state.in_(COACHED) & ~coached


def without_coach(viewer: Viewer) -> Select[Participant]:
    """The participants whom somebody has to find a coach for."""
    return visible_participants(viewer).where(lacks_coach())

"""What the programme lead does with participants' modules: enrol, open, close, defer, try again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed, NotFound, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.learning import early_opening
from lti_tool.learning.models import ModuleEnrolment
from lti_tool.people.holding import hold, hold_all
from lti_tool.people.models import Participant, User
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import COACHED, State
from lti_tool.people.visibility import get_participant, visible_participants
from lti_tool.programme.definition import NotInProgramme
from lti_tool.programme.enrolment import Deed, may
from lti_tool.programme.progression import Decision, ParticipantFacts

FactsOf = Callable[[Sequence[Participant]], list[ParticipantFacts]]
"""What is known of participants for the rules: of evidence and grades too, which lie above here."""

LATEST_YEARS = 10
MOST_AT_ONCE = 3_000
STATES = {Deed.OPEN: "open", Deed.CLOSE: "closed", Deed.DEFER: "deferred", Deed.REASSESS: "open"}
EVENTS = {
    Deed.ENROL: "enrolment.made",
    Deed.OPEN: "enrolment.opened",
    Deed.CLOSE: "enrolment.closed",
    Deed.DEFER: "enrolment.deferred",
    Deed.SET_DUE: "enrolment.due_set",
    Deed.REASSESS: "enrolment.reassessment_opened",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What enrolling one participant would do, or why it does nothing."""

    participant: Participant
    decision: Decision
    is_enrolled: bool
    due_on: date | None  # their own date so far


def check_lead(viewer: Viewer) -> None:
    """Modules and their dates are the lead's to arrange; everybody else reads them."""
    if viewer.role is not Role.LEAD:
        raise NotAllowed("The programme lead arranges modules and due dates.")


def check_due(due_on: date | None, field: str = "due_on") -> None:
    """A date that somebody can still keep."""
    if due_on is None:
        return
    if due_on < today():
        raise Invalid("The due date must not be in the past.", field=field)
    if due_on.year - today().year > LATEST_YEARS:
        raise Invalid("The due date must be within ten years.", field=field)


def preview(
    viewer: Viewer, participant_ids: Collection[int], code: str, facts_of: FactsOf
) -> list[Planned]:
    """What enrolling these participants would do, by name; nothing is changed."""
    check_lead(viewer)
    if not participant_ids:
        raise Invalid("Choose at least one participant.", field="people")
    if len(participant_ids) > MOST_AT_ONCE:
        raise Invalid(f"Choose {MOST_AT_ONCE:,} participants or fewer.", field="people")
    people = _people(viewer, participant_ids)
    there = _enrolments([person.id for person in people], code)
    return [
        Planned(
            person,
            _may_enrol(person, code, facts),
            person.id in there,
            there[person.id].due_on if person.id in there else None,
        )
        for person, facts in zip(people, facts_of(people), strict=True)
    ]


def enrol(
    viewer: Viewer,
    participant_ids: Collection[int],
    code: str,
    due_on: date | None,
    facts_of: FactsOf,
) -> list[Planned]:
    """Enrol those of whom nothing speaks against it; doing it twice changes nothing.

    With a date it becomes their own; without one, whoever has one keeps it.
    """
    check_lead(viewer)
    check_due(due_on)
    hold_all(participant_ids)
    done = [each for each in preview(viewer, participant_ids, code, facts_of)
            if each.decision.allowed]  # fmt: skip
    there = _enrolments([each.participant.id for each in done], code)
    for each in done:
        found = there.get(each.participant.id)
        if found is not None and due_on in (None, found.due_on):
            continue
        deed = Deed.SET_DUE if found else Deed.ENROL
        found = found or _new(each.participant, code)
        found.due_on = due_on or found.due_on
        _note(viewer, found, deed)
    return done


def change(
    viewer: Viewer,
    participant_id: int,
    code: str,
    deed: Deed,
    facts_of: FactsOf,
    *,
    due_on: date | None = None,
    reason: str | None = None,
) -> ModuleEnrolment:
    """Do one of the verbs to one participant's module.

    `due_on` is their own date from now on; setting none gives them the module's again. `reason`
    is needed only to open one for whoever is not to begin yet.
    """
    participant = get_participant(viewer, participant_id)
    check_lead(viewer)
    hold(participant)
    [facts] = facts_of([participant])
    decision = may_do(participant, deed, code, facts)
    if not decision.allowed:
        raise Refused(" ".join(decision.reasons))
    reason = early_opening.checked_reason(participant, reason) if deed is Deed.OPEN else None
    found = _enrolments([participant.id], code).get(participant.id)
    # A date that has gone by stands in the form of every verb; only a new attempt needs another.
    if found is None or due_on != found.due_on or deed is Deed.REASSESS:
        check_due(due_on)
    found = found or _new(participant, code)
    found.state = STATES.get(deed, found.state)
    if deed is Deed.REASSESS:
        found.attempts_allowed = facts.of(code).attempts + 1
    if due_on is not None or deed in (Deed.SET_DUE, Deed.REASSESS, Deed.DEFER):
        found.due_on = due_on
    _note(viewer, found, deed, reason)
    return found


def arrange(
    viewer: Viewer,
    participant: Participant,
    code: str,
    deed: Deed,
    due_on: date | None,
    *,
    attempts_allowed: int = 1,
) -> None:
    """What follows from an extension or from circumstances, for whoever may decide those.

    The caller holds the participant and has checked that it can be done.
    """
    found = _enrolments([participant.id], code).get(participant.id) or _new(participant, code)
    found.state = STATES.get(deed, found.state)
    found.attempts_allowed = max(found.attempts_allowed or 1, attempts_allowed)
    found.due_on = due_on
    _note(viewer, found, deed)


def _may_enrol(participant: Participant, code: str, facts: ParticipantFacts) -> Decision:
    return may_do(participant, Deed.ENROL, code, facts)


def may_do(participant: Participant, deed: Deed, code: str, facts: ParticipantFacts) -> Decision:
    """Whether the deed can be done to this participant's module now, by rule, state and dates."""
    state = State(participant.state)
    if state not in (*COACHED, State.PAUSED):
        return Decision(False, (f"{participant.user.name} is not on the programme now.",))
    try:
        found = may(programme_of(participant), deed, code, facts)
    except NotInProgramme:
        reason = f"{code} is not in the version of the programme that this participant is on."
        return Decision(False, (reason,))
    return early_opening.decided(participant, found) if deed is Deed.OPEN else found


def _people(viewer: Viewer, participant_ids: Collection[int]) -> list[Participant]:
    found = list(
        db.session.scalars(
            visible_participants(viewer)
            .join(Participant.user)
            .options(contains_eager(Participant.user), selectinload(Participant.programme_version))
            .where(Participant.id.in_(participant_ids))
            .order_by(User.name, Participant.id)
        )
    )
    if len(found) != len(set(participant_ids)):
        raise NotFound("Some of the chosen participants are not among those you may see.")
    return found


def _enrolments(participant_ids: Collection[int], code: str) -> dict[int, ModuleEnrolment]:
    rows = db.session.scalars(
        select(ModuleEnrolment)
        .where(
            ModuleEnrolment.participant_id.in_(participant_ids),
            ModuleEnrolment.module_code == code,
        )
        .execution_options(populate_existing=True)
    )
    return {row.participant_id: row for row in rows}


def _new(participant: Participant, code: str) -> ModuleEnrolment:
    made = ModuleEnrolment(
        participant_id=participant.id,
        module_code=code,
        state="enrolled",
        attempts_allowed=1,
        enrolled_at=now(),
    )
    db.session.add(made)
    return made


def _note(viewer: Viewer, found: ModuleEnrolment, deed: Deed, reason: str | None = None) -> None:
    found.changed_at, found.changed_by_id = now(), viewer.user_id
    record(
        viewer, EVENTS[deed], found, participant_id=found.participant_id, module=found.module_code,
        due_on=found.due_on.isoformat() if found.due_on else None,
        attempts_allowed=found.attempts_allowed, reason=reason,
    )  # fmt: skip

"""When a participant may begin: by their career, and by the decision that let them in."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import NotAllowed, Refused
from lti_tool.identity import Viewer
from lti_tool.people.holding import hold
from lti_tool.people.models import Application, EligibilityDecision, Participant
from lti_tool.people.participation import career_of, check_past, pauses_of
from lti_tool.people.programmes import programme_of
from lti_tool.people.states import Act, State, after
from lti_tool.programme.definition import ProgressionMode
from lti_tool.programme.eligibility import Answer
from lti_tool.programme.timing import StartRule, reasons_against_start, window


def start(viewer: Viewer, participant: Participant, on: date | None = None) -> list[str]:
    """Note the day on which work on the programme began; answers what speaks against that day."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads note the start.")
    day = on or today()
    hold(participant)
    if participant.state != State.ACTIVE:
        participant.state = after(Act.START, participant.state)
    check_past(day, participant)
    told = check_start(participant, day, start_rule(participant))
    participant.started_on = day
    record(
        viewer, "participant.started", participant, participant_id=participant.id,
        on=day.isoformat(),
    )  # fmt: skip
    return told


def check_start(participant: Participant, day: date, rule: StartRule | None) -> list[str]:
    """What speaks against a start: refused where the programme blocks, answered where it warns."""
    programme = programme_of(participant)
    pauses = pauses_of([participant.id])[participant.id]
    found = window(programme, career_of(participant), pauses, today=today())
    reasons = reasons_against_start(found, rule, day)
    if reasons and programme.mode is ProgressionMode.BLOCK:
        raise Refused(" ".join(reasons))
    return reasons


def start_rule(participant: Participant) -> StartRule | None:
    """The rule of the decision by which a participant was enrolled, with its earliest start."""
    query = (
        select(EligibilityDecision)
        .join(EligibilityDecision.application)
        .where(
            Application.participant_id == participant.id,
            EligibilityDecision.answer == Answer.ELIGIBLE.value,
        )
        .order_by(EligibilityDecision.id.desc())
        .limit(1)
    )
    return rule_of(db.session.scalars(query).one_or_none())


def rule_of(decision: EligibilityDecision | None) -> StartRule | None:
    """What a decision says of the start; nothing where it says nothing."""
    if decision is None or decision.start_from is None or decision.rule is None:
        return None
    return StartRule(decision.rule, decision.start_from)

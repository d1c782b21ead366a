"""From interest to enrolment: what a lead does with somebody who would like to join.

The tool is not where teachers say that they are interested: a lead writes down what came in. Who
applies is no user of the tool, and becomes a participant only by the word of a lead who says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.mail import parse_address
from lti_tool.people import eligibility, starting
from lti_tool.people.application_states import ENDS, Act, Stage, after
from lti_tool.people.holding import hold
from lti_tool.people.models import Application, EligibilityDecision, Participant
from lti_tool.people.participation import change_facts, check_is_lead
from lti_tool.programme.eligibility import Answer
from lti_tool.programme.eligibility_facts import ABOUT_THE_TEACHER, FACTS, fits

DETAILS = ("name", "email", "school_id", "school_as_on", *ABOUT_THE_TEACHER)
DECIDING = DETAILS[2:]


def get_application(viewer: Viewer, application_id: int) -> Application:
    """One application to the viewer's partnership."""
    check_is_lead(viewer)
    found = db.session.get(Application, application_id)
    if found is None or found.provider_id != viewer.provider_id:
        raise NotFound("There is no such application.")
    return found


def add_application(viewer: Viewer, details: Mapping[str, Any]) -> Application:
    """Write down that somebody is interested, with whatever is known so far."""
    check_is_lead(viewer)
    check_details(details)
    return store_new(viewer, viewer.provider_id, details)


def store_new(viewer: Viewer | None, provider_id: int, details: Mapping[str, Any]) -> Application:
    """Write one down whose details were checked; `viewer` is None for the operator."""
    found = Application(
        provider_id=provider_id, applied_at=now(), changed_at=now(),
        **{name: details.get(name) for name in DETAILS},
    )  # fmt: skip
    db.session.add(found)
    record(viewer, "application.added", found, acted_as="operator")
    return found


def change_application(
    viewer: Viewer, application: Application, details: Mapping[str, Any]
) -> None:
    """Correct or complete what is known. What a decision rested on can change only before a place
    is spoken of; it then has to be checked again."""
    check_is_lead(viewer)
    check_details(details)
    store_change(viewer, application, details)


def store_change(
    viewer: Viewer | None, application: Application, details: Mapping[str, Any]
) -> None:
    """The same for details that were checked; `viewer` is None for the operator."""
    _hold(application)
    changed = [name for name in DETAILS if getattr(application, name) != details.get(name)]
    if not changed:
        return
    if set(changed) & set(DECIDING):
        application.state = after(Act.CHANGE, application.state)
        application.answer = None
    for name in changed:
        setattr(application, name, details.get(name))
    application.changed_at = now()
    record(
        viewer, "application.changed", application, acted_as="operator", fields=" ".join(changed)
    )


def check_details(details: Mapping[str, Any]) -> None:
    """Refuse what cannot be said of a teacher."""
    for name in ABOUT_THE_TEACHER:
        value = details.get(name)
        if value is not None and not fits(FACTS[name], value):
            raise Invalid("Use a year such as 2008/09, or choose one of the list.", field=name)
    if email := details.get("email"):
        parse_address(email, field="email")
    if (details.get("school_as_on") or today()) > today():
        raise Invalid("Give a day up to today.", field="school_as_on")


def check_eligibility(viewer: Viewer, application: Application) -> EligibilityDecision:
    """Put the rules to what is known now, and keep the answer."""
    check_is_lead(viewer)
    _hold(application)
    state = after(Act.CHECK, application.state)
    decision = eligibility.decide(viewer, application)
    application.answer = decision.answer
    _enter(application, state)
    record(
        viewer, "application.checked", application,
        decision=decision.id, answer=decision.answer, rule=decision.rule,
    )  # fmt: skip
    return decision


def pass_on(viewer: Viewer, application: Application) -> None:
    """Let the provider take over whoever is eligible, and nobody else."""
    check_is_lead(viewer)
    _hold(application)
    state = after(Act.PASS_ON, application.state)
    if application.answer == Answer.UNDECIDED:
        raise Refused("The rules could not decide yet. Add what is needed and check again.")
    if application.answer != Answer.ELIGIBLE:
        raise Refused("By the rules this teacher is not eligible.")
    _enter(application, state)
    record(viewer, "application.passed_on", application)


def offer(viewer: Viewer, application: Application) -> None:
    """Offer a place."""
    check_is_lead(viewer)
    _hold(application)
    _enter(application, after(Act.OFFER, application.state))
    record(viewer, "application.offered", application)


def enrol(viewer: Viewer, application: Application, participant: Participant) -> list[str]:
    """Say which participant this teacher became: a person says so, never an e-mail address.

    The window belongs to the rule that matched, so the participant takes it over for good.
    Answers what speaks against a start that is on record already.
    """
    check_is_lead(viewer)
    _hold(application)
    state = after(Act.ENROL, application.state)
    if participant.provider_id != application.provider_id:
        raise NotFound("There is no such participant.")
    decision = eligibility.newest_decision(application)
    if decision is None or decision.answer != Answer.ELIGIBLE:
        raise Refused("No decision says that this teacher is eligible.")
    if decision.enrol_from and today() < decision.enrol_from:
        raise Refused(f"Rule {decision.rule} lets teachers enrol from {_day(decision)} on.")
    hold(participant)
    other = db.session.scalars(
        select(Application).where(Application.participant_id == participant.id)
    ).first()
    if other is not None:
        raise Invalid(
            f"{participant.user.name} was enrolled by another application.", field="participant"
        )
    told = []
    if participant.started_on is not None:
        rule = starting.rule_of(decision)
        told = starting.check_start(participant, participant.started_on, rule)
    change_facts(viewer, participant, {"window_rule": decision.window_rule})
    application.participant = participant
    _enter(application, state)
    record(
        viewer, "application.enrolled", application, participant_id=participant.id,
        decision=decision.id, rule=decision.rule,
    )  # fmt: skip
    return told


def take_back_enrolment(viewer: Viewer, application: Application) -> None:
    """It was another person. The participant stays what they are; the offer stands."""
    check_is_lead(viewer)
    _hold(application)
    state = after(Act.TAKE_BACK, application.state)
    former = application.participant_id
    application.participant = None
    _enter(application, state)
    record(viewer, "application.enrolment_taken_back", application, participant_id=former)


def end(viewer: Viewer, application: Application, reason: str) -> None:
    """Decline an application or let it lapse, with a reason from the list."""
    check_is_lead(viewer)
    _hold(application)
    if reason not in ENDS:
        raise Invalid("Choose one of the reasons.", field="reason")
    declines = ENDS[reason][0] is Stage.DECLINED
    state = after(Act.DECLINE if declines else Act.LAPSE, application.state)
    application.ended_from, application.ended_reason = application.state, reason
    _enter(application, state)
    event = "application.declined" if declines else "application.lapsed"
    record(viewer, event, application, reason=reason)


def reopen(viewer: Viewer, application: Application) -> None:
    """Take up again what had ended. Facts may have changed meanwhile, so it is checked anew."""
    check_is_lead(viewer)
    _hold(application)
    state = after(Act.REOPEN, application.state)
    application.ended_from = application.ended_reason = application.answer = None
    _enter(application, state)
    record(viewer, "application.reopened", application)


def _enter(application: Application, state: Stage) -> None:
    application.state, application.changed_at = state.value, now()


def _hold(application: Application) -> None:
    """Keep other changes of this application waiting until this one is committed."""
    db.session.refresh(application, with_for_update=True)


def _day(decision: EligibilityDecision) -> str:
    return f"{decision.enrol_from:%-d %B %Y}"

"""One application: what the rules say, and its steps up to the enrolment or the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.people import application_lists, applications, eligibility
from lti_tool.people.application_schemas import EndForm, EnrolForm, StepForm
from lti_tool.people.application_states import ENDS, REASONS, Act, may
from lti_tool.people.models import Application, EligibilityDecision, Participant
from lti_tool.people.views.applications import ONE, to_application, words
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import get_participant
from lti_tool.programme.eligibility import Answer
from lti_tool.programme.eligibility_facts import FACTS
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, chosen_action, read_form, shown_form

HAPPENED = {
    "added": "Written down",
    "changed": "Details changed",
    "checked": "Eligibility checked",
    "passed_on": "Passed on to the provider",
    "offered": "Place offered",
    "enrolled": "Enrolled",
    "enrolment_taken_back": "Enrolment taken back",
    "declined": "Declined",
    "lapsed": "Lapsed",
    "reopened": "Taken up again",
}
SOURCES = {"application": "the application", "register": "the register of schools"}


def _check(viewer: Viewer, application: Application) -> str:
    decision = applications.check_eligibility(viewer, application)
    return f"Checked. {application_lists.ANSWERS[Answer(decision.answer)]}."


def _pass_on(viewer: Viewer, application: Application) -> str:
    applications.pass_on(viewer, application)
    return "The application is with the provider. Get in touch with the teacher."


def _offer(viewer: Viewer, application: Application) -> str:
    applications.offer(viewer, application)
    return "The place is offered."


def _take_back(viewer: Viewer, application: Application) -> str:
    applications.take_back_enrolment(viewer, application)
    return "The enrolment is taken back. The participant stays what they are."


def _reopen(viewer: Viewer, application: Application) -> str:
    applications.reopen(viewer, application)
    return "The application is taken up again. Check it anew."


# Steps that are one button: act → (words on the button, what it does).
STEPS: dict[Act, tuple[str, Callable[[Viewer, Application], str]]] = {
    Act.CHECK: ("Check eligibility", _check),
    Act.PASS_ON: ("Pass on to the provider", _pass_on),
    Act.OFFER: ("Offer a place", _offer),
    Act.TAKE_BACK: ("Take the enrolment back", _take_back),
    Act.REOPEN: ("Take up again", _reopen),
}


@bp.get(ONE)
@allow(Role.LEAD)
def application(course_id: int, application_id: int) -> ResponseReturnValue:
    """One application: how far it is, what the rules say, and what comes next."""
    return _page(applications.get_application(g.viewer, application_id), shown_form())


@bp.post(ONE)
@allow(Role.LEAD)
def take_step(course_id: int, application_id: int) -> ResponseReturnValue:
    """Do the step whose button was pressed, or say why it cannot be done."""
    found = applications.get_application(g.viewer, application_id)
    form = read_form(StepForm)
    step = next((each for act, each in STEPS.items() if act == chosen_action("")), None)
    if step is None:
        form.refuse(Invalid("This button is not known here. Nothing was done."))
    if not form.errors and step is not None:
        try:
            told = step[1](g.viewer, found)
        except Refused as error:
            form.refuse(error)
        else:
            flash(told)
            return to_application(found)
    return _page(found, form), 422


@bp.get(f"{ONE}/enrol")
@allow(Role.LEAD)
def choose_enrolled(course_id: int, application_id: int) -> ResponseReturnValue:
    """Who of the participants is this? The tool shows who it could be and decides nothing."""
    return _enrol_page(applications.get_application(g.viewer, application_id), shown_form())


@bp.post(f"{ONE}/enrol")
@allow(Role.LEAD)
def enrol_application(course_id: int, application_id: int) -> ResponseReturnValue:
    """Tie the application to the participant whom the lead names."""
    found = applications.get_application(g.viewer, application_id)
    form = read_form(EnrolForm)
    if not form.errors:
        try:
            participant = _chosen(g.viewer, form.values)
            told = applications.enrol(g.viewer, found, participant)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(" ".join([f"{found.name} is enrolled as {participant.candidate_number}.", *told]))
            return to_application(found)
    return _enrol_page(found, form), 422


@bp.get(f"{ONE}/end")
@allow(Role.LEAD)
def ask_end(course_id: int, application_id: int) -> ResponseReturnValue:
    """Why does this application end?"""
    return _end_page(applications.get_application(g.viewer, application_id), shown_form())


@bp.post(f"{ONE}/end")
@allow(Role.LEAD)
def end_application(course_id: int, application_id: int) -> ResponseReturnValue:
    """Decline it or let it lapse."""
    found = applications.get_application(g.viewer, application_id)
    form = read_form(EndForm)
    if not form.errors:
        try:
            applications.end(g.viewer, found, form.values["reason"])
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(f"The application of {found.name} has ended.")
            return to_application(found)
    return _end_page(found, form), 422


def _chosen(viewer: Viewer, values: dict[str, Any]) -> Participant:
    number, chosen = values["candidate_number"], values["participant"]
    if number and chosen is not None:
        raise Invalid("Choose a participant or give a number, not both.", field="candidate_number")
    if number:
        found = application_lists.participant_numbered(viewer, number)
        if found is None:
            raise Invalid("There is no participant of this number.", field="candidate_number")
        return found
    if chosen is None:
        raise Invalid("Choose a participant, or give a candidate number.", field="participant")
    return get_participant(viewer, chosen)


def _page(found: Application, form: Form) -> str:
    decided = eligibility.decisions(found)
    return render_template(
        "people/application.html",
        application=found,
        letter=_letter(decided[0]) if decided else None,
        earlier=[_letter(each) for each in decided[1:]],
        form=form,
        steps={act.value: label for act, (label, _) in STEPS.items() if _is_offered(act, found)},
        may_enrol=may(Act.ENROL, found.state),
        may_end=may(Act.DECLINE, found.state),
        ends=ENDS,
        facts=FACTS,
        alike=application_lists.same_address(g.viewer, found),
        happened=[
            (HAPPENED[event.event.partition(".")[2]], event.at, name)
            for event, name in application_lists.what_happened(found)
        ],
        **words(),
    )


def _letter(decision: EligibilityDecision) -> dict[str, Any]:
    """A decision in the words that it is shown in: those of its day, where it has any."""
    labels = {each["rule"]: each["label"] for each in decision.reasons}
    return {
        "decision": decision,
        "matched": labels.get(decision.rule or ""),
        "facts": [_fact(name, known) for name, known in decision.facts.items()],
    }


def _fact(name: str, known: dict[str, Any]) -> dict[str, Any]:
    fact, source, since = FACTS.get(name), known["source"], known["since"]
    return {
        "label": fact.label if fact else name,
        "value": fact.say(known["value"]) if fact else known["value"],
        "source": SOURCES.get(source, source),
        "since": date.fromisoformat(since) if since else None,
    }


def _is_offered(act: Act, found: Application) -> bool:
    return may(act, found.state) and (act is not Act.PASS_ON or found.answer == Answer.ELIGIBLE)


def _enrol_page(found: Application, form: Form) -> str:
    return render_template(
        "people/application_enrol.html",
        application=found,
        form=form,
        people=application_lists.possible_participants(g.viewer, found),
    )


def _end_page(found: Application, form: Form) -> str:
    return render_template(
        "people/application_end.html", application=found, form=form, reasons=REASONS
    )

"""Extensions, circumstances and holds of one participant: asked, answered, seen."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import DomainError, Invalid, Refused
from lti_tool.grades import asking, deciding, holds
from lti_tool.grades.adjustment_models import AdjustmentRequest
from lti_tool.grades.adjustment_schemas import AnswerForm, AskForm, ButtonForm, HoldForm
from lti_tool.grades.asking import Asked
from lti_tool.grades.deciding import Answer
from lti_tool.grades.rules.asking import CIRCUMSTANCES, EXTENSION, OUTCOMES
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF, Role
from lti_tool.learning.records import due_of
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, get_participant
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

ASK = "/courses/<int:course_id>/modules/<code>/ask/<any(extension,circumstances):kind>"
PERSON = "/courses/<int:course_id>/participants/<int:participant_id>/requests"
ONE = f"{PERSON}/<int:request_id>"
SENT = {
    EXTENSION: "You have asked for an extension. The date stays as it is until it is granted.",
    CIRCUMSTANCES: "You have told of your circumstances. Your programme lead decides about them.",
}


@bp.get(ASK, endpoint="ask")
@allow(Role.PARTICIPANT)
def show_ask(course_id: int, code: str, kind: str) -> ResponseReturnValue:
    """The form of a participant who cannot keep a date or could not do their best."""
    return _ask_page(code, kind, shown_form())


@bp.post(ASK, endpoint="send_request")
@allow(Role.PARTICIPANT)
def send_request(course_id: int, code: str, kind: str) -> ResponseReturnValue:
    form = read_form(AskForm)
    if form.errors:
        return _ask_page(code, kind, form), 422
    values = form.values
    asked = Asked(
        kind, code, values["attempt"], values["reason"], values["words"],
        values["wished_on"] if kind == EXTENSION else None,
    )  # fmt: skip
    try:
        made = asking.ask(g.viewer, asked)
    except DomainError as error:
        form.refuse(error)
        return _ask_page(code, kind, form), 422
    flash(SENT[kind])
    return redirect(
        url_for(".requests", course_id=course_id, participant_id=made.participant_id), 303
    )


@bp.get("/courses/<int:course_id>/requests", endpoint="waiting_requests")
@allow(*STAFF)
def show_waiting(course_id: int) -> ResponseReturnValue:
    """What waits for an answer, whoever asked."""
    return render_template("grades/waiting_requests.html", waiting=asking.waiting(g.viewer))


@bp.get(PERSON, endpoint="requests")
@allow(Role.PARTICIPANT, *STAFF)
def show_requests(course_id: int, participant_id: int) -> ResponseReturnValue:
    """What one participant has asked, and whether their results are held."""
    return _person_page(participant_id, shown_form())


@bp.post(PERSON, endpoint="change_hold")
@allow(Role.LEAD)
def change_hold(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Hold this person's results, or end a hold."""
    form = read_form(HoldForm)
    action = pressed_button(form, "open_hold", "close_hold")
    if not form.errors:
        values = form.values
        try:
            if action == "open_hold":
                holds.open_hold(g.viewer, participant_id, values["reason"])
            else:
                holds.close_hold(g.viewer, participant_id, values["kind"], values["outcome"])
        except DomainError as error:
            form.refuse(error)
        else:
            opened = action == "open_hold"
            flash("Results are held." if opened else "The hold is ended.")
            back = url_for(".requests", course_id=course_id, participant_id=participant_id)
            return redirect(back, 303)
    return _person_page(participant_id, form), 422


@bp.get(ONE, endpoint="request")
@allow(Role.PARTICIPANT, *STAFF)
def show_request(course_id: int, participant_id: int, request_id: int) -> ResponseReturnValue:
    """One request with its answers; the reason where the viewer may read it."""
    found = asking.get_request(g.viewer, participant_id, request_id)
    page = _request_page(found, shown_form())
    asking.note_opened(g.viewer, found)
    return page


@bp.post(ONE, endpoint="decide_request")
@allow(*STAFF)
def decide_request(course_id: int, participant_id: int, request_id: int) -> ResponseReturnValue:
    form = read_form(AnswerForm)
    if not form.errors:
        values = form.values
        answer = Answer(values["outcome"], values["sentence"], values["due_on"], values["seen"])
        try:
            deciding.decide(g.viewer, participant_id, request_id, answer)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("The answer is kept, and the participant can read it.")
            back = url_for(".requests", course_id=course_id, participant_id=participant_id)
            return redirect(back, 303)
    return _request_page(asking.get_request(g.viewer, participant_id, request_id), form), 422


@bp.post(f"{ONE}/take-back", endpoint="take_back_request")
@allow(Role.PARTICIPANT)
def take_back_request(course_id: int, participant_id: int, request_id: int) -> ResponseReturnValue:
    """Participants change their minds before anybody has decided."""
    form = read_form(ButtonForm)
    try:
        asking.take_back(g.viewer, participant_id, request_id)
    except Refused as error:
        form.refuse(error)
        found = asking.get_request(g.viewer, participant_id, request_id)
        return _request_page(found, form), 422
    flash("Your request is taken back. Nobody decides about it any more.")
    return redirect(url_for(".requests", course_id=course_id, participant_id=participant_id), 303)


def _ask_page(code: str, kind: str, form: Form) -> str:
    participant = get_own_participant(g.viewer)
    sits = asking.sits(participant, code)
    still = [each for each in sits if each.submitted_at is None]
    if kind == EXTENSION and not still:
        form.refuse(Invalid("This module is handed in, so there is nothing to extend."))
    due = due_of(participant.id, code, still[0].number) if still else None
    return render_template(
        "grades/ask.html",
        form=form,
        errors=form.errors,
        kind=kind,
        module=programme_of(participant).module(code),
        participant=participant,
        sits=still if kind == EXTENSION else sits,
        due=due,
        reasons=_choices(asking.REASONS[kind]),
        wished={part: form.typed.get(f"wished_on-{part}", "") for part in PARTS},
    )


PARTS = ("day", "month", "year")


def _person_page(participant_id: int, form: Form) -> str:
    viewer = g.viewer
    participant = get_participant(viewer, participant_id)
    found = holds.list_holds(viewer, participant_id)
    return render_template(
        "grades/requests.html",
        participant=participant,
        is_own=viewer.role is Role.PARTICIPANT,
        is_lead=viewer.role is Role.LEAD,
        requests=asking.list_requests(viewer, participant_id),
        holds=found,
        open_holds={each.kind: each for each in found if each.closed_at is None},
        is_held=holds.is_held(participant_id),
        words=holds,
        choices_of=_choices,
        form=form,
        errors=form.errors,
    )


def _choices(labels: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in labels.items()]


def _request_page(found: AdjustmentRequest, form: Form) -> str:
    reason = asking.find_reason(g.viewer, found)
    attempt = asking.attempt_of(found)
    form.typed["seen"] = str(len(found.decisions))  # of what this page shows
    return render_template(
        "grades/request.html",
        asked=found,
        participant=found.participant,
        reason=reason,
        reasons=asking.REASONS[found.kind],
        attempt=attempt,
        due=attempt.due_on
        if attempt
        else due_of(found.participant_id, found.module_code, found.attempt_number),
        outcomes=OUTCOMES[found.kind],
        answers=_choices(OUTCOMES[found.kind]),
        why_not=deciding.why_not(g.viewer, found),
        may_take_back=asking.why_not_take_back_now(g.viewer, found) is None,
        given={part: _given(form, found, part) for part in PARTS},
        form=form,
        errors=form.errors,
    )


def _given(form: Form, found: AdjustmentRequest, part: str) -> str:
    """The date as typed; before that, the one that was asked for."""
    if form.errors or found.wished_on is None:
        return str(form.typed.get(f"due_on-{part}", ""))
    return str(getattr(found.wished_on, part))

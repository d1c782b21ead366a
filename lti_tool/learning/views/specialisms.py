"""A specialism: the participant's proposal, and the tutor's answer to it."""

from __future__ import annotations

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid, Refused
from lti_tool.identity import STAFF, Role
from lti_tool.learning import specialisms
from lti_tool.learning.models import Specialism
from lti_tool.learning.record_schemas import AnswerSchema, SpecialismSchema
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.records import PAGE, own, to_records
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

ONE = f"{PAGE}/specialisms/<int:specialism_id>"


@bp.get(f"{PAGE}/specialisms/new")
@allow(Role.PARTICIPANT)
def new_specialism(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _form_page(own(participant_id), shown_form(), None)


@bp.post(f"{PAGE}/specialisms/new")
@allow(Role.PARTICIPANT)
def add_specialism(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _propose(own(participant_id), None)


@bp.get(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def edit_specialism(course_id: int, participant_id: int, specialism_id: int) -> ResponseReturnValue:
    found = specialisms.get_specialism(g.viewer, participant_id, specialism_id)
    if found.state == "agreed":
        raise Refused(specialisms.AGREED_STAYS)
    form = shown_form(
        title=found.title,
        strands=[each.strand for each in found.strands],
        reason=found.reason,
        revision=found.revision,
    )
    return _form_page(found.participant, form, found)


@bp.post(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def update_specialism(
    course_id: int, participant_id: int, specialism_id: int
) -> ResponseReturnValue:
    found = specialisms.get_specialism(g.viewer, participant_id, specialism_id)
    return _propose(found.participant, found)


@bp.get(ONE)
@allow(*STAFF)
def specialism(course_id: int, participant_id: int, specialism_id: int) -> ResponseReturnValue:
    """The proposal, with the tutor's answer."""
    found = specialisms.get_specialism(g.viewer, participant_id, specialism_id)
    return _answer_page(found, shown_form(revision=found.revision))


@bp.post(ONE)
@allow(*STAFF)
def answer_specialism(
    course_id: int, participant_id: int, specialism_id: int
) -> ResponseReturnValue:
    found = specialisms.get_specialism(g.viewer, participant_id, specialism_id)
    form = read_form(AnswerSchema)
    agrees = pressed_button(form, "agree", "return") == "agree"
    if form.errors:
        return _answer_page(found, form), 422
    answer = specialisms.agree if agrees else specialisms.send_back
    seen, words = form.values["revision"], form.values["words"]
    try:
        answer(g.viewer, participant_id, specialism_id, seen, words)
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _answer_page(found, form), 422 if isinstance(error, Invalid) else 409
    flash("You have agreed to the specialism." if agrees else "The specialism is sent back.")
    return to_records(found.participant)


def _propose(participant: Participant, found: Specialism | None) -> ResponseReturnValue:
    form = read_form(SpecialismSchema)
    button = pressed_button(form, "save", "withdraw", by_enter="save")
    if button == "withdraw" and found is not None:
        specialisms.withdraw(g.viewer, found.id)
        flash("The proposal is withdrawn.")
        return to_records(participant)
    if form.errors:
        return _form_page(participant, form, found), 422
    values = form.values
    try:
        specialisms.propose(
            g.viewer,
            values["title"],
            values["strands"],
            values["reason"],
            specialism_id=found.id if found else None,
            seen_revision=values["revision"],
        )
    except (Invalid, Refused) as error:
        form.refuse(error)
        if found is not None:
            form.typed["revision"] = str(found.revision)
        return _form_page(participant, form, found), 422 if isinstance(error, Invalid) else 409
    flash("The specialism is proposed. Your tutor answers next.")
    return to_records(participant)


def _form_page(participant: Participant, form: Form, found: Specialism | None) -> str:
    return render_template(
        "learning/specialism_form.html",
        participant=participant,
        specialism=found,
        programme=programme_of(participant),
        form=form,
        errors=form.errors,
    )


def _answer_page(found: Specialism, form: Form) -> str:
    return render_template(
        "learning/specialism.html",
        participant=found.participant,
        specialism=found,
        programme=programme_of(found.participant),
        form=form,
        errors=form.errors,
    )

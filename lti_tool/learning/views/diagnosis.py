"""The diagnosis: write it strand by strand on one page, propose it, agree to it, look back."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Role
from lti_tool.learning import diagnosis
from lti_tool.learning.models import Diagnosis
from lti_tool.learning.needs import Line, draft_problems, proposal_problems
from lti_tool.learning.plan_schemas import AgreeForm, diagnosis_form
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.words import CONFIDENCE, SOURCES
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.programme.definition import Programme
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

PATH = "/courses/<int:course_id>/participants/<int:participant_id>/plan/diagnosis"


@bp.get(f"{PATH}/edit")
@allow(Role.PARTICIPANT, Role.COACH)
def edit_diagnosis(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Go on with one's own draft, or begin from the newest version."""
    participant = get_participant(g.viewer, participant_id)
    versions = diagnosis.list_versions(g.viewer, participant_id)
    draft = diagnosis.find_draft(g.viewer, participant_id)
    newest = versions[0] if versions else None
    initial: dict[str, Any] = {}
    for strand, line in diagnosis.lines_of(draft or newest).items():
        initial |= {f"level-{strand}": line.level, f"need-{strand}": line.need}
        initial[f"source-{strand}"] = line.source
    form = shown_form(**initial)
    overtaken = newest if draft and newest and draft.based_on != newest.number else None
    return _form_page(participant, form, newest, overtaken)


@bp.post(f"{PATH}/edit")
@allow(Role.PARTICIPANT, Role.COACH)
def write_diagnosis(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Keep the draft, or propose it."""
    participant = get_participant(g.viewer, participant_id)
    programme = programme_of(participant)
    form = read_form(diagnosis_form(programme))
    proposes = pressed_button(form, "save", "submit", by_enter="save") == "submit"
    if not form.errors:
        lines = _lines(programme, form.values)
        problems = (proposal_problems if proposes else draft_problems)(programme, lines)
        for field, sentence in problems.items():
            form.refuse(Invalid(sentence, field=field))
    if not form.errors:
        write = diagnosis.propose if proposes else diagnosis.save_draft
        try:
            write(g.viewer, participant_id, lines, based_on=form.values["based_on"])
        except Refused as error:
            form.refuse(error)
        else:
            flash(_told(g.viewer.role, proposes=proposes))
            return redirect(url_for("learning.plan", **_ids(participant)), 303)
    versions = diagnosis.list_versions(g.viewer, participant_id)
    return _form_page(participant, form, versions[0] if versions else None), 422


@bp.post(f"{PATH}/agree")
@allow(Role.PARTICIPANT, Role.COACH)
def agree_diagnosis(course_id: int, participant_id: int) -> ResponseReturnValue:
    participant = get_participant(g.viewer, participant_id)
    form = read_form(AgreeForm)
    if form.errors:
        raise Refused("The page did not say which version it showed. Open the plan again.")
    diagnosis.agree(g.viewer, participant_id, number=form.values["number"])
    flash("You have agreed to this diagnosis.")
    return redirect(url_for("learning.plan", **_ids(participant)), 303)


@bp.get(f"{PATH}/<int:number>")
@allow(*Role)
def diagnosis_version(course_id: int, participant_id: int, number: int) -> ResponseReturnValue:
    """One version as it was proposed, with who agreed to it and when."""
    participant = get_participant(g.viewer, participant_id)
    versions = diagnosis.list_versions(g.viewer, participant_id)
    found = next((one for one in versions if one.number == number), None)
    if found is None:
        raise NotFound("There is no such version of this diagnosis.")
    return render_template(
        "learning/diagnosis_version.html",
        participant=participant,
        programme=programme_of(participant),
        version=found,
        versions=versions,
        states=diagnosis.states(versions),
        may_agree=found is versions[0] and diagnosis.may_agree(g.viewer, found),
        levels=CONFIDENCE,
        sources=SOURCES,
    )


def _ids(participant: Participant) -> dict[str, Any]:
    return {"course_id": g.viewer.course_id, "participant_id": participant.id}


def _told(role: Role, *, proposes: bool) -> str:
    if not proposes:
        return "The draft of the diagnosis is saved. Nobody but you can see it."
    other = "your coach" if role is Role.PARTICIPANT else "the participant"
    return f"The diagnosis is proposed, and you have agreed to it. Now {other} is asked to agree."


def _lines(programme: Programme, values: dict[str, Any]) -> dict[str, Line]:
    return {
        strand.id: Line(
            *(values[f"{part}_{place}"].strip() for part in ("level", "need", "source"))
        )
        for place, strand in enumerate(programme.strands)
    }


def _form_page(
    participant: Participant,
    form: Form,
    newest: Diagnosis | None,
    overtaken: Diagnosis | None = None,
) -> str:
    return render_template(
        "learning/diagnosis_form.html",
        participant=participant,
        programme=programme_of(participant),
        form=form,
        newest=newest,
        overtaken=overtaken,
        levels=CONFIDENCE,
        sources=SOURCES,
    )

"""Specialism, networks, clearance and sharing on one page, and the forms that add to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from lti_tool.errors import Invalid
from lti_tool.identity import STAFF, Role
from lti_tool.learning import sharing, specialisms
from lti_tool.learning.record_schemas import (
    AnswerSchema,
    ClearanceSchema,
    DisseminationSchema,
    NetworkSchema,
)
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.hooks import check_items, evidence_choices
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, get_participant
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

PAGE = "/courses/<int:course_id>/participants/<int:participant_id>/records"


@bp.get(PAGE)
@allow(*Role)
def records(course_id: int, participant_id: int) -> ResponseReturnValue:
    """What is recorded, in which state each record is, and what can be added."""
    participant = get_participant(g.viewer, participant_id)
    viewer = g.viewer
    shared = sharing.list_disseminations(viewer, participant)
    return render_template(
        "learning/records.html",
        participant=participant,
        is_own=is_own(participant),
        is_staff=viewer.is_staff,
        programme=programme_of(participant),
        specialisms=specialisms.list_specialisms(viewer, participant),
        networks=sharing.list_networks(viewer, participant),
        clearances=sharing.list_clearances(viewer, participant),
        shared=shared,
        evidence=evidence_choices(participant.id) if any(s.evidence for s in shared) else {},
    )


@bp.get(f"{PAGE}/networks/new")
@allow(Role.PARTICIPANT)
def new_network(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _form_page("network", own(participant_id), shown_form())


@bp.post(f"{PAGE}/networks/new")
@allow(Role.PARTICIPANT)
def add_network(course_id: int, participant_id: int) -> ResponseReturnValue:
    def keep(values: dict[str, Any]) -> None:
        sharing.join_network(g.viewer, **values)

    return _add("network", own(participant_id), NetworkSchema, keep, "The network is recorded.")


@bp.post(f"{PAGE}/networks/<int:network_id>")
@allow(Role.PARTICIPANT)
def remove_network(course_id: int, participant_id: int, network_id: int) -> ResponseReturnValue:
    return _remove(participant_id, sharing.remove_network, network_id, "The network is removed.")


@bp.get(f"{PAGE}/clearances/new")
@allow(Role.PARTICIPANT)
def new_clearance(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _form_page("clearance", own(participant_id), shown_form())


@bp.post(f"{PAGE}/clearances/new")
@allow(Role.PARTICIPANT)
def add_clearance(course_id: int, participant_id: int) -> ResponseReturnValue:
    def keep(values: dict[str, Any]) -> None:
        sharing.record_clearance(g.viewer, **values)

    told = "The clearance is recorded. A tutor confirms it next."
    return _add("clearance", own(participant_id), ClearanceSchema, keep, told)


@bp.post(f"{PAGE}/clearances/<int:clearance_id>")
@allow(Role.PARTICIPANT)
def remove_clearance(course_id: int, participant_id: int, clearance_id: int) -> ResponseReturnValue:
    told = "The clearance is removed."
    return _remove(participant_id, sharing.remove_clearance, clearance_id, told)


@bp.get(f"{PAGE}/clearances/<int:clearance_id>")
@allow(*STAFF)
def clearance(course_id: int, participant_id: int, clearance_id: int) -> ResponseReturnValue:
    """A tutor's answer to a clearance."""
    return _clearance_page(participant_id, clearance_id, shown_form())


@bp.post(f"{PAGE}/clearances/<int:clearance_id>/answer")
@allow(*STAFF)
def answer_clearance(course_id: int, participant_id: int, clearance_id: int) -> ResponseReturnValue:
    participant = get_participant(g.viewer, participant_id)
    form = read_form(AnswerSchema)
    confirmed = pressed_button(form, "agree", "return") == "agree"
    if form.errors:
        return _clearance_page(participant_id, clearance_id, form), 422
    words = form.values["words"]
    try:
        sharing.confirm_clearance(
            g.viewer, participant_id, clearance_id, confirmed=confirmed, words=words
        )
    except Invalid as error:
        form.refuse(error)
        return _clearance_page(participant_id, clearance_id, form), 422
    flash("The clearance is confirmed." if confirmed else "The clearance is sent back.")
    return to_records(participant)


@bp.get(f"{PAGE}/sharing/new")
@allow(Role.PARTICIPANT)
def new_dissemination(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _form_page("dissemination", own(participant_id), shown_form())


@bp.post(f"{PAGE}/sharing/new")
@allow(Role.PARTICIPANT)
def add_dissemination(course_id: int, participant_id: int) -> ResponseReturnValue:
    def keep(values: dict[str, Any]) -> None:
        sharing.pass_on(g.viewer, **values)

    told = "What you passed on is recorded."
    return _add("dissemination", own(participant_id), DisseminationSchema, keep, told)


@bp.post(f"{PAGE}/sharing/<int:dissemination_id>")
@allow(Role.PARTICIPANT)
def remove_dissemination(
    course_id: int, participant_id: int, dissemination_id: int
) -> ResponseReturnValue:
    told = "The record is removed."
    return _remove(participant_id, sharing.remove_dissemination, dissemination_id, told)


def own(participant_id: int) -> Participant:
    """The viewer's own record, when the address names it."""
    get_participant(g.viewer, participant_id)
    return get_own_participant(g.viewer)


def is_own(participant: Participant) -> bool:
    """Whether the viewer is here as this participant."""
    return g.viewer.role is Role.PARTICIPANT and participant.user_id == g.viewer.user_id


def to_records(participant: Participant) -> ResponseReturnValue:
    """Back to the page that shows what was done."""
    return redirect(
        url_for("learning.records", course_id=g.viewer.course_id, participant_id=participant.id),
        303,
    )


def _add(
    kind: str,
    participant: Participant,
    schema: type[Schema],
    keep: Callable[[dict[str, Any]], None],
    told: str,
) -> ResponseReturnValue:
    form = read_form(schema)
    pressed_button(form, "save", by_enter="save")
    if form.values:
        check_items(form, form.values.get("items", ()), participant.id)
    if not form.errors:
        try:
            keep(form.values)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(told)
            return to_records(participant)
    return _form_page(kind, participant, form), 422


def _remove(
    participant_id: int, remove: Callable[[Any, int], None], kept_id: int, told: str
) -> ResponseReturnValue:
    participant = own(participant_id)
    form = Form()
    pressed_button(form, "cancel")
    if form.errors:
        raise Invalid(form.errors["form"][0])
    remove(g.viewer, kept_id)
    flash(told)
    return to_records(participant)


def _form_page(kind: str, participant: Participant, form: Form) -> str:
    return render_template(
        f"learning/{kind}_form.html",
        participant=participant,
        form=form,
        errors=form.errors,
        evidence=evidence_choices(participant.id) if kind == "dissemination" else {},
    )


def _clearance_page(participant_id: int, clearance_id: int, form: Form) -> str:
    participant = get_participant(g.viewer, participant_id)
    return render_template(
        "learning/clearance.html",
        participant=participant,
        clearance=sharing.get_clearance(g.viewer, participant_id, clearance_id),
        form=form,
        errors=form.errors,
    )

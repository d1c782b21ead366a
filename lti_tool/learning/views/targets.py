"""One target: set it, word it anew, agree to it, say that it is met or dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Role
from lti_tool.learning import targets
from lti_tool.learning.models import Target
from lti_tool.learning.plan_schemas import (
    DropForm,
    MeetForm,
    NeedForm,
    RevisionForm,
    TargetForm,
)
from lti_tool.learning.targets import Wording
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.plan import plan_evidence
from lti_tool.learning.writing import WRITERS
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/participants/<int:participant_id>/plan/targets"
ONE = f"{PATH}/<int:target_id>"


@bp.post(f"{PATH}/grow")
@allow(*WRITERS)
def grow_target(course_id: int, participant_id: int) -> ResponseReturnValue:
    """One press makes a target of a need; its words and date can be changed on the next page."""
    form = read_form(NeedForm)
    if form.errors:
        raise NotFound("There is no such need in the agreed diagnosis.")
    target = targets.grow(g.viewer, participant_id, form.values["line"])
    flash("The need is now a target. Change its words or its date here, if you like.")
    return _to_target(target)


@bp.get(f"{PATH}/new")
@allow(*WRITERS)
def new_target(course_id: int, participant_id: int) -> ResponseReturnValue:
    participant = get_participant(g.viewer, participant_id)
    initial: dict[str, Any] = {"strand": request.args.get("strand")}
    if action_id := asked_number("from_action"):
        action = targets.get_action(g.viewer, participant_id, action_id)
        initial |= {"target": action.text, "from_action": action.id}
    form = shown_form(**initial, **_date_parts(targets.default_due()))
    return _new_page(participant, form)


@bp.post(f"{PATH}/new")
@allow(*WRITERS)
def set_target(course_id: int, participant_id: int) -> ResponseReturnValue:
    participant = get_participant(g.viewer, participant_id)
    form = read_form(TargetForm)
    if not form.errors:
        try:
            targets.set_target(
                g.viewer, participant_id, _wording(form), action_id=form.values["from_action"]
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The target is set.")
            return redirect(url_for("learning.plan", **_ids(participant)), 303)
    return _new_page(participant, form), 422


@bp.get(ONE)
@allow(*Role)
def target(course_id: int, participant_id: int, target_id: int) -> ResponseReturnValue:
    return _page(targets.get_target(g.viewer, participant_id, target_id))


@bp.post(f"{ONE}/change")
@allow(*WRITERS)
def change_target(course_id: int, participant_id: int, target_id: int) -> ResponseReturnValue:
    def change(form: Form) -> Target:
        wording, revision = _wording(form), form.values["revision"]
        return targets.change(g.viewer, participant_id, target_id, wording, revision=revision)

    return _do(participant_id, target_id, TargetForm, change, "The target is changed.", "change")


@bp.post(f"{ONE}/agree")
@allow(*WRITERS)
def agree_target(course_id: int, participant_id: int, target_id: int) -> ResponseReturnValue:
    def agree(form: Form) -> Target:
        return targets.agree(g.viewer, participant_id, target_id, **form.values)

    return _do(participant_id, target_id, RevisionForm, agree, "You have agreed to this target.")


@bp.post(f"{ONE}/meet")
@allow(*WRITERS)
def meet_target(course_id: int, participant_id: int, target_id: int) -> ResponseReturnValue:
    def meet(form: Form) -> Target:
        shown = {each.id for each in plan_evidence(g.viewer, participant_id)}
        items, revision = form.values["items"], form.values["revision"]
        return targets.meet(g.viewer, participant_id, target_id, items, shown, revision=revision)

    return _do(participant_id, target_id, MeetForm, meet, "The target is met.", "meet")


@bp.post(f"{ONE}/drop")
@allow(*WRITERS)
def drop_target(course_id: int, participant_id: int, target_id: int) -> ResponseReturnValue:
    def drop(form: Form) -> Target:
        return targets.drop(g.viewer, participant_id, target_id, **form.values)

    return _do(participant_id, target_id, DropForm, drop, "The target is dropped.", "drop")


def _do(
    participant_id: int,
    target_id: int,
    schema: type[Schema],
    deed: Callable[[Form], Target],
    told: str,
    opened: str = "",
) -> ResponseReturnValue:
    """Read the form and do the deed; a refusal shows the target as it is now, typed text kept."""
    form = read_form(schema)
    if not form.errors:
        try:
            found = deed(form)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(told)
            if opened:
                return redirect(url_for("learning.plan", **_ids(found.participant)), 303)
            return _to_target(found)
    found = targets.get_target(g.viewer, participant_id, target_id)
    return _page(found, form, opened), 422


def _wording(form: Form) -> Wording:
    values = form.values
    return Wording(values["strand"], values["text"], values["evidence"], values["due_on"])


def _ids(participant: Participant) -> dict[str, Any]:
    return {"course_id": g.viewer.course_id, "participant_id": participant.id}


def _to_target(found: Target) -> ResponseReturnValue:
    ids = _ids(found.participant)
    return redirect(url_for("learning.target", **ids, target_id=found.id), 303)


def _date_parts(day: date) -> dict[str, int]:
    return {f"due_on-{part}": getattr(day, part) for part in ("day", "month", "year")}


def _new_page(participant: Participant, form: Form) -> str:
    return render_template(
        "learning/target_form.html",
        participant=participant,
        programme=programme_of(participant),
        form=form,
    )


def _page(found: Target, form: Form | None = None, opened: str = "") -> str:
    """A target with all that can be done to it; `opened` names the form that was refused."""
    choices = plan_evidence(g.viewer, found.participant_id)
    linked = {each.item_id for each in found.evidence}
    started = shown_form(
        strand=found.strand,
        target=found.action,
        evidence=found.evidence_intended,
        **_date_parts(found.due_on),
    )
    form = form or Form()
    may_write = g.viewer.role in WRITERS and found.state == "open"
    return render_template(
        "learning/target.html",
        target=found,
        participant=found.participant,
        programme=programme_of(found.participant),
        form=form,
        wording=form if opened == "change" else started,
        opened=opened,
        may_write=may_write,
        may_agree=may_write and targets.may_agree(g.viewer, found),
        agreements=targets.agreements_now(found),
        is_agreed=targets.is_agreed(found),
        is_overdue=targets.is_overdue(found),
        choices=sorted(choices, key=lambda each: (found.strand not in each.strands, -each.id)),
        linked=[each for each in choices if each.id in linked],
        unseen=len(linked - {each.id for each in choices}),
    )

"""Have a sample drawn, look at its scripts by candidate number, decide about the whole set."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.grades import drawing, moderating, moderators, sample_pool
from lti_tool.grades.moderation_models import ModerationBatch, ModerationMember
from lti_tool.grades.moderation_schemas import DecisionForm, ModeratorForm
from lti_tool.grades.rules.moderating import Action, Choice, Share, dots, shares
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF, Role
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form

ALL = "/courses/<int:course_id>/moderation"
ONE = f"{ALL}/<int:batch_id>"
DONE = {
    Action.CONFIRM: "The marks are confirmed. They can be released.",
    Action.SCALE: "All marks of the set are moved. They can be released.",
    Action.REMARK_ALL: "All marks of the set are drafts again, and their markers see why.",
    Action.REMARK_MARKER: "This marker’s share is drafts again, and they see why.",
}


@dataclass(frozen=True)
class Row:
    """One marker in the plot of a set and in its table."""

    number: int
    name: str
    share: Share
    base: int  # where their dots stand
    dots: list[tuple[int, int, bool]]  # x, y, whether it is in the sample


@bp.get(ALL, endpoint="moderation")
@allow(*STAFF)
def show_all(course_id: int) -> ResponseReturnValue:
    """The sets that the viewer moderates; a lead sees all, and what waits for a draw."""
    return _list_page(shown_form())


@bp.post(ALL, endpoint="draw_sample")
@allow(Role.LEAD)
def draw_sample(course_id: int) -> ResponseReturnValue:
    """Put a module's final marks together and draw the sample."""
    form = read_form(ModeratorForm)
    if form.errors:
        return _list_page(form), 422
    values = form.values
    try:
        batch = drawing.draw_batch(g.viewer, values["module"], values["moderator"])
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _list_page(form), 422
    flash("The sample is drawn.")
    return redirect(url_for(".moderated_set", course_id=course_id, batch_id=batch.id), 303)


@bp.get(ONE, endpoint="moderated_set")
@allow(*STAFF)
def show_set(course_id: int, batch_id: int) -> ResponseReturnValue:
    """Marks by marker, what the sample holds, its scripts, and the decision."""
    return _set_page(drawing.get_batch(g.viewer, batch_id), shown_form())


@bp.post(ONE, endpoint="decide_set")
@allow(*STAFF)
def decide_set(course_id: int, batch_id: int) -> ResponseReturnValue:
    """The moderator's decision."""
    batch = drawing.get_batch(g.viewer, batch_id)
    form = read_form(DecisionForm)
    if form.errors:
        return _set_page(batch, form), 422
    values = form.values
    choice = Choice(
        Action(values["decision"]), values["rationale"], values["marker"], values["by_marks"]
    )
    try:
        moderating.decide(g.viewer, batch, choice)
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _set_page(drawing.get_batch(g.viewer, batch_id), form), 422
    flash(DONE[choice.action])
    return redirect(url_for(".moderated_set", course_id=course_id, batch_id=batch_id), 303)


@bp.post(f"{ONE}/moderator", endpoint="hand_over_set")
@allow(Role.LEAD)
def hand_over(course_id: int, batch_id: int) -> ResponseReturnValue:
    """Ask somebody else to moderate."""
    batch = drawing.get_batch(g.viewer, batch_id)
    form = read_form(ModeratorForm)
    if form.errors:
        return _set_page(batch, form), 422
    try:
        drawing.change_moderator(g.viewer, batch, form.values["moderator"])
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _set_page(drawing.get_batch(g.viewer, batch_id), form), 422
    flash("Somebody else moderates this set now.")
    return redirect(url_for(".moderated_set", course_id=course_id, batch_id=batch_id), 303)


def _list_page(form: Form) -> str:
    is_lead = g.viewer.role is Role.LEAD
    return render_template(
        "grades/moderation.html",
        batches=drawing.list_batches(g.viewer),
        waiting=sample_pool.waiting(g.viewer) if is_lead else [],
        staff=moderators.staff_of_course(g.viewer) if is_lead else [],
        seen=_seen,
        form=form,
        errors=form.errors,
    )


def _seen(batch: ModerationBatch) -> tuple[int, int]:
    """How many scripts of a sample its moderator looked at, and how many there are."""
    sample = [one for one in batch.members if one.reasons]
    return sum(moderating.is_seen(one, batch.moderator.id) for one in sample), len(sample)


def _set_page(batch: ModerationBatch, form: Form) -> str:
    members = moderating.members_of(batch)
    sample = sorted((one for one in members if one.reasons), key=lambda one: (-one.mark, one.id))
    seen = {one.id for one in sample if moderating.is_seen(one, batch.moderator.id)}
    is_moderator = moderating.is_moderator(g.viewer, batch)
    rows, height = _plot(members)
    return render_template(
        "grades/moderation_set.html",
        batch=batch,
        members=members,
        sample=sample,
        seen=seen,
        rule=drawing.kept_rule(batch),
        cover=moderating.covered(batch, members),
        rows=rows,
        height=height,
        is_moderator=is_moderator,
        may_decide=is_moderator and batch.decision is None,
        staff=moderators.staff_of_course(g.viewer) if g.viewer.role is Role.LEAD else [],
        form=form,
        errors=form.errors,
    )


def _plot(members: list[ModerationMember]) -> tuple[list[Row], int]:
    """Dots per marker, the first marker on top, and how high the drawing is."""
    rows: list[Row] = []
    names = {one.marker_id: one.marker.name for one in members}
    base = 8
    for number, share in enumerate(
        shares((one.marker_id, one.mark, bool(one.reasons)) for one in members), start=1
    ):
        own = [(one.mark, bool(one.reasons)) for one in members if one.marker_id == share.marker_id]
        placed = dots(own)
        base += 20 + 8 * max(dot.height for dot in placed)
        spots = [(28 + 3 * dot.mark, base - 8 * dot.height, dot.is_sampled) for dot in placed]
        rows.append(Row(number, names[share.marker_id], share, base, spots))
    return rows, base + 30

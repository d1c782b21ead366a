"""What is kept and what goes: legal holds, the regulator's sample, and the queue of disposals."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from lti_tool.cohort import legal_holds, retention
from lti_tool.cohort.erasure_rules import KeptAs
from lti_tool.cohort.privacy_models import DisposalProposal
from lti_tool.cohort.retention_schemas import HoldForm, PutOffForm, SampleForm
from lti_tool.cohort.views import bp
from lti_tool.errors import Invalid, Refused
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

PATH = "/courses/<int:course_id>/retention"
CLASSES = {
    KeptAs.UNSUBMITTED: "Evidence never handed in, talks and plans",
    KeptAs.ASSESSED: "Words and files of assessed work",
    KeptAs.SAMPLE: "The regulator's sample",
    KeptAs.AUDIT: "Name and account, so that the trail leads to nobody",
}


@bp.get(PATH, endpoint="retention")
@allow(Role.LEAD)
def show_retention(course_id: int) -> ResponseReturnValue:
    """What waits for a decision, what must not go, and what went."""
    return _page(shown_form())


@bp.post(f"{PATH}/holds")
@allow(Role.LEAD)
def place_hold(course_id: int) -> ResponseReturnValue:
    """Let nothing about a person go."""
    form = read_form(HoldForm)
    if not form.errors:
        try:
            user = legal_holds.get_person(g.viewer, form.values["person"])
            legal_holds.place(g.viewer, user, form.values["reason"])
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"Nothing about {user.name} goes until the hold is lifted.")
            return _back(course_id)
    return _page(form), 422


@bp.post(f"{PATH}/holds/<int:hold_id>/lift")
@allow(Role.LEAD)
def lift_hold(course_id: int, hold_id: int) -> ResponseReturnValue:
    """Lift one hold."""
    legal_holds.lift(g.viewer, legal_holds.get_hold(g.viewer, hold_id))
    flash("The legal hold is lifted.")
    return _back(course_id)


@bp.post(f"{PATH}/sample")
@allow(Role.LEAD)
def retain_work(course_id: int) -> ResponseReturnValue:
    """Keep a submission for the regulator."""
    form = read_form(SampleForm)
    if not form.errors:
        try:
            retention.retain(g.viewer, form.values["receipt"])
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The submission is in the sample.")
            return _back(course_id)
    return _page(form), 422


@bp.get(f"{PATH}/<int:proposal_id>")
@allow(Role.LEAD)
def disposal(course_id: int, proposal_id: int) -> ResponseReturnValue:
    """What would go, before it goes."""
    return _one(retention.get_proposal(g.viewer, proposal_id), shown_form())


@bp.post(f"{PATH}/<int:proposal_id>")
@allow(Role.LEAD)
def decide_disposal(course_id: int, proposal_id: int) -> ResponseReturnValue:
    """Dispose of it, or keep it for longer with a reason."""
    proposal = retention.get_proposal(g.viewer, proposal_id)
    form = Form()
    button = pressed_button(form, "dispose", "keep")
    if button == "keep":
        form = read_form(PutOffForm)
    if not form.errors:
        try:
            if button == "keep":
                retention.put_off(g.viewer, proposal, form.values["why"], form.values["until"])
                flash("It is kept, and proposed again on that day.")
            else:
                made = retention.carry_out(g.viewer, proposal)
                flash(f"Disposed of: {made.rows} rows and {made.files} files.")
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            return _back(course_id)
    return _one(proposal, form), 422


def _page(form: Form) -> str:
    return render_template(
        "cohort/retention.html",
        form=form,
        classes=CLASSES,
        queue=retention.queue(g.viewer),
        holds=legal_holds.standing(g.viewer.provider_id),
        sample=retention.sample(g.viewer),
        records=retention.records(g.viewer),
    )


def _one(proposal: DisposalProposal, form: Form) -> str:
    return render_template(
        "cohort/disposal.html",
        form=form,
        proposal=proposal,
        title=CLASSES[KeptAs(proposal.kept_as)],
        extent=retention.extent(proposal),
    )


def _back(course_id: int) -> Response:
    return redirect(url_for("cohort.retention", course_id=course_id), 303)

"""The university on prior learning: what waits, a tutor's assessment, the lead's decision."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.errors import Invalid
from lti_tool.identity import STAFF, Role
from lti_tool.learning import prior_learning as claims
from lti_tool.learning import prior_learning_decisions as decisions
from lti_tool.learning.models import PriorLearningClaim
from lti_tool.learning.prior_learning_schemas import AssessmentSchema, DecisionSchema
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.hooks import submitted_modules
from lti_tool.learning.views.prior_learning import ONE, claim_page
from lti_tool.people.models import Participant
from lti_tool.people.paging import Page, list_page
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import read_form


@bp.get("/courses/<int:course_id>/prior-learning")
@allow(*STAFF)
def waiting_claims(course_id: int) -> ResponseReturnValue:
    """The claims that wait for the viewer, and those that wait for somebody else."""
    return render_template(
        "learning/waiting_claims.html",
        page=_page(decisions.waiting_claims(g.viewer), request.args.get("page", 1, int)),
        elsewhere=_page(decisions.claims_waiting_elsewhere(g.viewer), 1),
        page_url=lambda number: url_for(
            "learning.waiting_claims", course_id=course_id, page=number
        ),
    )


@bp.post(f"{ONE}/assessment")
@allow(Role.TUTOR)
def assess_claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    found = claims.get_claim(g.viewer, participant_id, claim_id)
    form = read_form(AssessmentSchema)
    pressed_button(form, "assess", by_enter="assess")
    if form.errors:
        return claim_page(found, form), 422
    try:
        decisions.assess(g.viewer, participant_id, claim_id, form.values)  # type: ignore[arg-type]  # by test
    except Invalid as error:
        form.refuse(error)
        return claim_page(found, form), 422
    flash("The assessment is recorded. The programme lead decides next.")
    return _to_waiting(course_id)


@bp.post(f"{ONE}/decision")
@allow(Role.LEAD)
def decide_claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    found = claims.get_claim(g.viewer, participant_id, claim_id)
    form = read_form(DecisionSchema)
    pressed_button(form, "decide", by_enter="decide")
    if form.errors:
        return claim_page(found, form), 422
    recognised = {
        "all": [module.module_code for module in found.modules],
        "part": form.values["recognised"],
        "none": [],
    }[form.values["decision"]]
    try:
        decisions.decide(
            g.viewer,
            participant_id,
            claim_id,
            recognised,
            form.values["reason"],
            submitted_modules=submitted_modules(),
        )
    except Invalid as error:
        form.refuse(error)
        return claim_page(found, form), 422
    flash("The decision is recorded, and the participant can see it.")
    return _to_waiting(course_id)


def _page(query: Select[PriorLearningClaim], number: int) -> Page[PriorLearningClaim]:
    return list_page(
        query.options(
            joinedload(PriorLearningClaim.participant).joinedload(Participant.user),
            selectinload(PriorLearningClaim.modules),
        ),
        number,
    )


def _to_waiting(course_id: int) -> ResponseReturnValue:
    return redirect(url_for("learning.waiting_claims", course_id=course_id), 303)

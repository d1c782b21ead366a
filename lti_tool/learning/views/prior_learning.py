"""A participant's claims for prior learning: read them, write one, submit it, take it back."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import DomainError, Invalid, Refused
from lti_tool.identity import STAFF, Role
from lti_tool.learning import prior_learning as claims
from lti_tool.learning import prior_learning_decisions as decisions
from lti_tool.learning.impact_schema import shown_impact
from lti_tool.learning.models import PriorLearningClaim
from lti_tool.learning.prior_learning_schemas import ClaimSchema
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.hooks import check_items, evidence_choices, submitted_modules
from lti_tool.people.models import Participant
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant, get_participant
from lti_tool.programme.prior_learning import (
    Deed,
    State,
    Test,
    claimable_modules,
    credits_left,
    most_credits,
    why_not,
)
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

LIST = "/courses/<int:course_id>/participants/<int:participant_id>/prior-learning"
ONE = f"{LIST}/<int:claim_id>"


@bp.get(LIST)
@allow(Role.PARTICIPANT, *STAFF)
def prior_learning(course_id: int, participant_id: int) -> ResponseReturnValue:
    """What earlier study may count for, and what has become of each claim."""
    participant = get_participant(g.viewer, participant_id)
    return render_template(
        "learning/prior_learning.html",
        participant=participant,
        claims=claims.list_claims(g.viewer, participant),
        is_own=_is_own(participant),
        **_limits(participant),
    )


@bp.get(f"{LIST}/new")
@allow(Role.PARTICIPANT)
def new_claim(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _form_page(_own(participant_id), shown_form())


@bp.post(f"{LIST}/new")
@allow(Role.PARTICIPANT)
def add_claim(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _save(course_id, _own(participant_id), None)


@bp.get(ONE)
@allow(Role.PARTICIPANT, *STAFF)
def claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    """One claim, and what the viewer can do with it."""
    return claim_page(claims.get_claim(g.viewer, participant_id, claim_id), shown_form())


@bp.get(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def edit_claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    found = claims.get_claim(g.viewer, participant_id, claim_id)
    claims.refuse_unless(found, Deed.SAVE)
    return _form_page(found.participant, _started(found), found)


@bp.post(f"{ONE}/edit")
@allow(Role.PARTICIPANT)
def update_claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    found = claims.get_claim(g.viewer, participant_id, claim_id)
    return _save(course_id, found.participant, found)


@bp.post(ONE)
@allow(Role.PARTICIPANT)
def change_claim(course_id: int, participant_id: int, claim_id: int) -> ResponseReturnValue:
    """Submit a draft as it is, or withdraw a claim."""
    found = claims.get_claim(g.viewer, participant_id, claim_id, to_change=True)
    form = _started(found)
    button = pressed_button(form, "submit", "withdraw")
    if form.errors:
        return claim_page(found, form), 422
    if button == "withdraw":
        claims.withdraw(g.viewer, claim_id)
        flash("The claim is withdrawn.")
        return _to_claim(found)
    claims.refuse_unless(found, Deed.SUBMIT)
    if not _submit(form, found):
        return _form_page(found.participant, form, found), 422
    return _to_claim(found)


def claim_page(found: PriorLearningClaim, form: Form) -> str:
    """The page of one claim, with the form of whoever's turn it is."""
    state, viewer = State(found.state), g.viewer
    is_own = _is_own(found.participant)
    return render_template(
        "learning/claim.html",
        claim=found,
        form=form,
        errors=form.errors,
        is_own=is_own,
        tests=list(Test),
        evidence=evidence_choices(found.participant_id) if found.evidence else {},
        titles={each.code: each.title for each in programme_of(found.participant).modules},
        may_edit=is_own and why_not(state, Deed.SAVE) is None,
        may_withdraw=is_own and why_not(state, Deed.WITHDRAW) is None,
        may_assess=why_not(state, Deed.ASSESS) is None
        and decisions.refusal_to_assess(viewer, found) is None,
        may_decide=why_not(state, Deed.DECIDE) is None
        and decisions.refusal_to_decide(viewer, found) is None,
        **_limits(found.participant),
    )


def _save(
    course_id: int, participant: Participant, found: PriorLearningClaim | None
) -> ResponseReturnValue:
    form = read_form(ClaimSchema)
    button = pressed_button(form, "save", "submit", by_enter="save")
    if form.values:
        check_items(form, form.values["content"].items, participant.id)
    if form.errors:
        return _form_page(participant, form, found), 422
    try:
        kept = claims.save(
            g.viewer,
            form.values["content"],
            claim_id=found.id if found else None,
            seen_revision=form.values["revision"],
        )
    except Invalid as error:
        form.refuse(error)
        return _form_page(participant, form, found), 422
    except Refused as error:
        return _refused(participant, form, found, error)
    if button == "submit":
        if not _submit(form, kept):
            return _form_page(participant, form, found), 422
    else:
        flash("The claim is saved as a draft. Nobody but you sees it until you submit it.")
    return _to_claim(kept)


def _refused(
    participant: Participant, form: Form, found: PriorLearningClaim | None, error: DomainError
) -> ResponseReturnValue:
    form.refuse(error)
    if found is not None:
        form.typed["revision"] = str(found.revision)
    return _form_page(participant, form, found), 409


def _submit(form: Form, found: PriorLearningClaim) -> bool:
    """Submit, or put everything that is in the way beside its field."""
    asked = submitted_modules()
    for problem in claims.problems(found, asked):
        form.refuse(Invalid(problem.sentence, field=problem.field))
    if form.errors:
        return False
    claims.submit(g.viewer, found.id, submitted_modules=asked)
    flash("The claim is submitted. A tutor assesses it next.")
    return True


def _started(found: PriorLearningClaim) -> Form:
    day = found.awarded_on
    parts = {"day": day.day, "month": day.month, "year": day.year} if day else {}
    answer = {True: "yes", False: "no", None: None}[found.used_elsewhere]
    return shown_form(
        award=found.award,
        institution=found.institution,
        level=found.level,
        credits=found.credits,
        used_elsewhere=answer,
        statement=found.statement,
        modules=[module.module_code for module in found.modules],
        items=[each.item_id for each in found.evidence],
        revision=found.revision,
        **{f"awarded_on-{part}": number for part, number in parts.items()},
        **shown_impact(found.impact),
    )


def _form_page(
    participant: Participant, form: Form, found: PriorLearningClaim | None = None
) -> str:
    return render_template(
        "learning/claim_form.html",
        participant=participant,
        claim=found,
        form=form,
        errors=form.errors,
        evidence=evidence_choices(participant.id),
        **_limits(participant),
    )


def _limits(participant: Participant) -> dict[str, Any]:
    programme = programme_of(participant)
    counted = claims.counted(participant, submitted_modules())
    return {
        "most": most_credits(programme),
        "left": credits_left(programme, counted),
        "claimable": claimable_modules(programme),
        "years": programme.policies["apl"]["currency_years"],
        "submitted": counted.submitted,
    }


def _own(participant_id: int) -> Participant:
    get_participant(g.viewer, participant_id)
    return get_own_participant(g.viewer)


def _is_own(participant: Participant) -> bool:
    return g.viewer.role is Role.PARTICIPANT and participant.user_id == g.viewer.user_id


def _to_claim(found: PriorLearningClaim) -> ResponseReturnValue:
    return redirect(
        url_for(
            "learning.claim",
            course_id=g.viewer.course_id,
            participant_id=found.participant_id,
            claim_id=found.id,
        ),
        303,
    )

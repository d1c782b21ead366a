"""The check page of an attestation, and the page on which its signer takes it back."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import DomainError, Invalid, NotFound, Refused
from lti_tool.evidence import receipts, revoking
from lti_tool.evidence.models import Attestation
from lti_tool.evidence.schemas import TakingBackSchema
from lti_tool.evidence.standing import REASONS
from lti_tool.evidence.views.blueprint import bp
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person

EVERYBODY = (Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)
PATH = "/courses/<int:course_id>/attestations"


@bp.get(PATH)
@allow(*EVERYBODY)
def attestations(course_id: int) -> ResponseReturnValue:
    """Look a number up; a coach finds their own here, also of those they no longer coach."""
    number = request.args.get("number", "").strip()
    form = shown_form(number=number)
    if number:
        try:
            receipts.find_attestation(g.viewer, number)
            return redirect(url_for("evidence.attestation", course_id=course_id, number=number))
        except NotFound as error:
            form.refuse(Invalid(error.sentence, field="number"))
    own = receipts.own_attestations(g.viewer)
    return render_template(
        "evidence/attestations.html",
        form=form,
        own=[(receipts.number_of(one), one) for one in own],
        is_coach=g.viewer.role is Role.COACH,
    ), 422 if form.errors else 200


@bp.get(f"{PATH}/<number>")
@allow(*EVERYBODY)
@limited(LONG_WORK, by=person)
def attestation(course_id: int, number: str) -> ResponseReturnValue:
    receipt = receipts.get_receipt(g.viewer, number, current_app.extensions["storage"])
    return render_template(
        "evidence/attestation.html",
        receipt=receipt,
        asked=number.upper(),
        may_take_back=revoking.may_take_back(g.viewer, receipt.attestation),
        reasons=REASONS,
    )


@bp.get(f"{PATH}/<number>/take-back")
@allow(Role.COACH)
def take_back(course_id: int, number: str) -> ResponseReturnValue:
    """Ask why, and say first what it will do."""
    found, _ = receipts.find_attestation(g.viewer, number)
    if not revoking.may_take_back(g.viewer, found):
        return redirect(url_for("evidence.attestation", course_id=course_id, number=number))
    return _asking(found, shown_form())


@bp.post(f"{PATH}/<number>/take-back")
@allow(Role.COACH)
def take_back_now(course_id: int, number: str) -> ResponseReturnValue:
    found, _ = receipts.find_attestation(g.viewer, number)
    form = read_form(TakingBackSchema)
    if form.errors:
        return _asking(found, form), 422
    try:
        revoking.take_back(g.viewer, found, **form.values)
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _asking(found, form), _status(error)
    flash("Your attestation is taken back. It counts nowhere any more.")
    return redirect(url_for("evidence.attestation", course_id=course_id, number=number), 303)


def _asking(found: Attestation, form: Form) -> str:
    return render_template(
        "evidence/take_back.html",
        attestation=found,
        number=receipts.number_of(found),
        reasons=[{"value": code, "label": words} for code, words in REASONS.items()],
        form=form,
    )


def _status(error: DomainError) -> int:
    return 422 if isinstance(error, Invalid) else 409

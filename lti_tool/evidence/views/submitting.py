"""Submit a module, and show the receipt."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import DomainError, Invalid, NotFound, Refused, Unavailable
from lti_tool.evidence import reads, snapshot
from lti_tool.evidence.declaration import obstacle
from lti_tool.evidence.listing import submittable_items
from lti_tool.evidence.schemas import SubmissionSchema
from lti_tool.evidence.views.blueprint import bp
from lti_tool.identity import Role
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_own_participant
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, as_id, read_form
from lti_tool.web.rate_limits import LONG_WORK, limited, person


@bp.get("/courses/<int:course_id>/modules/<code>/submit")
@allow(Role.PARTICIPANT)
def submit(course_id: int, code: str) -> ResponseReturnValue:
    return _page(code, None)


@bp.post("/courses/<int:course_id>/modules/<code>/submit")
@allow(Role.PARTICIPANT)
@limited(LONG_WORK, by=person)
def submit_now(course_id: int, code: str) -> ResponseReturnValue:
    form = read_form(SubmissionSchema)
    if form.errors:
        return _page(code, form), 422
    try:
        attempt = snapshot.submit_module(
            g.viewer, course_id, code, form.values["items"], form.values,
            current_app.extensions["storage"], may_submit=_may_submit(),
        )  # fmt: skip
    except (Invalid, Refused, NotFound, Unavailable) as error:
        form.refuse(error)
        return _page(code, form), _status(error)
    flash(f"{code} is submitted. Nothing can change what you handed in.")
    return redirect(url_for("evidence.receipt", course_id=course_id, receipt=attempt.receipt), 303)


@bp.get("/courses/<int:course_id>/receipts/<receipt>")
@allow(Role.PARTICIPANT, Role.COACH, Role.TUTOR, Role.LEAD)
@limited(LONG_WORK, by=person)
def receipt(course_id: int, receipt: str) -> ResponseReturnValue:
    attempt = snapshot.get_attempt_by_receipt(g.viewer, receipt)
    page = render_template(
        "evidence/receipt.html",
        attempt=attempt,
        # Without a name for those who are not to know whose work it is.
        bundle=current_app.extensions["shown_bundle"](g.viewer, attempt),
        check=snapshot.check_receipt(attempt, current_app.extensions["storage"]),
        programme=programme_of(attempt.participant),
        # A coach sees what was handed in, not the words and files themselves.
        contents_only=g.viewer.role is Role.COACH,
    )
    if g.viewer.role is not Role.COACH:
        reads.note_bundle_read(g.viewer, attempt)
    return page


def _may_submit() -> snapshot.MaySubmit:
    # The application brings it from the package that knows of marks too.
    rule: snapshot.MaySubmit = current_app.extensions["may_submit"]
    return rule


def _status(error: DomainError) -> int:
    return {Invalid: 422, NotFound: 404, Unavailable: 503}.get(type(error), 409)


def _page(code: str, form: Form | None) -> str:
    participant = get_own_participant(g.viewer)
    programme = programme_of(participant)
    module = programme.module(code)
    items = submittable_items(g.viewer, participant)
    if form is None:
        chosen = {
            item.id
            for item in items
            if item.current.module_code == code and not obstacle(item.current)
        }
    else:
        typed = map(as_id, form.typed.getlist("items"))
        chosen = {one for one in typed if one is not None}
    decision = _may_submit()(participant, code)
    return render_template(
        "evidence/submit.html",
        form=form or Form(),
        errors=form.errors if form else {},
        module=module,
        programme=programme,
        items=sorted(items, key=lambda one: (one.current.module_code != code, one.id)),
        chosen=chosen,
        declarations=snapshot.DECLARATIONS,
        obstacle=obstacle,
        attempt=None if decision.allowed else snapshot.find_attempt(participant, code),
        decision=decision,
    )

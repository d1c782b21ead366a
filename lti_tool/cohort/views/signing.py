"""Several attestations in one go: choose, read each, sign all that were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import signing
from lti_tool.cohort.signing import MOST, Request
from lti_tool.cohort.views import bp
from lti_tool.db import db, restart_as_writer
from lti_tool.errors import Invalid, Refused
from lti_tool.evidence import reads
from lti_tool.evidence.schemas import AttestationSchema
from lti_tool.identity import Role
from lti_tool.people.programmes import programme_of
from lti_tool.people.vouching import may_attest
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, as_id, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/sign"


@bp.get(PATH)
@allow(Role.COACH)
def choose_to_sign(course_id: int) -> ResponseReturnValue:
    """What waits, with a box beside each."""
    return _choose(shown_form())


@bp.get(f"{PATH}/read")
@allow(Role.COACH)
def read_to_sign(course_id: int) -> ResponseReturnValue:
    """One of those chosen: `at` names it, else the first that has no words yet."""
    chosen = signing.requests(g.viewer, _asked_ids())
    if not chosen:
        form = shown_form()
        form.refuse(Invalid("Choose at least one.", field="item"))
        return _choose(form), 422
    at = next((each for each in chosen if each.item.id == asked_number("at")), None)
    at = at or next((each for each in chosen if not each.is_ready), None)
    if at is None:
        return redirect(_url("cohort.before_signing", chosen), 303)
    page, version_id, is_new = _reading(chosen, at), at.item.current.id, at.draft is None
    reads.note_read(g.viewer, [version_id])
    if is_new:
        restart_as_writer()
        signing.note_opened(g.viewer, version_id)
    return page


@bp.post(f"{PATH}/read")
@allow(Role.COACH)
def keep_words(course_id: int) -> ResponseReturnValue:
    """The words to one; then to the next."""
    form = read_form(AttestationSchema)
    pressed_button(form, "save", by_enter="save")
    item_id = asked_number("at") or 0
    if not form.errors:
        try:
            values = {**form.values, "duty": form.values["duty"] or None}
            signing.keep_words(g.viewer, item_id, **values)
        except (Invalid, Refused) as error:
            form.refuse(error)
    chosen = signing.requests(g.viewer, _asked_ids())
    if form.errors:
        return _reading(chosen, signing.get_request(g.viewer, item_id), form), 422
    left = [each for each in chosen if not each.is_ready]
    if left:
        return redirect(_url("cohort.read_to_sign", chosen, at=left[0].item.id), 303)
    return redirect(_url("cohort.before_signing", chosen), 303)


@bp.get(f"{PATH}/all")
@allow(Role.COACH)
def before_signing(course_id: int) -> ResponseReturnValue:
    """All the words once more, before they are signed."""
    return _before_signing(signing.requests(g.viewer, _asked_ids()), Form())


@bp.post(f"{PATH}/all")
@allow(Role.COACH)
def sign_all(course_id: int) -> ResponseReturnValue:
    asked = [as_id(each) for each in request.form.getlist("items")]
    ids = [each for each in asked if each is not None]
    try:
        signed = len(signing.sign_all(g.viewer, ids))
    except (Invalid, Refused) as error:
        form = Form()
        form.refuse(error)
        db.session.rollback()
        return _before_signing(signing.requests(g.viewer, ids), form), 409
    flash(f"You have attested {signed} {'piece' if signed == 1 else 'pieces'} of evidence.")
    return redirect(url_for("cohort.participants", course_id=course_id), 303)


def _asked_ids() -> list[int]:
    found = [as_id(each) for each in request.args.getlist("item")]
    return [each for each in found if each is not None][:MOST]


def _url(endpoint: str, chosen: Sequence[Request], **more: Any) -> str:
    items = [each.item.id for each in chosen]
    return url_for(endpoint, course_id=g.viewer.course_id, item=items, **more)


def _choose(form: Form) -> str:
    return render_template(
        "cohort/sign_choose.html", requests=signing.requests(g.viewer)[:MOST], form=form
    )


def _reading(chosen: Sequence[Request], at: Request, form: Form | None = None) -> str:
    draft, item = at.draft, at.item
    started = shown_form(
        statement=draft.statement if draft else "", duty=(draft and draft.duty) or item.current.duty
    )
    known = may_attest(g.viewer, item.participant)
    others = [each for each in chosen if each.item.id != item.id]
    return render_template(
        "cohort/sign_read.html",
        item=item,
        version=item.current,
        number=next((n for n, each in enumerate(chosen, 1) if each.item.id == item.id), 1),
        count=len(chosen) or 1,
        programme=programme_of(item.participant),
        form=form or started,
        unproven="" if known.allowed else known.reason,
        action_url=_url("cohort.keep_words", chosen, at=item.id),
        without_url=_url("cohort.read_to_sign", others) if others else "",
    )


def _before_signing(chosen: Sequence[Request], form: Form) -> str:
    return render_template(
        "cohort/sign_all.html",
        ready=[each for each in chosen if each.is_ready],
        unread=[each for each in chosen if not each.is_ready],
        form=form,
        read_url=lambda each: _url("cohort.read_to_sign", chosen, at=each.item.id),
    )

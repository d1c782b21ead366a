"""A coach's answer to an item: attest it, or send it back."""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid, Refused
from lti_tool.evidence import attestation, items
from lti_tool.evidence.schemas import AttestationSchema
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.reading import item_page
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import read_form


@bp.post("/courses/<int:course_id>/evidence/<int:item_id>/attest")
@allow(Role.COACH)
def attest(course_id: int, item_id: int) -> ResponseReturnValue:
    item = items.get_item(g.viewer, item_id)
    form = read_form(AttestationSchema)
    signs = pressed_button(form, "attest", "return") == "attest"
    if form.errors:
        return item_page(item, form=form), 422
    values = {**form.values, "duty": form.values["duty"] or None}
    decide = attestation.sign if signs else attestation.send_back
    try:
        decide(g.viewer, item_id, **values)
    except (Invalid, Refused) as error:
        form.refuse(error)
        return item_page(item, form=form), 422 if isinstance(error, Invalid) else 409
    flash(
        "You have attested this version."
        if signs
        else "The evidence is sent back, with your words."
    )
    return redirect(url_for("evidence.item", course_id=course_id, item_id=item_id), 303)

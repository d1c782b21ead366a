"""The page on which a tutor chooses what to place, and the way back to the VLE."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from lti_tool.errors import DomainError
from lti_tool.identity import Role
from lti_tool.launch import deep_linking
from lti_tool.launch.arrival import Landing
from lti_tool.launch.claims import Launch
from lti_tool.launch.http import origin_of
from lti_tool.launch.offers import list_offers
from lti_tool.launch.views import bp
from lti_tool.launch.views.entry import start_path
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.headers import allow_form_to
from lti_tool.web.public_url import public_url

MOST_AT_A_GLANCE = 8


class ChoiceForm(Schema):
    """What a tutor ticked."""

    items = fields.List(fields.String(), load_default=list)
    words = fields.String(load_default="")


def offer(landing: Landing, launch: Launch) -> str:
    """Keep the platform's question; the address of the page that answers it."""
    ticket = deep_linking.keep_request(landing.viewer, launch, landing.deployment_row)
    return start_path(landing.viewer.course_id, f"deep-link/{ticket}", {})


@bp.get("/courses/<int:course_id>/deep-link/<ticket>")
@allow(Role.TUTOR, Role.LEAD)
def choose_items(course_id: int, ticket: str) -> ResponseReturnValue:
    """What can be placed here."""
    return _page(ticket, shown_form())


@bp.post("/courses/<int:course_id>/deep-link/<ticket>")
@allow(Role.TUTOR, Role.LEAD)
def send_items(course_id: int, ticket: str) -> ResponseReturnValue:
    """Sign the choice and let the browser carry it to the VLE."""
    form = read_form(ChoiceForm)
    action = pressed_button(form, "submit", "cancel", "find", by_enter="submit")
    if action == "find" and not form.errors:
        return _page(ticket, form)
    chosen = form.values.get("items", []) if action == "submit" else []
    if action == "submit" and not chosen and not form.errors:
        form.errors["items"] = ["Choose at least one item, or cancel."]
    if form.errors:
        return _page(ticket, form), 422
    try:
        url, token = deep_linking.answer(g.viewer, ticket, chosen, public_url(""))
    except DomainError as error:
        if error.field is None:
            raise
        form.refuse(error)
        return _page(ticket, form), 422
    allow_form_to(origin_of(url) or "")
    return render_template(
        "launch/auto_post.html", action_url=url, fields={"JWT": token},
        continue_text="Back to your course",
    )  # fmt: skip


def _page(ticket: str, form: Form) -> str:
    question = deep_linking.get_request(g.viewer, ticket)
    offers, chosen = list_offers(g.viewer), form.typed.getlist("items")
    words = form.typed.get("words", "")
    # What is chosen already stays on the page, so that looking for more loses nothing.
    shown = [each for each in offers if each.matches(words) or each.opens in chosen]
    return render_template(
        "launch/choose_items.html",
        offers=shown,
        words=words,
        can_search=len(offers) > MOST_AT_A_GLANCE,
        is_found=any(each.matches(words) for each in offers),
        several=question.accept_multiple,
        with_column=question.accept_lineitem,
        ends_at=question.ends_at,
        chosen=chosen,
        errors=form.errors,
        action_url=request.path,
        course_id=g.viewer.course_id,
    )

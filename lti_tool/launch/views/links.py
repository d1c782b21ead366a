"""Where a tutor says what a link of the course is for, and sees what the others open."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from lti_tool.errors import DomainError
from lti_tool.identity import STAFF, Viewer
from lti_tool.launch import courses, links
from lti_tool.launch.models import ResourceLink
from lti_tool.launch.offers import Offer, list_coach_modules, list_offers, offers_of
from lti_tool.launch.views import bp
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form

CHOOSE = "Choose what the link opens, or decide later."


class LinkForm(Schema):
    """What a tutor says a link opens."""

    opens = fields.String(
        required=True,
        validate=validate.Length(min=1, error=CHOOSE),
        error_messages={"required": CHOOSE, "invalid": CHOOSE},
    )


@bp.get("/courses/<int:course_id>/links")
@allow(*STAFF)
def list_links(course_id: int) -> ResponseReturnValue:
    """Every link of the course that somebody has opened, with what it opens."""
    found = courses.list_links(course_id)
    offers = offers_of(g.viewer, {link.destination for link in found})
    rows = [(link, offers.get(link.destination)) for link in found]
    return render_template("launch/links.html", rows=rows)


@bp.get("/courses/<int:course_id>/links/<int:link_id>")
@allow(*STAFF)
def show_link(course_id: int, link_id: int) -> ResponseReturnValue:
    """What a link opens, with the question where nobody has said so for this course."""
    link = links.get_link(g.viewer, link_id)
    return _page(link, shown_form(opens=link.destination.value if link.is_settled else None))


@bp.post("/courses/<int:course_id>/links/<int:link_id>")
@allow(*STAFF)
def decide_link(course_id: int, link_id: int) -> ResponseReturnValue:
    """Use a link from now on as a tutor says."""
    link = links.get_link(g.viewer, link_id)
    form = read_form(LinkForm)
    if pressed_button(form, "save", "later", by_enter="save") == "later":
        flash("Until somebody decides, no marks go through this link. It asks again when opened.")
        return redirect(_start_page(link.destination.own_module), 303)
    if not form.errors:
        try:
            chosen = links.decide(g.viewer, link_id, form.values["opens"])
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"This link opens {_called(chosen)}.")
            return redirect(_start_page(chosen.module_code), 303)
    return _page(link, form), 422


def _page(link: ResourceLink, form: Form) -> str:
    viewer: Viewer = g.viewer
    offer = links.offer_of(viewer, link)
    is_sure = link.state == "copied" and link.copied_from_id is not None and offer is not None
    wants_list = bool(form.errors) or "choose" in request.args
    return render_template(
        "launch/link.html",
        link=link,
        source=links.source_title(link),
        opens=_called(offer) if offer else None,
        confirms=link.destination.value if is_sure and not wants_list else None,
        offers=_offers(viewer, offer),
        chosen=form.typed.get("opens", ""),
        errors=form.errors,
        action_url=request.path,
    )


def _offers(viewer: Viewer, current: Offer | None) -> list[Offer]:
    """What can be chosen: one participant's coach only where the link was placed for that."""
    every = [*list_offers(viewer), *list_coach_modules(viewer)]
    return every if current is None or current in every else [*every, current]


def _called(offer: Offer) -> str:
    return f"{offer.module_code}: {offer.title}" if offer.module_code else offer.title


def _start_page(module_code: str | None) -> str:
    start_page: Callable[[Viewer, str | None], str] = current_app.extensions["start_page"]
    return start_page(g.viewer, module_code)

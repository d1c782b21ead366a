"""The page on which a tutor chooses what to place, and the way back to the VLE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from lti_tool.clock import now
from lti_tool.errors import DomainError, Invalid
from lti_tool.identity import Role
from lti_tool.launch import deep_linking
from lti_tool.launch.arrival import Landing
from lti_tool.launch.claims import Launch
from lti_tool.launch.destinations import read_destination
from lti_tool.launch.http import origin_of
from lti_tool.launch.offer_groups import grouped
from lti_tool.launch.offers import Offer, find_coach_offers, list_offers, offers_of
from lti_tool.launch.views import bp
from lti_tool.launch.views.entry import start_path
from lti_tool.launch.windows import PARTS, WORDS, Window, read_window
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.headers import allow_form_to
from lti_tool.web.public_url import public_url

MOST_AT_A_GLANCE = 8


class ChoiceForm(Schema):
    """What a tutor ticked. The dates of a module have fields of their own, see `_typed_dates`."""

    items = fields.List(fields.String(), load_default=list)
    words = fields.String(load_default="")
    dated = fields.String(load_default="")
    parts = fields.String(load_default="")


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
    action = pressed_button(form, "submit", "cancel", "find", "dates", "parts", by_enter="submit")
    chosen = form.values.get("items", []) if action != "cancel" else []
    windows = _check(form, ticket, action, chosen) if not form.errors else {}
    if form.errors:
        return _page(ticket, form), 422
    if action in {"find", "dates", "parts"}:
        return _page(ticket, form)
    try:
        url, token = deep_linking.answer(g.viewer, ticket, chosen, windows, public_url(""))
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


def _check(form: Form, ticket: str, action: str, chosen: list[str]) -> dict[str, Window]:
    """What each button asks of the form; the dates of what is to be placed."""
    modules = _chosen_modules(list_offers(g.viewer), chosen)
    if action == "dates":
        form.typed["dated"] = "yes"
        if not modules:
            form.errors["items"] = ["Choose a module first, then give its dates."]
    if action == "parts":
        form.typed["parts"] = "yes"
    if action == "submit" and not chosen:
        form.errors["items"] = ["Choose at least one item, or cancel."]
    question = deep_linking.get_request(g.viewer, ticket)
    if action != "submit" or not deep_linking.takes_dates(question):
        return {}
    return {offer.opens: _read_window(form, offer) for offer in modules}


def _chosen_modules(offers: Iterable[Offer], chosen: list[str]) -> list[Offer]:
    return [each for each in offers if each.module_code and each.opens in chosen]


def _read_window(form: Form, offer: Offer) -> Window:
    typed = {kind: _typed_date(form, offer, kind) for kind in WORDS}
    window, problems = read_window(offer.module_code or "", typed, now())
    for kind, sentence in problems.items():
        form.refuse(Invalid(sentence, field=_field(offer, kind)))
    return window


def _typed_date(form: Form, offer: Offer, kind: str) -> dict[str, str]:
    return {part: form.typed.get(f"{_field(offer, kind)}-{part}", "") for part in PARTS}


def _field(offer: Offer, kind: str) -> str:
    """The field's name and id; a module's code may hold what an address's end may not."""
    code = re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", offer.module_code or "")
    return f"{kind}-{code}"


def _date_groups(form: Form, offers: Iterable[Offer], chosen: list[str]) -> list[dict[str, Any]]:
    """For each chosen module its dates, once somebody has asked for them."""
    if not form.typed.get("dated"):
        return []
    return [
        {
            "title": offer.title,
            "dates": [
                {
                    "name": _field(offer, kind),
                    "legend": f"{offer.module_code} {words}",
                    "value": _typed_date(form, offer, kind),
                }
                for kind, words in WORDS.items()
            ],
        }
        for offer in _chosen_modules(offers, chosen)
    ]


def _with_chosen(found: list[Offer], chosen: list[str]) -> list[Offer]:
    """What is chosen already stays on the page, so that looking for more loses nothing."""
    wanted = {each for each in map(read_destination, chosen) if each}
    kept = [each for each in offers_of(g.viewer, wanted).values() if each not in found]
    return [*kept, *found]


def _page(ticket: str, form: Form) -> str:
    question = deep_linking.get_request(g.viewer, ticket)
    offers, chosen = list_offers(g.viewer), form.typed.getlist("items")
    takes_dates = deep_linking.takes_dates(question)
    words, with_parts = form.typed.get("words", ""), bool(form.typed.get("parts"))
    found = [each for each in offers if each.matches(words)]
    parts = find_coach_offers(g.viewer, words) if with_parts else None
    if parts:
        found += parts.found
    return render_template(
        "launch/choose_items.html",
        groups=grouped(
            g.viewer, _with_chosen(found, chosen), chosen, shows_all=bool(words.strip())
        ),
        words=words,
        can_search=with_parts or len(offers) > MOST_AT_A_GLANCE,
        is_found=bool(found),
        with_parts=with_parts,
        has_more=bool(parts and parts.has_more),
        several=question.accept_multiple,
        with_column=question.accept_lineitem,
        takes_dates=takes_dates,
        date_groups=_date_groups(form, offers, chosen) if takes_dates else [],
        ends_at=question.ends_at,
        chosen=chosen,
        errors=form.errors,
        action_url=request.path,
        course_id=g.viewer.course_id,
    )

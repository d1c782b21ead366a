"""What comes back from deep linking, and what is placed for it.

https://www.imsglobal.org/spec/lti-dl/v2p0#deep-linking-response-message
"""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from demo_vle.launching import repost_page, site
from demo_vle.personality import DEEP_LINKING, LTI
from demo_vle.services.token import BadAssertion, read_tool_token
from demo_vle.site import ReturnTicket
from demo_vle.state import Placement

bp = Blueprint("deep_linking", __name__)


class ReturnRefused(Exception):
    """The answer cannot be used; the sentence is for the person at the screen."""


@bp.post("/mod/lti/contentitem_return.php")
def return_to_moodle() -> Response:
    return take_back(request.args.get("sesskey", ""))


@bp.post("/courses/<course_id>/deep_linking_response")
def return_to_canvas(course_id: str) -> Response:
    return take_back(request.args.get("data", ""))


def take_back(key: str) -> Response:
    here = site()
    session = request.cookies.get(here.session_cookie_name())
    if session is None and here.personality.reposts_without_cookie and "repost" not in request.form:
        return repost_page()
    ticket = here.returns.get(key)
    if ticket is None or ticket.session != session:
        return here.personality.error_page("This page was asked for by nobody here.", 403)
    try:
        claims = read_answer(request.form.get("JWT", ""))
        placed = place_items(ticket, claims)
    except (ReturnRefused, BadAssertion) as refusal:
        return here.personality.error_page(str(refusal), 400)
    except TypeError as crash:
        return here.personality.error_page(f"Exception - {crash}")
    page = render_template(
        "placed.html",
        title="Content selected",
        placed=placed,
        ticket=ticket,
        message=claims.get(DEEP_LINKING + "msg"),
        problem=claims.get(DEEP_LINKING + "errormsg"),
    )
    return make_response(page)


def read_answer(token: str) -> dict[str, Any]:
    if not token:
        raise ReturnRefused("The tool sent no answer.")
    claims = read_tool_token(token, owner="iss")
    if claims.get(LTI + "message_type") != "LtiDeepLinkingResponse":
        raise ReturnRefused("The tool's answer is no deep linking response.")
    if claims.get(LTI + "version") != "1.3.0":
        raise ReturnRefused("The tool's answer has another LTI version.")
    site().personality.check_deep_linking_claims(site(), claims)
    return claims


def place_items(ticket: ReturnTicket, claims: dict[str, Any]) -> list[Placement]:
    """Place what was chosen: all of it, or nothing where one item stops the platform."""
    here = site()
    course = here.courses[ticket.course_id]
    items = claims.get(DEEP_LINKING + "content_items") or []
    for item in items:
        here.personality.check_item(item)
    placed = [here.personality.place_item(here, course, item) for item in items]
    found = [each for each in placed if each is not None]
    ticket.placed += [each.id for each in found]
    return found

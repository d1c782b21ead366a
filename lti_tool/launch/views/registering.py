"""The pages on which a VLE's administrator adds the tool, inside a frame of the VLE."""

from __future__ import annotations

from flask import after_this_request, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from lti_tool.db import db
from lti_tool.launch import dynamic_registration, tool_configuration
from lti_tool.launch.http import origin_of
from lti_tool.launch.verdicts import BadRegistration
from lti_tool.launch.views import bp
from lti_tool.logs import get_logger
from lti_tool.web.access import public
from lti_tool.web.headers import allow_frames
from lti_tool.web.public_url import public_url
from lti_tool.web.rate_limits import ONE_ADMINISTRATOR, address, limited

log = get_logger(__name__)
PRODUCTS = {"moodle": "Moodle", "canvas": "Canvas"}


@bp.get("/lti/register")
@public()
@limited(ONE_ADMINISTRATOR, by=address)
def show_registration() -> ResponseReturnValue:
    """What will be registered, with a button. Opening it changes nothing.

    https://www.imsglobal.org/spec/lti-dr/v1p0#step-1-registration-initiation-request
    """
    after_this_request(_keep_address_secret)
    asked = dynamic_registration.Request(
        invitation=_one("invitation"),
        configuration_url=_one("openid_configuration"),
        token=_one("registration_token"),
        parent=_page_around(),
    )
    allow_frames(dynamic_registration.frames_of(asked.configuration_url, asked.parent))
    offer = dynamic_registration.prepare(asked)
    return render_template(
        "launch/register.html",
        offer=offer,
        product=PRODUCTS[offer.product],
        claims=tool_configuration.CLAIMS,
        ours=origin_of(public_url("")),
        action_url=url_for("launch.register"),
    )


@bp.post("/lti/register")
@public(csrf_exempt=True, reads_first=True)
@limited(ONE_ADMINISTRATOR, by=address)
def register() -> ResponseReturnValue:
    """The button. Its proof is the page's ticket: a frame may keep no cookie for a session."""
    after_this_request(_keep_address_secret)
    ticket = request.form.get("ticket", "")
    allow_frames(dynamic_registration.frames_of_ticket(ticket))
    origin = request.headers.get("Origin")
    if origin is not None and origin != origin_of(public_url("")):
        raise BadRegistration("registration_from_elsewhere", "This did not come from the tool.")
    outcome = dynamic_registration.complete(ticket, public_url(""))
    log.info("registration", verdict="ok", registration=outcome.registration_id)
    return render_template(
        "launch/registered.html", outcome=outcome, product=PRODUCTS[outcome.product]
    )


@bp.errorhandler(BadRegistration)
def refuse_registration(error: BadRegistration) -> ResponseReturnValue:
    """A page that an administrator can act on, and one line in the log."""
    db.session.rollback()
    log.info("registration", verdict=error.code)
    page = render_template(
        "launch/welcome.html",
        title=error.heading,
        sentence=error.sentence,
        reference=g.request_id,
    )
    return page, error.status


def _one(name: str) -> str:
    """A parameter that is there once, or empty."""
    values = request.args.getlist(name)
    if len(values) > 1 or any("\x00" in value for value in values):
        raise BadRegistration("parameter_repeated", "This is no registration that can be read.")
    return values[0].strip() if values else ""


def _page_around() -> str | None:
    """The origin of the page that frames us: a Canvas is seen at the university's own address."""
    if request.headers.get("Sec-Fetch-Dest") != "iframe":
        return None
    return origin_of(request.headers.get("Referer"))


def _keep_address_secret(response: Response) -> Response:
    # The address holds the invitation and the token. The form still has to say its origin.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response

"""Launches: the login initiation form, the authorisation endpoint, the signed id_token."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from demo_vle.keys import sign_token
from demo_vle.personality import AuthorisationRefused, NothingForTheTool
from demo_vle.sessions import current_session, keep_session
from demo_vle.site import Launch, ReturnTicket, Site
from demo_vle.state import Course, Person, Placement

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"

bp = Blueprint("launching", __name__)


def site() -> Site:
    found: Site = current_app.extensions["demo_vle"]
    return found


def start_launch(
    person: Person, course: Course, placement: Placement | None, message_type: str, **details: Any
) -> Launch:
    """Remember a launch until the tool comes back for it."""
    launch_id = site().personality.new_launch_id(placement)
    placement_id = placement.id if placement else None
    launch = Launch(
        launch_id, current_session(), person.id, course.id, placement_id, message_type, **details
    )
    site().launches[launch_id] = launch
    return launch


def target_link_uri(launch: Launch) -> str:
    if launch.url is not None:
        return launch.url
    placement = site().placements.get(launch.placement_id or "")
    if launch.message_type == SUBMISSION_REVIEW and placement is not None:
        column = site().column_of(placement)
        if column is not None and column.review_url:
            return column.review_url
    if placement is not None and placement.url:
        return placement.url
    return site().the_tool().launch_url


def login_initiation(launch: Launch) -> Response:
    """OIDC third-party initiated login, as the form the browser posts to the tool.

    https://www.imsglobal.org/spec/security/v1p0/#step-1-third-party-initiated-login
    """
    here, tool = site(), site().the_tool()
    fields = {
        "iss": here.base_url,
        "target_link_uri": target_link_uri(launch),
        "login_hint": here.personality.login_hint(here, launch),
        "lti_message_hint": here.personality.message_hint(here, launch),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
        **here.personality.extra_login_fields(here),
    }
    return form_page("Opening the tool", tool.login_url, fields)


def form_page(title: str, action: str, fields: Mapping[str, str]) -> Response:
    page = render_template("form_post.html", title=title, action=action, fields=fields)
    return keep_session(make_response(page))


def person_of_request() -> Person:
    """The person a page is asked for, by `as=`: this platform has no passwords."""
    person = site().people.get(request.values.get("as", ""))
    if person is None:
        abort(404)
    return person


@bp.get("/launch/<placement_id>")
def launch_link(placement_id: str) -> Response:
    """The page inside the frame that sends the browser on to the tool."""
    placement = site().placements.get(placement_id) or abort(404)
    course, person = site().courses[placement.course_id], person_of_request()
    if course.role_of(person) is None and not person.site_admin:
        return make_response("", 303, {"Location": f"/enrol/index.php?id={course.id}"})
    for_user = request.args.get("for_user")
    if for_user is None:
        launch = start_launch(
            person,
            course,
            placement,
            RESOURCE_LINK,
            target=request.args.get("target", "iframe"),
        )
        return login_initiation(launch)
    return review_submission(person, course, placement, for_user)


def review_submission(
    person: Person, course: Course, placement: Placement, for_user: str
) -> Response:
    """Moodle's way from a gradebook cell into the tool; only with one coupled column."""
    here = site()
    offered = here.personality.has_submission_review and here.column_of(placement) is not None
    if not offered or not here.personality.may_grade(course, person):
        abort(404)
    launch = start_launch(person, course, placement, SUBMISSION_REVIEW, for_user=for_user)
    return login_initiation(launch)


@bp.get("/courses/<course_id>/select-content")
def select_content(course_id: str) -> Response:
    """Deep linking begins here: the tool is asked what it would like to place."""
    course = site().courses.get(course_id) or abort(404)
    person = person_of_request()
    if not site().personality.may_author(course, person):
        abort(403)
    return login_initiation(start_launch(person, course, None, DEEP_LINKING_REQUEST))


@bp.get("/courses/<course_id>/speed_grader")
def speed_grader(course_id: str) -> Response:
    """Canvas's way from a gradebook cell into the tool: it opens what was handed in.

    https://canvas.instructure.com/doc/api/score.html
    """
    course, person = site().courses.get(course_id) or abort(404), person_of_request()
    column = site().columns.get(request.args.get("column", ""))
    cell = column.cells.get(request.args.get("student", "")) if column else None
    if not site().personality.may_grade(course, person):
        abort(403)
    if cell is None or not cell.submissions or not cell.submissions[-1]["data"]:
        abort(404)
    opened = str(cell.submissions[-1]["data"])
    return login_initiation(start_launch(person, course, None, RESOURCE_LINK, url=opened))


def authorise() -> Response:
    """The authorisation endpoint: checks what was asked and answers by form post.

    https://www.imsglobal.org/spec/security/v1p0/#step-2-authentication-request
    """
    here, asked = site(), request.values
    session = request.cookies.get(here.session_cookie_name())
    if session is None and here.personality.reposts_without_cookie and "repost" not in request.form:
        return repost_page()
    try:
        launch = here.personality.check_authorisation(here, asked, session)
    except AuthorisationRefused as refusal:
        fields = {"error": refusal.error}
        if refusal.description:
            fields["error_description"] = refusal.description
        fields["state"] = asked.get("state", "")
        return form_page("Back to the tool", asked["redirect_uri"], fields)
    except NothingForTheTool as reason:
        return here.personality.error_page(str(reason))
    fields = {"id_token": id_token(launch, asked["nonce"]), "state": asked.get("state", "")}
    if here.storage_target:
        fields["lti_storage_target"] = here.storage_target
    return form_page("Opening the tool", asked["redirect_uri"], fields)


def repost_page() -> Response:
    """A page that posts itself again, since then the browser sends our own cookie along."""
    fields = {**request.form.to_dict(), "repost": "true"}
    return form_page("One moment", request.full_path.rstrip("?"), fields)


def id_token(launch: Launch, nonce: str) -> str:
    here = site()
    key = launch.sign_with or here.keys[0]
    claims = here.personality.claims(here, launch, nonce)
    header: dict[str, Any] = {"typ": "JWT", "alg": "RS256", "kid": key.key_id}
    if launch.tamper is not None:
        launch.tamper(claims, header)
    return sign_token(claims, header, key)


def standard_claims(launch: Launch, nonce: str, life: int) -> dict[str, Any]:
    """What every platform's id_token begins with."""
    here, tool, now = site(), site().the_tool(), int(time.time())
    lti = "https://purl.imsglobal.org/spec/lti/claim/"
    return {
        "nonce": nonce,
        "iat": now,
        "exp": now + life,
        "iss": here.base_url,
        "aud": tool.client_id,
        lti + "deployment_id": tool.deployment_id,
        lti + "target_link_uri": target_link_uri(launch),
        lti + "message_type": launch.message_type,
        lti + "version": "1.3.0",
    }


def new_return_key(launch: Launch) -> str:
    key = secrets.token_hex(5)
    site().returns[key] = ReturnTicket(key, launch.session, launch.person_id, launch.course_id)
    return key

"""The way in: login initiation, the posted launch, and the answer of the platform's page."""

from __future__ import annotations

from collections.abc import Callable

from flask import after_this_request, current_app, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lti_tool.db import db, restart_as_writer
from lti_tool.identity import Viewer
from lti_tool.launch import arrival, binding, deep_linking, hand_ins, login, message, state
from lti_tool.launch.arrival import Landing
from lti_tool.launch.claims import (
    DEEP_LINKING_REQUEST,
    REOPEN,
    RESOURCE_LINK,
    SUBMISSION_REVIEW,
    Launch,
)
from lti_tool.launch.coach_links import is_told_apart
from lti_tool.launch.models import Deployment
from lti_tool.launch.runtime import runtime
from lti_tool.launch.verdicts import BadLaunch, unproved, waiting_for_approval
from lti_tool.launch.views import bp
from lti_tool.launch.views.deep_link import offer
from lti_tool.launch.views.entry import (
    check_own_page,
    choose_course,
    enter,
    hand_over,
    start_path,
)
from lti_tool.launch.views.platform_storage import ask_page, keep_page
from lti_tool.launch.views.telling import allow_its_frames, log_verdict, note, welcome_page
from lti_tool.web.access import public
from lti_tool.web.public_url import public_url
from lti_tool.web.rate_limits import SCHOOL_AT_ONCE, address, limited

# Two people who open a new course at the same moment make its rows at the same moment.
TRIES = 3


@bp.route("/lti/login", methods=["GET", "POST"])
@public(csrf_exempt=True, reads_first=True)
@limited(SCHOOL_AT_ONCE, by=address)
def begin_login() -> ResponseReturnValue:
    """Step 1 of a launch: the platform says who would like to come."""
    params = _single(request.form if request.method == "POST" else request.args)
    registration = login.find_platform(params)
    note(client=registration.client_id, registration=registration.id)
    beginning = login.begin(registration, params, public_url(""))
    response = make_response(
        keep_page(beginning) if beginning.storage else redirect(beginning.url, 302)
    )
    for name in state.surplus_cookies(list(request.cookies)):
        _clear_cookie(response, name)
    response.set_cookie(
        beginning.cookie_name, beginning.cookie, max_age=state.LIFE, path="/", secure=True,
        httponly=True, samesite="None", partitioned=True,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/lti/launch")
@public(csrf_exempt=True, reads_first=True)
@limited(SCHOOL_AT_ONCE, by=address)
def take_launch() -> ResponseReturnValue:
    """Step 3: the signed launch arrives; its person is let in, or told why not."""
    posted = _single(request.form)
    g.id_token = posted.get("id_token", "")
    begun = message.take_login(posted)
    note(
        client=begun.client_id, nonce=state.digest(begun.nonce)[:16],
        registration=begun.registration_id,
    )  # fmt: skip
    answer = message.read_answer(posted, begun)
    proved = _is_same_browser(answer)
    launch = message.verify(answer, public_url(""))
    note(message=launch.message_type, binding="cookie" if proved else "none")
    if begun.storage and not proved:
        waiting = binding.Waiting(begun.registration_id, begun, launch)
        return ask_page(waiting, answer.state)
    restart_as_writer()
    return _let_in(begun.registration_id, launch, proved=proved)


@bp.post("/lti/bind")
@public(csrf_exempt=True, reads_first=True)
@limited(SCHOOL_AT_ONCE, by=address)
def bind() -> ResponseReturnValue:
    """The page in between has asked the platform's page for what it kept; once, within a minute.

    Where nothing was kept or nobody answered, the launch is as unbound as it was before. A session
    still needs a cookie, so either way the work goes on in a window of its own.
    """
    check_own_page("binding_from_elsewhere")
    posted = _single(request.form)
    waiting = binding.take(runtime().store, posted.get("ticket", ""))
    if waiting is None:
        raise unproved("binding_unknown", message.USED)
    begun, value = waiting.login, posted.get("value", "")
    note(
        client=begun.client_id, nonce=state.digest(begun.nonce)[:16],
        registration=waiting.registration_id, message=waiting.launch.message_type,
        binding="storage" if value else "none",
    )  # fmt: skip
    if value and not state.is_bound(begun.binding_hash, value):
        raise other_browser()
    restart_as_writer()
    return _let_in(waiting.registration_id, waiting.launch, proved=False)


def _let_in(registration_id: int, launch: Launch, *, proved: bool) -> ResponseReturnValue:
    deployment = arrival.find_approved(registration_id, launch)
    if deployment is None:
        # The waiting place is what the operator will look for, so it stays though we refuse.
        db.session.commit()
        raise waiting_for_approval()
    if launch.message_type in {DEEP_LINKING_REQUEST, SUBMISSION_REVIEW}:
        arrival.check_staff(launch)
    if launch.message_type == DEEP_LINKING_REQUEST:
        deep_linking.check_request(launch)
    turned_away = arrival.turned_away(launch)
    if turned_away is not None:
        log_verdict(turned_away.code)
        return welcome_page(turned_away.heading, turned_away.sentence)
    if launch.context is None:
        log_verdict("course_absent")
        allow_its_frames()
        return choose_course(registration_id, launch, proved=proved)
    if hand_ins.reference_in(launch):
        launch = hand_ins.without_link(launch)
    landing = _arrive(deployment, launch)
    log_verdict("ok")
    next_path = _next_path(landing, launch)
    return enter(landing, next_path) if proved else hand_over(landing, next_path)


def _arrive(deployment: Deployment, launch: Launch) -> Landing:
    registration_id = deployment.registration_id
    for attempt in range(TRIES):
        try:
            landing = arrival.arrive(deployment, launch)
            # The session is opened next, in a transaction of its own, which on SQLite would wait
            # for this one for ever; and nobody is let in before their rows are there.
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            if attempt == TRIES - 1:
                raise
            found = arrival.find_approved(registration_id, launch)
            if found is None:
                raise
            deployment = found
        else:
            return landing
    raise AssertionError("unreachable")


def _next_path(landing: Landing, launch: Launch) -> str:
    course_id = landing.viewer.course_id
    if launch.message_type == DEEP_LINKING_REQUEST:
        return offer(landing, launch)
    if launch.message_type == SUBMISSION_REVIEW:
        asked = {
            "participant": landing.participant_id,
            "module": landing.destination.own_module,
        }
        return start_path(course_id, "marking", asked)
    assert launch.message_type == RESOURCE_LINK
    if reference := hand_ins.reference_in(launch):
        return start_path(course_id, f"hand-ins/{reference}", {})
    if landing.unsettled_link_id is not None:
        return start_path(course_id, f"links/{landing.unsettled_link_id}", {})
    if landing.link_id is not None and is_told_apart(landing.viewer, landing.destination):
        return start_path(course_id, f"coach-links/{landing.link_id}", {})
    # The pages are above this package; the application says which of them is the first.
    start_page: Callable[[Viewer, str | None], str] = current_app.extensions["start_page"]
    return start_page(landing.viewer, landing.destination.own_module)


def _is_same_browser(answer: message.Answer) -> bool:
    """Whether the browser that began the login is the one that posts.

    False only where the browser seems to keep no cookie of ours inside the VLE's page.
    """
    name = state.cookie_name(answer.state)
    cookie = request.cookies.get(name)
    if cookie is not None:
        after_this_request(lambda response: _clear_cookie(response, name))
        if not state.is_bound(answer.login.binding_hash, cookie):
            raise other_browser()
        return True
    keeps_cookies = any(each.startswith("__Host-") for each in request.cookies)
    if keeps_cookies:
        raise other_browser()
    if request.headers.get("Sec-Fetch-Dest") == "document":
        raise unproved(
            "cookie_absent", "Your browser keeps no cookies for this tool. Allow them. " + REOPEN
        )
    return False


def other_browser() -> BadLaunch:
    """Somebody's launch was carried into a browser that did not begin it."""
    return unproved("other_browser", "The launch was begun in another browser. " + REOPEN)


def _single(values: MultiDict[str, str]) -> dict[str, str]:
    """The parameters, each of them once."""
    for name, several in values.lists():
        if len(several) > 1:
            raise BadLaunch("parameter_repeated", "This is no launch from a VLE. " + REOPEN)
        if "\x00" in name + several[0]:
            raise BadLaunch("parameter_invalid", "This is no launch from a VLE. " + REOPEN)
    return values.to_dict()


def _clear_cookie(response: Response, name: str) -> Response:
    response.delete_cookie(
        name, path="/", secure=True, httponly=True, samesite="None", partitioned=True
    )
    return response

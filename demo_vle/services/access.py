"""Who calls, what was called, and what goes wrong today: the same around every service."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, make_response, request

from demo_vle.faults import Fault
from demo_vle.site import Site
from demo_vle.state import ServiceRequest


def site() -> Site:
    found: Site = current_app.extensions["demo_vle"]
    return found


def scopes_of_request() -> list[str] | None:
    """The scopes of the bearer token that came along; None without a current one."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = site().tokens.get(value.strip())
    if kind != "Bearer" or token is None or not token.is_current():
        return None
    return token.scopes


def note_person(person_id: Any) -> None:
    """Say whom this call is about, for the list of requests that tests count."""
    g.noted_person = str(person_id) if person_id is not None else None


def serve(service: str, answer: Callable[[], Response]) -> Response:
    """Answer one call, with the faults that are switched on, and remember it."""
    fault = site().faults.take(service)
    if fault is None and service != "jwks" and site().is_gradebook_off():
        fault = Fault(service, "status", 503, body="The gradebook is off for maintenance.")
    response, was_dropped = meet_fault(fault, answer) if fault else (answer(), False)
    status = None if was_dropped else response.status_code
    site().requests.append(
        ServiceRequest(service, request.method, g.get("noted_person") or person_of_body(), status)
    )
    return response


def meet_fault(fault: Fault, answer: Callable[[], Response]) -> tuple[Response, bool]:
    """The answer as the fault leaves it, and whether the connection was closed instead."""
    if fault.kind == "slow":
        wait_out(fault)
        return answer(), False
    if fault.kind == "slow_after":
        response = answer()
        wait_out(fault)
        return response, False
    if fault.kind in ("drop_before", "drop_after"):
        if fault.kind == "drop_after":
            answer()
        close_connection()
        return make_response("", 500), True
    if fault.kind == "bad_json":
        return make_response("{bad", 200, {"Content-Type": "application/json"}), False
    if fault.kind == "expired_token":
        return make_response("", 401), False
    return make_response(fault.body, fault.status, fault.headers), False


def wait_out(fault: Fault) -> None:
    """Hold the answer back, until the time is over or the faults are cleared."""
    until = time.monotonic() + fault.seconds
    site().faults.released.wait(max(0.0, until - time.monotonic()))


def close_connection() -> None:
    """Hang up without an answer: the tool cannot know whether the call took effect."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def person_of_body() -> str | None:
    """Whom a score is about, also where the service never got to read it."""
    if not request.path.endswith("/scores"):
        return None
    try:
        body = json.loads(request.get_data())
    except ValueError:
        return None
    person_id = body.get("userId") if isinstance(body, dict) else None
    return str(person_id) if person_id is not None else None

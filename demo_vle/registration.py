"""Dynamic registration: the platform says what it is and takes in tools that hold its token.

https://www.imsglobal.org/spec/lti-dr/v1p0
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from demo_vle.keys import sign_token
from demo_vle.launching import site
from demo_vle.personality import Personality
from demo_vle.services.access import serve
from demo_vle.site import Site
from demo_vle.state import Tool

TOKEN_LIFE = 3600
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"

bp = Blueprint("registration", __name__)


@dataclass
class RegistrationToken:
    """What one tool may register with, once."""

    client_id: str
    deployment_id: str
    expires_at: float
    used: bool = False


class RegistrationRefused(Exception):
    """The platform's own answer to a registration that it does not take."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def add_routes(app: Flask, personality: Personality) -> None:
    app.register_blueprint(bp)
    app.add_url_rule(personality.configuration_path, "configuration", configuration)
    app.add_url_rule(personality.registration_path, "register", register, methods=["POST"])


def begin_registration(here: Site) -> tuple[str, str]:
    """The two things that a tool's registration address is opened with."""
    client_id, deployment_id = here.personality.new_client()
    until = time.time() + TOKEN_LIFE
    claims = {"sub": client_id, "scope": "reg", "exp": int(until), "jti": secrets.token_hex(8)}
    token = sign_token(claims, {"alg": "RS256", "kid": here.keys[0].key_id}, here.keys[0])
    here.registration_tokens[token] = RegistrationToken(client_id, deployment_id, until)
    address = here.base_url + here.personality.configuration_path
    return address + here.personality.configuration_query(token), token


def bearer() -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind == "Bearer" else ""


def token_of_request() -> RegistrationToken | None:
    found: RegistrationToken | None = site().registration_tokens.get(bearer())
    return found if found is not None and found.expires_at > time.time() else None


def configuration() -> Response:
    return serve("configuration", give_configuration)


def give_configuration() -> Response:
    here = site()
    if here.personality.hides_configuration and token_of_request() is None:
        return here.personality.registration_error(401, "Unauthorized")
    return json_response(here.personality.configuration(here))


def register() -> Response:
    return serve("registration", take_tool)


def take_tool() -> Response:
    here, token = site(), token_of_request()
    if token is None:
        return here.personality.registration_error(401, "invalid_token")
    if token.used:
        return here.personality.registration_error(401, "token_already_used")
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get(TOOL), dict):
        return here.personality.registration_error(400, "missing_required_parameters")
    try:
        here.personality.check_registration(body)
    except RegistrationRefused as refusal:
        return refusal.response
    asked = body[TOOL]
    tool = Tool(
        body["client_name"],
        body["initiate_login_uri"].removesuffix("/lti/login"),
        token.client_id,
        token.deployment_id,
        custom=dict(asked.get("custom_parameters", {})),
        registered=body,
    )
    with here.change():
        token.used = True
        here.pending.append(tool)
    return json_response(here.personality.registered(here, tool))


def json_response(content: Any) -> Response:
    # Written as PHP does it: no spaces, and a backslash before every slash.
    text = json.dumps(content, separators=(",", ":")).replace("/", "\\/")
    return Response(text, content_type="application/json; charset=utf-8")


# --- the administrator's pages


@bp.get("/tools")
def tools() -> str:
    return render_template("tools.html", title="External tools")


@bp.post("/tools/add")
def add_tool() -> str:
    """The tool's registration page in a frame, with the two parameters put behind its address."""
    address = request.form.get("url", "").strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        abort(400)
    configuration_url, token = begin_registration(site())
    query = urlencode({"openid_configuration": configuration_url, "registration_token": token})
    return render_template(
        "add_tool.html",
        title="Add a tool",
        address=f"{address}{'&' if parts.query else '?'}{query}",
        tool_origin=f"{parts.scheme}://{parts.netloc}",
    )


@bp.post("/tools/activate")
def activate() -> AnyResponse:
    wanted = request.form.get("client_id")
    tool = next((each for each in site().pending if each.client_id == wanted), None) or abort(404)
    site().activate(tool)
    return redirect(url_for("registration.tools"), 303)
